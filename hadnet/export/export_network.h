/* export_network.h - exports a network to the formats of other programs. */
#ifndef HADNET_EXPORT_NETWORK_H
#define HADNET_EXPORT_NETWORK_H

#include "hadnet/model/model_card.h"

/* Write an ONNX model that gives the answers of hadnet_predict. It is converted node by node from
 * the graph that hadnet_predict runs.
 *
 *     image          uint8 [N,H,W,3]           red, green, blue, of any size
 *     mask           uint8 [N,H,W]             the most probable class
 *     score          float [N,H,W]             1 - P(class 0)
 *     probabilities  float [N,classes,H,W]
 *
 * The model includes resizing and normalisation; its metadata_props repeat the card. The network
 * must be on the CPU. false: the error names the path, or an op that has no ONNX form; an existing
 * file of that name is unchanged. */
bool export_onnx(const Network *network, const ModelCard *card, const char *path, Error *error);

/* Write every parameter under the names and in the layout of a PyTorch module's state_dict, as
 * safetensors: filters are [out,in,height,width]. The file also has the channels that the
 * autoencoders read, selected.0 ..., as numbers, and normalise.mean and normalise.std. These are
 * added to the network. */
bool export_torch(Network *network, const ModelCard *card, const char *path, Error *error);

#endif
