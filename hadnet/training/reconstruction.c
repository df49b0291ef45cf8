/* reconstruction.c - accumulates the sums of the reconstruction ratio. */
#include "hadnet/training/reconstruction.h"

#include <math.h>
#include <stdlib.h>

bool reconstruction_create(Reconstruction *reconstruction, const Architecture *architecture,
                           Error *error) {
    *reconstruction = (Reconstruction){ .levels = architecture->levels };
    for (int i = 0; i < reconstruction->levels; i++) {
        const size_t channels = (size_t)architecture->kept[i];
        reconstruction->channels[i] = architecture->kept[i];
        for (int kind = 0; kind < CELL_KINDS; kind++) {
            ReconstructionSums *sums = &reconstruction->sums[i][kind];
            sums->sum = calloc(channels, sizeof *sums->sum);
            sums->square = calloc(channels, sizeof *sums->square);
            if (!sums->sum || !sums->square)
                return error_no_memory(error, "the sums of %zu channels", channels);
        }
    }
    return true;
}

void reconstruction_free(Reconstruction *reconstruction) {
    for (int i = 0; i < reconstruction->levels; i++)
        for (int kind = 0; kind < CELL_KINDS; kind++) {
            free(reconstruction->sums[i][kind].sum);
            free(reconstruction->sums[i][kind].square);
        }
    *reconstruction = (Reconstruction){ 0 };
}

void reconstruction_add(Reconstruction *reconstruction, int level, int64_t cells,
                        const real *features, const real *rebuilt, const real *shares) {
    const int64_t channels = reconstruction->channels[level];
    for (int64_t cell = 0; cell < cells; cell++) {
        if (shares[cell] > 0 && shares[cell] <= 0.5f) continue;
        ReconstructionSums *sums =
            &reconstruction->sums[level][shares[cell] > 0 ? CELL_DEFECT : CELL_NORMAL];
        const real *x = features + cell * channels, *y = rebuilt + cell * channels;
        sums->cells += 1;
        for (int64_t c = 0; c < channels; c++) {
            const double value = (double)x[c], off = value - (double)y[c];
            sums->error += off * off;
            sums->sum[c] += value;
            sums->square[c] += value * value;
        }
    }
}

double reconstruction_ratio(const Reconstruction *reconstruction, int level, CellKind kind) {
    const ReconstructionSums *sums = &reconstruction->sums[level][kind];
    double variance = 0; /* times cells */
    for (int c = 0; sums->cells > 0 && c < reconstruction->channels[level]; c++)
        variance += sums->square[c] - sums->sum[c] * sums->sum[c] / sums->cells;
    return variance > 0 ? sums->error / variance : NAN;
}
