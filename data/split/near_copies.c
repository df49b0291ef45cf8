/* near_copies.c - computes signatures, correlates them, and groups images by them. */
#include "data/split/near_copies.h"

#include "data/image/resize.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = SIGNATURE_SIDE, REACH = 4, CHUNK = 128, CHUNKS = SIGNATURE_LENGTH / CHUNK };

/* Noise of a grey thumbnail from rounding and compression: smaller deviations are not texture. */
static const float noise_floor = 2;

static int mirrored(int i) {
    return i < 0 ? -i : i >= SIDE ? 2 * (SIDE - 1) - i : i;
}

/* The mean of every pixel's 9x9 neighbourhood, mirrored at the rim. */
static void local_mean(const float *values, float *mean) {
    float across[SIGNATURE_LENGTH];
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float sum = 0;
            for (int k = -REACH; k <= REACH; k++) sum += values[y * SIDE + mirrored(x + k)];
            across[y * SIDE + x] = sum / (2 * REACH + 1);
        }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float sum = 0;
            for (int k = -REACH; k <= REACH; k++) sum += across[mirrored(y + k) * SIDE + x];
            mean[y * SIDE + x] = sum / (2 * REACH + 1);
        }
}

void signature_of(const Image *grey, Signature *signature) {
    PROMISE(grey->channels == 1, "a signature of %d channels", grey->channels);
    Image small = image_resize_bilinear(grey, SIDE, SIDE);
    float *values = signature->values, mean[SIGNATURE_LENGTH], square[SIGNATURE_LENGTH];
    for (int i = 0; i < SIGNATURE_LENGTH; i++) values[i] = small.pixels[i];
    image_free(&small);
    local_mean(values, mean);
    for (int i = 0; i < SIGNATURE_LENGTH; i++) {
        values[i] -= mean[i];
        square[i] = values[i] * values[i];
    }
    local_mean(square, mean);
    double sum = 0, length = 0;
    for (int i = 0; i < SIGNATURE_LENGTH; i++) {
        values[i] /= sqrtf(mean[i]) + noise_floor;
        sum += values[i];
    }
    for (int i = 0; i < SIGNATURE_LENGTH; i++) {
        values[i] -= (float)(sum / SIGNATURE_LENGTH);
        length += (double)values[i] * values[i];
    }
    const float scale = length > 1e-12 ? (float)(1 / sqrt(length)) : 0;
    for (int i = 0; i < SIGNATURE_LENGTH; i++) values[i] *= scale;
}

/* A signature's eight turned versions, and for each the length of the rest after every chunk. */
typedef struct Turned {
    float values[TURNS][SIGNATURE_LENGTH];
    float rest[TURNS][CHUNKS];
} Turned;

static void rest_lengths(const float *values, float rest[CHUNKS]) {
    double sum = 0;
    for (int chunk = CHUNKS - 1; chunk >= 0; chunk--) {
        rest[chunk] = (float)sqrt(sum);
        for (int i = 0; i < CHUNK; i++)
            sum += (double)values[chunk * CHUNK + i] * values[chunk * CHUNK + i];
    }
}

static void turn_all(const Signature *signature, Turned *turned) {
    for (int turn = 0; turn < TURNS; turn++) {
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const int u = turn & 1 ? SIDE - 1 - x : x, v = turn & 2 ? SIDE - 1 - y : y;
                turned->values[turn][y * SIDE + x] =
                    signature->values[turn & 4 ? u * SIDE + v : v * SIDE + u];
            }
        rest_lengths(turned->values[turn], turned->rest[turn]);
    }
}

static float dot_chunk(const float *a, const float *b) {
    float lanes[16] = { 0 }, sum = 0;
    for (int i = 0; i < CHUNK; i += 16)
        for (int lane = 0; lane < 16; lane++) lanes[lane] += a[i + lane] * b[i + lane];
    for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    return sum;
}

/* Whether a correlates with one of the turned by `least`. By Cauchy-Schwarz the chunks not yet
 * multiplied add at most the product of their lengths, so most pairs are decided early. */
static bool is_near_copy(const Signature *a, const float rest[CHUNKS], const Turned *turned,
                         float least) {
    for (int turn = 0; turn < TURNS; turn++) {
        float sum = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            sum += dot_chunk(a->values + chunk * CHUNK, turned->values[turn] + chunk * CHUNK);
            if (sum + rest[chunk] * turned->rest[turn][chunk] < least) break;
            if (chunk == CHUNKS - 1) return true;
        }
    }
    return false;
}

float signature_correlation(const Signature *a, const Signature *b) {
    Turned *turned = memory_new(1, sizeof *turned);
    turn_all(b, turned);
    float best = -1;
    for (int turn = 0; turn < TURNS; turn++) {
        float sum = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++)
            sum += dot_chunk(a->values + chunk * CHUNK, turned->values[turn] + chunk * CHUNK);
        best = fmaxf(best, sum);
    }
    free(turned);
    return best;
}

static int root_of(int *parents, int i) {
    while (parents[i] != i) i = parents[i] = parents[parents[i]];
    return i;
}

/* The near-copies after image i, as a list of indices; the caller frees. */
static int *copies_after(const Signature *signatures, const float (*rests)[CHUNKS], int count,
                         int i, int *found) {
    Turned *turned = memory_new(1, sizeof *turned);
    turn_all(&signatures[i], turned);
    int *list = NULL;
    *found = 0;
    for (int j = i + 1; j < count; j++)
        if (is_near_copy(&signatures[j], rests[j], turned, NEAR_COPY_CORRELATION)) {
            list = memory_one_more(list, (size_t)*found, sizeof(int));
            list[(*found)++] = j;
        }
    free(turned);
    return list;
}

int near_copies_group(const Signature *signatures, int count, int *scenes) {
    int **lists = memory_new((size_t)count, sizeof(int *));
    int *lengths = memory_new((size_t)count, sizeof(int));
    int *parents = memory_new((size_t)count, sizeof(int));
    float(*rests)[CHUNKS] = memory_new((size_t)count, sizeof *rests);
    for (int i = 0; i < count; i++) rest_lengths(signatures[i].values, rests[i]);
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < count; i++)
        lists[i] = copies_after(signatures, (const float(*)[CHUNKS])rests, count, i, &lengths[i]);
    for (int i = 0; i < count; i++) parents[i] = i;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < lengths[i]; k++) {
            const int a = root_of(parents, i), b = root_of(parents, lists[i][k]);
            parents[a > b ? a : b] = a < b ? a : b;
        }
    int scene_count = 0;
    for (int i = 0; i < count; i++) { /* a root precedes the rest of its scene */
        const int root = root_of(parents, i);
        scenes[i] = root == i ? scene_count++ : scenes[root];
    }
    for (int i = 0; i < count; i++) free(lists[i]);
    free(lists);
    free(lengths);
    free(parents);
    free(rests);
    return scene_count;
}
