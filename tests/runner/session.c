// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <string.h>

#include "boot.h"
#include "guest.h"
#include "junit.h"
#include "output.h"
#include "plan.h"
#include "process.h"
#include "ram-pool.h"

typedef struct {
	const Config *config;
	Output *output;
	GMainLoop *loop;
	GQueue *waiting; /* of Batch, owned */
	GPtrArray *guests; /* that run; each with a batch of its own */
	GPtrArray *verdicts; /* of Verdict, owned */
	Probe probe; /* of guests until one has come up */
	guint started; /* guests so far */
	gboolean any_booted;
	BootFailures *boot_failures; /* of guests that did not come up */
	GQueue *held; /* of Batch, owned: not booted, while no guest has come up */
	gboolean boot_reported; /* by a guest that did come up */
	gboolean none_boots; /* no guest comes up, which ends the run */
	guint failed; /* verdicts so far */
	gboolean stopped; /* after as many failures as were asked for */
	int signal; /* that ends the run, or 0 */
	gboolean broken; /* an error of the runner ends the run */
} Session;

static gboolean is_stopping(const Session *session)
{
	return session->signal || session->broken || session->none_boots ||
	       session->stopped;
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
	if (!session->broken)
		g_printerr("runner: %s\n", message);
	session->broken = TRUE;
	stop(session);
}

static gboolean is_enough(const Session *session)
{
	return session->config->stop_after &&
	       session->failed >= (guint)session->config->stop_after;
}

static void add_verdict(Session *session, Verdict *verdict, const char *log)
{
	output_verdict(session->output, verdict, log);
	g_ptr_array_add(session->verdicts, verdict);
	session->failed += verdict->kind == VERDICT_FAIL;
	if (is_enough(session) && !session->stopped) {
		session->stopped = TRUE;
		stop(session);
	}
	if (output_is_broken())
		broken(session, NO_OUTPUT);
}

static void on_verdict(Verdict *verdict, const char *log, gpointer data)
{
	Session *session = data;

	if (verdict->cost) {
		boot_failures_add(session->boot_failures, verdict, log);
		return;
	}
	/* Every guest boots the same kernel: once is enough. */
	if (!strcmp(verdict->name, VERDICT_BOOT)) {
		if (session->boot_reported) {
			verdict_free(verdict);
			return;
		}
		session->boot_reported = TRUE;
	}
	add_verdict(session, verdict, log);
}

static void on_boot_failure(Verdict *verdict, const char *log, gpointer data)
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
		output_not_run(session->output, verdict);
		g_ptr_array_add(session->verdicts, verdict);
	}
}

/* Including guests that are still running. */
static gboolean any_booted(Session *session)
{
	for (guint i = 0; i < session->guests->len; i++)
		if (guest_has_booted(session->guests->pdata[i]))
			session->any_booted = TRUE;
	return session->any_booted;
}

/* While no guest has come up, all may fail for the same cause. */
static void settle_held(Session *session)
{
	Batch *batch;

	if (!any_booted(session))
		return;
	while ((batch = g_queue_pop_head(session->held))) {
		not_run(session, batch);
		batch_free(batch);
	}
}

/*
 * The next batch to boot. If the guests that did not come up had kernel parameters
 * of their own, try one without: does every guest fail for the same cause?
 */
static Batch *next_batch(Session *session)
{
	gboolean special = session->held->length > 0;

	for (GList *l = session->held->head; l; l = l->next)
		if (!((const Batch *)l->data)->kernel_args)
			return NULL;
	for (GList *l = session->waiting->head; l; l = l->next) {
		Batch *batch = l->data;

		if (special && batch->kernel_args)
			continue;
		g_queue_delete_link(session->waiting, l);
		return batch;
	}
	return NULL;
}

/* All guests fail for the same cause: report it once, and no test. */
static void bail_out(Session *session)
{
	const char *why;
	g_autofree char *block =
		boot_failures_block(session->boot_failures, &why);

	output_bail_out(session->output, block, why);
	session->none_boots = TRUE;
}

static void start_guests(Session *session);

