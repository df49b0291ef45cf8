/* shape.c - shapes: made, counted, compared, written as text. */
#include "tensor/tensor.h"

#include <stdio.h>

Shape shape_0(void) {
    return (Shape){ 0 };
}

Shape shape_1(int64_t a) {
    return (Shape){ 1, { a } };
}

Shape shape_2(int64_t a, int64_t b) {
    return (Shape){ 2, { a, b } };
}

Shape shape_3(int64_t a, int64_t b, int64_t c) {
    return (Shape){ 3, { a, b, c } };
}

Shape shape_4(int64_t a, int64_t b, int64_t c, int64_t d) {
    return (Shape){ 4, { a, b, c, d } };
}

int64_t shape_elements(const Shape *shape) {
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) elements *= shape->size[i];
    return elements;
}

int64_t shape_last(const Shape *shape) {
    return shape->rank ? shape->size[shape->rank - 1] : 1;
}

int64_t shape_rows(const Shape *shape) {
    const int64_t last = shape_last(shape);
    return last ? shape_elements(shape) / last : 0;
}

bool shape_equal(const Shape *a, const Shape *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->size[i] != b->size[i]) return false;
    return true;
}

ShapeText shape_text(const Shape *shape) {
    ShapeText result = { "[" };
    size_t used = 1;
    for (int i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(result.text + used, sizeof result.text - used, "%s%lld",
                                 i ? "," : "", (long long)shape->size[i]);
    snprintf(result.text + used, sizeof result.text - used, "]");
    return result;
}
