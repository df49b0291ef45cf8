/* fuzz_dataset.c - a user's dataset folder: classes.txt, and the names of images and masks. The
 * bytes are classes.txt up to a zero byte, then lines. Each line is the name of a small image; or,
 * if it begins with 'm', of a mask filled with the label that its second letter gives. */
#include "data/dataset.h"
#include "data/split/split.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 4, NAMES_MOST = 12 };

static char root[32] = "/dev/shm/fuzz_XXXXXX";

static void remove_root(void) {
    const char *const folders[] = { "/images", "/masks", "" };
    char path[64];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", root, folders[i]);
        rmdir(path);
    }
}

static void make_root(void) {
    char path[64];
    if (!mkdtemp(root)) {
        snprintf(root, sizeof root, "/tmp/fuzz_XXXXXX");
        PROMISE(mkdtemp(root), "no folder");
    }
    snprintf(path, sizeof path, "%s/images", root);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/masks", root);
    mkdir(path, 0700);
    atexit(remove_root);
}

static void empty(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s/%s", root, folder, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlink(path);
    }
    if (directory) closedir(directory);
}

static void write_picture(const char *line, size_t length) {
    char path[512];
    const bool mask = line[0] == 'm';
    if (length < 3 || length > 200 || memchr(line, '/', length) || memchr(line, '\0', length))
        return;
    snprintf(path, sizeof path, "%s/%s/%.*s", root, mask ? "masks" : "images", (int)length - 2,
             line + 2);
    Image picture = image_new(SIDE, SIDE, mask ? 1 : 3);
    memset(picture.pixels, mask ? line[1] & 3 : line[1], image_bytes(&picture));
    image_write_png(path, &picture, NULL);
    image_free(&picture);
}

static void write_classes(const uint8_t *bytes, size_t count) {
    char path[64];
    snprintf(path, sizeof path, "%s/classes.txt", root);
    unlink(path);
    FILE *file = count ? fopen(path, "wb") : NULL;
    if (!file) return;
    fwrite(bytes, 1, count, file);
    fclose(file);
}

static void use(Dataset *dataset) {
    Error error = { "" };
    PROMISE(dataset->class_count >= 2 && dataset->class_count <= CLASSES_MAX, "%d classes",
            dataset->class_count);
    const bool parted = split_dataset(dataset, SPLIT_SCENE, 1, &error);
    fuzz_judge(parted, &error);
    for (int i = 0; i < dataset->count; i++) {
        Image image, labels;
        error.text[0] = '\0';
        const bool good = dataset_load(dataset, i, &image, &labels, &error);
        fuzz_judge(good, &error);
        for (size_t k = 0; good && k < image_bytes(&labels); k++)
            PROMISE(labels.pixels[k] < dataset->class_count || labels.pixels[k] == LABEL_IGNORE,
                    "label %d of %d classes", labels.pixels[k], dataset->class_count);
        image_free(&image);
        image_free(&labels);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (strstr(root, "XXXXXX")) make_root();
    const uint8_t *zero = count ? memchr(bytes, 0, count) : NULL;
    const size_t classes = zero ? (size_t)(zero - bytes) : count;
    write_classes(bytes, classes);
    const char *line = (const char *)bytes + classes + (zero != NULL);
    const char *end = (const char *)bytes + count;
    for (int i = 0; i < NAMES_MOST && line < end; i++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        write_picture(line, (size_t)((stop ? stop : end) - line));
        line = stop ? stop + 1 : end;
    }
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", root, NULL, &error);
    fuzz_judge(dataset != NULL, &error);
    if (dataset) use(dataset);
    dataset_free(dataset);
    write_classes(NULL, 0);
    empty("images");
    empty("masks");
    return 0;
}
