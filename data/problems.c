#include "data/problems.h"

#include "data/allocate.h"

void problems_start(Problems *problems) {
    *problems = (Problems){ 0 };
    PROMISE(pthread_mutex_init(&problems->lock, NULL) == 0, "cannot make a mutex");
}

void problems_add(Problems *problems, const char *line) {
    pthread_mutex_lock(&problems->lock);
    problems->lines = allocate_one_more(problems->lines, (size_t)problems->count, sizeof(char *));
    problems->lines[problems->count++] = allocate_text(line);
    pthread_mutex_unlock(&problems->lock);
}

void problems_end(Problems *problems) {
    for (int i = 0; i < problems->count; i++) free(problems->lines[i]);
    free(problems->lines);
    pthread_mutex_destroy(&problems->lock);
    *problems = (Problems){ 0 };
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
    char *line = allocate_text(problems->lines[index]);
    pthread_mutex_unlock(&problems->lock);
    return line;
}
