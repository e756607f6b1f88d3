/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress line at the bottom of the terminal, on standard output, updated once
 * a second. If standard output is not a suitable terminal, nothing is printed.
 */
#ifndef RUNNER_PROGRESS_H
#define RUNNER_PROGRESS_H

#include <glib.h>

/* Returns the current text of the line; owned by the caller. */
typedef char *(*ProgressFunc)(gpointer data);

void progress_begin(ProgressFunc func, gpointer data);
void progress_end(void);

/*
 * Call these around everything that is printed on standard output: erase the line;
 * flush standard output, and print the line again. g_printerr() needs neither.
 */
void progress_hide(void);
void progress_show(void);

#endif
