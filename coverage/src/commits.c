// SPDX-License-Identifier: GPL-2.0-or-later
#include "commits.h"

#include <string.h>

#include "git.h"
#include "io.h"

/* The output of git, which is one word. */
static char *git_word(const char *repo, const char *command, const char *first,
		      const char *second, const char *third)
{
	char *word = git(NULL, repo, command, first, second, third, NULL);

	return word ? g_strchomp(word) : NULL;
}

static char *commit_of(const char *repo, const char *name)
{
	g_autofree char *commit = g_strconcat(name, "^{commit}", NULL);

	return git_word(repo, "rev-parse", "-q", "--verify", commit);
}

static gboolean is_top(const char *repo)
{
	g_autofree char *prefix =
		git_word(repo, "rev-parse", "-q", "--show-prefix", NULL);

	return prefix && !*prefix;
}

static gboolean find_base(Series *series, const char *name, GError **error)
{
	const char *kernel = setting("KERNEL"), *patches = setting("SERIES");
	g_autofree char *base = NULL;

	if (!*kernel)
		return fail(error,
			    "BASE=%s is a commit of a git tree; say which: "
			    "KERNEL=directory",
			    name);
	if (*patches && strcmp(patches, "none"))
		return fail(error, "say BASE= or SERIES=, not both");
	if (!is_top(kernel))
		return fail(error,
			    "KERNEL=%s is not the top of a git tree, so that "
			    "BASE=%s means nothing there",
			    kernel, name);
	series->repo = g_strdup(kernel);
	series->head = commit_of(kernel, "HEAD");
	if (!series->head)
		return fail(error, "%s has no commit", kernel);
	base = commit_of(kernel, name);
	if (!base)
		return fail(error, "BASE=%s is not a commit of %s", name,
			    kernel);
	series->base = git_word(kernel, "merge-base", base, series->head, NULL);
	if (!series->base)
		return fail(error,
			    "BASE=%s and HEAD have no common history in %s",
			    name, kernel);
	return TRUE;
}

static gboolean find_patches(Series *series, const char *tree, GError **error)
{
	g_auto(GStrv) slots = series_slots(tree);
	g_autofree char *base =
		g_strdup_printf("HEAD~%u", g_strv_length(slots));

	series->slots = TRUE;
	series->repo = g_strdup(tree);
	series->head = commit_of(tree, "HEAD");
	series->base = commit_of(tree, base);
	if (!series->head || !series->base)
		return fail(error, "%s is not the private copy of a kernel",
			    tree);
	return TRUE;
}

gboolean series_find(Series *series, const char *tree, GError **error)
{
	const char *base = setting("BASE");

	return *base ? find_base(series, base, error)
		     : find_patches(series, tree, error);
}

void series_clear(Series *series)
{
	g_free(series->repo);
	g_free(series->base);
	g_free(series->head);
}

char **series_slots(const char *tree)
{
	char **slots = read_lines(tree, ".git/shrinkbench/slots", NULL);

	if (slots && *slots && **slots)
		return slots;
	g_strfreev(slots);
	return g_new0(char *, 1);
}
