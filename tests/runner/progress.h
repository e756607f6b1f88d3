/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line at the bottom of the terminal that standard output is, brought up to
 * date once a second. Without a terminal that can do that, nothing is printed.
 */
#ifndef RUNNER_PROGRESS_H
#define RUNNER_PROGRESS_H

#include <glib.h>

/* What the line shall say now; owned by the caller. */
typedef char *(*ProgressFunc)(gpointer data);

void progress_begin(ProgressFunc func, gpointer data);
void progress_end(void);

/*
 * Around all that is printed on standard output: erase the line, and have it
 * back with standard output flushed. g_printerr() needs neither.
 */
void progress_hide(void);
void progress_show(void);

#endif
