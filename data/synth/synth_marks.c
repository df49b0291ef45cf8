/* synth_marks.c - draws the defects, which are labelled, and the distractors, which are not. */
#include "data/synth/synth_canvas.h"
#include "tensor/memory.h"

#include <string.h>

typedef struct Box {
    int left, top, right, bottom; /* right and bottom exclusive */
} Box;

static Box box_around(const Canvas *canvas, float x, float y, float reach) {
    Box box = { (int)floorf(x - reach), (int)floorf(y - reach), (int)ceilf(x + reach) + 1,
                (int)ceilf(y + reach) + 1 };
    if (box.left < 0) box.left = 0;
    if (box.top < 0) box.top = 0;
    if (box.right > canvas->size) box.right = canvas->size;
    if (box.bottom > canvas->size) box.bottom = canvas->size;
    return box;
}

static size_t at(const Canvas *canvas, int x, int y) {
    return (size_t)y * (size_t)canvas->size + (size_t)x;
}

static uint32_t noise_seed(Canvas *canvas) {
    return (uint32_t)random_bits(&canvas->random);
}

static float place(Canvas *canvas) {
    return synth_between(canvas, 0.05, 0.95) * (float)canvas->size;
}

/* An ellipse of half axes `along` and `across`, its rim distorted by noise of the given roughness;
 * softness is the width of the edge as a fraction of the radius. */
typedef struct Blob {
    float x, y, angle, along, across, roughness, softness;
    uint32_t seed;
} Blob;

static Box cover_blob(Canvas *canvas, const Blob *blob) {
    const float c = cosf(blob->angle), s = sinf(blob->angle);
    const float longest = fmaxf(blob->along, blob->across),
                shortest = fminf(blob->along, blob->across);
    const Box box = box_around(canvas, blob->x, blob->y, longest * (1.2f + blob->roughness));
    const float grain = 1.6f / fmaxf(shortest, 3 * canvas->unit);
    for (int y = box.top; y < box.bottom; y++)
        for (int x = box.left; x < box.right; x++) {
            const float u = (float)x - blob->x, v = (float)y - blob->y;
            const float a = (c * u + s * v) / blob->along, b = (c * v - s * u) / blob->across;
            const float rim = synth_cloud(blob->seed, (float)x * grain, (float)y * grain) - 0.5f;
            const float radius = sqrtf(a * a + b * b) + 2 * blob->roughness * rim;
            canvas->shape[at(canvas, x, y)] =
                synth_step(1 + 0.5f * blob->softness, 1 - 0.5f * blob->softness, radius);
        }
    return box;
}

static void label_covered(Canvas *canvas, const Box *box, uint8_t label) {
    for (int y = box->top; y < box->bottom; y++)
        for (int x = box->left; x < box->right; x++)
            if (canvas->shape[at(canvas, x, y)] > 0.5f) canvas->labels[at(canvas, x, y)] = label;
}

/* brightness *= 1 + contrast * shape, with mottling; pixels covered by more than half get label (0:
 * no label). */
static void shade(Canvas *canvas, const Box *box, float contrast, uint8_t label) {
    const uint32_t seed = noise_seed(canvas);
    if (label) label_covered(canvas, box, label);
    if (!canvas->brightness) return;
    const float grain = 0.25f / canvas->unit;
    for (int y = box->top; y < box->bottom; y++)
        for (int x = box->left; x < box->right; x++) {
            const size_t i = at(canvas, x, y);
            const float cover = canvas->shape[i];
            if (cover <= 0) continue;
            const float mottle =
                0.7f + 0.6f * synth_noise(seed, (float)x * grain, (float)y * grain);
            canvas->brightness[i] *= 1 + contrast * mottle * cover;
        }
}

/* A mark that has no label. */
static void draw_distraction(Canvas *canvas, const Blob *blob, float contrast) {
    const Box box = canvas->brightness ? cover_blob(canvas, blob) : (Box){ 0, 0, 0, 0 };
    shade(canvas, &box, contrast, 0);
}

