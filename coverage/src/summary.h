/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report on the terminal. */
#ifndef COVERAGE_SUMMARY_H
#define COVERAGE_SUMMARY_H

#include "data.h"

/* Lines that can run, of a patch or of the series. */
typedef struct {
	guint lines, run, branches, taken;
} Sum;

/* sum_of() - of the lines of @patch; NULL: of all patches. Edited lines do not count. */
Sum sum_of(const Data *data, const Patch *patch);

/* format_percent() - rounded down, so that 100 is all of it; @none if @all is 0. */
char *format_percent(guint part, guint all, const char *none);

/*
 * never_entered() - functions with an added line of which no line ran: File and name
 * of each, in turn.
 */
GPtrArray *never_entered(const Data *data);

/* missing_branches() - rows for people of added lines that ran, but not in all
 * their branches. */
char *missing_branches(const Data *data, guint *count);

/* percent_wanted() - checks COV_MIN. */
gboolean percent_wanted(double *percent, GError **error);

/*
 * series_table() - a table per patch, the functions never entered, and last "series:
 * X of Y added lines run (P%)". @enough: is that COV_MIN?
 */
gboolean series_table(const Data *data, GString *out, gboolean *enough,
		      GError **error);

/*
 * print_report() - all of it on standard output, of the report in @dir, with its
 * directory data; what is wrong with the list @list on standard error. @full: all
 * tests have run. Returns FALSE, maybe without @error, if the command is to fail.
 */
gboolean print_report(const char *dir, const char *list, gboolean full,
		      GError **error);

#endif
