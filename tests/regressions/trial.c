// SPDX-License-Identifier: GPL-2.0-or-later
#include "trial.h"

#include "judge.h"

/* Limits for a test and for the failures of a run, for kernels that loop or hang. */
#define LIMIT_SECONDS 15
#define STOP_AFTER 40
/* A larger group of tests is not run again for a test that fails only among them. */
#define GROUP_MAX 3

/* The state of a trial that runs tests in turn. */
typedef struct {
	const Planted *planted;
	const TrialFuncs *funcs;
	GHashTable *done; /* names of tests that were run */
	GString *notes; /* what did not count, and why */
	guint failed;
	gboolean cut_off; /* a run did not come to its end */
} Turns;

static Tap *run(const TrialFuncs *funcs, char **patterns, guint limit,
		guint stop_after, GError **error)
{
	const TrialLimits limits = {limit, stop_after};

	return funcs->run(patterns, limits, funcs->data, error);
}

static void note(GString *notes, const TapTest *test, const char *why)
{
	g_string_append_printf(notes, "\t%s: %s: %s\n", test->name, test->first,
			       why);
}

/* Are there failures in @tap that would catch the bug? Note the others. */
static gboolean any_catch(Turns *turns, const Tap *tap)
{
	gboolean any = FALSE;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];
		g_autofree char *line = NULL;

		if (test->result != TAP_FAIL)
			continue;
		turns->failed++;
		line = planted_catch(turns->planted, test);
		if (!line)
			note(turns->notes, test, "not the Reason");
		any |= line != NULL;
	}
	return any;
}

/* What caught the bug in both runs, and passes without it, as a run of its own. */
static Tap *in_both(Turns *turns, const Tap *tap, Tap *again)
{
	Tap *both = g_steal_pointer(&again);

	for (guint i = both->tests->len; i--;) {
		const TapTest *test = both->tests->pdata[i];
		const TapTest *before = tap_find(tap, test->name);
		g_autofree char *first =
			before ? planted_catch(turns->planted, before) : NULL;
		g_autofree char *second = planted_catch(turns->planted, test);
		gboolean counts = first && second;

		if (first && !second)
			note(turns->notes, before, "and then not");
		else if (counts && !turns->funcs->passes_plain(
					   test->name, turns->funcs->data)) {
			note(turns->notes, test, "and without the bug");
			counts = FALSE;
		}
		if (!counts)
			g_ptr_array_remove_index(both->tests, i);
	}
	return both;
}

gboolean trial_is_test(const char *name)
{
	return !g_str_equal(name, "boot") && !g_str_equal(name, "lost-memory");
}

/* The names of the tests of @tap that catch the bug; owned. */
static char **catching(const Planted *planted, const Tap *tap)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];
		g_autofree char *line = planted_catch(planted, test);

		if (line && trial_is_test(test->name))
			g_ptr_array_add(names, g_strdup(test->name));
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

/*
 * Run these, and what catches the bug again: by itself, then with the others if it
 * needs them. *@caught: how it is certain to be caught, or NULL. False on error.
 */
static gboolean try_once(Turns *turns, char **patterns, guint stop_after,
			 Tap **caught, GError **error)
{
	g_autoptr(Tap) tap =
		run(turns->funcs, patterns, LIMIT_SECONDS, stop_after, error);
	g_auto(GStrv) names = NULL;

	*caught = NULL;
	if (!tap)
		return FALSE;
	turns->cut_off |= !tap->whole;
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		g_hash_table_add(turns->done, g_strdup(test->name));
	}
	if (!any_catch(turns, tap))
		return TRUE;
	names = catching(turns->planted, tap);
	for (guint i = 0; i < 2; i++) {
		char **second = i || !*names ? patterns : names;
		g_autoptr(Tap) both = NULL;
		Tap *again = run(turns->funcs, second, LIMIT_SECONDS, 0, error);

		if (!again)
			return FALSE;
		turns->cut_off |= !again->whole;
		both = in_both(turns, tap, again);
		if (both->tests->len) {
			*caught = g_steal_pointer(&both);
			return TRUE;
		}
		if (second == patterns ||
		    tap->tests->len <= g_strv_length(names) ||
		    tap->tests->len > GROUP_MAX)
			break;
	}
	return TRUE;
}

/* Of @names, what was not run yet; owned. */
static char **left(const Turns *turns, char **names)
{
	GPtrArray *rest = g_ptr_array_new();

	for (; *names; names++)
		if (!g_hash_table_contains(turns->done, *names))
			g_ptr_array_add(rest, g_strdup(*names));
	g_ptr_array_add(rest, NULL);
	return (char **)g_ptr_array_free(rest, FALSE);
}

/* Of @names, those that match one of @patterns, owned. */
static char **matching(char **names, char **patterns)
{
	GPtrArray *selected = g_ptr_array_new();

	for (; *names; names++)
		for (char **pattern = patterns; *pattern; pattern++)
			if (g_pattern_match_simple(*pattern, *names)) {
				g_ptr_array_add(selected, g_strdup(*names));
				break;
			}
	g_ptr_array_add(selected, NULL);
	return (char **)g_ptr_array_free(selected, FALSE);
}

