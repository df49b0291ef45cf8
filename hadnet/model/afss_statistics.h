/* afss_statistics.h - the output layout of op afss_statistics: AFSS_ROWS rows, one column per
 * channel. */
#ifndef HADNET_AFSS_STATISTICS_H
#define HADNET_AFSS_STATISTICS_H

enum {
    AFSS_SUM,     /* sum of E = e^2 over the batch's pixels */
    AFSS_SQUARE,  /* sum of E^2 */
    AFSS_PRODUCT, /* sum of E t */
    AFSS_LOW,     /* min E */
    AFSS_HIGH,    /* max E */
    AFSS_TARGET,  /* columns 0..3: sum t, sum t^2, min t, max t */
    AFSS_BAD,     /* number of NaN in E */
    AFSS_ROWS
};

#endif
