#include "hadnet/training/feed.h"

static bool place_create(FeedPlace *place, const Node *node, const Device *device) {
    if (!node) return true;
    place->node = node;
    place->host = device->allocate_host((size_t)shape_elements(&node->shape) * sizeof(real));
    place->waiting = tensor_create(device, node->shape);
    return place->host && place->waiting.data;
}

bool feed_create(Feed *feed, const TrainingGraph *graph, const Device *device, Error *error) {
    *feed = (Feed){ .device = device };
    if (!place_create(&feed->image, graph->image, device) ||
        !place_create(&feed->labels, graph->labels, device) ||
        !place_create(&feed->twin, graph->twin, device) ||
        !place_create(&feed->has_twin, graph->has_twin, device))
        return error_set(error,
                         "not enough memory for a batch on device %s; try a smaller batch or size",
                         device->name);
    /* The waiting places may have had an owner whose ordered work is not done, and prefetches do
     * not wait for it. */
    device->synchronize();
    return true;
}

static void place_destroy(FeedPlace *place, const Device *device) {
    if (place->host) device->deallocate_host(place->host);
    tensor_release(&place->waiting);
}

void feed_destroy(Feed *feed) {
    if (!feed->device) return;
    feed->device->prefetched();
    place_destroy(&feed->image, feed->device);
    place_destroy(&feed->labels, feed->device);
    place_destroy(&feed->twin, feed->device);
    place_destroy(&feed->has_twin, feed->device);
    *feed = (Feed){ 0 };
}

static void send(const Feed *feed, const FeedPlace *place) {
    feed->device->prefetch(place->waiting.data, place->host, tensor_bytes(&place->waiting));
}

static void send_floats(const Feed *feed, const FeedPlace *place, const float *values) {
    if (!place->node) return;
    const int64_t n = shape_elements(&place->node->shape);
    for (int64_t i = 0; i < n; i++) place->host[i] = (real)values[i];
    send(feed, place);
}

void feed_send(Feed *feed, const Batch *batch) {
    feed->device->prefetched(); /* the host places are free again */
    send_floats(feed, &feed->image, batch->images);
    send_floats(feed, &feed->twin, batch->twins);
    send_floats(feed, &feed->has_twin, batch->has_twin);
    const int64_t pixels = shape_elements(&feed->labels.node->shape);
    for (int64_t i = 0; i < pixels; i++) feed->labels.host[i] = (real)batch->labels[i];
    send(feed, &feed->labels);
}

static void use(const FeedPlace *place) {
    if (place->node) tensor_copy(&place->node->value, &place->waiting);
}

void feed_use(Feed *feed) {
    feed->device->begin_use();
    use(&feed->image);
    use(&feed->labels);
    use(&feed->twin);
    use(&feed->has_twin);
    feed->device->end_use();
}
