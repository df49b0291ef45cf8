/* A recording, and memory allocated between two of its replays: memory that the recording has freed
 * may be reused. */
#include "tensor/recording.h"
#include "tensor/tensor.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

enum { COUNT = 1000 };

typedef struct Work {
    const Device *gpu;
    Tensor out;
} Work;

/* out = 7, by way of scratch that is given back at once. */
static bool enqueue(void *context, Error *error) {
    (void)error;
    const Work *work = context;
    Tensor scratch = tensor_create(work->gpu, shape_1(COUNT));
    tensor_fill(&scratch, 7);
    tensor_copy(&work->out, &scratch);
    tensor_release(&scratch);
    return true;
}

static bool all_are(const Tensor *tensor, real value) {
    real host[COUNT];
    tensor_download(tensor, host);
    for (int i = 0; i < COUNT; i++)
        if (host[i] != value) return false;
    return true;
}

static void run(Recording *recording, Work *work) {
    tensor_fill(&work->out, 0);
    CHECK(recording_run(recording, enqueue, work, NULL));
    CHECK(all_are(&work->out, 7));
}

static Tensor make_of_threes(const Device *gpu) {
    const Tensor tensor = tensor_create(gpu, shape_1(COUNT));
    tensor_fill(&tensor, 3);
    return tensor;
}

TEST(gpu_recording_leaves_what_was_made_between_replays) {
    Work work = { .gpu = gpu_for_tests() };
    if (!work.gpu) return;
    Recording recording = recording_create(work.gpu);
    work.out = tensor_create(work.gpu, shape_1(COUNT));
    for (int i = 0; i < 3; i++) run(&recording, &work);
    CHECK(recording.made);
    Tensor kept = make_of_threes(work.gpu);
    for (int i = 0; i < 3; i++) {
        run(&recording, &work);
        CHECK(all_are(&kept, 3));
    }
    /* It was recorded again once, and not for every run. */
    const void *made = recording.made;
    run(&recording, &work);
    CHECK(made && recording.made == made);
    tensor_release(&kept);
    recording_destroy(&recording);
    tensor_release(&work.out);
}

/* What is given back before the next replay, as an evaluation's memory is, costs nothing: neither
 * memory nor a new recording. */
TEST(gpu_recording_shares_its_memory_between_replays) {
    Work work = { .gpu = gpu_for_tests() };
    if (!work.gpu) return;
    Recording recording = recording_create(work.gpu);
    work.out = tensor_create(work.gpu, shape_1(COUNT));
    for (int i = 0; i < 3; i++) run(&recording, &work);
    const int64_t asked = memory_use(work.gpu).system_allocations;
    const void *made = recording.made;
    for (int i = 0; i < 3; i++) {
        Tensor passing = make_of_threes(work.gpu);
        CHECK(all_are(&passing, 3));
        tensor_release(&passing);
        run(&recording, &work);
    }
    CHECK(memory_use(work.gpu).system_allocations == asked);
    CHECK(made && recording.made == made);
    recording_destroy(&recording);
    tensor_release(&work.out);
}
