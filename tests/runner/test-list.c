// SPDX-License-Identifier: GPL-2.0-or-later
#include "test-list.h"

#include <fnmatch.h>
#include <gio/gio.h>
#include <string.h>

/* Number of fields of a line of the list. */
#define FIELDS 10

/* Prefix of the tag of a capability; it may be left out in a pattern. */
#define NEEDS "needs:"

static void test_free(gpointer data)
{
	TestInfo *test = data;

	g_free(test->name);
	g_free(test->about);
	g_free(test->expect);
	g_free(test->known);
	g_free(test->kernel_args);
	g_strfreev(test->tags);
	g_free(test);
}

static gboolean parse_uint(const char *text, guint *value)
{
	guint64 wide;

	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &wide, NULL))
		return FALSE;
	*value = wide;
	return TRUE;
}

static TestInfo *parse_line(const char *line)
{
	g_auto(GStrv) field = g_strsplit(line, "\t", 0);
	g_auto(GStrv) flags = NULL;
	TestInfo *test;

	if (g_strv_length(field) != FIELDS || !*field[0])
		return NULL;
	test = g_new0(TestInfo, 1);
	test->name = g_strdup(field[0]);
	test->about = g_strdup(field[1]);
	if (!parse_uint(field[2], &test->ram_mib) ||
	    !parse_uint(field[3], &test->swap_mib) ||
	    !parse_uint(field[4], &test->seconds)) {
		test_free(test);
		return NULL;
	}
	flags = g_strsplit(field[5], ",", 0);
	test->alone = g_strv_contains((const char *const *)flags, "alone");
	test->last = g_strv_contains((const char *const *)flags, "last");
	test->virtual_time =
		g_strv_contains((const char *const *)flags, "virtual");
	test->hidden = g_strv_contains((const char *const *)flags, "hidden");
	if (strcmp(field[6], "-"))
		test->expect = g_strdup(field[6]);
	if (strcmp(field[7], "-"))
		test->kernel_args = g_strdup(field[7]);
	if (strcmp(field[8], "-"))
		test->known = g_strdup(field[8]);
	test->tags = g_strsplit(strcmp(field[9], "-") ? field[9] : "", " ", 0);
	return test;
}

GPtrArray *test_list_parse(const char *text, GError **error)
{
	g_autoptr(GPtrArray) tests = g_ptr_array_new_with_free_func(test_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++) {
		TestInfo *test;

		if (!**line)
			continue;
		test = parse_line(*line);
		if (!test) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
				    "not a line of a list of tests: \"%s\"",
				    *line);
			return NULL;
		}
		g_ptr_array_add(tests, test);
	}
	return g_steal_pointer(&tests);
}

GPtrArray *test_list_load(const char *program, GError **error)
{
	const char *argv[] = {program, "--list", NULL};
	g_autofree char *text = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL,
			  NULL, &text, NULL, &status, error) ||
	    !g_spawn_check_wait_status(status, error)) {
		g_prefix_error(error, "%s --list: ", program);
		return NULL;
	}
	return test_list_parse(text, error);
}

static gboolean has_tag(const TestInfo *test, const char *tag)
{
	const char *const *tags = (const char *const *)test->tags;
	g_autofree char *capability = g_strconcat(NEEDS, tag, NULL);

	return g_strv_contains(tags, tag) || g_strv_contains(tags, capability);
}

/* "GLOB", "@TAG...", or "GLOB@TAG..." */
static gboolean matches(const TestInfo *test, const char *pattern)
{
	g_auto(GStrv) part = g_strsplit(pattern, "@", 0);

	if (test->hidden)
		return !strcmp(test->name, pattern);
	for (char **tag = part + 1; *part && *tag; tag++)
		if (!has_tag(test, *tag))
			return FALSE;
	return pattern[0] == '@' || !fnmatch(part[0] ?: "", test->name, 0);
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All tags of @all, sorted, with blanks between; owned. */
static char *known_tags(GPtrArray *all)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++) {
		const TestInfo *test = all->pdata[i];

		for (char **tag = test->tags; *tag; tag++)
			if (!g_ptr_array_find_with_equal_func(
				    known, *tag, g_str_equal, NULL))
				g_ptr_array_add(known, *tag);
	}
	g_ptr_array_sort(known, by_string);
	g_ptr_array_add(known, NULL);
	return g_strjoinv(" ", (char **)known->pdata);
}

static gboolean is_tag(GPtrArray *all, const char *tag)
{
	for (guint i = 0; i < all->len; i++)
		if (has_tag(all->pdata[i], tag))
			return TRUE;
	return FALSE;
}

/* False with @error set when @pattern has a tag that no test has. */
static gboolean check_tags(GPtrArray *all, const char *pattern, GError **error)
{
	g_auto(GStrv) part = g_strsplit(pattern, "@", 0);
	g_autofree char *known = NULL;

	for (char **tag = part + 1; *part && *tag; tag++) {
		if (is_tag(all, *tag))
			continue;
		known = known_tags(all);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "no test has the tag \"%s\"; the tags are: %s",
			    *tag, known);
		return FALSE;
	}
	return TRUE;
}

GPtrArray *test_list_select(GPtrArray *all, char **patterns, GError **error)
{
	g_autoptr(GPtrArray) selected = g_ptr_array_new();
	char *everything[] = {"*", NULL};
	gboolean all_of_them = !patterns || !*patterns;
	g_autofree gboolean *used = NULL;

	if (all_of_them)
		patterns = everything;
	for (guint j = 0; patterns[j]; j++)
		if (!check_tags(all, patterns[j], error))
			return NULL;
	used = g_new0(gboolean, g_strv_length(patterns));
	for (guint i = 0; i < all->len; i++) {
		gboolean hit = FALSE;

		for (guint j = 0; patterns[j]; j++) {
			if (!matches(all->pdata[i], patterns[j]))
				continue;
			hit = TRUE;
			used[j] = TRUE;
		}
		if (hit)
			g_ptr_array_add(selected, all->pdata[i]);
	}
	for (guint j = 0; patterns[j]; j++) {
		if (used[j] || all_of_them)
			continue;
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "no test matches \"%s\"; --list names them",
			    patterns[j]);
		return NULL;
	}
	return g_steal_pointer(&selected);
}

static void print_test(const TestInfo *test, int width)
{
	g_autofree char *tags = g_strjoinv(" @", test->tags);

	g_print("%-*s  %s", width, test->name, test->about);
	if (*tags)
		g_print("  @%s", tags);
	g_print("\n");
}

void test_list_print(GPtrArray *tests)
{
	const char *area = NULL;
	int width = 0;

	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		if (!test->hidden)
			width = MAX(width, (int)strlen(test->name));
	}
	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];
		size_t len = strcspn(test->name, "/") + 1;

		if (test->hidden)
			continue;
		if (area && strncmp(area, test->name, len))
			g_print("\n");
		area = test->name;
		print_test(test, width);
	}
}
