/* feed.h - copies host values to the inputs of a graph; used by training, AFSS, evaluation and
 * prediction.
 *
 *     feed_send(&feed, values);            the first
 *     while (...) {
 *         feed_use(&feed);                 the inputs now have the values sent last
 *         ... enqueue the device's work ...
 *         feed_wait(&feed);                the values sent last have been read: they may change
 *         feed_send(&feed, next values);   copied while the device computes
 *         ... wait for the work ...
 *     }
 *
 * Nothing is copied on the host. On the CPU an input's value is set to point to the values. On a
 * GPU they are first copied to a staging tensor, concurrently with the enqueued work, and then from
 * there to the input: a recording of the work knows the inputs by address. The copy is concurrent
 * only if the values are in memory of Device.allocate_host, as a loader's batches are if the loader
 * was given the device.
 */
#ifndef HADNET_FEED_H
#define HADNET_FEED_H

#include "autograd/graph.h"

enum { FEED_INPUTS_MAX = 4 };

/* One input of a graph, and the values for it. */
typedef struct FeedPlace {
    Node *input;      /* NULL: the graph has no such input */
    const real *sent; /* on the host */
    Tensor waiting;   /* the staging tensor on a GPU; empty on the CPU */
} FeedPlace;

typedef struct Feed {
    const Device *device;
    FeedPlace places[FEED_INPUTS_MAX];
    int count;
} Feed;

/* A feed for `count` inputs, some of which may be NULL, of a graph on that device. The graph must
 * outlive the feed. false: out of memory; call feed_destroy in any case. */
bool feed_create(Feed *feed, const Device *device, Node *const *inputs, int count, Error *error);
void feed_destroy(Feed *feed);

/* Start to copy values[i] to input i. They must not change until feed_wait or feed_destroy; on the
 * CPU, until the work that uses them is done. */
void feed_send(Feed *feed, const real *const *values);

/* From here on enqueued work sees the values sent last in the inputs. */
void feed_use(Feed *feed);

/* Wait until the values sent last have been read. */
void feed_wait(const Feed *feed);

#endif
