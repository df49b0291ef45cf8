/* resize.c - the resampling filters, and the eight turns. */
#include "data/image/resize.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The source pixels that one target position reads along one axis. */
typedef struct Taps {
    int first, count;
    const float *weights; /* sum to 1 */
} Taps;

typedef struct Filter {
    Taps *taps; /* one per target position */
    float *weights;
} Filter;

/* One axis of a frame: `source` pixels of an image, the first of them at `start` of `length`. */
typedef struct FrameAxis {
    int length, start, source;
} FrameAxis;

/* Set the taps of a target pixel that lies `centre` from the frame's first pixel. Frame pixels in
 * the mirror images of one source pixel add up to one weight; sources of neighbours are neighbours. */
static Taps taps_at(const FrameAxis *axis, double centre, double support, float *weights) {
    int first = (int)ceil(centre - support), last = (int)floor(centre + support);
    if (first < 0) first = 0;
    if (last > axis->length - 1) last = axis->length - 1;
    double sum = 0;
    int lowest = axis->source, highest = -1;
    for (int k = first; k <= last; k++) {
        const int source = image_mirrored((int64_t)k - axis->start, axis->source);
        sum += 1 - fabs(k - centre) / support;
        lowest = source < lowest ? source : lowest;
        highest = source > highest ? source : highest;
    }
    for (int k = first; k <= last; k++) {
        const int source = image_mirrored((int64_t)k - axis->start, axis->source);
        weights[source - lowest] += (float)((1 - fabs(k - centre) / support) / sum);
    }
    return (Taps){ lowest, highest - lowest + 1, weights };
}

static Filter filter_new(const FrameAxis *axis, int target) {
    const double scale = (double)axis->length / target, support = scale > 1 ? scale : 1;
    int widest = (int)(2 * support) + 3;
    if (widest > axis->source) widest = axis->source;
    Filter filter = { memory_new((size_t)target, sizeof(Taps)),
                      memory_new((size_t)target * (size_t)widest, sizeof(float)) };
    for (int i = 0; i < target; i++)
        filter.taps[i] = taps_at(axis, (i + 0.5) * scale - 0.5, support,
                                 filter.weights + (size_t)i * (size_t)widest);
    return filter;
}

static void filter_free(Filter *filter) {
    free(filter->taps);
    free(filter->weights);
}

/* One row: width * channels source bytes to as many floats as the target row has. */
static void resize_row(const uint8_t *source, float *target, const Filter *filter, int width,
                       int channels) {
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
            const Taps *taps = &filter->taps[x];
            const uint8_t *from = source + (size_t)taps->first * (size_t)channels + c;
            float sum = 0;
            for (int k = 0; k < taps->count; k++) sum += taps->weights[k] * from[k * channels];
            target[x * channels + c] = sum;
        }
}

/* The most source rows that a target row reads: that many are held. */
static int most_taps(const Filter *filter, int target) {
    int most = 0;
    for (int i = 0; i < target; i++)
        if (filter->taps[i].count > most) most = filter->taps[i].count;
    return most;
}

/* Source rows resized along width. Row k is held in place k % held until another one takes it. */
typedef struct Rows {
    const Image *image;
    const Filter *across;
    int width, held;
    int *in_place; /* [held], 1 + the row; 0: none */
    float *rows;   /* [held][width][channels] */
} Rows;

static const float *row_of(Rows *rows, int k) {
    const size_t channels = (size_t)rows->image->channels, place = (size_t)(k % rows->held);
    float *row = rows->rows + place * (size_t)rows->width * channels;
    if (rows->in_place[place] != k + 1)
        resize_row(rows->image->pixels + (size_t)k * (size_t)rows->image->width * channels, row,
                   rows->across, rows->width, (int)channels);
    rows->in_place[place] = k + 1;
    return row;
}

