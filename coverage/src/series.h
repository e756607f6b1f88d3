/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patches of the series: files patches, blame and diff.NUMBER of the data. */
#ifndef COVERAGE_SERIES_H
#define COVERAGE_SERIES_H

#include "data.h"

/*
 * series_write() - writes these files to the directory @out, for those of @files that
 * the series touches. @tree: the kernel's private copy, as it was built.
 */
gboolean series_write(const char *tree, char **files, const char *out,
		      GError **error);

/*
 * series_files() - the files that the report covers: those in @tree that the series
 * touches, and those of @wanted (patterns and directories, separated by blanks). If
 * there are none: the helpers and the drivers. Returns char *, sorted, each once.
 */
GPtrArray *series_files(const char *tree, const char *wanted, GError **error);

/*
 * blame_rows() - adds rows of "blame" for @file to @rows. @porcelain: the output of
 * "git blame --line-porcelain". @numbers: commit -> number of the patch.
 */
void blame_rows(GString *rows, const char *porcelain, const char *file,
		GHashTable *numbers);

#endif