static void on_finished(Guest *guest, const GError *error, gpointer data)
{
	Session *session = data;
	Batch *batch = (Batch *)guest_batch(guest);
	guint concluded = guest_concluded(guest);
	Batch *rest;

	if (guest_has_booted(guest))
		session->any_booted = TRUE;
	g_ptr_array_remove_fast(session->guests, guest);
	if (error)
		broken(session, error->message);
	if (!is_stopping(session) && !concluded) {
		/* A guest that ran no test would not run one the next time. */
		g_queue_push_tail(session->held, batch);
		batch = NULL;
	} else if (!is_stopping(session) &&
		   (rest = batch_rest(batch, concluded))) {
		g_queue_push_head(session->waiting, rest);
	}
	if (batch)
		batch_free(batch);
	start_guests(session);
}

static void on_sweeping(gpointer data)
{
	start_guests(data);
}

/*
 * Is there room for another guest? Those that sweep use memory, but no processor.
 */
static gboolean has_room(const Session *session)
{
	guint jobs = session->config->jobs, busy = session->guests->len;

	for (guint i = 0; i < session->guests->len; i++)
		if (guest_is_sweeping(session->guests->pdata[i]))
			busy--;
	return busy < jobs && session->guests->len < GUESTS_PER_JOB * jobs;
}

static void start_guests(Session *session)
{
	static const GuestFuncs quiet = {on_verdict, NULL, on_sweeping,
					 on_finished};
	static const GuestFuncs verbose = {on_verdict, on_line, on_sweeping,
					   on_finished};
	const GuestFuncs *funcs = session->config->verbose ? &verbose : &quiet;

	settle_held(session);
	while (!is_stopping(session) && has_room(session)) {
		Batch *batch = next_batch(session);
		g_autoptr(GError) error = NULL;
		Guest *guest;

		if (!batch)
			break;
		guest = guest_start(session->config, ++session->started, batch,
				    any_booted(session) ? PROBE_NOTHING
							: session->probe,
				    funcs, session, &error);
		if (!guest) {
			batch_free(batch);
			broken(session, error->message);
			break;
		}
		g_ptr_array_add(session->guests, guest);
	}
	if (session->guests->len)
		return;
	if (!is_stopping(session) && session->held->length)
		bail_out(session);
	g_main_loop_quit(session->loop);
}

static gboolean on_start(gpointer data)
{
	start_guests(data);
	return G_SOURCE_REMOVE;
}

static void on_signal(int number, gpointer data)
{
	Session *session = data;

	session->signal = number;
	stop(session);
}

static int status(const Session *session)
{
	if (session->signal)
		return 128 + session->signal;
	if (session->broken || session->none_boots)
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

/* Probe only what a test needs. */
static Probe what_to_probe(GPtrArray *tests)
{
	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		if (test->swap_mib)
			return PROBE_SWAP;
	}
	return PROBE_BASICS;
}

/* What has ended the run before its end, or NULL. */
static const char *how_cut_short(const Session *session)
{
	if (session->stopped && !session->signal && !session->broken)
		return "stopped";
	return is_stopping(session) ? "interrupted" : NULL;
}

/* Print the rest, and write the JUnit file. */
static void end_output(Session *session)
{
	const Config *config = session->config;
	g_autoptr(GError) error = NULL;

	boot_failures_each(session->boot_failures, on_boot_failure, session);
	/* An interrupted run must not look like a complete one. */
	if (config->junit && !is_stopping(session) &&
	    !junit_write(config->junit, config, session->verdicts, &error))
		broken(session, error->message);
	output_end(session->output, how_cut_short(session));
}

int session_run(const Config *config, GPtrArray *tests)
{
	Session session = {
		.config = config,
		.output = output_new(config, tests),
		.loop = g_main_loop_new(NULL, FALSE),
		.probe = what_to_probe(tests),
		.waiting = plan_batches(tests, config->jobs),
		.held = g_queue_new(),
		.boot_failures = boot_failures_new(),
		.guests = g_ptr_array_new(),
		.verdicts = g_ptr_array_new_with_free_func(free_verdict),
	};
	int result;

	process_watch_signals(TRUE, on_signal, &session);
	g_idle_add(on_start, &session);
	g_main_loop_run(session.loop);

	if (!session.none_boots)
		end_output(&session);
	if (output_is_broken())
		broken(&session, NO_OUTPUT);
	result = status(&session);

	process_unwatch_signals();
	g_queue_free_full(session.waiting, free_batch);
	g_queue_free_full(session.held, free_batch);
	boot_failures_free(session.boot_failures);
	g_ptr_array_unref(session.guests);
	g_ptr_array_unref(session.verdicts);
	g_main_loop_unref(session.loop);
	ram_free();
	output_free(session.output);
	return result;
}
