/* seeds.c - a program that writes the seeds of the fuzz targets: seeds FOLDER. */
#include "tests/fuzz/seeds.h"

#include "hadnet/training/settings.h"
#include "nn/parameters.h"
#include "nn/weights.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *folder; /* of the one call of main */

const char *seed_folder(void) {
    return folder;
}

void seed(const char *target, const char *name, const void *bytes, size_t count) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    FILE *file = fopen(path, "wb");
    PROMISE(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0, "cannot write %s",
            path);
}

void seed_text(const char *target, const char *name, const char *text) {
    seed(target, name, text, strlen(text));
}

/* One entry, orientation `turn`, in either byte order; the first byte says JPEG or PNG. */
static void seed_exif(void) {
    for (char turn = 1; turn <= 8; turn++) {
        char name[16], little[] = "\0II*\0\010\0\0\0\001\0\022\001\003\0\001\0\0\0?\0\0\0\0\0\0\0";
        char big[] = "\1MM\0*\0\0\0\010\0\001\001\022\0\003\0\0\0\001\0?\0\0\0\0\0\0";
        little[19] = turn;
        big[20] = turn;
        snprintf(name, sizeof name, "little_%d", turn);
        seed("exif", name, little, sizeof little - 1);
        snprintf(name, sizeof name, "big_%d", turn);
        seed("exif", name, big, sizeof big - 1);
    }
}

static void seed_weights(void) {
    ParameterSet *set = parameter_set_create(device_cpu(), 0);
    Metadata metadata = { 0 };
    Error error = { "" };
    char path[512];
    parameter_add(set, "a.weight", PARAMETER_WEIGHT, shape_2(2, 3));
    parameter_add(set, "a.bias", PARAMETER_BIAS, shape_1(2));
    parameter_add(set, "conv.weight", PARAMETER_WEIGHT, shape_4(2, 1, 1, 3));
    metadata_set(&metadata, "format", "hadnet 1");
    seed_text("weights", "empty", "\2\0\0\0\0\0\0\0{}");
    snprintf(path, sizeof path, "%s/weights/whole", folder);
    PROMISE(weights_save(set, path, &metadata, &error), "%s", error.text);
    metadata_release(&metadata);
    parameter_set_destroy(set);
}

static void seed_settings(void) {
    Settings settings = settings_default();
    Option table[SETTINGS_OPTIONS_MAX];
    Options options = { .program = "seeds", .purpose = "", .table = table };
    Error error = { "" };
    char path[512];
    options.count = settings_options(&settings, table);
    seed_text("settings", "short", "# a comment\nepochs = 3\n\nspace = euclidean\n");
    snprintf(path, sizeof path, "%s/settings/whole", folder);
    PROMISE(options_write(&options, path, &error), "%s", error.text);
}

static void seed_resume(void) {
    seed_text("resume", "nothing", "");
    seed_text("resume", "state",
              "resume.stage=0x1p+1\nresume.epoch=0x1p+1\nresume.step=0x1.8p+1\n"
              "resume.loss_sum=0x1p+0\nresume.seconds=0x1p+3\nresume.best=0x1p-1\n"
              "resume.best_epoch=0x1p+0\nresume.optimiser_step=0x1p+4");
    seed_text("resume", "numbers", "resume.stage=-1\nresume.epoch=nan\nresume.step=inf\n");
    seed_text("resume", "card",
              "size=32\nclasses=2\nclass.0=a\nclass.1=b\nmean=.5 .5 .5\nstd=1 1 1");
    seed_text("resume", "network", "space=euclidean\nreduction=rlpr\nard=no\ncurvature=1");
    seed_text("resume", "large", "architecture=wrn50\nsize=4096\nclasses=255\ncurvature=1e300");
    seed_text("resume", "selected", "selected.0=0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
}

static void seed_texts(void) {
    seed_text("json", "header",
              "{\"__metadata__\":{\"a\":\"b\"},\"t\":{\"dtype\":\"F32\",\"shape\":[4,4],"
              "\"data_offsets\":[0,64]}}");
    seed_text("json", "value", "[1,-2.5e3,true,false,null,{\"k\":[\"\\u00e9\\ud83d\\ude00\\n\"]}]");
    seed_text("json", "text", "steel \xc3\xa9 \xf0\x9f\x98\x80");
    seed_text("coco", "all",
              "{\"images\":[{\"id\":5,\"file_name\":\"a.png\",\"width\":40,\"height\":30}],"
              "\"categories\":[{\"id\":3,\"name\":\"a\"}],\"annotations\":["
              "{\"image_id\":5,\"category_id\":3,\"segmentation\":[[0,0,9,0,0,9.5]]},"
              "{\"image_id\":5,\"category_id\":3,\"segmentation\":{\"size\":[30,40],\"counts\":"
              "[100,50,1050]}},"
              "{\"image_id\":5,\"category_id\":3,\"segmentation\":{\"size\":[30,40],\"counts\":"
              "\"T3b1dP1\"}}]}");
    seed_text("shapes", "labelme",
              "{\"shapes\":[{\"label\":\"a\",\"points\":[[0,0],[9,0],[0,9.5]]},{\"label\":\"b\","
              "\"shape_type\":\"circle\",\"points\":[[20,10],[25,12]]},{\"label\":\"c\","
              "\"shape_type\":\"rectangle\",\"points\":[[30,20],[10,15]]}],\"imageWidth\":40,"
              "\"imageHeight\":30}");
    seed_text("metrics", "run",
              "epoch,stage,loss,val_miou_defects,val_miou_all,val_pixel_auroc,seconds\n"
              "1,1,3.2,0,0.03,0.65,0.7\n2,3,2.1,,nan,0.66,0.5\n");
    seed_text("metrics", "wild", "epoch,loss\n-1e308,1e308\ninf,-inf\n,\n");
}

/* As fuzz_dataset.c reads them: classes.txt, a zero byte, names of images and masks. */
static void seed_datasets(void) {
    static const char named[] = "background\nscratch\n\0i1a.png\nm1a.png\ni2b.jpg\nm2b.png\n";
    static const char values[] = "0: steel\n3: dent\n\0i1a.png\nm3a.png\ni2b.png\nm0b.png\n";
    static const char unnamed[] = "\0i1a.png\nm1a.png\ni2b.png\nm0b_mask.png\ni3c.png\nm1c.png\n";
    seed("dataset", "named", named, sizeof named);
    seed("dataset", "values", values, sizeof values);
    seed("dataset", "unnamed", unnamed, sizeof unnamed);
}

int main(int argc, char **argv) {
    PROMISE(argc == 2, "usage: seeds FOLDER");
    folder = argv[1];
    mkdir(folder, 0777);
    seed_images();
    seed_exif();
    seed_weights();
    seed_settings();
    seed_resume();
    seed_texts();
    seed_datasets();
    return 0;
}
