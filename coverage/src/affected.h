/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tests run what a change touches?
 *
 * A change is looked up in the source as it was when the data was made: the lines that
 * it replaces, or if these are not there, those that it brings, wherever they are. What
 * has no line of its own counts for the function around it. Whatever is not known, a
 * file, a header, a declaration, a line that nothing runs, means all tests; and tests
 * whose data is lost, or that did not run then or did not pass, are always among them.
 */
#ifndef COVERAGE_AFFECTED_H
#define COVERAGE_AFFECTED_H

#include "data.h"

/*
 * affected() - those of @tests that run what @diff touches. @why is one line for
 * people then: how many, and why. NULL with @error if there is no change in @diff.
 * Both are the caller's; the strings of the array are those of @tests.
 */
GPtrArray *affected(Data *data, const char *diff, char **tests, char **why,
		    GError **error);

/*
 * change_read() - a diff: @change is a file with a patch; or else commits, A or A..B,
 * of KERNEL if that is a git tree, or else of @tree.
 */
char *change_read(const char *change, const char *tree, GError **error);

#endif
