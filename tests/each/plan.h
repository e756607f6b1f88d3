/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps: a series up to each of its patches. */
#ifndef EACH_PLAN_H
#define EACH_PLAN_H

#include <glib.h>

/* A slot of the series. All strings belong to it. */
typedef struct {
	char *slot; /* "0012" */
	char *series; /* the patches up to it, as SERIES says it */
	char *patch; /* its file, or NULL if it is empty */
	char *subject; /* of the patch; or "(empty: REASON)" */
	char **excepted; /* TYPEs of checkpatch.pl */
} Step;

typedef struct {
	char *tree; /* the private copy of the kernel */
	char *key; /* what kernels depend on, beside patches */
	GPtrArray *
		steps; /* Step, in order; the first is 0000, the kernel without any */
} Plan;

/*
 * plan_make() - makes the steps in the directory @build (see steps.sh) and reads them. NULL
 * with @error set. Free it with plan_free().
 */
Plan *plan_make(const char *scripts, const char *build, GError **error);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* plan_before() - the last step before @step that has a patch, or else the first one. */
const Step *plan_before(const Plan *plan, const Step *step);

/* plan_key() - a hash of what the kernel of @step, and all that is said of it, depend on. */
char *plan_key(const Plan *plan, const Step *step);

#endif
