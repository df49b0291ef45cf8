/* hadnet_report.c - compares training runs on one page. */
#include "hadnet/command_line/program.h"
#include "hadnet/reports/page/comparison.h"
#include "hadnet/reports/page/html.h"
#include "tensor/public.h"

#include <stdio.h>

typedef struct ReportSettings {
    const char *out;
    bool overwrite;
} ReportSettings;

static ProgramEnd run(void *context, Options *options, Error *error) {
    const ReportSettings *s = context;
    if (!s->overwrite && !html_may_replace(s->out, error)) return PROGRAM_FAILED;
    if (!comparison_write(s->out, options->operand, options->operand_count, error))
        return PROGRAM_FAILED;
    printf("%d run%s: %s\n", options->operand_count, options->operand_count == 1 ? "" : "s",
           s->out);
    return PROGRAM_DONE;
}

PUBLIC int hadnet_report_main(int argc, char **argv) {
    static const char *const examples[] = { "hadnet_report runs/folder runs/folder-2",
                                            "hadnet_report --out seeds.html runs/seed-*", NULL };
    ReportSettings settings = { .out = "runs.html" };
    Option table[] = {
        option_text("out", "FILE.html", "the page", &settings.out),
        option_flag("overwrite", "replace that file even if it is no page of these programs",
                    &settings.overwrite),
    };
    Options options = { .program = "hadnet_report",
                        .examples = examples,
                        .purpose = "Compare training runs: what differs, and how they learnt.",
                        .operands = "DIR...",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    return program_run(&options, argc, argv, run, &settings);
}
