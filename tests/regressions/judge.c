// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict on a planted bug, see judge.h. */
#include "judge.h"

#include <regex.h>
#include <string.h>

/* Failures that explain a verdict, at most. */
#define EXPLAINED 10
/* Failures that are tried again, at most: tests that catch the bug, and others. */
#define CATCHES_AGAIN 4
#define OTHERS_AGAIN 20

/* Kinds of failures, by the line with the reason; the first that matches. */
static const struct {
	const char *kind, *regex;
} kinds[] = {
	{"KASAN", "KASAN"},
	{"refcount", "refcount_t"},
	{"list", "list_(add|del)[ _]"},
	{"DMA-API", "DMA-API"},
	{"leak", "unreferenced|memory leak|leaked|lost memory"},
	{"lockdep", "possible |[Ll]ock held|held lock|lock balance|DEBUG_LOCKS|"
		    "lockdep|drm_gem_shmem_resv_assert"},
	{"stamp", "stamp"},
	{"violation", "^violation"},
	{"hang", "within [0-9]+ s|blocked for more|lockup|stall"},
	{"warning", "^WARNING"},
	{"oops",
	 "^(BUG|kernel BUG|Oops|Kernel|Unable|general)|segfault|\\<ended"},
	{"assertion", ""},
};

static gboolean matches(const char *regex, const char *text)
{
	regex_t compiled;
	int ret;

	g_assert_cmpint(regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB), ==,
			0);
	ret = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	return ret == 0;
}

/* Its index in kinds. */
static guint kind_of(const char *line)
{
	guint i = 0;

	while (!matches(kinds[i].regex, line))
		i++;
	return i;
}

/* Has the test passed when it was tried again? */
static gboolean is_flaky(const TapTest *test, const Tap *again)
{
	const TapTest *second = again ? tap_find(again, test->name) : NULL;

	return second && second->result == TAP_PASS;
}

static gboolean has_failed(const TapTest *test, const Tap *again)
{
	return test->result == TAP_FAIL && !is_flaky(test, again);
}

/* The line with the reason, owned; NULL if it has not caught the bug. */
static char *catch_of(const Planted *planted, const TapTest *test,
		      const Tap *again)
{
	const TapTest *second = again ? tap_find(again, test->name) : NULL;
	g_autofree char *line = planted_catch(planted, test);
	g_autofree char *repeated = NULL;

	if (!line || !again)
		return g_steal_pointer(&line);
	repeated = second ? planted_catch(planted, second) : NULL;
	return repeated ? g_steal_pointer(&line) : NULL;
}

static guint say_how(const Planted *planted, const Tap *tap, const Tap *again,
		     GString *out)
{
	GString *tests[G_N_ELEMENTS(kinds)] = {NULL};
	guint order[G_N_ELEMENTS(kinds)];
	guint count = 0, caught = 0;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];
		g_autofree char *line = catch_of(planted, test, again);
		guint kind;

		if (!line)
			continue;
		kind = kind_of(line);
		if (!tests[kind]) {
			tests[kind] = g_string_new(NULL);
			order[count++] = kind;
		}
		g_string_append_printf(tests[kind], " %s", test->name);
		caught++;
	}
	for (guint i = 0; i < count; i++) {
		g_string_append_printf(out, "%s%s:%s", i ? "; " : "",
				       kinds[order[i]].kind,
				       tests[order[i]]->str);
		g_string_free(tests[order[i]], TRUE);
	}
	return caught;
}

guint judge_say_how(const Planted *planted, const Tap *tap, GString *out)
{
	return say_how(planted, tap, NULL, out);
}

/* The number of failed tests that are @expected; lists them in @out if not NULL. */
static guint failures(const Planted *planted, const Tap *tap, const Tap *again,
		      Expected expected, GString *out)
{
	guint count = 0;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (!has_failed(test, again) ||
		    planted_expects(planted, test->name) != expected)
			continue;
		if (out && count < EXPLAINED)
			g_string_append_printf(out, "\t%s: %s\n", test->name,
					       test->first);
		count++;
	}
	return count;
}

/* Is there such a test, or is it what a guest does before or after them? */
static gboolean exists(const Tap *tap, const char *pattern)
{
	if (g_pattern_match_simple(pattern, "boot") ||
	    g_pattern_match_simple(pattern, "lost-memory"))
		return TRUE;
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (g_pattern_match_simple(pattern, test->name))
			return TRUE;
	}
	return FALSE;
}

/* A run that was stopped after enough failures may not have come to a test. */
static void find_unknown(const Planted *planted, const Tap *tap, GString *out)
{
	if (tap->stopped || tap->bailed_out || !tap->whole)
		return;
	for (char **word = planted->caught_by; *word; word++)
		if (!exists(tap, *word))
			g_string_append_printf(out, "no test matches %s\n",
					       *word);
}

static void find_problems(const Planted *planted, const Tap *tap,
			  const Tap *again, guint caught, GString *out)
{
	if (!tap->whole || (again && !again->whole))
		g_string_append(out, "the tests did not come to their end\n");
	find_unknown(planted, tap, out);
	if (!tap_count(tap, TAP_FAIL)) {
		g_string_append(out, "no test failed\n");
	} else if (!caught) {
		g_string_append(out, "no test of Caught-by failed for the "
				     "Reason");
		g_string_append(out, again ? ", and did so again\n" : "\n");
		failures(planted, tap, again, CATCHES, out);
	}
	if (failures(planted, tap, again, MUST_PASS, NULL)) {
		g_string_append(out, "tests failed that are not in Caught-by "
				     "or Also\n");
		failures(planted, tap, again, MUST_PASS, out);
	}
}

static void say_flaky(const Tap *tap, const Tap *again, GString *out)
{
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result == TAP_FAIL && is_flaky(test, again))
			g_string_append_printf(
				out, "\tflaky: %s failed, and then not: %s\n",
				test->name, test->first);
	}
}

gboolean judge(const Planted *planted, const Tap *tap, const Tap *again,
	       GString *out)
{
	g_autoptr(GString) problems = g_string_new(NULL);
	guint caught = say_how(planted, tap, again, out);
	guint more = failures(planted, tap, again, MAY_FAIL, NULL) +
		     failures(planted, tap, again, CATCHES, NULL);

	if (!caught)
		g_string_append(out, "not caught");
	else if (more > caught)
		g_string_append_printf(out, "; %u more fail", more - caught);
	if (tap->stopped)
		g_string_append(out, ", then stopped");
	g_string_append_c(out, '\n');
	find_problems(planted, tap, again, caught, problems);
	g_string_append(out, problems->str);
	say_flaky(tap, again, out);
	return !problems->len;
}

GPtrArray *judge_doubtful(const Planted *planted, const Tap *tap)
{
	GPtrArray *catches = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	guint room = CATCHES_AGAIN;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];
		g_autofree char *line = planted_catch(planted, test);

		if (line && room) {
			g_ptr_array_add(catches, g_strdup(test->name));
			room--;
		} else if (test->result == TAP_FAIL &&
			   planted_expects(planted, test->name) == MUST_PASS &&
			   others->len < OTHERS_AGAIN) {
			g_ptr_array_add(others, test->name);
		}
	}
	for (guint i = 0; i < others->len; i++)
		g_ptr_array_add(catches, g_strdup(others->pdata[i]));
	return catches;
}
