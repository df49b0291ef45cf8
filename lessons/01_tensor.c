/* 01_tensor.c - a tensor, its rows, and a 1x1 convolution that is a product.
 *
 *     ./build.sh run lessons/01_tensor.c
 */
#include "autograd/autograd.h"

#include <math.h>
#include <stdio.h>

enum { BATCH = 2, HEIGHT = 3, WIDTH = 4, CHANNELS = 5, OUT = 6, PIXELS = BATCH * HEIGHT * WIDTH };

/* Where element (b, y, x, c) lies. */
static int place(int b, int y, int x, int c) {
    return ((b * HEIGHT + y) * WIDTH + x) * CHANNELS + c;
}

static void print_shape(const char *text, Shape shape) {
    printf("%-26s%-12s%4lld elements = %3lld rows of %lld\n", text, shape_text(&shape).text,
           (long long)shape_elements(&shape), (long long)shape_rows(&shape),
           (long long)shape_last(&shape));
}

static void print_shapes(void) {
    print_shape("two images", shape_4(BATCH, HEIGHT, WIDTH, CHANNELS));
    print_shape("the features of a layer", shape_2(PIXELS, CHANNELS));
    print_shape("a weight", shape_2(OUT, CHANNELS));
    print_shape("a bias", shape_1(OUT));
    print_shape("a loss", shape_0());
}

/* Number every element by where it should be, and look where it is. */
static bool print_places(void) {
    Tensor images = tensor_create(device_cpu(), shape_4(BATCH, HEIGHT, WIDTH, CHANNELS));
    real values[PIXELS * CHANNELS];
    bool good = true;
    for (int i = 0; i < PIXELS * CHANNELS; i++) values[i] = (real)i;
    tensor_upload(&images, values);
    printf("\npixel (b, y, x)   its row    its features\n");
    for (int pixel = 0; pixel < PIXELS; pixel += 7) {
        const int b = pixel / (HEIGHT * WIDTH), y = pixel / WIDTH % HEIGHT, x = pixel % WIDTH;
        const real *row = images.data + pixel * CHANNELS; /* on the CPU data can be read */
        printf("(%d, %d, %d)         %6d    %3g to %3g\n", b, y, x, pixel, (double)row[0],
               (double)row[CHANNELS - 1]);
        for (int c = 0; c < CHANNELS; c++) good = good && place(b, y, x, c) == (int)row[c];
    }
    tensor_release(&images);
    return good;
}

static void draw(real *values, int count, uint64_t stream) {
    Random random = random_stream(1, stream, 0, 0);
    for (int i = 0; i < count; i++) values[i] = (real)random_normal(&random);
}

/* The same numbers as images through a 1x1 convolution, and as rows through a linear layer. */
static double difference_of_forms(void) {
    Error error = { "" };
    real x[PIXELS * CHANNELS], weight[OUT * CHANNELS], as_image[PIXELS * OUT],
        as_rows[PIXELS * OUT];
    Graph *graph = graph_create(device_cpu(), false);
    Node *images = graph_input(graph, "images", shape_4(BATCH, HEIGHT, WIDTH, CHANNELS));
    Node *rows = graph_input(graph, "rows", shape_2(PIXELS, CHANNELS));
    Node *filter = graph_input(graph, "filter", shape_4(OUT, 1, 1, CHANNELS));
    Node *matrix = graph_input(graph, "matrix", shape_2(OUT, CHANNELS));
    Node *convolved = op_conv2d(images, filter, NULL, 1, 0, 1);
    Node *product = op_linear(rows, matrix, NULL);
    graph_keep(convolved);
    graph_keep(product);
    draw(x, PIXELS * CHANNELS, 1);
    draw(weight, OUT * CHANNELS, 2);
    tensor_upload(&images->value, x);
    tensor_upload(&rows->value, x);
    tensor_upload(&filter->value, weight);
    tensor_upload(&matrix->value, weight);
    if (!graph_forward(graph, &error)) return puts(error.text), INFINITY;
    tensor_download(&convolved->value, as_image);
    tensor_download(&product->value, as_rows);
    double most = 0;
    for (int i = 0; i < PIXELS * OUT; i++)
        most = fmax(most, fabs((double)(as_image[i] - as_rows[i])));
    printf("\n1x1 convolution  %s\n", shape_text(&convolved->shape).text);
    printf("linear           %s\n", shape_text(&product->shape).text);
    graph_destroy(graph);
    return most;
}

/* ---- Answers to the exercises ---- */

static bool answer_place(void) {
    const int found = place(1, 2, 0, 3);
    printf("1. element (1, 2, 0, 3) is at %d\n", found);
    return found == 103;
}

/* Two owners of the same elements: what one writes the other reads. */
static bool answer_share(void) {
    Tensor a = tensor_create(device_cpu(), shape_1(3));
    Tensor b = tensor_share(&a);
    tensor_upload(&a, (const real[]){ 1, 2, 3 });
    a.data[1] = 7;
    tensor_release(&a);
    const double value = (double)b.data[1];
    printf("2. the second owner reads %g, after the first has released its share\n", value);
    tensor_release(&b);
    return value == 7;
}

/* With channels first, a pixel's features are HEIGHT WIDTH apart. */
static bool answer_channels_first(void) {
    const int last_first = (CHANNELS - 1) * 64 * 64 * 4, last_last = (CHANNELS - 1) * 4;
    printf("3. from a pixel's first to its last feature: %d bytes with channels last, %d with "
           "channels "
           "first\n",
           last_last, last_first);
    return last_first > last_last;
}

int main(void) {
    print_shapes();
    bool good = print_places();
    const double off = difference_of_forms();
    printf("differ           by less than 1e-5: %s\n", off < 1e-5 ? "yes" : "no");
    printf("\nanswers\n");
    good = answer_place() && answer_share() && answer_channels_first() && good && off < 1e-5;
    return good ? 0 : 1;
}
