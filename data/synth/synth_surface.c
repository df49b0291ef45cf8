/* synth_surface.c - the brushed metal, its illumination, and the camera's noise and compression. */
#include "data/synth/synth_canvas.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum { NOISE_OF_DRAW = 4 };

/* Independent values of mean 0 and variance 1, four from each random number: sums of two uniform
 * bytes, which look like normal noise. */
static void white_noise(Random *random, float *values, size_t count) {
    for (size_t i = 0; i < count;) {
        uint64_t bits = random_bits(random);
        for (int k = 0; k < NOISE_OF_DRAW && i < count; k++, bits >>= 16)
            values[i++] = ((float)(bits & 255) + (float)(bits >> 8 & 255) - 255) * (1 / 104.5f);
    }
}

/* Noise that is correlated along a row over about `length` pixels (first-order recursion started at
 * its stationary variance of 1). field NULL: its random numbers are drawn and dropped. */
static void streak(Random *random, float *field, int width, int height, float length, float gain) {
    if (!field) {
        const int draws = (width + NOISE_OF_DRAW - 1) / NOISE_OF_DRAW;
        random_skip(random, (uint64_t)height * (uint64_t)draws);
        return;
    }
    const float keep = expf(-1 / length), fresh = sqrtf(1 - keep * keep);
    float *noise = memory_new((size_t)width, sizeof(float));
    for (int y = 0; y < height; y++) {
        white_noise(random, noise, (size_t)width);
        float state = noise[0];
        for (int x = 0; x < width; x++) {
            state = keep * state + fresh * noise[x];
            field[(size_t)y * (size_t)width + (size_t)x] += gain * state;
        }
    }
    free(noise);
}

void synth_brush(Canvas *canvas) {
    Random *random = &canvas->random;
    const int size = canvas->size, side = (int)(1.45f * (float)size) + 4;
    float *field =
        canvas->brightness ? memory_new((size_t)side * (size_t)side, sizeof(float)) : NULL;
    const float base = synth_between(canvas, 0.3, 0.65), grain = synth_between(canvas, 0.02, 0.06);
    streak(random, field, side, side, synth_between(canvas, 30, 120) * canvas->unit,
           grain * synth_between(canvas, 0.5, 1.2));
    streak(random, field, side, side, synth_between(canvas, 2, 12) * canvas->unit, grain);
    if (!field) return;
    /* Sample the field turned by the rolling angle about its centre. */
    const float c = cosf(canvas->angle), s = sinf(canvas->angle);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            const float u = (float)x - 0.5f * (float)size, v = (float)y - 0.5f * (float)size;
            const float fx = 0.5f * (float)side + c * u + s * v;
            const float fy = 0.5f * (float)side - s * u + c * v;
            const int ix = (int)fx, iy = (int)fy;
            const float a = fx - (float)ix, b = fy - (float)iy;
            const float *at = field + (size_t)iy * (size_t)side + ix;
            canvas->brightness[(size_t)y * (size_t)size + (size_t)x] =
                base + (1 - b) * ((1 - a) * at[0] + a * at[1]) +
                b * ((1 - a) * at[side] + a * at[side + 1]);
        }
    free(field);
}

void synth_illuminate(Canvas *canvas) {
    const int size = canvas->size;
    const float direction = synth_between(canvas, 0, 6.2832),
                slope = synth_between(canvas, 0, 0.35);
    const float across = slope * cosf(direction), down = slope * sinf(direction);
    const float vignette = synth_between(canvas, 0, 0.35);
    const float centre_x = synth_between(canvas, -0.3, 0.3);
    const float centre_y = synth_between(canvas, -0.3, 0.3);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            const float u = ((float)x + 0.5f) / (float)size - 0.5f;
            const float v = ((float)y + 0.5f) / (float)size - 0.5f;
            const float du = u - centre_x, dv = v - centre_y;
            canvas->brightness[(size_t)y * (size_t)size + (size_t)x] *=
                1 + across * u + down * v - vignette * (du * du + dv * dv);
        }
}

/* out = C in C^T (or back, with C transposed): the orthonormal 8-point DCT of a block. */
static void transform_block(const float matrix[8][8], float block[8][8]) {
    float half[8][8];
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0;
            for (int k = 0; k < 8; k++) sum += matrix[i][k] * block[k][j];
            half[i][j] = sum;
        }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0;
            for (int k = 0; k < 8; k++) sum += half[i][k] * matrix[j][k];
            block[i][j] = sum;
        }
}

/* Round the DCT of one 8x8 block to steps that grow with frequency, as JPEG does. */
static void round_block(float *corner, int stride, const float cosines[8][8],
                        const float back[8][8], float step) {
    float block[8][8];
    for (int i = 0; i < 8; i++)
        memcpy(block[i], corner + (size_t)i * (size_t)stride, sizeof *block);
    transform_block(cosines, block);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            const float width = step * (1 + 0.5f * (float)(i + j));
            block[i][j] = width * rintf(block[i][j] / width);
        }
    transform_block(back, block);
    for (int i = 0; i < 8; i++)
        memcpy(corner + (size_t)i * (size_t)stride, block[i], sizeof *block);
}

void synth_develop(Canvas *canvas) {
    const size_t pixels = (size_t)canvas->size * (size_t)canvas->size;
    const float sensor = synth_between(canvas, 0.004, 0.025);
    white_noise(&canvas->random, canvas->shape, pixels);
    for (size_t i = 0; i < pixels; i++) canvas->brightness[i] += sensor * canvas->shape[i];
    float cosines[8][8], back[8][8];
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            cosines[i][j] =
                (i ? 0.5f : 0.35355339f) * cosf((float)(2 * j + 1) * (float)i * 0.19634954f);
            back[j][i] = cosines[i][j];
        }
    const float step = synth_between(canvas, 4, 16) / 255;
    for (int y = 0; y + 8 <= canvas->size; y += 8)
        for (int x = 0; x + 8 <= canvas->size; x += 8)
            round_block(canvas->brightness + (size_t)y * (size_t)canvas->size + x, canvas->size,
                        cosines, back, step);
}
