// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "process.h"
#include "starved.h"

#define READY_SECONDS 10
#define COLLECT_SECONDS 10
#define TERM_SECONDS 3
#define UNMOUNT_TRIES 300
#define UNMOUNT_POLL_MS 10

struct Daemon {
	char *dir;
	char *mount;
	pid_t pid; /* 0: has ended */
	int ready_fd;
	guint ready_watch;
	guint ready_timer;
	guint child_watch;
	guint stop_timer;
	guint unmount_tries;
	DaemonReadyFunc ready;
	DaemonDiedFunc died;
	gpointer data;
	DaemonStoppedFunc stopped;
	gpointer stopped_data;
};

/* Copies files of the tree, in a child, because reading them may block. */
typedef struct {
	Daemon *daemon;
	pid_t pid;
	guint timer;
	DaemonCollectedFunc done;
	gpointer data;
} Collect;

static void stop_waiting(Daemon *daemon)
{
	g_clear_handle_id(&daemon->ready_watch, g_source_remove);
	g_clear_handle_id(&daemon->ready_timer, g_source_remove);
	if (daemon->ready_fd >= 0)
		close(daemon->ready_fd);
	daemon->ready_fd = -1;
}

/* The last line of the daemon's log, its error message; owned. */
static char *last_words(Daemon *daemon)
{
	g_autofree char *log = g_build_filename(daemon->dir, "shim.log", NULL);
	g_autofree char *text = NULL;
	char *newline;

	if (!g_file_get_contents(log, &text, NULL, NULL) || !*g_strchomp(text))
		return NULL;
	newline = strrchr(text, '\n');
	return g_utf8_make_valid(newline ? newline + 1 : text, -1);
}

static void not_ready(Daemon *daemon, const char *what)
{
	g_autofree char *words = last_words(daemon);
	g_autofree char *text = g_strdup_printf(
		"the device daemon did not start: %s", words ?: what);

	stop_waiting(daemon);
	daemon->ready(text, daemon->data);
}

static gboolean on_ready_timer(gpointer data)
{
	Daemon *daemon = data;

	daemon->ready_timer = 0;
	not_ready(daemon, "no sign of it within 10 s");
	return G_SOURCE_REMOVE;
}

static gboolean on_ready(int fd, GIOCondition condition, gpointer data)
{
	Daemon *daemon = data;
	char byte;

	(void)condition;
	if (read(fd, &byte, 1) != 1) {
		/* It has ended, or is about to: the child watch reports it. */
		daemon->ready_watch = 0;
		return G_SOURCE_REMOVE;
	}
	daemon->ready_watch = 0;
	stop_waiting(daemon);
	daemon->ready(NULL, daemon->data);
	return G_SOURCE_REMOVE;
}

static void finish(Daemon *daemon)
{
	DaemonStoppedFunc stopped = daemon->stopped;
	gpointer data = daemon->stopped_data;

	g_rmdir(daemon->mount);
	g_free(daemon->dir);
	g_free(daemon->mount);
	g_free(daemon);
	stopped(data);
}

/* If the daemon was killed, another process unmounts the tree a moment later. */
static gboolean on_unmount_timer(gpointer data)
{
	Daemon *daemon = data;
	const char *argv[] = {"fusermount3", "-u", "-z", daemon->mount, NULL};

	if (!host_is_mounted(daemon->mount)) {
		finish(daemon);
		return G_SOURCE_REMOVE;
	}
	if (++daemon->unmount_tries < UNMOUNT_TRIES)
		return G_SOURCE_CONTINUE;
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
		     NULL, NULL, NULL, NULL);
	if (host_is_mounted(daemon->mount))
		g_printerr("runner: cannot unmount %s\n", daemon->mount);
	finish(daemon);
	return G_SOURCE_REMOVE;
}

static gboolean on_stop_timer(gpointer data)
{
	Daemon *daemon = data;

	daemon->stop_timer = 0;
	daemon_kill(daemon);
	return G_SOURCE_REMOVE;
}

static void on_process_end(GPid pid, int status, gpointer data)
{
	Daemon *daemon = data;
	g_autofree char *how = process_describe(status);

	daemon->child_watch = 0;
	daemon->pid = 0;
	process_kill_group(pid);
	if (daemon->stopped) {
		g_clear_handle_id(&daemon->stop_timer, g_source_remove);
		g_timeout_add(UNMOUNT_POLL_MS, on_unmount_timer, daemon);
	} else if (daemon->ready_fd >= 0) {
		not_ready(daemon, how ?: "it ended at once");
	} else {
		daemon->died(how ?: "exit status 0", daemon->data);
	}
}

