/* hyperplane_block.c - forward and backward over one block, vectorised over rows. */
#include "hyp/hyperplane/hyperplane_block.h"

#include "autograd/reduce.h"

enum { BLOCK = HYPERPLANE_BLOCK, GROUP = HYPERPLANE_GROUP, ROWS_AT_ONCE = 8 };

/* ---- The formulas: a loop over the rows of a block each ---- */

typedef struct BlockRows {
    real t[BLOCK], growth[BLOCK], decay[BLOCK], sinhc[BLOCK], cosh[BLOCK], slope[BLOCK];
} BlockRows;

static inline HyperplaneRow get_row(const BlockRows *rows, int r) {
    return (HyperplaneRow){ rows->t[r],     rows->growth[r], rows->decay[r],
                            rows->sinhc[r], rows->cosh[r],   rows->slope[r] };
}

static void set_rows(const real *arguments, BlockRows *rows) {
#pragma omp simd
    for (int r = 0; r < BLOCK; r++) {
        const HyperplaneRow row = hyperplane_row(arguments[r]);
        rows->t[r] = row.t;
        rows->growth[r] = row.growth;
        rows->decay[r] = row.decay;
        rows->sinhc[r] = row.sinhc;
        rows->cosh[r] = row.cosh;
        rows->slope[r] = row.slope;
    }
}

/* One class. far: whether some row is beyond HYPERPLANE_FAR. */
static void set_outputs(const BlockRows *rows, const Hyperplane *plane, const real *along, bool far,
                        real *out) {
    const Hyperplane p = *plane;
#pragma omp simd
    for (int r = 0; r < BLOCK; r++) {
        const HyperplaneRow row = get_row(rows, r);
        const real scaled = hyperplane_scaled_sinh(&row, &p, along[r]);
        out[r] = p.weight * hyperplane_asinh_near(scaled, &row);
    }
    for (int r = 0; far && r < BLOCK; r++) {
        const HyperplaneRow row = get_row(rows, r);
        const real scaled = hyperplane_scaled_sinh(&row, &p, along[r]);
        out[r] = p.weight * hyperplane_asinh(scaled, &row);
    }
}

/* The scaled sinh of one class and row, and whether the pair is near the ray; if so, `ray` is
 * set. */
static bool find_ray(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                     const HyperplaneRow *row, int64_t class, int64_t r, HyperplaneRay *ray) {
    const Hyperplane *plane = &directions->planes[class];
    const int64_t n = directions->dimension;
    const real scaled = hyperplane_scaled_sinh(row, plane, block->along[class * BLOCK + r]);
    if (!hyperplane_cancels(plane, scaled)) return false;
    *ray = hyperplane_ray(block->u + r * n, directions->points + class * n,
                          directions->normals + class * n, n, plane);
    return ray->near;
}

/* Recompute the outputs of one class for rows near its ray. */
static void set_ray_outputs(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                            const BlockRows *rows, int64_t class, real *out) {
    const Hyperplane *plane = &directions->planes[class];
    HyperplaneRay ray;
    for (int r = 0; plane->ray_limit > 0 && r < block->count; r++) {
        const HyperplaneRow row = get_row(rows, r);
        if (!find_ray(directions, block, &row, class, r, &ray)) continue;
        const real scaled = hyperplane_ray_sinh(&row, plane, &ray, block->c);
        out[r] = plane->weight * hyperplane_asinh(scaled, &row);
    }
}

/* One class; adds to radius. far as above. */
static void set_coefficients(const BlockRows *rows, const Hyperplane *plane, const real *along,
                             real c, bool far, const real *g, real *coefficients, real *offsets,
                             real *radius) {
    const Hyperplane p = *plane;
#pragma omp simd
    for (int r = 0; r < BLOCK; r++) {
        const HyperplaneRow row = get_row(rows, r);
        const real of_near = row.t < HYPERPLANE_FAR ? g[r] : 0;
        const HyperplaneGradient gradient =
            hyperplane_backward_near(&row, &p, along[r], c, of_near);
        coefficients[r] = gradient.of_direction;
        offsets[r] = gradient.of_offset;
        radius[r] += gradient.of_radius;
    }
    for (int r = 0; far && r < BLOCK; r++) {
        const HyperplaneRow row = get_row(rows, r);
        if (row.t < HYPERPLANE_FAR) continue;
        const HyperplaneGradient gradient = hyperplane_backward(&row, &p, along[r], c, g[r]);
        coefficients[r] = gradient.of_direction;
        offsets[r] = gradient.of_offset;
        radius[r] += gradient.of_radius;
    }
}

/* Whether some row is beyond HYPERPLANE_FAR. */
static bool any_far(const HyperplaneBlock *block) {
    bool far = false;
    for (int64_t r = 0; r < block->count; r++) far |= !(block->arguments[r] < HYPERPLANE_FAR);
    return far;
}

/* ---- Forward ---- */

/* along for ROWS_AT_ONCE rows (the last is repeated if there are fewer) and the classes of one
 * vector. */
