/* hyperplane_rays.h - the pairs of a row and a class near the ray of the class's point, whose
 * gradients do not go through products of matrices (hyp/hyperplane/hyperplane_ray.h).
 */
#ifndef CUDA_HYPERPLANE_RAYS_H
#define CUDA_HYPERPLANE_RAYS_H

#include "cuda/port/gpu.h"

C_HEADERS_BEGIN
#include "hyp/hyperplane/hyperplane_op.h"

/* The rows and classes that backward reads. */
typedef struct HyperplaneRays {
    int64_t rows, n, classes, chunks;
    real c;
    const Hyperplane *planes;
    const real *u, *points, *normals; /* [rows,n]; [classes,n]; unit normals */
    const real *arguments, *along;    /* [rows]: t; [rows,classes] */
    const real *g;                    /* [rows,classes] */
    real *du;                         /* [rows,n], or NULL */
    real *sums;                       /* [chunks,classes (n + 3)] */
} HyperplaneRays;

/* Parts of the rows that hyperplane_rays_sums takes. */
int64_t hyperplane_rays_chunks(int64_t rows);

/* Adds to du, which already holds the sum over all other pairs. */
void hyperplane_rays_rows(const HyperplaneRays *rays);

/* Writes sums: of each part of the rows [classes,n] for HyperplaneSums.across, then [classes,3] for
 * its normal, turn and depth. */
void hyperplane_rays_sums(const HyperplaneRays *rays);

C_HEADERS_END

/* The pair of a row and a class; false: it is not near. */
static GPU_DEVICE bool hyperplane_rays_find(const HyperplaneRays *a, int64_t r, int64_t k,
                                            const Hyperplane *plane, HyperplaneRow *row,
                                            HyperplaneRay *ray) {
    *row = hyperplane_row(a->arguments[r]);
    if (!hyperplane_cancels(plane,
                            hyperplane_scaled_sinh(row, plane, a->along[r * a->classes + k])))
        return false;
    *ray =
        hyperplane_ray(a->u + r * a->n, a->points + k * a->n, a->normals + k * a->n, a->n, plane);
    return ray->near;
}

#endif
