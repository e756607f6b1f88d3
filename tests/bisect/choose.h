/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commit is to be tried next? */
#ifndef BISECT_CHOOSE_H
#define BISECT_CHOOSE_H

#include "history.h"

/* The next commit to try, and an estimate of what is left to do. */
typedef struct {
	const Commit *next; /* NULL: nothing can be tried */
	guint steps; /* this one included */
	double cost; /* of all steps, in units of a step that compiles nothing */
} Choice;

/*
 * Choose among @candidates, see history_candidates(). The source that is compiled is now
 * that of @here.
 *
 * If they are in a line, take what is expected to cost the least in the end: each patch
 * is as likely to be the first bad one, and each file that differs costs the objects
 * that are made from it. Otherwise, halve the number of commits. A commit to which the
 * test does not apply is never chosen. If it does not apply at GOOD, the first commit to
 * which it does is chosen first: if the test fails there, no other kernel is needed.
 */
Choice choose(const History *history, GPtrArray *candidates, const Commit *here,
	      const Reads *reads);

#endif
