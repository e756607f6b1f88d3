/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that a campaign starts: one at a time, and each can be ended. */
#ifndef MUTANTS_CHILD_H
#define MUTANTS_CHILD_H

#include <glib.h>

/* Looks at a line of output, without its newline. Returns FALSE to end the program. */
typedef gboolean (*LineFunc)(const char *line, gpointer data);

typedef enum {
	CHILD_ENDED, /* by itself; @status of child_run() is its exit status */
	CHILD_STOPPED, /* because a LineFunc said so */
	CHILD_TOO_LONG, /* it took longer than its limit */
	CHILD_INTERRUPTED, /* we were told to end, see child_interrupted() */
	CHILD_FAILED, /* it did not start, or cannot be watched */
} ChildEnd;

/* From now on, SIGINT, SIGTERM and SIGHUP end the program that runs, and no other starts. */
void child_catch_signals(void);

/* The signal that told us to end, or 0. */
int child_interrupted(void);

/*
 * child_run() - runs @argv to its end, with the environment @env (NULL: ours). What it
 * says, on standard error as well, goes to @log if that is not NULL, and line by line to
 * @func. @seconds: its limit; 0: none. Whatever it started in its process group ends too.
 */
ChildEnd child_run(char **argv, char **env, GString *log, LineFunc func,
		   gpointer data, guint seconds, int *status);

#endif
