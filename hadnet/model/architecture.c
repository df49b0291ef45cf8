/* architecture.c - the table of architectures. */
#include "hadnet/model/architecture.h"

#include <stddef.h>
#include <string.h>

static const Architecture architectures[] = {
    { .name = "compact",
      .backbone = "compact",
      .levels = 4,
      .channels = { 32, 64, 128, 512 },
      .kept = { 16, 32, 64, 160 },
      .width = { 32, 64, 128, 320 },
      .halvings = { 2, 2, 2, 2 },
      .feature = 64,
      .ard_channels = 128,
      .discriminator = 64 },
    { .name = "wrn50",
      .backbone = "wrn50",
      .levels = 3,
      .channels = { 256, 512, 1024 },
      .kept = { 128, 256, 256 },
      .width = { 128, 256, 448 },
      .halvings = { 2, 2, 3 },
      .feature = 64,
      .ard_channels = 256,
      .discriminator = 128 },
    /* The decoder's 3x3 convolutions, most of them at the finest level, cost as much as a narrower
     * last stage saves. */
    { .name = "compact-top-down",
      .backbone = "compact",
      .decoder = DECODER_TOP_DOWN,
      .levels = 4,
      .channels = { 32, 64, 128, 416 },
      .kept = { 16, 32, 64, 160 },
      .width = { 32, 64, 128, 320 },
      .halvings = { 2, 2, 2, 2 },
      .feature = 64,
      .ard_channels = 128,
      .discriminator = 64 },
    { .name = "wrn50-top-down",
      .backbone = "wrn50",
      .decoder = DECODER_TOP_DOWN,
      .levels = 3,
      .channels = { 256, 512, 1024 },
      .kept = { 128, 256, 256 },
      .width = { 128, 256, 448 },
      .halvings = { 2, 2, 3 },
      .feature = 64,
      .ard_channels = 256,
      .discriminator = 128 },
};

const Architecture *architecture_find(const char *name) {
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
        if (!strcmp(name, architectures[i].name)) return &architectures[i];
    return NULL;
}

const Architecture *architecture_with(const char *backbone, Decoder decoder) {
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
        if (!strcmp(backbone, architectures[i].backbone) && architectures[i].decoder == decoder)
            return &architectures[i];
    return NULL;
}

int architecture_kept_total(const Architecture *architecture) {
    int total = 0;
    for (int i = 0; i < architecture->levels; i++) total += architecture->kept[i];
    return total;
}
