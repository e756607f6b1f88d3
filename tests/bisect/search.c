// SPDX-License-Identifier: GPL-2.0-or-later
#include "search.h"

#include <math.h>
#include <stdio.h>

#include "choose.h"
#include "verdict.h"

static const char *const verdict_names[] = {
	[UNTRIED] = "",	   [GOOD] = "good",	  [BAD] = "bad",
	[ABSENT] = "skip", [UNTESTABLE] = "skip",
};

char *commit_title(const Commit *commit)
{
	return g_strdup_printf("%s%s%.12s %s", commit->slot ?: "",
			       commit->slot ? " " : "", commit->id,
			       commit->subject);
}

static void judge_commit(Search *search, Commit *commit)
{
	const Step *step = g_hash_table_lookup(search->steps, commit);
	g_autoptr(GString) note = g_string_new(NULL);

	commit->tried = FALSE;
	commit->verdict = UNTRIED;
	g_clear_pointer(&commit->note, g_free);
	if (!step)
		return;
	commit->verdict = UNTESTABLE;
	if (step->untestable)
		g_string_assign(note, step->untestable);
	else
		commit->verdict =
			judge_runs(step->runs, search->runs, search->signature,
				   search->any, note);
	commit->tried = commit->verdict != UNTRIED;
	if (commit->tried && note->len)
		commit->note = g_strdup(note->str);
}

/* NULL: nothing is known of what the kernels are made from. */
static const Reads *known_reads(const Search *search)
{
	return search->reads_unknown ? NULL : search->reads;
}

void search_judge(Search *search)
{
	History *history = search->history;

	for (guint i = 0; i < history->commits->len; i++)
		judge_commit(search, history->commits->pdata[i]);
	judge_commit(search, history->good);
	history_set_kernels(history, known_reads(search));
	history_spread(history);
}

static gboolean is_built(const Search *search, const Commit *commit)
{
	g_autofree char *dir = kernel_dir(&search->bench, commit);
	g_autofree char *image = g_build_filename(dir, "linux", NULL);

	return g_file_test(image, G_FILE_TEST_EXISTS);
}

static void add_reads(Search *search, const Commit *commit)
{
	g_autofree char *dir = kernel_dir(&search->bench, commit);
	g_autofree char *path = g_build_filename(dir, "reads", NULL);

	if (!reads_add_saved(search->reads, path))
		search->reads_unknown = TRUE;
}

static Step *step_of(Search *search, Commit *commit)
{
	Step *step = g_hash_table_lookup(search->steps, commit);

	if (!step) {
		step = step_load(&search->bench, commit);
		g_hash_table_insert(search->steps, commit, step);
	}
	return step;
}

/* Start to build the kernel at @commit; NULL: it is there, or cannot be built. */
static Child *start_build(Search *search, Commit *commit)
{
	Step *step = step_of(search, commit);

	return step->untestable
		       ? NULL
		       : step_start_build(&search->bench, step, commit);
}

/* @process: what start_build() returned. */
static void end_build(Search *search, Commit *commit, Child *process)
{
	Step *step = step_of(search, commit);

	if (process) {
		step_end_build(&search->bench, step, commit, process);
		search->here = commit;
	}
	commit->built = !step->untestable;
	if (commit->built)
		add_reads(search, commit);
}

static void say_ahead(const Commit *commit)
{
	g_autofree char *title = commit_title(commit);

	printf("ahead %s: is built while the tests run\n", title);
	fflush(stdout);
}

Step *search_try(Search *search, Commit *commit, Commit *ahead)
{
	Step *step = step_of(search, commit);
	Child *process = NULL;

	judge_commit(search, commit);
	if (!commit->tried && !step->untestable) {
		end_build(search, commit, start_build(search, commit));
		judge_commit(search, commit);
	}
	if (ahead && !commit->tried && search->tests >= search->long_tests)
		process = start_build(search, ahead);
	if (process)
		say_ahead(ahead);
	while (!commit->tried) {
		step_run(&search->bench, step, commit);
		judge_commit(search, commit);
	}
	if (process)
		end_build(search, ahead, process);
	search->tests = step->tests;
	return step;
}

static void say_result(const Commit *commit, const Step *step, const char *what)
{
	g_autofree char *title = commit_title(commit);

	printf("%-5s %s%s (build %.0f s, tests %.0f s)\n",
	       verdict_names[commit->verdict], what, title, step->build,
	       step->tests);
	if (commit->note)
		printf("      %s\n", commit->note);
	if (step->same_as)
		printf("      %s\n", step->same_as);
	fflush(stdout);
}

