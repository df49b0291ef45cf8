/* html.c - the page's frame, escaped text, and images within the page. */
#include "hadnet/reports/page/html.h"

#include "data/image/png_write.h"
#include "tensor/text_file.h"

/* Colours of curves: Okabe and Ito's, darker on light paper and lighter on dark. */
static const char style[] =
    ":root{color-scheme:light "
    "dark;--paper:#fff;--ink:#1c1c1c;--soft:#666;--line:#d8d8d8;--band:#f4f4f2;"
    "--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b05a8c;--c4:#8a6d00;--c5:#2b8cbe;--c6:#555;--c7:#"
    "7a3e00}"
    "@media(prefers-color-scheme:dark){:root{--paper:#161616;--ink:#ececec;--soft:#a2a2a2;--line:#"
    "3a3a3a;"
    "--band:#202020;--c0:#56b4e9;--c1:#ff9a4d;--c2:#3fcf9f;--c3:#e39ac4;--c4:#f0e442;--c5:#9ad2f5;-"
    "-c6:#bbb;"
    "--c7:#d8a070}}"
    "*{box-sizing:border-box}body{margin:0 "
    "auto;max-width:70rem;padding:1rem;background:var(--paper);"
    "color:var(--ink);font:16px/1.5 system-ui,sans-serif}h1{font-size:1.5rem;margin:.5rem 0}"
    "h2{font-size:1.15rem;margin:2rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}"
    "p{max-width:45rem}nav a{margin-right:1rem}a{color:var(--c0)}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .7rem;border-bottom:1px solid "
    "var(--line);text-align:right;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}thead th{color:var(--soft);font-weight:600}"
    "pre{overflow-x:auto;background:var(--band);padding:.7rem;font-size:.85rem}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1."
    "2rem}"
    "figure{margin:0 0 1rem}figcaption{color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}"
    ".shots{display:flex;flex-wrap:wrap;gap:.3rem}.shots img{width:min(12rem,46%);height:auto;"
    "image-rendering:auto;border:1px solid var(--line)}"
    "figure{overflow-x:auto}svg{width:100%;height:auto;max-width:44rem}.chart "
    "svg{min-width:30rem}svg text{fill:var(--ink);font:13px "
    "system-ui,sans-serif}"
    "svg .soft{fill:var(--soft)}svg .grid-line{stroke:var(--line)}svg .axis{stroke:var(--ink)}"
    ".key{display:inline-block;width:.8rem;height:.8rem;border:1px solid "
    "var(--line);margin-right:.4rem}";

/* Marks a page as these programs' own. */
static const char beginning[] = "<!DOCTYPE html>\n<!-- written by HADNet -->\n";

bool html_may_replace(const char *path, Error *error) {
    return text_file_may_be_replaced(path, beginning) ||
           error_set(
               error,
               "%s: exists, and is no page of these programs; choose another file, or have it "
               "replaced with --overwrite",
               path);
}

void html_begin(FILE *file, const char *title) {
    fputs(beginning, file);
    fputs("<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          file);
    html_text(file, title);
    fprintf(file, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>", style);
    html_text(file, title);
    fputs("</h1>\n", file);
}

void html_end(FILE *file) {
    fputs("</main>\n</body>\n</html>\n", file);
}

void html_section(FILE *file, const char *id, const char *title) {
    fprintf(file, "<section id=\"%s\">\n<h2>", id);
    html_text(file, title);
    fputs("</h2>\n", file);
}

void html_section_end(FILE *file) {
    fputs("</section>\n", file);
}

void html_text(FILE *file, const char *text) {
    for (; *text; text++) switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        case '\'':
            fputs("&#39;", file);
            break;
        default:
            fputc(*text, file);
        }
}

void html_pair(FILE *file, const char *name, const char *value) {
    fputs("<tr><th scope=\"row\">", file);
    html_text(file, name);
    fputs("</th><td>", file);
    html_text(file, value);
    fputs("</td></tr>\n", file);
}

/* Bytes on their way to base64: three become four characters. */
typedef struct Base64 {
    FILE *file;
    uint8_t waiting[3];
    int count;
} Base64;

static void flush(Base64 *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (out->count == 0) return;
    for (int i = out->count; i < 3; i++) out->waiting[i] = 0;
    const uint32_t bits = (uint32_t)out->waiting[0] << 16 | (uint32_t)out->waiting[1] << 8 |
                          (uint32_t)out->waiting[2];
    for (int i = 0; i < 4; i++)
        fputc(i <= out->count ? digits[bits >> (18 - 6 * i) & 63] : '=', out->file);
    out->count = 0;
}

static void encode(void *context, const uint8_t *bytes, size_t count) {
    Base64 *out = context;
    for (size_t i = 0; i < count; i++) {
        out->waiting[out->count++] = bytes[i];
        if (out->count == 3) flush(out);
    }
}

bool html_image(FILE *file, const Image *image, const char *alt) {
    Base64 out = { .file = file };
    fprintf(file, "<img width=\"%d\" height=\"%d\" alt=\"", image->width, image->height);
    html_text(file, alt);
    fputs("\" src=\"data:image/png;base64,", file);
    const bool good = png_write_image(image, NULL, encode, &out);
    png_write_chunk("IEND", NULL, 0, encode, &out);
    flush(&out);
    fputs("\">\n", file);
    return good;
}
