/* foreign_case.c - reads and checks the cases of a file of another library's results. */
#include "hyp/audit/foreign_case.h"

#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum { N = AUDIT_DIMENSION, TENSORS = 7 };

static const char *const tensor_names[TENSORS] = { "x", "y",      "normal",  "c",
                                                   "g", "output", "gradient" };

static double **tensor_place(ForeignCase *one, int which) {
    double **const places[TENSORS] = { &one->x, &one->y,      &one->normal,  &one->c,
                                       &one->g, &one->output, &one->gradient };
    return places[which];
}

static bool needs(const AuditFormula *formula, int which) {
    const bool plane = !strncmp(formula->name, "hyperplane", 10);
    if (which == 1) return plane || formula->takes_points & (formula->outputs == 1);
    return which != 2 || plane;
}

/* The numbers of a tensor of F32 or F64 as doubles; the caller frees. */
static double *read_numbers(SafetensorsFile *file, const SafetensorsEntry *entry, Error *error) {
    const bool single = !strcmp(entry->format->name, "F32");
    const size_t count = (size_t)entry->elements, bytes = single ? 4 : 8;
    double *numbers = malloc((count ? count : 1) * sizeof *numbers);
    if (!numbers) {
        error_no_memory(error, "%zu numbers", count);
        return NULL;
    }
    if (fseeko(file->file, (off_t)(file->data_at + entry->begin), SEEK_SET) != 0 ||
        fread(numbers, bytes, count, file->file) != count) {
        error_set(error, "%s: tensor '%.200s' cannot be read", file->path, entry->name);
        free(numbers);
        return NULL;
    }
    for (size_t i = count; single && i-- > 0;) {
        float number;
        memcpy(&number, (const char *)numbers + 4 * i, 4);
        numbers[i] = (double)number;
    }
    return numbers;
}

/* Whether the shape is [rows, columns], or [rows] for one column; c: [1] or [rows] too. */
static bool has_shape(const SafetensorsEntry *entry, int64_t rows, int64_t columns) {
    if (entry->elements != rows * columns || entry->rank < 1 || entry->size[0] != rows)
        return false;
    return entry->rank == 2 || (entry->rank == 1 && columns == 1);
}

static bool check_numbers(const ForeignCase *one, int which, int64_t count, const char *path,
                          Error *error) {
    const double *numbers = *tensor_place((ForeignCase *)one, which);
    if (which >= 5) return true; /* a NaN among the results is what the audit looks for */
    for (int64_t i = 0; i < count; i++) {
        const bool finite = numbers[i] - numbers[i] == 0;
        if (!finite || (which == 3 && !(numbers[i] > 0)))
            return error_set(error, "%s: tensor '%.200s/%s': number %lld is %g, expected %s", path,
                             one->name, tensor_names[which], (long long)i, numbers[i],
                             which == 3 ? "a curvature above 0" : "a finite number");
    }
    return true;
}

static bool read_tensor(SafetensorsFile *file, ForeignCase *one, int which, Error *error) {
    char name[512];
    snprintf(name, sizeof name, "%s/%s", one->name, tensor_names[which]);
    const SafetensorsEntry *entry = safetensors_find(file, name);
    if (!entry) return error_set(error, "%s: tensor '%.300s' is missing", file->path, name);
    const char *type = one->rounding == ROUND_TO_FLOAT ? "F32" : "F64";
    if (strcmp(entry->format->name, type) != 0)
        return error_set(error, "%s: tensor '%.300s' is %s, expected %s like x", file->path, name,
                         entry->format->name, type);
    const bool result = which == 4 || which == 5;
    const bool by_c = which == 6 && one->formula->by_curvature;
    const int64_t columns = which == 3 || by_c ? 1 : result ? one->outputs : one->length;
    one->one_c |= which == 3 && entry->elements == 1;
    const int64_t rows = which == 3 && one->one_c ? 1 : one->rows;
    if (!has_shape(entry, rows, columns))
        return error_set(error,
                         "%s: tensor '%.300s' has %lld numbers in rank %d, expected [%lld,%lld]",
                         file->path, name, (long long)entry->elements, entry->rank, (long long)rows,
                         (long long)columns);
    double **place = tensor_place(one, which);
    *place = read_numbers(file, entry, error);
    return *place && check_numbers(one, which, entry->elements, file->path, error);
}

