/* Products of two factors that are contiguous along the depth, the left one perhaps an image:
 * convolutions forward. */
#include "cuda/product/product_tile.h"

PRODUCT_FORM_KERNELS(product_row_row, PRODUCT_ROW_ROW)
