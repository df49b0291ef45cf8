/* model_card.c - writes the card to metadata, and reads and checks it. */
#include "hadnet/model/model_card.h"

#include "data/labels/class_names.h"
#include "hadnet/model/metadata_numbers.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FORMAT[] = "hadnet 2";
static const char *const spaces[] = { "euclidean", "hyperbolic", NULL };
static const char *const reductions[] = { "afss", "rdr", "rlpr", NULL };
static const char *const ards[] = { "none", "rank", "zero", "mask", NULL };

ModelCard model_card_create(int size, char *const *class_names, int classes) {
    PROMISE(classes > 0, "%d classes", classes);
    ModelCard card = { .size = size,
                       .normalisation = normalisation_default(),
                       .class_names = memory_new((size_t)classes, sizeof(char *)),
                       .classes = classes,
                       .masks = mask_settings_default() };
    for (int i = 0; i < classes; i++) card.class_names[i] = memory_text(class_names[i]);
    return card;
}

void model_card_free(ModelCard *card) {
    for (int i = 0; i < card->classes; i++) free(card->class_names[i]);
    free(card->class_names);
    *card = (ModelCard){ 0 };
}

/* ---- Writing ---- */

static void set_number(Metadata *metadata, const char *key, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    metadata_set(metadata, key, text);
}

static void set_triple(Metadata *metadata, const char *key, const float *values) {
    char text[96];
    snprintf(text, sizeof text, "%.9g %.9g %.9g", (double)values[0], (double)values[1],
             (double)values[2]);
    metadata_set(metadata, key, text);
}

static void set_selection(Metadata *metadata, int level, const int *selected, int kept) {
    char *text = memory_new((size_t)kept, 12);
    for (int i = 0; i < kept; i++) sprintf(text + strlen(text), "%s%d", i ? " " : "", selected[i]);
    metadata_set(metadata, parameter_name_index("selected", level).text, text);
    free(text);
}

void model_card_write(const ModelCard *card, const Network *network, Metadata *metadata) {
    const NetworkOptions *options = &network->options;
    metadata_set(metadata, "format", FORMAT);
    metadata_set(metadata, "architecture", options->architecture->name);
    metadata_set(metadata, "space", spaces[options->hyperbolic]);
    set_number(metadata, "curvature", options->curvature);
    if (options->learn_curvature) metadata_set(metadata, "curvature-learnt", "1");
    if (options->clip > 0) set_number(metadata, "clip", options->clip);
    if (options->temperature) metadata_set(metadata, "temperature-learnt", "1");
    metadata_set(metadata, "reduction", reductions[options->reduction]);
    metadata_set(metadata, "ard", ards[options->ard]);
    set_number(metadata, "classes", options->classes);
    for (int i = 0; i < card->classes; i++)
        metadata_set(metadata, parameter_name_index("class", i).text, card->class_names[i]);
    set_number(metadata, "size", card->size);
    metadata_set(metadata, "fit", fit_names[card->fit]);
    provenance_write(&card->provenance, metadata);
    set_triple(metadata, "mean", card->normalisation.mean);
    set_triple(metadata, "std", card->normalisation.deviation);
    if (card->masks.threshold > 0) set_number(metadata, "mask-threshold", card->masks.threshold);
    if (card->masks.ignore_label >= 0)
        set_number(metadata, "ignore-label", card->masks.ignore_label);
    for (int i = 0; i < options->architecture->levels; i++)
        set_selection(metadata, i, network->selected[i], options->architecture->kept[i]);
}

/* ---- Reading ---- */

typedef struct Reader {
    const Metadata *metadata;
    const char *path;
    Error *error;
} Reader;

static const char *get(const Reader *reader, const char *key) {
    const char *text = metadata_get(reader->metadata, key);
    if (!text)
        error_set(reader->error, "%s: its metadata has no '%s'; expected a HADNet weight file",
                  reader->path, key);
    return text;
}

static bool get_choice(const Reader *reader, const char *key, const char *const *choices,
                       int *choice) {
    const char *text = get(reader, key);
    if (!text) return false;
    for (int i = 0; choices[i]; i++)
        if (!strcmp(text, choices[i])) return *choice = i, true;
    char expected[80] = "";
    for (int i = 0; choices[i]; i++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%s",
                 i ? ", " : "", choices[i]);
    return error_set(reader->error, "%s: metadata '%s' is '%.60s'; expected one of: %s",
                     reader->path, key, text, expected);
}

/* `count` numbers in low..high. */
static bool get_numbers(const Reader *reader, const char *key, NumberKind kind, int count,
                        double low, double high, double *numbers) {
    const NumberRange range = { kind, low, high };
    return get(reader, key) && metadata_numbers(reader->metadata, reader->path, key, &range, count,
                                                numbers, reader->error);
}

/* A missing key leaves *number unchanged. */
static bool get_integer_if_there(const Reader *reader, const char *key, int low, int high,
                                 int *number) {
    double value;
    if (!metadata_get(reader->metadata, key)) return true;
    if (!get_numbers(reader, key, NUMBER_WHOLE, 1, low, high, &value)) return false;
    *number = (int)value;
    return true;
}

