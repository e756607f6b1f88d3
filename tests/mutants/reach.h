/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests reach a line, from the data of the last make coverage. */
#ifndef MUTANTS_REACH_H
#define MUTANTS_REACH_H

#include <glib.h>

#include "../../coverage/src/data.h"
#include "mutant.h"

typedef enum { REACH_LINE, REACH_FUNCTION } ReachWhat;

/*
 * reach_tests() - those of @tests that ran the line of @mutant, or the nearest before it
 * that can run; of a branch that is skipped, those that ran the branch. Or else those
 * that ran the function: the compiler may have a path around the line on which what it
 * does is known, so the first kind does not have all that can see the mutant. The source may
 * have changed since: lines are looked up by their function and text. Those that run
 * the fewest lines in all come first: they look at this most closely, and are quick. The
 * names belong to @tests.
 */
GPtrArray *reach_tests(const Data *data, const Mutant *mutant,
		       const GPtrArray *tests, ReachWhat what);

/* reach_is_known() - did @test run when the data was taken, so that it says what it runs? */
gboolean reach_is_known(const Data *data, const char *test);

#endif
