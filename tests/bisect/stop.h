/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the program: after an error, a failure of git, or a signal. */
#ifndef BISECT_STOP_H
#define BISECT_STOP_H

#include <glib.h>

/* Print "error: ..." and exit with status 2, or 128 + N after signal N. */
void stop_with_error(const char *format, ...)
	G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/*
 * The output of "git -C @repo ..."; owned. The arguments end with NULL. A failure ends the
 * program. @input: its standard input, or NULL.
 */
char *git_get(const char *repo, const char *input, ...) G_GNUC_NULL_TERMINATED;

#endif
