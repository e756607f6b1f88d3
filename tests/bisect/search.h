/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for the first bad commit. */
#ifndef BISECT_SEARCH_H
#define BISECT_SEARCH_H

#include "step.h"

typedef enum {
	FOUND,
	/* Found, and the test does not apply to what comes before it. */
	FOUND_AT_BORDER,
	/* Several are left, since the others cannot be tested. */
	LEFT,
	/* GOOD has the fault. */
	BAD_AT_GOOD,
	/* Nothing can be said of GOOD. */
	NO_VERDICT_AT_GOOD,
} Outcome;

typedef struct {
	Bench bench;
	guint runs; /* of each kernel */
	gboolean any; /* any failure makes a kernel bad */
	History *history;
	GHashTable *steps; /* Commit -> Step */
	GPtrArray *signature; /* the failures that are looked for */
	Reads *reads; /* of all kernels that were built */
	gboolean reads_unknown; /* a build left no notes of what it read */
	const Commit *here; /* was compiled last; NULL: not known */
	double tests; /* seconds that the tests of the last kernel took */
	/* If they take this long, the next kernel is built meanwhile. */
	double long_tests;
	guint tried; /* steps between the ends so far */
	double cost, seconds; /* of these: estimated by choose(), measured */
} Search;

/*
 * Build the kernel at @commit and run the tests, as often as a verdict needs. @ahead: the
 * commit whose kernel is built meanwhile if the tests take long; or NULL.
 */
Step *search_try(Search *search, Commit *commit, Commit *ahead);

/* Set the verdicts of all commits that were tried, by .signature. */
void search_judge(Search *search);

/*
 * Try commits until the first bad one is found or nothing is left to try. @candidates:
 * what is left of history_candidates(), with the first bad one as the last if it is found.
 * The caller frees it.
 */
Outcome search_run(Search *search, GPtrArray **candidates);

/* "0012 abcdef012345 subject"; owned. */
char *commit_title(const Commit *commit);

#endif
