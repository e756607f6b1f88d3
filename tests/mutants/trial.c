// SPDX-License-Identifier: GPL-2.0-or-later
#include "trial.h"

#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../tap/tap.h"

/* The name of a failure that is no test's. */
#define TOO_LONG "time-limit"

typedef struct {
	const Trial *trial;
	Failure *failure; /* so far */
} Watch;

void failure_free(Failure *failure)
{
	g_free(failure->test);
	g_free(failure->why);
	g_free(failure);
}

static Failure *failure_new(const char *test, const char *why)
{
	Failure *failure = g_new0(Failure, 1);

	failure->test = g_strdup(test);
	failure->why = g_strdup(why);
	return failure;
}

/* The line behind a failure says why: then that is enough. */
static gboolean look(const char *line, gpointer data)
{
	Watch *watch = data;
	g_autoptr(Tap) tap = NULL;
	const TapTest *test;

	if (watch->failure) {
		if (g_str_has_prefix(line, "# ") && !*watch->failure->why) {
			g_free(watch->failure->why);
			watch->failure->why = g_strdup(line + 2);
		}
		return FALSE;
	}
	tap = tap_read(line);
	test = tap->tests->len ? tap->tests->pdata[0] : NULL;
	if (test && test->result == TAP_FAIL &&
	    !g_hash_table_contains(watch->trial->ignored, test->name))
		watch->failure = failure_new(test->name, test->first);
	return TRUE;
}

static char **command(const Trial *trial, const GPtrArray *tests)
{
	GPtrArray *words = g_ptr_array_new();

	for (char **word = trial->command; *word; word++)
		g_ptr_array_add(words, *word);
	for (guint i = 0; i < tests->len; i++)
		g_ptr_array_add(words, tests->pdata[i]);
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

/* The end of what was said, for an error message. */
static const char *end_of(const GString *log)
{
	const char *end = log->str + log->len;

	return end - MIN(log->len, 1000);
}

gboolean trial_run(const Trial *trial, const GPtrArray *tests,
		   Failure **failure, GError **error)
{
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char **argv = command(trial, tests);
	Watch watch = {.trial = trial};
	const ChildArgs run = {.argv = argv,
			       .text = log,
			       .line = look,
			       .data = &watch,
			       .seconds = trial->seconds};
	int status = 0;

	switch (child_run(&run, &status, NULL)) {
	case CHILD_ENDED:
		/* 1: tests failed, those that are ignored. */
		if (!watch.failure && status > 1)
			return fail(error, "the runner failed:\n%s",
				    end_of(log));
		break;
	case CHILD_STOPPED:
		break;
	case CHILD_TOO_LONG:
		if (!watch.failure)
			watch.failure =
				failure_new(TOO_LONG, "the tests did not end");
		break;
	default:
		if (watch.failure)
			failure_free(watch.failure);
		return fail(error, "interrupted");
	}
	*failure = watch.failure;
	return TRUE;
}
