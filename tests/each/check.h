/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the kernel with the patches up to one, and looks for new warnings of that one. */
#ifndef EACH_CHECK_H
#define EACH_CHECK_H

#include <glib.h>

typedef struct {
	const char *scripts; /* uml-config/ */
	const char *build; /* where kernels are built */
	const char *variant;
	const char *series; /* with this patch, as SERIES says it */
	const char *before; /* without it */
	const char *dir; /* of this step; see check_step() */
	const char *previous; /* of the one before, or NULL */
	const char *patch; /* its file; NULL: the kernel is only built */
	char **excepted; /* TYPEs of checkpatch.pl that are allowed */
} CheckArgs;

typedef struct {
	gboolean built;
	/* What is wrong: a line each, then details that begin with a tab. */
	GString *reasons;
	guint build, looks; /* seconds; looks: the other checks */
} Check;

/*
 * check_step() - prepares and builds the kernel, and looks for new warnings of the build, of
 * W=1, sparse and kernel-doc, and for complaints of checkpatch.pl. Leaves in the directory
 * of the step: the kernel; gives, its capabilities; log, the output of all tools; and alive,
 * all warnings of the build in this state, old and new. Free it with check_free().
 */
Check *check_step(const CheckArgs *args);
void check_free(Check *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Check, check_free)

#endif
