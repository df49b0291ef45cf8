/* ablation_table.h - the named tables of hadnet_ablate: what each row trains.
 *
 * A row is a training run, given as the options of hadnet_train by which it differs from the other
 * rows. Rows of stage 3 begin with the weights of the table's first row of the same seed, so they
 * share their stage 1 and differ in what stages 2 and 3 do alone.
 */
#ifndef HADNET_ABLATION_TABLE_H
#define HADNET_ABLATION_TABLE_H

enum { ABLATION_ROWS_MAX = 16 };

typedef enum AblationStart {
    ABLATION_FROM_NOTHING,  /* stage 1 alone, from random weights */
    ABLATION_STAGE_1_AGAIN, /* a control: stage 1 alone, from the first row's weights, for as many
                               epochs as stage 3 has */
    ABLATION_STAGE_3,       /* stages 2 and 3, from the first row's weights */
} AblationStart;

typedef struct AblationRow {
    const char *name;    /* in the table */
    const char *folder;  /* of its runs, in a seed's folder */
    const char *options; /* of hadnet_train, between single blanks; "" for none */
    AblationStart start;
    int selections; /* runs of each seed, with --selection-seed 1, 2, ...; their mean counts */
} AblationRow;

typedef struct AblationTable {
    const char *name, *title;
    int reference; /* the row that the others are compared with */
    int count;
    AblationRow rows[ABLATION_ROWS_MAX];
} AblationTable;

/* The tables' names, ended by NULL: the choices of --table. */
extern const char *const ablation_choices[];

const AblationTable *ablation_table(int choice);

#endif
