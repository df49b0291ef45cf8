/* write_list.h - the value of --write: which results a call writes. */
#ifndef HADNET_WRITE_LIST_H
#define HADNET_WRITE_LIST_H

#include "hadnet/prediction/results.h"

/* The default: the three pictures. */
#define WRITE_LIST_DEFAULT "masks,overlays,scores"

/* Set what the options write from a list such as "masks,csv", or "none". false: a name in it is
 * unknown. */
bool write_list_parse(const char *list, ResultsOptions *options, Error *error);

#endif
