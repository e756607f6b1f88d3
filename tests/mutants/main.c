// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mutants COMMAND...: plants small edits in the lines that the series added, one at a
 * time, and has COMMAND, the runner's, run the tests until one fails. In COMMAND,
 * @KERNEL@, @SOURCE@, @GIVES@ and @VARIANT@ stand for the kernel's path, its source, its
 * capabilities and its variant. All is in build/mutants.
 *
 * FILES='...'	files of the kernel; default: all that the series touches
 * N=50 SEED=1	how many, and which
 * SHARD=I/N	the I-th of N parts of these
 * VARIANT	of the kernel; what survives the first is tried with the second
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../../coverage/src/commits.h"
#include "../../coverage/src/diff.h"
#include "../host/child.h"
#include "../host/git.h"
#include "../runner/shard.h"
#include "campaign.h"
#include "equivalent.h"
#include "places.h"
#include "reach.h"

#define EQUIVALENT_FILE "tests/mutants/equivalent"
#define COVERAGE "build/coverage/data"
#define TESTS "build/mutants/tests"
/* The tests of a mutant get this time. */
#define SECONDS 900
/* From so many mutants on, a second kernel is worth its build. */
#define MANY 50

static gboolean number_of(const char *name, guint fallback, guint least,
			  guint *number, GError **error)
{
	guint64 value = fallback;

	if (*setting(name) &&
	    (!g_ascii_string_to_unsigned(setting(name), 10, least, G_MAXINT,
					 &value, NULL)))
		return fail(error, "%s=%s is not a number, or less than %u",
			    name, setting(name), least);
	*number = value;
	return TRUE;
}

/* Numbers of the lines of @file that the series added. */
static GHashTable *added_lines(const Series *series, const char *file,
			       GError **error)
{
	GHashTable *lines = g_hash_table_new(NULL, NULL);
	g_autofree char *text =
		git(error, series->repo, "diff", "-U0", "--no-color",
		    series->base, series->head, "--", file, NULL);
	g_autoptr(GPtrArray) diffs = diff_parse(text ? text : "");

	for (guint i = 0; i < diffs->len; i++) {
		const DiffFile *diff = diffs->pdata[i];

		for (guint k = 0; k < diff->hunks->len; k++) {
			const Hunk *hunk = diff->hunks->pdata[k];
			guint at = hunk->new_at;

			for (guint l = 0; l < hunk->lines->len; l++)
				if (*(char *)hunk->lines->pdata[l] == '+')
					g_hash_table_add(
						lines, GUINT_TO_POINTER(at++));
		}
	}
	return lines;
}

/* C files that the series touches, without those of KUnit. */
static char **touched_files(const Series *series, GError **error)
{
	g_autofree char *text =
		git(error, series->repo, "diff", "--name-only",
		    "--diff-filter=d", series->base, series->head, "--", "*.c",
		    "*.h", ":!*/tests/*", NULL);

	return text ? g_strsplit(g_strchomp(text), "\n", -1) : NULL;
}

/* The mutants of one file, added to @mutants; @named: the user did. */
static gboolean find_in(const Kernel *kernel, const Series *series,
			const char *file, gboolean named, Campaign *campaign,
			GPtrArray *mutants, GError **error)
{
	static GStringChunk *names;
	g_autoptr(GHashTable) lines = NULL;
	g_autoptr(GArray) places = NULL;
	g_autofree char *path = g_build_filename(kernel->tree, file, NULL);
	g_autofree char *source = NULL;
	g_auto(GStrv) args = NULL;
	char *text;

	if (named && !g_file_test(path, G_FILE_TEST_EXISTS))
		return fail(error, "FILES: the kernel has no %s", file);
	text = read_text(kernel->tree, file, error);
	if (!text)
		return FALSE;
	g_hash_table_insert(campaign->texts, g_strdup(file), text);
	source = kernel_source(kernel, file, &args);
	if (!source && named)
		return fail(error, "%s is not compiled into this kernel", file);
	if (!source) {
		fprintf(stderr,
			"mutants: %s is not compiled into this kernel\n", file);
		return TRUE;
	}
	if (!names)
		names = g_string_chunk_new(4096);
	lines = added_lines(series, file, error);
	places = places_find(path, text, source, args, names, error);
	if (!places)
		return FALSE;
	g_ptr_array_extend_and_steal(mutants,
				     mutants_of(file, text, places, lines));
	return TRUE;
}

