// SPDX-License-Identifier: GPL-2.0-or-later
#include "trial.h"

#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../tap/tap.h"
#include "explain.h"

/* Instead of the limit of the test: a schedule may starve a task that others wait for. */
#define LIMIT "--limit=30"
/* The first guest of a run. */
#define LOG "last/guest-1/log"

static const TapTest *first_failure(const Tap *tap)
{
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result == TAP_FAIL)
			return test;
	}
	return NULL;
}

static Trial *judge(const Tap *tap, const char *test, char *log)
{
	const TapTest *failed = first_failure(tap),
		      *found = tap_find(tap, test);
	Trial *trial = g_new0(Trial, 1);

	trial->log = log;
	if (failed) {
		trial->result = TRIAL_FAIL;
		trial->why = g_strdup(failed->first);
	} else if (found->result == TAP_SKIP) {
		trial->result = TRIAL_SKIP;
		trial->why = g_strdup(found->skip_reason);
	}
	trial->steps = explain_steps(log);
	return trial;
}

Trial *trial_run(const Trials *trials, const char *test,
		 const Schedule *schedule, guint slot, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GString) said = g_string_new(NULL);
	g_autoptr(Tap) tap = NULL;
	g_autofree char *text = schedule_text(schedule);
	g_autofree char *append = g_strdup_printf(
		"--append=time-travel=inf-cpu race.schedule=%s", text);
	g_autofree char *dir = g_strdup_printf("%s/%u", trials->work, slot);
	g_autofree char *run_dir = g_strdup_printf("--run-dir=%s", dir);
	ChildArgs run = {.text = said};
	char *log;
	int status = 0;

	for (char **word = trials->command; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, append);
	g_ptr_array_add(argv, run_dir);
	g_ptr_array_add(argv, (char *)"--jobs=1");
	g_ptr_array_add(argv, (char *)LIMIT);
	g_ptr_array_add(argv, (char *)test);
	g_ptr_array_add(argv, NULL);
	run.argv = (char *const *)argv->pdata;
	if (child_run(&run, &status, error) != CHILD_ENDED)
		return NULL;
	tap = tap_read(said->str);
	if (status > 1 || !tap->whole || tap->bailed_out ||
	    (!first_failure(tap) && !tap_find(tap, test))) {
		fail(error, "the runner gave no verdict on %s:\n%s", test,
		     said->str);
		return NULL;
	}
	log = read_text(dir, LOG, error);
	return log ? judge(tap, test, log) : NULL;
}

void trial_free(Trial *trial)
{
	g_free(trial->why);
	g_free(trial->log);
	g_free(trial);
}
