/* survey.c - reads and decodes every file once, in parallel, and keeps what the room needs. */
#include "data/survey.h"

#include "data/image/image_file.h"
#include "data/image/image_format.h"
#include "data/labels/mask_values.h"
#include "data/shapes/drawing.h"
#include "tensor/memory.h"

#include <stdlib.h>

void survey_free(Survey *survey) {
    if (!survey) return;
    free(survey->values);
    free(survey->problem);
    free(survey->signature);
    free(survey);
}

int64_t survey_pixels(const Survey *survey, int value) {
    for (int i = 0; i < survey->value_count; i++)
        if (survey->values[i].value == value) return survey->values[i].pixels;
    return 0;
}

static void keep_values(Survey *survey, const int64_t counts[256]) {
    int held = 0;
    for (int value = 0; value < 256; value++) held += counts[value] > 0;
    survey->values = memory_new((size_t)held, sizeof(MaskValue));
    for (int value = 0; value < 256; value++)
        if (counts[value] > 0)
            survey->values[survey->value_count++] = (MaskValue){ value, counts[value] };
}

/* An image that cannot be decoded gets no signature; the loader will report it. */
static void keep_signature(Survey *survey, const ImageFile *file) {
    Image grey;
    Error error = { "" };
    if (image_file_read(file, 1, &grey, &error)) {
        survey->signature = memory_new(1, sizeof *survey->signature);
        signature_of(&grey, survey->signature);
        image_free(&grey);
    }
    memory_must_suffice(&error);
}

static void keep_mask(const Dataset *dataset, const Sample *sample, const ImageFile *file) {
    Image values;
    int64_t counts[256];
    Error error = { "" };
    Survey *survey = sample->survey;
    survey->is_jpeg = file->format == &image_format_jpeg;
    if (mask_values_decode(dataset, sample, file, &values, &error)) {
        mask_values_count(&values, counts);
        keep_values(survey, counts);
        image_free(&values);
        return;
    }
    memory_must_suffice(&error);
    survey->problem = memory_text(error.text);
}

static bool survey_image(const Dataset *dataset, Sample *sample, Error *error) {
    ImageFile file;
    if (!image_file_open(sample->image, &file, error)) return false;
    image_file_size(&file, &sample->width, &sample->height);
    if (dataset->options.scenes) keep_signature(sample->survey, &file);
    image_file_close(&file);
    return true;
}

static bool fits(const Sample *sample, int width, int height, Error *error) {
    return (width == sample->width && height == sample->height) ||
           error_set(error, "%s: mask of %d x %d pixels; its image has %d x %d", sample->mask,
                     width, height, sample->width, sample->height);
}

/* Shapes that cannot be drawn were listed with a problem, or got one with their classes. */
static bool survey_shapes(Sample *sample, Error *error) {
    const Drawing *drawing = sample->drawing;
    Image labels;
    int64_t counts[256];
    if (drawing->problem) return error_set(error, "%s", drawing->problem);
    if (!fits(sample, drawing->width ? drawing->width : sample->width,
              drawing->height ? drawing->height : sample->height, error) ||
        !drawing_draw(drawing, sample->width, sample->height, sample->mask, &labels, error))
        return false;
    mask_values_count(&labels, counts);
    keep_values(sample->survey, counts);
    image_free(&labels);
    return true;
}

static bool survey_mask(const Dataset *dataset, Sample *sample, Error *error) {
    ImageFile file;
    int width, height;
    if (sample->mask_kind == MASK_SHAPES) return survey_shapes(sample, error);
    if (!image_file_open(sample->mask, &file, error)) return false;
    image_file_size(&file, &width, &height);
    const bool good = fits(sample, width, height, error);
    if (good) keep_mask(dataset, sample, &file);
    image_file_close(&file);
    return good;
}

/* NULL, or the line that says why the sample cannot be used. */
static char *survey_sample(const Dataset *dataset, Sample *sample) {
    Error error = { "" };
    const bool has_mask = sample->mask && sample->mask_kind != MASK_BACKGROUND;
    sample->survey = memory_new(1, sizeof *sample->survey);
    if (survey_image(dataset, sample, &error) &&
        (!has_mask || survey_mask(dataset, sample, &error)))
        return NULL;
    memory_must_suffice(&error);
    sample->width = 0;
    return memory_text(error.text);
}

void survey_files(Dataset *dataset) {
    const int count = dataset->count;
    char **problems = memory_new((size_t)count, sizeof(char *));
    int done = 0;
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < count; i++) {
        if (dataset->samples[i].image) problems[i] = survey_sample(dataset, &dataset->samples[i]);
        if (!dataset->options.progress) continue;
#pragma omp critical
        dataset->options.progress(dataset->options.progress_context, ++done, count);
    }
    for (int i = 0; i < count; i++) {
        if (problems[i]) problems_add(&dataset->problems, problems[i]);
        free(problems[i]);
    }
    free(problems);
}