static GPtrArray *find_all(const Kernel *kernel, Campaign *campaign,
			   GError **error)
{
	g_auto(Series) series = {0};
	g_auto(GStrv) files = NULL;
	gboolean named = *setting("FILES");
	g_autoptr(GPtrArray) mutants = g_ptr_array_new();

	if (!series_find(&series, kernel->tree, error))
		return NULL;
	files = named ? g_strsplit_set(setting("FILES"), " \t\n", -1)
		      : touched_files(&series, error);
	for (guint i = 0; files && files[i]; i++)
		if (*files[i] && !find_in(kernel, &series, files[i], named,
					  campaign, mutants, error))
			return NULL;
	if (!files)
		return NULL;
	if (!mutants->len) {
		fail(error, "there is nothing to mutate: no function of these "
			    "files has lines that the series added");
		return NULL;
	}
	return g_steal_pointer(&mutants);
}

/* The data of the last make coverage, if there is any. */
static Data *open_coverage(void)
{
	return exists(COVERAGE, "unsure") ? data_open(COVERAGE, NULL) : NULL;
}

static Data *get_coverage(GError **error)
{
	char *argv[] = {"make",	  "--no-print-directory", "coverage", "T=",
			"SHARD=", "VARIANT=debug",	  NULL};
	g_auto(GStrv) env = g_environ_unsetenv(g_get_environ(), "SB_BUILD");
	ChildArgs make = {.argv = argv, .out = CHILD_STDERR};
	Data *data = open_coverage();
	int status;

	if (data)
		return data;
	fprintf(stderr, "mutants: which tests reach which line is not known; "
			"running make coverage first\n");
	env = g_environ_unsetenv(env, "MAKEFLAGS");
	env = g_environ_unsetenv(env, "BUILD");
	make.env = env;
	if (child_run(&make, &status, NULL) == CHILD_ENDED)
		data = open_coverage();
	if (!data)
		fail(error, "make coverage left no data");
	return data;
}

/* @command with what stands for its names; @dir: where the kernel is. Lives as long as we. */
static char **filled_in(char **command, const char *variant,
			const Kernel *kernel, const char *dir)
{
	char *const first[] = {"uml-config/fill-in.sh",
			       "KERNEL",
			       g_build_filename(dir, "linux", NULL),
			       "SOURCE",
			       kernel->tree,
			       "GIVES",
			       kernel->gives ? kernel->gives : "",
			       "VARIANT",
			       (char *)variant,
			       "--"};
	GPtrArray *words = g_ptr_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(first); i++)
		g_ptr_array_add(words, first[i]);
	for (; *command; command++)
		g_ptr_array_add(words, *command);
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static gboolean add_test(const char *line, gpointer data)
{
	gsize len = strcspn(line, " ");

	if (len && memchr(line, '/', len))
		g_ptr_array_add(data, g_strndup(line, len));
	return TRUE;
}

static GPtrArray *list_tests(GError **error)
{
	char *argv[] = {TESTS "/runner", "--list",
			"--tests=" TESTS "/guest-tests", NULL};
	g_autoptr(GPtrArray) tests = g_ptr_array_new_with_free_func(g_free);
	const ChildArgs list = {.argv = argv, .line = add_test, .data = tests};
	int status;

	if (child_run(&list, &status, NULL) == CHILD_ENDED && !status &&
	    tests->len)
		return g_steal_pointer(&tests);
	fail(error, "%s cannot list the tests", argv[0]);
	return NULL;
}

/* A hash of these files, which decides what is still true. */
static char *hash_of(const char *first, const char *second, const char *third)
{
	const char *const paths[] = {first, second, third};
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *text = NULL;
		gsize len;

		if (g_file_get_contents(paths[i], &text, &len, NULL))
			g_checksum_update(sum, (guchar *)text, len);
	}
	return g_strndup(g_checksum_get_string(sum), 12);
}

/*
 * The variants with the tests that run the function; then the others, which can see it by
 * chance only, with the first variant.
 */
static void set_stages(Campaign *campaign)
{
	g_auto(GStrv) variants = g_strsplit(setting("VARIANT"), " ", -1);
	guint count = g_strv_length(variants);

	campaign->stages = g_new0(Stage, count + 1);
	campaign->stages_count = count + 1;
	for (guint i = 0; i < count; i++)
		campaign->stages[i] = (Stage){
			.name = g_strdup(variants[i]),
			.variant = g_strdup(variants[i]),
		};
	campaign->stages[count] = (Stage){
		.name = g_strconcat(variants[0], "/far", NULL),
		.variant = g_strdup(variants[0]),
		.far = TRUE,
	};
	campaign->stage = campaign->stages;
}

static GHashTable *names_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static gboolean prepare(Campaign *campaign, GError **error)
{
	g_autofree char *text = read_text(".", EQUIVALENT_FILE, error);

	set_stages(campaign);
	campaign->work = g_canonicalize_filename("build/mutants", NULL);
	campaign->tested = g_build_filename(campaign->work, "tested", NULL);
	campaign->trial.seconds = SECONDS;
	campaign->texts =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	campaign->killers = g_hash_table_new(g_str_hash, g_str_equal);
	campaign->equivalents = text ? equivalent_parse(text, error) : NULL;
	campaign->tests = campaign->equivalents ? list_tests(error) : NULL;
	return campaign->tests != NULL;
}

