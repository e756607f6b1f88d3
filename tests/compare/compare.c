// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include <string.h>

#include "../guest/skip.h"

static void change_free(gpointer data)
{
	Change *change = data;

	g_free(change->name);
	g_free(change->a);
	g_free(change->b);
	g_free(change->reason);
	g_free(change);
}

/* @a and @b are taken over. */
static void add(Comparison *c, Kind kind, gboolean worse, const char *name,
		char *a, char *b, const char *reason)
{
	Change *change = g_new0(Change, 1);

	change->kind = kind;
	change->worse = worse;
	change->name = g_strdup(name);
	change->a = a;
	change->b = b;
	change->reason = reason && *reason ? g_strdup(reason) : NULL;
	g_ptr_array_add(c->changes, change);
	c->worse |= worse;
}

/* In words: "passed", "failed 2 of 3", ... */
static char *result_text(const TestRuns *test)
{
	guint all = test ? test->passed + test->failed + test->skipped : 0;

	if (!all)
		return g_strdup("not there");
	if (test->failed)
		return test->failed == all ? g_strdup("failed")
					   : g_strdup_printf("failed %u of %u",
							     test->failed, all);
	if (test->skipped)
		return test->skipped == all
			       ? g_strdup("skipped")
			       : g_strdup_printf("skipped %u of %u",
						 test->skipped, all);
	return g_strdup("passed");
}

static gboolean always_fails(const TestRuns *test)
{
	return test->failed && !test->passed && !test->skipped;
}

static Spread seconds_of(const TestRuns *test)
{
	return spread_of(test->seconds);
}

/* By how much all of @high are above all of @low beyond the noise; 0 if not. */
static double gap(Spread low, Spread high)
{
	double between = high.least - low.most;
	double noise = MAX(high.most - high.least, low.most - low.least);

	return between > noise ? between : 0;
}

static char *spread_text(Spread s, const char *unit)
{
	return g_strdup_printf("%.4g %s (%.4g .. %.4g)", s.median, unit,
			       s.least, s.most);
}

static gboolean compare_times(Comparison *c, const TestRuns *a,
			      const TestRuns *b)
{
	Spread x, y;
	gboolean slower;

	if (!c->times || a->seconds->len < COMPARE_TIMES ||
	    b->seconds->len < COMPARE_TIMES)
		return FALSE;
	x = seconds_of(a);
	y = seconds_of(b);
	slower = gap(x, y) >= TIME_GAP;
	if (!slower && gap(y, x) < TIME_GAP)
		return FALSE;
	add(c, slower ? SLOWER : FASTER, slower, a->name, spread_text(x, "s"),
	    spread_text(y, "s"), NULL);
	return TRUE;
}

static void compare_test(Comparison *c, const TestRuns *a, const TestRuns *b)
{
	Kind kind;
	gboolean worse = TRUE;

	if (!b) {
		kind = GONE;
	} else if (b->failed && !always_fails(b)) {
		kind = SOMETIMES_FAILS;
		worse = !a || !a->failed;
	} else if (b->failed) {
		worse = !a || !always_fails(a);
		kind = worse ? NEWLY_FAILS : STILL_FAILS;
	} else if (b->skipped && a && !a->skipped) {
		worse = !g_str_has_prefix(b->reason, SKIP_ONLY_FOR);
		kind = worse ? NEWLY_SKIPPED : NO_LONGER_APPLIES;
	} else if (a && a->failed) {
		kind = FIXED;
		worse = FALSE;
	} else if (b->passed && !b->skipped && (!a || a->skipped)) {
		kind = NEWLY_RUN;
		worse = FALSE;
	} else {
		c->same += !a || !compare_times(c, a, b);
		return;
	}
	add(c, kind, worse, (b ?: a)->name, result_text(a), result_text(b),
	    b ? b->reason : NULL);
}

static void compare_tests(Comparison *c, const Runs *a, const Runs *b)
{
	GHashTableIter iter;
	gpointer name, test;

	/* A side without any, as of coverage only, says nothing about them. */
	if (!g_hash_table_size(a->tests) || !g_hash_table_size(b->tests))
		return;
	c->compared = TRUE;
	g_hash_table_iter_init(&iter, a->tests);
	while (g_hash_table_iter_next(&iter, &name, &test))
		compare_test(c, test, g_hash_table_lookup(b->tests, name));
	g_hash_table_iter_init(&iter, b->tests);
	while (g_hash_table_iter_next(&iter, &name, &test))
		if (!g_hash_table_contains(a->tests, name))
			compare_test(c, NULL, test);
}

static void compare_cost(Comparison *c, const CostRuns *a, const CostRuns *b)
{
	Spread x, y;
	double up, down;
	gboolean changed, worse;

	if (!b || b->values->len < COMPARE_TIMES ||
	    a->values->len < COMPARE_TIMES)
		return;
	c->compared = TRUE;
	x = spread_of(a->values);
	y = spread_of(b->values);
	up = gap(x, y);
	down = gap(y, x);
	changed = MAX(up, down) * 10 >= MAX(x.median, y.median) &&
		  MAX(up, down) > 0;
	worse = changed && (up > 0) != a->larger_is_better;
	if (changed)
		add(c, worse ? COSTS_MORE : COSTS_LESS, worse, a->name,
		    spread_text(x, a->unit), spread_text(y, a->unit), NULL);
}

static char *lines_text(const FunctionRuns *function)
{
	return function ? g_strdup_printf("%u of %u lines ran", function->ran,
					  function->lines)
			: g_strdup("not there");
}

/* A function that is new, or was never entered in A, cannot lose anything. */
static void compare_function(Comparison *c, const FunctionRuns *a,
			     const FunctionRuns *b)
{
	guint missed_a = a ? a->lines - a->ran : 0;
	guint missed_b = b ? b->lines - b->ran : 0;
	gboolean lost = a && b && a->ran && missed_b > missed_a;

	if (!b || !(lost || (a ? missed_b < missed_a : b->ran)))
		return;
	add(c, lost ? COVERAGE_LOST : COVERAGE_GAINED, lost, b->name,
	    lines_text(a), lines_text(b), NULL);
}

static void compare_coverage(Comparison *c, const Runs *a, const Runs *b)
{
	GHashTableIter iter;
	gpointer name, function;

	if (!g_hash_table_size(a->functions) ||
	    !g_hash_table_size(b->functions))
		return;
	c->compared = TRUE;
	g_hash_table_iter_init(&iter, b->functions);
	while (g_hash_table_iter_next(&iter, &name, &function))
		compare_function(c, g_hash_table_lookup(a->functions, name),
				 function);
}

static int by_kind_and_name(gconstpointer a, gconstpointer b)
{
	const Change *x = *(Change *const *)a, *y = *(Change *const *)b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind
				  : strcmp(x->name, y->name);
}

Comparison *compare(const Runs *a, const Runs *b)
{
	Comparison *c = g_new0(Comparison, 1);
	GHashTableIter iter;
	gpointer name, cost;

	c->changes = g_ptr_array_new_with_free_func(change_free);
	c->times = MIN(a->runs, b->runs) >= COMPARE_TIMES;
	compare_tests(c, a, b);
	g_hash_table_iter_init(&iter, a->costs);
	while (g_hash_table_iter_next(&iter, &name, &cost))
		compare_cost(c, cost, g_hash_table_lookup(b->costs, name));
	compare_coverage(c, a, b);
	g_ptr_array_sort(c->changes, by_kind_and_name);
	return c;
}

void comparison_free(Comparison *comparison)
{
	if (!comparison)
		return;
	g_ptr_array_unref(comparison->changes);
	g_free(comparison);
}
