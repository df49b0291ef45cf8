/* feed.h - values on their way into the inputs of a graph: the one way for training, AFSS,
 * evaluation and prediction.
 *
 *     feed_send(&feed, values);            (the first)
 *     while (...) {
 *         feed_use(&feed);                 the graph's inputs hold the values sent last
 *         ... give the device its work ...
 *         feed_wait(&feed);                what was sent before may change
 *         feed_send(&feed, next values);   travel while the device computes
 *         ... wait for the work ...
 *     }
 *
 * Nothing is copied on the host. On the CPU an input's value is moved to where the values lie. A GPU
 * reads them beside its ordered work, into a waiting place, and copies them into the inputs from
 * there: a recording of its work knows the inputs by their addresses. It does so beside the work
 * where the values lie in memory of Device.allocate_host, as the batches of a loader do that was
 * given the device.
 */
#ifndef HADNET_FEED_H
#define HADNET_FEED_H

#include "autograd/graph.h"

enum { FEED_INPUTS_MAX = 4 };

/* One input of a graph: what is to be its value. */
typedef struct FeedPlace {
    Node *input;      /* NULL: the graph has no such input */
    const real *sent; /* on the host */
    Tensor waiting;   /* on a GPU; empty on the CPU */
} FeedPlace;

typedef struct Feed {
    const Device *device;
    FeedPlace places[FEED_INPUTS_MAX];
    int count;
} Feed;

/* For `count` inputs, of which some may be NULL, of a graph on that device. The graph must outlive
 * the feed. false: no memory; free with feed_destroy in any case. */
bool feed_create(Feed *feed, const Device *device, Node *const *inputs, int count, Error *error);
void feed_destroy(Feed *feed);

/* Begin to bring values[i], as many as its shape holds, to input i. They must stay as they are until
 * feed_wait or feed_destroy; on the CPU until the work that uses them is done. */
void feed_send(Feed *feed, const real *const *values);

/* From here on the device's work sees in the inputs what was sent last. */
void feed_use(Feed *feed);

/* Return when what was sent has been read. */
void feed_wait(const Feed *feed);

#endif
