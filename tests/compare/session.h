/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the tests with two kernels in turn. */
#ifndef COMPARE_SESSION_H
#define COMPARE_SESSION_H

#include <glib.h>

/* What is compared. */
typedef struct {
	char *name; /* "A=...", for messages */
	char *path; /* as the user said it */
	/* "SERIES=..." or "KERNEL=...", for scripts; NULL: it is the results of a run */
	char *set;
	char *results; /* where these are, or will be: see run.h */
} Side;

typedef struct {
	const char *scripts; /* uml-config/ */
	char *build; /* the workspace */
	char *const *command; /* runs the tests; see main.c */
	const char *variant;
	guint runs; /* of each kernel */
	gboolean cost; /* measure what reclaim costs as well? */
	Side sides[2];
} Session;

/* session_sides() - fills in the sides from A and B. FALSE with @error set. */
gboolean session_sides(Session *session, GError **error);

/* session_run() - builds the kernels, and runs the tests. FALSE with @error set. */
gboolean session_run(Session *session, GError **error);

#endif
