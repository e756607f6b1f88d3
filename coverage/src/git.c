// SPDX-License-Identifier: GPL-2.0-or-later
#include "git.h"

#include "io.h"

#include <string.h>

const char *setting(const char *name)
{
	const char *value = g_getenv(name);

	return value ? value : "";
}

/* Makes git's output independent of user settings, and git write nothing. */
static char **environment(void)
{
	static const char *const set[][2] = {
		{"LC_ALL", "C"},
		{"GIT_CONFIG_NOSYSTEM", "1"},
		{"GIT_CONFIG_GLOBAL", "/dev/null"},
		{"GIT_OPTIONAL_LOCKS", "0"},
		/* The user has named the tree, so accept any owner. */
		{"GIT_CONFIG_COUNT", "1"},
		{"GIT_CONFIG_KEY_0", "safe.directory"},
		{"GIT_CONFIG_VALUE_0", "*"},
	};
	static const char *const unset[] = {"GIT_DIR", "GIT_WORK_TREE",
					    "GIT_INDEX_FILE"};
	char **env = g_get_environ();

	for (guint i = 0; i < G_N_ELEMENTS(set); i++)
		env = g_environ_setenv(env, set[i][0], set[i][1], TRUE);
	for (guint i = 0; i < G_N_ELEMENTS(unset); i++)
		env = g_environ_unsetenv(env, unset[i]);
	return env;
}

static const char *last_line(char *text)
{
	const char *end;

	g_strchomp(text);
	end = strrchr(text, '\n');
	return end ? end + 1 : text;
}

char *git(GError **error, const char *repo, ...)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_auto(GStrv) env = environment();
	g_autofree char *out = NULL, *errors = NULL;
	g_autoptr(GError) why = NULL;
	const char *word = "git";
	int status;
	va_list args;

	g_ptr_array_add(words, (gpointer)word);
	g_ptr_array_add(words, "-C");
	g_ptr_array_add(words, (gpointer)repo);
	g_ptr_array_add(words, "--no-replace-objects");
	va_start(args, repo);
	while ((word = va_arg(args, const char *)))
		g_ptr_array_add(words, (gpointer)word);
	va_end(args);
	g_ptr_array_add(words, NULL);
	if (!g_spawn_sync(NULL, (char **)words->pdata, env, G_SPAWN_SEARCH_PATH,
			  NULL, NULL, &out, &errors, &status, &why)) {
		fail(error, "git: %s", why->message);
		return NULL;
	}
	if (!g_spawn_check_wait_status(status, NULL)) {
		fail(error, "git %s: %s", (char *)words->pdata[4],
		     last_line(errors));
		return NULL;
	}
	return g_steal_pointer(&out);
}

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
		return fail(error, "BASE=%s is no commit of %s", name, kernel);
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
