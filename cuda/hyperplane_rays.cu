/* Pairs near a ray are rare, except where u has one element. A thread tests a row, or a row and a
 * class; classes whose points are well inside the ball are skipped.
 */
#include "cuda/hyperplane_rays.h"
#include "cuda/block_sum.h"

enum { RAY_THREADS = 128, RAY_CHUNKS_MOST = 32 };

/* ---- du: a thread per row ---- */

GPU_KERNEL(hyperplane_rays_of_rows, RAY_THREADS, HyperplaneRays) {
    const int64_t r = (int64_t)gpu_block() * RAY_THREADS + gpu_thread();
    if (r >= a->rows) return;
    const real *u = a->u + r * a->n;
    real *du = a->du + r * a->n;
    for (int64_t k = 0; k < a->classes; k++) {
        HyperplaneRow row;
        HyperplaneRay ray;
        const Hyperplane plane = a->planes[k];
        if (!(plane.ray_limit > 0) || !hyperplane_rays_find(a, r, k, &plane, &row, &ray)) continue;
        const HyperplaneRayGradient of =
            hyperplane_ray_backward(&row, &plane, &ray, a->c, a->g[r * a->classes + k]);
        const real *p = a->points + k * a->n, *normal = a->normals + k * a->n;
        for (int64_t i = 0; i < a->n; i++)
            du[i] += hyperplane_ray_to_row(&of, &ray, u[i], p[i], normal[i]);
    }
}

void hyperplane_rays_rows(const HyperplaneRays *rays) {
    gpu_launch(&hyperplane_rays_of_rows, gpu_divide_up(rays->rows, RAY_THREADS), rays);
}

/* ---- Sums over rows: a block per class and part of the rows ---- */

/* What the rows of one block step add to the sum across; factor 0 adds nothing. */
typedef struct RayTurn {
    real factor[RAY_THREADS], along[RAY_THREADS], rest[RAY_THREADS];
    real room[GPU_SUM_ROOM];
} RayTurn;

/* The three sums of a thread's own rows. */
typedef struct RayNumbers {
    real normal, turn, depth;
} RayNumbers;

/* This thread's row of a turn. */
static GPU_DEVICE void ray_look(const HyperplaneRays *a, int64_t r, int64_t end, int64_t k,
                                const Hyperplane *plane, RayTurn *shared, RayNumbers *numbers) {
    HyperplaneRow row;
    HyperplaneRay ray;
    const int thread = gpu_thread();
    shared->factor[thread] = 0;
    if (r >= end || !hyperplane_rays_find(a, r, k, plane, &row, &ray)) return;
    const HyperplaneRayGradient of =
        hyperplane_ray_backward(&row, plane, &ray, a->c, a->g[r * a->classes + k]);
    shared->factor[thread] = of.of_across;
    shared->along[thread] = ray.along;
    shared->rest[thread] = ray.rest;
    numbers->normal += of.of_normal;
    numbers->turn += of.of_turn;
    numbers->depth += of.of_depth;
}

/* The contribution of the rows of one step to element i of the sum across. */
static GPU_DEVICE real ray_across_of_turn(const HyperplaneRays *a, int64_t first, int64_t i, real p,
                                          const RayTurn *shared) {
    real sum = 0;
    GPU_NO_UNROLL
    for (int t = 0; t < RAY_THREADS; t++) {
        if (shared->factor[t] == 0) continue;
        HyperplaneRay ray;
        ray.along = shared->along[t];
        ray.rest = shared->rest[t];
        sum += shared->factor[t] * hyperplane_ray_across(&ray, a->u[(first + t) * a->n + i], p);
    }
    return sum;
}

GPU_KERNEL_SHARED(hyperplane_rays_of_classes, RAY_THREADS, HyperplaneRays, RayTurn) {
    const int64_t k = gpu_block() % a->classes, chunk = gpu_block() / a->classes, n = a->n;
    const int64_t begin = chunk * a->rows / a->chunks, end = (chunk + 1) * a->rows / a->chunks;
    real *across = a->sums + chunk * a->classes * (n + 3) + k * n;
    real *numbers = a->sums + chunk * a->classes * (n + 3) + a->classes * n + 3 * k;
    const Hyperplane plane = a->planes[k];
    RayNumbers mine = { 0, 0, 0 };
    for (int64_t i = gpu_thread(); i < n; i += RAY_THREADS) across[i] = 0;
    for (int64_t first = begin; first < end && plane.ray_limit > 0; first += RAY_THREADS) {
        gpu_barrier(); /* all threads have read the step before */
        ray_look(a, first + gpu_thread(), end, k, &plane, shared, &mine);
        gpu_barrier();
        for (int64_t i = gpu_thread(); i < n; i += RAY_THREADS)
            across[i] += ray_across_of_turn(a, first, i, a->points[k * n + i], shared);
    }
    mine.normal = gpu_block_sum(mine.normal, RAY_THREADS, shared->room);
    mine.turn = gpu_block_sum(mine.turn, RAY_THREADS, shared->room);
    mine.depth = gpu_block_sum(mine.depth, RAY_THREADS, shared->room);
    if (gpu_thread() != 0) return;
    numbers[0] = mine.normal;
    numbers[1] = mine.turn;
    numbers[2] = mine.depth;
}

int64_t hyperplane_rays_chunks(int64_t rows) {
    int64_t chunks = gpu_divide_up(rows, RAY_THREADS);
    if (chunks > RAY_CHUNKS_MOST) chunks = RAY_CHUNKS_MOST;
    return chunks < 1 ? 1 : chunks;
}

void hyperplane_rays_sums(const HyperplaneRays *rays) {
    gpu_launch(&hyperplane_rays_of_classes, rays->chunks * rays->classes, rays);
}
