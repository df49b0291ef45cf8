/* problems.c - collects lines about bad files, thread-safe. */
#include "data/problems.h"

#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void problems_start(Problems *problems) {
    *problems = (Problems){ 0 };
    PROMISE(pthread_mutex_init(&problems->lock, NULL) == 0, "cannot make a mutex");
}

void problems_add(Problems *problems, const char *line) {
    pthread_mutex_lock(&problems->lock);
    problems->lines = memory_one_more(problems->lines, (size_t)problems->count, sizeof(char *));
    problems->lines[problems->count++] = memory_text(line);
    pthread_mutex_unlock(&problems->lock);
}

void problems_end(Problems *problems) {
    for (int i = 0; i < problems->count; i++) free(problems->lines[i]);
    free(problems->lines);
    pthread_mutex_destroy(&problems->lock);
    *problems = (Problems){ 0 };
}

static const char *without_folder(const char *line, const char *folder) {
    const size_t length = strlen(folder);
    return !strncmp(line, folder, length) && line[length] == '/' ? line + length + 1 : line;
}

bool problems_fail(Problems *problems, const char *folder, Error *error) {
    enum { SHOWN_AT_MOST = 5, ROOM_FOR_REST = 40 };
    char shown[sizeof error->text] = "";
    pthread_mutex_lock(&problems->lock);
    const int count = problems->count;
    PROMISE(count > 0, "no problem to show");
    const size_t taken = strlen(folder) + ROOM_FOR_REST;
    const size_t room = taken < sizeof shown ? sizeof shown - taken : 0;
    size_t used = 0;
    int i = 0;
    for (; i < count && i < SHOWN_AT_MOST; i++) {
        const char *line = without_folder(problems->lines[i], folder);
        if (i > 0 && used + strlen(line) + 2 >= room) break;
        used += (size_t)snprintf(shown + used, sizeof shown - used, "%s%s", i ? "; " : "", line);
        if (used >= sizeof shown) used = sizeof shown - 1;
    }
    if (count == 1)
        error_set(error, "%s", problems->lines[0]);
    else if (i == count)
        error_set(error, "%s: %d problems: %s", folder, count, shown);
    else
        error_set(error, "%s: %d problems: %s; and %d more", folder, count, shown, count - i);
    pthread_mutex_unlock(&problems->lock);
    return false;
}

int problems_count(Problems *problems) {
    pthread_mutex_lock(&problems->lock);
    const int count = problems->count;
    pthread_mutex_unlock(&problems->lock);
    return count;
}

char *problems_line(Problems *problems, int index) {
    pthread_mutex_lock(&problems->lock);
    PROMISE(index >= 0 && index < problems->count, "problem %d of %d", index, problems->count);
    char *line = memory_text(problems->lines[index]);
    pthread_mutex_unlock(&problems->lock);
    return line;
}