static void draw_inclusion(Canvas *canvas, float strength) {
    const float unit = canvas->unit;
    const Blob blob = { .x = place(canvas),
                        .y = place(canvas),
                        .angle = canvas->angle + synth_between(canvas, -0.15, 0.15),
                        .along = synth_between(canvas, 6, 38) * unit,
                        .across = synth_between(canvas, 2, 7) * unit,
                        .roughness = synth_between(canvas, 0.2, 0.6),
                        .softness = synth_between(canvas, 0.3, 0.7),
                        .seed = noise_seed(canvas) };
    const Box box = cover_blob(canvas, &blob);
    shade(canvas, &box, -strength * synth_between(canvas, 0.2, 0.55), 1);
}

/* A patch has its own brightness and an isotropic texture where the brushing is worn away. */
static void draw_patch(Canvas *canvas, float strength) {
    const float unit = canvas->unit;
    const Blob blob = { .x = place(canvas),
                        .y = place(canvas),
                        .angle = synth_between(canvas, 0, 3.1416),
                        .along = synth_between(canvas, 18, 62) * unit,
                        .across = synth_between(canvas, 14, 40) * unit,
                        .roughness = synth_between(canvas, 0.4, 0.9),
                        .softness = synth_between(canvas, 0.1, 0.35),
                        .seed = noise_seed(canvas) };
    const Box box = cover_blob(canvas, &blob);
    const float sign = random_uniform(&canvas->random) < 0.6 ? -1 : 1;
    const float texture = strength * synth_between(canvas, 0.1, 0.35);
    const uint32_t seed = noise_seed(canvas);
    const float grain = synth_between(canvas, 0.15, 0.45) / unit;
    for (int y = box.top; canvas->brightness && y < box.bottom; y++)
        for (int x = box.left; x < box.right; x++) {
            const float cloud = synth_cloud(seed, (float)x * grain, (float)y * grain) - 0.5f;
            canvas->brightness[at(canvas, x, y)] *=
                1 + texture * cloud * canvas->shape[at(canvas, x, y)];
        }
    shade(canvas, &box, sign * strength * synth_between(canvas, 0.12, 0.35), 2);
}

/* A quadratic Bezier curve of varying strength, stamped disc by disc. */
static void draw_scratch(Canvas *canvas, float strength) {
    const float unit = canvas->unit, length = synth_between(canvas, 50, 210) * unit;
    const float direction = synth_between(canvas, 0, 6.2832);
    const float bend = synth_between(canvas, -0.2, 0.2) * length;
    const float x0 = place(canvas), y0 = place(canvas);
    const float dx = cosf(direction), dy = sinf(direction);
    const float radius = synth_between(canvas, 0.7, 1.8) * unit + 0.3f;
    const uint32_t seed = noise_seed(canvas);
    memset(canvas->shape, 0, (size_t)canvas->size * (size_t)canvas->size * sizeof(float));
    const int steps = (int)(2 * length) + 2;
    for (int i = 0; i <= steps; i++) {
        const float t = (float)i / (float)steps, side = 2 * bend * t * (1 - t);
        const float x = x0 + dx * length * t - dy * side, y = y0 + dy * length * t + dx * side;
        const float fade = synth_step(0, 0.06f, t) * synth_step(1, 0.9f, t);
        const float press = fade * (0.55f + 0.45f * synth_noise(seed, 9 * t, 0.5f));
        const Box box = box_around(canvas, x, y, radius + 1);
        for (int v = box.top; v < box.bottom; v++)
            for (int u = box.left; u < box.right; u++) {
                const float away = hypotf((float)u - x, (float)v - y);
                const float cover = press * synth_step(radius + 0.8f, radius - 0.6f, away);
                float *shape = &canvas->shape[at(canvas, u, v)];
                *shape = fmaxf(*shape, cover);
                if (cover > 0.25f) canvas->labels[at(canvas, u, v)] = 3;
            }
    }
    const float sign = random_uniform(&canvas->random) < 0.6 ? 1 : -1;
    const Box all = { 0, 0, canvas->size, canvas->size };
    shade(canvas, &all, sign * strength * synth_between(canvas, 0.25, 0.6), 0);
}

