/* image_reader.c - one thread that stays one image ahead. */
#include "hadnet/prediction/image_reader.h"

#include "tensor/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct ImageReader {
    const Results *results;
    int next; /* the image to be read next */
    bool in_background;
    pthread_t thread;
    pthread_mutex_t lock; /* protects what follows */
    pthread_cond_t changed;
    ReadImage ahead; /* read and not yet taken */
    bool is_ahead, is_closing;
};

static ReadImage read_image(const Results *results, int index) {
    ReadImage read = { .index = index };
    const ListedImage *listed = results->images[index].listed;
    if (listed->problem)
        error_set(&read.error, "%s", listed->problem);
    else if (results_took_place_of(results, index))
        error_set(&read.error, "%s: a result has taken its place, as --overwrite allows",
                  listed->path);
    else
        read.good = image_read(listed->path, 3, &read.image, &read.error);
    return read;
}

static ReadImage read_next(ImageReader *reader) {
    const Results *results = reader->results;
    while (reader->next < results->count && results->images[reader->next].is_result) reader->next++;
    if (reader->next == results->count) return (ReadImage){ .index = -1 };
    return read_image(results, reader->next++);
}

static void *stay_ahead(void *context) {
    ImageReader *reader = context;
    bool more = true;
    pthread_mutex_lock(&reader->lock);
    while (more) {
        while (reader->is_ahead && !reader->is_closing)
            pthread_cond_wait(&reader->changed, &reader->lock);
        if (reader->is_closing) break;
        pthread_mutex_unlock(&reader->lock);
        const ReadImage read = read_next(reader);
        pthread_mutex_lock(&reader->lock);
        reader->ahead = read;
        reader->is_ahead = true;
        more = read.index >= 0;
        pthread_cond_signal(&reader->changed);
    }
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

/* The thread blocks all signals: they are for the one that opened the reader. */
static bool start(ImageReader *reader) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool good = pthread_create(&reader->thread, NULL, stay_ahead, reader) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

ImageReader *image_reader_open(const Results *results) {
    ImageReader *reader = memory_new(1, sizeof *reader);
    const bool has_next = results->count - results->result_count > 1;
    reader->results = results;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->changed, NULL);
    reader->in_background = has_next && !results->options.overwrite && start(reader);
    return reader;
}

void image_reader_close(ImageReader *reader) {
    if (reader->in_background) {
        pthread_mutex_lock(&reader->lock);
        reader->is_closing = true;
        pthread_cond_signal(&reader->changed);
        pthread_mutex_unlock(&reader->lock);
        pthread_join(reader->thread, NULL);
        if (reader->is_ahead) image_free(&reader->ahead.image);
    }
    pthread_mutex_destroy(&reader->lock);
    pthread_cond_destroy(&reader->changed);
    free(reader);
}

ReadImage image_reader_next(ImageReader *reader) {
    if (!reader->in_background) return read_next(reader);
    pthread_mutex_lock(&reader->lock);
    while (!reader->is_ahead) pthread_cond_wait(&reader->changed, &reader->lock);
    ReadImage read = reader->ahead;
    pthread_mutex_unlock(&reader->lock);
    /* There was no memory for it beside the one before, which is gone by now. The thread waits. */
    if (!read.good && error_is_no_memory(&read.error))
        read = read_image(reader->results, read.index);
    pthread_mutex_lock(&reader->lock);
    reader->is_ahead = read.index < 0; /* that there are no more is told again */
    pthread_cond_signal(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
    return read;
}

bool image_reader_is_ahead(ImageReader *reader) {
    pthread_mutex_lock(&reader->lock);
    const bool is_ahead = reader->is_ahead;
    pthread_mutex_unlock(&reader->lock);
    return is_ahead;
}
