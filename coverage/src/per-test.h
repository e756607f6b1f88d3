/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which test ran which lines: all.lines and tests.lines of the data. */
#ifndef COVERAGE_PER_TEST_H
#define COVERAGE_PER_TEST_H

#include "data.h"

typedef struct {
	const char *kernel; /* where it was built */
	const char *tree; /* its source */
	const char *gcov; /* of the compiler that built it */
	const char *work; /* an empty directory */
	guint jobs; /* gcov processes at a time */
} PerTest;

/*
 * per_test() - adds the lines that can run, and the tests that ran them, to @data,
 * which has only "files" yet. @dumped: the data, a directory per test.
 *
 * Most data files are identical to those of another test, because a test runs little
 * of the code. gcov runs once for each different file.
 */
gboolean per_test(const PerTest *options, GPtrArray *dumped, Data *data,
		  GError **error);

#endif
