// SPDX-License-Identifier: GPL-2.0-or-later
/* Which tests are run with a bug, and what counts as caught. */
#include "trial.h"

#include <string.h>

/* What a test does in its first runs, one character each, and from then on. */
static const struct {
	const char *name, *does;
} tests[] = {
	{"a/passes", "."},   {"a/once", "f."}, {"a/fails", "f"},
	{"a/other", "x"},    {"a/plain", "p"}, {"a/late", ".f"},
	{"a/changes", "fx"}, {"a/more", "f"},
};

typedef struct {
	GString *log; /* patterns of each run */
	guint runs[G_N_ELEMENTS(tests)];
	guint fails_at; /* the run that cannot be made; 0: none */
	guint count;
} Fake;

static gboolean is_selected(const char *name, char **patterns)
{
	if (!*patterns)
		return TRUE;
	for (; *patterns; patterns++)
		if (g_pattern_match_simple(*patterns, name))
			return TRUE;
	return FALSE;
}

static char next(Fake *fake, guint test)
{
	const char *does = tests[test].does;
	guint run = fake->runs[test]++;

	return does[MIN(run, strlen(does) - 1)];
}

static Tap *fake_run(char **patterns, TrialLimits limits, gpointer data,
		     GError **error)
{
	Fake *fake = data;
	g_autofree char *words = g_strjoinv(" ", patterns);
	g_autoptr(GString) tap = g_string_new(NULL);
	guint count = 0, failed = 0;

	g_string_append_printf(fake->log, "[%s]", words);
	if (++fake->count == fake->fails_at) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "no");
		return NULL;
	}
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
		char does;

		if (!is_selected(tests[i].name, patterns) ||
		    (limits.stop_after && failed >= limits.stop_after))
			continue;
		does = next(fake, i);
		failed += does != '.';
		g_string_append_printf(tap, "%sok %u - %s\n",
				       does == '.' ? "" : "not ", ++count,
				       tests[i].name);
		if (does != '.')
			g_string_append_printf(tap, "# %s\n",
					       does == 'x' ? "another"
							   : "the reason");
	}
	g_string_append_printf(tap, "1..%u\n", count);
	return tap_read(tap->str);
}

static gboolean fake_plain(const char *test, gpointer data)
{
	(void)data;
	return !g_str_equal(test, "a/plain");
}

typedef TrialResult (*Mode)(const Planted *planted, const TrialFuncs *funcs,
			    GString *out, GError **error);

static TrialResult quick(const Planted *planted, const TrialFuncs *funcs,
			 GString *out, GError **error)
{
	static char *all[] = {"a/passes", "a/once", "a/fails", "a/late", NULL};
	static char *first[] = {"a/late", NULL};

	return trial_quick(planted, first, all, funcs, out, error);
}

static TrialResult full(const Planted *planted, const TrialFuncs *funcs,
			GString *out, GError **error)
{
	static char *all[] = {NULL};

	return trial_full(planted, all, funcs, out, error);
}

static TrialResult often(const Planted *planted, const TrialFuncs *funcs,
			 GString *out, GError **error)
{
	return trial_often(planted, 2, funcs, out, error);
}

#define CAUGHT_BY(tests) "Caught-by: " tests "\nReason: the reason\n"

