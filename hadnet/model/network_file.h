/* network_file.h - weight files: a network and its card in one safetensors file. */
#ifndef HADNET_NETWORK_FILE_H
#define HADNET_NETWORK_FILE_H

#include "hadnet/model/model_card.h"

/* Whether every weight is finite; otherwise the error names path, tensor and element. */
bool network_is_finite(const Network *network, const char *path, Error *error);

/* Write every parameter, with the card in the metadata, atomically. Fails for weights that are not
 * finite, which network_open would refuse. */
bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error);

/* Build the network that the file describes and load its weights. NULL: the error names the file
 * and the fault. The caller destroys the network and frees the card. */
Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error);

/* --pretrained. A HADNet file gives the whole network. Any other file gives the backbone, matched
 * by name (torchvision's wide_resnet50_2, for wrn50), and may contain more. Without `partial`, a
 * parameter that is missing from the file or has another shape there is an error, which counts and
 * names them; with it, matching parameters are loaded, and having none is an error. Numbers that
 * are not finite are an error. After an error do not use the network. *loaded counts the
 * parameters. */
bool network_load_pretrained(Network *network, const char *path, bool partial, int *loaded,
                             Error *error);

#endif
