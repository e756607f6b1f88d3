/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that end with the runner, however it ends: each child gets SIGKILL when
 * its parent dies, and a guest's own processes do the same with each other. The
 * runner is their subreaper, so it can reap all of them.
 */
#ifndef RUNNER_PROCESS_H
#define RUNNER_PROCESS_H

#include <glib.h>
#include <sys/types.h>

/* Number of descriptors that a child can get. */
#define SPAWN_FDS 4

typedef struct {
	const char *const *argv; /* argv[0] is a path */
	const char *const *envp; /* NULL: the runner's */
	const char *cwd; /* NULL: the runner's */
	/*
	 * The runner's descriptors that become 0 to 3; -1: /dev/null for the
	 * first three, none for the last. All others are closed.
	 */
	int fds[SPAWN_FDS];
	gboolean own_session; /* and so its own process group */
	gboolean fixed_addresses; /* no address space randomisation */
	gboolean pinned; /* to @cpu */
	int cpu;
} SpawnArgs;

/* Once, before the first process_spawn(). */
void process_init(void);

/* Process ID, or -1 with @error set; also when exec fails. */
pid_t process_spawn(const SpawnArgs *args, GError **error);

/*
 * Kill everything in the group of @leader, a child with its own session that has
 * ended, and reap it. True if nothing is left; otherwise call it again: the last
 * process may have to wait until a daemon has handled the close of a file.
 */
gboolean process_kill_group(pid_t leader);

/* "exit status 3", "killed by signal 9 (Killed)"; NULL for exit status 0. */
char *process_describe(int wait_status);

/* Called for a signal that ends the runner. */
typedef void (*SignalFunc)(int number, gpointer data);

/*
 * Call @func from the main loop for each SIGTERM and SIGHUP, and for each SIGINT if
 * @interrupt; without it, SIGINT is ignored. One watch at a time.
 */
void process_watch_signals(gboolean interrupt, SignalFunc func, gpointer data);
/* End the watch; a SIGINT that was ignored stays ignored. */
void process_unwatch_signals(void);

#endif
