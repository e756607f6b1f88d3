// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* First descriptor above those of a child and the error pipe. */
#define HIGH_FD 16

void process_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* In the child: only async-signal-safe functions. Reports errno and exits. */
static void __attribute__((noreturn)) child_fail(int error_fd)
{
	int err = errno;

	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Move the descriptors out of the way, then to their final numbers. */
static void child_fds(const int *fds, int error_fd)
{
	int from[SPAWN_FDS];
	int i;

	for (i = 0; i < SPAWN_FDS; i++) {
		from[i] = -1;
		if (fds[i] >= 0)
			from[i] = fcntl(fds[i], F_DUPFD, HIGH_FD);
		else if (i < 3)
			from[i] = open("/dev/null", O_RDWR);
		if (from[i] < 0 && (fds[i] >= 0 || i < 3))
			child_fail(error_fd);
	}
	for (i = 0; i < SPAWN_FDS; i++)
		if (from[i] >= 0 && dup2(from[i], i) < 0)
			child_fail(error_fd);
	/* error_fd is above; it closes at exec, like all the rest. */
	if (from[3] < 0)
		close_range(3, 3, 0);
	close_range(SPAWN_FDS, ~0u, CLOSE_RANGE_CLOEXEC);
}

static void child_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* If this fails, the child only runs slower. */
static void child_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void __attribute__((noreturn))
child_run(const SpawnArgs *args, int error_fd, pid_t parent)
{
	const struct rlimit no_core = {0, 0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	if (args->own_session && setsid() < 0)
		child_fail(error_fd);
	/* A guest that panics aborts; a core dump of its RAM would be useless. */
	setrlimit(RLIMIT_CORE, &no_core);
	/* Containers may forbid it; then the guest's RAM varies a little. */
	if (args->fixed_addresses)
		personality(ADDR_NO_RANDOMIZE);
	if (args->pinned)
		child_pin(args->cpu);
	child_fds(args->fds, error_fd);
	child_signals();
	if (args->cwd && chdir(args->cwd))
		child_fail(error_fd);
	execve(args->argv[0], (char *const *)args->argv,
	       args->envp ? (char *const *)args->envp : environ);
	child_fail(error_fd);
}

pid_t process_spawn(const SpawnArgs *args, GError **error)
{
	pid_t parent = getpid(), pid;
	int pipe_fds[2], high, err = 0;
	ssize_t n;

	if (!g_unix_open_pipe(pipe_fds, FD_CLOEXEC, error))
		return -1;
	high = fcntl(pipe_fds[1], F_DUPFD_CLOEXEC, HIGH_FD);
	close(pipe_fds[1]);
	pid = high < 0 ? -1 : fork();
	if (pid == 0)
		child_run(args, high, parent);
	if (pid < 0)
		err = errno;
	if (high >= 0)
		close(high);
	if (pid > 0) {
		do
			n = read(pipe_fds[0], &err, sizeof(err));
		while (n < 0 && errno == EINTR);
		if (n == sizeof(err))
			waitpid(pid, NULL, 0);
		else
			err = 0;
	}
	close(pipe_fds[0]);
	if (!err)
		return pid;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(err),
		    "cannot run %s: %s", args->argv[0], g_strerror(err));
	return -1;
}

gboolean process_kill_group(pid_t leader)
{
	pid_t pid;

	kill(-leader, SIGKILL);
	do
		pid = waitpid(-leader, NULL, WNOHANG | __WALL);
	while (pid > 0 || (pid < 0 && errno == EINTR));
	return pid < 0;
}

static struct {
	guint sources[3];
	SignalFunc func;
	gpointer data;
} watch;

static gboolean on_signal(gpointer number)
{
	watch.func(GPOINTER_TO_INT(number), watch.data);
	return G_SOURCE_CONTINUE;
}

void process_watch_signals(gboolean interrupt, SignalFunc func, gpointer data)
{
	const int numbers[] = {SIGTERM, SIGHUP, SIGINT};

	watch.func = func;
	watch.data = data;
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (numbers[i] != SIGINT || interrupt)
			watch.sources[i] =
				g_unix_signal_add(numbers[i], on_signal,
						  GINT_TO_POINTER(numbers[i]));
		else
			signal(numbers[i], SIG_IGN);
}

void process_unwatch_signals(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(watch.sources); i++)
		g_clear_handle_id(&watch.sources[i], g_source_remove);
}

char *process_describe(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return g_strdup_printf("killed by signal %d (%s)",
				       WTERMSIG(wait_status),
				       strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status))
		return g_strdup_printf("exit status %d",
				       WEXITSTATUS(wait_status));
	return NULL;
}