Daemon *daemon_start(const char *program, const char *dir, int cpu,
		     DaemonReadyFunc ready, DaemonDiedFunc died, gpointer data,
		     GError **error)
{
	g_autofree char *mount = g_build_filename(dir, "gpu", NULL);
	g_autofree char *log = g_build_filename(dir, "shim.log", NULL);
	const char *argv[] = {program, "--ready-fd=3", mount, NULL};
	SpawnArgs args = {.argv = argv,
			  .own_session = TRUE,
			  .pinned = cpu >= 0,
			  .cpu = cpu};
	int pipe_fds[2], log_fd;
	Daemon *daemon;
	pid_t pid;

	if (g_mkdir(mount, 0755)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "cannot make %s: %s", mount, g_strerror(errno));
		return NULL;
	}
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log_fd < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "cannot write %s: %s", log, g_strerror(errno));
		return NULL;
	}
	if (!g_unix_open_pipe(pipe_fds, FD_CLOEXEC, error)) {
		close(log_fd);
		return NULL;
	}
	args.fds[0] = -1;
	args.fds[1] = log_fd;
	args.fds[2] = log_fd;
	args.fds[3] = pipe_fds[1];
	pid = process_spawn(&args, error);
	close(log_fd);
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		return NULL;
	}
	daemon = g_new0(Daemon, 1);
	daemon->dir = g_strdup(dir);
	daemon->mount = g_steal_pointer(&mount);
	daemon->pid = pid;
	daemon->ready = ready;
	daemon->died = died;
	daemon->data = data;
	daemon->ready_fd = pipe_fds[0];
	daemon->ready_watch = g_unix_fd_add(pipe_fds[0], G_IO_IN | G_IO_HUP,
					    on_ready, daemon);
	daemon->ready_timer =
		g_timeout_add(READY_SECONDS * 1000, on_ready_timer, daemon);
	daemon->child_watch = g_child_watch_add(pid, on_process_end, daemon);
	return daemon;
}

gint64 daemon_starved_us(const Daemon *daemon)
{
	return daemon->pid ? starved_us(daemon->pid) : 0;
}

void daemon_kill(Daemon *daemon)
{
	if (daemon->pid)
		kill(daemon->pid, SIGKILL);
}

void daemon_stop(Daemon *daemon, DaemonStoppedFunc stopped, gpointer data)
{
	stop_waiting(daemon);
	daemon->stopped = stopped;
	daemon->stopped_data = data;
	if (!daemon->pid) {
		g_timeout_add(0, on_unmount_timer, daemon);
		return;
	}
	kill(daemon->pid, SIGTERM);
	daemon->stop_timer =
		g_timeout_add(TERM_SECONDS * 1000, on_stop_timer, daemon);
}

/*
 * In the child: only async-signal-safe functions. Returns the number of bytes that were
 * copied, or -1 if these are not all.
 */
static gint64 child_copy(const char *from, const char *to)
{
	static char buf[128 * 1024];
	int in = open(from, O_RDONLY);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	gint64 size = 0;
	ssize_t n;

	if (out < 0)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (write(out, buf, n) != n)
			return -1;
		size += n;
	}
	return n < 0 ? -1 : size;
}

static gboolean on_collect_timer(gpointer data)
{
	Collect *collect = data;

	collect->timer = 0;
	kill(collect->pid, SIGKILL);
	/* A read that the daemon has begun to answer cannot be interrupted. */
	daemon_kill(collect->daemon);
	return G_SOURCE_REMOVE;
}

static void on_collected(GPid pid, int status, gpointer data)
{
	Collect *collect = data;

	(void)pid;
	g_clear_handle_id(&collect->timer, g_source_remove);
	collect->done(status == 0, collect->data);
	g_free(collect);
}

static gboolean on_nothing_to_collect(gpointer data)
{
	Collect *collect = data;

	collect->done(FALSE, collect->data);
	g_free(collect);
	return G_SOURCE_REMOVE;
}

void daemon_collect(Daemon *daemon, gboolean trace, DaemonCollectedFunc done,
		    gpointer data)
{
	static const char *const names[] = {"violations", "refused", "trace"};
	char *from[G_N_ELEMENTS(names)], *to[G_N_ELEMENTS(names)];
	Collect *collect = g_new0(Collect, 1);

	collect->daemon = daemon;
	collect->done = done;
	collect->data = data;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		from[i] = g_build_filename(daemon->mount, names[i], NULL);
		to[i] = g_build_filename(daemon->dir, names[i], NULL);
	}
	collect->pid = daemon->pid ? fork() : -1;
	if (collect->pid == 0) {
		gint64 violations = child_copy(from[0], to[0]);

		if (violations || trace) {
			child_copy(from[1], to[1]);
			child_copy(from[2], to[2]);
		}
		_exit(violations < 0);
	}
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_free(from[i]);
		g_free(to[i]);
	}
	if (collect->pid < 0) {
		g_idle_add(on_nothing_to_collect, collect);
		return;
	}
	collect->timer = g_timeout_add(COLLECT_SECONDS * 1000, on_collect_timer,
				       collect);
	g_child_watch_add(collect->pid, on_collected, collect);
}
