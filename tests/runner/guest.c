// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cpus.h"
#include "daemon.h"
#include "host.h"
#include "process.h"
#include "ram-pool.h"
#include "starved.h"
#include "uml.h"

/* Time limits of the phases, in seconds of host time; a test has its own limit. */
#define BOOT_SECONDS 60
#define IDLE_SECONDS 30
#define SWEEP_SECONDS 120
#define DONE_SECONDS 15
/* After a kernel report: for the test to end. */
#define REPORT_SECONDS 10
/* After a failure: for the guest to power off by itself. */
#define OVER_SECONDS 5
/* After SIGTERM: for the kernel to end by itself. */
#define TERM_SECONDS 2
/* After SIGKILL: if the kernel still waits for its daemon, kill that as well. */
#define KILL_SECONDS 2

/*
 * Of each limit: after that, count how long the host does not run the guest. Limits are
 * at least as long.
 */
#define LOOK_SECONDS 1

#define LINE_BYTES_MAX 65536

struct Guest {
	const Config *config;
	const Batch *batch;
	const GuestFuncs *funcs;
	gpointer data;
	guint number;
	int cpu; /* that its processes and its daemon have, or -1 */
	int ram_fd; /* file with its RAM, or -1 */
	gint64 started; /* when its kernel was started, monotonic time, us */
	char *dir;
	char *log;
	int log_fd;
	Parser *parser;
	Daemon *daemon;
	GError *error;

	pid_t pid; /* of the kernel; 0: not started, or over */
	pid_t group; /* what is left of its group; 0: nothing */
	char *how; /* it ended */
	int out_fd; /* its console; -1: at its end */
	GString *partial; /* last line of it, not complete yet */
	guint out_watch;
	guint child_watch;
	guint limit_timer;
	guint kill_timer;
	guint group_timer;
	Phase limit_phase; /* what the limit is for */
	const TestInfo *limit_test;
	gboolean limit_report;
	guint limit_seconds;
	gint64 limit_starved; /* guest_starved_us() that the limit allows for */
	guint limit_more; /* seconds that it was extended by */
	gboolean limit_over;

	gboolean ending; /* the kernel has ended, or is being ended */
	gboolean collected;
	gboolean aborted;
};

const Batch *guest_batch(const Guest *guest)
{
	return guest->batch;
}

guint guest_concluded(const Guest *guest)
{
	return parser_concluded(guest->parser);
}

gboolean guest_has_booted(const Guest *guest)
{
	return parser_has_booted(guest->parser);
}

gboolean guest_is_sweeping(const Guest *guest)
{
	return parser_phase(guest->parser) == PHASE_SWEEP;
}

static void remove_file(const Guest *guest, const char *name)
{
	g_autofree char *path = g_build_filename(guest->dir, name, NULL);

	host_remove_tree(path);
}

/* The last step, after the daemon has stopped, too. */
static void on_stopped(gpointer data)
{
	Guest *guest = data;

	if (!guest->config->keep) {
		remove_file(guest, "plan");
		remove_file(guest, "uml");
	}
	cpu_give(guest->cpu);
	ram_give(guest->ram_fd);
	guest->funcs->finished(guest, guest->error, guest->data);
	close(guest->log_fd);
	parser_free(guest->parser);
	g_string_free(guest->partial, TRUE);
	g_clear_error(&guest->error);
	g_free(guest->how);
	g_free(guest->log);
	g_free(guest->dir);
	g_free(guest);
}

static gboolean on_stopped_idle(gpointer data)
{
	on_stopped(data);
	return G_SOURCE_REMOVE;
}

static void stop_daemon(Guest *guest)
{
	Daemon *daemon = g_steal_pointer(&guest->daemon);

	if (daemon)
		daemon_stop(daemon, on_stopped, guest);
	else
		g_idle_add(on_stopped_idle, guest);
}

