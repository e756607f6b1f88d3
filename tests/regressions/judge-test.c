// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts on planted bugs. */
#include "judge.h"

#include <string.h>

#define ONE "ok 1 - a/b\nnot ok 2 - a/one\n"

static const struct {
	const char *name, *caught_by, *reason, *tap;
	const char *how; /* the first line if it counts as caught, else NULL */
	const char *says; /* a part of what is said if not */
	const char *again; /* what a second run printed, or NULL */
} cases[] = {
	{"reason", "a/one", "n == 1", ONE "# a.c:1: n == 1 does not hold\n1..2",
	 .how = "assertion: a/one\n"},
	{"report", "a/b* a/o*", "possible circular.*gem_lock",
	 ONE "# WARNING: possible circular locking\n# | x\n# |  gem_lock+1\n"
	     "1..2",
	 .how = "lockdep: a/one\n"},
	{"line-of-the-reason", "a/one", "refcount_t: under",
	 ONE "# KASAN: x\n# refcount_t: underflow\n1..2",
	 .how = "refcount: a/one\n"},
	{"two-ways", "a/*", "violation",
	 "not ok 1 - a/1\n# violation: stamp\n"
	 "not ok 2 - a/2\n# violation: a stamp\n"
	 "not ok 3 - a/3\n# violation: x\n1..3",
	 .how = "stamp: a/1 a/2; violation: a/3\n"},
	{"boot", "boot", "Kernel panic", "Bail out! Kernel panic\n# error: x",
	 .how = "oops: boot\n"},
	{"boot-unexpected", "a/one", "x", "Bail out! Kernel panic\n",
	 .says = "\tboot: Kernel panic\n"},
	{"none", "a/b", "x", "ok 1 - a/b\n1..1", .says = "\nno test failed\n"},
	{"other-reason", "a/one", "n == 1", ONE "# n == 2\n1..2",
	 .says = "not caught\nno test of Caught-by failed for the Reason\n"
		 "\ta/one: n == 2\n"},
	{"other-test", "a/b", "n == 1", ONE "# n == 1\n1..2",
	 .says = "tests failed that are not in Caught-by or Also\n"},
	{"another-test", "a/one", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/c\n# n == 3\n1..3",
	 .says = "\ta/c: n == 3\n"},
	{"name-is-no-pattern", "a/one", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/one2\n# n == 1\n1..3",
	 .says = "\ta/one2: n == 1\n"},
	{"dot", "a/one a/o.e a/b", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/o-e\n# n == 1\n1..3",
	 .says = "\ta/o-e: n == 1\n"},
	{"also", "a/one\nAlso: x/* a/c", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/c\n# n == 3\n1..3",
	 .how = "assertion: a/one; 1 more fail\n"},
	{"also-alone", "a/b\nAlso: a/one", "n == 1", ONE "# n == 1\n1..2",
	 .says = "no test of Caught-by failed"},
	{"early-end", "a/one", "n == 1", ONE "# n == 1",
	 .says = "did not come to their end"},
	{"log", "a/one", "log: n", ONE "# n == 2\n# log: n\n1..2",
	 .says = "not caught\n"},
	{"gone", "a/one a/gone", "n == 1", ONE "# n == 1\n1..2",
	 .says = "no test matches a/gone\n"},
	{"skipped", "a/one a/gone", "n == 1",
	 ONE "# n == 1\nok 3 - a/gone # SKIP why\n1..3",
	 .how = "assertion: a/one\n"},
	{"no-lines-below-others", "a/one", "n == 1",
	 ONE "ok 3 - a/c\n# n == 1\n1..3", .says = "not caught\n"},
	{"again", "a/one", "n == 1", ONE "# n == 1\n1..2",
	 .again = "not ok 1 - a/one\n# n == 1\n1..1",
	 .how = "assertion: a/one\n"},
	{"not-again", "a/one", "n == 1", ONE "# n == 1\n1..2",
	 .again = "ok 1 - a/one\n1..1",
	 .says = "\tflaky: a/one failed, and then not: n == 1\n"},
	{"again-for-another-reason", "a/one", "n == 1", ONE "# n == 1\n1..2",
	 .again = "not ok 1 - a/one\n# n == 2\n1..1",
	 .says = "for the Reason, and did so again\n"},
	{"another-test-not-again", "a/one", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/c\n# n == 3\n1..3",
	 .again = "not ok 1 - a/one\n# n == 1\nok 2 - a/c\n1..2",
	 .how = "assertion: a/one\n"
		"\tflaky: a/c failed, and then not: n == 3\n"},
	{"another-test-again", "a/one", "n == 1",
	 ONE "# n == 1\nnot ok 3 - a/c\n# n == 3\n1..3",
	 .again = "not ok 1 - a/one\n# n == 1\nnot ok 2 - a/c\n# x\n1..2",
	 .says = "\ta/c: n == 3\n"},
	{"cut-off-again", "a/one", "n == 1", ONE "# n == 1\n1..2",
	 .again = "not ok 1 - a/one\n# n == 1\n",
	 .says = "did not come to their end"},
	{"stopped", "a/one a/later", "n == 1",
	 ONE "# n == 1\n1..2\n# stopped; so far: 1 passed, 1 failed",
	 .how = "assertion: a/one, then stopped\n"},
	{"interrupted", "a/one", "n == 1",
	 ONE "# n == 1\n1..2\n# interrupted; so far: 1 passed, 1 failed",
	 .says = "did not come to their end"},
};