void synth_damage(Canvas *canvas) {
    Random *random = &canvas->random;
    if (random_uniform(random) < 1.0 / 6) return;
    /* A third of the images are faint. */
    const float strength = random_uniform(random) < 1.0 / 3 ? synth_between(canvas, 0.25, 0.5) : 1;
    const int kinds = random_uniform(random) < 0.25 ? 2 : 1;
    for (int k = 0; k < kinds; k++) {
        const int kind = (int)random_below(random, 3);
        const int most = kind == 0 ? 6 : kind == 1 ? 3 : 4;
        const int count = 1 + (int)random_below(random, (uint64_t)most);
        for (int i = 0; i < count; i++) {
            if (kind == 0) draw_inclusion(canvas, strength);
            if (kind == 1) draw_patch(canvas, strength);
            if (kind == 2) draw_scratch(canvas, strength);
        }
    }
}

static void draw_stain(Canvas *canvas) {
    const Blob blob = { .x = place(canvas),
                        .y = place(canvas),
                        .angle = synth_between(canvas, 0, 3.1416),
                        .along = synth_between(canvas, 25, 80) * canvas->unit,
                        .across = synth_between(canvas, 15, 60) * canvas->unit,
                        .roughness = 0.3f,
                        .softness = 1.6f,
                        .seed = noise_seed(canvas) };
    draw_distraction(canvas, &blob, synth_between(canvas, -0.16, 0.1));
}

/* A cluster of specks too small and round for inclusions. */
static void draw_scale(Canvas *canvas) {
    const float x = place(canvas), y = place(canvas), spread = 18 * canvas->unit;
    const int count = 6 + (int)random_below(&canvas->random, 18);
    const float contrast = synth_between(canvas, -0.3, -0.1);
    for (int i = 0; i < count; i++) {
        const Blob blob = { .x = x + spread * (float)random_normal(&canvas->random),
                            .y = y + spread * (float)random_normal(&canvas->random),
                            .along = synth_between(canvas, 0.6, 1.5) * canvas->unit + 0.3f,
                            .across = synth_between(canvas, 0.6, 1.5) * canvas->unit + 0.3f,
                            .roughness = 0.2f,
                            .softness = 0.8f,
                            .seed = noise_seed(canvas) };
        draw_distraction(canvas, &blob, contrast);
    }
}

/* A line of the brushing from edge to edge, soft and along the rolling direction. */
static void draw_streak(Canvas *canvas) {
    const float c = cosf(canvas->angle), s = sinf(canvas->angle);
    const float x0 = place(canvas), y0 = place(canvas);
    const float width = synth_between(canvas, 1.2, 5) * canvas->unit;
    const float contrast = synth_between(canvas, -0.14, 0.16);
    for (int y = 0; canvas->brightness && y < canvas->size; y++)
        for (int x = 0; x < canvas->size; x++) {
            const float away = (c * ((float)y - y0) - s * ((float)x - x0)) / width;
            if (away * away < 9)
                canvas->brightness[at(canvas, x, y)] *= 1 + contrast * expf(-away * away);
        }
}

void synth_distract(Canvas *canvas) {
    Random *random = &canvas->random;
    for (int i = (int)random_below(random, 4); i > 0; i--) draw_stain(canvas);
    for (int i = (int)random_below(random, 3); i > 0; i--) draw_scale(canvas);
    for (int i = (int)random_below(random, 5); i > 0; i--) draw_streak(canvas);
}
