/* hadnet_bench.c - the benchmark program: this library's speed as a fraction of the machine's. */
#include "bench/bench.h"
#include "bench/report.h"
#include "hadnet/command_line/choose_device.h"
#include "hadnet/command_line/program.h"
#include "tensor/cpu_quota.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Section {
    const char *name, *what;
    void (*run)(Bench *bench);
} Section;

static const Section sections[] = {
    { "peak", "multiply-adds and bytes per second that the machine can do", bench_peak },
    { "gemm", "matrix products: squares, and the 1x1 convolutions of the networks", bench_gemm },
    { "conv", "every distinct convolution of the networks, forward and both gradients",
      bench_conv },
    { "norm", "batch norm: training, its gradients, evaluation", bench_norm },
    { "pool", "max, average and global pooling", bench_pool },
    { "resize", "bilinear resizing", bench_resize },
    { "hyp", "hyperplane logits and the maps of the Poincare ball", bench_hyp },
    { "step", "training steps: wrn50 (1000 classes), compact HADNet's stages 1 and 3", bench_step },
    { "infer", "inference of wrn50 and compact HADNet, batch 1 and 8", bench_infer },
    { "growth", "time per image as the batch grows; two threads against one", bench_growth },
    { "ladder", "a matrix product and a convolution, from naive to final", bench_ladder },
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static const Section *section_find(const char *name) {
    for (int i = 0; i < SECTIONS; i++)
        if (!strcmp(name, sections[i].name)) return &sections[i];
    return NULL;
}

static bool check_sections(const Options *options, Error *error) {
    for (int i = 0; i < options->operand_count; i++)
        if (!section_find(options->operand[i]))
            return error_set(error, "no section '%s'; --list lists the sections",
                             options->operand[i]);
    return true;
}

static bool asked_for(const Options *options, const Section *section) {
    for (int i = 0; i < options->operand_count; i++)
        if (!strcmp(options->operand[i], section->name)) return true;
    return options->operand_count == 0;
}

static void list(void) {
    for (int i = 0; i < SECTIONS; i++) printf("%-7s %s\n", sections[i].name, sections[i].what);
}

static void measure_peaks(Bench *bench) {
    if (bench->threads > 1) {
        omp_set_num_threads(1);
        peaks_add_multiply_adds(&bench->one, 1);
        peaks_add_streams(&bench->one);
    }
    omp_set_num_threads(bench->threads);
    peaks_add_multiply_adds(&bench->all, bench->threads);
    peaks_add_streams(&bench->all);
}

static void print_json(const Bench *bench) {
    JsonText text = { 0 };
    report_json(bench, &text);
    fputs(text.bytes, stdout);
    free(text.bytes);
}

static bool measure(Bench *bench, const Options *options, Error *error) {
    if (!bench->json) report_heading(bench);
    measure_peaks(bench);
    for (int i = 0; i < SECTIONS; i++) {
        if (!asked_for(options, &sections[i])) continue;
        bench->section = sections[i].name;
        sections[i].run(bench);
        measure_peaks(bench);
    }
    if (bench->error.text[0]) return error_set(error, "%s", bench->error.text);
    if (bench->json) print_json(bench);
    return true;
}

typedef struct Request {
    Bench bench;
    DeviceSettings device;
    bool list;
} Request;

static ProgramEnd run(void *context, Options *options, Error *error) {
    Request *request = context;
    Bench *bench = &request->bench;
    if (request->list) {
        list();
        return PROGRAM_DONE;
    }
    return check_sections(options, error) && threads_use(bench->threads, error) &&
           (bench->device = choose_device(&request->device, error)) != NULL &&
           measure(bench, options, error);
}

PUBLIC int hadnet_bench_main(int argc, char **argv) {
    Request request = { .bench = { .seconds = 0.5, .threads = threads_default(cpu_quota("")) },
                        .device = { .choice = DEVICE_CHOICE_CPU } };
    Bench *bench = &request.bench;
    Option table[] = {
        option_flag("json", "print one JSON object at the end instead of lines", &bench->json),
        option_integer("threads", "N", "number of threads", &bench->threads, 1, 4096),
        option_positive("seconds", "S", "time for each row, which runs at least 3 times",
                        &bench->seconds),
        option_text("filter", "TEXT", "only measure rows whose section and name contain TEXT",
                    &bench->filter),
        option_flag("list", "list the sections", &request.list),
        { 0 },
        { 0 },
    };
    device_options(&request.device, table + 5);
    Options options = { .program = "hadnet_bench",
                        .purpose = "Measure how fast this library is on this machine.",
                        .operands = "[SECTION...]",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    const int status = program_run(&options, argc, argv, run, &request);
    free(bench->rows);
    return status;
}
