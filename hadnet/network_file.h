/* network_file.h - weight files: a network and its card in one safetensors file. */
#ifndef HADNET_NETWORK_FILE_H
#define HADNET_NETWORK_FILE_H

#include "hadnet/model_card.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* Write every parameter, with the card in the metadata. The old file stays until the new one is
 * whole. */
bool network_save(const Network *network, const ModelCard *card, const char *path, Error *error);

/* Build the network that the file describes and load its weights. NULL: the error names the file
 * and what is wrong with it. The caller destroys the network and frees the card. */
Network *network_open(const char *path, const Device *device, ModelCard *card, Error *error);

/* --pretrained: load what fits. A HADNet file gives all it has; any other file gives the backbone,
 * matched by name (torchvision's wide_resnet50_2, for wrn50). *loaded counts the parameters; none
 * is an error. */
bool network_load_pretrained(Network *network, const char *path, int *loaded, Error *error);

PUBLIC_END

#endif
