/* coco.h - reads the annotations of COCO (cocodataset.org), one file for all images.
 *
 *     {"images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}],
 *      "categories": [{"id": 1, "name": "scratch"}],
 *      "annotations": [{"image_id": 7, "category_id": 1, "segmentation": [[1, 2, 9, 2, 9, 7]]}]}
 *
 * A segmentation is a list of polygons, or runs of pixels: {"size": [height, width], "counts": C},
 * C a list of numbers or their text as pycocotools writes it. Other fields are passed over, also
 * boxes: they do not say which of their pixels are the defect. Private to data/.
 */
#ifndef DATA_COCO_H
#define DATA_COCO_H

#include "data/labels/class_names.h"
#include "data/shapes/drawing.h"

typedef struct CocoImage {
    uint64_t id;
    char *name; /* file_name */
    Drawing *drawing;
} CocoImage;

typedef struct CocoCategory {
    uint64_t id;
    char *name;
} CocoCategory;

typedef struct Coco {
    CocoImage *images;        /* by id */
    CocoCategory *categories; /* by id, at most CLASSES_MAX */
    int image_count, category_count;
} Coco;

/* The annotations in the file at path; the caller frees. NULL with a line that names path, the
 * annotation by its number from 1, and the byte. */
Coco *coco_read(const char *path, Error *error);
void coco_free(Coco *coco); /* NULL is fine */

#endif