static gboolean judge_texts(const char *patch, const char *first,
			    const char *second, GString *out)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Planted) planted =
		planted_parse("dir/a.patch", patch, TRUE, &error);
	g_autoptr(Tap) tap = tap_read(first);
	g_autoptr(Tap) again = second ? tap_read(second) : NULL;

	g_assert_no_error(error);
	return judge(planted, tap, again, out);
}

static void test_verdict(gconstpointer data)
{
	const guint i = GPOINTER_TO_UINT(data);
	g_autofree char *patch = g_strdup_printf(
		"Caught-by: %s\nReason: %s\n\ndiff --git a/a b/a\nReason: y\n",
		cases[i].caught_by, cases[i].reason);
	g_autoptr(GString) out = g_string_new(NULL);
	gboolean caught = judge_texts(patch, cases[i].tap, cases[i].again, out);

	g_test_message("%s", out->str);
	g_assert_cmpint(caught, ==, !!cases[i].how);
	if (cases[i].how)
		g_assert_cmpstr(out->str, ==, cases[i].how);
	else
		g_assert_nonnull(strstr(out->str, cases[i].says));
}

/* Kinds are what the line with the reason says, the first that fits. */
static void test_kinds(void)
{
	static const char *const lines[][2] = {
		{"BUG: KASAN: slab-use-after-free", "KASAN"},
		{"list_add corruption", "list"},
		{"DMA-API: x", "DMA-API"},
		{"lost memory: 3 pages", "leak"},
		{"a stamp", "stamp"},
		{"violation: x", "violation"},
		{"did not end within 30 s", "hang"},
		{"WARNING: at x", "warning"},
		{"Oops: x", "oops"},
		{"n == 1 does not hold", "assertion"},
		{"is_suspended() has not come true", "assertion"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *tap = g_strdup_printf(
			"not ok 1 - a/one\n# first\n# %s\n1..1", lines[i][0]);
		g_autofree char *want =
			g_strdup_printf("%s: a/one\n", lines[i][1]);
		g_autofree char *reason =
			g_regex_escape_string(lines[i][0], -1);
		g_autofree char *patch = g_strdup_printf(
			"Caught-by: a/one\nReason: %s\n", reason);
		g_autoptr(GString) out = g_string_new(NULL);

		g_assert_true(judge_texts(patch, tap, NULL, out));
		g_assert_cmpstr(out->str, ==, want);
	}
}

static void test_bad_header(void)
{
	static const char *const bad[] = {
		"Caught-by: a\n",
		"Caught-by: a\nReason: (\n",
		"Caught-by: a\ndiff --git a b\nReason: x\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(planted_parse("a.patch", bad[i], TRUE, &error));
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strconcat("/judge/", cases[i].name, NULL);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_verdict);
	}
	g_test_add_func("/judge/kinds", test_kinds);
	g_test_add_func("/judge/bad-header", test_bad_header);
	return g_test_run();
}
