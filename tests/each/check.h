/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the kernel with the patches up to one, and looks at what this one brings. */
#ifndef EACH_CHECK_H
#define EACH_CHECK_H

#include <glib.h>

typedef struct {
	const char *scripts; /* uml-config/ */
	const char *build; /* where kernels are built */
	const char *variant;
	const char *series; /* with this patch, as SERIES says it */
	const char *before; /* without it */
	const char
		*dir; /* of this step: kernel, gives, log, alive, see below */
	const char *previous; /* of the one before, or NULL */
	const char *patch; /* its file; NULL: the kernel is only built */
	char **excepted; /* TYPEs of checkpatch.pl that are no reason */
} CheckArgs;

typedef struct {
	gboolean built;
	GString *
		reasons; /* what is wrong: a line, then details that begin with a tab */
	guint build, looks; /* seconds */
} Check;

/*
 * check_step() - prepares and builds the kernel, and looks for what was not there before:
 * warnings of the build and of W=1, sparse and kernel-doc; and what checkpatch.pl says. In
 * the directory of the step there are then the kernel; gives, its capabilities; log, what
 * all tools said; and alive, all warnings of the build of this very state. Free it with
 * check_free().
 */
Check *check_step(const CheckArgs *args);
void check_free(Check *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Check, check_free)

#endif
