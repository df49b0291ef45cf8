/* Parameter sets, names and initialisers. */
#include "nn/initialise.h"
#include "nn/parameters.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <string.h>

TEST(nn_parameters_are_found_counted_frozen_and_zeroed) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    Parameter *weight =
        parameter_add(set, "layer1.0.conv1.weight", PARAMETER_WEIGHT, shape_4(4, 3, 3, 2));
    Parameter *bias = parameter_add(set, "layer1.0.conv1.bias", PARAMETER_BIAS, shape_1(4));
    Parameter *mean = parameter_add(set, "layer10.mean", PARAMETER_BUFFER, shape_1(5));
    CHECK(parameter_find(set, "layer1.0.conv1.bias") == bias);
    CHECK(!parameter_find(set, "layer1.0.conv1") && !parameter_find(set, ""));
    CHECK(parameter_set_elements(set) == 4 * 3 * 3 * 2 + 4);
    CHECK(mean->gradient.data == NULL && weight->gradient.data[71] == 0 &&
          bias->value.data[3] == 0);
    CHECK(parameter_set_freeze(set, "layer1.", true) == 2);
    CHECK(!parameter_is_trained(weight) && !mean->frozen && !parameter_is_trained(mean));
    CHECK(parameter_set_freeze(set, "", false) == 3 && parameter_is_trained(weight));
    CHECK(parameter_set_freeze(set, "layer2", true) == 0);
    tensor_fill(&weight->gradient, 2);
    parameter_set_zero_gradients(set);
    CHECK(weight->gradient.data[0] == 0 && weight->gradient.data[71] == 0);
    CHECK(!parameter_set_error(set));
    parameter_set_destroy(set);
    parameter_set_destroy(NULL);
}

/* Parameters outlive what was computed before them, and must not keep its memory. */
TEST(nn_parameters_take_no_part_of_a_larger_block) {
    const int64_t elements = 1 << 20;
    memory_trim(device_cpu());
    const size_t before = memory_use(device_cpu()).cached_bytes;
    Tensor large = tensor_create(device_cpu(), shape_1(4 * elements));
    tensor_release(&large);
    Tensor part = tensor_create(device_cpu(), shape_1(elements)); /* leaves another one free */
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    parameter_add(set, "moment", PARAMETER_BUFFER, shape_1(elements));
    CHECK(memory_use(device_cpu()).cached_bytes > before);
    tensor_release(&part);
    memory_trim(device_cpu());
    CHECK(memory_use(device_cpu()).cached_bytes == before);
    parameter_set_destroy(set);
    memory_trim(device_cpu());
}

TEST(nn_parameters_keep_the_first_failure) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const int64_t huge = (int64_t)1 << 56;
    const Parameter *first = parameter_add(set, "huge", PARAMETER_WEIGHT, shape_1(huge));
    parameter_add(set, "huger", PARAMETER_WEIGHT, shape_2(huge, huge));
    CHECK(first && !first->value.data);
    CHECK(parameter_set_error(set) && strstr(parameter_set_error(set), "'huge' [7205759403792"));
    parameter_set_destroy(set);
}

TEST(nn_parameters_names) {
    CHECK(!strcmp(parameter_name_join("layer1", "conv").text, "layer1.conv"));
    CHECK(!strcmp(parameter_name_join("", "conv").text, "conv"));
    CHECK(!strcmp(parameter_name_index("layer1", 12).text, "layer1.12"));
    /* The published vectors of FNV-1a. */
    CHECK(parameter_name_hash("") == 0xcbf29ce484222325u &&
          parameter_name_hash("a") == 0xaf63dc4c8601ec8cu);
    CHECK(parameter_name_hash("foobar") == 0x85944171f73967e8u);
}

typedef void (*Initialiser)(const Parameter *parameter, uint64_t seed);

