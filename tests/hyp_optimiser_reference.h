/* hyp_optimiser_reference.h - written by tests/hyp_optimiser_reference.py; see there. Do not edit. */
#ifndef TESTS_HYP_OPTIMISER_REFERENCE_H
#define TESTS_HYP_OPTIMISER_REFERENCE_H

enum { HYP_STEPS = 6 };
static const double hyp_start[3] = { 0.25, -0.125, 0.5 };
static const double hyp_target[3] = { -0.5, 0.375, 0.0625 };

typedef struct HypOptimiserCase {
    const char *rule;
    double curvature, learning_rate, pull, result[3];
} HypOptimiserCase;

/* clang-format off */
static const HypOptimiserCase hyp_optimiser_cases[] = {
    { "sgd", 1.0, 0.5, 1, { -0.031062649233320069, 0.06646353130148932, 0.33686845350652337 } },
    { "sgd", 0.0099999997764825821, 0.5, 1, { -0.15491352465906522, 0.1450385830013397, 0.25710224207703769 } },
    { "sgd", 0.5, 0.05, -8, { 0.52210439469277479, -0.30078386349521991, 0.66308738287986162 } },
    { "adam", 1.0, 0.1, 1, { 0.078517533968473117, -0.020426575318124339, 0.4235014010714488 } },
    { "adam", 0.0099999997764825821, 0.1, 1, { 0.026065584191799454, 0.0096873401794475283, 0.38415877848606725 } },
    { "adam", 2.0, 0.03, 100, { 0.22449804450000292, -0.1096424249852172, 0.48800476656179292 } },
    { "adam", 0.5, 0.02, -1, { 0.28749252579788167, -0.14717055332550092, 0.51930357207807188 } },
};
/* clang-format on */

#endif
