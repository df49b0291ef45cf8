/* feed.h - batches on their way into the inputs of a graph.
 *
 *     feed_send(&feed, batch);             (the first)
 *     while (...) {
 *         feed_use(&feed);                 the graph's inputs hold the batch sent last
 *         ... give the device a step ...
 *         feed_send(&feed, next batch);    travels while the device computes
 *         ... wait for the step ...
 *     }
 *
 * A batch is written as reals into host memory that the device can read by itself, copied from
 * there beside the ordered work to a waiting place on the device, and from there into the inputs.
 */
#ifndef HADNET_FEED_H
#define HADNET_FEED_H

#include "data/loader.h"
#include "hadnet/training/training_graph.h"

/* One input of the graph: where its next value is on the host, and where it waits on the device. */
typedef struct FeedPlace {
    const Node *node; /* NULL: the graph has no such input */
    real *host;
    Tensor waiting;
} FeedPlace;

typedef struct Feed {
    const Device *device;
    FeedPlace image, labels, twin, has_twin;
} Feed;

/* The graph must outlive the feed. false: no memory; free with feed_destroy in any case. */
bool feed_create(Feed *feed, const TrainingGraph *graph, const Device *device, Error *error);
void feed_destroy(Feed *feed);

/* Begin to copy a batch; it may change as soon as this returns. */
void feed_send(Feed *feed, const Batch *batch);

/* From here on the device's work sees the batch that was sent last in the graph's inputs. */
void feed_use(Feed *feed);

#endif
