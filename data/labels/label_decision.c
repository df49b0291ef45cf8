/* label_decision.c - decides whether 255 is a defect or ignored, and counts the classes. */
#include "data/labels/label_decision.h"

#include <stdio.h>

enum { WHITE = 255, UNNAMED_LABELS_MAX = 32 };

/* Masks by the values of their defects: 255 alone, smaller ones alone, both. A mask without defects
 * is in none. */
typedef struct Kinds {
    int white, labels, both;                   /* how many masks */
    int first_white, first_labels, first_both; /* the first of each, or -1 */
} Kinds;

static bool is_defect(const LabelRule *rule, int value) {
    return value != WHITE && rule->label_of[value] != 0 && rule->label_of[value] != LABEL_IGNORE;
}

static void count_kind(int *count, int *first, int sample) {
    if ((*count)++ == 0) *first = sample;
}

static bool holds(const Dataset *dataset, int sample, int value) {
    return survey_pixels(dataset->samples[sample].survey, value) > 0;
}

static Kinds kinds_of(const Dataset *dataset) {
    Kinds kinds = { .first_white = -1, .first_labels = -1, .first_both = -1 };
    for (int i = 0; i < dataset->count; i++) {
        const Survey *survey = dataset->samples[i].survey;
        const bool white = holds(dataset, i, WHITE);
        bool smaller = false;
        for (int k = 0; k < survey->value_count; k++)
            smaller |= is_defect(&dataset->rule, survey->values[k].value);
        if (white && smaller)
            count_kind(&kinds.both, &kinds.first_both, i);
        else if (white)
            count_kind(&kinds.white, &kinds.first_white, i);
        else if (smaller)
            count_kind(&kinds.labels, &kinds.first_labels, i);
    }
    return kinds;
}

/* "PATH holds 2 values: 0 (88.9%), 255 (11.1%)" */
typedef struct MaskText {
    char text[400];
} MaskText;

static MaskText mask_text(const Dataset *dataset, int sample) {
    MaskText result;
    char held[200];
    mask_values_text(dataset->samples[sample].survey, 6, held, sizeof held);
    snprintf(result.text, sizeof result.text, "%.190s %s", dataset->samples[sample].mask, held);
    return result;
}

/* Whether white is a defect or ignored, where no mask decides it. */
static bool refuse_white(const Dataset *dataset, const Kinds *kinds, Error *error) {
    const MaskText white = mask_text(dataset, kinds->first_white);
    const int other = kinds->labels ? kinds->first_labels : kinds->first_both;
    if (other < 0)
        return error_set(error,
                         "%s, but %s names %d classes: give %s 255 if 255 is to be ignored; "
                         "else give the masks the labels of the classes",
                         white.text, dataset->rule.named_by, dataset->class_count,
                         dataset->options.ignore_word);
    return error_set(
        error,
        "masks of two conventions: black and white in %d (%s), labels in %d (%s); make "
        "them alike, or say %s T (one defect, from T up) or %s 255 (ignored)",
        kinds->white, white.text, kinds->labels + kinds->both, mask_text(dataset, other).text,
        dataset->options.threshold_word, dataset->options.ignore_word);
}

static bool decide_white(Dataset *dataset, Error *error) {
    LabelRule *rule = &dataset->rule;
    const Kinds kinds = kinds_of(dataset);
    /* A user who names 85 as the defect has not named white. */
    const bool one_defect = !rule->named_by || (dataset->class_count == 2 && rule->is_known[1]);
    if (rule->is_known[WHITE]) return true;
    if (kinds.white > 0 && (kinds.labels + kinds.both > 0 || !one_defect))
        return refuse_white(dataset, &kinds, error);
    rule->is_known[WHITE] = kinds.white + kinds.both > 0;
    rule->white_is_defect = kinds.white > 0;
    rule->label_of[WHITE] = kinds.white ? 1 : LABEL_IGNORE;
    for (int i = 0; i < dataset->count; i++)
        if (kinds.white && holds(dataset, i, WHITE)) dataset->samples[i].label = 1;
    return true;
}

/* The first sample whose mask has one value and not the other (-1: any); -1 if there is none. */
static int holder_of(const Dataset *dataset, int value, int other) {
    for (int i = 0; i < dataset->count; i++)
        if (holds(dataset, i, value) && (other < 0 || !holds(dataset, i, other))) return i;
    return -1;
}

