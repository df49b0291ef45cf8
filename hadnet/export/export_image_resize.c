/* export_image_resize.c - the resizing of data/image/resize.h in ONNX, for images of any size.
 *
 * It resizes along width, then along height, by a triangle filter with half-pixel centres that is
 * as wide as the shrinking factor, and rounds to bytes. ONNX's Resize has this filter from opset 18
 * on, but runtimes differ in it. A sum that is nearly halfway between two bytes, as many are when
 * 200 pixels become 160, rounds up or down by the rounding of its terms. So the sums are computed
 * here as in data/image/resize.c, term by term.
 *
 * Weights are computed in integers: in units of 1 / (2 target), the distance from pixel k of
 * `source` to the centre of pixel i of `target` is |2 target k + target - (2 i + 1) source|, and
 * the filter's radius is 2 max(source, target).
 */
#include "hadnet/export/exporter.h"
#include "tensor/memory.h"

#include <stdlib.h>

/* For one axis: [target,source+1], the filter's weights with a column of zeros at their end; and
 * the first pixel that each target reads, [target]. */
typedef struct Filter {
    OnnxGraph *onnx;
    OnnxValue source, last; /* scalars of the graph: the axis' size, and size - 1 */
    int64_t target;
    OnnxValue weights, first;
} Filter;

static OnnxValue whole(OnnxGraph *onnx, int64_t value) {
    return onnx_whole_number(onnx, value);
}

static OnnxValue unsqueeze(OnnxGraph *onnx, OnnxValue x, int64_t axis) {
    return onnx_binary(onnx, "Unsqueeze", x, onnx_list(onnx, 1, &axis));
}

static OnnxValue gather(OnnxGraph *onnx, const char *op, OnnxValue x, OnnxValue indices, int axis) {
    const OnnxAttribute attribute = onnx_integer("axis", axis);
    return onnx_node(onnx, op, 2, (OnnxValue[]){ x, indices }, 1, &attribute);
}

static OnnxValue count_up(OnnxGraph *onnx, OnnxValue end) {
    return onnx_node(onnx, "Range", 3, (OnnxValue[]){ whole(onnx, 0), end, whole(onnx, 1) }, 0,
                     NULL);
}

/* Append `count` rows or columns, all of one value. */
static OnnxValue put_behind(OnnxGraph *onnx, OnnxValue x, int rank, int axis, int64_t count,
                            float value) {
    int64_t pads[2 * ONNX_MAX_RANK] = { 0 };
    pads[rank + axis] = count;
    const OnnxValue in[] = { x, onnx_list(onnx, 2 * rank, pads), onnx_number(onnx, value) };
    return onnx_node(onnx, "Pad", 3, in, 0, NULL);
}

/* (2 i + 1) source for every target, [target]: its centre times 2 target, plus target. */
static OnnxValue centres_of(OnnxGraph *onnx, OnnxValue source, int64_t target) {
    int64_t *odd = memory_new((size_t)target, sizeof *odd);
    for (int64_t i = 0; i < target; i++) odd[i] = 2 * i + 1;
    const OnnxValue constant = onnx_whole_numbers(onnx, "odd", odd, 1, &target);
    free(odd);
    return onnx_binary(onnx, "Mul", constant, source);
}

/* The first pixel: (centre - reach) / 2 target, rounded up, at least 0. */
static OnnxValue first_pixels(OnnxGraph *onnx, OnnxValue centres, OnnxValue reach, int64_t target) {
    OnnxValue from = onnx_binary(onnx, "Sub", centres, reach);
    from = onnx_binary(onnx, "Sub", from, whole(onnx, target));
    from = onnx_binary(onnx, "Max", from, whole(onnx, 0));
    from = onnx_binary(onnx, "Add", from, whole(onnx, 2 * target - 1));
    return onnx_binary(onnx, "Div", from, whole(onnx, 2 * target));
}

/* x = high + low, each of at most 12 bits (Dekker, "A floating-point technique for extending the
 * available precision", 1971): products of such halves are exact. */
typedef struct Halves {
    OnnxValue high, low;
} Halves;

static Halves split(OnnxGraph *onnx, OnnxValue x) {
    const OnnxValue larger = onnx_binary(onnx, "Mul", x, onnx_number(onnx, 4097));
    Halves halves;
    halves.high = onnx_binary(onnx, "Sub", larger, onnx_binary(onnx, "Sub", larger, x));
    halves.low = onnx_binary(onnx, "Sub", x, halves.high);
    return halves;
}

/* a / b, correctly rounded even by runtimes that multiply by 1 / b (OpenVINO does): the quotient q
 * that they give is corrected by (a - q b) / b, where a - q b is exact. */
static OnnxValue divide(OnnxGraph *onnx, OnnxValue a, OnnxValue b) {
    const OnnxValue quotient = onnx_binary(onnx, "Div", a, b);
    const Halves q = split(onnx, quotient), d = split(onnx, b);
    OnnxValue left = onnx_binary(onnx, "Sub", a, onnx_binary(onnx, "Mul", q.high, d.high));
    left = onnx_binary(onnx, "Sub", left, onnx_binary(onnx, "Mul", q.high, d.low));
    left = onnx_binary(onnx, "Sub", left, onnx_binary(onnx, "Mul", q.low, d.high));
    left = onnx_binary(onnx, "Sub", left, onnx_binary(onnx, "Mul", q.low, d.low));
    return onnx_binary(onnx, "Add", quotient, onnx_binary(onnx, "Div", left, b));
}

