/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parser for the output of "gcov --stdout --json-format". */
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
 * gcov_parse() - parses @size bytes of gcov's output at @json. Returns the lines of
 * sources below @tree, as GcovLine; NULL with @error if it is not valid. The order of
 * members differs between versions of gcc. Unknown members are skipped, because later
 * versions have more.
 */
GArray *gcov_parse(const char *json, gsize size, const char *tree,
		   GError **error);

#endif
