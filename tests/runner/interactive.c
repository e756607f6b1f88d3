// SPDX-License-Identifier: GPL-2.0-or-later
#include "interactive.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "../guest/ram.h"
#include "daemon.h"
#include "output.h"
#include "process.h"
#include "session.h"
#include "uml.h"

/* Signals that are part of how UML works; gdb shall let them through. */
#define UML_SIGNALS "SIGSEGV SIGUSR1 SIGUSR2 SIGALRM SIGVTALRM SIGIO SIGWINCH"

typedef struct {
	GMainLoop *loop;
	Daemon *daemon;
	const char *const *argv;
	const char *const *envp;
	char *dir;
	int log_fd; /* descriptor 2 of the process, or -1: the terminal */
	gboolean own_session;
	pid_t pid;
	int status;
} Interactive;

static void quit(gpointer data)
{
	Interactive *in = data;

	g_main_loop_quit(in->loop);
}

static void stop(Interactive *in)
{
	Daemon *daemon = g_steal_pointer(&in->daemon);

	if (daemon)
		daemon_stop(daemon, quit, in);
	else
		quit(in);
}

static void on_process_end(GPid pid, int status, gpointer data)
{
	Interactive *in = data;
	g_autofree char *how = process_describe(status);

	if (how)
		g_printerr("runner: the guest ended: %s\n", how);
	in->pid = 0;
	if (in->own_session)
		process_kill_group(pid);
	in->status = how ? STATUS_FAILED : STATUS_PASSED;
	stop(in);
}

static void on_ready(const char *failure, gpointer data)
{
	Interactive *in = data;
	g_autoptr(GError) error = NULL;
	SpawnArgs args = {.argv = in->argv,
			  .envp = in->envp,
			  .fds = {STDIN_FILENO, STDOUT_FILENO, in->log_fd, -1},
			  .own_session = in->own_session,
			  .fixed_addresses = TRUE};

	if (in->log_fd < 0)
		args.fds[2] = STDERR_FILENO;
	if (!failure)
		in->pid = process_spawn(&args, &error);
	if (in->pid > 0) {
		g_child_watch_add(in->pid, on_process_end, in);
		return;
	}
	g_printerr("runner: %s\n", failure ?: error->message);
	in->pid = 0;
	stop(in);
}

static void on_died(const char *how, gpointer data)
{
	(void)data;
	g_printerr("runner: the device daemon died: %s\n", how);
}

static gboolean on_signal(gpointer data)
{
	Interactive *in = data;

	if (in->pid)
		kill(in->own_session ? -in->pid : in->pid, SIGKILL);
	return G_SOURCE_CONTINUE;
}

static gboolean on_idle(gpointer data)
{
	on_ready(NULL, data);
	return G_SOURCE_REMOVE;
}

/* Daemon, process, and the end of both; the terminal as it was. */
static int run(const Config *config, Interactive *in)
{
	g_autoptr(GError) error = NULL;
	struct termios terminal;
	gboolean is_terminal = !tcgetattr(STDIN_FILENO, &terminal);

	in->status = STATUS_ERROR;
	in->loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, on_signal, in);
	g_unix_signal_add(SIGHUP, on_signal, in);
	/* Ctrl-C is for the shell, or for gdb. */
	signal(SIGINT, SIG_IGN);

	if (config->shim)
		in->daemon = daemon_start(config->shim, in->dir, -1, on_ready,
					  on_died, in, &error);
	else
		g_idle_add(on_idle, in);
	if (error) {
		g_printerr("runner: %s\n", error->message);
	} else {
		g_main_loop_run(in->loop);
		if (is_terminal)
			tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
	}
	g_main_loop_unref(in->loop);
	return in->status;
}

static void tell(const Config *config, const char *dir, const char *log)
{
	g_autofree char *gpu = g_build_filename(dir, "gpu", NULL);
	g_autofree char *gpu_path = output_path(gpu);
	g_autofree char *log_path = log ? output_path(log) : NULL;

	if (config->shim)
		g_printerr("devices: %s\n", gpu_path);
	if (log)
		g_printerr("kernel log: %s\n", log_path);
}

int interactive_shell(const Config *config)
{
	g_autofree char *dir =
		g_build_filename(config->session_dir, "shell", NULL);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	const UmlArgs uml = {
		.dir = dir, .ram_mib = GUEST_RAM_MIB, .terminal = TRUE};
	g_auto(GStrv) argv = uml_argv(config, &uml);
	g_auto(GStrv) envp = uml_envp(config);
	Interactive in = {.argv = (const char *const *)argv,
			  .envp = (const char *const *)envp,
			  .dir = dir,
			  .own_session = TRUE};
	g_autoptr(GError) error = NULL;
	int result;

	if (!uml_prepare(config, dir, "shell", NULL, "/bin/sh", PROBE_NOTHING,
			 &error)) {
		g_printerr("runner: %s\n", error->message);
		return STATUS_ERROR;
	}
	in.log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (in.log_fd < 0) {
		g_printerr("runner: cannot write %s: %s\n", log,
			   g_strerror(errno));
		return STATUS_ERROR;
	}
	tell(config, dir, log);
	g_printerr("tests: guest-tests run NAME; leave with exit\n");
	result = run(config, &in);
	close(in.log_fd);
	return result;
}

/* The debugger's command line: @kernel with its signals set right. */
static char **gdb_argv(char **kernel, GError **error)
{
	const char *command = g_getenv("GDB") ?: "gdb";
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_auto(GStrv) words = NULL;
	g_autofree char *program = NULL;

	if (!g_shell_parse_argv(command, NULL, &words, error))
		return NULL;
	program = g_find_program_in_path(words[0]);
	if (!program) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s is not installed", words[0]);
		return NULL;
	}
	g_strv_builder_add_many(argv, program, "-q", "-ex",
				"handle " UML_SIGNALS " nostop noprint pass",
				"-ex", "set print thread-events off", NULL);
	g_strv_builder_addv(argv, (const char **)words + 1);
	g_strv_builder_add(argv, "--args");
	g_strv_builder_addv(argv, (const char **)kernel);
	return g_strv_builder_end(argv);
}

int interactive_gdb(const Config *config, TestInfo *test)
{
	g_autofree char *dir =
		g_build_filename(config->session_dir, "gdb", NULL);
	g_autoptr(GPtrArray) tests = g_ptr_array_new();
	const UmlArgs uml = {.dir = dir,
			     .ram_mib = test->ram_mib,
			     .virtual_time = test->virtual_time,
			     .kernel_args = test->kernel_args};
	g_auto(GStrv) kernel = uml_argv(config, &uml);
	g_auto(GStrv) envp = g_get_environ();
	g_auto(GStrv) argv = NULL;
	g_autoptr(GError) error = NULL;
	Interactive in = {.dir = dir, .log_fd = -1};

	g_ptr_array_add(tests, test);
	argv = gdb_argv(kernel, &error);
	if (!argv || !uml_prepare(config, dir, "gdb", tests, NULL,
				  PROBE_NOTHING, &error)) {
		g_printerr("runner: %s\n", error->message);
		return STATUS_ERROR;
	}
	envp = g_environ_setenv(g_steal_pointer(&envp), "TMPDIR",
				config->ram_dir, TRUE);
	in.argv = (const char *const *)argv;
	in.envp = (const char *const *)envp;
	tell(config, dir, NULL);
	g_printerr("test: %s; start it with run\n", test->name);
	return run(config, &in);
}