/* From now on mutants are planted in the kernel of this variant. */
static gboolean use_variant(Campaign *campaign, char **command,
			    const char *variant, GError **error)
{
	g_autofree char *plain =
		g_build_filename(campaign->work, "plain", NULL);
	Kernel *kernel = kernel_build(campaign->work, variant, error);

	if (!kernel)
		return FALSE;
	while (campaign->kernels_count)
		kernel_free(campaign->kernels[--campaign->kernels_count]);
	campaign->kernels[campaign->kernels_count++] = kernel;
	g_clear_pointer(&campaign->trial.ignored, g_hash_table_unref);
	g_clear_pointer(&campaign->plain_passes, g_hash_table_unref);
	campaign->trial.ignored = names_new();
	campaign->plain_passes = names_new();
	campaign->trial.command =
		filled_in(command, variant, kernel, campaign->tested);
	campaign->plain = campaign->trial;
	campaign->plain.command = filled_in(command, variant, kernel, plain);
	return TRUE;
}

/* Where there is much to do, build two kernels at a time. */
static gboolean add_builder(Campaign *campaign, guint count, GError **error)
{
	g_autofree char *work =
		g_build_filename(campaign->work, "second", NULL);
	g_autofree char *download = g_build_filename(work, "download", NULL);
	Kernel *kernel;

	if (count < MANY || campaign->kernels_count == BUILDERS)
		return TRUE;
	g_mkdir_with_parents(work, 0777);
	if (symlink("../../download", download) && errno != EEXIST)
		return fail(error, "%s: %s", download, g_strerror(errno));
	kernel = kernel_build(work, campaign->stage->variant, error);
	if (!kernel)
		return FALSE;
	campaign->kernels[campaign->kernels_count++] = kernel;
	return TRUE;
}

static gboolean run_stages(Campaign *campaign, char **command,
			   const GPtrArray *chosen, GError **error)
{
	const char *variant = campaign->stage->variant;

	for (guint i = 0; i < campaign->stages_count; i++) {
		g_autoptr(GPtrArray) left = NULL;

		campaign->stage = &campaign->stages[i];
		left = campaign_left(campaign, chosen);
		if (left->len && strcmp(campaign->stage->variant, variant)) {
			variant = campaign->stage->variant;
			if (!use_variant(campaign, command, variant, error))
				return FALSE;
		}
		if (!add_builder(campaign, left->len, error) ||
		    !campaign_run(campaign, left, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean run(char **command, gboolean *survivors, GError **error)
{
	Campaign campaign = {0};
	Shard shard = {1, 1};
	g_autoptr(GPtrArray) all = NULL, chosen = NULL;
	g_autofree char *tests = hash_of(TESTS "/guest-tests", TESTS "/init",
					 "build/mutants/shim/shim");
	guint count, seed;
	gboolean good;

	if (!number_of("N", 50, 1, &count, error) ||
	    !number_of("SEED", 1, 0, &seed, error) ||
	    (*setting("SHARD") &&
	     !shard_parse(setting("SHARD"), &shard, error)) ||
	    !prepare(&campaign, error) ||
	    !use_variant(&campaign, command, campaign.stage->variant, error))
		return FALSE;
	all = find_all(campaign.kernels[0], &campaign, error);
	if (!all)
		return FALSE;
	chosen = mutants_choose(all, count, seed, shard.number, shard.count);
	printf("%u mutants of %u, SEED=%u\n", chosen->len, all->len, seed);
	fflush(stdout);
	if (!chosen->len) {
		printf("no mutant is in this shard\nkilled 0 of 0\n");
		return TRUE;
	}
	campaign.coverage = get_coverage(error);
	campaign.state = campaign.coverage ? state_open("build/mutants/state",
							tests, error)
					   : NULL;
	if (!campaign.state)
		return FALSE;
	good = run_stages(&campaign, command, chosen, error);
	return campaign_report(&campaign, chosen, good, survivors,
			       good ? error : NULL) &&
	       good;
}

static gboolean lock_workspace(GError **error)
{
	int fd = open("build/mutants/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return fail(error, "build/mutants: %s", g_strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		return fail(error, "another make mutants is running here; wait "
				   "for its end, or use another clone");
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	gboolean survivors = FALSE;

	if (argc < 2) {
		fprintf(stderr, "usage: mutants COMMAND...\n");
		return 2;
	}
	child_catch_signals();
	if (lock_workspace(&error) && run(argv + 1, &survivors, &error))
		return survivors ? 1 : 0;
	if (child_interrupted()) {
		fprintf(stderr,
			"mutants: interrupted; the same command goes on "
			"from here\n");
		return 128 + child_interrupted();
	}
	fprintf(stderr, "error: mutants: %s\n", error->message);
	return 2;
}
