/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Added lines that do not run, and why: a list in paragraphs. Each begins with FILE
 * FUNCTION, goes on with lines of that function, "|" before each, and ends with the
 * reason. A line that is there twice is listed twice. Lines of # are comments.
 */
#ifndef COVERAGE_UNREACHED_H
#define COVERAGE_UNREACHED_H

#include "data.h"

/*
 * unreached_check() - is every added line that did not run in the list @path, and no
 * other? Sets the reason of those that are. What is wrong is added to @wrong, one
 * line each: a line that is listed but runs; and if @all tests have run, one that
 * does not run and is not listed. For some lines one compiler makes code and another
 * none: that one is listed is no error then.
 */
void unreached_check(Data *data, const char *path, gboolean all,
		     GPtrArray *wrong);

#endif