static void on_collected(gboolean complete, gpointer data)
{
	Guest *guest = data;
	g_autofree char *path =
		g_build_filename(guest->dir, "violations", NULL);
	g_autofree char *refused_path =
		g_build_filename(guest->dir, "refused", NULL);
	g_autofree char *text = NULL, *refused = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	g_file_get_contents(refused_path, &refused, NULL, NULL);
	if (!guest->aborted)
		parser_refused(guest->parser, refused);
	if (!complete && !guest->aborted && !guest->how &&
	    !parser_has_failed(guest->parser))
		parser_fail(guest->parser,
			    "the devices' list of violations could not be read "
			    "after the guest's end",
			    g_get_monotonic_time());
	if (!guest->aborted)
		parser_finish(guest->parser, guest->how, text,
			      g_get_monotonic_time());
	if (text && !*text)
		g_unlink(path);
	if (refused && !*refused)
		g_unlink(refused_path);
	stop_daemon(guest);
}

/* The kernel has ended and its console is read to the end. */
static void after_kernel(Guest *guest)
{
	if (guest->pid || guest->group || guest->out_fd >= 0 ||
	    guest->collected)
		return;
	guest->collected = TRUE;
	guest->ending = TRUE;
	g_clear_handle_id(&guest->limit_timer, g_source_remove);
	g_clear_handle_id(&guest->kill_timer, g_source_remove);
	if (guest->daemon && !guest->aborted)
		daemon_collect(guest->daemon,
			       guest->config->keep || guest->how ||
				       parser_has_failed(guest->parser),
			       on_collected, guest);
	else
		on_collected(!guest->daemon, guest);
}

static gboolean on_kill_timer(gpointer data)
{
	Guest *guest = data;

	guest->kill_timer = 0;
	if (guest->daemon)
		daemon_kill(guest->daemon);
	return G_SOURCE_REMOVE;
}

static void kill_guest(Guest *guest)
{
	/* Otherwise, on_group_timer() is ending its processes. */
	if (guest->pid)
		kill(-guest->pid, SIGKILL);
	guest->kill_timer =
		g_timeout_add(KILL_SECONDS * 1000, on_kill_timer, guest);
}

static gboolean on_term_timer(gpointer data)
{
	Guest *guest = data;

	kill_guest(guest);
	return G_SOURCE_REMOVE;
}

static void end_guest(Guest *guest)
{
	if (guest->ending)
		return;
	guest->ending = TRUE;
	g_clear_handle_id(&guest->limit_timer, g_source_remove);
	if (!guest->pid) {
		after_kernel(guest);
		return;
	}
	g_clear_handle_id(&guest->kill_timer, g_source_remove);
	if (guest->aborted) {
		kill_guest(guest);
		return;
	}
	/* A kernel with coverage then writes its data. */
	kill(guest->pid, SIGTERM);
	guest->kill_timer =
		g_timeout_add(TERM_SECONDS * 1000, on_term_timer, guest);
}

void guest_abort(Guest *guest)
{
	guest->aborted = TRUE;
	end_guest(guest);
}

/* Fail the guest for a reason that the host knows, and end it. */
static void fail_guest(Guest *guest, const char *reason)
{
	if (guest->aborted)
		return;
	parser_fail(guest->parser, reason, g_get_monotonic_time());
	end_guest(guest);
}

/* How long the host has not run this guest although it could run. */
static gint64 guest_starved_us(const Guest *guest)
{
	return (guest->pid ? starved_us(guest->pid) : 0) +
	       (guest->daemon ? daemon_starved_us(guest->daemon) : 0);
}

static gboolean on_limit(gpointer data);

/* Give the guest the whole seconds that the host did not, on a busy machine. */
static gboolean extend_limit(Guest *guest)
{
	gint64 starved = guest_starved_us(guest) - guest->limit_starved;
	guint seconds = (guint)(MAX(starved, 0) / G_USEC_PER_SEC);

	if (!seconds)
		return FALSE;
	guest->limit_starved += seconds * G_USEC_PER_SEC;
	guest->limit_more += seconds;
	guest->limit_timer = g_timeout_add(seconds * 1000, on_limit, guest);
	return TRUE;
}

