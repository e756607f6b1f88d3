/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "gcov --stdout --json-format" prints. */
#ifndef COVERAGE_GCOV_H
#define COVERAGE_GCOV_H

#include <glib.h>

/* A line that can run. The strings are interned. */
typedef struct {
	const char *data_file;
	const char *source; /* relative to the tree */
	guint line;
	const char *function; /* "-": none */
	guint64 count;
} GcovLine;

/*
 * gcov_parse() - the lines of sources below @tree, of which gcov wrote @size bytes at
 * @json, as GcovLine; NULL with @error if that is not gcov's output. JSON has no
 * order among the members of an object, and gcc changed it; members not known here
 * are skipped, for later compilers have more.
 */
GArray *gcov_parse(const char *json, gsize size, const char *tree,
		   GError **error);

#endif
