/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot go on ends the program: an error, a failure of git, a signal. */
#ifndef BISECT_STOP_H
#define BISECT_STOP_H

#include <glib.h>

/* Print "error: ..." and exit with status 2; or that of the signal that we got. */
void stop_with_error(const char *format, ...)
	G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/*
 * The output of "git -C @repo ...", whose words end with NULL; owned. A failure is an error.
 * @input: what it reads, or NULL.
 */
char *git_get(const char *repo, const char *input, ...) G_GNUC_NULL_TERMINATED;

#endif
