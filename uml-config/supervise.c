// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * supervise COMMAND...: runs COMMAND, and ends with its status. If a signal ends
 * supervise, or its parent ends, everything that COMMAND has started ends as well, even
 * in sessions of its own.
 *
 * There are two processes, so that there is always a supervisor: the front, which make
 * has started, and the keeper. The keeper has its own session, so that a signal to the
 * process group of make does not reach it, and it is the subreaper: processes whose
 * parent has ended become its children. The front tells the keeper over a pipe which
 * signals it got; end of file means that the front is gone. COMMAND gets SIGTSTP and
 * SIGCONT, and the first signal that is to end it.
 *
 * When COMMAND has ended, what is left gets SIGTERM every second. GRACE_SECONDS after a
 * signal or the end of COMMAND, everything left is killed, from the top of the process
 * tree down, a second between generations: when a daemon is killed, the process that
 * unmounts its tree has a second to do so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_SECONDS 20

static const int passed_on[] = {SIGINT,	 SIGTERM, SIGHUP,
				SIGQUIT, SIGTSTP, SIGCONT};

static int to_keeper;

static void die(const char *what)
{
	fprintf(stderr, "error: supervise: %s: %s\n", what, strerror(errno));
	exit(127);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/*
 * The front
 */

static void on_signal(int number)
{
	char byte = number;
	int err = errno;

	if (write(to_keeper, &byte, 1) < 0)
		_exit(128 + number);
	if (number == SIGTSTP)
		raise(SIGSTOP);
	errno = err;
}

static void front_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal,
				   .sa_flags = SA_RESTART};

	struct sigaction old;

	/* (With nohup, for example, some are ignored.) */
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		if (!sigaction(passed_on[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(passed_on[i], &action, NULL);
}

static int front(pid_t keeper)
{
	int status;

	while (waitpid(keeper, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return status_of(status);
}

/*
 * The keeper
 */

static pid_t command;
static int command_status;

static void run(char **argv, const sigset_t *mask, pid_t parent)
{
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	die(argv[0]);
}

/* Reap the processes that have ended; false if none is left. */
static bool reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == command) {
			command_status = status;
			command = 0;
		}
	return !pid || errno != ECHILD;
}

static void signal_children(int number)
{
	FILE *list;
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	list = fopen(path, "re");
	while (list && fscanf(list, "%d", &pid) == 1)
		kill(pid, number);
	if (list)
		fclose(list);
	else if (command)
		kill(-command, number);
}

static void pass_on(int number)
{
	if (command)
		kill(-command, number == SIGTSTP ? SIGSTOP : number);
}

/* Read from the front: false if it is gone. */
static bool hear(int pipe, bool *ending)
{
	char byte;
	ssize_t n = read(pipe, &byte, 1);

	if (n < 0)
		return true;
	if (n == 0) {
		pass_on(SIGCONT);
		pass_on(SIGTERM);
		*ending = true;
		return false;
	}
	if (byte == SIGTSTP || byte == SIGCONT) {
		pass_on(byte);
	} else if (!*ending) {
		pass_on(byte);
		*ending = true;
	}
	return true;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static int keep(int pipe, int child_fd)
{
	struct pollfd fds[] = {{.fd = pipe, .events = POLLIN},
			       {.fd = child_fd, .events = POLLIN}};
	struct signalfd_siginfo info;
	bool ending = false;
	time_t limit = 0, told = 0;

	while (reap()) {
		if (!command)
			ending = true;
		if (ending && !limit)
			limit = now() + GRACE_SECONDS;
		if (limit && now() >= limit) {
			signal_children(SIGKILL);
			limit = now() + 1;
		} else if (!command && now() != told) {
			signal_children(SIGTERM);
			told = now();
		}
		if (poll(fds, 2, limit ? 1000 : -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[1].revents && read(child_fd, &info, sizeof(info)) < 0)
			die("signalfd");
		if (fds[0].revents && !hear(pipe, &ending))
			fds[0].fd = -1;
	}
	return status_of(command_status);
}

static int keeper(char **argv, int pipe, const sigset_t *mask)
{
	sigset_t all, child;
	pid_t self;
	int fd;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "supervise-keep");
	/* The keeper handles only the end of a child. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("signalfd");
	self = getpid();
	command = fork();
	if (command < 0)
		die("fork");
	if (!command)
		run(argv, mask, self);
	setpgid(command, command);
	return keep(pipe, fd);
}

int main(int argc, char **argv)
{
	sigset_t all, mask;
	int ends[2];
	pid_t pid, parent = getppid();

	if (argc < 2) {
		fprintf(stderr, "usage: supervise COMMAND...\n");
		return 2;
	}
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	/* Block all signals, so that none is lost before the handlers are set. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close_fd(ends[1]);
		_exit(keeper(argv + 1, ends[0], &mask));
	}
	close_fd(ends[0]);
	to_keeper = ends[1];
	front_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		on_signal(SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return front(pid);
}
