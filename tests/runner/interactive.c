// SPDX-License-Identifier: GPL-2.0-or-later
#include "interactive.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* After SIGKILL: a guest that waits for its daemon ends with it. */
#define KILL_SECONDS 2

static void quit(gpointer data)
{
	Interactive *in = data;

	g_main_loop_quit(in->loop);
}

static void stop_daemon(Interactive *in)
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

	in->pid = 0;
	if (in->own_session)
		process_kill_group(pid);
	in->status = status;
	stop_daemon(in);
}

static void on_ready(const char *failure, gpointer data)
{
	Interactive *in = data;
	g_autoptr(GError) error = NULL;
	SpawnArgs args = {.argv = in->argv,
			  .envp = in->envp,
			  .own_session = in->own_session,
			  .fixed_addresses = TRUE};

	for (int i = 0; i < SPAWN_FDS; i++)
		args.fds[i] = in->fds[i];
	if (!failure && !in->signal)
		in->pid = process_spawn(&args, &error);
	if (in->pid > 0) {
		in->started = TRUE;
		g_child_watch_add(in->pid, on_process_end, in);
		return;
	}
	if (failure || error)
		g_printerr("runner: %s\n", failure ?: error->message);
	in->pid = 0;
	stop_daemon(in);
}

static void on_died(const char *how, gpointer data)
{
	Interactive *in = data;

	in->daemon_died = TRUE;
	g_printerr("runner: the device daemon died: %s\n", how);
}

static gboolean on_kill_timer(gpointer data)
{
	Interactive *in = data;

	in->kill_timer = 0;
	if (in->daemon)
		daemon_kill(in->daemon);
	return G_SOURCE_REMOVE;
}

void interactive_stop(Interactive *in)
{
	if (!in->pid || in->kill_timer)
		return;
	kill(in->own_session ? -in->pid : in->pid, SIGKILL);
	in->kill_timer = g_timeout_add(KILL_SECONDS * 1000, on_kill_timer, in);
}

static void on_signal(int number, gpointer data)
{
	Interactive *in = data;

	in->signal = number;
	interactive_stop(in);
}

static gboolean on_idle(gpointer data)
{
	on_ready(NULL, data);
	return G_SOURCE_REMOVE;
}

void interactive_run(const Config *config, Interactive *in)
{
	g_autoptr(GError) error = NULL;
	struct termios terminal;
	gboolean is_terminal = !tcgetattr(STDIN_FILENO, &terminal);

	process_watch_signals(!in->keep_int, on_signal, in);
	in->loop = g_main_loop_new(NULL, FALSE);
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
	process_unwatch_signals();
	g_clear_handle_id(&in->kill_timer, g_source_remove);
	g_main_loop_unref(in->loop);
}