static gboolean on_limit_near(gpointer data)
{
	Guest *guest = data;

	guest->limit_starved = guest_starved_us(guest);
	guest->limit_timer = g_timeout_add(
		(guest->limit_seconds - LOOK_SECONDS) * 1000, on_limit, guest);
	return G_SOURCE_REMOVE;
}

static gboolean on_limit(gpointer data)
{
	Guest *guest = data;
	g_autofree char *reason = NULL;
	g_autofree char *more = NULL;
	const char *what = NULL;

	guest->limit_timer = 0;
	if (extend_limit(guest))
		return G_SOURCE_REMOVE;
	if (guest->limit_over) {
		end_guest(guest);
		return G_SOURCE_REMOVE;
	}
	switch (guest->limit_phase) {
	case PHASE_BOOT:
		what = "the guest did not boot to its first test";
		break;
	case PHASE_RUNNING:
		what = guest->limit_report
			       ? "the test did not end after the report"
			       : "time limit: the test did not end";
		break;
	case PHASE_IDLE:
		what = "init did not go on after the test";
		break;
	case PHASE_SWEEP:
		what = "the search for lost memory did not end";
		break;
	case PHASE_DONE:
		what = "the guest did not power off";
		break;
	case PHASE_OFF:
		break;
	}
	if (!what) {
		end_guest(guest);
		return G_SOURCE_REMOVE;
	}
	more = guest->limit_more
		       ? g_strdup_printf(" and %u s in which the host did not "
					 "run it",
					 guest->limit_more)
		       : g_strdup("");
	reason = g_strdup_printf("%s within %u s%s", what, guest->limit_seconds,
				 more);
	fail_guest(guest, reason);
	return G_SOURCE_REMOVE;
}

static guint phase_seconds(const Guest *guest)
{
	if (guest->limit_over)
		return OVER_SECONDS;
	if (guest->limit_report)
		return REPORT_SECONDS;
	switch (guest->limit_phase) {
	case PHASE_BOOT:
		return BOOT_SECONDS;
	case PHASE_RUNNING:
		return guest->limit_test->seconds;
	case PHASE_SWEEP:
		return SWEEP_SECONDS;
	case PHASE_DONE:
	case PHASE_OFF:
		return DONE_SECONDS;
	default:
		return IDLE_SECONDS;
	}
}

static guint limit_seconds(const Guest *guest)
{
	guint seconds = phase_seconds(guest);

	if (guest->config->limit)
		seconds = MIN(seconds, (guint)guest->config->limit);
	return seconds;
}

/* Restart the time limit whenever the guest has made progress. */
static void set_limit(Guest *guest)
{
	Phase phase = parser_phase(guest->parser);
	const TestInfo *test = parser_running(guest->parser);
	gboolean over = parser_is_over(guest->parser);
	gboolean report = test && parser_has_report(guest->parser);

	if (guest->ending)
		return;
	if (parser_goes_on(guest->parser)) {
		end_guest(guest);
		return;
	}
	if (guest->limit_timer && guest->limit_phase == phase &&
	    guest->limit_test == test && guest->limit_over == over &&
	    guest->limit_report == report)
		return;
	guest->limit_phase = phase;
	guest->limit_test = test;
	guest->limit_over = over;
	guest->limit_report = report;
	guest->limit_seconds = limit_seconds(guest);
	guest->limit_more = 0;
	g_clear_handle_id(&guest->limit_timer, g_source_remove);
	/* Most limits are lifted before it is worth while to look at /proc. */
	guest->limit_timer =
		g_timeout_add(LOOK_SECONDS * 1000, on_limit_near, guest);
}

