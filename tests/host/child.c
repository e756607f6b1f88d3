// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* From SIGTERM to SIGKILL. */
#define GRACE_SECONDS 20
/* No program of the bench starts more at a time. */
#define MAX_CHILDREN 64

struct Child {
	ChildArgs args;
	pid_t pid;
	int fd; /* a pipe with its output; a pidfd if the output goes to a file */
	gint64 deadline; /* monotonic time; 0: none */
};

/* Process groups of children. A signal handler reads them, so there is no lock. */
static _Atomic(pid_t) groups[MAX_CHILDREN];
static atomic_int stopped;

void child_stop(int number)
{
	int none = 0;

	atomic_compare_exchange_strong(&stopped, &none, number);
	for (guint i = 0; i < MAX_CHILDREN; i++) {
		pid_t pid = groups[i];

		if (pid > 0)
			kill(-pid, SIGTERM);
	}
}

static void on_signal(int number)
{
	int err = errno;

	child_stop(number);
	errno = err;
}

void child_catch_signals(void)
{
	/* (No SA_RESTART: poll() is to return.) */
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

int child_interrupted(void)
{
	return stopped;
}

static gboolean set_error(GError **error, const char *what)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s",
		    what, g_strerror(errno));
	return FALSE;
}

/* Note the group of @pid, then look: either child_stop() sees it, or we see child_stop(). */
static void add_group(pid_t pid)
{
	for (guint i = 0; i < MAX_CHILDREN; i++) {
		pid_t none = 0;

		if (atomic_compare_exchange_strong(&groups[i], &none, pid))
			break;
	}
	if (stopped)
		kill(-pid, SIGTERM);
}

static void remove_group(pid_t pid)
{
	for (guint i = 0; i < MAX_CHILDREN; i++) {
		pid_t expected = pid;

		atomic_compare_exchange_strong(&groups[i], &expected, 0);
	}
}

static int open_file(const char *path)
{
	if (!strcmp(path, CHILD_STDOUT))
		return dup(1);
	if (!strcmp(path, CHILD_STDERR))
		return dup(2);
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

/*
 * Open what becomes descriptors 1 and 2 of the child. *@fd: our end of the pipe, or -1 if
 * the output goes to a file. False with @error set.
 */
static gboolean open_output(const ChildArgs *args, int out[2], int *fd,
			    GError **error)
{
	int ends[2];

	*fd = out[0] = out[1] = -1;
	if (args->out) {
		out[0] = open_file(args->out);
		if (out[0] < 0)
			return set_error(error, args->out);
	} else {
		if (pipe2(ends, O_CLOEXEC))
			return set_error(error, "pipe");
		*fd = ends[0];
		out[0] = ends[1];
	}
	out[1] = args->errors ? open_file(args->errors) : out[0];
	return out[1] >= 0 || set_error(error, args->errors);
}

static void close_output(const int out[2], int fd)
{
	if (out[0] >= 0)
		close(out[0]);
	if (out[1] >= 0 && out[1] != out[0])
		close(out[1]);
	if (fd >= 0)
		close(fd);
}

/* The child after fork(), where only a few functions may be called. */
static void begin(const ChildArgs *args, const int out[2])
{
	sigset_t none;

	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out[0], 1);
	dup2(out[1], 2);
	if (!args->dir || !chdir(args->dir))
		execvpe(args->argv[0], args->argv,
			args->env ? args->env : environ);
	dprintf(2, "error: %s: %s\n", args->argv[0], strerror(errno));
	_exit(127);
}

/* Open a pidfd, to poll for the end. On an error, @error is set and the child killed. */
static gboolean watch_end(Child *child, GError **error)
{
	child->fd = syscall(SYS_pidfd_open, child->pid, 0);
	if (child->fd >= 0)
		return TRUE;
	set_error(error, "pidfd_open");
	kill(-child->pid, SIGKILL);
	remove_group(child->pid);
	waitpid(child->pid, NULL, 0);
	return FALSE;
}

Child *child_start(const ChildArgs *args, GError **error)
{
	Child child = {.args = *args};
	int out[2];

	if (stopped) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
			    "interrupted");
		return NULL;
	}
	if (open_output(args, out, &child.fd, error)) {
		child.pid = fork();
		if (!child.pid)
			begin(args, out);
		if (child.pid < 0)
			set_error(error, "fork");
	}
	close_output(out, child.pid > 0 ? -1 : child.fd);
	if (child.pid <= 0)
		return NULL;
	setpgid(child.pid, child.pid);
	add_group(child.pid);
	if (child.fd < 0 && !watch_end(&child, error))
		return NULL;
	if (args->seconds)
		child.deadline =
			g_get_monotonic_time() + args->seconds * G_USEC_PER_SEC;
	return g_memdup2(&child, sizeof(child));
}