static Image fit_bilinear(const Image *image, const Frame *frame, int width, int height) {
    if (width == image->width && height == image->height) return image_copy(image);
    Image out = image_new(width, height, image->channels);
    const FrameAxis x = { frame->width, frame->left, image->width };
    const FrameAxis y = { frame->height, frame->top, image->height };
    Filter across = filter_new(&x, width), down = filter_new(&y, height);
    const size_t stride = (size_t)width * (size_t)image->channels;
    Rows rows = { image, &across, width, most_taps(&down, height), NULL, NULL };
    rows.in_place = memory_new((size_t)rows.held, sizeof *rows.in_place);
    rows.rows = memory_new(stride * (size_t)rows.held, sizeof *rows.rows);
    float *sum = memory_new(stride, sizeof *sum);
    for (int row = 0; row < height; row++) {
        const Taps *taps = &down.taps[row];
        for (size_t i = 0; i < stride; i++) sum[i] = 0.5f;
        for (int k = 0; k < taps->count; k++) {
            const float weight = taps->weights[k];
            const float *from = row_of(&rows, taps->first + k);
            for (size_t i = 0; i < stride; i++) sum[i] += weight * from[i];
        }
        for (size_t i = 0; i < stride; i++)
            out.pixels[(size_t)row * stride + i] = (uint8_t)fminf(sum[i], 255);
    }
    filter_free(&across);
    filter_free(&down);
    free(rows.in_place);
    free(rows.rows);
    free(sum);
    return out;
}

static Image fit_nearest(const Image *image, const Frame *frame, int width, int height) {
    Image out = image_new(width, height, image->channels);
    const size_t channels = (size_t)image->channels;
    for (int y = 0; y < height; y++) {
        const int64_t down = (2LL * y + 1) * frame->height / (2LL * height) - frame->top;
        const uint8_t *row = image->pixels + (size_t)image_mirrored(down, image->height) *
                                                 (size_t)image->width * channels;
        uint8_t *to = out.pixels + (size_t)y * (size_t)width * channels;
        for (int x = 0; x < width; x++) {
            const int64_t across = (2LL * x + 1) * frame->width / (2LL * width) - frame->left;
            memcpy(to + (size_t)x * channels,
                   row + (size_t)image_mirrored(across, image->width) * channels, channels);
        }
    }
    return out;
}

const char *const fit_names[] = { "stretch", "letterbox", NULL };

Frame frame_of(Fit fit, int width, int height) {
    const int side = width > height ? width : height;
    return fit == FIT_LETTERBOX ? (Frame){ side, side, (side - width) / 2, (side - height) / 2 }
                                : (Frame){ width, height, 0, 0 };
}

Image image_resize_bilinear(const Image *image, int width, int height) {
    const Frame frame = frame_of(FIT_STRETCH, image->width, image->height);
    return fit_bilinear(image, &frame, width, height);
}

Image image_resize_nearest(const Image *image, int width, int height) {
    const Frame frame = frame_of(FIT_STRETCH, image->width, image->height);
    return fit_nearest(image, &frame, width, height);
}

Image image_fit_bilinear(const Image *image, Fit fit, int size) {
    const Frame frame = frame_of(fit, image->width, image->height);
    return fit_bilinear(image, &frame, size, size);
}

Image image_fit_nearest(const Image *image, Fit fit, int size) {
    const Frame frame = frame_of(fit, image->width, image->height);
    return fit_nearest(image, &frame, size, size);
}

static void turn_pixels(const Image *image, int turn, Image *out) {
    const int w = image->width, h = image->height, quarters = turn >> 1;
    const size_t channels = (size_t)image->channels;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++) {
            /* Undo the quarter turns, then the flip. */
            const int turned_x = quarters == 0   ? x
                                 : quarters == 1 ? w - 1 - y
                                 : quarters == 2 ? w - 1 - x
                                                 : y;
            const int from_y = quarters == 0   ? y
                               : quarters == 1 ? x
                               : quarters == 2 ? h - 1 - y
                                               : h - 1 - x;
            const int from_x = turn & 1 ? w - 1 - turned_x : turned_x;
            memcpy(out->pixels + ((size_t)y * (size_t)out->width + (size_t)x) * channels,
                   image->pixels + ((size_t)from_y * (size_t)w + (size_t)from_x) * channels,
                   channels);
        }
}

Image image_turn(const Image *image, int turn) {
    PROMISE(turn >= 0 && turn < TURNS, "turn %d", turn);
    const bool swap = image_turn_swaps(turn);
    Image out = image_new(swap ? image->height : image->width, swap ? image->width : image->height,
                          image->channels);
    turn_pixels(image, turn, &out);
    return out;
}

bool image_turn_to(const Image *image, int turn, Image *out, const char *name, Error *error) {
    PROMISE(turn >= 0 && turn < TURNS, "turn %d", turn);
    const bool swap = image_turn_swaps(turn);
    if (!image_allocate(out, swap ? image->height : image->width,
                        swap ? image->width : image->height, image->channels, name, error))
        return false;
    turn_pixels(image, turn, out);
    return true;
}
