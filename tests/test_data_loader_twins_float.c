/* test_data_loader_twins_float.c - which places of a batch hold a twin, and its pixels.
 *
 * The reconstruction loss counts only images whose has_twin is 1, so with a loader that never sets
 * it no autoencoder would train, and no error would appear. These tests check the loader's output.
 */
#include "data/loader.h"
#include "tests/data_trees.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, IMAGES = 12 };

/* Images of three kinds: dark metal with a bright defect (a twin can be filled), metal without a
 * defect, and one that is nearly all defect, of which no twin can be made. */
typedef enum Kind { KIND_DEFECT, KIND_SOUND, KIND_ALL_DEFECT } Kind;

static const float DARK = 60 / 255.0f, BRIGHT = 200 / 255.0f;

static Kind kind_of(int number) {
    return (Kind)(number % 3);
}

static bool is_defect(Kind kind, int x, int y) {
    if (kind == KIND_ALL_DEFECT) return y > 2;
    return kind == KIND_DEFECT && x >= 4 && x < 12 && y >= 6 && y < 20;
}

static Dataset *open_mixed(const char *folder) {
    for (int n = 0; n < IMAGES; n++) {
        Image image = image_new(SIDE, SIDE, 3), labels = image_new(SIDE, SIDE, 1);
        for (int i = 0; i < PIXELS; i++) {
            const bool on = is_defect(kind_of(n), i % SIDE, i / SIDE);
            labels.pixels[i] = on;
            for (int c = 0; c < 3; c++) image.pixels[3 * i + c] = on ? 200 : 60;
        }
        put_png(path_of("%s/images/%02d.png", folder, n), &image);
        put_png(path_of("%s/masks/%02d.png", folder, n), &labels);
        image_free(&image);
        image_free(&labels);
    }
    return dataset_open("folder", folder, NULL, NULL);
}

static LoaderOptions options_for(const int *samples, Twins twins) {
    LoaderOptions options = loader_default(samples, IMAGES);
    options.size = SIDE;
    options.batch = 4;
    options.twins = twins;
    options.twin.decoys = 0;
    options.seed = 5;
    options.shuffle = true;
    options.augment = (Augment){ .turns = true };
    return options;
}

/* The first channel of a pixel in 0..1. */
static float shade(const float *normalised, int pixel) {
    return normalised[3 * pixel] * 0.231f + 0.491f;
}

/* The expected place for the image that it holds. A twin is dark metal everywhere; places without a
 * twin hold zeros. */
static void check_place(const Batch *batch, int place, Twins mode, int twins_of[3]) {
    const Kind kind = kind_of(batch->samples[place]);
    const float *image = batch->images + (size_t)place * 3 * PIXELS;
    const float *twin = batch->twins + (size_t)place * 3 * PIXELS;
    const bool has_twin = batch->has_twin[place] == 1;
    CHECK(has_twin || batch->has_twin[place] == 0);
    CHECK(has_twin == (kind != KIND_ALL_DEFECT));
    CHECK(mode == TWINS_MIXED || has_twin);
    twins_of[kind] += has_twin;
    bool defect = false;
    for (int i = 0; i < PIXELS; i++) {
        const bool labelled = batch->labels[place * PIXELS + i] == 1;
        CHECK_NEAR(shade(image, i), labelled ? BRIGHT : DARK, 1e-5);
        if (has_twin)
            CHECK_NEAR(shade(twin, i), DARK, 0.02);
        else
            CHECK(twin[3 * i] == 0 && twin[3 * i + 1] == 0 && twin[3 * i + 2] == 0);
        defect |= labelled;
    }
    CHECK(defect || (kind == KIND_SOUND && mode == TWINS_MIXED)); /* its own twin */
}

/* Few slots and many epochs: every slot holds images of every kind in turn. */
static void check_mode(Twins mode, const LoaderOptions *options, Dataset *dataset, int batches) {
    Error error = { "" };
    int twins_of[3] = { 0 };
    Loader *loader = loader_open(dataset, options, &error);
    for (int n = 0; loader && n < batches; n++) {
        const Batch *batch = loader_next(loader, &error);
        CHECK(batch != NULL);
        for (int i = 0; batch && i < batch->count; i++) check_place(batch, i, mode, twins_of);
    }
    CHECK(twins_of[KIND_DEFECT] > 0 && twins_of[KIND_SOUND] > 0 && twins_of[KIND_ALL_DEFECT] == 0);
    loader_close(loader);
}

TEST(data_loader_says_which_places_hold_a_twin) {
    Error error = { "" };
    int samples[IMAGES];
    for (int i = 0; i < IMAGES; i++) samples[i] = i;
    Dataset *dataset = open_mixed(test_folder());
    CHECK(dataset && dataset->count == IMAGES);
    for (Twins mode = TWINS_ALWAYS; mode <= TWINS_MIXED; mode++)
        for (int resumed = 0; resumed < 2; resumed++) {
            test_case("data_loader twins mode %d%s", (int)mode, resumed ? ", resumed" : "");
            LoaderOptions options = options_for(samples, mode);
            options.depth = 2;
            if (resumed) options.first_epoch = 2, options.first_batch = 1;
            check_mode(mode, &options, dataset, 24);
        }
    LoaderOptions options = options_for(samples, TWINS_NONE);
    Loader *loader = loader_open(dataset, &options, &error);
    const Batch *batch = loader_next(loader, &error);
    CHECK(batch && !batch->twins && batch->has_twin[0] == 0);
    loader_close(loader);
    dataset_free(dataset);
}

/* Whether a pixel and its eight neighbours have one label: bilinear shades are pure there. */
static bool is_pure(const uint8_t *labels, int x, int y) {
    if (x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1) return false;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            if (labels[(y + i) * SIDE + x + j] != labels[y * SIDE + x]) return false;
    return true;
}

TEST(data_loader_scales_masks_and_twins_with_pictures) {
    const char *folder = test_folder();
    Dataset *dataset = open_mixed(folder);
    int samples[IMAGES], checked = 0, sizes[2] = { PIXELS, 0 };
    for (int i = 0; i < IMAGES; i++) samples[i] = i;
    LoaderOptions options = options_for(samples, TWINS_MIXED);
    options.augment.scale = 0.6;
    options.epochs = 4;
    Loader *loader = loader_open(dataset, &options, NULL);
    for (const Batch *batch; (batch = loader_next(loader, NULL));)
        for (int place = 0; place < batch->count; place++) {
            const Kind kind = kind_of(batch->samples[place]);
            const uint8_t *labels = batch->labels + place * PIXELS;
            const float *image = batch->images + (size_t)place * 3 * PIXELS;
            const float *twin = batch->twins + (size_t)place * 3 * PIXELS;
            int defect = 0;
            if (kind != KIND_DEFECT) continue; /* others hold what was pasted, feathered */
            for (int i = 0; i < PIXELS; i++) {
                defect += labels[i] == 1;
                if (batch->has_twin[place] == 1) CHECK_NEAR(shade(twin, i), DARK, 0.02);
                if (!is_pure(labels, i % SIDE, i / SIDE)) continue;
                CHECK_NEAR(shade(image, i), labels[i] ? BRIGHT : DARK, 0.01);
                checked++;
            }
            if (defect < sizes[0]) sizes[0] = defect;
            if (defect > sizes[1]) sizes[1] = defect;
        }
    CHECK(checked > 1000 && sizes[0] < 100 && sizes[1] > 130); /* it has 112 pixels as it is */
    loader_close(loader);
    dataset_free(dataset);
}
