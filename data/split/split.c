/* split.c - groups samples by scene and class, and deals the groups out to the parts. */
#include "data/split/split.h"

#include "data/split/near_copies.h"
#include "data/survey.h"
#include "tensor/memory.h"
#include "tensor/random.h"

#include <stdlib.h>
#include <string.h>

enum { SPLIT_PURPOSE = 0x53504c };

const char *split_kind_name(SplitKind kind) {
    static const char *const names[SPLIT_KINDS] = { "official", "scene", "file" };
    return names[kind];
}

bool split_kind_of(const char *word, SplitKind *kind, Error *error) {
    for (*kind = SPLIT_OFFICIAL; *kind < SPLIT_KINDS; ++*kind)
        if (!strcmp(word, split_kind_name(*kind))) return true;
    *kind = SPLIT_OFFICIAL;
    return error_set(error, "unknown split '%s'; expected official, scene or file", word);
}

/* Take the signatures from the survey, if they were asked for when the dataset was opened. */
static void take_signature(const Sample *sample, Signature *signature) {
    Survey *survey = sample->survey;
    Image grey;
    Error error = { "" };
    if (survey && survey->signature) {
        *signature = *survey->signature;
        free(survey->signature);
        survey->signature = NULL;
    } else if (image_read(sample->image, 1, &grey, &error)) {
        signature_of(&grey, signature);
        image_free(&grey);
    }
    memory_must_suffice(&error);
}

void split_find_scenes(Dataset *dataset) {
    const int count = dataset->count;
    if (dataset->samples[0].scene >= 0) return; /* generated images come with theirs */
    Signature *signatures = memory_new((size_t)count, sizeof *signatures);
    int *scenes = memory_new((size_t)count, sizeof(int));
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < count; i++) take_signature(&dataset->samples[i], &signatures[i]);
    near_copies_group(signatures, count, scenes);
    for (int i = 0; i < count; i++) dataset->samples[i].scene = scenes[i];
    free(signatures);
    free(scenes);
}

/* Images that stay together, and the class by which they are distributed. */
typedef struct Group {
    int first, count; /* a run in `order` */
    int label;
} Group;

typedef struct Groups {
    int *order; /* sample indices, group after group */
    Group *groups;
    int count;
} Groups;

/* Group the samples of one release: by scene, or each by itself. */
static Groups groups_of(const Dataset *dataset, SplitKind kind, bool all, Release release) {
    const size_t n = (size_t)dataset->count;
    Groups result = { memory_new(n, sizeof(int)), memory_new(n, sizeof(Group)), 0 };
    int *group_of_scene = memory_new(n, sizeof(int)), *group = memory_new(n, sizeof(int));
    for (int i = 0; i < dataset->count; i++) {
        const Sample *sample = &dataset->samples[i];
        group[i] = -1;
        if (!all && sample->release != release) continue;
        int *known = kind == SPLIT_SCENE ? &group_of_scene[sample->scene] : NULL;
        group[i] = known && *known ? *known - 1 : result.count++;
        if (known) *known = group[i] + 1;
        Group *into = &result.groups[group[i]];
        if (sample->label > into->label) into->label = sample->label;
        into->count++;
    }
    for (int g = 1; g < result.count; g++)
        result.groups[g].first = result.groups[g - 1].first + result.groups[g - 1].count;
    for (int g = 0; g < result.count; g++) result.groups[g].count = 0;
    for (int i = 0; i < dataset->count; i++)
        if (group[i] >= 0) {
            Group *into = &result.groups[group[i]];
            result.order[into->first + into->count++] = i;
        }
    free(group_of_scene);
    free(group);
    return result;
}

static void put(Dataset *dataset, const Groups *groups, int group, Part part) {
    const Group *run = &groups->groups[group];
    for (int k = 0; k < run->count; k++)
        dataset->samples[groups->order[run->first + k]].part = part;
}

/* In a small set a part may be left without any group: give it one of the largest part's. */
static void fill_empty_parts(Dataset *dataset, const Groups *groups, Part *parts,
                             const double shares[PARTS]) {
    for (Part part = PART_TRAIN; part < PARTS; part++) {
        int held[PARTS] = { 0 }, last = -1;
        for (int g = 0; g < groups->count; g++) held[parts[g]]++;
        if (shares[part] == 0 || held[part] > 0) continue;
        Part largest = PART_TRAIN;
        for (Part other = PART_TRAIN; other < PARTS; other++)
            if (held[other] > held[largest]) largest = other;
        for (int g = 0; g < groups->count; g++)
            if (parts[g] == largest) last = g;
        if (held[largest] < 2) continue;
        parts[last] = part;
        put(dataset, groups, last, part);
    }
}

/* Class by class, in shuffled order, each group goes to the part that is furthest below its share
 * of the images assigned so far. */
static void deal(Dataset *dataset, const Groups *groups, const double shares[PARTS],
                 uint64_t seed) {
    int *order = memory_new((size_t)groups->count, sizeof(int)), given[PARTS] = { 0 }, total = 0;
    Part *parts = memory_new((size_t)groups->count, sizeof(Part));
    for (int label = -1; label < dataset->class_count; label++) {
        int count = 0;
        for (int g = 0; g < groups->count; g++)
            if (groups->groups[g].label == label) order[count++] = g;
        Random random = random_stream(seed, SPLIT_PURPOSE, (uint64_t)(label + 1), 0);
        random_shuffle(&random, order, count);
        for (int k = 0; k < count; k++) {
            const int size = groups->groups[order[k]].count;
            Part best = PART_TRAIN;
            double most = -1e30;
            for (Part part = PART_TRAIN; part < PARTS; part++) {
                const double missing = shares[part] * (total + size) - given[part];
                if (shares[part] > 0 && missing > most) {
                    most = missing;
                    best = part;
                }
            }
            parts[order[k]] = best;
            put(dataset, groups, order[k], best);
            given[best] += size;
            total += size;
        }
    }
    fill_empty_parts(dataset, groups, parts, shares);
    free(order);
    free(parts);
}

static bool has_release(const Dataset *dataset) {
    bool train = false, test = false;
    for (int i = 0; i < dataset->count; i++) {
        train |= dataset->samples[i].release == RELEASE_TRAIN;
        test |= dataset->samples[i].release == RELEASE_TEST;
    }
    return train && test;
}

bool split_dataset(Dataset *dataset, SplitKind kind, uint64_t seed, Error *error) {
    static const double pooled[PARTS] = { 0.8, 0.1, 0.1 }, tenth[PARTS] = { 0.9, 0.1, 0 };
    PROMISE(kind == SPLIT_OFFICIAL || kind == SPLIT_SCENE, "split of kind %d", (int)kind);
    if (kind == SPLIT_SCENE) split_find_scenes(dataset);
    const bool released = kind == SPLIT_OFFICIAL && has_release(dataset);
    Groups groups = groups_of(dataset, kind, !released, RELEASE_TRAIN);
    for (int i = 0; i < dataset->count; i++) dataset->samples[i].part = PART_TEST;
    deal(dataset, &groups, released ? tenth : pooled, seed);
    const int count = groups.count;
    free(groups.order);
    free(groups.groups);
    int held[PARTS] = { 0 };
    for (int i = 0; i < dataset->count; i++) held[dataset->samples[i].part]++;
    for (Part part = PART_TRAIN; part < PARTS; part++)
        if (held[part] == 0)
            return error_set(error,
                             "%s: no images left for %s; %d images in %d scenes cannot "
                             "be parted in three",
                             dataset->folder, dataset_part_name(part), dataset->count, count);
    return true;
}
