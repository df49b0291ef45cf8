/* coco.c - reads a file of COCO in two walks: its images and categories, then its annotations, which
 * may stand before them. */
#include "data/shapes/coco.h"

#include "data/shapes/coco_runs.h"
#include "data/shapes/shape_reader.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

void coco_free(Coco *coco) {
    if (!coco) return;
    for (int i = 0; i < coco->image_count; i++) {
        free(coco->images[i].name);
        drawing_free(coco->images[i].drawing);
    }
    for (int i = 0; i < coco->category_count; i++) free(coco->categories[i].name);
    free(coco->images);
    free(coco->categories);
    free(coco);
}

/* ---- Images and categories ---- */

/* A file_name with '/' between folders, and without a "./" at its beginning. */
static char *read_file_name(JsonReader *json) {
    char *name = json_string(json);
    if (!name) return NULL;
    for (char *at = name; *at; at++)
        if (*at == '\\') *at = '/';
    if (!strncmp(name, "./", 2)) memmove(name, name + 2, strlen(name) - 1);
    return name;
}

/* The fields of a member of images or categories; what the other kind has stays 0. */
typedef struct Entry {
    uint64_t id;
    int width, height;
    char *name; /* owned */
} Entry;

static Entry read_entry(JsonReader *json, bool is_image) {
    enum { ID, NAME, WIDTH, HEIGHT };
    const char *const name_field = is_image ? "file_name" : "name";
    Entry entry = { 0 };
    unsigned seen = 0;
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const int field = !strcmp(key, "id")                   ? ID
                          : !strcmp(key, name_field)           ? NAME
                          : is_image && !strcmp(key, "width")  ? WIDTH
                          : is_image && !strcmp(key, "height") ? HEIGHT
                                                               : -1;
        if (field >= 0) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == ID)
            entry.id = json_unsigned(json);
        else if (field == NAME)
            entry.name = is_image ? read_file_name(json) : shape_label(json);
        else if (field == WIDTH)
            entry.width = shape_image_side(json);
        else if (field == HEIGHT)
            entry.height = shape_image_side(json);
        else
            json_skip(json);
    }
    if (!(seen >> ID & 1) || !(seen >> NAME & 1))
        json_fail(json, "no field '%s'", seen >> ID & 1 ? name_field : "id");
    return entry;
}

static void add_image(Coco *coco, Entry entry) {
    coco->images = memory_one_more(coco->images, (size_t)coco->image_count, sizeof(CocoImage));
    CocoImage *image = &coco->images[coco->image_count++];
    *image = (CocoImage){ entry.id, entry.name, drawing_new("annotation") };
    image->drawing->width = entry.width;
    image->drawing->height = entry.height;
}

static void add_category(JsonReader *json, Coco *coco, Entry entry) {
    if (coco->category_count == CLASSES_MAX) {
        json_fail(json, "more than %d categories", CLASSES_MAX);
        free(entry.name);
        return;
    }
    coco->categories =
        memory_one_more(coco->categories, (size_t)coco->category_count, sizeof(CocoCategory));
    coco->categories[coco->category_count++] = (CocoCategory){ entry.id, entry.name };
}

static void read_list(JsonReader *json, Coco *coco, bool is_image) {
    json_open(json, '[');
    while (json_next_element(json)) {
        const Entry entry = read_entry(json, is_image);
        if (json->failed)
            free(entry.name);
        else if (is_image)
            add_image(coco, entry);
        else
            add_category(json, coco, entry);
    }
}

