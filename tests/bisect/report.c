// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "../host/git.h"
#include "stop.h"
#include "verdict.h"

#define PACKAGE "linux-source-"

char *shown(const char *path)
{
	g_autofree char *here = g_get_current_dir();
	size_t len = strlen(here);

	if (!strncmp(path, here, len) && path[len] == '/')
		return g_strdup(path + len + 1);
	return g_strdup(path);
}

/* A word for the shell. */
static char *quoted(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"/._@%+:=,-";

	return text[strspn(text, plain)] ? g_shell_quote(text) : g_strdup(text);
}

static const char *setting(const char *name)
{
	const char *value = g_getenv(name);

	return value ?: "";
}

static void add_setting(GString *command, const char *name, const char *value)
{
	g_autofree char *word = quoted(value);

	g_string_append_printf(command, " %s=%s", name, word);
}

/* Where the patches up to @commit are, as a series; owned. */
static char *series_of(const Search *search, const Commit *commit)
{
	g_autofree char *path = g_build_filename(search->bench.dir, "series",
						 commit->slot ?: "none", NULL);

	return g_file_test(path, G_FILE_TEST_IS_DIR) ? shown(path)
						     : g_strdup("none");
}

/* KERNEL=, as it was said: uml-config/lib.sh has made KERNEL_PACKAGE of debian:VERSION. */
static void add_kernel(GString *command)
{
	const char *package = setting("KERNEL_PACKAGE");
	g_autofree char *name = NULL;

	if (g_str_has_prefix(package, PACKAGE)) {
		name = g_strconcat("debian:", package + strlen(PACKAGE), NULL);
		add_setting(command, "KERNEL", name);
	} else if (*setting("KERNEL")) {
		add_setting(command, "KERNEL", setting("KERNEL"));
	}
}

/* To see for oneself. */
static char *command_for(const Search *search, const Commit *commit)
{
	static const char *const names[] = {"CC", "KERNEL_URL",
					    "KERNEL_SHA256"};
	g_autoptr(GString) command = g_string_new("make check");
	g_autofree char *where = NULL, *link = NULL;

	add_setting(command, "T", setting("T"));
	add_setting(command, "VARIANT", search->bench.variant);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (*setting(names[i]))
			add_setting(command, names[i], setting(names[i]));
	if (commit->slot) {
		where = series_of(search, commit);
		add_kernel(command);
		add_setting(command, "SERIES", where);
		return g_string_free(g_steal_pointer(&command), FALSE);
	}
	link = g_build_filename(search->bench.dir, "repo", NULL);
	where = git_get(link, NULL, "rev-parse", "--show-toplevel", NULL);
	g_strchomp(where);
	g_clear_pointer(&link, g_free);
	link = quoted(where);
	add_setting(command, "KERNEL", where);
	return g_strdup_printf("git -C %s checkout -q --detach %.12s && %s "
			       "SERIES=none",
			       link, commit->id, command->str);
}

static const Step *step_of(const Search *search, const Commit *commit)
{
	return g_hash_table_lookup(search->steps, commit);
}

/* What failed with @commit: the first run that did. */
static void add_failures(const Step *step, GString *text)
{
	for (guint i = 0; step && i < step->runs->len; i++) {
		const Tap *tap = step->runs->pdata[i];
		gboolean failed = FALSE;

		for (guint j = 0; j < tap->tests->len; j++) {
			const TapTest *test = tap->tests->pdata[j];
			g_auto(GStrv) lines = NULL;

			if (test->result != TAP_FAIL)
				continue;
			failed = TRUE;
			g_string_append_printf(text, "FAIL  %s\n", test->name);
			lines = g_strsplit(g_strchomp(test->said->str), "\n",
					   0);
			for (char **line = lines; *line; line++)
				g_string_append_printf(text, "      %s\n",
						       *line);
			if (test->log)
				g_string_append_printf(text, "      log: %s\n",
						       test->log);
		}
		if (failed)
			return;
	}
}

/* The parent of @commit of which something is known, or just the parent; or NULL. */
static const Commit *before(const Search *search, const Commit *commit)
{
	const History *history = search->history;

	if (commit->first_inside)
		return history->commits
			->pdata[g_array_index(commit->parents, guint, 0)];
	return commit->on_edge ? history->good : NULL;
}

/* A commit that was tried and has the kernel that @commit has, or NULL. */
static const Commit *tried_like(const Search *search, const Commit *commit)
{
	const History *history = search->history;

	if (commit->tried)
		return commit;
	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *other = history->commits->pdata[i];

		if (other->tried && other->kernel == commit->kernel)
			return other;
	}
	return history->good->tried && history->good->kernel == commit->kernel
		       ? history->good
		       : NULL;
}

