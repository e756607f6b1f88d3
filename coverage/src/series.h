/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each patch of the series brought: patches, blame and diff.NUMBER of the data. */
#ifndef COVERAGE_SERIES_H
#define COVERAGE_SERIES_H

#include "data.h"

/*
 * series_write() - of the kernel's private copy @tree, as it was built, into the
 * directory @out, for those of @files that the series touches.
 */
gboolean series_write(const char *tree, char **files, const char *out,
		      GError **error);

/*
 * series_files() - the files whose coverage is asked for: those in @tree that the
 * series touches, and those of @wanted, patterns and directories with blanks
 * between; without either, the helpers and the drivers. Of char *, sorted, each once.
 */
GPtrArray *series_files(const char *tree, const char *wanted, GError **error);

/*
 * blame_rows() - rows of "blame" for @file, from what "git blame --line-porcelain"
 * printed. @numbers: commit -> number of the patch.
 */
void blame_rows(GString *rows, const char *porcelain, const char *file,
		GHashTable *numbers);

#endif