/* Both kinds begin with their id. */
static int compare_ids(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_by_id(JsonReader *json, void *entries, int count, size_t size, const char *what) {
    if (count > 1) qsort(entries, (size_t)count, size, compare_ids);
    for (int i = 1; i < count; i++) {
        const char *one = (const char *)entries + (size_t)i * size;
        if (!compare_ids(one - size, one))
            json_fail(json, "two %s of id %llu", what, (unsigned long long)*(const uint64_t *)one);
    }
}

static void read_images_and_categories(JsonReader *json, Coco *coco) {
    enum { IMAGES, CATEGORIES, ANNOTATIONS, FIELDS };
    static const char *const names[FIELDS] = { "images", "categories", "annotations" };
    unsigned seen = 0;
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        int field = 0;
        while (field < FIELDS && strcmp(key, names[field]) != 0) field++;
        if (field < FIELDS) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == IMAGES || field == CATEGORIES)
            read_list(json, coco, field == IMAGES);
        else
            json_skip(json);
    }
    json_finish(json);
    for (int field = 0; field < FIELDS; field++)
        if (!(seen >> field & 1))
            json_fail(json, "no field '%s'; expected a file of COCO", names[field]);
    sort_by_id(json, coco->images, coco->image_count, sizeof *coco->images, "images");
    sort_by_id(json, coco->categories, coco->category_count, sizeof *coco->categories,
               "categories");
}

/* ---- Annotations ---- */

typedef struct Annotation {
    bool has_image, has_category, has_segmentation;
    uint64_t image, category;
    int width, height; /* that runs are for; 0: polygons */
    Drawing *shapes;   /* without labels */
} Annotation;

static void read_polygon(JsonReader *json, Drawing *shapes) {
    const size_t first = shapes->number_count;
    json_open(json, '[');
    while (json_next_element(json)) drawing_add_number(shapes, shape_coordinate(json));
    const size_t count = shapes->number_count - first;
    if (count < 6 || count % 2 != 0)
        json_fail(json, "a polygon of %zu numbers; expected x and y of 3 points or more", count);
    else
        drawing_add_shape(shapes, SHAPE_POLYGON, NULL, 0, first);
}

static void read_size(JsonReader *json, Annotation *annotation) {
    int sides[2] = { 0, 0 }, count = 0;
    json_open(json, '[');
    for (; json_next_element(json); count++) {
        const int side = shape_image_side(json);
        if (count < 2) sides[count] = side;
    }
    if (count != 2 || !sides[0] || !sides[1]) json_fail(json, "a size that is not [height, width]");
    annotation->height = sides[0], annotation->width = sides[1];
}

static void read_runs(JsonReader *json, Annotation *annotation) {
    enum { SIZE, COUNTS };
    unsigned seen = 0;
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const int field = !strcmp(key, "size") ? SIZE : !strcmp(key, "counts") ? COUNTS : -1;
        if (field >= 0) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == SIZE)
            read_size(json, annotation);
        else if (field == COUNTS)
            coco_runs_read(json, annotation->shapes);
        else
            json_skip(json);
    }
    if (!(seen >> SIZE & 1) || !(seen >> COUNTS & 1))
        json_fail(json, "no field '%s'", seen >> SIZE & 1 ? "counts" : "size");
    coco_runs_check(json, annotation->shapes, annotation->width, annotation->height);
    drawing_add_shape(annotation->shapes, SHAPE_RUNS, NULL, 0, 0);
}

static void read_segmentation(JsonReader *json, Annotation *annotation) {
    if (json_peek(json) == '{') {
        read_runs(json, annotation);
    } else {
        json_open(json, '[');
        while (json_next_element(json)) read_polygon(json, annotation->shapes);
    }
    annotation->has_segmentation = annotation->shapes->count > 0;
}

static void read_fields(JsonReader *json, Annotation *annotation) {
    enum { IMAGE, CATEGORY, SEGMENTATION };
    unsigned seen = 0;
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const int field = !strcmp(key, "image_id")       ? IMAGE
                          : !strcmp(key, "category_id")  ? CATEGORY
                          : !strcmp(key, "segmentation") ? SEGMENTATION
                                                         : -1;
        if (field >= 0) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == IMAGE)
            annotation->image = json_unsigned(json);
        else if (field == CATEGORY)
            annotation->category = json_unsigned(json);
        else if (field == SEGMENTATION)
            read_segmentation(json, annotation);
        else
            json_skip(json);
    }
    annotation->has_image = seen >> IMAGE & 1;
    annotation->has_category = seen >> CATEGORY & 1;
}

