/* axis.h - an axis of a drawing, with round tick values. */
#ifndef HADNET_AXIS_H
#define HADNET_AXIS_H

#include <stddef.h>

/* A line across a drawing, with a word, such as where a stage begins. */
typedef struct AxisMark {
    double at; /* on the horizontal axis */
    const char *text;
} AxisMark;

/* Value v is drawn at from + (v - low) / (high - low) * (to - from). */
typedef struct Axis {
    double low, high, step; /* step: between ticks */
    double from, to;        /* pixels */
} Axis;

double axis_place(const Axis *axis, double value);

/* Widen low..high to whole steps, at most about `ticks` of them; an empty range gets one around
 * it. */
void axis_fit(Axis *axis, int ticks);

int axis_tick_count(const Axis *axis); /* ticks are numbered 0..count */
double axis_tick(const Axis *axis, int i);
void axis_tick_text(const Axis *axis, int i, char *text, size_t size);

#endif
