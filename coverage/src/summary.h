/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report on the terminal. */
#ifndef COVERAGE_SUMMARY_H
#define COVERAGE_SUMMARY_H

#include "data.h"

/* Lines that can run, of a patch or of the series. */
typedef struct {
	guint lines, run, branches, taken;
	guint reasoned; /* branches not taken, with a reason */
} Sum;

/* sum_of() - sums up the lines of @patch, or of all patches if NULL; no edited ones. */
Sum sum_of(const Data *data, const Patch *patch);

/* format_percent() - rounds down, so 100 means all; @none if @all is 0. */
char *format_percent(guint part, guint all, const char *none);

/*
 * never_entered() - functions that have added lines but never ran. Returns pairs:
 * File, name, File, name, and so on.
 */
GPtrArray *never_entered(const Data *data);

/*
 * missing_branches() - a text with a line for each added line that ran, but did not
 * take all of its branches, and after it the reason if there is one. @count gets the
 * number of lines.
 */
char *missing_branches(const Data *data, guint *count);

/* percent_wanted() - checks COV_MIN. */
gboolean percent_wanted(double *percent, GError **error);

/*
 * series_table() - a row per patch, the functions never entered, the files @not_built,
 * and last "series: X of Y added lines run (P%)". @enough: does this reach COV_MIN?
 */
gboolean series_table(const Data *data, const GPtrArray *not_built,
		      GString *out, gboolean *enough, GError **error);

/*
 * print_report() - prints the report in @dir, which has the directory data, on
 * standard output, and errors of the list @list on standard error. @full: all tests
 * have run. Returns FALSE if the command must fail; @error may be unset then.
 */
gboolean print_report(const char *dir, const char *list, gboolean full,
		      GError **error);

#endif
