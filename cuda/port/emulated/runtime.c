/* runtime.c - launches, copies, prefetches and recordings of the emulated GPU. Ordered work is
 * executed at once. Prefetches are executed as late as their contract allows, which exposes a
 * source that is changed too early and data that are used too early. */
#include "cuda/port/emulated/emulator.h"
#include "tensor/error.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

typedef enum CommandKind { COMMAND_LAUNCH, COMMAND_COPY, COMMAND_SET } CommandKind;

typedef struct Command {
    CommandKind kind;
    EmulatedKernel kernel;
    int64_t blocks;
    void *arguments; /* owned */
    void *to;
    const void *from;
    int byte;
    size_t bytes;
} Command;

struct EmulatedRecording {
    Command *commands;
    size_t count, capacity;
};

static void do_command(const Command *command) {
    emulated_memory_open();
    switch (command->kind) {
    case COMMAND_LAUNCH:
        emulated_run(&command->kernel, command->blocks, command->arguments);
        emulated_memory_check(command->kernel.name);
        break;
    case COMMAND_COPY:
        if (command->bytes) memcpy(command->to, command->from, command->bytes);
        break;
    case COMMAND_SET:
        if (command->bytes) memset(command->to, command->byte, command->bytes);
        break;
    }
    emulated_memory_close();
}

static void append(EmulatedRecording *recording, Command command) {
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity ? 2 * recording->capacity : 64;
        recording->commands =
            memory_resize(recording->commands, recording->capacity, sizeof *recording->commands);
    }
    if (command.kind == COMMAND_LAUNCH) {
        const void *arguments = command.arguments;
        command.arguments = memcpy(memory_new(command.kernel.argument_bytes, 1), arguments,
                                   command.kernel.argument_bytes);
    }
    recording->commands[recording->count++] = command;
}

static void enqueue(EmulatedRuntime *runtime, const Command *command) {
    if (runtime->recording)
        append(runtime->recording, *command);
    else
        do_command(command);
}

static void refuse_while_recording(const EmulatedRuntime *runtime, const char *what) {
    PROMISE(!runtime->recording, "%s while work is being recorded", what);
}

/* ---- Ordered work ---- */

void emulated_launch(EmulatedRuntime *runtime, const EmulatedKernel *kernel, int64_t blocks,
                     const void *arguments) {
    enqueue(runtime, &(Command){ .kind = COMMAND_LAUNCH,
                                 .kernel = *kernel,
                                 .blocks = blocks,
                                 .arguments = (void *)arguments });
}

void emulated_upload(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes) {
    refuse_while_recording(runtime, "an upload"); /* its source will have changed at the replay */
    enqueue(runtime, &(Command){ .kind = COMMAND_COPY, .to = to, .from = from, .bytes = bytes });
}

void emulated_download(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes) {
    refuse_while_recording(runtime, "a download");
    enqueue(runtime, &(Command){ .kind = COMMAND_COPY, .to = to, .from = from, .bytes = bytes });
}

void emulated_copy(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes) {
    enqueue(runtime, &(Command){ .kind = COMMAND_COPY, .to = to, .from = from, .bytes = bytes });
}

void emulated_set(EmulatedRuntime *runtime, void *memory, int byte, size_t bytes) {
    enqueue(runtime, &(Command){ .kind = COMMAND_SET, .to = memory, .byte = byte, .bytes = bytes });
}

void emulated_wait(EmulatedRuntime *runtime) {
    refuse_while_recording(runtime, "a wait");
}

/* ---- Prefetches ---- */

void emulated_prefetch(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes) {
    if (!runtime->prefetches) runtime->prefetches = memory_new(1, sizeof(EmulatedRecording));
    append(runtime->prefetches,
           (Command){ .kind = COMMAND_COPY, .to = to, .from = from, .bytes = bytes });
}

void emulated_prefetched(EmulatedRuntime *runtime) {
    EmulatedRecording *prefetches = runtime->prefetches;
    for (size_t i = 0; prefetches && i < prefetches->count; i++)
        do_command(&prefetches->commands[i]);
    emulated_forget(prefetches);
    runtime->prefetches = NULL;
}

void emulated_begin_use(EmulatedRuntime *runtime) {
    emulated_prefetched(runtime);
}

void emulated_end_use(EmulatedRuntime *runtime) {
    (void)runtime; /* ordered work is done at once */
}

/* ---- Recordings ---- */

void emulated_record(EmulatedRuntime *runtime) {
    refuse_while_recording(runtime, "a recording");
    runtime->recording = memory_new(1, sizeof(EmulatedRecording));
}

void *emulated_recorded(EmulatedRuntime *runtime) {
    EmulatedRecording *recording = runtime->recording;
    runtime->recording = NULL;
    return recording;
}

void emulated_replay(EmulatedRuntime *runtime, void *handle) {
    const EmulatedRecording *recording = handle;
    refuse_while_recording(runtime, "a replay");
    for (size_t i = 0; i < recording->count; i++) do_command(&recording->commands[i]);
}

void emulated_forget(void *handle) {
    EmulatedRecording *recording = handle;
    if (!recording) return;
    for (size_t i = 0; i < recording->count; i++) free(recording->commands[i].arguments);
    free(recording->commands);
    free(recording);
}
