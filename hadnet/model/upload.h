/* upload.h - floats from the data room into a node's value, whatever `real` is. */
#ifndef HADNET_UPLOAD_H
#define HADNET_UPLOAD_H

#include "autograd/graph.h"

/* values: as many as the node's shape holds. false: no memory to convert them. */
bool upload_floats(const Node *node, const float *values, Error *error);

#endif
