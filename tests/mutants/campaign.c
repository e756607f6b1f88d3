// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "../host/child.h"
#include "equivalent.h"
#include "reach.h"

/* Of the tests that reach a line, at most so many are run first, by themselves. */
#define FIRST_TESTS 10
/* Of these, at most so many that killed other mutants of the function. */
#define KILLERS 4
/* The most runs of tests with one kernel. */
#define ROUNDS 3
/* Areas whose tests use every driver. */
#define COMMON_AREAS "dmabuf pressure fuzz"

typedef struct {
	guint killed, survived, same, listed, not_built;
	double seconds;
	guint timed; /* mutants that were tried, this time or earlier */
} Sum;

/* The kernel of a mutant: @end and @log are known when @thread has ended. */
typedef struct {
	Campaign *campaign;
	Kernel *kernel;
	const Mutant *mutant;
	GThread *thread;
	BuildEnd end;
	GString *log;
} Build;

static const char *text_of(const Campaign *campaign, const Mutant *mutant)
{
	return g_hash_table_lookup(campaign->texts, mutant->file);
}

static const char *listed(Campaign *campaign, const Mutant *mutant)
{
	return equivalent_reason(campaign->equivalents, mutant,
				 text_of(campaign, mutant));
}

static const Result *result_in(const Campaign *campaign, const Mutant *mutant,
			       const Stage *stage)
{
	g_autofree char *key = g_strconcat(mutant->id, "@", stage->name, NULL);

	return state_find(campaign->state, key);
}

/* The result in the end: NULL if it has survived so far, and a stage is left to try. */
static const Result *result_of(const Campaign *campaign, const Mutant *mutant)
{
	const Result *last = NULL;
	gboolean whole = TRUE;

	for (guint i = 0; i < campaign->stages_count; i++) {
		last = result_in(campaign, mutant, &campaign->stages[i]);
		if (last && last->fate != SURVIVED)
			return last;
		whole &= last != NULL;
	}
	return whole ? last : NULL;
}

/* Is it to be tried in the present stage? */
static gboolean is_left(const Campaign *campaign, const Mutant *mutant)
{
	return !result_of(campaign, mutant) &&
	       !result_in(campaign, mutant, campaign->stage);
}

static void add_once(GPtrArray *list, char *name)
{
	if (!g_ptr_array_find_with_equal_func(list, name, g_str_equal, NULL))
		g_ptr_array_add(list, name);
}

static gboolean in_area(const char *test, const char *area)
{
	gsize len = strlen(area);

	return !strncmp(test, area, len) && test[len] == '/';
}

/*
 * Can this test see a change of this file? Tests of another driver cannot see what is
 * in a driver; the helpers are for all.
 */
static gboolean may_see(const Campaign *campaign, const char *test,
			const char *file)
{
	g_auto(GStrv) common = g_strsplit(COMMON_AREAS, " ", -1);
	g_autofree char *dir = g_path_get_dirname(file);
	g_autofree char *area = g_path_get_basename(dir);
	gboolean is_driver = FALSE;

	for (guint i = 0; i < campaign->tests->len; i++)
		is_driver |= in_area(campaign->tests->pdata[i], area);
	if (!is_driver || in_area(test, area))
		return TRUE;
	for (guint i = 0; common[i]; i++)
		if (in_area(test, common[i]))
			return TRUE;
	return FALSE;
}

/*
 * Tests in the order in which they are tried, in rounds. First few of those that reach the
 * line, which are likely to see it; then the others of them, with those of which it is not
 * known; then those that run another part of the function. With another variant, those of
 * which it is not known come first: they are skipped in the first one. In a far stage, all
 * that do not run the function.
 */
