// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The groups that run, and whether more may. */
static GMutex mutex;
static GArray *groups; /* pid_t */
static gboolean stopped;

static void begin_group(gpointer data)
{
	(void)data;
	setpgid(0, 0);
}

static int open_log(const char *log, GError **error)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "%s: %s", log, g_strerror(errno));
	return fd;
}

/* Under the mutex: what command_stop() does not see was not started. */
static pid_t start(char *const *argv, int out, int err, char **env,
		   GError **error)
{
	GPid pid = 0;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	g_mutex_lock(&mutex);
	if (!groups)
		groups = g_array_new(FALSE, FALSE, sizeof(pid_t));
	if (stopped) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
			    "interrupted");
	} else if (g_spawn_async_with_fds(
			   NULL, (char **)argv, env,
			   G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
			   begin_group, NULL, &pid, null, out, err, error)) {
		setpgid(pid, pid);
		g_array_append_val(groups, pid);
	}
	g_mutex_unlock(&mutex);
	close(null);
	return pid;
}

static void forget(pid_t pid)
{
	g_mutex_lock(&mutex);
	for (guint i = 0; i < groups->len; i++)
		if (g_array_index(groups, pid_t, i) == pid)
			g_array_remove_index_fast(groups, i--);
	g_mutex_unlock(&mutex);
}

static gint64 usec(struct timeval time)
{
	return time.tv_sec * G_USEC_PER_SEC + time.tv_usec;
}

static int finish(pid_t pid, gint64 *cpu_usec)
{
	struct rusage usage;
	int status;

	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	forget(pid);
	if (cpu_usec)
		*cpu_usec += usec(usage.ru_utime) + usec(usage.ru_stime);
	return status;
}

static char **environment(char *const *more)
{
	char **env = g_get_environ();

	for (; more && *more; more++) {
		g_auto(GStrv) pair = g_strsplit(*more, "=", 2);

		env = g_environ_setenv(env, pair[0], pair[1], TRUE);
	}
	return env;
}

int command_run(char *const *argv, const char *log, char *const *env,
		gint64 *cpu_usec, GError **error)
{
	g_auto(GStrv) whole = environment(env);
	int fd = open_log(log, error);
	pid_t pid;

	if (fd < 0)
		return -1;
	pid = start(argv, fd, fd, whole, error);
	close(fd);
	return pid ? finish(pid, cpu_usec) : -1;
}

char *command_ask(char *const *argv, const char *log, char *const *env,
		  GError **error)
{
	g_autofree char *answer = g_strdup_printf("%s.out", log);
	g_auto(GStrv) whole = environment(env);
	g_autofree char *text = NULL;
	int out = open_log(answer, error);
	int err = out < 0 ? -1 : open_log(log, error);
	pid_t pid = err < 0 ? 0 : start(argv, out, err, whole, error);

	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	if (!pid || !g_spawn_check_wait_status(finish(pid, NULL), error) ||
	    !g_file_get_contents(answer, &text, NULL, error))
		return NULL;
	unlink(answer);
	return g_strchomp(g_steal_pointer(&text));
}

void command_stop(void)
{
	g_mutex_lock(&mutex);
	stopped = TRUE;
	for (guint i = 0; groups && i < groups->len; i++)
		kill(-g_array_index(groups, pid_t, i), SIGTERM);
	g_mutex_unlock(&mutex);
}
