/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What diff and git diff print, as lines of hunks. */
#ifndef COVERAGE_DIFF_H
#define COVERAGE_DIFF_H

#include <glib.h>

typedef struct {
	char *file; /* as the change leaves it; what is removed: its old name */
	char *header; /* "@@ -1,2 +1,3 @@" */
	guint old_at, new_at; /* its first line, then and now */
	GPtrArray *lines; /* each with its "+", "-" or " " */
} Hunk;

typedef struct {
	char *name; /* after "diff --git", or NULL: diff made it */
	GPtrArray *notes; /* lines such as "rename from d/a.c" */
	GPtrArray *hunks; /* of Hunk */
} DiffFile;

/* diff_parse() - of DiffFile. What is around the diffs, as in a mail, is left out. */
GPtrArray *diff_parse(const char *text);

#endif
