/* Products of a left factor that is contiguous along its rows and a right one that is contiguous
 * along its columns, perhaps an image: gradients of a convolution's filters. */
#include "cuda/product/product_tile.h"

PRODUCT_FORM_KERNELS(product_column_column, PRODUCT_COLUMN_COLUMN)
