/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FUSE daemon of one guest: from its start to the end of its mount. */
#ifndef RUNNER_DAEMON_H
#define RUNNER_DAEMON_H

#include <glib.h>

typedef struct Daemon Daemon;

/*
 * Called when the tree is mounted (@failure NULL), or with the reason why it is
 * not.
 */
typedef void (*DaemonReadyFunc)(const char *failure, gpointer data);
/* Called if it has ended unexpectedly; @how as process_describe(). */
typedef void (*DaemonDiedFunc)(const char *how, gpointer data);
/* Called when no process and no mount is left. */
typedef void (*DaemonStoppedFunc)(gpointer data);

/*
 * Start @program on @dir/gpu, which is created; its output goes to @dir/shim.log.
 * @cpu: the processor to run on, or -1. NULL with @error set.
 */
Daemon *daemon_start(const char *program, const char *dir, int cpu,
		     DaemonReadyFunc ready, DaemonDiedFunc died, gpointer data,
		     GError **error);

/*
 * End the daemon and its mount. It is freed before @stopped is called from the main
 * loop. Call it once.
 */
void daemon_stop(Daemon *daemon, DaemonStoppedFunc stopped, gpointer data);

/* As starved_us(). */
gint64 daemon_starved_us(const Daemon *daemon);

/* Kill the daemon: a guest that waits for an answer gets an error. */
void daemon_kill(Daemon *daemon);

/*
 * Copy the files of the tree that show what happened to the run's directory:
 * "violations" and, if there are any or @trace is set, "refused" and "trace". @done is called
 * later from the main loop, even if the daemon does not answer; @complete: "violations" was
 * copied to its end.
 */
typedef void (*DaemonCollectedFunc)(gboolean complete, gpointer data);
void daemon_collect(Daemon *daemon, gboolean trace, DaemonCollectedFunc done,
		    gpointer data);

#endif
