// SPDX-License-Identifier: GPL-2.0-or-later
#include "shard.h"

#include <gio/gio.h>

#define SHARDS_MAX 9999

static gboolean parse_number(const char *text, guint *number)
{
	guint64 value;

	/* No leading zeros: each shard has one name. */
	if (*text == '0' ||
	    !g_ascii_string_to_unsigned(text, 10, 1, SHARDS_MAX, &value, NULL))
		return FALSE;
	*number = value;
	return TRUE;
}

gboolean shard_parse(const char *text, Shard *shard, GError **error)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 3);

	if (g_strv_length(part) == 2 && parse_number(part[0], &shard->number) &&
	    parse_number(part[1], &shard->count) &&
	    shard->number <= shard->count)
		return TRUE;
	g_set_error(
		error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"\"%s\" is not a shard; say 1/3, 2/3 or 3/3 for a third each",
		text);
	return FALSE;
}
