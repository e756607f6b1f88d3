/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commit is to be tried next? */
#ifndef BISECT_CHOOSE_H
#define BISECT_CHOOSE_H

#include "history.h"

/* What is left to do, about. */
typedef struct {
	const Commit *next; /* NULL: nothing can be tried */
	guint steps; /* this one included */
	double cost; /* of all these, in units of a step that compiles nothing */
} Choice;

/*
 * Choose among @candidates, see history_candidates(), if the source is now that of
 * @here.
 *
 * If they are in a line, take what is expected to cost the least in the end: each patch
 * is as likely to be the first bad one, and each file that differs costs the objects
 * that are made from it. Else halve the number of commits. A commit to which the test
 * does not apply is never chosen. If it does not apply at GOOD, the first one to which it
 * does is chosen first: what fails there needs no other kernel.
 */
Choice choose(const History *history, GPtrArray *candidates, const Commit *here,
	      const Reads *reads);

#endif
