/* hyperplane_ray.h - s of hyp/hyperplane/hyperplane.h for u near the ray from the origin through p.
 *
 * There s = S [u,w] - B cosh t is a difference of two terms of size B e^t/2, B being about 2/gap,
 * and may be as small as gap e^t/8: s is then known only to eps/gap^2. (In one dimension every u is
 * on the ray of p or opposite to it.) The inputs themselves allow eps/gap, as the gap of p is known
 * to eps.
 *
 * Split along and across p. With r = sc|p|, t_p = 2 artanh(r), p^ = p/|p|, u^ = u/|u|, phi the
 * angle between them, and n = n_p p^ + n_x, n_x across p,
 *     cosh t_p = (1 + r^2)/gap,    sinh t_p = 2r/gap,    e^t_p = (1 + r)^2/gap
 *     B = n_p sinh t_p,    u^ = cos(phi) p^ + o,    o = "u across p" / |u|
 * the same s is
 *     s = sinh t [u^,n] - B (cosh t - r cos(phi) sinh t)
 *       = sinh t [o,n] + n_p (cos(phi) (1 + r sinh t_p) sinh t - sinh t_p cosh t)
 *       = sinh t [o,n] + n_p (sinh(t - t_p) - v cosh t_p sinh t),    v = 1 - cos(phi)
 * since 1 + r sinh t_p = cosh t_p. No small number is a difference of large ones any more:
 *     sinh(t - t_p) e^-t = (e^-t_p - e^-2t e^t_p)/2     cancels at t = t_p alone: x meets p there
 *     v = sin^2(phi)/(1 + cos(phi)),    sin(phi) = |o|
 *     o from u - k p, k = [u,p]/|p|^2, element by element and with one rounding; k is rounded too,
 *       so the remainder along p is subtracted a second time.
 * The sums [o,n] and v are of single rows and not of a product of matrices. So this form is used
 * only for the pairs that need it, those with small s and u near the ray.
 *
 * The gradient is computed from the split form as well: free derivatives by u^, p^, n, projected
 * onto the tangent spaces of the unit spheres of u^ and p^, and ds/dt, ds/dt_p:
 *     ds/dt   = n_p cosh(t - t_p) + cosh t ([o,n] - n_p v cosh t_p)
 *     ds/dt_p = -n_p (cosh(t - t_p) + v sinh t_p sinh t)
 *     by u^:  sinh t (n_x - [o,n] u^ + n_p cosh t_p (sin^2(phi) p^ - cos(phi) o))
 *     by p^:  b n_x + n_p (cosh t_p - 1) sinh t o,    b = q - cos(phi) sinh t
 *     by n:   q p^ + sinh t o,    q = sinh(t - t_p) - v cosh t_p sinh t;    [n, this] = s
 * with dt = 2sc [u^,du], dt_p = 2sc/gap [p^,dp]. The last three are sums over rows of one vector,
 * sinh t o, and of the numbers q, b, ds/dt_p (hyp/hyperplane/hyperplane_finish.h).
 */
#ifndef HYP_HYPERPLANE_RAY_H
#define HYP_HYPERPLANE_RAY_H

#include "hyp/hyperplane/hyperplane.h"

/* Whether s~ is so small, relative to the terms that it is a difference of, that the pair may need
 * this form. Errors of the plain sum are about eps |B|: past |B| gap/2 = sc|[p,n]| they are within
 * 2 eps/gap of s~. */
static inline HD bool hyperplane_cancels(const Hyperplane *plane, real scaled) {
    return fabs(scaled) < plane->ray_limit;
}

/* One u relative to one p. */
typedef struct HyperplaneRay {
    bool near;            /* cos(phi) >= 3/4; if not, nothing below is set */
    real along, rest;     /* |u| o = u - along p - rest p, in this order */
    real length;          /* |u| */
    real cosine, versine; /* cos(phi), v */
    real across;          /* [o,n] */
} HyperplaneRay;

/* Element i of |u| o. */
static inline HD real hyperplane_ray_across(const HyperplaneRay *ray, real u, real p) {
    return fma(-ray->rest, p, fma(-ray->along, p, u));
}

