/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process with the devices, for interactive use: a guest's kernel, or a
 * debugger.
 */
#ifndef RUNNER_INTERACTIVE_H
#define RUNNER_INTERACTIVE_H

#include <glib.h>
#include <sys/types.h>

#include "config.h"
#include "daemon.h"
#include "process.h"

typedef struct {
	/* For the caller to set */
	const char *const *argv;
	const char *const *envp;
	const char *dir; /* of the guest */
	int fds[SPAWN_FDS]; /* see SpawnArgs */
	gboolean own_session; /* see SpawnArgs */
	gboolean keep_int; /* the process handles Ctrl-C */

	/* Results: how it ended */
	gboolean started;
	int status; /* of the process, as wait() says */
	int signal; /* the signal that ended everything, or 0 */
	gboolean daemon_died;

	/* Private */
	GMainLoop *loop;
	Daemon *daemon;
	guint kill_timer;
	pid_t pid;
} Interactive;

/*
 * Start the daemon and the process, wait for the end of both, and restore the
 * terminal. Errors are printed.
 */
void interactive_run(const Config *config, Interactive *in);

/* End the process early; for callbacks while interactive_run() waits. */
void interactive_stop(Interactive *in);

#endif
