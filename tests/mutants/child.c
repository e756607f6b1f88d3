// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* From SIGTERM to SIGKILL. */
#define GRACE_SECONDS 20

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
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
	return interrupted;
}

static pid_t start(char **argv, char **env, int *fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		setpgid(0, 0);
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		dup2(null, 0);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execvpe(argv[0], argv, env ? env : environ);
		dprintf(2, "error: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -1;
	}
	setpgid(pid, pid);
	*fd = ends[0];
	return pid;
}

/* Pass on the lines that are complete. Return FALSE if @func wants no more. */
static gboolean pass_lines(GString *text, LineFunc func, gpointer data)
{
	gboolean more = TRUE;
	char *newline;

	while (more && (newline = memchr(text->str, '\n', text->len))) {
		*newline = 0;
		more = !func || func(text->str, data);
		g_string_erase(text, 0, newline - text->str + 1);
	}
	return more;
}

static void end_group(pid_t pid, int fd)
{
	gint64 deadline =
		g_get_monotonic_time() + GRACE_SECONDS * G_USEC_PER_SEC;
	char buffer[4096];

	kill(-pid, SIGTERM);
	/* Its output ends when all who have it are gone. */
	while (g_get_monotonic_time() < deadline) {
		struct pollfd poll_fd = {fd, POLLIN, 0};

		if (poll(&poll_fd, 1, 1000) > 0 &&
		    read(fd, buffer, sizeof(buffer)) <= 0)
			break;
	}
	kill(-pid, SIGKILL);
}

static ChildEnd watch(int fd, GString *log, LineFunc func, gpointer data,
		      gint64 deadline)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char buffer[4096];

	for (;;) {
		struct pollfd poll_fd = {fd, POLLIN, 0};
		ssize_t got;

		if (interrupted)
			return CHILD_INTERRUPTED;
		if (deadline && g_get_monotonic_time() > deadline)
			return CHILD_TOO_LONG;
		if (poll(&poll_fd, 1, 500) <= 0)
			continue;
		got = read(fd, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return CHILD_FAILED;
		if (!got)
			return CHILD_ENDED;
		for (ssize_t i = 0; i < got; i++)
			buffer[i] = buffer[i] ? buffer[i] : '?';
		if (log)
			g_string_append_len(log, buffer, got);
		g_string_append_len(text, buffer, got);
		if (!pass_lines(text, func, data))
			return CHILD_STOPPED;
	}
}

ChildEnd child_run(char **argv, char **env, GString *log, LineFunc func,
		   gpointer data, guint seconds, int *status)
{
	gint64 deadline = 0;
	ChildEnd end;
	int fd, how;
	pid_t pid;

	if (interrupted)
		return CHILD_INTERRUPTED;
	if (seconds)
		deadline = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
	pid = start(argv, env, &fd);
	if (pid < 0)
		return CHILD_FAILED;
	end = watch(fd, log, func, data, deadline);
	if (end != CHILD_ENDED)
		end_group(pid, fd);
	close(fd);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
	return end;
}
