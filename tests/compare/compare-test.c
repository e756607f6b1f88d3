// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of compare.c, run.c and report.c, with small made-up runs. */
#include <string.h>

#include "../guest/skip.h"
#include "report.h"

static const char *result_xml(char result)
{
	switch (result) {
	case 'f':
		return "<failure message=\"why &lt;\">no</failure>";
	case 's':
		return "<skipped message=\"no\"/>";
	case 'o':
		return "<skipped message=\"" SKIP_ONLY_FOR "old\"/>";
	default:
		return "";
	}
}

/* @results: for each run, "NAME=RESULT[:SECONDS]" ..., RESULT one of p, f, s. */
static Runs *runs_of(const char *const *results)
{
	Runs *runs = runs_new("x");

	for (; *results; results++) {
		g_auto(GStrv) words = g_strsplit(*results, " ", -1);
		g_autoptr(GString) xml = g_string_new(
			"<?xml version=\"1.0\"?>\n<testsuite name=\"Linux\">");

		for (char **word = words; *word && **word; word++) {
			char *result = strchr(*word, '=');
			const char *seconds = strchr(result, ':');

			*result++ = '\0';
			g_string_append_printf(
				xml,
				"<testcase name=\"%s\" time=\"%s\">%s"
				"</testcase>",
				*word, seconds ? seconds + 1 : "0",
				result_xml(*result));
		}
		g_string_append(xml, "</testsuite>\n");
		g_assert_true(runs_add_junit(runs, xml->str, NULL));
	}
	return runs;
}

#define SAME KINDS

static const struct {
	const char *name;
	const char *a[4], *b[4];
	Kind kind;
	gboolean worse;
} cases[] = {
	{"passes", {"t=p"}, {"t=p"}, SAME, FALSE},
	{"fails", {"t=p"}, {"t=f"}, NEWLY_FAILS, TRUE},
	{"fails-always", {"t=p", "t=f"}, {"t=f", "t=f"}, NEWLY_FAILS, TRUE},
	{"fails-new", {"u=p"}, {"u=p t=f"}, NEWLY_FAILS, TRUE},
	{"fails-run", {"t=s"}, {"t=f"}, NEWLY_FAILS, TRUE},
	{"still", {"t=f"}, {"t=f"}, STILL_FAILS, FALSE},
	{"sometimes", {"t=p", "t=p"}, {"t=p", "t=f"}, SOMETIMES_FAILS, TRUE},
	{"sometimes-both",
	 {"t=f", "t=p"},
	 {"t=p", "t=f"},
	 SOMETIMES_FAILS,
	 FALSE},
	{"less-often", {"t=f", "t=f"}, {"t=p", "t=f"}, SOMETIMES_FAILS, FALSE},
	{"fixed", {"t=f", "t=p"}, {"t=p", "t=p"}, FIXED, FALSE},
	{"skipped", {"t=p"}, {"t=s"}, NEWLY_SKIPPED, TRUE},
	{"skipped-once", {"t=p", "t=p"}, {"t=p", "t=s"}, NEWLY_SKIPPED, TRUE},
	{"failed-skipped", {"t=f"}, {"t=s"}, NEWLY_SKIPPED, TRUE},
	{"only-for-a", {"t=p"}, {"t=o"}, NO_LONGER_APPLIES, FALSE},
	{"only-for-b", {"t=o"}, {"t=p"}, NEWLY_RUN, FALSE},
	{"both-skip", {"t=s"}, {"t=s"}, SAME, FALSE},
	{"run", {"t=s"}, {"t=p"}, NEWLY_RUN, FALSE},
	{"new", {"u=p"}, {"u=p t=p"}, NEWLY_RUN, FALSE},
	{"new-skipped", {"u=p"}, {"u=p t=s"}, SAME, FALSE},
	{"gone", {"u=p t=p"}, {"u=p"}, GONE, TRUE},
	{"slower",
	 {"t=p:1.0", "t=p:1.1", "t=p:1.05"},
	 {"t=p:1.3", "t=p:1.4", "t=p:1.35"},
	 SLOWER,
	 TRUE},
	{"faster",
	 {"t=p:1.3", "t=p:1.4", "t=p:1.35"},
	 {"t=p:1.0", "t=p:1.1", "t=p:1.05"},
	 FASTER,
	 FALSE},
	{"noise",
	 {"t=p:1.0", "t=p:1.3", "t=p:1.1"},
	 {"t=p:1.5", "t=p:1.8", "t=p:1.6"},
	 SAME,
	 FALSE},
	{"tiny",
	 {"t=p:0.01", "t=p:0.01", "t=p:0.01"},
	 {"t=p:0.05", "t=p:0.05", "t=p:0.05"},
	 SAME,
	 FALSE},
	{"two-runs", {"t=p:1", "t=p:1"}, {"t=p:2", "t=p:2"}, SAME, FALSE},
};