static inline HD HyperplaneRay hyperplane_ray(const real *u, const real *p, const real *unit_normal,
                                              int64_t n, const Hyperplane *plane) {
    HyperplaneRay ray = { false, 0, 0, 0, 0, 0, 0 };
    const real square = plane->point_length * plane->point_length;
    ray.length = row_norm(u, n);
    ray.along = row_dot(u, p, n) / square;
    if (!(ray.along * plane->point_length >= (real)0.75 * ray.length)) return ray;
    ray.near = true;
    real left = 0, normal = 0, across = 0;
    for (int64_t i = 0; i < n; i++) left += hyperplane_ray_across(&ray, u[i], p[i]) * p[i];
    ray.rest = left / square;
    for (int64_t i = 0; i < n; i++) {
        const real o = hyperplane_ray_across(&ray, u[i], p[i]) / ray.length;
        normal += o * unit_normal[i];
        across += o * o;
    }
    if (across > 1) across = 1;
    ray.cosine = sqrt(1 - across);
    ray.versine = across / (1 + ray.cosine);
    ray.across = normal;
    return ray;
}

/* The formulas' terms of one plane, and of t - t_p, scaled by e^-t. */
typedef struct HyperplaneRayTerms {
    real normal;                /* n_p */
    real cosh_point;            /* cosh t_p */
    real sinh, sinh_apart;      /* of t, of t - t_p */
    real cosh_apart, of_normal; /* q */
} HyperplaneRayTerms;

static inline HD HyperplaneRayTerms hyperplane_ray_terms(const HyperplaneRow *row,
                                                         const Hyperplane *plane,
                                                         const HyperplaneRay *ray, real c) {
    HyperplaneRayTerms terms;
    const real radius = sqrt(c) * plane->point_length, outer = (1 + radius) * (1 + radius);
    const real falling = plane->gap / outer, rising = row->decay * (outer / plane->gap);
    terms.normal = plane->height / plane->point_length;
    terms.cosh_point = (1 + radius * radius) / plane->gap;
    terms.sinh = row->t * row->sinhc;
    terms.sinh_apart = (falling - rising) / 2;
    terms.cosh_apart = (falling + rising) / 2;
    terms.of_normal = terms.sinh_apart - ray->versine * terms.cosh_point * terms.sinh;
    return terms;
}

/* s~ of a near pair. */
static inline HD real hyperplane_ray_sinh(const HyperplaneRow *row, const Hyperplane *plane,
                                          const HyperplaneRay *ray, real c) {
    const HyperplaneRayTerms terms = hyperplane_ray_terms(row, plane, ray, c);
    return terms.sinh * ray->across + terms.normal * terms.of_normal;
}

/* The gradient of a near pair, with incoming gradient g: hyperplane_ray_to_row gives an element of
 * du, hyperplane_finish takes the sums of the rest over rows. */
typedef struct HyperplaneRayGradient {
    real of_normal, of_turn, of_depth;       /* q, b, ds/dt_p */
    real of_across;                          /* |u| o times this is sinh t o */
    real u_normal, u_point, u_row, u_across; /* du = these times n, p, u, |u| o */
} HyperplaneRayGradient;

static inline HD HyperplaneRayGradient hyperplane_ray_backward(const HyperplaneRow *row,
                                                               const Hyperplane *plane,
                                                               const HyperplaneRay *ray, real c,
                                                               real g) {
    const HyperplaneRayTerms terms = hyperplane_ray_terms(row, plane, ray, c);
    const real scaled = terms.sinh * ray->across + terms.normal * terms.of_normal;
    const real ds = g * plane->weight * hyperplane_asinh_slope(scaled, row);
    const real sinh_point = plane->offset / terms.normal;
    const real steep = terms.normal * terms.cosh_point, per_length = ds * terms.sinh / ray->length;
    const real by_argument =
        terms.normal * terms.cosh_apart + row->cosh * (ray->across - steep * ray->versine);
    const real sine_square = ray->versine * (1 + ray->cosine);
    HyperplaneRayGradient gradient;
    gradient.of_normal = ds * terms.of_normal;
    gradient.of_turn = gradient.of_normal - ds * ray->cosine * terms.sinh;
    gradient.of_depth =
        -ds * terms.normal * (terms.cosh_apart + ray->versine * sinh_point * terms.sinh);
    gradient.of_across = per_length;
    gradient.u_normal = per_length;
    gradient.u_point = per_length * (steep * sine_square - terms.normal) / plane->point_length;
    gradient.u_row = (2 * sqrt(c) * ds * by_argument - per_length * ray->across) / ray->length;
    gradient.u_across = -per_length * steep * ray->cosine / ray->length;
    return gradient;
}

/* Element i of du. */
static inline HD real hyperplane_ray_to_row(const HyperplaneRayGradient *gradient,
                                            const HyperplaneRay *ray, real u, real p, real normal) {
    return gradient->u_normal * normal + gradient->u_point * p + gradient->u_row * u +
           gradient->u_across * hyperplane_ray_across(ray, u, p);
}

#endif
