/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long things take. The figures are a key file, a group each, named as in the table
 * (a name that begins with blanks is a phase of the figure above it):
 *
 *   command=SHELL    what is measured; it must succeed
 *   setup=SHELL      before each time, not measured
 *   once=SHELL       before the first time, not measured
 *   bound=SECONDS    what the project holds itself to, on two idle cores
 *   rounds=N         instead of the usual number
 *   printed=true     the value is the number that the command prints, in seconds
 *   own=true         not for the commit to compare with
 *   cold=true        only if the cold figures are wanted
 *   beside=FIGURE    also print this figure as a part of it
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <glib.h>

typedef struct {
	const char *dir; /* where commands run */
	const char
		*against; /* NULL, or where they run in turn for comparison */
	const char *log; /* what the last command that failed has said */
	guint rounds;
	gboolean cold;
	/* Is told each piece of the table at once. */
	void (*print)(const char *text, gpointer data);
	gpointer data;
} Bench;

/*
 * Measure all figures and print the table. A command that fails is printed as failed,
 * with the end of what it said. Return: how many figures failed. An error of the key
 * file is set in @error, and then nothing was run.
 */
guint bench_run(const Bench *bench, const char *figures, GError **error);

#endif