static void say_booted(const Guest *guest, gint64 now)
{
	g_autofree char *line =
		g_strdup_printf("-- first test %.3f s after the kernel's start",
				(now - guest->started) / 1e6);

	guest->funcs->line(guest->number, line, guest->data);
}

static void take_line(Guest *guest)
{
	gboolean booted = parser_has_booted(guest->parser);
	gint64 now = g_get_monotonic_time();

	if (guest->funcs->line)
		guest->funcs->line(guest->number, guest->partial->str,
				   guest->data);
	if (!guest->aborted)
		parser_line(guest->parser, guest->partial->str, now);
	if (!booted && parser_has_booted(guest->parser) && guest->funcs->line)
		say_booted(guest, now);
	g_string_truncate(guest->partial, 0);
}

static void take_output(Guest *guest, const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++) {
		if (text[i] == '\n' || guest->partial->len >= LINE_BYTES_MAX)
			take_line(guest);
		if (text[i] != '\n' && text[i])
			g_string_append_c(guest->partial, text[i]);
	}
}

/* Without a complete log there is no verdict: stop the run. */
static gboolean write_log(Guest *guest, const char *text, gsize len)
{
	while (len) {
		ssize_t n = write(guest->log_fd, text, len);
		int err = errno;

		if (n < 0 && err == EINTR)
			continue;
		if (n < 0) {
			if (!guest->error)
				g_set_error(&guest->error, G_IO_ERROR,
					    g_io_error_from_errno(err),
					    "cannot write %s: %s", guest->log,
					    g_strerror(err));
			return FALSE;
		}
		text += n;
		len -= n;
	}
	return TRUE;
}

/* Leave the processor to another guest. */
static void begin_sweep(Guest *guest)
{
	cpu_give(guest->cpu);
	guest->cpu = -1;
	guest->funcs->sweeping(guest->data);
}

static gboolean on_output(int fd, GIOCondition condition, gpointer data)
{
	Guest *guest = data;
	gboolean sweeping = guest_is_sweeping(guest);
	char text[16384];
	ssize_t n = read(fd, text, sizeof(text));

	(void)condition;
	if (n < 0 && errno == EINTR)
		return G_SOURCE_CONTINUE;
	if (n > 0) {
		if (!write_log(guest, text, n))
			guest_abort(guest);
		take_output(guest, text, n);
		set_limit(guest);
		if (!sweeping && guest_is_sweeping(guest))
			begin_sweep(guest);
		return G_SOURCE_CONTINUE;
	}
	if (guest->partial->len)
		take_line(guest);
	guest->out_watch = 0;
	close(guest->out_fd);
	guest->out_fd = -1;
	after_kernel(guest);
	return G_SOURCE_REMOVE;
}

/* The guest's processes end shortly after its kernel. */
static gboolean on_group_timer(gpointer data)
{
	Guest *guest = data;

	if (!process_kill_group(guest->group))
		return G_SOURCE_CONTINUE;
	guest->group = 0;
	guest->group_timer = 0;
	after_kernel(guest);
	return G_SOURCE_REMOVE;
}

static void on_process_end(GPid pid, int status, gpointer data)
{
	Guest *guest = data;

	guest->child_watch = 0;
	guest->pid = 0;
	guest->how = process_describe(status);
	guest->group = pid;
	if (!on_group_timer(guest))
		return;
	guest->group_timer = g_timeout_add(1, on_group_timer, guest);
	if (!guest->kill_timer)
		guest->kill_timer = g_timeout_add(KILL_SECONDS * 1000,
						  on_kill_timer, guest);
}

