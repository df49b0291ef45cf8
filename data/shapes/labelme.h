/* labelme.h - reads the files of LabelMe, the annotation tool (github.com/wkentaro/labelme).
 *
 *     {"imageWidth": 640, "imageHeight": 480,
 *      "shapes": [{"label": "scratch", "shape_type": "polygon", "points": [[1, 2], [9, 2], [9, 7]]}]}
 *
 * Shapes are polygons (also those without a shape_type), rectangles (two opposite corners, or all
 * four) and circles (the centre, and a point of the circle). Other fields are passed over.
 * Private to data/.
 */
#ifndef DATA_LABELME_H
#define DATA_LABELME_H

#include "data/shapes/drawing.h"

/* The shapes in the file at path; the caller frees. NULL with a line that names path, the shape by
 * its number from 1, and the byte. */
Drawing *labelme_read(const char *path, Error *error);

#endif
