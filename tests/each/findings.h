/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the warnings of compilers and checkers between two states of a tree. */
#ifndef EACH_FINDINGS_H
#define EACH_FINDINGS_H

#include <glib.h>

/*
 * findings() - what is wrong by @log, of compiler, linker and modpost: sorted lines
 * "FILE: warning: TEXT". Paths are relative to @tree; lines and columns, which change with
 * every edit above, are left out. Free with g_ptr_array_unref().
 */
GPtrArray *findings(const char *tree, const char *log);

/*
 * fresh() - the findings in @now that are not in @before, both sorted; they belong to @now.
 * One that occurs more often in @now is new, too.
 */
GPtrArray *fresh(const GPtrArray *before, const GPtrArray *now);

/* file_of() - the file that a finding is about; owned. */
char *file_of(const char *finding);

/* lines_of() - sorted lines of @text that are not empty. Free with g_ptr_array_unref(). */
GPtrArray *lines_of(const char *text);

/* has_line() - is @line one of the strings in @lines? */
gboolean has_line(const GPtrArray *lines, const char *line);

#endif
