/* feed.c - sends values by pointer on the CPU, by asynchronous copies on a GPU. */
#include "hadnet/model/feed.h"

static bool is_in_place(const Feed *feed) {
    return feed->device->kind == DEVICE_CPU;
}

bool feed_create(Feed *feed, const Device *device, Node *const *inputs, int count, Error *error) {
    PROMISE(count <= FEED_INPUTS_MAX, "a feed of %d inputs", count);
    *feed = (Feed){ .device = device, .count = count };
    for (int i = 0; i < count; i++) {
        FeedPlace *place = &feed->places[i];
        place->input = inputs[i];
        if (!inputs[i] || is_in_place(feed)) continue;
        place->waiting = tensor_create(device, inputs[i]->shape);
        if (!place->waiting.data)
            return error_set(error,
                             "not enough memory for a batch on device %s; try a smaller batch or "
                             "size",
                             device->name);
    }
    /* The staging tensors' memory may have had an owner whose enqueued work is not done, and
     * prefetches do not wait for that work. */
    device->synchronize();
    return true;
}

void feed_destroy(Feed *feed) {
    if (!feed->device) return;
    feed_wait(feed);
    for (int i = 0; i < feed->count; i++) tensor_release(&feed->places[i].waiting);
    *feed = (Feed){ 0 };
}

void feed_send(Feed *feed, const real *const *values) {
    for (int i = 0; i < feed->count; i++) {
        FeedPlace *place = &feed->places[i];
        if (!place->input) continue;
        place->sent = values[i];
        if (!is_in_place(feed))
            feed->device->prefetch(place->waiting.data, values[i], tensor_bytes(&place->waiting));
    }
}

void feed_use(Feed *feed) {
    feed->device->begin_use();
    for (int i = 0; i < feed->count; i++) {
        const FeedPlace *place = &feed->places[i];
        if (!place->input) continue;
        if (is_in_place(feed))
            graph_input_at(place->input, place->sent);
        else
            tensor_copy(&place->input->value, &place->waiting);
    }
    feed->device->end_use();
}

void feed_wait(const Feed *feed) {
    feed->device->prefetched();
}