/* axis: of the image's shape. */
static Filter filter_along(Exporter *exporter, int axis, int64_t target) {
    OnnxGraph *onnx = &exporter->onnx;
    Filter filter = { .onnx = onnx, .target = target };
    filter.source = onnx_binary(onnx, "Gather", exporter->shape, whole(onnx, axis));
    filter.last = onnx_binary(onnx, "Sub", filter.source, whole(onnx, 1));
    const OnnxValue centres = centres_of(onnx, filter.source, target);
    const OnnxValue wider = onnx_binary(onnx, "Max", filter.source, whole(onnx, target));
    const OnnxValue reach = onnx_binary(onnx, "Mul", wider, whole(onnx, 2));
    filter.first = first_pixels(onnx, centres, reach, target);
    OnnxValue pixel =
        onnx_binary(onnx, "Mul", count_up(onnx, filter.source), whole(onnx, 2 * target));
    pixel = unsqueeze(onnx, onnx_binary(onnx, "Add", pixel, whole(onnx, target)), 0);
    const OnnxValue off = onnx_binary(onnx, "Sub", pixel, unsqueeze(onnx, centres, 1));
    const OnnxValue share = onnx_binary(
        onnx, "Max", onnx_binary(onnx, "Sub", reach, onnx_unary(onnx, "Abs", off)), whole(onnx, 0));
    const int64_t pixels = 1;
    const OnnxValue sum = onnx_binary(onnx, "ReduceSum", share, onnx_list(onnx, 1, &pixels));
    const OnnxValue weights =
        divide(onnx, onnx_cast(onnx, share, ONNX_FLOAT), onnx_cast(onnx, sum, ONNX_FLOAT));
    filter.weights = put_behind(onnx, weights, 2, 1, 1, 0);
    return filter;
}

/* The number of taps summed one after the other, products rounded first, as resize_row of
 * data/image/resize.c does. There are more taps only where an image shrinks to less than 1/3. */
enum { TAPS_IN_ORDER = 8 };

/* x [N,3,source,M] -> the sum over those taps, [N,3,target,M]. */
static OnnxValue sum_in_order(const Filter *filter, OnnxValue x) {
    OnnxGraph *onnx = filter->onnx;
    OnnxValue sum = { "" };
    for (int64_t tap = 0; tap < TAPS_IN_ORDER; tap++) {
        const OnnxValue pixel = onnx_binary(onnx, "Add", filter->first, whole(onnx, tap));
        const OnnxValue column =
            unsqueeze(onnx, onnx_binary(onnx, "Min", pixel, filter->source), 1);
        const OnnxValue weight = gather(onnx, "GatherElements", filter->weights, column, 1);
        const OnnxValue value =
            gather(onnx, "Gather", x, onnx_binary(onnx, "Min", pixel, filter->last), 2);
        const OnnxValue product = onnx_binary(onnx, "Mul", value, weight);
        sum = tap == 0 ? product : onnx_binary(onnx, "Add", sum, product);
    }
    return sum;
}

/* The filter without those taps. */
static Filter rest_of(const Filter *filter) {
    OnnxGraph *onnx = filter->onnx;
    Filter rest = *filter;
    const OnnxValue columns = onnx_binary(onnx, "Add", filter->source, whole(onnx, 1));
    const OnnxValue pixels = unsqueeze(onnx, count_up(onnx, columns), 0);
    const OnnxValue end = onnx_binary(onnx, "Add", filter->first, whole(onnx, TAPS_IN_ORDER));
    const OnnxValue is_rest = onnx_binary(onnx, "GreaterOrEqual", pixels, unsqueeze(onnx, end, 1));
    rest.weights = onnx_binary(onnx, "Mul", filter->weights, onnx_cast(onnx, is_rest, ONNX_FLOAT));
    return rest;
}

/* Targets per tile. A tile is one matrix product of its targets and the pixels that they read:
 * smaller than a product of all by all, and so small that runtimes add the terms in order. */
enum { TILE = 8 };

/* The pixels of each tile, [tiles,W]. W is their number: (TILE - 1) source / target between the
 * first and last centre, plus 2 max(source, target) / target around. first: [tiles,1]. */
static OnnxValue pixels_of_tiles(const Filter *filter, OnnxValue first) {
    OnnxGraph *onnx = filter->onnx;
    const OnnxValue wider = onnx_binary(onnx, "Max", filter->source, whole(onnx, filter->target));
    OnnxValue width = onnx_binary(onnx, "Mul", filter->source, whole(onnx, TILE - 1));
    width = onnx_binary(onnx, "Add", width, onnx_binary(onnx, "Mul", wider, whole(onnx, 2)));
    width = onnx_binary(onnx, "Div", width, whole(onnx, filter->target));
    width = onnx_binary(onnx, "Add", width, whole(onnx, 3));
    return onnx_binary(onnx, "Add", first, unsqueeze(onnx, count_up(onnx, width), 0));
}

