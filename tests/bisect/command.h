/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs other programs, above all git. */
#ifndef BISECT_COMMAND_H
#define BISECT_COMMAND_H

#include <gio/gio.h>

/* Print "error: ..." and leave with status 2. */
void stop_with_error(const char *format, ...)
	G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/*
 * Start @argv. Its standard output and error go to the files @out and @errors; NULL:
 * /dev/null. command_end() frees it.
 */
GSubprocess *command_start(char **argv, const char *out, const char *errors);

/* Wait for its end. Return its exit status; one that a signal ended counts as 255. */
int command_end(GSubprocess *process);

/* Both. */
int command_run(char **argv, const char *out, const char *errors);

/*
 * The output of "git -C @repo ...", whose words end with NULL; owned. NULL if it fails.
 * @input: what it reads, or NULL.
 */
char *git_try(const char *repo, const char *input, ...) G_GNUC_NULL_TERMINATED;

/* The same, but a failure is an error that ends the program. */
char *git_get(const char *repo, const char *input, ...) G_GNUC_NULL_TERMINATED;

/* The output of git with any number of words: "git", "-C", REPO, ..., NULL. */
char *git_words(char **words);

#endif
