/* inspection_print.c - an inspection as text. */
#include "hadnet/inspection/inspection.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED_AT_MOST = 10, SIZES_AT_MOST = 5, NAME_WIDTH_MAX = 40 };

static const char *plural(int count) {
    return count == 1 ? "" : "s";
}

static int name_width(const Dataset *dataset) {
    size_t width = strlen("without a defect");
    for (int k = 0; k < dataset->class_count; k++)
        if (strlen(dataset->classes[k]) > width) width = strlen(dataset->classes[k]);
    return width > NAME_WIDTH_MAX ? NAME_WIDTH_MAX : (int)width;
}

static void print_parts(FILE *stream, const Dataset *dataset, const Inspection *inspection) {
    const int width = name_width(dataset);
    fprintf(stream, "%-*s", width, "images");
    for (Part part = PART_TRAIN; part < PARTS; part++)
        fprintf(stream, " %9s", dataset_part_name(part));
    fprintf(stream, "  pixels %%  fewest in an image\n%-*s", width, "all");
    for (Part part = PART_TRAIN; part < PARTS; part++)
        fprintf(stream, " %9d", inspection->images[part]);
    fprintf(stream, "\n%-*s", width, "without a defect");
    for (Part part = PART_TRAIN; part < PARTS; part++)
        fprintf(stream, " %9d", inspection->defect_free[part]);
    int64_t all = 0;
    for (Part part = PART_TRAIN; part < PARTS; part++)
        for (int k = 0; k < dataset->class_count; k++) all += inspection->pixels[part][k];
    for (int k = 0; k < dataset->class_count; k++) {
        int64_t of_class = 0;
        fprintf(stream, "\n%-*.*s", width, width, dataset->classes[k]);
        for (Part part = PART_TRAIN; part < PARTS; part++) {
            of_class += inspection->pixels[part][k];
            fprintf(stream, " %9d", inspection->with_class[part][k]);
        }
        fprintf(stream, "  %8.4g  %18" PRId64, all ? 100 * (double)of_class / (double)all : 0,
                inspection->smallest[k]);
    }
    fputs("\n\n", stream);
}

static void print_sizes(FILE *stream, const Inspection *inspection) {
    int shown = 0;
    fprintf(stream, "sizes:");
    for (int i = 0; i < inspection->size_count && i < SIZES_AT_MOST; i++) {
        const SizeCount *size = &inspection->sizes[i];
        fprintf(stream, "%s %dx%d (%d)", i ? "," : "", size->width, size->height, size->images);
        shown++;
    }
    if (inspection->size_count > shown)
        fprintf(stream, " and %d more", inspection->size_count - shown);
    fputc('\n', stream);
}

static void print_scenes(FILE *stream, const Inspection *inspection) {
    const int *leaks = inspection->leaks;
    fprintf(stream,
            "scenes: %d; %d image%s share theirs with a near-copy (turned, mirrored, at another "
            "exposure)\n",
            inspection->scenes, inspection->copies, plural(inspection->copies));
    if (leaks[PART_VAL] + leaks[PART_TEST] > 0)
        fprintf(stream,
                "leak: %d of %d validation and %d of %d test images have a near-copy in training; "
                "--split scene keeps scenes together\n",
                leaks[PART_VAL], inspection->images[PART_VAL], leaks[PART_TEST],
                inspection->images[PART_TEST]);
}

static void print_suspicion(FILE *stream, const Dataset *dataset, const Inspection *inspection,
                            Suspicion suspicion, const char *what) {
    const int count = inspection->suspicions[suspicion];
    int named = 0;
    if (count == 0) return;
    fprintf(stream, "%d mask%s %s:\n", count, plural(count), what);
    for (int i = 0; i < dataset->count && named < NAMED_AT_MOST; i++)
        if (inspection->suspicion[i] == suspicion) {
            fprintf(stream, "  %s\n", dataset->samples[i].name);
            named++;
        }
    if (count > named) fprintf(stream, "  and %d more\n", count - named);
}

static void print_problems(FILE *stream, Dataset *dataset) {
    const int count = problems_count(&dataset->problems);
    if (count == 0) return;
    fprintf(stream, "%d file%s cannot be used:\n", count, plural(count));
    for (int i = 0; i < count; i++) {
        char *line = problems_line(&dataset->problems, i);
        fprintf(stream, "  %s\n", line);
        free(line);
    }
}

void inspection_print(FILE *stream, Dataset *dataset, const Inspection *inspection) {
    print_parts(stream, dataset, inspection);
    print_sizes(stream, inspection);
    print_scenes(stream, inspection);
    print_suspicion(stream, dataset, inspection, SUSPICION_EMPTY, "without a defect");
    print_suspicion(stream, dataset, inspection, SUSPICION_FULL, "without background");
    print_suspicion(stream, dataset, inspection, SUSPICION_SPECK,
                    "with no more than a speck of defect");
    print_problems(stream, dataset);
}
