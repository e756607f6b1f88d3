// SPDX-License-Identifier: GPL-2.0-or-later
#include "ranges.h"

#include "io.h"

/* Digits at *@at, which then is behind them. */
static gboolean take_number(const char **at, guint64 *number)
{
	char *end;

	if (!g_ascii_isdigit(**at))
		return FALSE;
	*number = g_ascii_strtoull(*at, &end, 10);
	*at = end;
	return TRUE;
}

static gboolean take_range(const char *text, Range *range)
{
	guint64 from, to;

	if (!take_number(&text, &from))
		return FALSE;
	to = from;
	if (*text == '-') {
		text++;
		if (!take_number(&text, &to))
			return FALSE;
	}
	if (*text++ != ':' || !take_number(&text, &range->count) || *text)
		return FALSE;
	range->from = from;
	range->to = to;
	return from <= to && to < G_MAXUINT;
}

GArray *ranges_parse(const char *text, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));

	if (!*text) {
		fail(error, "not a range of lines");
		return NULL;
	}
	for (char **word = words; *word; word++) {
		Range range;

		if (!take_range(*word, &range)) {
			fail(error, "not a range of lines: %s", *word);
			return NULL;
		}
		g_array_append_val(ranges, range);
	}
	return g_steal_pointer(&ranges);
}

static void flush(RangeWriter *writer)
{
	const Range *last = &writer->last;

	if (!last->count)
		return;
	if (!writer->text)
		writer->text = g_string_new(NULL);
	else
		g_string_append_c(writer->text, ' ');
	g_string_append_printf(writer->text, "%u", last->from);
	if (last->to != last->from)
		g_string_append_printf(writer->text, "-%u", last->to);
	g_string_append_printf(writer->text, ":%" G_GUINT64_FORMAT,
			       last->count);
	writer->last.count = 0;
}

void ranges_add(RangeWriter *writer, guint index, guint line, guint64 count)
{
	if (writer->index + 1 != index || writer->last.count != count)
		flush(writer);
	if (!writer->last.count)
		writer->last.from = line;
	writer->index = index;
	writer->last.to = line;
	writer->last.count = count;
}

char *ranges_end(RangeWriter *writer)
{
	GString *text;

	flush(writer);
	text = g_steal_pointer(&writer->text);
	return text ? g_string_free(text, FALSE) : NULL;
}
