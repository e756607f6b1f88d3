// SPDX-License-Identifier: GPL-2.0-or-later
/* Unit tests: schedules, their reduction, and the words for what they did. */
#include <string.h>

#include "explain.h"
#include "reduce.h"
#include "schedule.h"

static void test_random(void)
{
	gboolean seen[4] = {FALSE};

	for (guint64 seed = 1; seed < 200; seed++) {
		g_autoptr(Schedule) one = schedule_random(seed, 1000, 3);
		g_autoptr(Schedule) same = schedule_random(seed, 1000, 3);
		g_autofree char *text = schedule_text(one);
		g_autofree char *again = schedule_text(same);
		guint64 last = 1;

		g_assert_cmpstr(text, ==, again);
		g_assert_cmpuint(one->seed, ==, seed);
		g_assert_cmpuint(one->points->len, <=, 3);
		seen[one->points->len] = TRUE;
		for (guint i = 0; i < one->points->len; i++) {
			guint64 step = g_array_index(one->points, guint64, i);

			g_assert_cmpuint(step, >=, last);
			g_assert_cmpuint(step, <=, 1000);
			last = step;
		}
	}
	for (guint i = 0; i < G_N_ELEMENTS(seen); i++)
		g_assert_true(seen[i]);
}

static void test_parse(void)
{
	static const char *const bad[] = {"",	   "x",	 "1,", "1,2x",
					  "1,3,2", "-1", "1 2"};
	g_autoptr(Schedule) schedule = schedule_parse("7,10,10,300", NULL);
	g_autoptr(Schedule) less = schedule_without(schedule, 1);
	g_autofree char *text = schedule_text(less);

	g_assert_cmpstr(text, ==, "7,10,300");
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(schedule_parse(bad[i], &error));
		g_assert_nonnull(error);
	}
}

/**
 * struct Bug - when a made-up test fails
 * @needs: points, ends with 0
 * @seed: it needs random priorities
 * @tries: so far
 * @limit: after which there is no verdict; 0: none
 */
typedef struct {
	const guint64 *needs;
	gboolean seed;
	guint tries;
	guint limit;
} Bug;

static gboolean has(const Schedule *schedule, guint64 step)
{
	for (guint i = 0; i < schedule->points->len; i++)
		if (g_array_index(schedule->points, guint64, i) == step)
			return TRUE;
	return FALSE;
}

static gboolean try_bug(const Schedule *schedule, gpointer data,
			gboolean *failed, GError **error)
{
	Bug *bug = data;

	if (bug->limit && ++bug->tries > bug->limit) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
			    "no verdict");
		return FALSE;
	}
	*failed = !bug->seed || schedule->seed;
	for (const guint64 *step = bug->needs; *step; step++)
		*failed = *failed && has(schedule, *step);
	return TRUE;
}

static void check_reduced(Bug bug, const char *from, const char *want)
{
	g_autoptr(Schedule) schedule = schedule_parse(from, NULL);
	g_autoptr(Schedule) least = reduce(schedule, try_bug, &bug, NULL);
	g_autofree char *text = schedule_text(least);

	g_assert_cmpstr(text, ==, want);
}

static void test_reduce(void)
{
	static const guint64 none[] = {0}, one[] = {20, 0}, two[] = {10, 30, 0};
	g_autoptr(Schedule) schedule = schedule_parse("5,10,20", NULL);
	g_autoptr(GError) error = NULL;
	Bug lost = {.needs = one, .limit = 2};

	check_reduced((Bug){.needs = none}, "5,10,20,30", "0");
	check_reduced((Bug){.needs = one}, "5,10,20,30", "0,20");
	check_reduced((Bug){.needs = two}, "5,10,20,30", "0,10,30");
	check_reduced((Bug){.needs = two, .seed = TRUE}, "5,10,20,30",
		      "5,10,30");
	check_reduced((Bug){.needs = none, .seed = TRUE}, "5,10", "5");
	check_reduced((Bug){.needs = two}, "0,10,30", "0,10,30");
	g_assert_null(reduce(schedule, try_bug, &lost, &error));
	g_assert_nonnull(error);
}

static char *place(guint64 address, gpointer data)
{
	(void)data;
	return g_strdup_printf("f%u at a.c:%u", (guint)address, (guint)address);
}

static void test_explain(void)
{
	static const char log[] =
		"[    0.010000] drm: nothing\n"
		"[    0.020000] race: step 7: one:26 is preempted in 0x11 "
		"f+0x1/0x2\n"
		"[    0.020000] race: called from 0x41 k+0x1/0x2\n"
		"[    0.020000] race: then two:27 runs from 0x21 g+0x1/0x9\n"
		"[    0.030000] race: two:27 ran to 0x31 h+0x3/0x9, then "
		"one:26 goes on\n"
		"[    0.040000] race: 4711 steps, 3 tasks\n";
	g_autofree char *words = explain(log, place, NULL);
	g_autofree char *nothing = explain("", place, NULL);

	g_assert_cmpstr(words, ==,
			"  step 7: one:26 is preempted in f16 at a.c:16\n"
			"  called from f64 at a.c:64\n"
			"  then two:27 runs from f32 at a.c:32\n"
			"  two:27 ran to f48 at a.c:48, then one:26 goes on\n");
	g_assert_cmpstr(nothing, ==, "");
	g_assert_cmpuint(explain_steps(log), ==, 4711);
	g_assert_cmpuint(explain_steps("race: step 7: one\n"), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/races/random", test_random);
	g_test_add_func("/races/parse", test_parse);
	g_test_add_func("/races/reduce", test_reduce);
	g_test_add_func("/races/explain", test_explain);
	return g_test_run();
}
