/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The results of one or more runs of the tests with the same kernel: JUnit XML of
 * each run (the runner's --junit), and what else lies beside it:
 *
 *   *.xml          a run each
 *   *.cost         what reclaim cost in a run: lines "NAME UNIT VALUE"
 *   coverage.info  which lines ran, as LCOV writes it (make coverage)
 */
#ifndef COMPARE_RUN_H
#define COMPARE_RUN_H

#include <glib.h>

#include "spread.h"

/* A test, over all runs. All strings belong to it. */
typedef struct {
	char *name;
	guint passed, failed, skipped; /* in how many runs */
	char *reason; /* of the first failure or skip, or NULL */
	GArray *seconds; /* gdouble, of each run in which it passed */
} TestRuns;

/* What a function's lines did. */
typedef struct {
	char *name; /* "FILE: FUNCTION" */
	guint lines, ran; /* lines that can run, and that did */
} FunctionRuns;

/* A measured value; all of them are the better the smaller, or the larger. */
typedef struct {
	char *name, *unit;
	gboolean larger_is_better;
	GArray *values; /* gdouble, of each run */
} CostRuns;

typedef struct {
	char *name; /* as the user said it */
	char *kernel; /* "Linux 6.12.117 debug" of the first run, or "" */
	guint runs;
	GHashTable *tests; /* name to TestRuns */
	GHashTable *functions; /* name to FunctionRuns */
	GHashTable *costs; /* name to CostRuns */
} Runs;

/*
 * Read a directory as above, or a single XML file. @name is for messages and for the
 * report. NULL with @error set if there is no run, or one cannot be read.
 */
Runs *runs_load(const char *name, const char *path, GError **error);

/* Add a run from the text of a JUnit file; a file that is cut short is an error. */
gboolean runs_add_junit(Runs *runs, const char *xml, GError **error);
/* Add a run's costs; unknown lines are an error. */
gboolean runs_add_costs(Runs *runs, const char *text, GError **error);
/* Add LCOV's tracefile. */
void runs_add_coverage(Runs *runs, const char *text);

Runs *runs_new(const char *name);
void runs_free(Runs *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Runs, runs_free)

#endif
