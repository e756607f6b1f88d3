// SPDX-License-Identifier: GPL-2.0-or-later
#include "junit.h"

#include <gio/gio.h>
#include <string.h>

#include "verdict.h"

/* XML 1.0 has no way to write most control characters. */
static char *escape(const char *text)
{
	g_autofree char *clean = g_utf8_make_valid(text, -1);

	for (char *p = clean; *p; p++)
		if ((guchar)*p < ' ' && *p != '\n' && *p != '\t')
			*p = '?';
	return g_markup_escape_text(clean, -1);
}

static int by_name(const void *a, const void *b)
{
	const Verdict *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void add_failure(GString *xml, const Verdict *verdict)
{
	g_autofree char *message = escape(verdict->reasons->pdata[0]);

	g_string_append_printf(xml, "    <failure message=\"%s\">", message);
	for (guint i = 0; i < verdict->reasons->len; i++) {
		g_autofree char *text = escape(verdict->reasons->pdata[i]);

		g_string_append_printf(xml, "%s\n", text);
	}
	if (verdict->excerpt) {
		g_autofree char *text = escape(verdict->excerpt);

		g_string_append_printf(xml, "\n%s", text);
	}
	g_string_append(xml, "</failure>\n");
}

static void add_case(GString *xml, const Verdict *verdict)
{
	g_autofree char *name = escape(verdict->name);
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(seconds, sizeof(seconds), "%.3f", verdict->usec / 1e6);
	g_string_append_printf(
		xml,
		"  <testcase classname=\"%.*s\" name=\"%s\" time=\"%s\">\n",
		(int)strcspn(name, "/"), name, name, seconds);
	if (verdict->kind == VERDICT_FAIL) {
		add_failure(xml, verdict);
	} else if (verdict->kind == VERDICT_SKIP) {
		g_autofree char *text = escape(verdict->reasons->pdata[0]);

		g_string_append_printf(xml, "    <skipped message=\"%s\"/>\n",
				       text);
	}
	g_string_append(xml, "  </testcase>\n");
}

gboolean junit_write(const char *path, const Config *config,
		     GPtrArray *verdicts, GError **error)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_copy(verdicts, NULL, NULL);
	g_autoptr(GString) xml = g_string_new(NULL);
	g_autofree char *title = g_strdup_printf(
		"Linux %s%s%s", config->release, config->variant ? " " : "",
		config->variant ?: "");
	g_autofree char *suite = escape(title);
	guint count[3] = {0};

	g_ptr_array_set_free_func(sorted, NULL);
	g_ptr_array_sort(sorted, by_name);
	for (guint i = 0; i < sorted->len; i++)
		count[((const Verdict *)sorted->pdata[i])->kind]++;
	g_string_append_printf(
		xml,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"%s\" tests=\"%u\" failures=\"%u\" "
		"errors=\"0\" skipped=\"%u\">\n",
		suite, sorted->len, count[VERDICT_FAIL], count[VERDICT_SKIP]);
	for (guint i = 0; i < sorted->len; i++)
		add_case(xml, sorted->pdata[i]);
	g_string_append(xml, "</testsuite>\n");
	return g_file_set_contents(path, xml->str, xml->len, error);
}