pid_t child_pid(const Child *child)
{
	return child->pid;
}

/* Pass on the lines that are complete. Return FALSE if @line wants no more. */
static gboolean pass_lines(GString *text, const ChildArgs *args)
{
	gboolean more = TRUE;
	char *newline;

	while (more && (newline = memchr(text->str, '\n', text->len))) {
		*newline = 0;
		more = !args->line || args->line(text->str, args->data);
		g_string_erase(text, 0, newline - text->str + 1);
	}
	return more;
}

/* Read what there is. Returns CHILD_FAILED, which is no end yet, if there may be more. */
static ChildEnd read_output(const Child *child, GString *text)
{
	const ChildArgs *args = &child->args;
	char buffer[4096];
	ssize_t got = read(child->fd, buffer, sizeof(buffer));

	if (!got)
		return CHILD_ENDED;
	if (got < 0)
		return CHILD_FAILED;
	for (ssize_t i = 0; i < got; i++)
		buffer[i] = buffer[i] ? buffer[i] : '?';
	if (args->text)
		g_string_append_len(args->text, buffer, got);
	g_string_append_len(text, buffer, got);
	return pass_lines(text, args) ? CHILD_FAILED : CHILD_STOPPED;
}

gboolean child_ended(const Child *child, guint msec)
{
	struct pollfd poll_fd = {child->fd, POLLIN, 0};

	return poll(&poll_fd, 1, (int)msec) > 0;
}

/* Waits half a second at most: a signal may have come just before poll(). */
static gboolean is_ready(const Child *child)
{
	return child_ended(child, 500);
}

static ChildEnd watch(const Child *child)
{
	g_autoptr(GString) text = g_string_new(NULL);
	ChildEnd end = CHILD_FAILED;

	while (end == CHILD_FAILED) {
		if (stopped)
			return CHILD_INTERRUPTED;
		if (child->deadline && g_get_monotonic_time() > child->deadline)
			return CHILD_TOO_LONG;
		if (is_ready(child))
			end = child->args.out ? CHILD_ENDED
					      : read_output(child, text);
	}
	return end;
}

static void end_group(const Child *child)
{
	gint64 deadline =
		g_get_monotonic_time() + GRACE_SECONDS * G_USEC_PER_SEC;
	char buffer[4096];

	if (!stopped)
		kill(-child->pid, SIGTERM);
	/* The output ends when no process has the pipe open any more. */
	while (g_get_monotonic_time() < deadline)
		if (is_ready(child) &&
		    (child->args.out ||
		     read(child->fd, buffer, sizeof(buffer)) <= 0))
			break;
	kill(-child->pid, SIGKILL);
}

static gint64 usec(struct timeval time)
{
	return time.tv_sec * G_USEC_PER_SEC + time.tv_usec;
}

ChildEnd child_wait(Child *child, int *status)
{
	ChildEnd end = watch(child);
	struct rusage usage;
	siginfo_t info;
	int how;

	if (end != CHILD_ENDED)
		end_group(child);
	/* Forget the group first: once the child is reaped, its PID may be reused. */
	while (waitid(P_PID, child->pid, &info, WEXITED | WNOWAIT) &&
	       errno == EINTR)
		;
	remove_group(child->pid);
	while (wait4(child->pid, &how, 0, &usage) < 0 && errno == EINTR)
		;
	/* After a signal to us, an end counts as an interruption, whichever came first. */
	if (end == CHILD_ENDED && stopped)
		end = CHILD_INTERRUPTED;
	if (status)
		*status =
			WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	if (child->args.cpu_usec)
		*child->args.cpu_usec +=
			usec(usage.ru_utime) + usec(usage.ru_stime);
	close(child->fd);
	g_free(child);
	return end;
}

ChildEnd child_run(const ChildArgs *args, int *status, GError **error)
{
	Child *child = child_start(args, error);
	ChildEnd end;

	if (!child)
		return stopped ? CHILD_INTERRUPTED : CHILD_FAILED;
	end = child_wait(child, status);
	if (end == CHILD_INTERRUPTED)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
			    "interrupted");
	return end;
}

char *child_ask(ChildArgs args, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	int status;

	args.text = text;
	if (child_run(&args, &status, error) != CHILD_ENDED)
		return NULL;
	if (status) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    "%s failed with status %d", args.argv[0], status);
		return NULL;
	}
	return g_strndup(text->str, text->len ? text->len - 1 : 0);
}

char **child_env(const char *const *more)
{
	char **env = g_get_environ();

	for (; more && *more; more++) {
		g_auto(GStrv) pair = g_strsplit(*more, "=", 2);

		env = g_environ_setenv(env, pair[0], pair[1], TRUE);
	}
	return env;
}