/* How long @cost takes, if it goes on as so far; -1: nothing is known. */
static double seconds_for(const Search *search, double cost)
{
	return search->cost > 0 ? cost * search->seconds / search->cost : -1;
}

static void say_next(const Search *search, const Choice *choice)
{
	g_autofree char *title = commit_title(choice->next);
	double seconds = seconds_for(search, choice->cost);

	printf("next  %s: step %u of about %u", title, search->tried + 1,
	       search->tried + choice->steps);
	if (seconds >= 0)
		printf(", about %.0f s to go", seconds);
	printf("\n");
	fflush(stdout);
}

/* What is tried next if @commit turns out to be what is more likely; or NULL. */
static Commit *likely_next(Search *search, Commit *commit,
			   GPtrArray *candidates)
{
	g_autoptr(GPtrArray) left = NULL;
	guint below = 0;
	Choice choice;

	for (guint i = 0; i < candidates->len; i++) {
		const Commit *other = candidates->pdata[i];

		below += commit->ancestors[other->number];
	}
	commit->tried = TRUE;
	commit->verdict = 2 * below > candidates->len ? BAD : GOOD;
	history_spread(search->history);
	left = history_candidates(search->history);
	choice = choose(search->history, left, commit, known_reads(search));
	search_judge(search);
	return choice.next
		       ? search->history->commits->pdata[choice.next->number]
		       : NULL;
}

static void try_next(Search *search, const Choice *choice,
		     GPtrArray *candidates)
{
	g_autofree char *what = NULL;
	Commit *commit = search->history->commits->pdata[choice->next->number];
	double cost = choice->cost / MAX(choice->steps, 1);
	Step *step;

	say_next(search, choice);
	step = search_try(search, commit,
			  likely_next(search, commit, candidates));
	search->tried++;
	search->cost += cost;
	search->seconds += step->build + step->tests;
	what = g_strdup_printf("%u of about %u: ", search->tried,
			       search->tried + choice->steps - 1);
	say_result(commit, step, what);
}

static void try_good(Search *search)
{
	Commit *good = search->history->good;
	Step *step = search_try(search, good, NULL);

	say_result(good, step, "good end: ");
}

static void mark_built(Search *search)
{
	History *history = search->history;

	for (guint i = 0; i < history->commits->len; i++) {
		Commit *commit = history->commits->pdata[i];

		commit->built = is_built(search, commit);
	}
	history->good->built = is_built(search, history->good);
}

/* Does the test begin to apply behind the commits that are ruled out? */
static gboolean at_border(const Search *search)
{
	const History *history = search->history;

	if (history_has_good(history))
		return FALSE;
	if (!history->good->applies || history->good->verdict == ABSENT)
		return TRUE;
	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *commit = history->commits->pdata[i];

		if (commit->verdict == ABSENT)
			return TRUE;
	}
	return FALSE;
}

static gboolean relies_on_good(const Search *search, GPtrArray *candidates)
{
	for (guint i = 0; i < candidates->len; i++)
		if (history_relies_on_good(search->history,
					   candidates->pdata[i]))
			return TRUE;
	return FALSE;
}

/* What is left cannot be tested: is it that the test does not apply? */
static Outcome outcome_of(const Search *search, GPtrArray *candidates)
{
	gboolean border = at_border(search);

	for (guint i = 0; i + 1 < candidates->len; i++) {
		const Commit *commit = candidates->pdata[i];

		if (!border || (commit->applies && commit->verdict != ABSENT))
			return LEFT;
	}
	return border ? FOUND_AT_BORDER : FOUND;
}

Outcome search_run(Search *search, GPtrArray **candidates)
{
	Commit *good = search->history->good;
	Choice choice;

	for (;;) {
		mark_built(search);
		search_judge(search);
		*candidates = history_candidates(search->history);
		choice = choose(search->history, *candidates, search->here,
				known_reads(search));
		if (good->verdict == BAD)
			return BAD_AT_GOOD;
		if (good->verdict == UNTESTABLE)
			return NO_VERDICT_AT_GOOD;
		/* Test GOOD if its kernel is there already, or nothing else is left to try. */
		if (!good->tried && good->applies &&
		    relies_on_good(search, *candidates) &&
		    (good->built || (!choice.next && !at_border(search))))
			try_good(search);
		else if (choice.next)
			try_next(search, &choice, *candidates);
		else
			return outcome_of(search, *candidates);
		g_ptr_array_unref(*candidates);
	}
}
