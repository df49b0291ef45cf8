/* ablation_table.c - the paper's tables 5 and 6, with controls that the paper does not have. */
#include "hadnet/ablation/ablation_table.h"

const char *const ablation_choices[] = { "reductions", "curvature", "afss-target", 0 };

/* Table 5: does AFSS choose better channels than chance, and does ARD help? Without the controls a
 * gain of stage 3 could be one of more epochs, or of a discriminator that ignores the residuals. */
static const AblationTable reductions = {
    "reductions",
    "How levels are reduced, with and without ARD",
    .reference = 0,
    .count = 10,
    .rows = {
        { "stage 1 alone", "stage-1", "", ABLATION_FROM_NOTHING, 1 },
        { "stage 1, as many epochs more", "stage-1-more", "", ABLATION_STAGE_1_AGAIN, 1 },
        { "zeros as residuals", "zeros", "--ard zero", ABLATION_STAGE_3, 1 },
        { "AFSS, ARD", "afss-ard", "--reduce afss --ard rank", ABLATION_STAGE_3, 1 },
        { "AFSS, ARD in place", "afss-mask", "--reduce afss --ard mask", ABLATION_STAGE_3, 1 },
        { "AFSS", "afss", "--reduce afss --ard none", ABLATION_STAGE_3, 1 },
        { "RDR, ARD", "rdr-ard", "--reduce rdr --ard rank", ABLATION_STAGE_3, 3 },
        { "RDR", "rdr", "--reduce rdr --ard none", ABLATION_STAGE_3, 3 },
        { "RLPR, ARD", "rlpr-ard", "--reduce rlpr --ard rank", ABLATION_STAGE_3, 3 },
        { "RLPR", "rlpr", "--reduce rlpr --ard none", ABLATION_STAGE_3, 3 },
    },
};

/* Table 6: does the ball help? Curvature shapes stage 1, so every row trains it anew. */
static const AblationTable curvature = {
    "curvature",
    "Geometry of the class head",
    .reference = 0,
    .count = 11,
    .rows = {
        { "Euclidean", "euclidean", "--space euclidean", ABLATION_FROM_NOTHING, 1 },
        { "Euclidean, a temperature", "euclidean-temperature", "--space euclidean --temperature",
          ABLATION_FROM_NOTHING, 1 },
        { "c = 0.001", "c-0.001", "--curvature 0.001", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.005", "c-0.005", "--curvature 0.005", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.01", "c-0.01", "--curvature 0.01", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.05", "c-0.05", "--curvature 0.05", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.1", "c-0.1", "--curvature 0.1", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.3", "c-0.3", "--curvature 0.3", ABLATION_FROM_NOTHING, 1 },
        { "c = 0.5", "c-0.5", "--curvature 0.5", ABLATION_FROM_NOTHING, 1 },
        { "c learnt, from 0.01", "c-learnt", "--curvature 0.01 --learn-curvature",
          ABLATION_FROM_NOTHING, 1 },
        { "c = 0.1, clipped at 1", "c-0.1-clip", "--curvature 0.1 --clip 1", ABLATION_FROM_NOTHING,
          1 },
    },
};

static const AblationTable afss_target = {
    "afss-target",
    "Target map of AFSS",
    .reference = 0,
    .count = 3,
    .rows = {
        { "stage 1 alone", "stage-1", "", ABLATION_FROM_NOTHING, 1 },
        { "HST's anomaly map", "hst", "--afss-target hst", ABLATION_STAGE_3, 1 },
        { "the mask", "mask", "--afss-target mask", ABLATION_STAGE_3, 1 },
    },
};

const AblationTable *ablation_table(int choice) {
    static const AblationTable *const tables[] = { &reductions, &curvature, &afss_target };
    return tables[choice];
}
