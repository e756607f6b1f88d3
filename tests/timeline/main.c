// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeline [OPTION...] -- COMMAND...: runs one test, with samples of memory and BOs, by
 * this command, which ends with the runner, and draws what happened. Exit status: 0 it is
 * drawn, whatever the test's verdict; 2 it is not.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "draw.h"
#include "find.h"
#include "page.h"

#define EXIT_TROUBLE 2
/* Of the runner: the test passed, it failed. */
#define RUNNER_FAILED 1

static char *test, *out, *figure, *title;
static char **runs;

static const GOptionEntry options[] = {
	{"test", 0, 0, G_OPTION_ARG_STRING, &test, "The test", "NAME"},
	{"out", 0, 0, G_OPTION_ARG_FILENAME, &out,
	 "Write DIR/NAME.html and DIR/NAME.json", "DIR"},
	{"figure", 0, 0, G_OPTION_ARG_FILENAME, &figure,
	 "Write a small picture for a document", "FILE"},
	{"title", 0, 0, G_OPTION_ARG_STRING, &title, "Its title", "TEXT"},
	{"last", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &runs,
	 "Run nothing; take the last run from here", "DIR"},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static gboolean is_name(const char *text)
{
	return *text && !strpbrk(text, "*?[]@ \t") && strchr(text, '/') &&
	       !strstr(text, "..");
}

/*
 * Runs the test; its guest's directory, owned. NULL without @error: the runner has said
 * why it was not run.
 */
static char *run_test(char **command, GError **error)
{
	g_autofree char *dir = g_build_filename(out, "run", NULL);
	g_autofree char *run_dir = g_strdup_printf("--run-dir=%s", dir);
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_auto(GStrv) words = NULL;
	const char *const places[] = {dir, NULL};
	ChildArgs args = {.out = CHILD_STDOUT, .errors = CHILD_STDERR};
	int status = 0;

	if (!*command) {
		fail(error, "say how: timeline ... -- COMMAND");
		return NULL;
	}
	g_strv_builder_addv(argv, (const char **)command);
	g_strv_builder_add_many(argv, run_dir, "--samples", test, NULL);
	words = g_strv_builder_end(argv);
	args.argv = words;
	if (child_run(&args, &status, error) != CHILD_ENDED)
		return NULL;
	if (status > RUNNER_FAILED)
		return NULL;
	return find_guest(places, test, error);
}

static gboolean write_as(const Timeline *timeline, const char *suffix,
			 char *(*make)(const Timeline *), GError **error)
{
	g_autofree char *name = g_strconcat(test, suffix, NULL);
	g_autofree char *path = g_build_filename(out, name, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *text = make(timeline);

	if (g_mkdir_with_parents(dir, 0755))
		return fail(error, "cannot make %s", dir);
	if (!g_file_set_contents(path, text, -1, error))
		return FALSE;
	printf("%s\n", path);
	return TRUE;
}

/* A figure has no room for other shrinkers than those of BOs. */
static void keep_drm(GPtrArray *shrinkers)
{
	for (guint i = shrinkers->len; i-- > 0;) {
		const Curve *curve = shrinkers->pdata[i];

		if (!g_str_has_prefix(curve->name, "drm"))
			g_ptr_array_remove_index(shrinkers, i);
	}
}

static gboolean write_figure(const Timeline *timeline, GError **error)
{
	DrawOptions how = {
		.width = 560, .lane = 4, .title = title, .small = TRUE};
	g_autofree char *svg = NULL;

	keep_drm(timeline->shrinkers);
	svg = draw(timeline, &how);
	return g_file_set_contents(figure, svg, -1, error);
}

static gboolean work(char **command, GError **error)
{
	g_autofree char *guest = NULL;
	g_autoptr(Timeline) timeline = NULL;

	if (!out)
		return fail(error, "say --out=DIR");
	if (!test || !is_name(test))
		return fail(error, "name one test, as make list does: "
				   "make timeline T=virtio/dumb-create");
	guest = runs ? find_guest((const char *const *)runs, test, error)
		     : run_test(command, error);
	timeline = guest ? timeline_read(guest, test, error) : NULL;
	return timeline && write_as(timeline, ".html", page_html, error) &&
	       write_as(timeline, ".json", chrome_json, error) &&
	       (!figure || write_figure(timeline, error));
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(
		"-- COMMAND... - draw what happens in a test");
	g_autoptr(GError) error = NULL;
	gboolean done;

	g_option_context_add_main_entries(context, options, NULL);
	child_catch_signals();
	done = g_option_context_parse(context, &argc, &argv, &error);
	/* What is left begins with "--". */
	if (done && argc > 1 && !strcmp(argv[1], "--"))
		argv++;
	done = done && work(argv + 1, &error);
	if (error)
		g_printerr("timeline: %s\n", error->message);
	g_free(test);
	g_free(out);
	g_free(figure);
	g_free(title);
	g_strfreev(runs);
	if (child_interrupted())
		return 128 + child_interrupted();
	return done ? 0 : EXIT_TROUBLE;
}
