/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that end with the runner, however it ends: each child gets
 * SIGKILL when its parent dies, and a guest's own processes do the same with
 * each other. The runner is their subreaper, so that none is lost.
 */
#ifndef RUNNER_PROCESS_H
#define RUNNER_PROCESS_H

#include <glib.h>
#include <sys/types.h>

/* How many descriptors a child can be given. */
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
 * Kill all that is in the group of @leader, a child with a session of its own
 * that has ended, and reap what has ended of it. True if nothing is left;
 * else call again: the last one may have to wait for a daemon to take note
 * that a file is closed.
 */
gboolean process_kill_group(pid_t leader);

/* "exit status 3", "killed by signal 9 (Killed)"; NULL for exit status 0. */
char *process_describe(int wait_status);

/* A signal ends the runner. */
typedef void (*SignalFunc)(int number, gpointer data);

/*
 * Call @func from the main loop for each SIGTERM and SIGHUP, and for each SIGINT if
 * @interrupt; without it, SIGINT is ignored. One watch at a time.
 */
void process_watch_signals(gboolean interrupt, SignalFunc func, gpointer data);
/* End the watch; a SIGINT that was ignored stays ignored. */
void process_unwatch_signals(void);

#endif
