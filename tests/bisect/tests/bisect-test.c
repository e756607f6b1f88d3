// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of make bisect that decide. */
#include <math.h>
#include <string.h>

#include "../choose.h"
#include "../needs.h"
#include "../verdict.h"

static Commit *nth(const History *history, guint n)
{
	return history->commits->pdata[n - 1];
}

/* Commits 1 to @len, each of which changes a file of its own, "N.c". */
static History *line_of(guint len)
{
	History *history = history_new();
	g_autofree char *last = g_strdup("0");

	history_set_good(history, "0");
	for (guint i = 1; i <= len; i++) {
		char *parents[] = {last, NULL};
		g_autofree char *id = g_strdup_printf("%u", i);
		g_autofree char *path = g_strdup_printf("%u.c", i);
		Commit *commit = history_add(history, id, parents);

		commit->slot = g_strdup_printf("%04u", i);
		commit_changes(commit, path,
			       i * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
		g_free(g_steal_pointer(&last));
		last = g_strdup(id);
	}
	history->good->slot = g_strdup("0000");
	history_complete(history);
	return history;
}

static void settle(Commit *commit, Verdict verdict)
{
	commit->tried = TRUE;
	commit->verdict = verdict;
}

static const Commit *next_of(History *history, const Reads *reads)
{
	g_autoptr(GPtrArray) candidates = NULL;

	history_set_kernels(history, reads);
	history_spread(history);
	candidates = history_candidates(history);
	return choose(history, candidates, history_bad(history), reads).next;
}

/* Whichever is the first bad one, it is found, in as few steps as can be. */
static void test_line(void)
{
	for (guint first = 1; first <= 22; first++) {
		History *history = line_of(22);
		const Commit *next;
		guint steps = 0;
		g_autoptr(GPtrArray) left = NULL;

		settle(nth(history, 22), BAD);
		while ((next = next_of(history, NULL))) {
			settle(nth(history, next->number + 1),
			       next->number + 1 >= first ? BAD : GOOD);
			steps++;
		}
		left = history_candidates(history);
		g_assert_cmpuint(left->len, ==, 1);
		g_assert_true(left->pdata[0] == nth(history, first));
		g_assert_true(history_relies_on_good(history, left->pdata[0]) ==
			      (first == 1));
		g_assert_cmpuint(steps, <=, 7);
		history_free(history);
	}
}

static void test_costs(void)
{
	History *history = line_of(8);
	Reads *reads = reads_new();

	for (guint i = 1; i <= 8; i++) {
		g_autofree char *path = g_strdup_printf("%u.c", i);

		reads_add(reads, path, i == 5 ? 800 : 1);
	}
	settle(nth(history, 8), BAD);
	/* Beyond 5, everything has to be compiled again: rather not at once. */
	g_assert_cmpuint(next_of(history, reads)->number + 1, >=, 5);
	reads_free(reads);
	history_free(history);
}

static void test_not_read(void)
{
	History *history = line_of(8);
	Reads *reads = reads_new();
	g_autoptr(GPtrArray) left = NULL;

	reads_add(reads, "3.c", 1);
	reads_add(reads, "6.c", 1);
	settle(nth(history, 8), BAD);
	history_set_kernels(history, reads);
	history_spread(history);
	g_assert_cmpint(nth(history, 7)->verdict, ==, BAD);
	g_assert_cmpint(nth(history, 5)->verdict, ==, UNTRIED);
	g_assert_true(nth(history, 2)->same_as_parent);
	g_assert_false(nth(history, 3)->same_as_parent);
	/* Only one kernel is between that of GOOD and that of 6. */
	settle(nth(history, 4), GOOD);
	history_spread(history);
	g_assert_cmpint(nth(history, 5)->verdict, ==, GOOD);
	g_assert_null(next_of(history, reads));
	left = history_candidates(history);
	g_assert_cmpuint(left->len, ==, 1);
	g_assert_true(left->pdata[0] == nth(history, 6));
	reads_free(reads);
	history_free(history);
}

static void test_border(void)
{
	History *history = line_of(8);
	g_autoptr(GPtrArray) left = NULL;

	history->good->applies = FALSE;
	nth(history, 1)->applies = FALSE;
	settle(nth(history, 8), BAD);
	g_assert_true(next_of(history, NULL) == nth(history, 2));
	settle(nth(history, 2), GOOD);
	g_assert_cmpuint(next_of(history, NULL)->number + 1, >, 3);
	nth(history, 2)->verdict = BAD;
	g_assert_null(next_of(history, NULL));
	/* Of the other, nothing is known. */
	left = history_candidates(history);
	g_assert_cmpuint(left->len, ==, 2);
	history_free(history);
}

/* The source does not tell where the test begins to apply, but runs do. */
static void test_border_by_runs(void)
{
	History *history = line_of(8);
	g_autoptr(GPtrArray) left = NULL;

	settle(nth(history, 8), BAD);
	settle(nth(history, 4), ABSENT);
	g_assert_cmpuint(next_of(history, NULL)->number + 1, >, 4);
	settle(nth(history, 5), BAD);
	left = history_candidates(history);
	g_assert_cmpuint(left->len, ==, 1);
	/* Once a kernel is good, it only says that nothing is known of 4. */
	settle(nth(history, 2), GOOD);
	g_ptr_array_unref(left);
	left = history_candidates(history);
	g_assert_cmpuint(left->len, ==, 3);
	history_free(history);
}

static void test_merge(void)
{
	History *history = history_new();
	char *base[] = {"0", NULL}, *one[] = {"1", NULL};
	char *both[] = {"2", "3", NULL};
	g_autoptr(GPtrArray) left = NULL;

	history_set_good(history, "0");
	history_add(history, "1", base);
	history_add(history, "2", one);
	history_add(history, "3", one);
	history_add(history, "4", both);
	for (guint i = 1; i <= 4; i++)
		commit_changes(nth(history, i), "a.c",
			       i * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
	history_complete(history);
	settle(nth(history, 4), BAD);
	settle(nth(history, 2), GOOD);
	g_assert_true(next_of(history, NULL) == nth(history, 3));
	settle(nth(history, 3), BAD);
	g_assert_null(next_of(history, NULL));
	left = history_candidates(history);
	g_assert_cmpuint(left->len, ==, 1);
	g_assert_true(left->pdata[0] == nth(history, 3));
	history_free(history);
}

static void test_index(void)
{
	History *history = line_of(4);
	char *tags[] = {"swap", "needs:one", "needs:no-virtio-shrinker", NULL};
	char *opposite[] = {"needs:no-virtio-shrinker", NULL};
	g_autofree char *decide = NULL;

	needs_read_plan(history, "0001 patch a\n0002 gives one two\n"
				 "0003 gives\tvirtio-shrinker\n");
	g_assert_cmpstr(nth(history, 1)->gives, ==, "");
	g_assert_cmpstr(nth(history, 4)->gives, ==, "one two virtio-shrinker");
	/* The last one does not hold at BAD, where the test has run: passed over. */
	decide = needs_apply(history, "/nonexistent", tags);
	g_assert_cmpstr(decide, ==, "one");
	g_assert_false(history->good->applies);
	g_assert_false(nth(history, 1)->applies);
	g_assert_true(nth(history, 2)->applies);
	g_assert_true(nth(history, 4)->applies);
	g_assert_null(needs_apply(history, "/nonexistent", opposite));
	g_assert_true(history->good->applies);
	history_free(history);
}

static Verdict judged(GPtrArray *signature, gboolean any, const char *text,
		      const char *says)
{
	g_autoptr(Tap) tap = tap_read(text);
	g_autoptr(GString) note = g_string_new(NULL);
	Verdict verdict = judge_run(tap, signature, any, note);

	g_assert_nonnull(strstr(note->str, says));
	return verdict;
}

static void test_verdicts(void)
{
	g_autoptr(GPtrArray) signature = signature_new();
	g_autoptr(Tap) tap = tap_read(
		"not ok 1 - a/b\n# guest/a.c:7: 0x12 == 3\nok 2 - a/c\n1..2\n");

	signature_add(signature, tap);
	signature_add(signature, tap);
	g_assert_cmpuint(signature->len, ==, 1);
	g_assert_cmpint(judged(signature, FALSE,
			       "not ok 1 - a/b\n# guest/a.c:7: 0x1f == 4\n1..1",
			       ""),
			==, BAD);
	g_assert_cmpint(judged(signature, FALSE,
			       "not ok 1 - a/b\n# guest/a.c:8: 0x12 == 3\n1..1",
			       "another failure, a/b: guest/a.c:8"),
			==, UNTESTABLE);
	g_assert_cmpint(judged(signature, TRUE,
			       "not ok 1 - a/b\n# guest/a.c:8: 0x12 == 3\n1..1",
			       ""),
			==, BAD);
	g_assert_cmpint(judged(signature, FALSE,
			       "ok 1 - a/b\nnot ok 2 - a/c\n# x\n1..2", ""),
			==, GOOD);
	g_assert_cmpint(judged(signature, FALSE,
			       "ok 1 - a/b # SKIP no\nok 2 - a/c\n1..2",
			       "does not apply: no"),
			==, ABSENT);
	g_assert_cmpint(
		judged(signature, FALSE, "ok 1 - a/c\n1..1", "it was not run"),
		==, UNTESTABLE);
	g_assert_cmpint(
		judged(signature, TRUE, "Bail out! panic\n", "does not boot"),
		==, UNTESTABLE);
}

static void test_runs(void)
{
	g_autoptr(GPtrArray) signature = signature_new();
	g_autoptr(GPtrArray) runs =
		g_ptr_array_new_with_free_func((GDestroyNotify)tap_free);
	g_autoptr(GString) note = g_string_new(NULL);

	g_ptr_array_add(runs, tap_read("not ok 1 - a/b\n# x\n1..1\n"));
	signature_add(signature, runs->pdata[0]);
	g_assert_cmpint(judge_runs(runs, 3, signature, FALSE, note), ==, BAD);
	g_ptr_array_remove_index(runs, 0);
	g_ptr_array_add(runs, tap_read("ok 1 - a/b\n1..1\n"));
	g_ptr_array_add(runs, tap_read("ok 1 - a/b\n1..1\n"));
	g_assert_cmpint(judge_runs(runs, 3, signature, FALSE, note), ==,
			UNTRIED);
	g_assert_cmpint(judge_runs(runs, 2, signature, FALSE, note), ==, GOOD);
	g_ptr_array_add(runs, tap_read("not ok 1 - a/b\n# x\n1..1\n"));
	g_assert_cmpint(judge_runs(runs, 3, signature, FALSE, note), ==, BAD);
}

static void test_chances(void)
{
	g_assert_true(fabs(chance_missed(0.5, 3) - 0.125) < 1e-9);
	g_assert_true(fabs(chance_missed(1, 2)) < 1e-9);
	g_assert_true(fabs(chance_wrong(0.5, 1, 2) - 0.75) < 1e-9);
	g_assert_cmpuint(runs_needed(0.5), ==, 7);
	g_assert_cmpuint(runs_needed(1), ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bisect/line", test_line);
	g_test_add_func("/bisect/costs", test_costs);
	g_test_add_func("/bisect/not-read", test_not_read);
	g_test_add_func("/bisect/border", test_border);
	g_test_add_func("/bisect/border-by-runs", test_border_by_runs);
	g_test_add_func("/bisect/merge", test_merge);
	g_test_add_func("/bisect/index", test_index);
	g_test_add_func("/bisect/verdicts", test_verdicts);
	g_test_add_func("/bisect/runs", test_runs);
	g_test_add_func("/bisect/chances", test_chances);
	return g_test_run();
}
