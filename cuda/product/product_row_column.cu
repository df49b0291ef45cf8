/* Products of a left factor that is contiguous along the depth, perhaps an image, and a right one
 * that is contiguous along its columns: gradients of a convolution's image; matrices as they are
 * written. */
#include "cuda/product/product_tile.h"

PRODUCT_FORM_KERNELS(product_row_column, PRODUCT_ROW_COLUMN)
