/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests reach a line, from the data of the last make coverage. */
#ifndef MUTANTS_REACH_H
#define MUTANTS_REACH_H

#include <glib.h>

#include "../../coverage/src/data.h"
#include "mutant.h"

/*
 * reach_tests() - those of @tests that ran the line of @mutant, or the nearest before it
 * that can run. The source may have changed since: lines are looked up by their function
 * and text, and one that is not found counts as all of its function. Those that run
 * the fewest lines in all come first: they look at this most closely, and are quick. The
 * names belong to @tests.
 */
GPtrArray *reach_tests(const Data *data, const Mutant *mutant,
		       const GPtrArray *tests);

/* reach_is_known() - did @test run when the data was taken, so that it says what it runs? */
gboolean reach_is_known(const Data *data, const char *test);

#endif