static void start_kernel(Guest *guest)
{
	const UmlArgs uml = {.dir = guest->dir,
			     .ram_mib = guest->batch->ram_mib,
			     .virtual_time = guest->batch->virtual_time,
			     .kernel_args = guest->batch->kernel_args,
			     .ram_file = guest->ram_fd >= 0};
	g_auto(GStrv) argv = uml_argv(guest->config, &uml);
	g_auto(GStrv) envp = uml_envp(guest->config, &uml);
	SpawnArgs args = {.argv = (const char *const *)argv,
			  .envp = (const char *const *)envp,
			  .cwd = guest->dir,
			  .own_session = TRUE,
			  .fixed_addresses = TRUE,
			  .pinned = guest->cpu >= 0,
			  .cpu = guest->cpu};
	g_autoptr(GError) error = NULL;
	int pipe_fds[2];
	pid_t pid;

	if (!g_unix_open_pipe(pipe_fds, FD_CLOEXEC, &error)) {
		fail_guest(guest, error->message);
		return;
	}
	args.fds[0] = -1;
	args.fds[1] = pipe_fds[1];
	args.fds[2] = pipe_fds[1];
	args.fds[UML_RAM_FD] = guest->ram_fd;
	pid = process_spawn(&args, &error);
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		fail_guest(guest, error->message);
		return;
	}
	guest->pid = pid;
	guest->started = g_get_monotonic_time();
	guest->out_fd = pipe_fds[0];
	guest->out_watch = g_unix_fd_add(guest->out_fd, G_IO_IN | G_IO_HUP,
					 on_output, guest);
	guest->child_watch = g_child_watch_add(pid, on_process_end, guest);
	set_limit(guest);
}

static void on_daemon_ready(const char *failure, gpointer data)
{
	Guest *guest = data;

	if (guest->ending)
		return;
	if (failure)
		fail_guest(guest, failure);
	else
		start_kernel(guest);
}

static void on_daemon_died(const char *how, gpointer data)
{
	Guest *guest = data;
	g_autofree char *reason =
		g_strdup_printf("the device daemon died: %s", how);

	fail_guest(guest, reason);
}

static gboolean on_start_idle(gpointer data)
{
	on_daemon_ready(NULL, data);
	return G_SOURCE_REMOVE;
}

static void on_verdict(Verdict *verdict, gpointer data)
{
	Guest *guest = data;

	guest->funcs->verdict(verdict, guest->log, guest->data);
}

static char *make_token(void)
{
	guint64 random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		g_error("getrandom: %s", g_strerror(errno));
	return g_strdup_printf("%016" G_GINT64_MODIFIER "x", random);
}

Guest *guest_start(const Config *config, guint number, const Batch *batch,
		   Probe probe, const GuestFuncs *funcs, gpointer data,
		   GError **error)
{
	g_autofree char *name = g_strdup_printf("guest-%u", number);
	g_autofree char *dir =
		g_build_filename(config->session_dir, name, NULL);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	g_autofree char *token = make_token();
	g_autoptr(GError) why = NULL;
	Guest *guest;
	int log_fd;

	if (!uml_prepare(config, dir, token, batch->tests, NULL, probe, error))
		return NULL;
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log_fd < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "cannot write %s: %s", log, g_strerror(errno));
		return NULL;
	}
	guest = g_new0(Guest, 1);
	guest->config = config;
	guest->batch = batch;
	guest->funcs = funcs;
	guest->data = data;
	guest->number = number;
	guest->cpu = cpu_take();
	guest->ram_fd = ram_take();
	guest->dir = g_steal_pointer(&dir);
	guest->log = g_steal_pointer(&log);
	guest->log_fd = log_fd;
	guest->out_fd = -1;
	guest->partial = g_string_new(NULL);
	guest->parser = parser_new(token, batch->tests, config->source,
				   on_verdict, guest);

	if (!config->shim) {
		g_idle_add(on_start_idle, guest);
		return guest;
	}
	guest->daemon =
		daemon_start(config->shim, guest->dir, guest->cpu,
			     on_daemon_ready, on_daemon_died, guest, &why);
	if (!guest->daemon)
		fail_guest(guest, why->message);
	return guest;
}
