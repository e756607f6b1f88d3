/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the result of a bisection. */
#ifndef BISECT_REPORT_H
#define BISECT_REPORT_H

#include "search.h"

/* Print what was found, and write it to DIR/report. The last line names the commit. */
void report_found(const Search *search, const Commit *first, gboolean border);

/* Print the @candidates. */
void report_left(GPtrArray *candidates);

/* Print how sure the answer is; @failed of the @all runs at BAD failed. */
void report_chance(const Search *search, guint failed, guint all);

/* Write DIR/bisect.log, for git bisect replay. */
void report_git_log(const Search *search, GPtrArray *candidates);

/* @path as short as can be; owned. */
char *shown(const char *path);

#endif
