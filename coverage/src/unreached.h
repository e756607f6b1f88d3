/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Added lines that do not run, and why: a list in paragraphs. Each begins with FILE
 * FUNCTION, goes on with lines of that function, "|" before each, and ends with the
 * reason. With a version behind it (FILE FUNCTION 6.12), it is about that kernel only. A
 * line that a function has twice is listed twice. Lines with # are comments.
 * "1 of 2 | if (x)", as in branches.txt, is a line that runs, but takes only one of its
 * branches; the reason is that of the others.
 * "FILE not_built" with a reason, but no lines, is for a file that is not built.
 */
#ifndef COVERAGE_UNREACHED_H
#define COVERAGE_UNREACHED_H

#include "data.h"

/*
 * unreached_check() - compares the list @path with the added lines that did not run.
 * Sets the reason of those that are listed, and of the files @not_built. Adds a message
 * to @wrong for each listed line that runs or does not exist and, if @all tests have
 * run, for each line that does not run and is not listed. Branches of lines that run are
 * reasoned if they are listed; it is wrong if more are taken than the list says. What
 * this compiler generates no code for, or another number of branches, is not wrong, and
 * such branches get no reason.
 */
void unreached_check(Data *data, GPtrArray *not_built, const char *path,
		     gboolean all, GPtrArray *wrong);

#endif
