/* paired_difference.h - the mean of paired differences, with Student's interval.
 *
 * Two rows of a table that share their seeds share most of what varies between seeds: the split, the
 * initial weights, the order of images. The differences, seed by seed, vary far less than the rows.
 */
#ifndef HADNET_PAIRED_DIFFERENCE_H
#define HADNET_PAIRED_DIFFERENCE_H

typedef struct Spread {
    int count;        /* of values that are not NaN */
    double mean;      /* NaN of none */
    double deviation; /* standard deviation over n - 1; NaN below two */
    double half;      /* half the width of the 95% interval of the mean; NaN below two */
} Spread;

/* NaN values are left out. */
Spread spread_of(const double *values, int count);

/* Of a[i] - b[i]; pairs with a NaN are left out. At most 64. */
Spread spread_of_differences(const double *a, const double *b, int count);

/* The 97.5% quantile of Student's t distribution with n >= 1 degrees of freedom. */
double student_quantile(int degrees);

#endif
