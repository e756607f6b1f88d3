// SPDX-License-Identifier: GPL-2.0-or-later
#include "who.h"

#include <string.h>

static gboolean is_end_of(const char *name, const char *path)
{
	g_autofree char *end = g_strconcat("/", name, NULL);
	g_autofree char *full = g_strconcat("/", path, NULL);

	return g_str_has_suffix(full, end);
}

static File *find_file(const Data *data, const char *name, GError **error)
{
	g_autoptr(GString) found = g_string_new(NULL);
	File *file = NULL;
	guint count = 0;

	for (guint i = 0; i < data->files->len; i++) {
		File *this = data->files->pdata[i];

		if (!is_end_of(name, this->name))
			continue;
		g_string_append_printf(found, " %s", this->name);
		file = this;
		count++;
	}
	if (count == 1)
		return file;
	if (count)
		fail(error, "%s is more than one file:%s", name, found->str);
	else
		fail(error,
		     "no file %s has coverage data; the series does not touch "
		     "it, and it is not in COV_FILES=",
		     name);
	return NULL;
}

/* Why @line of @file has no data. */
static void no_code(const File *file, guint line, GError **error)
{
	guint before = 0, after = 0;

	for (guint i = 0; i < file->lines->len && !after; i++) {
		const Line *this = file->lines->pdata[i];

		if (this->line < line)
			before = this->line;
		else
			after = this->line;
	}
	if (before && after)
		fail(error,
		     "%s: line %u has no code that can run; the nearest is "
		     "line "
		     "%u or line %u",
		     file->name, line, before, after);
	else if (before || after)
		fail(error,
		     "%s: line %u has no code that can run; the nearest is "
		     "line "
		     "%u",
		     file->name, line, before + after);
	else
		fail(error,
		     "%s: nothing in it was compiled as code that can run",
		     file->name);
}

static void say_patch(GString *out, const Line *line)
{
	if (line->edited)
		g_string_append(out, "from no patch: the source was edited\n");
	else if (line->patch)
		g_string_append_printf(out, "from patch %s: %s\n",
				       line->patch->number,
				       line->patch->subject);
	else
		g_string_append(out, "from no patch of the series\n");
	if (line->branches)
		g_string_append_printf(out, "%u of %u branches taken\n",
				       line->taken, line->branches);
	if (line->reason)
		g_string_append_printf(out, "listed as not %s: %s\n",
				       line->count ? "taken" : "reached",
				       line->reason);
}

static void say_tests(GString *out, const Data *data, const Line *line)
{
	guint tests = line->runs ? line->runs->len : 0;
	guint64 all = 0;

	if (data->lost->len)
		g_string_append_printf(out,
				       "the data of %u tests is lost, see "
				       "build/coverage/lost.txt\n",
				       data->lost->len);
	for (guint i = 0; i < tests; i++) {
		const Run *run = &g_array_index(line->runs, Run, i);

		g_string_append_printf(out, "%10" G_GUINT64_FORMAT "  %s\n",
				       run->count,
				       (char *)data->tests->pdata[run->test]);
		all += run->count;
	}
	g_string_append_printf(out,
			       "ran %" G_GUINT64_FORMAT " times, in %u tests\n",
			       all, tests);
}

char *who(const Data *data, const char *name, guint number, GError **error)
{
	File *file = find_file(data, name, error);
	GString *out;
	const char *text;
	Line *line;

	if (!file)
		return NULL;
	line = file_line(file, number);
	if (!line) {
		no_code(file, number, error);
		return NULL;
	}
	out = g_string_new(NULL);
	text = file_text(data, file, number);
	text = text ? text : "";
	g_string_append_printf(out, "%s:%u in %s(): %s\n", file->name, number,
			       line->function, text + strspn(text, " \t"));
	say_patch(out, line);
	say_tests(out, data, line);
	return g_string_free(out, FALSE);
}
