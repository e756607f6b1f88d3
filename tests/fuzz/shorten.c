// SPDX-License-Identifier: GPL-2.0-or-later
#include "shorten.h"

static guint at(const GArray *list, guint index)
{
	return g_array_index(list, guint, index);
}

char *ranges(const GArray *list)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		guint first = at(list, i);

		while (i + 1 < list->len && at(list, i + 1) == at(list, i) + 1)
			i++;
		g_string_append_printf(text, "%s%u", text->len ? "," : "",
				       first);
		if (at(list, i) != first)
			g_string_append_printf(text, "-%u", at(list, i));
	}
	return g_string_free(text, FALSE);
}

/* Split the list from index @from on into parts of @size operations, at most @most. */
static GArray *parts_of(const GArray *list, guint size, guint from, guint most)
{
	GArray *parts = g_array_new(FALSE, FALSE, sizeof(Part));

	for (; from < list->len && parts->len < most; from += size) {
		guint end = MIN(from + size, list->len);
		Part part = {at(list, from), at(list, end - 1)};

		g_array_append_val(parts, part);
	}
	return parts;
}

/* Leave out @part. Return the index of the operation that came after it. */
static guint remove_part(GArray *list, Part part)
{
	guint begin = 0, end;

	while (begin < list->len && at(list, begin) < part.first)
		begin++;
	for (end = begin; end < list->len && at(list, end) <= part.last; end++)
		;
	g_array_remove_range(list, begin, end - begin);
	return begin;
}

void shorten(GArray *list, guint most, WithoutFunc without, gpointer data)
{
	guint size = (list->len + 1) / 2, from = 0;
	gboolean shorter = FALSE;

	while (size) {
		g_autoptr(GArray) parts = parts_of(list, size, from, most);
		int failed;

		if (!parts->len) {
			/* Single operations are tried again until none can be left out. */
			if (size != 1 || !shorter)
				size /= 2;
			from = 0;
			shorter = FALSE;
			continue;
		}
		failed = without(list, parts, data);
		if (failed < -1)
			return;
		if (failed < 0) {
			from += size * parts->len;
			continue;
		}
		from = remove_part(list, g_array_index(parts, Part, failed));
		shorter = TRUE;
	}
}