static void test_kind(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	g_autoptr(Runs) a = runs_of(cases[i].a);
	g_autoptr(Runs) b = runs_of(cases[i].b);
	g_autoptr(Comparison) c = compare(a, b);

	g_assert_true(c->compared);
	g_assert_cmpint(c->worse, ==, cases[i].worse);
	g_assert_cmpuint(c->changes->len, ==, cases[i].kind != SAME);
	if (c->changes->len) {
		const Change *change = c->changes->pdata[0];

		g_assert_cmpint(change->kind, ==, cases[i].kind);
		g_assert_cmpstr(change->name, ==, "t");
		g_assert_cmpint(change->worse, ==, cases[i].worse);
	}
}

static void test_bad_junit(void)
{
	static const char *const bad[] = {
		"", "<testsuite name=\"x\"><testcase name=\"t\" time=\"1\">",
		"<testsuite><testcase></testcase></testsuite>", "no XML"};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(Runs) runs = runs_new("x");
		g_autoptr(GError) error = NULL;

		g_assert_false(runs_add_junit(runs, bad[i], &error));
		g_assert_nonnull(error);
		g_assert_cmpuint(runs->runs, ==, 0);
	}
}

static Runs *costs_of(const char *name, const char *unit, double first,
		      double step, guint count)
{
	Runs *runs = runs_new("x");

	for (guint i = 0; i < count; i++) {
		g_autofree char *line = g_strdup_printf("%s %s %g\n", name,
							unit, first + i * step);

		g_assert_true(runs_add_costs(runs, line, NULL));
	}
	return runs;
}

/* The only change, or KINDS if there is none. */
static Kind only_kind(const Runs *a, const Runs *b, gboolean worse)
{
	g_autoptr(Comparison) c = compare(a, b);

	g_assert_cmpint(c->worse, ==, worse);
	g_assert_cmpuint(c->changes->len, <=, 1);
	return c->changes->len ? ((Change *)c->changes->pdata[0])->kind : KINDS;
}

static void test_costs(void)
{
	g_autoptr(Runs) stall = costs_of("stall", "ms", 10, 1, 3);
	g_autoptr(Runs) longer = costs_of("stall", "ms", 20, 1, 3);
	g_autoptr(Runs) close = costs_of("stall", "ms", 12.1, 0, 3);
	g_autoptr(Runs) few = costs_of("stall", "ms", 20, 1, 2);
	g_autoptr(Runs) rate = costs_of("rate", "pages/s", 100, 1, 3);
	g_autoptr(Runs) lower = costs_of("rate", "pages/s", 50, 1, 3);
	g_autoptr(Comparison) none = compare(stall, rate);
	g_autoptr(Comparison) unknown = compare(stall, few);

	g_assert_cmpint(only_kind(stall, longer, TRUE), ==, COSTS_MORE);
	g_assert_cmpint(only_kind(longer, stall, FALSE), ==, COSTS_LESS);
	g_assert_cmpint(only_kind(stall, close, FALSE), ==, KINDS);
	g_assert_cmpint(only_kind(rate, lower, TRUE), ==, COSTS_MORE);
	g_assert_cmpint(only_kind(lower, rate, FALSE), ==, COSTS_LESS);
	g_assert_false(none->compared);
	g_assert_false(unknown->compared);
}

