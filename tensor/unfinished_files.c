/* unfinished_files.c - a fixed table of file names, safe to use in a signal handler. */
#include "tensor/unfinished_files.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 16, PATH_BYTES = 4096 };
enum { FREE, FILLING, LISTED };

typedef struct Place {
    atomic_int state;
    char path[PATH_BYTES];
} Place;

/* A signal handler can use only static data. If it reads a name while another thread overwrites it,
 * it reads a mixture of two names; as both end in .new, it removes no other file. */
static Place places[PLACES];

int unfinished_files_list(const char *path) {
    if (strlen(path) >= PATH_BYTES) return -1;
    for (int i = 0; i < PLACES; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&places[i].state, &expected, FILLING)) continue;
        strcpy(places[i].path, path);
        atomic_store(&places[i].state, LISTED);
        return i;
    }
    return -1;
}

void unfinished_files_drop(int place) {
    if (place >= 0) atomic_store(&places[place].state, FREE);
}

void unfinished_files_remove(void) {
    for (int i = 0; i < PLACES; i++)
        if (atomic_load(&places[i].state) == LISTED) unlink(places[i].path);
}
