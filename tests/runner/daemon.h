/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FUSE daemon of one guest: from its start to the end of its mount. */
#ifndef RUNNER_DAEMON_H
#define RUNNER_DAEMON_H

#include <glib.h>

typedef struct Daemon Daemon;

/* The tree is mounted (@failure NULL), or @failure says why it is not. */
typedef void (*DaemonReadyFunc)(const char *failure, gpointer data);
/* It has ended without having been asked to; @how as process_describe(). */
typedef void (*DaemonDiedFunc)(const char *how, gpointer data);
/* No process and no mount is left. */
typedef void (*DaemonStoppedFunc)(gpointer data);

/*
 * Start @program on @dir/gpu, which is made; its output goes to
 * @dir/shim.log. @cpu: the processor to run on, or -1. NULL with @error set.
 */
Daemon *daemon_start(const char *program, const char *dir, int cpu,
		     DaemonReadyFunc ready, DaemonDiedFunc died, gpointer data,
		     GError **error);

/*
 * End it, gently or not, and its mount with it; it is freed before @stopped
 * is called, later, from the main loop. Call once.
 */
void daemon_stop(Daemon *daemon, DaemonStoppedFunc stopped, gpointer data);

/* Kill it: a guest that waits for its answer then gets an error. */
void daemon_kill(Daemon *daemon);

/*
 * Copy the files of the tree that tell what happened to the run's directory:
 * "violations" and, if there are any or @trace is set, "trace". @done is
 * called later, from the main loop, also when the daemon does not answer.
 */
void daemon_collect(Daemon *daemon, gboolean trace, DaemonStoppedFunc done,
		    gpointer data);

#endif
