/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trial: which tests are run with a planted bug, in which order, and when it is enough.
 * A failure counts only if the same test fails again with the same kernel, and passes
 * without the bug.
 */
#ifndef REGRESSIONS_TRIAL_H
#define REGRESSIONS_TRIAL_H

#include "planted.h"

/* What a run of tests is told. */
typedef struct {
	guint limit; /* seconds that a test may take; 0: its own limit */
	guint stop_after; /* so many failures end it; 0: none do */
} TrialLimits;

typedef struct {
	/*
	 * Run the tests of these patterns, all if there are none, with the bug. Return
	 * what they said; NULL with @error set if they cannot be run at all.
	 */
	Tap *(*run)(char **patterns, TrialLimits limits, gpointer data,
		    GError **error);
	/* Has this test passed, or would it pass, without the bug? */
	gboolean (*passes_plain)(const char *test, gpointer data);
	gpointer data;
} TrialFuncs;

typedef enum { TRIAL_CAUGHT, TRIAL_NOT_CAUGHT, TRIAL_ERROR } TrialResult;

/* False for what a guest does before or after its tests: "boot", "lost-memory". */
gboolean trial_is_test(const char *name);

/*
 * Until the first catch that is repeated: each pattern of Caught-by by itself; without
 * any, those that @planted names at Try-first:, then @first, then all others of @tests
 * (names).
 *
 * These append to @out how the bug was caught, or "not caught", then what is wrong (see
 * judge.h).
 */
TrialResult trial_quick(const Planted *planted, char **first, char **tests,
			const TrialFuncs *funcs, GString *out, GError **error);

/*
 * The tests of these patterns, or all: it must be caught, and nothing fail but what may.
 * With Caught-by empty, all that fail are listed.
 */
TrialResult trial_full(const Planted *planted, char **patterns,
		       const TrialFuncs *funcs, GString *out, GError **error);

/* The tests of Caught-by so many times: each time, it must be caught. */
TrialResult trial_often(const Planted *planted, guint times,
			const TrialFuncs *funcs, GString *out, GError **error);

#endif
