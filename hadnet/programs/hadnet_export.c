/* hadnet_export.c - exports a weight file to ONNX, or to PyTorch's safetensors. */
#include "hadnet/command_line/program.h"
#include "hadnet/export/export_network.h"
#include "hadnet/model/network_file.h"
#include "tensor/public.h"

#include <sys/stat.h>

static const char *const formats[] = { "onnx", "torch", NULL };
enum { FORMAT_ONNX, FORMAT_TORCH };

typedef struct ExportSettings {
    const char *weights, *out;
    int format;
} ExportSettings;

static bool is_same_file(const char *a, const char *b) {
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    const ExportSettings *s = context;
    (void)options;
    if (!s->weights) return error_set(error, "--weights FILE is needed");
    if (!s->out) return error_set(error, "--out FILE is needed");
    if (is_same_file(s->weights, s->out))
        return error_set(error, "%s: the weight file itself; expected another --out", s->out);
    ModelCard card;
    Network *network = network_open(s->weights, device_cpu(), &card, error);
    if (!network) return PROGRAM_FAILED;
    const bool good = s->format == FORMAT_ONNX ? export_onnx(network, &card, s->out, error)
                                               : export_torch(network, &card, s->out, error);
    network_destroy(network);
    model_card_free(&card);
    return good;
}

PUBLIC int hadnet_export_main(int argc, char **argv) {
    ExportSettings settings = { .format = FORMAT_ONNX };
    Option table[] = {
        option_text("weights", "FILE", "weights that hadnet_train wrote", &settings.weights),
        option_text("out", "FILE", "the file to write, such as model.onnx", &settings.out),
        option_choice("format", formats,
                      "a model that ONNX Runtime, OpenVINO and others run, preprocessing "
                      "included; or weights for a PyTorch module",
                      &settings.format),
    };
    static const char *const examples[] = {
        "hadnet_export --weights best.safetensors --out model.onnx",
        "hadnet_export --weights best.safetensors --format torch --out model.safetensors", NULL
    };
    Options options = { .program = "hadnet_export",
                        .examples = examples,
                        .purpose = "Write a HADNet weight file for other programs.",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    return program_run(&options, argc, argv, run, &settings);
}