static int most_values(const Dataset *dataset) {
    int best = 0;
    for (int i = 1; i < dataset->count; i++)
        if (dataset->samples[i].survey->value_count > dataset->samples[best].survey->value_count)
            best = i;
    return best;
}

/* `gap` is the first missing value from 0 up; 0 < largest. */
static int refuse_gap(const Dataset *dataset, const int64_t pixels[256], int gap, Error *error) {
    char advice[200];
    snprintf(advice, sizeof advice,
             "expected labels 0, 1, 2 ... without a gap; name each value in classes.txt (lines of "
             "VALUE: NAME), or say %s T",
             dataset->options.threshold_word);
    int beyond = gap + 1;
    while (!pixels[beyond] || !is_defect(&dataset->rule, beyond)) beyond++;
    const int below = gap > 1 ? holder_of(dataset, gap - 1, beyond) : -1;
    const MaskText first = mask_text(dataset, holder_of(dataset, beyond, -1));
    if (below >= 0)
        error_set(error, "%s, and %s; %s", first.text, mask_text(dataset, below).text, advice);
    else
        error_set(error, "%s; %s", first.text, advice);
    return 0;
}

/* Masks that were left out may be the reason that no defect was found. */
static int refuse_background(Dataset *dataset, int least, Error *error) {
    if (dataset->problems.count > 0)
        problems_fail(&dataset->problems, dataset->folder, error);
    else
        error_set(error, "%s: no mask holds a defect; expected values from %d up", dataset->folder,
                  least);
    return 0;
}

/* The number of classes, from the values in the masks. */
static int decide_classes(Dataset *dataset, Error *error) {
    int64_t pixels[256] = { 0 }; /* of each value, over all masks */
    for (int i = 0; i < dataset->count; i++)
        for (int k = 0; k < dataset->samples[i].survey->value_count; k++)
            pixels[dataset->samples[i].survey->values[k].value] +=
                dataset->samples[i].survey->values[k].pixels;
    LabelRule *rule = &dataset->rule;
    int largest = rule->white_is_defect ? 1 : 0, gap = 0; /* the first value that is missing */
    for (int value = 1; value < WHITE; value++)
        if (pixels[value] && is_defect(rule, value)) largest = value;
    if (largest == 0) return refuse_background(dataset, 1, error);
    while (pixels[gap] && rule->label_of[gap] != LABEL_IGNORE) gap++;
    if (gap < largest && !rule->white_is_defect) return refuse_gap(dataset, pixels, gap, error);
    if (largest > UNNAMED_LABELS_MAX) {
        error_set(error,
                  "%s, which are too many for labels without names; is it a grey image? name "
                  "them in classes.txt, or say %s T (one defect, from T up)",
                  mask_text(dataset, most_values(dataset)).text, dataset->options.threshold_word);
        return 0;
    }
    for (int value = 0; value <= largest; value++) rule->is_known[value] = true;
    return largest + 1;
}

/* With a threshold, masks show the named classes, or one defect. A threshold that no mask reaches
 * is refused: it was meant for other masks. */
static int decide_threshold(Dataset *dataset, Error *error) {
    const int threshold = dataset->rule.threshold, named = dataset->class_count;
    int largest = 0, holder = -1;
    for (int i = 0; i < dataset->count; i++)
        for (int value = largest + 1; value < 256; value++)
            if (holds(dataset, i, value) && dataset->rule.label_of[value] != LABEL_IGNORE) {
                largest = value;
                holder = i;
            }
    if (largest >= threshold || (largest == 0 && named > 0)) return named > 0 ? named : 2;
    if (largest == 0) return refuse_background(dataset, threshold, error);
    error_set(
        error,
        "%s: no mask holds a value from %d up; the largest is %d: %s; say %s T (defects, from "
        "T up)",
        dataset->folder, threshold, largest, mask_text(dataset, holder).text,
        dataset->options.threshold_word);
    return 0;
}

int labels_decide(Dataset *dataset, Error *error) {
    if (dataset->rule.threshold > 0) return decide_threshold(dataset, error);
    if (!decide_white(dataset, error)) return 0;
    return dataset->rule.named_by ? dataset->class_count : decide_classes(dataset, error);
}
