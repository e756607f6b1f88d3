// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * covtool COMMAND ...: makes coverage reports and answers questions about them. See
 * the table of commands below, and data.h for the files.
 */
#include "affected.h"
#include "commits.h"
#include "guests.h"
#include "merge.h"
#include "pages.h"
#include "per-test.h"
#include "series.h"
#include "summary.h"
#include "tracefile.h"
#include "who.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -j: JUnit file of the run; -l: list of lines that do not run; -f: all tests ran */
static char *junit, *list;
static gboolean full;

static const GOptionEntry options[] = {
	{"junit", 'j', 0, G_OPTION_ARG_FILENAME, &junit, NULL, NULL},
	{"list", 'l', 0, G_OPTION_ARG_FILENAME, &list, NULL, NULL},
	{"full", 'f', 0, G_OPTION_ARG_NONE, &full, NULL, NULL},
	{NULL}};

static void print_names(const GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++)
		printf("%s\n", (char *)names->pdata[i]);
}

static gboolean files(char **args, GError **error)
{
	g_autoptr(GPtrArray) names =
		series_files(args[0], setting("COV_FILES"), error);

	if (names)
		print_names(names);
	return names != NULL;
}

static gboolean check(char **args, GError **error)
{
	g_auto(Series) series = {0};
	double percent;

	(void)args;
	return percent_wanted(&percent, error) &&
	       (!*setting("BASE") || series_find(&series, "", error));
}

static gboolean guests(char **args, GError **error)
{
	g_autoptr(GPtrArray) dumped =
		guests_read(args[0], args + 2, junit, args[1], error);

	if (dumped)
		print_names(dumped);
	return dumped != NULL;
}

static gboolean series(char **args, GError **error)
{
	g_auto(GStrv) names = read_lines(args[1], "files", error);

	return names && series_write(args[0], names, args[1], error);
}

static guint jobs(void)
{
	guint64 number = g_ascii_strtoull(setting("J"), NULL, 10);

	return number && number < 1024 ? number : g_get_num_processors();
}

static gboolean tests(char **args, GError **error)
{
	g_autofree char *tree = g_build_filename(args[0], "source", NULL);
	g_autofree char *source = realpath(tree, NULL);
	g_auto(GStrv) lines = read_lines("", args[1], error);
	g_autoptr(GPtrArray) dumped = g_ptr_array_new();
	g_autoptr(Data) data = lines ? data_new(args[2], error) : NULL;
	PerTest options_of = {
		.kernel = args[0],
		.tree = source ? source : tree,
		.gcov = *setting("GCOV") ? setting("GCOV") : "gcov",
		.work = args[3],
		.jobs = jobs(),
	};

	for (char **line = lines; data && *line; line++)
		if (**line)
			g_ptr_array_add(dumped, *line);
	return data && per_test(&options_of, dumped, data, error) &&
	       data_write_lines(data, error) && data_write_tests(data, error);
}

static gboolean merge_shards(char **args, GError **error)
{
	g_autofree char *failed = NULL;

	if (!merge(args[0], args[1], args[2], args + 3, &failed, error))
		return FALSE;
	if (*failed)
		fprintf(stderr, "coverage: tests failed in these shards:%s\n",
			failed);
	return TRUE;
}

static gboolean print_prolog(char **args, GError **error)
{
	g_autoptr(Data) data = data_open(args[0], error);
	g_autofree char *html = data ? prolog(data) : NULL;

	if (html)
		fputs(html, stdout);
	return html != NULL;
}

static gboolean pages(char **args, GError **error)
{
	return report_write(args[0], args[1], list, error);
}

static gboolean summary(char **args, GError **error)
{
	return print_report(args[0], list, full, error);
}

/* The data of the last run. */
static const char *data_dir(void)
{
	const char *dir = setting("COVERAGE_DATA");

	return *dir ? dir : "build/coverage/data";
}

static gboolean print_who(char **args, GError **error)
{
	g_autoptr(Data) data = NULL;
	g_autofree char *text = NULL;
	guint64 line;

	if (!*args[0] || !*args[1])
		return fail(error, "say FILE= and LINE=, as in: make who "
				   "FILE=drm_gem.c LINE=100");
	if (!g_ascii_string_to_unsigned(args[1], 10, 0, G_MAXINT, &line, NULL))
		return fail(error, "LINE=%s is not a number", args[1]);
	if (!exists(data_dir(), "tests.lines") ||
	    !exists(data_dir(), "all.lines"))
		return fail(error, "there is no coverage data; run: make "
				   "coverage");
	data = data_open(data_dir(), error);
	text = data ? who(data, args[0], line, error) : NULL;
	if (text)
		fputs(text, stdout);
	return text != NULL;
}

