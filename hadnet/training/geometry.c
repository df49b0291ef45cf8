/* geometry.c - measures and prints a head's use of the ball. */
#include "hadnet/training/geometry.h"

#include "tensor/text_file.h"

#include <math.h>
#include <stdlib.h>

void geometry_begin(GeometrySums *sums, Graph *graph, const Network *network, Node *tangents,
                    Node *logits) {
    Node *flat = layer_hyperplane_euclidean_logits(graph, &network->head.hyperplanes, tangents);
    *sums = (GeometrySums){ .embeddings = sums->embeddings,
                            .network = network,
                            .tangents = tangents,
                            .logits = logits,
                            .flat = flat };
    graph_keep(tangents);
    graph_keep(logits);
    graph_keep(flat);
}

static int64_t largest(const real *values, int64_t count) {
    int64_t best = 0;
    for (int64_t k = 1; k < count; k++)
        if (values[k] > values[best]) best = k;
    return best;
}

static void add_cell(GeometrySums *sums, const real *u, int64_t dimension, const real *logits,
                     const real *flat, int64_t classes) {
    double square = 0;
    for (int64_t i = 0; i < dimension; i++) square += (double)u[i] * (double)u[i];
    sums->cells++;
    sums->agreeing += largest(logits, classes) == largest(flat, classes);
    sums->length_sum += sqrt(square);
    sums->length_largest = fmax(sums->length_largest, sqrt(square));
}

/* The values of a node, in host memory that the caller frees. */
static real *downloaded(const Node *node) {
    real *values = malloc(tensor_bytes(&node->value));
    if (values) tensor_download(&node->value, values);
    return values;
}

bool geometry_add(GeometrySums *sums, int place, const uint8_t *labels, int size, Error *error) {
    const Shape *shape = &sums->tangents->shape;
    const int64_t cells = shape->size[1] * shape->size[2], dimension = shape_last(shape);
    const int64_t classes = shape_last(&sums->logits->shape), first = place * cells;
    real *u = downloaded(sums->tangents), *logits = downloaded(sums->logits);
    real *flat = downloaded(sums->flat);
    const bool good = u && logits && flat;
    for (int64_t cell = first; good && cell < first + cells; cell++)
        add_cell(sums, u + cell * dimension, dimension, logits + cell * classes,
                 flat + cell * classes, classes);
    if (good && sums->embeddings)
        embeddings_add(sums->embeddings, u + first * dimension, shape->size[1], shape->size[2],
                       labels, size);
    free(u);
    free(logits);
    free(flat);
    return good || error_no_memory(error, "the features of a batch");
}

/* |p|, mean and largest over the classes. */
static void measure_points(const Parameter *points, double *mean, double *most) {
    const int64_t classes = points->value.shape.size[0], dimension = points->value.shape.size[1];
    real p[classes * dimension];
    *mean = *most = 0;
    tensor_download(&points->value, p);
    for (int64_t k = 0; k < classes; k++) {
        double square = 0;
        for (int64_t i = 0; i < dimension; i++)
            square += (double)p[k * dimension + i] * (double)p[k * dimension + i];
        *mean += sqrt(square) / (double)classes;
        *most = fmax(*most, sqrt(square));
    }
}

static double temperature_of(const Head *head) {
    real temperature = 1;
    if (head->temperature) tensor_download(&head->temperature->value, &temperature);
    return (double)temperature;
}

Geometry geometry_of(const GeometrySums *sums) {
    const Head *head = &sums->network->head;
    const HyperplaneLayer *planes = &head->hyperplanes;
    Geometry geometry = { .curvature = planes->scale ? layer_hyperplane_curvature(planes)
                                                     : sums->network->options.curvature,
                          .temperature = temperature_of(head) };
    const double of_feature = sqrt(geometry.curvature), cells = (double)sums->cells;
    const double of_point = sqrt((double)planes->curvature);
    measure_points(planes->points, &geometry.point_mean, &geometry.point_largest);
    geometry.point_mean *= of_point;
    geometry.point_largest *= of_point;
    geometry.feature_mean = of_feature * sums->length_sum / cells;
    geometry.feature_largest = of_feature * sums->length_largest;
    geometry.agreement = (double)sums->agreeing / cells;
    return geometry;
}

void geometry_print(FILE *stream, const Geometry *geometry) {
    fprintf(stream, "\ncurvature c         %10.4g", geometry->curvature);
    if (geometry->temperature != 1) fprintf(stream, ", logits times %.4g", geometry->temperature);
    fprintf(
        stream,
        "\nfeatures, sqrt(c)|u| %9.3f mean, %.3f largest\npoints, sqrt(c)|p|   %9.3f mean, %.3f "
        "largest\nagreement           %9.2f %% of the head's cells have the class that no "
        "curvature would give\n",
        geometry->feature_mean, geometry->feature_largest, geometry->point_mean,
        geometry->point_largest, 100 * geometry->agreement);
}

void geometry_write_json(FILE *stream, const Geometry *geometry) {
    const struct {
        const char *key;
        double value;
    } numbers[] = { { "curvature", geometry->curvature },
                    { "temperature", geometry->temperature },
                    { "feature_length", geometry->feature_mean },
                    { "feature_length_largest", geometry->feature_largest },
                    { "point_length", geometry->point_mean },
                    { "point_length_largest", geometry->point_largest },
                    { "agreement", geometry->agreement } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[TEXT_NUMBER];
        fprintf(stream, "  \"%s\": %s,\n", numbers[i].key,
                isfinite(numbers[i].value) ? text_number(numbers[i].value, text) : "null");
    }
}
