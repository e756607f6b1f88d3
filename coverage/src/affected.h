/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tests run the code that a change touches?
 *
 * A change is looked up in the source of the last coverage run: the lines that it
 * replaces, or if these are not found, the lines that it adds, wherever they are. A
 * line that is not found counts as part of the function around it. If the data does
 * not cover a change (a file, a header, a declaration, a line that no test runs), all
 * tests are chosen. Tests are always chosen if their data is lost, or if they did not
 * run or pass at the time.
 */
#ifndef COVERAGE_AFFECTED_H
#define COVERAGE_AFFECTED_H

#include "data.h"

/*
 * affected() - those of @tests that run code that @diff touches. @why gets a message
 * of one line: how many, and why. NULL with @error if there is no change in @diff.
 * The caller frees the array and @why; the strings in the array belong to @tests.
 */
GPtrArray *affected(Data *data, const char *diff, char **tests, char **why,
		    GError **error);

/*
 * change_read() - the diff of @change, which is a file with a patch, or else commits
 * (A or A..B) of KERNEL if that is a git tree, or else of @tree.
 */
char *change_read(const char *change, const char *tree, GError **error);

#endif
