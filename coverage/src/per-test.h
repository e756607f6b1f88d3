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
	guint jobs; /* how many gcov to run at a time */
} PerTest;

/*
 * per_test() - adds to @data, of which only "files" is there, the lines that can run
 * and who ran them, by the data in @dumped, directories of a test each.
 *
 * Most data files are the same byte for byte as another test's, for a test leaves
 * most code alone. gcov is asked about each content once.
 */
gboolean per_test(const PerTest *options, GPtrArray *dumped, Data *data,
		  GError **error);

#endif