/* All of @names, until one has caught the bug. */
static gboolean try_all(Turns *turns, char **names, Tap **caught,
			GError **error)
{
	*caught = NULL;
	for (;;) {
		g_auto(GStrv) rest = left(turns, names);
		guint done = g_hash_table_size(turns->done);

		if (!*rest)
			return TRUE;
		if (!try_once(turns, rest, 1, caught, error))
			return FALSE;
		/* If it failed before the first test, it would do so again. */
		if (*caught || g_hash_table_size(turns->done) == done)
			return TRUE;
	}
}

static gboolean try_any(Turns *turns, char **first, char **tests, Tap **caught,
			GError **error)
{
	g_auto(GStrv) named = matching(tests, turns->planted->first);
	g_auto(GStrv) likely = matching(tests, first);

	return try_all(turns, named, caught, error) &&
	       (*caught || try_all(turns, likely, caught, error)) &&
	       (*caught || try_all(turns, tests, caught, error));
}

static gboolean try_caught_by(Turns *turns, Tap **caught, GError **error)
{
	*caught = NULL;
	for (char **word = turns->planted->caught_by; *word && !*caught; word++)
		if (!try_once(turns, (char *[]){*word, NULL}, 0, caught, error))
			return FALSE;
	return TRUE;
}

static void say_not_caught(const Turns *turns, GString *out)
{
	g_string_append(out, "not caught\n");
	if (turns->cut_off)
		g_string_append(out, "the tests did not come to their end\n");
	if (!turns->failed)
		g_string_append(out, "no test failed\n");
	else if (*turns->planted->caught_by)
		g_string_append(out, "no test of Caught-by failed for the "
				     "Reason, and did so again\n");
	else
		g_string_append(out, "no test failed and did so again\n");
	g_string_append(out, turns->notes->str);
}

TrialResult trial_quick(const Planted *planted, char **first, char **tests,
			const TrialFuncs *funcs, GString *out, GError **error)
{
	g_autoptr(GHashTable) done =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GString) notes = g_string_new(NULL);
	Turns turns = {planted, funcs, done, notes, 0, FALSE};
	g_autoptr(Tap) caught = NULL;
	gboolean tried =
		*planted->caught_by
			? try_caught_by(&turns, &caught, error)
			: try_any(&turns, first, tests, &caught, error);

	if (!tried)
		return TRIAL_ERROR;
	if (!caught) {
		say_not_caught(&turns, out);
		return TRIAL_NOT_CAUGHT;
	}
	judge_say_how(planted, caught, out);
	g_string_append_c(out, '\n');
	return TRIAL_CAUGHT;
}

/*
 * If no test of Caught-by has caught the bug among all, because the run was stopped before
 * it, or it needs a guest of its own, @tap gets what they do by themselves.
 */
static gboolean add_caught_by(const Planted *planted, const TrialFuncs *funcs,
			      Tap *tap, GError **error)
{
	g_autoptr(GString) how = g_string_new(NULL);
	g_autoptr(Tap) alone = NULL;

	if (judge_say_how(planted, tap, how) || !*planted->caught_by)
		return TRUE;
	alone = run(funcs, planted->caught_by, LIMIT_SECONDS, 0, error);
	if (!alone)
		return FALSE;
	for (guint i = alone->tests->len; i--;) {
		const TapTest *test = alone->tests->pdata[i];
		const TapTest *before = tap_find(tap, test->name);

		if (before && before->result == TAP_FAIL)
			continue;
		if (before)
			g_ptr_array_remove(tap->tests, (gpointer)before);
		g_ptr_array_add(tap->tests,
				g_ptr_array_steal_index(alone->tests, i));
	}
	return TRUE;
}

TrialResult trial_full(const Planted *planted, char **patterns,
		       const TrialFuncs *funcs, GString *out, GError **error)
{
	g_autoptr(Tap) tap =
		run(funcs, patterns, LIMIT_SECONDS, STOP_AFTER, error);
	g_autoptr(GPtrArray) doubtful = NULL;
	g_autoptr(Tap) again = NULL;
	gboolean any;

	if (!tap || !add_caught_by(planted, funcs, tap, error))
		return TRIAL_ERROR;
	doubtful = judge_doubtful(planted, tap);
	any = doubtful->len > 0;
	for (guint i = doubtful->len; i--;)
		if (g_str_equal(doubtful->pdata[i], "boot") ||
		    g_str_equal(doubtful->pdata[i], "lost-memory"))
			g_ptr_array_remove_index(doubtful, i);
	g_ptr_array_add(doubtful, NULL);
	if (any) {
		char **names = (char **)doubtful->pdata;

		again = run(funcs, *names ? names : patterns, 0, STOP_AFTER,
			    error);
		if (!again)
			return TRIAL_ERROR;
	}
	return judge(planted, tap, again, out) ? TRIAL_CAUGHT
					       : TRIAL_NOT_CAUGHT;
}

TrialResult trial_often(const Planted *planted, guint times,
			const TrialFuncs *funcs, GString *out, GError **error)
{
	for (guint turn = 1; turn <= times; turn++) {
		g_autoptr(Tap) tap =
			run(funcs, planted->caught_by, 0, 0, error);

		if (!tap)
			return TRIAL_ERROR;
		g_string_truncate(out, 0);
		if (!judge(planted, tap, NULL, out)) {
			g_string_append_printf(out, "this was run %u of %u\n",
					       turn, times);
			return TRIAL_NOT_CAUGHT;
		}
	}
	if (times > 1) {
		g_autofree char *prefix = g_strdup_printf("%u times ", times);

		g_string_prepend(out, prefix);
	}
	return TRIAL_CAUGHT;
}
