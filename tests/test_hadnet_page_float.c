/* The page of a run: its text, its pictures, and the geometry of its disk. */
#include "hadnet/reports/page/chart.h"
#include "hadnet/reports/page/disk.h"
#include "hadnet/reports/page/html.h"
#include "hyp/ball.h"
#include "tests/data_trees.h"

#include <math.h>

/* What a function writes, as text: free it. */
typedef void Writes(FILE *file, const void *context);

typedef struct Text {
    char *text;
    size_t size;
} Text;

static void text_of(Text *to, Writes *writes, const void *context) {
    FILE *file = open_memstream(&to->text, &to->size);
    PROMISE(file, "no memory");
    writes(file, context);
    fclose(file);
}

static void write_text(FILE *file, const void *context) {
    html_text(file, context);
}

TEST(page_escapes_text) {
    Text page;
    text_of(&page, write_text, "<b>&\"'Ü");
    CHECK(!strcmp(page.text, "&lt;b&gt;&amp;&quot;&#39;Ü"));
    free(page.text);
}

static void write_picture(FILE *file, const void *context) {
    CHECK(html_image(file, context, "a \"scratch\""));
}

static int digit_of(char digit) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, digit);
    return at && digit ? (int)(at - digits) : -1;
}

/* Bytes of base64 up to its end; returns how many. */
static size_t decode(const char *text, uint8_t *bytes) {
    size_t count = 0;
    uint32_t bits = 0;
    int held = 0;
    for (; digit_of(*text) >= 0; text++) {
        bits = bits << 6 | (uint32_t)digit_of(*text);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes[count++] = (uint8_t)(bits >> held);
    }
    return count;
}

/* Sizes whose files end at each of the three places of base64. */
TEST(page_holds_its_pictures) {
    for (int width = 5; width < 12; width++) {
        Image image = scene_image(width, 7, 3), read;
        Text page;
        text_of(&page, write_picture, &image);
        const char *data = strstr(page.text, "base64,");
        CHECK(data && strstr(page.text, "alt=\"a &quot;scratch&quot;\""));
        uint8_t *bytes = memory_new(page.size, 1);
        const char *path = path_of("%s/picture.png", test_folder());
        put_bytes(path, bytes, decode(data + strlen("base64,"), bytes));
        CHECK(image_read(path, 3, &read, NULL));
        CHECK(read.width == width && !memcmp(read.pixels, image.pixels, image_bytes(&image)));
        image_free(&image);
        image_free(&read);
        free(bytes);
        free(page.text);
    }
}

/* ---- The sample of features ---- */

TEST(page_samples_features_of_every_class) {
    enum { SIDE = 40, D = 3 };
    uint8_t labels[4 * SIDE * SIDE]; /* two pixels a cell and side */
    real *features = memory_new(SIDE * SIDE * D, sizeof *features);
    for (int y = 0; y < 2 * SIDE; y++)
        for (int x = 0; x < 2 * SIDE; x++)
            labels[y * 2 * SIDE + x] = (uint8_t)(x < 2 ? 1 : y < 2 ? 255 : 0);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int k = 0; k < D; k++) features[i * D + k] = (real)i;
    Embeddings embeddings = embeddings_new(D);
    embeddings_add(&embeddings, features, SIDE, SIDE, labels, 2 * SIDE);
    CHECK(embeddings.seen[1] == SIDE && embeddings.held[1] == SIDE);
    CHECK(embeddings.seen[0] == (SIDE - 1) * (SIDE - 1));
    CHECK(embeddings.held[0] == EMBEDDINGS_PER_CLASS && embeddings.held[2] == 0);
    for (int j = 0; j < SIDE; j++) CHECK((int)embeddings.vectors[1][j * D] % SIDE == 0);
    double mean = 0; /* early and late cells are as likely to be held */
    for (int j = 0; j < EMBEDDINGS_PER_CLASS; j++) {
        const int cell = (int)embeddings.vectors[0][j * D];
        CHECK(cell >= SIDE && cell % SIDE != 0);
        mean += (double)cell / EMBEDDINGS_PER_CLASS;
    }
    CHECK(fabs(mean - SIDE * SIDE / 2.0) < 150); /* 3.5 standard deviations */
    embeddings_free(&embeddings);
    free(features);
}

