/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the runs of two kernels, A and B. */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "run.h"

/* Kinds of differences in a test, a time, a cost or the coverage of a function. */
typedef enum {
	NEWLY_FAILS, /* in every run of B, and not in every run of A */
	SOMETIMES_FAILS, /* in some runs of B */
	NEWLY_SKIPPED, /* in some run of B, and in none of A */
	GONE, /* not in B */
	SLOWER,
	COSTS_MORE,
	COVERAGE_LOST, /* a function with more lines that do not run */
	STILL_FAILS,
	FIXED, /* failed in A, passes in every run of B */
	NEWLY_RUN, /* was skipped in A, or is new */
	NO_LONGER_APPLIES, /* ran with A, and is for kernels without what B has */
	FASTER,
	COSTS_LESS,
	COVERAGE_GAINED,
	KINDS
} Kind;

typedef struct {
	Kind kind;
	gboolean worse; /* than with A */
	char *name;
	char *a, *b; /* what it was, in words */
	char *reason; /* of a failure or skip, or NULL */
} Change;

typedef struct {
	GPtrArray *changes; /* Change, by kind, then by name */
	guint same; /* tests without a difference */
	gboolean times; /* were times compared? */
	gboolean compared; /* did A and B have anything in common? */
	gboolean worse; /* is any change for the worse? */
} Comparison;

/*
 * Times are compared if there are at least COMPARE_TIMES runs of both. A time has
 * changed if all of A's are on one side of all of B's, with a gap that is wider than
 * the spread of either, and at least TIME_GAP seconds. For costs, the gap is at least
 * a tenth.
 */
#define COMPARE_TIMES 3
#define TIME_GAP 0.1

Comparison *compare(const Runs *a, const Runs *b);
void comparison_free(Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

#endif