/* What a head need not have. */
static bool read_head(const Reader *reader, NetworkOptions *options) {
    int learnt = 0, temperature = 0;
    if (!get_integer_if_there(reader, "curvature-learnt", 0, 1, &learnt) ||
        !get_integer_if_there(reader, "temperature-learnt", 0, 1, &temperature) ||
        (metadata_get(reader->metadata, "clip") &&
         !get_numbers(reader, "clip", NUMBER_REAL, 1, 1e-6, CLIP_MAX, &options->clip)))
        return false;
    options->learn_curvature = learnt;
    options->temperature = temperature;
    return true;
}

static bool read_options(const Reader *reader, NetworkOptions *options) {
    int space, reduction, ard;
    double classes, curvature;
    const char *format = get(reader, "format");
    if (!format) return false;
    if (strcmp(format, FORMAT))
        return error_set(reader->error, "%s: metadata 'format' is '%s'; expected '%s'",
                         reader->path, format, FORMAT);
    const char *name = get(reader, "architecture");
    if (!name) return false;
    if (!(options->architecture = architecture_find(name)))
        return error_set(reader->error, "%s: unknown architecture '%s'", reader->path, name);
    if (!get_choice(reader, "space", spaces, &space) ||
        !get_choice(reader, "reduction", reductions, &reduction) ||
        !get_choice(reader, "ard", ards, &ard) ||
        !get_numbers(reader, "classes", NUMBER_WHOLE, 1, 2, CLASSES_MAX, &classes) ||
        !get_numbers(reader, "curvature", NUMBER_REAL, 1, 1e-300, 1e300, &curvature))
        return false;
    options->hyperbolic = space == 1;
    options->reduction = (Reduction)reduction;
    options->ard = (Ard)ard;
    options->classes = (int)classes;
    options->curvature = curvature;
    return read_head(reader, options);
}

/* The name is printed on terminals, so it must be valid for classes.txt too. */
static char *get_class_name(const Reader *reader, int class) {
    char buffer[64];
    const Name key = parameter_name_index("class", class);
    const char *name = get(reader, key.text), *fault = name ? class_name_fault(name, buffer) : NULL;
    if (!fault) return (char *)name;
    error_set(reader->error, "%s: metadata '%s': the name %s", reader->path, key.text, fault);
    return NULL;
}

static bool read_card(const Reader *reader, int classes, ModelCard *card) {
    double size, mean[3], deviation[3];
    Provenance provenance;
    char *names[CLASSES_MAX];
    MaskSettings masks = mask_settings_default();
    int fit = FIT_STRETCH;
    if (!get_numbers(reader, "size", NUMBER_WHOLE, 1, CARD_SIZE_MIN, CARD_SIZE_MAX, &size) ||
        (metadata_get(reader->metadata, "fit") && !get_choice(reader, "fit", fit_names, &fit)) ||
        !get_numbers(reader, "mean", NUMBER_REAL, 3, -1e3, 1e3, mean) ||
        !get_numbers(reader, "std", NUMBER_REAL, 3, 1e-6, 1e3, deviation) ||
        !get_integer_if_there(reader, "mask-threshold", 1, 255, &masks.threshold) ||
        !get_integer_if_there(reader, "ignore-label", 0, 255, &masks.ignore_label) ||
        !provenance_read(reader->metadata, reader->path, &provenance, reader->error))
        return false;
    for (int i = 0; i < classes; i++)
        if (!(names[i] = get_class_name(reader, i))) return false;
    *card = model_card_create((int)size, names, classes);
    card->fit = (Fit)fit;
    card->masks = masks;
    card->provenance = provenance;
    for (int i = 0; i < 3; i++) {
        card->normalisation.mean[i] = (float)mean[i];
        card->normalisation.deviation[i] = (float)deviation[i];
    }
    return true;
}

static bool read_selection(const Reader *reader, Network *network) {
    const Architecture *architecture = network->options.architecture;
    for (int i = 0; i < architecture->levels; i++) {
        const int kept = architecture->kept[i];
        double numbers[kept];
        if (!get_numbers(reader, parameter_name_index("selected", i).text, NUMBER_WHOLE, kept, 0,
                         architecture->channels[i] - 1, numbers))
            return false;
        for (int j = 0; j < kept; j++) network->selected[i][j] = (int)numbers[j];
        for (int j = 1; j < kept; j++)
            if (network->selected[i][j] <= network->selected[i][j - 1])
                return error_set(reader->error,
                                 "%s: metadata 'selected.%d' has channel %d after %d; expected "
                                 "them ascending",
                                 reader->path, i, network->selected[i][j],
                                 network->selected[i][j - 1]);
    }
    return true;
}

Network *model_card_read(const Metadata *metadata, const char *path, const Device *device,
                         ModelCard *card, Error *error) {
    const Reader reader = { metadata, path, error };
    NetworkOptions options = { .seed = 0 };
    *card = (ModelCard){ 0 };
    if (!read_options(&reader, &options) || !read_card(&reader, options.classes, card)) return NULL;
    Error cause;
    Network *network = network_create(&options, device, &cause);
    if (!network) error_set(error, "%s: %s", path, cause.text);
    if (network && read_selection(&reader, network)) return network;
    network_destroy(network);
    model_card_free(card);
    return NULL;
}