static void test_bad_costs(void)
{
	static const char *const bad[] = {"stall ms", "stall ms x",
					  "stall ms 1 2", "stall", "a b "};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(Runs) runs = runs_new("x");

		g_assert_false(runs_add_costs(runs, bad[i], NULL));
	}
}

#define TRACE(dir, first, second, other)                                       \
	"TN:\nSF:" dir "/drivers/gpu/drm/a.c\nFN:20,two\nFN:10,one\n"          \
	"DA:10," first "\nDA:11," second "\nDA:20," other "\nDA:21,0\n"        \
	"end_of_record\n"

static void test_coverage(void)
{
	g_autoptr(Runs) all = runs_new("x");
	g_autoptr(Runs) less = runs_new("x");
	g_autoptr(Comparison) c = NULL;
	const Change *change;

	runs_add_coverage(all, TRACE("/one", "5", "5", "0"));
	runs_add_coverage(less, TRACE("/other", "5", "0", "0"));
	g_assert_cmpint(only_kind(less, all, FALSE), ==, COVERAGE_GAINED);
	c = compare(all, less);
	g_assert_true(c->worse);
	g_assert_cmpuint(c->changes->len, ==, 1);
	change = c->changes->pdata[0];
	g_assert_cmpint(change->kind, ==, COVERAGE_LOST);
	g_assert_cmpstr(change->name, ==, "drivers/gpu/drm/a.c: one");
	g_assert_cmpstr(change->a, ==, "2 of 2 lines ran");
	g_assert_cmpstr(change->b, ==, "1 of 2 lines ran");
}

static void test_report(void)
{
	static const char *const before[] = {"t=p u=f", NULL};
	static const char *const after[] = {"t=f u=p", NULL};
	g_autoptr(Runs) a = runs_of(before);
	g_autoptr(Runs) b = runs_of(after);
	g_autoptr(Comparison) c = compare(a, b);
	g_autofree char *text = report_text(a, b, c);
	g_autofree char *json = report_json(a, b, c);

	g_assert_true(g_str_has_prefix(
		text, "A: x (Linux), 1 run\nB: x (Linux), 1 run\n"
		      "newly failing:\n  t  passed -> failed\n      why <\n"
		      "fixed:\n  u  failed -> passed\n"));
	g_assert_true(g_str_has_suffix(text, "\nworse: 1 change\n"));
	g_assert_nonnull(strstr(json, "\"worse\": true,\n"));
	g_assert_nonnull(strstr(
		json, "{\"kind\": \"newly-fails\", \"worse\": true, "
		      "\"name\": \"t\", \"a\": \"passed\", \"b\": \"failed\", "
		      "\"reason\": \"why <\"}"));
}

static void test_json_escapes(void)
{
	g_autoptr(Runs) a = runs_new("\"\\\n\x01\xff");
	g_autoptr(Comparison) c = compare(a, a);
	g_autofree char *json = report_json(a, a, c);

	g_assert_nonnull(
		strstr(json, "\"\\\"\\\\\\u000a\\u0001\357\277\275\""));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strconcat("/compare/", cases[i].name, NULL);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_kind);
	}
	g_test_add_func("/run/bad-junit", test_bad_junit);
	g_test_add_func("/run/bad-costs", test_bad_costs);
	g_test_add_func("/compare/costs", test_costs);
	g_test_add_func("/compare/coverage", test_coverage);
	g_test_add_func("/report/text", test_report);
	g_test_add_func("/report/json-escapes", test_json_escapes);
	return g_test_run();
}
