/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parser for the output of diff and git diff. */
#ifndef COVERAGE_DIFF_H
#define COVERAGE_DIFF_H

#include <glib.h>

typedef struct {
	char *file; /* its new name, or the old one if it is removed */
	char *header; /* "@@ -1,2 +1,3 @@" */
	guint old_at, new_at; /* its first line, before and after */
	GPtrArray *lines; /* each with its "+", "-" or " " */
} Hunk;

typedef struct {
	char *name; /* after "diff --git"; NULL: from plain diff */
	GPtrArray *notes; /* lines such as "rename from d/a.c" */
	GPtrArray *hunks; /* of Hunk */
} DiffFile;

/* diff_parse() - an array of DiffFile. Ignores text around the diffs, as in a mail. */
GPtrArray *diff_parse(const char *text);

#endif
