/* options.h - one table of options, for the command line and for a run's settings file.
 *
 *     Settings settings = { .epochs = 150, .curvature = 0.01 };        the defaults
 *     Option table[] = {
 *         option_scope(OPTION_FIXED, option_choice("space", spaces, "geometry", &settings.space)),
 *         option_positive("curvature", "C", "curvature of the ball", &settings.curvature),
 *         option_integer("epochs", "N", "passes over the data", &settings.epochs, 1, 100000),
 *         option_flag("no-ard", "use every residual channel", &settings.no_ard),
 *     };
 *     Options options = { .program = "hadnet_train", .purpose = "Train HADNet.",
 *                         .table = table, .count = sizeof table / sizeof *table };
 *     switch (options_parse(&options, argc, argv, &error)) {      or program_run, see program.h
 *     case OPTIONS_HELP: return 0;      the table was printed to standard output
 *     case OPTIONS_ERROR: ...           one line in error; exit status 2
 *     case OPTIONS_READY: ...           every target is set
 *     }
 *
 * An option's default is the value of its target when options_parse begins. Options are given as
 * `--name VALUE` or `--name=VALUE`, flags as `--name`; `--` ends them. For --resume, call
 * options_read after options_parse: it reads the values that the command line did not give.
 */
#ifndef HADNET_OPTIONS_H
#define HADNET_OPTIONS_H

#include "tensor/error.h"

typedef enum OptionType {
    OPTION_TEXT,    /* const char * */
    OPTION_CHOICE,  /* int: index into choices */
    OPTION_INTEGER, /* int in low..high */
    OPTION_REAL,    /* double in low..high */
    OPTION_FLAG,    /* bool; false unless given */
} OptionType;

/* How settings.txt treats an option. */
typedef enum OptionScope {
    OPTION_FREE,    /* recorded; a resumed run may be given another value */
    OPTION_FIXED,   /* recorded; a resumed run must keep it */
    OPTION_OUTSIDE, /* not part of a run's settings: --resume, --out, --summary */
} OptionScope;

typedef enum OptionSource { OPTION_DEFAULT, OPTION_FROM_FILE, OPTION_GIVEN } OptionSource;

typedef struct Option {
    const char *name, *value_name, *help;
    OptionType type;
    OptionScope scope;
    union {
        const char **text;
        int *integer;
        double *real;
        bool *flag;
    } target;
    const char *const *choices; /* ended by NULL */
    double low, high;
    bool above_low;      /* low itself is out of range */
    const char *group;   /* with this option begins a group of that name in --help; NULL: none */
    OptionSource source; /* where the value came from; set by options_parse and options_read */
} Option;

/* A text target may be NULL: "none", the default of an optional path. */
Option option_text(const char *name, const char *value_name, const char *help, const char **target);
Option option_choice(const char *name, const char *const *choices, const char *help, int *target);
Option option_integer(const char *name, const char *value_name, const char *help, int *target,
                      int low, int high);
Option option_real(const char *name, const char *value_name, const char *help, double *target,
                   double low, double high);
/* A finite number above zero. */
Option option_positive(const char *name, const char *value_name, const char *help, double *target);
Option option_flag(const char *name, const char *help, bool *target);
Option option_scope(OptionScope scope, Option option);
Option option_group(const char *group, Option option);

typedef struct Options {
    const char *program, *purpose; /* for --help */
    const char *const *examples;   /* command lines for --help, ended by NULL; may be NULL */
    const char *operands;          /* such as "IMAGE..."; NULL: arguments without -- are refused */
    Option *table;
    int count;
    const char **operand; /* the arguments that are not options, in order; owned array */
    int operand_count;
    char **owned; /* texts read from a settings file */
    int owned_count;
} Options;

typedef enum OptionsStatus { OPTIONS_READY, OPTIONS_HELP, OPTIONS_ERROR } OptionsStatus;

/* Set the targets from the command line. --help (-h), --version, --man and --completion bash|zsh print
 * instead, and give OPTIONS_HELP. Unknown names (with the nearest known one), missing,
 * malformed or out-of-range values, repeated options and unexpected operands fail with one line.
 * Text targets point into argv. Each value is checked before it is stored; after OPTIONS_ERROR the
 * targets are unspecified but safe to read. */
OptionsStatus options_parse(Options *options, int argc, char **argv, Error *error);

/* Free the operand array and the texts that options_read allocated. */
void options_free(Options *options);

/* The source of the value of --name; the name must be in the table. */
OptionSource options_source(const Options *options, const char *name);

/* Write every option that is not OPTION_OUTSIDE as a line "name = value", atomically. Reading the
 * file back gives the same values, bit for bit. */
bool options_write(const Options *options, const char *path, Error *error);

/* Read from the file at path every value that the command line did not give. If the command line
 * gave another value, that is an error naming both values for an OPTION_FIXED option; otherwise the
 * command line wins. Unknown names and malformed values fail, naming path and line. */
bool options_read(Options *options, const char *path, Error *error);

/* The same for a new run: the command line wins over the file, whatever the option. */
bool options_read_defaults(Options *options, const char *path, Error *error);

#endif
