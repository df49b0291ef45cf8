/* coco_runs.h - reads COCO's runs of pixels. Private to data/. */
#ifndef DATA_COCO_RUNS_H
#define DATA_COCO_RUNS_H

#include "data/shapes/drawing.h"
#include "tensor/json.h"

/* Append the numbers of "counts": a list, or the text of pycocotools. */
void coco_runs_read(JsonReader *json, Drawing *drawing);

/* Fails unless the numbers add up to width x height. */
void coco_runs_check(JsonReader *json, const Drawing *drawing, int width, int height);

#endif