static gboolean check_affected(const char *change, GError **error)
{
	if (!*change)
		return fail(error,
			    "AFFECTED= names a commit or a file with a patch");
	if (*setting("T"))
		return fail(error, "say T= or AFFECTED=, not both");
	if (!exists(data_dir(), "tests.lines") || !exists(data_dir(), "unsure"))
		return fail(error,
			    "AFFECTED=%s: there is no coverage data to tell "
			    "what it affects; run make coverage first, or all "
			    "tests: make check",
			    change);
	return TRUE;
}

static gboolean print_affected(char **args, GError **error)
{
	const char *change = setting("AFFECTED");
	g_autofree char *diff = NULL;
	char *why = NULL;
	g_auto(GStrv) names = NULL;
	g_autoptr(Data) data = NULL;
	g_autoptr(GPtrArray) chosen = NULL;

	if (!check_affected(change, error))
		return FALSE;
	names = read_lines("", args[1], error);
	data = names ? data_open(data_dir(), error) : NULL;
	diff = data ? change_read(change, args[0], error) : NULL;
	if (!diff)
		return FALSE;
	chosen = affected(data, diff, names, &why, error);
	if (!chosen) {
		g_prefix_error(error, "AFFECTED=%s: ", change);
		return FALSE;
	}
	print_names(chosen);
	fprintf(stderr, "%s\n", why);
	g_free(why);
	return TRUE;
}

static gboolean function(char **args, GError **error)
{
	g_autoptr(GPtrArray) traces = trace_read("", args[0], error);
	g_autofree char *text = traces ? trace_function(traces, args[1]) : NULL;

	if (text)
		printf("%s\n", text);
	else if (traces)
		fail(error, "%s: no function %s", args[0], args[1]);
	return text != NULL;
}

static const struct {
	const char *name, *args;
	guint min, max; /* number of arguments */
	gboolean (*run)(char **args, GError **error);
	const char *what;
} commands[] = {
	{"check", "", 0, 0, check, "checks COV_MIN= and BASE="},
	{"files", "TREE", 1, 1, files,
	 "names the files whose coverage is asked for"},
	{"guests", "[-j JUNIT] KERNEL-BUILD DATA DIR...", 3, G_MAXUINT, guests,
	 "names the directories below DIR with data; writes lost.txt, unsure"},
	{"series", "TREE DATA", 2, 2, series,
	 "writes the files patches and blame, and each patch"},
	{"per-test", "KERNEL-BUILD DIRECTORIES DATA WORK", 4, 4, tests,
	 "writes all.lines and tests.lines; DIRECTORIES: from \"guests\""},
	{"merge", "NEW FINAL WORK DIR...", 4, G_MAXUINT, merge_shards,
	 "merges the data of shards into NEW/data"},
	{"prolog", "DATA", 1, 1, print_prolog,
	 "prints the header for LCOV's pages"},
	{"pages", "[-l LIST] REPORT SOURCE", 2, 2, pages,
	 "writes the pages and tables of a report"},
	{"summary", "[-l LIST] [-f] REPORT", 1, 1, summary,
	 "prints the report on the terminal"},
	{"who", "FILE LINE", 2, 2, print_who, "which tests ran that line?"},
	{"affected", "TREE TESTS", 2, 2, print_affected,
	 "which of TESTS run what AFFECTED= touches?"},
	{"function", "INFO FUNCTION", 2, 2, function,
	 "how often was it called, and how many of its lines ran?"},
};

static int usage(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(stderr, "covtool %s %s\n\t%s\n", commands[i].name,
			commands[i].args, commands[i].what);
	return 2;
}

static int run(guint i, char **args)
{
	g_autoptr(GError) error = NULL;
	gboolean good = commands[i].run(args, &error);

	if (error)
		fprintf(stderr, "error: coverage: %s\n", error->message);
	if (fflush(stdout) || ferror(stdout)) {
		perror("error: coverage: standard output");
		good = FALSE;
	}
	return good && !error ? 0 : 1;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	int status = -1;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "error: coverage: %s\n", error->message);
		return 2;
	}
	for (guint i = 0; i < G_N_ELEMENTS(commands) && argc > 1; i++) {
		guint count = argc - 2;

		if (!strcmp(commands[i].name, argv[1]) &&
		    count >= commands[i].min && count <= commands[i].max)
			status = run(i, argv + 2);
	}
	g_free(junit);
	g_free(list);
	return status < 0 ? usage() : status;
}
