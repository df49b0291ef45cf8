/* export_network.h - a network in the formats of other programs. */
#ifndef HADNET_EXPORT_NETWORK_H
#define HADNET_EXPORT_NETWORK_H

#include "hadnet/model/model_card.h"

/* Write an ONNX model that answers as hadnet_predict does, made from the graph that hadnet_predict
 * runs, node by node.
 *
 *     image          uint8 [N,H,W,3]           red, green, blue, of any size
 *     mask           uint8 [N,H,W]             the most probable class
 *     score          float [N,H,W]             1 - P(class 0)
 *     probabilities  float [N,classes,H,W]
 *
 * Resizing and normalisation are part of it; its metadata_props say what the card says. The network
 * lies on the CPU. false: the error names the path, or an op that has no ONNX form; a file of that
 * name is then as it was. */
bool export_onnx(const Network *network, const ModelCard *card, const char *path, Error *error);

/* Write every parameter under the names and in the layout of a PyTorch module's state_dict, as
 * safetensors: filters [out,in,height,width]. Beside the parameters stand the channels that the
 * autoencoders see, selected.0 ..., as numbers, and normalise.mean and normalise.std. These are
 * added to the network. */
bool export_torch(Network *network, const ModelCard *card, const char *path, Error *error);

#endif
