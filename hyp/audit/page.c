/* page.c - the audit as one HTML page that needs nothing else. */
#include "hyp/audit/page.h"

#include "hyp/audit/page_chart.h"
#include "tensor/file_writer.h"

static const char *const page_head =
    "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>\n"
    "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
    "<title>Audit of hyperbolic formulas</title>\n<style>\n"
    ":root{color-scheme:light dark}"
    "body{margin:1.5rem auto;padding:0 1rem;max-width:84rem;background:#fff;color:#222;"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "p{max-width:46rem}.charts{display:grid;gap:1rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}\n"
    "svg{width:100%;height:auto}svg text{fill:currentColor;font-size:11px}"
    "svg .title{font-size:13px;font-weight:600}.grid{stroke:#ddd}\n"
    "polyline{fill:none;stroke-width:2}.line0{stroke:#c05000;stroke-dasharray:7 3}"
    ".line1{stroke:#8a2fa8;stroke-dasharray:2 3}.line2{stroke:#0b62c4}"
    ".line3{stroke:#777;stroke-width:1}\n"
    ".legend span{display:inline-block;margin-right:1.5rem}"
    ".legend svg{width:2.2rem;height:.6rem;margin-right:.4rem}\n"
    "@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}.grid{stroke:#3a3d44}"
    ".line0{stroke:#ff9a4d}.line1{stroke:#d08cf0}.line2{stroke:#6db3ff}.line3{stroke:#999}}\n"
    "</style></head><body>\n<h1>Audit of hyperbolic formulas</h1>\n"
    "<p>The ball is c|x|&sup2; &lt; 1, sc the root of c. Depth is sc|u| of a tangent vector u, or "
    "artanh(sc|x|) of a point x. Errors are relative to the exact result for the same inputs, from "
    "long double: the worst of 40 samples with c = 0.01, 0.5, 1 and 4. At 1 no digit is left. "
    "Curves of points end where the rounded point can reach the boundary.</p>\n";

static void write_legend(FILE *file) {
    static const char *const names[] = { "as usually coded", "PyTorch with geoopt, one row a depth",
                                         "here", "allowed here" };
    fputs("<p class='legend'>", file);
    for (int i = 0; i < 4; i++)
        fprintf(file,
                "<span><svg viewBox='0 0 36 10'><polyline class='line%d' points='0,5 36,5'/>"
                "</svg>%s</span>",
                i, names[i]);
    fputs("</p>\n", file);
}

static bool write_section(void *file, const AuditSection *section, Error *error) {
    (void)error;
    page_section_write(file, section);
    return true;
}

bool audit_page_write(const char *path, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    fputs(page_head, writer.file);
    write_legend(writer.file);
    const bool good = audit_sections(write_section, writer.file, error);
    fputs("</body></html>\n", writer.file);
    return file_writer_finish(&writer, good, error);
}