TEST(page_disk_shows_the_longest_directions) {
    enum { D = 6 };
    Random random = random_stream(3, 0, 0, 0);
    Embeddings embeddings = embeddings_new(D);
    const double length[D] = { 0.1, 4, 0.2, 0.1, 2, 0.3 };
    real feature[D], directions[2 * D];
    for (int i = 0; i < 400; i++) {
        const uint8_t label = (uint8_t)(i % 3);
        for (int k = 0; k < D; k++) feature[k] = (real)(length[k] * random_normal(&random));
        embeddings_add(&embeddings, feature, 1, 1, &label, 1);
    }
    disk_directions(&embeddings, directions);
    CHECK(fabs((double)row_norm(directions, D) - 1) < 1e-5);
    CHECK(fabs((double)row_norm(directions + D, D) - 1) < 1e-5);
    CHECK(fabs((double)row_dot(directions, directions + D, D)) < 1e-5);
    CHECK(fabs((double)directions[1]) > 0.99 && fabs((double)directions[D + 4]) > 0.99);
    embeddings_free(&embeddings);
}

/* ---- Hyperplanes in the disk ---- */

/* [(-p) (+) x, a], which is 0 on the hyperplane, relative to |a|, in the ball of curvature -c. */
static double off_hyperplane(const real *p, const real *a, int64_t n, double c, const real *x) {
    real minus[8], moved[8];
    for (int64_t i = 0; i < n; i++) minus[i] = -p[i];
    ball_mobius_add(minus, x, n, (real)c, moved);
    return sqrt(c) * (double)(row_dot(moved, a, n) / row_norm(a, n));
}

/* Points of the drawn circle, put back into the ball, are on the hyperplane. */
TEST(page_disk_cuts_hyperplanes_exactly) {
    enum { D = 5 };
    const double c = 0.25, sc = sqrt(c);
    const real directions[2 * D] = { 1, 0, 0, 0, 0, 0, (real)0.6, 0, (real)0.8, 0 };
    Random random = random_stream(8, 0, 0, 0);
    int cuts = 0;
    for (int trial = 0; trial < 200; trial++) {
        real p[D], a[D];
        DiskCut cut;
        for (int i = 0; i < D; i++) {
            p[i] = (real)(random_between(&random, -0.35, 0.35) / sc);
            a[i] = (real)random_normal(&random);
        }
        if (!disk_cut(p, a, D, sc, directions, &cut)) continue;
        cuts++;
        CHECK(cut.half > 0 && cut.half < acos(-1));
        const double radius = fabs(tan(cut.half)), far = 1 / cos(cut.half);
        for (int side = -1; side <= 1; side++) { /* near both ends of the line, and its middle */
            const double edge = atan2(sin(cut.half), cos(cut.half) - far);
            const double turn = cos(cut.half) > 0 ? acos(-1) : 0;
            const double t = side == 0 ? turn : side * (edge + 0.02 * (turn - edge));
            const double along = far + radius * cos(t), beside = radius * sin(t);
            const double X = along * cos(cut.middle) - beside * sin(cut.middle);
            const double Y = along * sin(cut.middle) + beside * cos(cut.middle);
            real x[D];
            CHECK(X * X + Y * Y < 1);
            for (int i = 0; i < D; i++)
                x[i] = (real)((X * (double)directions[i] + Y * (double)directions[D + i]) / sc);
            CHECK(fabs(off_hyperplane(p, a, D, c, x)) < 1e-4);
        }
    }
    CHECK(cuts > 100 && cuts < 200); /* some hyperplanes miss the plane */
}

/* ---- Charts ---- */

static void write_a_chart(FILE *file, const void *context) {
    chart_write(file, context);
}

TEST(page_charts_leave_gaps) {
    const double x[] = { 1, 2, 3, 4 }, y[] = { 0.5, NAN, 0.25, 0.75 };
    const ChartSeries series = { "a < b", x, y, 4 };
    const AxisMark mark = { 3, "best" };
    const Chart chart = { .title = "t",
                          .x_name = "epoch",
                          .series = &series,
                          .series_count = 1,
                          .marks = &mark,
                          .mark_count = 1,
                          .unit_range = true };
    Text page;
    text_of(&page, write_a_chart, &chart);
    const char *path = strstr(page.text, "d=\"M");
    CHECK(path && strstr(page.text, "a &lt; b") && strstr(page.text, ">best<"));
    int moves = 0, lines = 0;
    for (const char *at = path; at && *at && strncmp(at, "\"/>", 3); at++)
        moves += *at == 'M', lines += *at == 'L';
    CHECK(moves == 2 && lines == 1);
    CHECK(!strstr(page.text, "nan"));
    free(page.text);
}
