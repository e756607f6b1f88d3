// SPDX-License-Identifier: GPL-2.0-or-later
#include "git.h"

#include <gio/gio.h>
#include <string.h>

#include "io.h"

static GSubprocessLauncher *launcher(const char *input)
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
	GSubprocessLauncher *git =
		g_subprocess_launcher_new((input ? G_SUBPROCESS_FLAGS_STDIN_PIPE
						 : G_SUBPROCESS_FLAGS_NONE) |
					  G_SUBPROCESS_FLAGS_STDOUT_PIPE |
					  G_SUBPROCESS_FLAGS_STDERR_PIPE);

	for (guint i = 0; i < G_N_ELEMENTS(set); i++)
		g_subprocess_launcher_setenv(git, set[i][0], set[i][1], TRUE);
	for (guint i = 0; i < G_N_ELEMENTS(unset); i++)
		g_subprocess_launcher_unsetenv(git, unset[i]);
	return git;
}

static char *text_of(GBytes *bytes)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);

	return g_strndup(data ? data : "", len);
}

static const char *last_line(char *text)
{
	const char *end;

	g_strchomp(text);
	end = strrchr(text, '\n');
	return end ? end + 1 : text;
}

char *git_words(const char *repo, const char *input, const char *const *words,
		GError **error)
{
	g_autoptr(GSubprocessLauncher) with = launcher(input);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GSubprocess) process = NULL;
	g_autoptr(GBytes) in = NULL, out = NULL, errors = NULL;
	g_autoptr(GError) why = NULL;
	g_autofree char *said = NULL;

	g_ptr_array_add(argv, (gpointer) "git");
	g_ptr_array_add(argv, (gpointer) "-C");
	g_ptr_array_add(argv, (gpointer)repo);
	g_ptr_array_add(argv, (gpointer) "--no-replace-objects");
	for (guint i = 0; words[i]; i++)
		g_ptr_array_add(argv, (gpointer)words[i]);
	g_ptr_array_add(argv, NULL);
	if (input)
		in = g_bytes_new_static(input, strlen(input));
	process = g_subprocess_launcher_spawnv(
		with, (const char *const *)argv->pdata, &why);
	if (!process ||
	    !g_subprocess_communicate(process, in, NULL, &out, &errors, &why)) {
		fail(error, "git: %s", why->message);
		return NULL;
	}
	if (g_subprocess_get_successful(process))
		return text_of(out);
	said = text_of(errors);
	fail(error, "git %s: %s", words[0], last_line(said));
	return NULL;
}

char *git(GError **error, const char *repo, ...)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	const char *word;
	va_list args;

	va_start(args, repo);
	while ((word = va_arg(args, const char *)))
		g_ptr_array_add(words, (gpointer)word);
	va_end(args);
	g_ptr_array_add(words, NULL);
	return git_words(repo, NULL, (const char *const *)words->pdata, error);
}
