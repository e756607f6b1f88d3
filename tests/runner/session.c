// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "guest.h"
#include "junit.h"
#include "output.h"
#include "plan.h"

typedef struct {
	const Config *config;
	Output *output;
	GMainLoop *loop;
	GQueue *waiting; /* of Batch, owned */
	GPtrArray *guests; /* that run; each with a batch of its own */
	GPtrArray *verdicts; /* of Verdict, owned */
	guint started; /* guests so far */
	gboolean any_booted;
	gboolean boot_failed; /* and said so */
	int signal; /* that ends the run, or 0 */
	gboolean broken; /* an error of ours ends the run */
} Session;

static gboolean is_stopping(const Session *session)
{
	return session->signal || session->broken;
}

static void stop(Session *session)
{
	for (guint i = 0; i < session->guests->len; i++)
		guest_abort(session->guests->pdata[i]);
	if (!session->guests->len)
		g_main_loop_quit(session->loop);
}

static void broken(Session *session, const char *message)
{
	if (message && !session->broken)
		g_printerr("runner: %s\n", message);
	session->broken = TRUE;
	stop(session);
}

static void add_verdict(Session *session, Verdict *verdict, const char *log)
{
	/* Every guest boots the same kernel: once is enough. */
	if (!strcmp(verdict->name, VERDICT_BOOT)) {
		if (session->boot_failed) {
			verdict_free(verdict);
			return;
		}
		session->boot_failed = TRUE;
	}
	output_verdict(session->output, verdict, log);
	g_ptr_array_add(session->verdicts, verdict);
	if (output_is_broken())
		broken(session, NULL);
}

static void on_verdict(Verdict *verdict, const char *log, gpointer data)
{
	add_verdict(data, verdict, log);
}

static void on_line(guint guest, const char *line, gpointer data)
{
	Session *session = data;

	output_console(session->output, guest, line);
}

static void not_run(Session *session, const Batch *batch)
{
	for (guint i = 0; i < batch->tests->len; i++) {
		const TestInfo *test = batch->tests->pdata[i];
		Verdict *verdict = g_new0(Verdict, 1);

		verdict->name = g_strdup(test->name);
		verdict->test = test;
		verdict->kind = VERDICT_FAIL;
		verdict->reasons = g_ptr_array_new_with_free_func(g_free);
		g_ptr_array_add(verdict->reasons,
				g_strdup("not run: its guest did not boot"));
		add_verdict(session, verdict, NULL);
	}
}

static void start_guests(Session *session);

static void on_finished(Guest *guest, const GError *error, gpointer data)
{
	Session *session = data;
	const Batch *batch = guest_batch(guest);
	guint concluded = guest_concluded(guest);
	Batch *rest;

	if (guest_has_booted(guest))
		session->any_booted = TRUE;
	g_ptr_array_remove_fast(session->guests, guest);
	if (error)
		broken(session, error->message);
	if (!is_stopping(session)) {
		/* A guest that got nowhere would not do so a second time. */
		if (!concluded)
			not_run(session, batch);
		else if ((rest = batch_rest(batch, concluded)))
			g_queue_push_head(session->waiting, rest);
	}
	batch_free((Batch *)batch);
	start_guests(session);
}

static void start_guests(Session *session)
{
	static const GuestFuncs quiet = {on_verdict, NULL, on_finished};
	static const GuestFuncs verbose = {on_verdict, on_line, on_finished};
	const GuestFuncs *funcs = session->config->verbose ? &verbose : &quiet;

	while (!is_stopping(session) &&
	       session->guests->len < (guint)session->config->jobs) {
		Batch *batch = g_queue_pop_head(session->waiting);
		g_autoptr(GError) error = NULL;
		Guest *guest;

		if (!batch)
			break;
		if (session->boot_failed && !session->any_booted) {
			not_run(session, batch);
			batch_free(batch);
			continue;
		}
		guest = guest_start(session->config, ++session->started, batch,
				    funcs, session, &error);
		if (!guest) {
			batch_free(batch);
			broken(session, error->message);
			break;
		}
		g_ptr_array_add(session->guests, guest);
	}
	if (!session->guests->len)
		g_main_loop_quit(session->loop);
}

static gboolean on_start(gpointer data)
{
	start_guests(data);
	return G_SOURCE_REMOVE;
}

static gboolean on_signal(Session *session, int number)
{
	session->signal = number;
	stop(session);
	return G_SOURCE_CONTINUE;
}

static gboolean on_int(gpointer data)
{
	return on_signal(data, SIGINT);
}

static gboolean on_term(gpointer data)
{
	return on_signal(data, SIGTERM);
}

static gboolean on_hup(gpointer data)
{
	return on_signal(data, SIGHUP);
}

static int status(const Session *session)
{
	if (session->signal)
		return 128 + session->signal;
	if (session->broken)
		return STATUS_ERROR;
	return output_all_passed(session->output) ? STATUS_PASSED
						  : STATUS_FAILED;
}

static void free_batch(gpointer data)
{
	batch_free(data);
}

static void free_verdict(gpointer data)
{
	verdict_free(data);
}

int session_run(const Config *config, GPtrArray *tests)
{
	g_autoptr(GError) error = NULL;
	Session session = {
		.config = config,
		.output = output_new(config, tests),
		.loop = g_main_loop_new(NULL, FALSE),
		.waiting = plan_batches(tests, config->jobs),
		.guests = g_ptr_array_new(),
		.verdicts = g_ptr_array_new_with_free_func(free_verdict),
	};
	guint sources[] = {
		g_unix_signal_add(SIGINT, on_int, &session),
		g_unix_signal_add(SIGTERM, on_term, &session),
		g_unix_signal_add(SIGHUP, on_hup, &session),
	};
	int result;

	g_idle_add(on_start, &session);
	g_main_loop_run(session.loop);

	if (config->junit &&
	    !junit_write(config->junit, config, session.verdicts, &error))
		broken(&session, error->message);
	output_end(session.output, is_stopping(&session));
	if (output_is_broken())
		session.broken = TRUE;
	result = status(&session);

	for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
		g_source_remove(sources[i]);
	g_queue_free_full(session.waiting, free_batch);
	g_ptr_array_unref(session.guests);
	g_ptr_array_unref(session.verdicts);
	g_main_loop_unref(session.loop);
	output_free(session.output);
	return result;
}