static void add_before(const Search *search, const Commit *commit,
		       GString *text)
{
	const Commit *tried = tried_like(search, commit);
	const Step *step = tried ? step_of(search, tried) : NULL;
	g_autofree char *command = command_for(search, commit);
	g_autofree char *logs = step ? shown(step->dir) : NULL;

	g_string_append(text, "\nbefore it:\n");
	if (!tried && commit->verdict != ABSENT && !commit->applies)
		g_string_append(text, "      the test does not apply\n");
	if (tried && tried->note)
		g_string_append_printf(text, "      %s\n", tried->note);
	if (tried && tried != commit)
		g_string_append_printf(
			text, "      the kernel is that of %.12s\n", tried->id);
	if (tried && tried->verdict == GOOD) {
		const Tap *tap = step->runs->pdata[0];

		for (guint i = 0; i < MIN(tap->tests->len, 20); i++) {
			const TapTest *test = tap->tests->pdata[i];

			if (test->result == TAP_PASS)
				g_string_append_printf(text, "ok    %s\n",
						       test->name);
		}
	}
	if (logs)
		g_string_append_printf(text, "      logs: %s\n", logs);
	g_string_append_printf(text, "  %s\n", command);
}

void report_found(const Search *search, const Commit *first, gboolean border)
{
	g_autofree char *repo =
		g_build_filename(search->bench.dir, "repo", NULL);
	g_autofree char *path =
		g_build_filename(search->bench.dir, "report", NULL);
	g_autofree char *dir = shown(search->bench.dir);
	g_autofree char *commit =
		git_get(repo, NULL, "show", "--stat",
			"--format=%H%n%an, %as%n    %s", first->id, NULL);
	g_autofree char *command = command_for(search, first);
	g_autofree char *logs = NULL;
	g_autoptr(GString) text = g_string_new("\n");
	const Commit *tried = tried_like(search, first) ?: first;
	const Commit *parent = before(search, first);

	g_string_append_printf(text, "%s\nwith it:\n", commit);
	add_failures(step_of(search, tried), text);
	if (step_of(search, tried)) {
		logs = shown(step_of(search, tried)->dir);
		g_string_append_printf(text, "      logs: %s\n", logs);
	}
	g_string_append_printf(text, "  %s\n", command);
	if (parent)
		add_before(search, parent, text);
	g_string_append_printf(
		text,
		"\nall of it: %s, with bisect.log for git bisect "
		"replay\n",
		dir);
	g_string_append_printf(
		text, "first bad: %.12s %s%s\n", first->id, first->subject,
		border ? " (the test applies from this patch on)" : "");
	fputs(text->str, stdout);
	if (!g_file_set_contents(path, text->str, (gssize)text->len, NULL))
		stop_with_error("cannot write %s", path);
}

void report_left(GPtrArray *candidates)
{
	printf("the first bad one is one of these, of which nothing can be "
	       "said "
	       "but that the last is bad:\n");
	for (guint i = 0; i < candidates->len; i++) {
		const Commit *commit = candidates->pdata[i];
		g_autofree char *title = commit_title(commit);
		const char *note = commit->note;

		if (!commit->applies)
			note = "the test does not apply";
		printf("  %s%s%s\n", title, note ? "  -- " : "", note ?: "");
	}
}

void report_chance(const Search *search, guint failed, guint all)
{
	double share = (double)failed / all;
	guint good = 0;

	for (guint i = 0; i < search->history->commits->len; i++) {
		const Commit *commit = search->history->commits->pdata[i];

		if (commit->tried && commit->verdict == GOOD)
			good++;
	}
	printf("%u runs each: a fault that shows in half of the runs is missed "
	       "with a chance of %.2g %%\n",
	       search->runs, 100 * chance_missed(0.5, search->runs));
	if (failed == all)
		return;
	printf("flaky: %u of %u runs failed at BAD. A kernel like that passes "
	       "%u runs with a chance of %.2g %%;\n  %u kernels passed, so the "
	       "answer is wrong with a chance of %.2g %% (RUNS=%u: 1 %% for "
	       "each)\n",
	       failed, all, search->runs,
	       100 * chance_missed(share, search->runs), good,
	       100 * chance_wrong(share, search->runs, good),
	       runs_needed(share));
}

static void bisect(const char *repo, const char *what, const char *id)
{
	g_free(git(NULL, repo, "bisect", what, id, NULL));
}

void report_git_log(const Search *search, GPtrArray *candidates)
{
	const History *history = search->history;
	g_autofree char *repo =
		g_build_filename(search->bench.dir, "repo", NULL);
	g_autofree char *path =
		g_build_filename(search->bench.dir, "bisect.log", NULL);
	const Commit *first = candidates->pdata[candidates->len - 1];
	const Commit *parent = before(search, first);
	g_autofree char *log = NULL;

	g_free(git(NULL, repo, "bisect", "start", "--no-checkout",
		   history_bad(history)->id, history->good->id, NULL));
	for (guint i = history->commits->len; i > 0; i--) {
		const Commit *commit = history->commits->pdata[i - 1];

		if (commit->tried && commit->verdict == BAD &&
		    commit != history_bad(history))
			bisect(repo, "bad", commit->id);
		if (commit->tried && commit->verdict == GOOD)
			bisect(repo, "good", commit->id);
	}
	/* What has the same kernel as another counts as that one. */
	if (first != history_bad(history) && !first->tried)
		bisect(repo, "bad", first->id);
	if (parent && !parent->tried && parent->verdict == GOOD)
		bisect(repo, "good", parent->id);
	for (guint i = 0; i + 1 < candidates->len; i++)
		bisect(repo, "skip", ((Commit *)candidates->pdata[i])->id);
	log = git(NULL, repo, "bisect", "log", NULL);
	if (!g_file_set_contents(path, log ?: "", -1, NULL))
		stop_with_error("cannot write %s", path);
}
