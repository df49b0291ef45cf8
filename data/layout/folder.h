/* folder.h - the forms in which masks of users' own images come, other than an image of labels for
 * each. Private to data/.
 *
 * Each function adds all samples if the dataset's masks have its form, and returns whether they do.
 * Bad files become problems.
 */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include "data/layout/layout.h"

/* masks/X.json of LabelMe for images/X.jpg. */
bool folder_add_labelme(Dataset *dataset);

#endif
