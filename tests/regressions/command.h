/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that are run to their end, or ended with all that they have started. */
#ifndef REGRESSIONS_COMMAND_H
#define REGRESSIONS_COMMAND_H

#include <glib.h>

/*
 * Run @argv in a process group of its own, in any thread. Its input is empty, its output
 * and errors go to the file @log. @env: what its environment has beside this one's,
 * "NAME=VALUE", or NULL. *@cpu_usec grows by the processor time that it took. Return:
 * the exit status, as wait() has it; -1 with @error set if it could not be started.
 */
int command_run(char *const *argv, const char *log, char *const *env,
		gint64 *cpu_usec, GError **error);

/* Like that, but gives its standard output, owned; NULL with @error set if it fails. */
char *command_ask(char *const *argv, const char *log, char *const *env,
		  GError **error);

/* End what runs, and start nothing more: command_run() fails from now on. */
void command_stop(void);

#endif
