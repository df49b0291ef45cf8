/* network_file.h - weight files: a network and its card in one safetensors file. */
#ifndef HADNET_NETWORK_FILE_H
#define HADNET_NETWORK_FILE_H

#include "hadnet/model/model_card.h"

/* Whether every weight is a finite number; otherwise a line names path, tensor and element. */
bool network_is_finite(const Network *network, const char *path, Error *error);

/* Write every parameter, with the card in the metadata. The old file stays until the new one is
 * whole. Weights that network_open would refuse, because they are not finite, are not written. */
bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error);

/* Build the network that the file describes and load its weights. NULL: the error names the file
 * and what is wrong with it. The caller destroys the network and frees the card. */
Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error);

/* --pretrained: a HADNet file gives the whole network; any other file gives the backbone, matched
 * by name (torchvision's wide_resnet50_2, for wrn50), and may hold more. Unless `partial`, a
 * parameter that the file lacks or has in another shape is an error that counts and names them;
 * with it, what fits is loaded, and nothing at all is an error. So are numbers that are not finite.
 * After an error the network is not to be used. *loaded counts the parameters. */
bool network_load_pretrained(Network *network, const char *path, bool partial, int *loaded,
                             Error *error);

#endif
