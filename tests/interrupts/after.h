/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what must hold after an interruption. */
#ifndef INTERRUPTS_AFTER_H
#define INTERRUPTS_AFTER_H

#include <glib.h>

/* Seconds within which all that a command has started must end. */
#define AFTER_SECONDS 60

typedef struct {
	const char *work; /* nothing may run or be mounted in it */
	const char *main; /* the clone in it where the commands run */
	const char *user; /* the user's tree, or NULL */
	const char *user_state; /* after_state() of it, before */
	gboolean coverage; /* is there a coverage report, which must not be lost? */
} After;

/* after_running() - the processes that run a program below @work, or in it; owned. */
GArray *after_running(const char *work);

/* after_ended() - FALSE if some of them are still running after @seconds. */
gboolean after_ended(const char *work, guint seconds);

/* after_state() - all files of @dir, with their times, and what git says; owned. */
char *after_state(const char *dir);

/*
 * after_check() - appends a line to @bad for each thing that is wrong. What still runs is
 * killed.
 */
void after_check(const After *after, GString *bad);

/* after_kernel() - the same for the kernel, which must contain @text, and its trees. */
void after_kernel(const After *after, const char *text, GString *bad);

#endif
