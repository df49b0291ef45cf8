/* folder.h - the forms in which masks of users' own images come, other than an image of labels for
 * each. Private to data/.
 *
 * Each function adds all samples if the dataset's masks have its form, and returns whether they do.
 * Bad files become problems.
 */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include "data/layout/layout.h"

/* annotations.json of COCO. */
bool folder_add_coco(Dataset *dataset);

/* masks/X.json of LabelMe for images/X.jpg. */
bool folder_add_labelme(Dataset *dataset);

/* masks/CLASS/X.png for images/X.jpg: a mask for each class, black where the class is not. Where
 * masks overlap, the last class is drawn. */
bool folder_add_class_masks(Dataset *dataset);

#endif
