// SPDX-License-Identifier: GPL-2.0-or-later
#include "read-git.h"

#include <string.h>

#include "needs.h"
#include "stop.h"

#define GOOD_REF "refs/ends/good"
#define BAD_REF "refs/ends/bad"

/* What is left of @text up to a tab, which becomes its end; *@text is what follows. */
static char *next_field(char **text)
{
	char *field = *text;
	char *tab = strchr(field, '\t');

	if (tab)
		*tab = '\0';
	*text = tab ? tab + 1 : field + strlen(field);
	return field;
}

static guint64 hash_of(const char *path, const char *blob)
{
	g_autofree char *text = g_strconcat(path, " ", blob, NULL);
	g_autofree char *sum =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

	sum[16] = '\0';
	return g_ascii_strtoull(sum, NULL, 16);
}

/*
 * The commits, their parents and subjects. @pairs gets lines of a commit and its first
 * parent.
 */
static void read_commits(History *history, const char *repo, GString *pairs)
{
	g_autofree char *text = git_get(repo, NULL, "log", "--topo-order",
					"--reverse", "--format=%H%x09%P%x09%s",
					BAD_REF, "--not", GOOD_REF, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++) {
		char *rest = *line;
		char *id = next_field(&rest);
		char *names = next_field(&rest);
		g_auto(GStrv) parents = NULL;
		Commit *commit;

		if (!*id)
			continue;
		parents = g_strsplit(names, " ", 0);
		commit = history_add(history, id, parents);
		g_free(commit->subject);
		commit->subject = g_strdup(rest);
		if (!parents[0] || !*parents[0]) {
			commit->edge = g_str_hash(id);
			continue;
		}
		g_string_append_printf(pairs, "%s %s\n", id, parents[0]);
		/* The parent is outside the range: its kernel is taken to differ from that of GOOD. */
		if (!commit->first_inside &&
		    strcmp(parents[0], history->good->id))
			commit->edge = hash_of(parents[0], "");
	}
	if (!history->commits->len)
		stop_with_error("there is no commit between GOOD and BAD");
}

/* A line of git diff-tree --raw: ":100644 100644 OLD NEW M\tPATH". */
static void read_change(Commit *commit, char *line)
{
	char *rest = line;
	g_auto(GStrv) words = g_strsplit(next_field(&rest), " ", 0);

	if (g_strv_length(words) != 5)
		return;
	commit_changes(commit, rest,
		       hash_of(rest, words[2]) ^ hash_of(rest, words[3]));
}

static char *diff_trees(const char *repo, const char *pairs)
{
	return git_get(repo, pairs, "-c", "core.quotePath=false", "diff-tree",
		       "-r", "--raw", "--no-abbrev", "--no-renames", "--stdin",
		       NULL);
}

/* What each commit changes, compared with its first parent. */
static void read_changes(History *history, const char *repo, const char *pairs)
{
	g_autofree char *text = diff_trees(repo, pairs);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
	Commit *commit = NULL;

	for (char **line = lines; *line; line++)
		if (**line == ':' && commit)
			read_change(commit, *line);
		else if (**line)
			commit = g_hash_table_lookup(history->by_id, *line);
}

static void read_slots(History *history, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "slots", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 2);
		Commit *commit;

		if (g_strv_length(words) != 2)
			continue;
		commit = g_hash_table_lookup(history->by_id, words[0]);
		if (!commit && !strcmp(words[0], history->good->id))
			commit = history->good;
		if (commit)
			commit->slot = g_strdup(words[1]);
	}
}

static void read_plan(History *history, const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "plan", NULL);
	g_autofree char *plan = NULL;

	if (g_file_get_contents(path, &plan, NULL, NULL))
		needs_read_plan(history, plan);
}

History *read_git(const char *dir)
{
	History *history = history_new();
	g_autofree char *repo = g_build_filename(dir, "repo", NULL);
	g_autofree char *base =
		git_get(repo, NULL, "merge-base", GOOD_REF, BAD_REF, NULL);
	g_autofree char *subject = NULL;
	g_autoptr(GString) pairs = g_string_new(NULL);

	g_strchomp(base);
	history_set_good(history, base);
	subject = git_get(repo, NULL, "log", "-1", "--format=%s", base, NULL);
	g_free(history->good->subject);
	history->good->subject = g_strdup(g_strchomp(subject));
	read_commits(history, repo, pairs);
	read_changes(history, repo, pairs->str);
	read_slots(history, dir);
	read_plan(history, dir);
	history_complete(history);
	return history;
}