/* The weights of those pixels, [tiles,TILE,W]. */
static OnnxValue weights_of_tiles(const Filter *filter, OnnxValue pixels, int64_t tiles) {
    OnnxGraph *onnx = filter->onnx;
    const int64_t apart[] = { tiles, TILE, -1 }, each[] = { 1, TILE, 1 };
    const OnnxValue columns = unsqueeze(onnx, onnx_binary(onnx, "Min", pixels, filter->source), 1);
    OnnxValue weights = put_behind(onnx, filter->weights, 2, 0, tiles * TILE - filter->target, 0);
    weights = onnx_binary(onnx, "Reshape", weights, onnx_list(onnx, 3, apart));
    return gather(onnx, "GatherElements", weights,
                  onnx_binary(onnx, "Expand", columns, onnx_list(onnx, 3, each)), 2);
}

static OnnxValue first_of_tiles(const Filter *filter, int64_t tiles) {
    OnnxGraph *onnx = filter->onnx;
    int64_t *targets = memory_new((size_t)tiles, sizeof *targets);
    for (int64_t i = 0; i < tiles; i++) targets[i] = i * TILE;
    const OnnxValue list = onnx_list(onnx, (int)tiles, targets);
    free(targets);
    return unsqueeze(onnx, gather(onnx, "Gather", filter->first, list, 0), 1);
}

/* Append a pixel of value 1 to x, and its weight 1/2 in front of each target's weights. */
static void add_half(const Filter *filter, int64_t tiles, OnnxValue first, OnnxValue *x,
                     OnnxValue *places, OnnxValue *weights) {
    OnnxGraph *onnx = filter->onnx;
    float *halves = memory_new((size_t)(tiles * TILE), sizeof *halves);
    for (int64_t i = 0; i < tiles * TILE; i++) halves[i] = 0.5f;
    const OnnxValue half = onnx_floats(onnx, "half", halves, 3, (int64_t[]){ tiles, TILE, 1 });
    free(halves);
    const OnnxValue nothing = onnx_binary(onnx, "Mul", first, whole(onnx, 0));
    const OnnxValue behind = onnx_binary(onnx, "Add", nothing, filter->source);
    *x = put_behind(onnx, *x, 4, 2, 1, 1);
    *places = onnx_concat(onnx, 2, (OnnxValue[]){ behind, *places }, 1);
    *weights = onnx_concat(onnx, 2, (OnnxValue[]){ half, *weights }, 2);
}

/* x [N,3,source,M] -> [N,3,target,M]. rounds: the sum starts with 1/2, as along height in
 * data/image/resize.c, so that sums are rounded alike. */
static OnnxValue sum_in_tiles(const Filter *filter, OnnxValue x, bool rounds) {
    OnnxGraph *onnx = filter->onnx;
    const int64_t tiles = (filter->target + TILE - 1) / TILE, none = 0, axis = 2;
    const OnnxValue first = first_of_tiles(filter, tiles);
    const OnnxValue pixels = pixels_of_tiles(filter, first);
    OnnxValue weights = weights_of_tiles(filter, pixels, tiles);
    OnnxValue places = onnx_binary(onnx, "Min", pixels, filter->last);
    if (rounds) add_half(filter, tiles, first, &x, &places, &weights);
    x = onnx_binary(onnx, "MatMul", weights, gather(onnx, "Gather", x, places, 2));
    x = onnx_binary(onnx, "Reshape", x, onnx_list(onnx, 4, (int64_t[]){ 0, 3, tiles * TILE, -1 }));
    const OnnxValue in[] = { x, onnx_list(onnx, 1, &none), onnx_list(onnx, 1, &filter->target),
                             onnx_list(onnx, 1, &axis) };
    return onnx_node(onnx, "Slice", 4, in, 0, NULL);
}

static OnnxValue transpose(OnnxGraph *onnx, OnnxValue x, const int64_t *order) {
    const OnnxAttribute attribute = onnx_integers("perm", 4, order);
    return onnx_node(onnx, "Transpose", 1, &x, 1, &attribute);
}

/* image: [N,H,W,3] -> [N,3,size,size], integers 0..255. */
OnnxValue export_image_resize(Exporter *exporter, OnnxValue image, int64_t size) {
    OnnxGraph *onnx = &exporter->onnx;
    const Filter across = filter_along(exporter, 2, size), down = filter_along(exporter, 1, size);
    const Filter rest = rest_of(&across);
    const OnnxValue columns = transpose(onnx, image, (int64_t[]){ 0, 3, 2, 1 });
    OnnxValue x = onnx_cast(onnx, columns, ONNX_FLOAT);
    x = onnx_binary(onnx, "Add", sum_in_order(&across, x), sum_in_tiles(&rest, x, false));
    x = transpose(onnx, x, (int64_t[]){ 0, 1, 3, 2 });
    x = onnx_binary(onnx, "Min", sum_in_tiles(&down, x, true), onnx_number(onnx, 255));
    return onnx_unary(onnx, "Floor", x);
}
