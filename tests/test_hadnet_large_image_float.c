/* test_hadnet_large_image_float.c - the memory of an answer at a large image's size, and that it
 * equals the answer computed at once. */
#include "autograd/ops.h"
#include "data/image/resize.h"
#include "hadnet/model/predictor.h"
#include "hadnet/reports/overlays.h"
#include "tensor/random.h"
#include "tensor/sanitizer.h"
#include "tests/data_trees.h"

#include <malloc.h>
#include <omp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 32 };

static Network *small_network(void) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = 4,
                                     .seed = 3 };
    Error error = { "" };
    Network *network = network_create(&options, device_cpu(), &error);
    PROMISE(network, "%s", error.text);
    return network;
}

static float *random_input(void) {
    const size_t count = (size_t)SIZE * SIZE * 3;
    float *input = malloc(count * sizeof *input);
    Random random = random_stream(4, 0, 0, 0);
    for (size_t i = 0; i < count; i++) input[i] = (float)random_between(&random, -2, 2);
    return input;
}

/* Rows of a strip, fewer, more, and enlarged and reduced. */
TEST(hadnet_answers_by_rows_are_those_at_once) {
    static const int sizes[][2] = { { 1, 1 }, { 8, 5 }, { 7, 9 }, { 61, 83 }, { 300, 40 } };
    Network *network = small_network();
    float *input = random_input();
    for (int i = 0; i < 5; i++) {
        const int height = sizes[i][0], width = sizes[i][1], classes = 4;
        Predictor predictor;
        Error error = { "" };
        test_case("answers at %d x %d", height, width);
        CHECK(predictor_create(&predictor, network, false, 1, SIZE, height, width, &error));
        CHECK(predictor_run(&predictor, input, &error));
        Graph *graph = graph_create(device_cpu(), false);
        Node *image = graph_input(graph, "image", shape_4(1, SIZE, SIZE, 3));
        Node *whole = op_softmax(network_infer(graph, network, image, false, height, width));
        graph_keep(whole);
        tensor_upload(&image->value, input);
        CHECK(graph_forward(graph, &error));
        const real *p = whole->value.data;
        for (int k = 0; k < height * width; k++, p += classes) {
            int best = 0;
            for (int c = 1; c < classes; c++)
                if (p[c] > p[best]) best = c;
            CHECK(predictor.labels[k] == best && predictor.scores[k] == (float)(1 - p[0]));
        }
        graph_destroy(graph);
        predictor_free(&predictor);
    }
    free(input);
    network_destroy(network);
}

#ifndef HAS_ADDRESS_SANITIZER /* which needs memory of its own */

static double peak_mebibytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* What hadnet_predict does with an image of width x height. false: something failed. */
static bool predict(const Network *network, const float *input, int width, int height,
                    const char *path) {
    Image image = image_new(width, height, 3);
    Predictor predictor;
    bool good = predictor_create(&predictor, network, false, 1, SIZE, height, width, NULL);
    memset(image.pixels, 90, image_bytes(&image));
    Image resized = image_resize_bilinear(&image, SIZE, SIZE);
    image_free(&resized);
    good = good && predictor_run(&predictor, input, NULL);
    for (int picture = 0; good && picture < 3; picture++) {
        Image made = picture == 0   ? overlay_mask(predictor.labels, width, height)
                     : picture == 1 ? overlay_blend(&image, predictor.labels)
                                    : overlay_scores(predictor.scores, width, height);
        good = image_write_png(path, &made, NULL);
        image_free(&made);
    }
    predictor_free(&predictor);
    image_free(&image);
    return good;
}

TEST(hadnet_large_images_cost_12_bytes_a_pixel) {
    const char *path = path_of("%s/picture.png", test_folder());
    const int width = 4000, height = 2600;
    Network *network = small_network();
    float *input = random_input();
    const pid_t child = fork();
    if (child == 0) {
        omp_set_num_threads(1); /* the others did not come along */
#ifdef __GLIBC__
        /* As in a program of its own: what the tests before have freed makes glibc take blocks of up
         * to 32 MiB from its heap, where they leave gaps. */
        mallopt(M_MMAP_THRESHOLD, 1 << 17);
#endif
        bool good = predict(network, input, 40, 30, path);
        const double before = peak_mebibytes();
        good = good && predict(network, input, width, height, path);
        const double bytes = (peak_mebibytes() - before) * 1048576 / width / height;
        if (bytes > 12) fprintf(stderr, "%g bytes a pixel\n", bytes);
        _exit(good ? bytes > 12 : 3);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    free(input);
    network_destroy(network);
}

#endif
