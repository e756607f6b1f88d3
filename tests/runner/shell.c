// SPDX-License-Identifier: GPL-2.0-or-later
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../guest/ram.h"
#include "interactive.h"
#include "output.h"
#include "relay.h"
#include "session.h"
#include "uml.h"

#define BOOT_SECONDS 60

/* Lines of the kernel's log that are printed if the guest ended early. */
#define LAST_LINES 20

typedef struct {
	Interactive in;
	Relay *relay;
	gboolean terminal;
	gboolean booted;
	gboolean late; /* it has not booted in time */
	int broken; /* errno of standard output, or 0 */
	guint boot_timer;
	guint size_source;
} Shell;

static gboolean on_size(gpointer data)
{
	Shell *shell = data;

	relay_size(shell->relay);
	return G_SOURCE_CONTINUE;
}

static void on_ready(gpointer data)
{
	Shell *shell = data;

	shell->booted = TRUE;
	g_clear_handle_id(&shell->boot_timer, g_source_remove);
	if (!shell->terminal) {
		relay_input(shell->relay);
		return;
	}
	if (!shell->size_source)
		shell->size_source =
			g_unix_signal_add(SIGWINCH, on_size, shell);
	/* The size may have changed before the guest was ready. */
	relay_size(shell->relay);
}

static void on_broken(int err, gpointer data)
{
	Shell *shell = data;

	shell->broken = err;
	interactive_stop(&shell->in);
}

static gboolean on_boot_timer(gpointer data)
{
	Shell *shell = data;

	shell->boot_timer = 0;
	shell->late = TRUE;
	interactive_stop(&shell->in);
	return G_SOURCE_REMOVE;
}

static void print_last_lines(const char *log)
{
	g_autofree char *text = NULL;
	g_autofree char *path = output_path(log);
	g_auto(GStrv) lines = NULL;
	guint count;

	if (g_file_get_contents(log, &text, NULL, NULL)) {
		lines = g_strsplit(g_strchomp(text), "\n", 0);
		count = g_strv_length(lines);
		for (guint i = count - MIN(count, LAST_LINES); i < count; i++)
			g_printerr("| %s\n", lines[i]);
	}
	g_printerr("log: %s\n", path);
}

/* The guest has reported no exit status: print why. Returns the runner's status. */
static int explain(const Shell *shell, const char *log)
{
	g_autofree char *how = process_describe(shell->in.status);

	if (shell->in.signal)
		return 128 + shell->in.signal;
	if (shell->broken == EPIPE)
		return 128 + SIGPIPE;
	if (shell->broken)
		g_printerr("runner: cannot write the output: %s\n",
			   g_strerror(shell->broken));
	else if (shell->late)
		g_printerr("runner: the guest did not boot within %d s\n",
			   BOOT_SECONDS);
	else if (shell->in.started)
		g_printerr("runner: the guest ended before %s: %s\n",
			   shell->booted ? "its shell" : "it had booted",
			   how ?: "power off");
	if (shell->in.started && !shell->broken)
		print_last_lines(log);
	return STATUS_ERROR;
}

static int run(const Config *config, Shell *shell, int link_fds[2],
	       const char *log)
{
	int status;

	shell->relay = relay_new(link_fds[0], on_ready, on_broken, shell);
	shell->boot_timer =
		g_timeout_add(BOOT_SECONDS * 1000, on_boot_timer, shell);
	interactive_run(config, &shell->in);
	/* Only the guest has its end now. */
	close(link_fds[1]);
	if (!shell->in.signal)
		relay_finish(shell->relay);
	g_clear_handle_id(&shell->boot_timer, g_source_remove);
	g_clear_handle_id(&shell->size_source, g_source_remove);
	status = relay_status(shell->relay);
	if (status < 0 || shell->broken || shell->in.signal)
		status = explain(shell, log);
	else if (shell->in.daemon_died)
		status = STATUS_ERROR;
	relay_free(shell->relay);
	return status;
}

/* Make the guest's directory, with the plan for its init. */
static gboolean prepare(const Config *config, const char *dir,
			gboolean terminal, const char *command, GError **error)
{
	g_autofree char *host = output_path(dir);
	g_autofree char *plan =
		g_strdup_printf("shell %s\nvariant %s\nhost %s\n",
				terminal ? "terminal" : "frames",
				config->variant ?: "unknown", host);
	g_autofree char *file = g_build_filename(dir, "command", NULL);

	return uml_prepare(config, dir, "shell", NULL, plan, PROBE_NOTHING,
			   error) &&
	       (!command || g_file_set_contents(file, command, -1, error));
}

static int open_log(const char *log, GError **error)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int err = errno;

	if (fd < 0)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(err),
			    "cannot write %s: %s", log, g_strerror(err));
	return fd;
}

static gboolean open_link(int fds[2], GError **error)
{
	int err;

	if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return TRUE;
	err = errno;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(err),
		    "socketpair: %s", g_strerror(err));
	return FALSE;
}

int shell_run(const Config *config, const char *command)
{
	g_autofree char *dir =
		g_build_filename(config->session_dir, "shell", NULL);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	gboolean terminal =
		!command && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	const UmlArgs uml = {.dir = dir,
			     .ram_mib = GUEST_RAM_MIB,
			     .link = TRUE,
			     .terminal = terminal};
	g_auto(GStrv) argv = uml_argv(config, &uml);
	g_auto(GStrv) envp = uml_envp(config, &uml);
	g_autoptr(GError) error = NULL;
	Shell shell = {.in = {.argv = (const char *const *)argv,
			      .envp = (const char *const *)envp,
			      .dir = dir,
			      .own_session = TRUE},
		       .terminal = terminal};
	int link_fds[2], log_fd = -1, status;

	if (!prepare(config, dir, terminal, command, &error) ||
	    (log_fd = open_log(log, &error)) < 0 ||
	    !open_link(link_fds, &error)) {
		g_printerr("runner: %s\n", error->message);
		if (log_fd >= 0)
			close(log_fd);
		return STATUS_ERROR;
	}
	/*
	 * In the background, reading the terminal then fails instead of stopping
	 * us, and its settings can be put back.
	 */
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	shell.in.fds[0] = terminal ? STDIN_FILENO : -1;
	shell.in.fds[1] = terminal ? STDOUT_FILENO : -1;
	shell.in.fds[2] = log_fd;
	shell.in.fds[3] = link_fds[1];
	status = run(config, &shell, link_fds, log);
	close(log_fd);
	return status;
}
