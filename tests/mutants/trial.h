/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs tests on a kernel until one fails. */
#ifndef MUTANTS_TRIAL_H
#define MUTANTS_TRIAL_H

#include <glib.h>

typedef struct {
	char **command; /* the runner's; names of tests are added */
	GHashTable *ignored; /* names of tests whose failure means nothing */
	guint seconds; /* after which tests that have not ended count as hanging */
} Trial;

/* A test that failed, and the first line of why. */
typedef struct {
	char *test, *why;
} Failure;

void failure_free(Failure *failure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Failure, failure_free)

/*
 * trial_run() - runs @tests until one fails that is not ignored. The caller frees
 * @failure, which is NULL if none did. FALSE with @error if there is no result.
 */
gboolean trial_run(const Trial *trial, const GPtrArray *tests,
		   Failure **failure, GError **error);

#endif