static void plan(Campaign *campaign, const Mutant *mutant,
		 GPtrArray *rounds[ROUNDS])
{
	GPtrArray *killers =
		g_hash_table_lookup(campaign->killers, mutant->function);
	g_autoptr(GPtrArray) reach = reach_tests(campaign->coverage, mutant,
						 campaign->tests, REACH_LINE);
	g_autoptr(GPtrArray) callers = reach_tests(
		campaign->coverage, mutant, campaign->tests, REACH_FUNCTION);
	guint unknown = campaign->stage == campaign->stages ? 1 : 0;

	for (guint i = 0; i < ROUNDS; i++)
		rounds[i] = g_ptr_array_new();
	for (guint i = 0; i < campaign->tests->len; i++) {
		char *test = campaign->tests->pdata[i];

		if (!g_ptr_array_find(callers, test, NULL) &&
		    may_see(campaign, test, mutant->file) &&
		    reach_is_known(campaign->coverage, test) ==
			    campaign->stage->far)
			g_ptr_array_add(rounds[unknown], test);
	}
	if (campaign->stage->far)
		return;
	for (guint i = killers ? killers->len : 0; i > 0; i--)
		if (rounds[0]->len < KILLERS &&
		    g_ptr_array_find(reach, killers->pdata[i - 1], NULL))
			add_once(rounds[0], killers->pdata[i - 1]);
	for (guint i = 0; i < reach->len; i++)
		if (!g_ptr_array_find(rounds[0], reach->pdata[i], NULL))
			g_ptr_array_add(
				rounds[rounds[0]->len < FIRST_TESTS ? 0 : 1],
				reach->pdata[i]);
	for (guint i = 0; i < callers->len; i++)
		if (!g_ptr_array_find(reach, callers->pdata[i], NULL))
			g_ptr_array_add(rounds[2], callers->pdata[i]);
}

/* The name in the list of tests, or NULL: it is no test, but for example "boot". */
static char *test_name(Campaign *campaign, const char *name)
{
	guint at;

	return g_ptr_array_find_with_equal_func(campaign->tests, name,
						g_str_equal, &at)
		       ? campaign->tests->pdata[at]
		       : NULL;
}

/*
 * Does it pass without a mutant, when it runs with the same tests before it? By itself,
 * that is tried once. If not, nothing that it says counts.
 */
static gboolean passes_plain(Campaign *campaign, const GPtrArray *tests,
			     const char *name, gboolean *passes, GError **error)
{
	g_autoptr(GPtrArray) rest =
		g_ptr_array_copy((GPtrArray *)tests, NULL, NULL);
	g_autoptr(Failure) failure = NULL;

	*passes = tests->len == 1 &&
		  g_hash_table_contains(campaign->plain_passes, name);
	if (*passes)
		return TRUE;
	/* A run ends with its first failure: leave out who fails before @name. */
	for (;;) {
		if (!trial_run(&campaign->plain, rest, &failure, error))
			return FALSE;
		if (!failure || !strcmp(failure->test, name) ||
		    !g_ptr_array_remove(rest,
					test_name(campaign, failure->test)))
			break;
		g_clear_pointer(&failure, failure_free);
	}
	*passes = !failure;
	if (!*passes)
		printf("          %s fails without a mutant, too\n", name);
	g_hash_table_add(*passes ? campaign->plain_passes
				 : campaign->trial.ignored,
			 g_strdup(name));
	return TRUE;
}

/* Does it fail again: alone, or else with the others of its round? */
static gboolean confirm(Campaign *campaign, const GPtrArray *round,
			const Failure *failure, gboolean *again, GError **error)
{
	g_autoptr(GPtrArray) alone = g_ptr_array_new();
	char *name = test_name(campaign, failure->test);
	const GPtrArray *tests = alone;

	*again = FALSE;
	if (name)
		g_ptr_array_add(alone, name);
	for (guint try = name ? 0 : 1; try < 2 && !*again; try++) {
		Failure *second = NULL;

		tests = try ? round : alone;
		if (!trial_run(&campaign->trial, tests, &second, error))
			return FALSE;
		*again = second && !strcmp(second->test, failure->test);
		if (second)
			failure_free(second);
	}
	return !*again ||
	       passes_plain(campaign, tests, failure->test, again, error);
}

static void remember_killer(Campaign *campaign, const Mutant *mutant,
			    const char *test)
{
	char *name = test_name(campaign, test);
	GPtrArray *killers =
		g_hash_table_lookup(campaign->killers, mutant->function);

	if (!name)
		return;
	if (!killers) {
		killers = g_ptr_array_new();
		g_hash_table_insert(campaign->killers,
				    g_strdup(mutant->function), killers);
	}
	g_ptr_array_remove(killers, name);
	g_ptr_array_add(killers, name);
}

