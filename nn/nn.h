/* nn.h - public header of nn/: parameters, layers, optimisers, schedules, networks, weight files.
 *
 *     #include "nn/nn.h"
 *     #include <stdio.h>
 *
 *     int main(void) { // one linear layer learns y = x0 + x1
 *         Error error = { "" };
 *         ParameterSet *set = parameter_set_create(device_cpu(), 1);
 *         LinearLayer layer = layer_linear_create(set, "linear", 2, 1, true);
 *         Graph *graph = graph_create(device_cpu(), true);
 *         Node *x = graph_input(graph, "x", shape_2(4, 2)), *y = graph_input(graph, "y", shape_2(4, 1));
 *         Node *loss = op_mean_squared_error(layer_linear_apply(graph, &layer, x), y);
 *         graph_set_loss(graph, loss);
 *         RuleTable rules = rule_table(&rule_adam);
 *         OptimiserOptions options = optimiser_options();
 *         Optimiser *optimiser = optimiser_create(set, &rules, &options, &error);
 *         if (!optimiser) return puts(error.text), 2;
 *         tensor_upload(&x->value, (const real[]){ 0, 0, 0, 1, 1, 0, 1, 1 });
 *         tensor_upload(&y->value, (const real[]){ 0, 1, 1, 2 });
 *         for (int step = 0; step < 500; step++)
 *             if (!graph_forward(graph, &error) || !graph_backward(graph, &error) ||
 *                 !optimiser_step(optimiser, 0.05, &error))
 *                 return puts(error.text), 2;
 *         real last;
 *         tensor_download(&loss->value, &last);
 *         printf("loss below 1e-4: %s\n", last < 1e-4 ? "yes" : "no");
 *         optimiser_destroy(optimiser);
 *         graph_destroy(graph);
 *         parameter_set_destroy(set);
 *         return 0;
 *     }
 *
 * parameters.h  the named parameters of a model      initialise.h  their first values
 * layers.h      an op together with its parameters   compact_network.h, wide_resnet.h  networks
 * optimiser.h   steps that make a loss smaller       schedule.h  the learning rate of a step
 * weight_average.h  a moving average of weights
 * weights.h     parameters to and from files         metadata.h  lines of text in such a file
 * safetensors.h the format of those files, for what holds no ParameterSet
 */
#ifndef NN_NN_H
#define NN_NN_H

#include "autograd/autograd.h"
#include "nn/compact_network.h"
#include "nn/initialise.h"
#include "nn/layers.h"
#include "nn/metadata.h"
#include "nn/optimiser.h"
#include "nn/parameters.h"
#include "nn/safetensors.h"
#include "nn/schedule.h"
#include "nn/weight_average.h"
#include "nn/weights.h"
#include "nn/wide_resnet.h"

#endif