static void kaiming_normal_in(const Parameter *parameter, uint64_t seed) {
    initialise_kaiming_normal(parameter, seed, FAN_IN);
}
static void kaiming_normal_out(const Parameter *parameter, uint64_t seed) {
    initialise_kaiming_normal(parameter, seed, FAN_OUT);
}
static void kaiming_uniform_in(const Parameter *parameter, uint64_t seed) {
    initialise_kaiming_uniform(parameter, seed, FAN_IN);
}
static void kaiming_uniform_out(const Parameter *parameter, uint64_t seed) {
    initialise_kaiming_uniform(parameter, seed, FAN_OUT);
}

/* Mean, variance and kurtosis of the values against those of the distribution, within five
 * standard errors. kurtosis: 3 for a normal, 1.8 for a uniform distribution. */
static void check_moments(Initialiser initialise, Shape shape, double variance, double kurtosis) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Parameter *weight = parameter_add(set, "weight", PARAMETER_WEIGHT, shape);
    const int64_t n = shape_elements(&shape);
    double sum = 0, squares = 0, fourths = 0, largest = 0;
    initialise(weight, 17);
    for (int64_t i = 0; i < n; i++) {
        const double value = (double)weight->value.data[i], square = value * value / variance;
        sum += value;
        squares += square;
        fourths += square * square;
        largest = fmax(largest, fabs(value));
    }
    CHECK(fabs(sum / (double)n) <= 5 * sqrt(variance / (double)n));
    CHECK(fabs(squares / (double)n - 1) <= 5 * sqrt((kurtosis - 1) / (double)n));
    CHECK(fabs(fourths / (double)n - kurtosis) <= 0.05 * kurtosis);
    if (kurtosis < 2) CHECK(largest <= sqrt(3 * variance) && largest > 0.99 * sqrt(3 * variance));
    parameter_set_destroy(set);
}

TEST(nn_initialise_moments) {
    const Shape filter = shape_4(64, 3, 3, 48), matrix = shape_2(300, 120);
    check_moments(kaiming_normal_in, filter, 2.0 / (9 * 48), 3);
    check_moments(kaiming_normal_out, filter, 2.0 / (9 * 64), 3);
    check_moments(kaiming_uniform_in, filter, 2.0 / (9 * 48), 1.8);
    check_moments(kaiming_uniform_out, matrix, 2.0 / 300, 1.8);
    check_moments(initialise_xavier_uniform, filter, 2.0 / (9 * (48 + 64)), 1.8);
    check_moments(initialise_xavier_uniform, matrix, 2.0 / 420, 1.8);
}

/* What a parameter starts with depends on the seed and its name, not on its neighbours. */
TEST(nn_initialise_does_not_depend_on_order_or_threads) {
    ParameterSet *one = parameter_set_create(device_cpu(), 1);
    ParameterSet *two = parameter_set_create(device_cpu(), 1);
    const Shape shape = shape_2(30, 1000);
    const Parameter *a1 = parameter_add(one, "a", PARAMETER_WEIGHT, shape);
    const Parameter *b1 = parameter_add(one, "b", PARAMETER_WEIGHT, shape);
    const Parameter *b2 = parameter_add(two, "b", PARAMETER_WEIGHT, shape);
    const Parameter *a2 = parameter_add(two, "a", PARAMETER_WEIGHT, shape);
    const int usual = omp_get_max_threads();
    initialise_kaiming_normal(a1, 5, FAN_IN);
    initialise_kaiming_normal(b1, 5, FAN_IN);
    omp_set_num_threads(usual == 1 ? 3 : 1);
    initialise_kaiming_normal(b2, 5, FAN_IN);
    initialise_kaiming_normal(a2, 5, FAN_IN);
    omp_set_num_threads(usual);
    CHECK(!memcmp(a1->value.data, a2->value.data, tensor_bytes(&a1->value)));
    CHECK(!memcmp(b1->value.data, b2->value.data, tensor_bytes(&b1->value)));
    CHECK(memcmp(a1->value.data, b1->value.data, tensor_bytes(&a1->value)));
    initialise_kaiming_normal(a2, 6, FAN_IN);
    CHECK(memcmp(a1->value.data, a2->value.data, tensor_bytes(&a1->value)));
    parameter_set_destroy(one);
    parameter_set_destroy(two);
}