/* Run one round until a failure is confirmed. @how gets it. */
static gboolean run_round(Campaign *campaign, const Mutant *mutant,
			  GPtrArray *round, char **how, GError **error)
{
	while (round->len && !*how) {
		g_autoptr(Failure) failure = NULL;
		gboolean again;
		char *name;

		if (!trial_run(&campaign->trial, round, &failure, error))
			return FALSE;
		if (!failure)
			return TRUE;
		if (!confirm(campaign, round, failure, &again, error))
			return FALSE;
		if (again) {
			remember_killer(campaign, mutant, failure->test);
			*how = g_strdup_printf("%s: %s", failure->test,
					       failure->why);
			return TRUE;
		}
		printf("          %s failed: that does not count\n",
		       failure->test);
		name = test_name(campaign, failure->test);
		if (!name || !g_ptr_array_remove(round, name))
			return TRUE;
	}
	return TRUE;
}

static gboolean run_tests(Campaign *campaign, const Mutant *mutant, char **how,
			  GError **error)
{
	GPtrArray *rounds[ROUNDS];
	gboolean good = TRUE;

	plan(campaign, mutant, rounds);
	for (guint i = 0; i < ROUNDS; i++) {
		if (good && !*how)
			good = run_round(campaign, mutant, rounds[i], how,
					 error);
		g_ptr_array_unref(rounds[i]);
	}
	return good;
}

static gboolean test_mutant(Campaign *campaign, const Build *build, Fate *fate,
			    char **how, GError **error)
{
	switch (build->end) {
	case BUILT:
		*fate = SURVIVED;
		if (!run_tests(campaign, build->mutant, how, error))
			return FALSE;
		if (*how)
			*fate = KILLED;
		return TRUE;
	case UNCHANGED:
		*fate = EQUIVALENT;
		return TRUE;
	case BUILD_FAILS:
		*fate = NOT_BUILT;
		return TRUE;
	default:
		return fail(error, "%s",
			    child_interrupted() ? "interrupted"
						: build->log->str);
	}
}

static void print_result(const Campaign *campaign, const Mutant *mutant)
{
	const Result *result = result_in(campaign, mutant, campaign->stage);
	g_autofree char *entry =
		equivalent_entry(mutant, text_of(campaign, mutant));

	printf("%-10s  %5.1f s  %-9s  %s  %s:%u %s() %s%s%s\n",
	       fate_name(result->fate), result->seconds, campaign->stage->name,
	       mutant->id, mutant->file, mutant->line, mutant->function,
	       mutant->operator, * result->how ? "  " : "", result->how);
	if (result->fate == SURVIVED)
		printf("%s", strchr(entry, '\n') + 1);
	fflush(stdout);
}

/* Of one that has no result yet. */
static gboolean note_result(Campaign *campaign, const Build *build,
			    gint64 begun, GError **error)
{
	const Mutant *mutant = build->mutant;
	g_autofree char *key =
		g_strconcat(mutant->id, "@", campaign->stage->name, NULL);
	g_autofree char *how = NULL;
	Fate fate = NOT_BUILT;

	if (!test_mutant(campaign, build, &fate, &how, error) ||
	    !state_add(campaign->state, key, fate, how ? how : "",
		       (g_get_monotonic_time() - begun) / 1e6, error))
		return FALSE;
	print_result(campaign, mutant);
	return TRUE;
}

static void count(Campaign *campaign, Sum *sum, const Mutant *mutant,
		  const Result *result)
{
	guint *const counts[] = {
		[KILLED] = &sum->killed,
		[SURVIVED] = &sum->survived,
		[EQUIVALENT] = &sum->same,
		[NOT_BUILT] = &sum->not_built,
	};

	*counts[result->fate] += 1;
	sum->timed++;
	for (guint i = 0; i < campaign->stages_count; i++) {
		const Result *one =
			result_in(campaign, mutant, &campaign->stages[i]);

		sum->seconds += one ? one->seconds : 0;
	}
}

/* Print a survivor, and write its patch to build/mutants/survivors. */
static gboolean show_survivor(Campaign *campaign, const Mutant *mutant,
			      GError **error)
{
	const char *text = text_of(campaign, mutant);
	g_autofree char *diff = mutant_diff(mutant, text);
	g_autofree char *entry = equivalent_entry(mutant, text);
	g_autofree char *dir =
		g_build_filename(campaign->kernels[0]->work, "survivors", NULL);
	g_autofree char *name = g_strconcat(mutant->id, ".patch", NULL);
	g_autofree char *patch = g_strdup_printf("%s\n%s", entry, diff);

	printf("\nsurvivor %s: %s, line %u\n%s", mutant->id, mutant->operator,
	       mutant->line, patch);
	return write_file(dir, name, patch, error);
}

