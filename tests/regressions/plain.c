// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"

#define GROUP "plain"
/* In "asked": all tests. */
#define ALL "*"

struct Plain {
	char *path, *key;
	char **asked; /* patterns */
	char **passed; /* names */
};

static char **strings(GKeyFile *file, const char *name)
{
	char **list = g_key_file_get_string_list(file, GROUP, name, NULL, NULL);

	return list ?: g_new0(char *, 1);
}

Plain *plain_open(const char *path, const char *key)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *have = NULL;
	Plain *plain = g_new0(Plain, 1);

	if (g_key_file_load_from_file(file, path, 0, NULL))
		have = g_key_file_get_string(file, GROUP, "key", NULL);
	if (g_strcmp0(have, key))
		g_key_file_remove_group(file, GROUP, NULL);
	plain->path = g_strdup(path);
	plain->key = g_strdup(key);
	plain->asked = strings(file, "asked");
	plain->passed = strings(file, "passed");
	return plain;
}

void plain_free(Plain *plain)
{
	if (!plain)
		return;
	g_strfreev(plain->asked);
	g_strfreev(plain->passed);
	g_free(plain->path);
	g_free(plain->key);
	g_free(plain);
}

static gboolean has(char **list, const char *text)
{
	return g_strv_contains((const char *const *)list, text);
}

gboolean plain_knows(const Plain *plain, char **patterns)
{
	if (has(plain->asked, ALL))
		return TRUE;
	if (!*patterns)
		return FALSE;
	for (; *patterns; patterns++)
		if (!has(plain->asked, *patterns))
			return FALSE;
	return TRUE;
}

/* @list grows by @text, unless that is in it. */
static void add(char ***list, const char *text)
{
	guint len = g_strv_length(*list);

	if (has(*list, text))
		return;
	*list = g_renew(char *, *list, len + 2);
	(*list)[len] = g_strdup(text);
	(*list)[len + 1] = NULL;
}

gboolean plain_add(Plain *plain, char **patterns, const Tap *tap,
		   GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!*patterns)
		add(&plain->asked, ALL);
	for (; *patterns; patterns++)
		add(&plain->asked, *patterns);
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result == TAP_PASS)
			add(&plain->passed, test->name);
	}
	g_key_file_set_string(file, GROUP, "key", plain->key);
	g_key_file_set_string_list(file, GROUP, "asked",
				   (const char *const *)plain->asked,
				   g_strv_length(plain->asked));
	g_key_file_set_string_list(file, GROUP, "passed",
				   (const char *const *)plain->passed,
				   g_strv_length(plain->passed));
	return g_key_file_save_to_file(file, plain->path, error);
}

gboolean plain_passes(const Plain *plain, const char *test)
{
	if (g_str_equal(test, "lost-memory"))
		return *plain->passed != NULL;
	return has(plain->passed, test);
}

char **plain_tests(const Plain *plain)
{
	return plain->passed;
}