static CocoImage *image_of(JsonReader *json, const Coco *coco, const Annotation *annotation) {
    const CocoImage wanted = { .id = annotation->image };
    if (coco->image_count == 0 || !annotation->has_image) {
        json_fail(json, annotation->has_image ? "no images" : "no field 'image_id'");
        return NULL;
    }
    CocoImage *image = bsearch(&wanted, coco->images, (size_t)coco->image_count,
                               sizeof *coco->images, compare_ids);
    if (!image)
        json_fail(json, "image_id %llu, which no image has", (unsigned long long)annotation->image);
    return image;
}

static const CocoCategory *category_of(JsonReader *json, const Coco *coco,
                                       const Annotation *annotation) {
    const CocoCategory wanted = { .id = annotation->category };
    if (coco->category_count == 0 || !annotation->has_category) {
        json_fail(json, annotation->has_category ? "no categories" : "no field 'category_id'");
        return NULL;
    }
    const CocoCategory *category = bsearch(&wanted, coco->categories, (size_t)coco->category_count,
                                           sizeof *coco->categories, compare_ids);
    if (!category)
        json_fail(json, "category_id %llu, which no category has",
                  (unsigned long long)annotation->category);
    return category;
}

/* Runs are for an image of their size. */
static bool fits(JsonReader *json, const Annotation *annotation, Drawing *drawing) {
    if (!annotation->width) return true;
    if (!drawing->width) drawing->width = annotation->width;
    if (!drawing->height) drawing->height = annotation->height;
    return (drawing->width == annotation->width && drawing->height == annotation->height) ||
           json_fail(json, "a segmentation of %d x %d pixels; its image has %d x %d",
                     annotation->width, annotation->height, drawing->width, drawing->height);
}

/* Give the shapes to the annotation's image, labelled by its category. */
static void take_shapes(JsonReader *json, Coco *coco, const Annotation *annotation,
                        uint64_t number) {
    const CocoCategory *category = category_of(json, coco, annotation);
    CocoImage *image = image_of(json, coco, annotation);
    if (!category || !image || !fits(json, annotation, image->drawing)) return;
    for (int i = 0; i < annotation->shapes->count; i++) {
        const Shape *shape = &annotation->shapes->shapes[i];
        const size_t first = image->drawing->number_count;
        for (size_t k = 0; k < shape->count; k++)
            drawing_add_number(image->drawing, annotation->shapes->numbers[shape->first + k]);
        drawing_add_shape(image->drawing, shape->kind, memory_text(category->name), number, first);
    }
}

static void read_annotations(JsonReader *json, Coco *coco, uint64_t *number) {
    json_open(json, '[');
    while (json_next_element(json)) {
        Annotation annotation = { .shapes = drawing_new("annotation") };
        ++*number;
        read_fields(json, &annotation);
        if (!annotation.has_segmentation)
            json_fail(json, "no segmentation; a box does not say which pixels are the defect");
        if (!json->failed) take_shapes(json, coco, &annotation, *number);
        drawing_free(annotation.shapes);
    }
    if (!json->failed) *number = 0;
}

static void read_only_annotations(JsonReader *json, Coco *coco, uint64_t *number) {
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const bool found = !strcmp(key, "annotations");
        free(key);
        if (found)
            read_annotations(json, coco, number);
        else
            json_skip(json);
    }
}

Coco *coco_read(const char *path, Error *error) {
    Error line = { "" };
    JsonReader json;
    uint64_t number = 0; /* of the annotation being read; 0 outside */
    char *text = shape_file_read(path, &json, &line);
    if (!text) {
        error_set(error, "%s", line.text);
        return NULL;
    }
    const JsonReader start = json;
    Coco *coco = memory_new(1, sizeof *coco);
    read_images_and_categories(&json, coco);
    if (!json.failed) {
        json = start;
        read_only_annotations(&json, coco, &number);
    }
    free(text);
    if (!json.failed) return coco;
    if (number)
        error_set(error, "%s: annotation %llu: %s", path, (unsigned long long)number, line.text);
    else
        error_set(error, "%s: %s", path, line.text);
    coco_free(coco);
    return NULL;
}
