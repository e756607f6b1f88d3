/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines ran how often, as text: "12:3 15-17:1" is line 12, three times, and
 * lines 15 to 17, once each. Between the ends of a range may be lines that cannot run.
 */
#ifndef COVERAGE_RANGES_H
#define COVERAGE_RANGES_H

#include <glib.h>

typedef struct {
	guint from, to;
	guint64 count;
} Range;

/* ranges_parse() - of Range; NULL with @error if @text is not like that. */
GArray *ranges_parse(const char *text, GError **error);

/*
 * Makes such a text. @index counts the lines that can run: those of one range
 * follow each other.
 */
typedef struct {
	GString *text;
	guint index;
	Range last; /* not in the text yet; .count is 0 if there is none */
} RangeWriter;

void ranges_add(RangeWriter *writer, guint index, guint line, guint64 count);

/* ranges_end() - the text, which is the caller's; NULL if nothing was added. */
char *ranges_end(RangeWriter *writer);

#endif
