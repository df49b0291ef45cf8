# shellcheck shell=bash
# bitmaps.sh - images and masks for the scripts that source this.

# A BMP of 48 x 48 grey pixels, rows of escapes for printf on standard input.
bmp() {
    {
        printf '\x42\x4d\x36\x1b\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x30\0\0\0\x30\0\0\0\1\0\x18\0'
        printf '\0\0\0\0\0\x1b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
        printf '%b' "$(cat)"
    } >"$1"
}
picture() { # FILE: noise
    local row pixel i j
    for ((i = 0; i < 48; i++)); do
        row=
        for ((j = 0; j < 48; j++)); do
            printf -v pixel '\\x%02x' $((RANDOM % 60 + 90))
            row+=$pixel$pixel$pixel
        done
        printf '%s' "$row"
    done | bmp "$1"
}
mask() { # FILE VALUE...: even bands
    local file=$1 band value row
    shift
    for value in "$@"; do
        printf -v row "%.0s\\\\x$(printf %02x "$value")" {1..144}
        for ((band = 0; band < 48 / $#; band++)); do printf '%s' "$row"; done
    done | bmp "$file"
}
