/* fuzz_resume.c - the state of a run, and the card of a weight file: metadata that define a
 * network. The bytes are lines KEY=VALUE that replace those of a correct file. Then the network is
 * created and run. */
#include "hadnet/model/predictor.h"
#include "hadnet/training/resume.h"
#include "tensor/json.h"
#include "tensor/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/right_metadata.h"

#include <stdlib.h>
#include <string.h>

static void set_lines(Metadata *metadata, char *text) {
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        char *value = strchr(line, '=');
        if (!value || metadata->count >= METADATA_MAX_COUNT) continue;
        *value++ = '\0';
        if (utf8_is_valid(line, strlen(line)) && utf8_is_valid(value, strlen(value)))
            metadata_set(metadata, line, value);
    }
}

/* A file of these metadata and no tensors. */
static const char *file_of(const Metadata *metadata) {
    JsonText text = { 0 };
    json_append(&text, "12345678{\"__metadata__\":{");
    for (int i = 0; i < metadata->count; i++) {
        if (i) json_append(&text, ",");
        json_append_string(&text, metadata->pairs[i].key);
        json_append(&text, ":");
        json_append_string(&text, metadata->pairs[i].value);
    }
    json_append(&text, "}}");
    const uint64_t length = text.length - 8;
    memcpy(text.bytes, &length, 8);
    const char *path = fuzz_file((const uint8_t *)text.bytes, text.length);
    free(text.bytes);
    return path;
}

/* Every channel number is used here. Large images take long and show nothing more. */
static void run(const Network *network, const ModelCard *card) {
    enum { SIZE_MOST = 32 };
    Predictor predictor;
    Error error = { "" };
    if (card->size > SIZE_MOST) return;
    const size_t values = (size_t)card->size * (size_t)card->size * 3;
    float *picture = calloc(values, sizeof *picture);
    if (picture && predictor_create(&predictor, network, false, 1, card->size, card->size,
                                    card->size, &error)) {
        predictor_run(&predictor, picture, &error);
        predictor_free(&predictor);
    }
    free(picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    Metadata metadata = { 0 };
    TrainingState state;
    ModelCard card = { 0 };
    Error error = { "" };
    char *text = malloc(count + 1);
    if (!text) return 0;
    memcpy(text, bytes, count);
    text[count] = '\0';
    right_metadata(&metadata);
    set_lines(&metadata, text);
    Network *network = resume_open(file_of(&metadata), device_cpu(), &card, &state, &error);
    fuzz_judge(network != NULL, &error);
    if (network) {
        PROMISE(state.stage >= 1 && state.stage <= 4 && state.epoch >= 0 && state.step >= 0,
                "stage %d, epoch %d, step %lld", state.stage, state.epoch, (long long)state.step);
        run(network, &card);
        model_card_free(&card);
    }
    network_destroy(network);
    metadata_release(&metadata);
    free(text);
    return 0;
}