static gboolean report(Campaign *campaign, const GPtrArray *mutants, Sum *sum,
		       GError **error)
{
	g_autofree char *dir =
		g_build_filename(campaign->kernels[0]->work, "survivors", NULL);
	g_autoptr(GPtrArray) old = list_tree(dir);

	for (guint i = 0; i < old->len; i++) {
		g_autofree char *path =
			g_build_filename(dir, old->pdata[i], NULL);

		g_unlink(path);
	}
	g_mkdir_with_parents(dir, 0777);
	for (guint i = 0; i < mutants->len; i++) {
		const Mutant *mutant = mutants->pdata[i];
		const Result *result = result_of(campaign, mutant);

		if (listed(campaign, mutant)) {
			sum->listed++;
			continue;
		}
		if (!result)
			continue;
		count(campaign, sum, mutant, result);
		if (result->fate == SURVIVED &&
		    !show_survivor(campaign, mutant, error))
			return FALSE;
	}
	return TRUE;
}

static void print_sum(const Sum *sum, gboolean whole)
{
	printf("\n%u survived; not counted: %u do not compile, %u are "
	       "equivalent by "
	       "compiler, %u are in tests/mutants/equivalent\n",
	       sum->survived, sum->not_built, sum->same, sum->listed);
	if (sum->timed)
		printf("%.1f s per mutant\n", sum->seconds / sum->timed);
	printf("%skilled %u of %u\n", whole ? "" : "so far: ", sum->killed,
	       sum->killed + sum->survived);
}

/* The kernel of a mutant, that a thread builds. */
static gpointer build_kernel(gpointer data)
{
	Build *build = data;
	const char *text = text_of(build->campaign, build->mutant);
	g_autofree char *edited = mutant_apply(build->mutant, text);

	build->log = g_string_new(NULL);
	build->end = kernel_plant(build->kernel, build->mutant->file, text,
				  edited, build->log);
	return NULL;
}

static void start_build(Campaign *campaign, const GPtrArray *left, guint at,
			Build *build)
{
	if (at >= left->len)
		return;
	*build = (Build){
		.campaign = campaign,
		.kernel = campaign->kernels[at % campaign->kernels_count],
		.mutant = left->pdata[at],
	};
	build->thread = g_thread_new("build", build_kernel, build);
}

static void end_build(Build *build)
{
	if (build->thread)
		g_thread_join(g_steal_pointer(&build->thread));
}

GPtrArray *campaign_left(Campaign *campaign, const GPtrArray *mutants)
{
	GPtrArray *left = g_ptr_array_new();

	for (guint i = 0; i < mutants->len; i++)
		if (!listed(campaign, mutants->pdata[i]) &&
		    is_left(campaign, mutants->pdata[i]))
			g_ptr_array_add(left, mutants->pdata[i]);
	return left;
}

/* The next ones are still built. */
static void end_builds(Build builds[])
{
	for (guint i = 0; i < BUILDERS; i++) {
		end_build(&builds[i]);
		if (builds[i].log)
			g_string_free(builds[i].log, TRUE);
	}
}

/* While the tests run with one kernel, the next ones are built. */
gboolean campaign_run(Campaign *campaign, const GPtrArray *left, GError **error)
{
	gint64 begun = g_get_monotonic_time();
	guint count = campaign->kernels_count;
	Build builds[BUILDERS] = {};
	gboolean good = TRUE;

	for (guint i = 0; i < count; i++)
		start_build(campaign, left, i, &builds[i]);
	for (guint i = 0; good && i < left->len; i++) {
		Build *next = &builds[i % count], build;

		end_build(next);
		build = *next;
		*next = (Build){};
		good = build.end != BUILT ||
		       kernel_take(build.kernel, campaign->tested, error);
		if (good && build.end != BUILD_ENDED)
			start_build(campaign, left, i + count, next);
		good = good && note_result(campaign, &build, begun, error);
		begun = g_get_monotonic_time();
		g_string_free(build.log, TRUE);
	}
	end_builds(builds);
	for (guint i = 0; i < count; i++)
		good = kernel_restore(campaign->kernels[i]->work,
				      good ? error : NULL) &&
		       good;
	return good;
}

gboolean campaign_report(Campaign *campaign, const GPtrArray *mutants,
			 gboolean whole, gboolean *survivors, GError **error)
{
	Sum sum = {0};
	gboolean good = report(campaign, mutants, &sum, error);

	print_sum(&sum, whole);
	*survivors = sum.survived;
	return good;
}