static void project_rows(const HyperplaneDirections *directions, const real *u, int64_t first,
                         int64_t count, int64_t column, real *along) {
    const int64_t n = directions->dimension;
    const real *row[ROWS_AT_ONCE], *w = directions->by_dimension + column;
    Vector sums[ROWS_AT_ONCE] = { 0 };
    for (int r = 0; r < ROWS_AT_ONCE; r++)
        row[r] = u + (first + r < count ? first + r : count - 1) * n;
    for (int64_t i = 0; i < n; i++, w += directions->columns) {
        const Vector of_classes = vector_load(w);
        UNROLLED
        for (int r = 0; r < ROWS_AT_ONCE; r++) sums[r] += row[r][i] * of_classes;
    }
    const int64_t left = directions->classes - column;
    for (int64_t k = 0; k < VECTOR_LANES && k < left; k++)
        for (int r = 0; r < ROWS_AT_ONCE; r++)
            along[(column + k) * BLOCK + first + r] = first + r < count ? sums[r][k] : 0;
}

static void set_arguments(const HyperplaneBlock *block, int64_t n) {
    for (int64_t r = 0; r < BLOCK; r++)
        block->arguments[r] =
            r < block->count ? hyperplane_argument(block->u + r * n, n, block->c) : 0;
}

void hyperplane_block_forward(const HyperplaneDirections *directions,
                              const HyperplaneBlock *block) {
    const int64_t classes = directions->classes, count = block->count;
    BlockRows rows;
    real out[BLOCK];
    set_arguments(block, directions->dimension);
    set_rows(block->arguments, &rows);
    const bool far = any_far(block);
    for (int64_t first = 0; first < BLOCK; first += ROWS_AT_ONCE)
        for (int64_t column = 0; column < classes; column += VECTOR_LANES)
            project_rows(directions, block->u, first, count, column, block->along);
    for (int64_t k = 0; k < classes; k++) {
        set_outputs(&rows, &directions->planes[k], block->along + k * BLOCK, far, out);
        set_ray_outputs(directions, block, &rows, k, out);
        for (int64_t r = 0; r < count; r++) block->out[r * classes + k] = out[r];
    }
}

/* ---- Backward ---- */

/* The contribution of a group of classes to the gradients of a block. */
typedef struct GroupGradient {
    real coefficients[GROUP][BLOCK], radius[BLOCK];
} GroupGradient;

/* One vector of the columns of u, du, and the rows of w and dw, which are `width` apart. */
static inline __attribute__((always_inline)) void
spread_vector(const GroupGradient *group, int64_t count, const real *u, Gradient du, int64_t stride,
              const real *w, real *dw, int64_t width) {
    Vector directions[GROUP], sums[GROUP];
    UNROLLED
    for (int k = 0; k < GROUP; k++) {
        directions[k] = vector_load(w + k * width);
        sums[k] = vector_load(dw + k * width);
    }
    for (int64_t r = 0; r < count; r++) {
        const Vector row = vector_load(u + r * stride);
        Vector share = group->radius[r] * row;
        UNROLLED
        for (int k = 0; k < GROUP; k++) {
            sums[k] += group->coefficients[k][r] * row;
            share += group->coefficients[k][r] * directions[k];
        }
        if (!du.data) continue;
        real *to = du.data + r * stride;
        vector_store(to, du.accumulate ? vector_load(to) + share : share);
    }
    UNROLLED
    for (int k = 0; k < GROUP; k++) vector_store(dw + k * width, sums[k]);
}

/* The last columns, fewer than a vector: the same computation on copies. */
static void spread_rest(const GroupGradient *group, int64_t count, const real *u, Gradient du,
                        int64_t stride, int64_t columns, const real *w, real *dw, int64_t width) {
    real from[BLOCK * VECTOR_LANES] = { 0 }, to[BLOCK * VECTOR_LANES] = { 0 };
    const Gradient copy = { du.data ? to : NULL, du.accumulate };
    for (int64_t r = 0; r < count; r++)
        for (int64_t j = 0; j < columns; j++) {
            from[r * VECTOR_LANES + j] = u[r * stride + j];
            if (du.data && du.accumulate) to[r * VECTOR_LANES + j] = du.data[r * stride + j];
        }
    spread_vector(group, count, from, copy, VECTOR_LANES, w, dw, width);
    for (int64_t r = 0; du.data && r < count; r++)
        for (int64_t j = 0; j < columns; j++) du.data[r * stride + j] = to[r * VECTOR_LANES + j];
}

static void spread(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                   const GroupGradient *group, int64_t first_class, Gradient du, real *sums) {
    const int64_t n = directions->dimension, width = directions->width;
    const real *w = directions->by_class + first_class * width;
    real *dw = sums + first_class * width;
    for (int64_t j = 0; j < n; j += VECTOR_LANES) {
        const Gradient at = { du.data ? du.data + j : NULL, du.accumulate };
        if (j + VECTOR_LANES <= n)
            spread_vector(group, block->count, block->u + j, at, n, w + j, dw + j, width);
        else
            spread_rest(group, block->count, block->u + j, at, n, n - j, w + j, dw + j, width);
    }
}

