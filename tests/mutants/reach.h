/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests reach a line, from the data of the last make coverage. */
#ifndef MUTANTS_REACH_H
#define MUTANTS_REACH_H

#include <glib.h>

#include "../../coverage/src/data.h"

/*
 * reach_covers() - is @text the text of @file at the time of the data? Else its
 * lines have moved.
 */
gboolean reach_covers(const Data *data, const char *file, const char *text);

/*
 * reach_tests() - those of @tests that ran line @line of @file, or the nearest before it
 * that can run. Those that run the fewest lines in all come first: they look at this
 * most closely, and are quick. The names belong to @tests.
 */
GPtrArray *reach_tests(const Data *data, const char *file, guint line,
		       const GPtrArray *tests);

#endif
