/* workspace.c - the buffers of each thread, released when it ends. */
#include "tensor/workspace.h"
#include "tensor/device.h"
#include "tensor/memory.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Workspace {
    real *buffers[WORKSPACE_PURPOSES];
    size_t bytes[WORKSPACE_PURPOSES];
    struct Workspace *next;
} Workspace;

/* The registry of all threads' workspaces. A thread finds its own without the lock; the lock
 * guards the list and the two counters. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static Workspace *workspaces;
static int64_t system_allocations;
static size_t total_bytes;

static void release_buffers(Workspace *workspace) {
    for (int i = 0; i < WORKSPACE_PURPOSES; i++) {
        device_cpu()->deallocate(workspace->buffers[i]);
        total_bytes -= workspace->bytes[i];
        workspace->buffers[i] = NULL;
        workspace->bytes[i] = 0;
    }
}

/* Runs when a thread ends. */
static void release_thread(void *ending) {
    pthread_mutex_lock(&lock);
    for (Workspace **place = &workspaces; *place; place = &(*place)->next)
        if (*place == ending) {
            *place = (*place)->next;
            break;
        }
    release_buffers(ending);
    pthread_mutex_unlock(&lock);
    free(ending);
}

static void create_key(void) {
    PROMISE(pthread_key_create(&key, release_thread) == 0, "no key for thread workspaces");
}

static Workspace *thread_workspace(void) {
    pthread_once(&once, create_key);
    Workspace *workspace = pthread_getspecific(key);
    if (workspace) return workspace;
    workspace = memory_new(1, sizeof *workspace);
    if (pthread_setspecific(key, workspace) != 0) memory_exhausted(sizeof *workspace);
    pthread_mutex_lock(&lock);
    workspace->next = workspaces;
    workspaces = workspace;
    pthread_mutex_unlock(&lock);
    return workspace;
}

real *workspace_reals(WorkspacePurpose purpose, int64_t count) {
    Workspace *workspace = thread_workspace();
    PROMISE(count >= 0 && (uint64_t)count <= SIZE_MAX / 2 / sizeof(real), "workspace size");
    const size_t wanted = (size_t)count * sizeof(real);
    if (workspace->buffers[purpose] && wanted <= workspace->bytes[purpose])
        return workspace->buffers[purpose];
    /* Growing by at least a quarter avoids an allocation at every slow increase. */
    const size_t grown = workspace->bytes[purpose] + workspace->bytes[purpose] / 4;
    const size_t bytes = (wanted > grown ? wanted : grown) + 1;
    pthread_mutex_lock(&lock);
    device_cpu()->deallocate(workspace->buffers[purpose]);
    total_bytes -= workspace->bytes[purpose];
    workspace->buffers[purpose] = device_cpu()->allocate(bytes);
    workspace->bytes[purpose] = workspace->buffers[purpose] ? bytes : 0;
    total_bytes += workspace->bytes[purpose];
    system_allocations++;
    pthread_mutex_unlock(&lock);
    if (!workspace->buffers[purpose]) memory_exhausted(bytes);
    return workspace->buffers[purpose];
}

void workspace_release_all(void) {
    pthread_mutex_lock(&lock);
    for (Workspace *workspace = workspaces; workspace; workspace = workspace->next)
        release_buffers(workspace);
    pthread_mutex_unlock(&lock);
}

int64_t workspace_system_allocations(void) {
    pthread_mutex_lock(&lock);
    const int64_t count = system_allocations;
    pthread_mutex_unlock(&lock);
    return count;
}

size_t workspace_bytes(void) {
    pthread_mutex_lock(&lock);
    const size_t bytes = total_bytes;
    pthread_mutex_unlock(&lock);
    return bytes;
}