/* Pairs near a ray are handled separately: their g counts as 0 here. */
static void leave_out_rays(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                           const BlockRows *rows, int64_t class, real *of_class) {
    HyperplaneRay ray;
    for (int r = 0; directions->planes[class].ray_limit > 0 && r < block->count; r++) {
        const HyperplaneRow row = get_row(rows, r);
        if (find_ray(directions, block, &row, class, r, &ray)) of_class[r] = 0;
    }
}

static void set_group(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                      const BlockRows *rows, const real *g, int64_t first_class,
                      GroupGradient *group, const HyperplaneBlockSums *sums) {
    const int64_t classes = directions->classes;
    const bool far = any_far(block);
    *group = (GroupGradient){ 0 };
    for (int64_t k = 0; k < GROUP && first_class + k < classes; k++) {
        const int64_t class = first_class + k;
        real of_class[BLOCK] = { 0 }, offsets[BLOCK], outputs[BLOCK] = { 0 };
        for (int64_t r = 0; r < block->count; r++) {
            of_class[r] = g[r * classes + class];
            outputs[r] = of_class[r] * block->out[r * classes + class];
        }
        leave_out_rays(directions, block, rows, class, of_class);
        set_coefficients(rows, &directions->planes[class], block->along + class * BLOCK, block->c,
                         far, of_class, group->coefficients[k], offsets, group->radius);
        sums->offsets[class] += reduce_halves(offsets, BLOCK);
        sums->outputs[class] += reduce_halves(outputs, BLOCK);
    }
}

/* One pair near a ray, with incoming gradient g; adds to du. */
static void add_ray(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                    const HyperplaneRow *row, const HyperplaneRay *ray, int64_t class, int64_t r,
                    real g, real *du, const HyperplaneBlockSums *sums) {
    const int64_t n = directions->dimension;
    const real *u = block->u + r * n, *p = directions->points + class * n;
    const real *normal = directions->normals + class * n;
    real *across = sums->across + class * directions->width;
    const HyperplaneRayGradient of =
        hyperplane_ray_backward(row, &directions->planes[class], ray, block->c, g);
    sums->normals[class] += of.of_normal;
    sums->turns[class] += of.of_turn;
    sums->depths[class] += of.of_depth;
    for (int64_t i = 0; i < n; i++) {
        across[i] += of.of_across * hyperplane_ray_across(ray, u[i], p[i]);
        if (du) du[i] += hyperplane_ray_to_row(&of, ray, u[i], p[i], normal[i]);
    }
}

/* All pairs near a ray; du already has the contribution of all others. */
static void add_rays(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                     const BlockRows *rows, const real *g, real *du,
                     const HyperplaneBlockSums *sums) {
    const int64_t classes = directions->classes, n = directions->dimension;
    HyperplaneRay ray;
    for (int64_t class = 0; class < classes; class ++)
        for (int r = 0; directions->planes[class].ray_limit > 0 && r < block->count; r++) {
            const HyperplaneRow row = get_row(rows, r);
            if (find_ray(directions, block, &row, class, r, &ray))
                add_ray(directions, block, &row, &ray, class, r, g[r * classes + class],
                        du ? du + r * n : NULL, sums);
        }
}

int64_t hyperplane_sums_count(const HyperplaneDirections *directions) {
    const int64_t classes = hyperplane_round_up(directions->classes, GROUP);
    const int64_t rays = directions->rays ? directions->width + 3 : 0;
    return classes * (directions->width + 2 + rays);
}

HyperplaneBlockSums hyperplane_sums_at(const HyperplaneDirections *directions, real *sums) {
    const int64_t classes = hyperplane_round_up(directions->classes, GROUP);
    HyperplaneBlockSums at = { .directions = sums };
    at.offsets = at.directions + classes * directions->width;
    at.outputs = at.offsets + classes;
    if (!directions->rays) return at;
    at.across = at.outputs + classes;
    at.normals = at.across + classes * directions->width;
    at.turns = at.normals + classes;
    at.depths = at.turns + classes;
    return at;
}

void hyperplane_block_backward(const HyperplaneDirections *directions, const HyperplaneBlock *block,
                               const real *g, Gradient du, real *sums) {
    const HyperplaneBlockSums at = hyperplane_sums_at(directions, sums);
    BlockRows rows;
    GroupGradient group;
    set_rows(block->arguments, &rows);
    for (int64_t first = 0; first < directions->classes; first += GROUP) {
        set_group(directions, block, &rows, g, first, &group, &at);
        const Gradient share = { du.data, du.accumulate || first > 0 };
        spread(directions, block, &group, first, share, at.directions);
    }
    if (directions->rays) add_rays(directions, block, &rows, g, du.data, &at);
}
