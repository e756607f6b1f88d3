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
	guint runs; /* so many for each kernel */
	gboolean any; /* each failure is bad */
	History *history;
	GHashTable *steps; /* Commit -> Step */
	GPtrArray *signature; /* what is looked for */
	Reads *reads; /* of all kernels that are there */
	gboolean reads_unknown; /* one has no notes of what it read */
	const Commit
		*here; /* whose source is there, compiled; NULL: not known */
	double tests; /* seconds that the tests of the last kernel took */
	double long_tests; /* if they take so long, the next kernel is built meanwhile */
	guint tried; /* steps between the ends so far */
	double cost, seconds; /* of these: as choose() says, and as it was */
} Search;

/*
 * Build the kernel at @commit and run the tests, as often as it takes. @ahead: if they
 * take long, its kernel is built beside them; or NULL.
 */
Step *search_try(Search *search, Commit *commit, Commit *ahead);

/* Judge what was tried by .signature. */
void search_judge(Search *search);

/*
 * Try commits until nothing is left to be tried. @candidates: the first bad one is the
 * last of them, or one of them; see history_candidates(). The caller frees it.
 */
Outcome search_run(Search *search, GPtrArray **candidates);

/* "0012 abcdef012345 subject"; owned. */
char *commit_title(const Commit *commit);

#endif
