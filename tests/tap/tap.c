// SPDX-License-Identifier: GPL-2.0-or-later
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#define BAIL_OUT "Bail out! "
#define SKIP " # SKIP"
#define LOG "log: "

static void test_free(gpointer data)
{
	TapTest *test = data;

	g_free(test->name);
	g_free(test->skip_reason);
	g_free(test->first);
	g_string_free(test->said, TRUE);
	g_free(test->log);
	g_free(test);
}

/* What follows "ok 3 - " (@word is "ok "), or NULL for any other line. */
static const char *name_after(const char *line, const char *word)
{
	const char *name;

	if (!g_str_has_prefix(line, word))
		return NULL;
	line += strlen(word);
	name = line + strspn(line, "0123456789");
	if (name == line || !g_str_has_prefix(name, " - "))
		return NULL;
	return name + strlen(" - ");
}

static TapTest *add_test(Tap *tap, const char *name, TapResult result)
{
	TapTest *test = g_new0(TapTest, 1);

	test->name = g_strdup(name);
	test->result = result;
	test->first = g_strdup("");
	test->said = g_string_new(NULL);
	g_ptr_array_add(tap->tests, test);
	return test;
}

static void add_said(TapTest *test, const char *line)
{
	if (!test->said->len) {
		g_free(test->first);
		test->first = g_strdup(line);
	}
	g_string_append_printf(test->said, "%s\n", line);
}

static void add_passed(Tap *tap, const char *name)
{
	const char *skip = strstr(name, SKIP);
	TapTest *test = add_test(tap, name, skip ? TAP_SKIP : TAP_PASS);

	if (!skip)
		return;
	test->name[skip - name] = '\0';
	test->skip_reason = g_strchug(g_strdup(skip + strlen(SKIP)));
}

/* "# ..." below a failure. */
static void add_comment(TapTest *test, const char *text)
{
	if (g_str_has_prefix(text, LOG)) {
		g_free(test->log);
		test->log = g_strdup(text + strlen(LOG));
		return;
	}
	if (g_str_has_prefix(text, "| "))
		text += strlen("| ");
	add_said(test, text);
}

/* @failure is the test that lines are said of now, or NULL. Return: from now on. */
static TapTest *read_line(Tap *tap, TapTest *failure, const char *line)
{
	const char *name;

	if ((name = name_after(line, "not ok ")))
		return add_test(tap, name, TAP_FAIL);
	if ((name = name_after(line, "ok "))) {
		add_passed(tap, name);
		return NULL;
	}
	if (g_str_has_prefix(line, BAIL_OUT)) {
		failure = add_test(tap, "boot", TAP_FAIL);
		add_said(failure, line + strlen(BAIL_OUT));
		tap->bailed_out = tap->whole = TRUE;
	} else if (g_str_has_prefix(line, "1..")) {
		tap->whole |= strtoul(line + strlen("1.."), NULL, 10) ==
			      tap->tests->len;
		return NULL;
	} else if (g_str_has_prefix(line, "# interrupted;")) {
		tap->whole = FALSE;
	} else if (g_str_has_prefix(line, "# stopped;")) {
		tap->stopped = TRUE;
	} else if (failure && g_str_has_prefix(line, "# ")) {
		add_comment(failure, line + strlen("# "));
	}
	return failure;
}

Tap *tap_read(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	Tap *tap = g_new0(Tap, 1);
	TapTest *failure = NULL;

	tap->tests = g_ptr_array_new_with_free_func(test_free);
	for (char **line = lines; *line; line++)
		failure = read_line(tap, failure, *line);
	return tap;
}

Tap *tap_read_file(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, error))
		return NULL;
	for (gsize i = 0; i < len; i++)
		if (!text[i])
			text[i] = '?';
	return tap_read(text);
}

const TapTest *tap_find(const Tap *tap, const char *name)
{
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (g_str_equal(test->name, name))
			return test;
	}
	return NULL;
}

guint tap_count(const Tap *tap, TapResult result)
{
	guint count = 0;

	for (guint i = 0; i < tap->tests->len; i++)
		count += ((TapTest *)tap->tests->pdata[i])->result == result;
	return count;
}

void tap_free(Tap *tap)
{
	if (!tap)
		return;
	g_ptr_array_unref(tap->tests);
	g_free(tap);
}
