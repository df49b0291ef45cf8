/* usual.h - the audited formulas as they are usually coded, and references in long double.
 *
 * The usual code is written with Duals (hyp/audit/dual.h). Rounded to float or double it gives what
 * a program with automatic gradients gives, clamps included; without rounding and clamps it is the
 * reference, where it keeps its digits in long double. Where it does not, a reference in another
 * form stands beside it. out: the outputs, by the three numbers of sample->x, or by sample->c.
 */
#ifndef HYP_AUDIT_USUAL_H
#define HYP_AUDIT_USUAL_H

#include "hyp/audit/dual.h"
#include "hyp/audit/sample.h"

void usual_exp_map_zero(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_log_map_zero(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_distance(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_mobius_gap(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_hyperplane(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_scaled_plane(const AuditSample *sample, Rounding rounding, Dual *out);
void usual_feature_clip(const AuditSample *sample, Rounding rounding, Dual *out);

void reference_radial(const AuditSample *sample, Dual *out);
void reference_exp_map_zero_by_c(const AuditSample *sample, Dual *out);
void reference_log_map_zero(const AuditSample *sample, Dual *out);
void reference_distance(const AuditSample *sample, Dual *out);
void reference_mobius_gap(const AuditSample *sample, Dual *out);
void reference_hyperplane(const AuditSample *sample, Dual *out);
void reference_scaled_plane(const AuditSample *sample, Dual *out);

#endif
