/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a kernel good or bad, by what its tests said? */
#ifndef BISECT_VERDICT_H
#define BISECT_VERDICT_H

#include "../tap/tap.h"
#include "history.h"

/*
 * A failure at BAD. Its reason is known by its text without numbers, which differ between
 * kernels; the line number of a failed check stays.
 */
typedef struct {
	char *test, *known_by, *reason;
} Failure;

/* The signature, the failures that are looked for: array of Failure. */
GPtrArray *signature_new(void);

/* Add the failures of @tap, each once. */
void signature_add(GPtrArray *signature, const Tap *tap);

/* Its tests, each once; the names belong to @signature. */
GPtrArray *signature_tests(GPtrArray *signature);

/* Keep only failures of @tests, names. */
void signature_keep(GPtrArray *signature, GPtrArray *tests);

/* Did the guest of some test not come up? */
gboolean did_not_boot(const Tap *tap);

/*
 * The verdict of one run: BAD if one of the failures of @signature came up again, GOOD if
 * all its tests passed; with @any, any failure is bad. With another verdict, the reason
 * is added to @note.
 */
Verdict judge_run(const Tap *tap, GPtrArray *signature, gboolean any,
		  GString *note);

/*
 * The verdict of all runs (array of Tap) of one kernel; @wanted: the number of runs that
 * must pass before it is good. UNTRIED: another run is needed.
 */
Verdict judge_runs(GPtrArray *runs, guint wanted, GPtrArray *signature,
		   gboolean any, GString *note);

/* The chance that a fault which shows in this @share of the runs is missed in @runs. */
double chance_missed(double share, guint runs);

/* The chance that one of @kernels, each taken for good after @runs, is bad after all. */
double chance_wrong(double share, guint runs, guint kernels);

/* The number of runs with which the chance of missing such a fault is 1 %. */
guint runs_needed(double share);

#endif
