/* augment.c - random windows, turns, colour jitter and normalisation of one image. */
#include "data/augment.h"

#include "data/image/resize.h"

#include <math.h>

Augment augmentation_none(void) {
    return (Augment){ 0 };
}

Augment augmentation_default(void) {
    return (Augment){ true, 0.25, 0.3, 0.3, 0.3, 0 };
}

int augmentation_draw_turn(const Augment *augment, Random *random) {
    return augment->turns ? (int)random_below(random, TURNS) : 0;
}

Window augmentation_draw_window(const Augment *augment, int size, Random *random) {
    Window window = { 0, 0, size, augment->scale > 0 };
    if (!window.applies) return window;
    const double most = log(1 + augment->scale);
    window.side = size / exp(random_between(random, -most, most));
    window.x = random_uniform(random) * (size - window.side);
    window.y = random_uniform(random) * (size - window.side);
    return window;
}

/* Pixel i of a row of n pixels, continued by its mirror images: ... 2 1 0 1 2 ... n-1 n-2 ... */
static int mirrored(int i, int n) {
    const int period = n > 1 ? 2 * (n - 1) : 1;
    i = (i % period + period) % period;
    return i < n ? i : period - i;
}

/* The two pixels around a position, and its fraction of the way to the second. */
typedef struct Between {
    int first, second;
    float share;
} Between;

static Between between(double place, int n) {
    const double low = floor(place);
    return (Between){ mirrored((int)low, n), mirrored((int)low + 1, n), (float)(place - low) };
}

static float mix(float a, float b, float share) {
    return a + share * (b - a);
}

static void show_row(const Window *window, const Image *image, bool labels, int row, uint8_t *to) {
    const int size = image->width, channels = image->channels;
    const double step = window->side / size;
    const Between y = between(window->y + (row + 0.5) * step - 0.5, size);
    const uint8_t *upper = image->pixels + (size_t)(y.first * size * channels);
    const uint8_t *lower = image->pixels + (size_t)(y.second * size * channels);
    for (int column = 0; column < size; column++) {
        const Between x = between(window->x + (column + 0.5) * step - 0.5, size);
        const int left = x.first * channels, right = x.second * channels;
        for (int c = 0; c < channels; c++, to++)
            if (labels)
                *to = (y.share < 0.5f ? upper : lower)[(x.share < 0.5f ? left : right) + c];
            else
                *to = (uint8_t)(mix(mix(upper[left + c], upper[right + c], x.share),
                                    mix(lower[left + c], lower[right + c], x.share), y.share) +
                                0.5f);
    }
}

Image augmentation_show_window(const Window *window, const Image *image, bool labels) {
    Image shown = image_new(image->width, image->height, image->channels);
    const size_t row_bytes = (size_t)(image->width * image->channels);
    for (int row = 0; row < image->height; row++)
        show_row(window, image, labels, row, shown.pixels + (size_t)row * row_bytes);
    return shown;
}

Jitter augmentation_draw_jitter(const Augment *augment, Random *random) {
    const double ranges[3] = { augment->brightness, augment->contrast, augment->saturation };
    Jitter jitter = { { 1, 1, 1 }, { 0, 1, 2 }, false };
    jitter.applies = random_uniform(random) < augment->jitter_probability;
    for (int i = 0; i < 3; i++)
        jitter.factors[i] = (float)random_between(random, fmax(0, 1 - ranges[i]), 1 + ranges[i]);
    random_shuffle(random, jitter.order, 3);
    return jitter;
}

static real clamp(real value) {
    return value > 1 ? 1 : value > 0 ? value : 0;
}

static real grey_of(const real *colour) {
    return 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
}

static real mean_grey(const real *colours, size_t pixels) {
    double sum = 0;
    for (size_t i = 0; i < pixels; i++) sum += grey_of(colours + 3 * i);
    return (real)(sum / (double)pixels);
}

static void jitter_step(real *colours, size_t pixels, int kind, real factor, real mean) {
    for (size_t i = 0; i < pixels; i++) {
        real *colour = colours + 3 * i;
        const real towards = kind == 0 ? 0 : kind == 1 ? mean : grey_of(colour);
        for (int c = 0; c < 3; c++) colour[c] = clamp(factor * colour[c] + (1 - factor) * towards);
    }
}

void augmentation_jitter(const Jitter *jitter, real *colours, real *twin, size_t pixels) {
    if (!jitter->applies) return;
    for (int step = 0; step < 3; step++) {
        const int kind = jitter->order[step];
        const real factor = jitter->factors[kind];
        const real mean = kind == 1 ? mean_grey(colours, pixels) : 0;
        jitter_step(colours, pixels, kind, factor, mean);
        if (twin) jitter_step(twin, pixels, kind, factor, mean);
    }
}

Normalisation normalisation_default(void) {
    return (Normalisation){ { 0.491f, 0.449f, 0.410f }, { 0.231f, 0.219f, 0.220f } };
}

void augmentation_normalise(const Normalisation *normalisation, real *colours, size_t pixels) {
    for (size_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            colours[3 * i + (size_t)c] =
                (colours[3 * i + (size_t)c] - normalisation->mean[c]) / normalisation->deviation[c];
}
