/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that the bench's own programs start. Each has a process group of its own, so
 * that it can be ended together with all that it started. All functions may be called in
 * any thread.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <glib.h>
#include <sys/types.h>

/* For .out and .errors of ChildArgs: our own standard output, our own errors. */
#define CHILD_STDOUT "&1"
#define CHILD_STDERR "&2"

/* Looks at a line of output, without its newline. Returns FALSE to end the program. */
typedef gboolean (*LineFunc)(const char *line, gpointer data);

typedef struct {
	char *const *argv; /* ends with NULL; PATH is searched */
	char *const *env; /* all of its environment; NULL: ours */
	const char *dir; /* where it starts; NULL: here */
	/*
	 * The file of its output; NULL: the output goes to @text, and line by line to
	 * @line. Both may be NULL. Its input is empty.
	 */
	const char *out;
	/* The file of its errors; NULL: they go where its output goes. */
	const char *errors;
	GString *text;
	LineFunc line;
	gpointer data; /* for @line */
	guint seconds; /* its limit; 0: none */
	gint64 *cpu_usec; /* NULL, or grows by the processor time that it took */
} ChildArgs;

typedef enum {
	CHILD_ENDED, /* by itself */
	CHILD_STOPPED, /* because a LineFunc said so */
	CHILD_TOO_LONG, /* it took longer than its limit */
	CHILD_INTERRUPTED, /* by child_stop() or a signal */
	CHILD_FAILED, /* it could not be started, or watched */
} ChildEnd;

typedef struct Child Child;

/*
 * child_start() - starts a program; child_wait() waits for its end and frees it. Until
 * then, what @args points to must stay valid. NULL with @error set if no process can be
 * started, or after child_stop(). (If exec fails, the process prints an error and ends with
 * status 127.)
 */
Child *child_start(const ChildArgs *args, GError **error);

/* *@status: the exit status; 128 + N if signal N ended it. May be NULL. */
ChildEnd child_wait(Child *child, int *status);

/* child_pid() - its number, until child_wait(): for a signal to it alone. */
pid_t child_pid(const Child *child);

/*
 * child_ended() - whether it ends within @msec. Its output must go to a file. A signal may end
 * the wait early.
 */
gboolean child_ended(const Child *child, guint msec);

/*
 * child_run() - child_start() and child_wait(). @error is set if it returns CHILD_FAILED or
 * CHILD_INTERRUPTED.
 */
ChildEnd child_run(const ChildArgs *args, int *status, GError **error);

/*
 * child_ask() - the output of a program, without the last newline; owned. Its errors go
 * to the file @args->errors. NULL with @error set if it fails, or its status is not 0.
 */
char *child_ask(ChildArgs args, GError **error);

/*
 * child_stop() - ends all programs that run, and lets none start from now on. They get
 * SIGTERM; SIGKILL if they go on for 20 s. @number: what child_interrupted() says then,
 * not 0. A signal handler may call it.
 */
void child_stop(int number);

/* From now on, SIGINT, SIGTERM and SIGHUP call child_stop() with their number. */
void child_catch_signals(void);

/* What child_stop() was called with first, or 0. */
int child_interrupted(void);

/* child_env() - our environment, with "NAME=VALUE" of @more; free it with g_strfreev(). */
char **child_env(const char *const *more);

#endif
