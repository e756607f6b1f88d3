/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests left, below directories given: a directory per guest, called
 * "coverage", in it one per test, and in that the data of each object, and an empty
 * file "dumped", or "running" if the guest died before it wrote its data.
 */
#ifndef COVERAGE_GUESTS_H
#define COVERAGE_GUESTS_H

#include <glib.h>

/* guests_objects() - those of @kernel's coverage.files that have notes: "d/a" for
 * d/a.c. NULL with @error if there are none. */
GPtrArray *guests_objects(const char *kernel, GError **error);

/* guests_test() - the name of the test whose directory @dir is. Not yours. */
const char *guests_test(const char *dir);

/*
 * guests_read() - the directories below @dirs that have data, all of it from the
 * kernel that was built in @kernel. Writes lost.txt, unsure and trouble to @out.
 * @junit: result of that run, or NULL; tests in it that left no data are lost.
 */
GPtrArray *guests_read(const char *kernel, char **dirs, const char *junit,
		       const char *out, GError **error);

#endif
