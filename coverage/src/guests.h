/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data that guests wrote. Each guest has a directory "coverage", which has a
 * directory per test. That has the data of each object and an empty file: "dumped",
 * or "running" if the guest died before it wrote its data.
 */
#ifndef COVERAGE_GUESTS_H
#define COVERAGE_GUESTS_H

#include <glib.h>

/*
 * guests_objects() - the files of @kernel's coverage.files that have gcov notes: "d/a"
 * for d/a.c. NULL with @error if there are none.
 */
GPtrArray *guests_objects(const char *kernel, GError **error);

/* guests_test() - the test to which directory @dir belongs. Do not free the name. */
const char *guests_test(const char *dir);

/*
 * guests_read() - the directories below @dirs that have data. Data of a kernel other
 * than the one in @kernel is an error. Writes lost.txt, unsure and trouble to @out.
 * @junit: result of that run, or NULL; tests in it that left no data are lost.
 */
GPtrArray *guests_read(const char *kernel, char **dirs, const char *junit,
		       const char *out, GError **error);

#endif
