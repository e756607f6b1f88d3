/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data of a made-up run, in a directory of its own. A series of three patches, 0001,
 * 0002 and 0004, results in this d/a.c:
 *
 *   1 /_ a _/		2 int f(void)	3 {
 *   4	int i = 1;	0001
 *   5	h(i);		0001, where it was line 6
 *   6	g(i);		0002
 *   7	if (i)		0004
 *   8		h(i);	0004
 *   9	return i < 2;	0004
 *   10 }
 *
 * and changes d/not-built.c. Three tests ran it: all but lines 6 and 8.
 */
#ifndef COVERAGE_FIXTURE_H
#define COVERAGE_FIXTURE_H

#include "data.h"

/* fixture_dir() - a new directory, which is removed when the program ends. */
const char *fixture_dir(void);

/* fixture_data() - such a directory with all files of the data. */
const char *fixture_data(void);

/* put() - writes @dir/@name; "|" in @text is a tab. */
void put(const char *dir, const char *name, const char *text);

/* assert_file() - @dir/@name is @text, with "|" for a tab. */
void assert_file(const char *dir, const char *name, const char *text);

/* edit() - replaces the first @from in @dir/@name by @to; "|" is a tab. */
void edit(const char *dir, const char *name, const char *from, const char *to);

/* load() - opens the data in @dir, which must be valid. */
Data *load(const char *dir);

/* assert_has() - @text contains @part. */
void assert_has(const char *text, const char *part);

/* assert_error() - @error is set, its message contains @part; it is cleared. */
void assert_error(GError **error, const char *part);

/* sh() - runs @command, with $1 = @dir; it has to succeed. */
void sh(const char *command, const char *dir);

/* fixture_run() - runs the tests; main() returns its result. */
int fixture_run(void);

#endif