static const struct {
	const char *name;
	Mode mode;
	const char *header;
	const char *ran; /* patterns of each run */
	const char *how; /* a part of what is said; NULL: it is an error */
	gboolean caught;
	guint fails_at;
} cases[] = {
	{"first", quick, CAUGHT_BY("a/fails a/more"), "[a/fails][a/fails]",
	 "assertion: a/fails\n", TRUE, 0},
	{"second", quick, CAUGHT_BY("a/passes a/more"),
	 "[a/passes][a/more][a/more]", "assertion: a/more\n", TRUE, 0},
	{"once", quick, CAUGHT_BY("a/once"), "[a/once][a/once]",
	 "\ta/once: the reason: and then not\n", FALSE, 0},
	{"once-then-another", quick, CAUGHT_BY("a/once a/fails"),
	 "[a/once][a/once][a/fails][a/fails]", "assertion: a/fails\n", TRUE, 0},
	{"other-reason", quick, CAUGHT_BY("a/other"), "[a/other]",
	 "\ta/other: another: not the Reason\n", FALSE, 0},
	{"other-reason-again", quick, CAUGHT_BY("a/changes"),
	 "[a/changes][a/changes]", "not caught\n", FALSE, 0},
	{"fails-without", quick, CAUGHT_BY("a/plain"), "[a/plain][a/plain]",
	 "\ta/plain: the reason: and without the bug\n", FALSE, 0},
	{"none-fails", quick, CAUGHT_BY("a/passes"), "[a/passes]",
	 "no test failed\n", FALSE, 0},
	{"pattern", quick, CAUGHT_BY("a/f*"), "[a/f*][a/fails]",
	 "assertion: a/fails\n", TRUE, 0},
	{"any", quick, "",
	 "[a/late][a/passes a/once a/fails][a/once]"
	 "[a/passes a/once a/fails][a/fails][a/fails]",
	 "assertion: a/fails\n", TRUE, 0},
	{"any-named", quick, "Try-first: a/f*", "[a/fails][a/fails]",
	 "assertion: a/fails\n", TRUE, 0},
	{"error", quick, CAUGHT_BY("a/fails"), "[a/fails][a/fails]", NULL,
	 FALSE, 2},
	{"full", full,
	 CAUGHT_BY("a/fails") "Also: a/o* a/plain a/changes a/more a/late\n",
	 "[][a/fails]", "assertion: a/fails; ", TRUE, 0},
	{"full-flaky", full,
	 CAUGHT_BY("a/fails") "Also: a/other a/plain a/changes a/more\n",
	 "[][a/fails a/once]", "\tflaky: a/once failed, and then not", TRUE, 0},
	{"full-strange", full,
	 CAUGHT_BY("a/fails") "Also: a/once a/plain a/changes a/more\n",
	 "[][a/fails a/other]", "\ta/other: another\n", FALSE, 0},
	{"full-alone", full, CAUGHT_BY("a/late") "Also: a/*\n",
	 "[][a/late][a/late]", "assertion: a/late; ", TRUE, 0},
	{"full-other-reason", full, CAUGHT_BY("a/other") "Also: a/*\n",
	 "[][a/other]", "not caught\n", FALSE, 0},
	{"full-not-caught", full, CAUGHT_BY("a/passes") "Also: *\n",
	 "[][a/passes]", "no test of Caught-by failed for the Reason\n", FALSE,
	 0},
	{"often", often, CAUGHT_BY("a/fails"), "[a/fails][a/fails]",
	 "2 times assertion: a/fails\n", TRUE, 0},
	{"often-once", often, CAUGHT_BY("a/once"), "[a/once][a/once]",
	 "this was run 2 of 2\n", FALSE, 0},
};

static void test_case(gconstpointer data)
{
	const guint i = GPOINTER_TO_UINT(data);
	g_autoptr(Planted) planted =
		planted_parse("a.patch", cases[i].header, FALSE, NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GString) log = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	Fake fake = {.log = log, .fails_at = cases[i].fails_at};
	const TrialFuncs funcs = {fake_run, fake_plain, &fake};
	TrialResult result = cases[i].mode(planted, &funcs, out, &error);

	g_test_message("%s\n%s", log->str, out->str);
	g_assert_cmpstr(log->str, ==, cases[i].ran);
	if (!cases[i].how) {
		g_assert_cmpint(result, ==, TRIAL_ERROR);
		g_assert_nonnull(error);
		return;
	}
	g_assert_no_error(error);
	g_assert_nonnull(strstr(out->str, cases[i].how));
	g_assert_cmpint(result, ==,
			cases[i].caught ? TRIAL_CAUGHT : TRIAL_NOT_CAUGHT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strconcat("/trial/", cases[i].name, NULL);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_case);
	}
	return g_test_run();
}