/* What x says of a case: formula, number type, rows. */
static bool begin_case(SafetensorsFile *file, const SafetensorsEntry *x, ForeignCase *one,
                       Error *error) {
    char formula[64];
    snprintf(formula, sizeof formula, "%.*s", (int)strcspn(one->name, "/"), one->name);
    one->formula = audit_formula_find(formula);
    if (!one->formula || strstr(formula, "exp_map_zero_"))
        return error_set(error, "%s: tensor '%.200s': no formula '%s' to compare with", file->path,
                         x->name, formula);
    const bool single = !strcmp(x->format->name, "F32");
    if (!single && strcmp(x->format->name, "F64") != 0)
        return error_set(error, "%s: tensor '%.200s' is %s, expected F32 or F64", file->path,
                         x->name, x->format->name);
    one->rounding = single ? ROUND_TO_FLOAT : ROUND_TO_DOUBLE;
    if (x->rank != 2 || x->size[0] < 1 || x->size[1] < 1 || x->size[1] > N)
        return error_set(error,
                         "%s: tensor '%.200s' has %lld numbers in rank %d, expected rows of "
                         "1 to %d",
                         file->path, x->name, (long long)x->elements, x->rank, N);
    one->rows = x->size[0], one->length = (int)x->size[1];
    one->outputs = one->formula->outputs == 1 ? 1 : one->length;
    return true;
}

static bool read_case(SafetensorsFile *file, const SafetensorsEntry *x, ForeignCase *one,
                      Error *error) {
    if (!begin_case(file, x, one, error)) return false;
    for (int which = 0; which < TENSORS; which++)
        if (needs(one->formula, which) && !read_tensor(file, one, which, error)) return false;
    return true;
}

/* Every name must end in that of a tensor of a case: a misspelt one would be left out in silence. */
static bool names_are_known(const SafetensorsFile *file, Error *error) {
    for (int i = 0; i < file->count; i++) {
        const char *last = strrchr(file->entries[i].name, '/');
        bool known = false;
        for (int k = 0; last && k < TENSORS; k++) known |= !strcmp(last + 1, tensor_names[k]);
        if (!known || strlen(file->entries[i].name) > 200)
            return error_set(error,
                             "%s: tensor '%.200s': expected FORMULA/NAME or FORMULA/LABEL/NAME, "
                             "NAME being x, y, normal, c, g, output or gradient",
                             file->path, file->entries[i].name);
        char x[256];
        snprintf(x, sizeof x, "%.*s/x", (int)(last - file->entries[i].name), file->entries[i].name);
        if (!safetensors_find(file, x))
            return error_set(error, "%s: tensor '%.200s' is missing", file->path, x);
    }
    return file->count > 0 || error_set(error, "%s: it has no tensors", file->path);
}

ForeignCase *foreign_cases_read(const char *path, int *count, Error *error) {
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return NULL;
    ForeignCase *cases = memory_new((size_t)file->count + 1, sizeof *cases);
    bool right = names_are_known(file, error);
    *count = 0;
    for (int i = 0; right && i < file->count; i++) {
        const SafetensorsEntry *entry = &file->entries[i];
        const size_t length = strlen(entry->name);
        if (length < 3 || strcmp(entry->name + length - 2, "/x") != 0) continue;
        ForeignCase *one = &cases[(*count)++];
        one->name = memory_text(entry->name);
        one->name[length - 2] = 0;
        right = read_case(file, entry, one, error);
    }
    safetensors_close(file);
    if (right) return cases;
    foreign_cases_free(cases, *count);
    return NULL;
}

void foreign_cases_free(ForeignCase *cases, int count) {
    for (int i = 0; i < count; i++) {
        for (int which = 0; which < TENSORS; which++) free(*tensor_place(&cases[i], which));
        free(cases[i].name);
    }
    free(cases);
}

AuditSample foreign_case_row(const ForeignCase *one, int64_t row, long double *output,
                             long double *gradient) {
    AuditSample sample = { .c = one->c[one->one_c ? 0 : row],
                           .by_curvature = one->formula->by_curvature };
    for (int i = 0; i < N; i++) output[i] = gradient[i] = 0;
    if (sample.by_curvature) gradient[0] = (long double)one->gradient[row];
    for (int i = 0; i < one->length; i++) {
        const int64_t at = row * one->length + i;
        sample.x[i] = one->x[at];
        if (one->y) sample.y[i] = one->y[at];
        if (one->normal) sample.normal[i] = one->normal[at];
        if (!sample.by_curvature) gradient[i] = (long double)one->gradient[at];
    }
    for (int j = 0; j < one->outputs; j++) {
        sample.g[j] = one->g[row * one->outputs + j];
        output[j] = (long double)one->output[row * one->outputs + j];
    }
    return sample;
}
