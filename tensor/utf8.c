/* utf8.c - decoding and validating UTF-8 (RFC 3629). */
#include "tensor/utf8.h"

int utf8_read(const char *bytes, size_t left, unsigned *code) {
    static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned first = (unsigned char)bytes[0];
    const int length = first < 0x80   ? 1
                       : first < 0xc0 ? 0
                       : first < 0xe0 ? 2
                       : first < 0xf0 ? 3
                       : first < 0xf8 ? 4
                                      : 0;
    if (length == 0 || (size_t)length > left) return 0;
    *code = length == 1 ? first : first & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        const unsigned next = (unsigned char)bytes[i];
        if ((next & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (next & 0x3f);
    }
    const bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[length] || surrogate || *code > 0x10ffff ? 0 : length;
}

bool utf8_is_valid(const char *bytes, size_t count) {
    unsigned code;
    for (size_t i = 0; i < count;) {
        const int length = utf8_read(bytes + i, count - i, &code);
        if (!length) return false;
        i += (size_t)length;
    }
    return true;
}
