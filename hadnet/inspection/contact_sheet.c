/* contact_sheet.c - chooses the images of the sheet and draws them. */
#include "hadnet/inspection/contact_sheet.h"

#include "data/image/resize.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/picture.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 8,
    CELL = 160, /* the longer side of an image */
    GAP = 8,
    SCALE = 2, /* of titles */
    TITLE = FONT_HEIGHT * SCALE + 8,
    CAPTION = FONT_HEIGHT + 4,
    ROW = TITLE + CELL + CAPTION + GAP,
    WIDTH = COLUMNS * (CELL + GAP) + GAP
};

static const Colour paper = { 24, 24, 24 }, ink = { 235, 235, 235 };

/* Images of one kind: of a class, or with a suspicion. */
typedef struct Row {
    char title[96];
    int class; /* 0: of the suspicion instead */
    Suspicion suspicion;
    int *images, count; /* all of the kind; owned */
} Row;

static bool belongs(const Dataset *dataset, const Inspection *inspection, const Row *row,
                    int image) {
    int64_t counts[LABEL_IGNORE + 1];
    if (row->class == 0) return inspection->suspicion[image] == row->suspicion;
    dataset_count_labels(dataset, image, counts);
    return counts[row->class] > 0;
}

static void fill_row(const Dataset *dataset, const Inspection *inspection, Row *row) {
    row->images = memory_new((size_t)dataset->count + 1, sizeof *row->images);
    for (int i = 0; i < dataset->count; i++)
        if (belongs(dataset, inspection, row, i)) row->images[row->count++] = i;
}

/* The rows that have images. The caller frees. */
static Row *rows_of(const Dataset *dataset, const Inspection *inspection, int *count) {
    static const char *const titles[SUSPICIONS] = { "", "masks without a defect",
                                                    "masks without background",
                                                    "masks with no more than a speck" };
    Row *rows = memory_new((size_t)(dataset->class_count + SUSPICIONS), sizeof *rows);
    *count = 0;
    for (int k = 1; k < dataset->class_count + SUSPICIONS - 1; k++) {
        Row row = { .class = k < dataset->class_count ? k : 0 };
        if (!row.class) row.suspicion = (Suspicion)(k - dataset->class_count + 1);
        fill_row(dataset, inspection, &row);
        snprintf(row.title, sizeof row.title, "%.60s, %d image%s",
                 row.class ? dataset->classes[row.class] : titles[row.suspicion], row.count,
                 row.count == 1 ? "" : "s");
        if (row.count > 0)
            rows[(*count)++] = row;
        else
            free(row.images);
    }
    return rows;
}

/* The image with its labels at the size of a cell. */
static Image thumbnail(const Image *image, const Image *labels) {
    const int longer = image->width > image->height ? image->width : image->height;
    const int width = (image->width * CELL + longer / 2) / longer;
    const int height = (image->height * CELL + longer / 2) / longer;
    Image small = image_resize_bilinear(image, width > 0 ? width : 1, height > 0 ? height : 1);
    Image mask = image_resize_nearest(labels, small.width, small.height);
    Image drawn = overlay_blend(&small, mask.pixels);
    image_free(&small);
    image_free(&mask);
    return drawn;
}

/* The end of a name is what tells it from others. */
static const char *caption_of(const char *name) {
    const size_t fits = CELL / FONT_WIDTH, length = strlen(name);
    return length > fits ? name + length - fits : name;
}

static bool draw_cell(Image *sheet, const Dataset *dataset, int index, int x, int y, Error *error) {
    Image image, labels;
    if (!dataset_load(dataset, index, &image, &labels, error)) return false;
    Image drawn = thumbnail(&image, &labels);
    picture_place(sheet, x + (CELL - drawn.width) / 2, y + (CELL - drawn.height) / 2, &drawn);
    picture_text(sheet, x, y + CELL + 2, 1, ink, caption_of(dataset->samples[index].name));
    image_free(&drawn);
    image_free(&image);
    image_free(&labels);
    return true;
}

static bool draw_row(Image *sheet, const Dataset *dataset, const Row *row, int y, Error *error) {
    const int shown = row->count < COLUMNS ? row->count : COLUMNS;
    picture_text(sheet, GAP, y, SCALE, ink, row->title);
    if (row->class)
        picture_rectangle(sheet, GAP + picture_text_width(row->title, SCALE) + 8, y, 16, 16,
                          class_colour(row->class));
    for (int i = 0; i < shown; i++) {
        const int index = row->images[(int64_t)i * row->count / shown];
        if (!draw_cell(sheet, dataset, index, GAP + i * (CELL + GAP), y + TITLE, error))
            return false;
    }
    return true;
}

bool contact_sheet_write(const Dataset *dataset, const Inspection *inspection, const char *path,
                         Error *error) {
    int count;
    Row *rows = rows_of(dataset, inspection, &count);
    Image sheet = picture_new(WIDTH, GAP + ROW * (count > 0 ? count : 1), paper);
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && draw_row(&sheet, dataset, &rows[i], GAP + i * ROW, error);
        free(rows[i].images);
    }
    good = good && image_write_png(path, &sheet, error);
    image_free(&sheet);
    free(rows);
    return good;
}
