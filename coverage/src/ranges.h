/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines ran how often, as text: "12:3 15-17:1" is line 12, three times, and
 * lines 15 to 17, once each. A range may contain lines that cannot run.
 */
#ifndef COVERAGE_RANGES_H
#define COVERAGE_RANGES_H

#include <glib.h>

typedef struct {
	guint from, to;
	guint64 count;
} Range;

/* ranges_parse() - an array of Range; NULL with @error if @text is malformed. */
GArray *ranges_parse(const char *text, GError **error);

/*
 * RangeWriter - makes such a text. @index numbers the lines that can run; in a range
 * these numbers are consecutive.
 */
typedef struct {
	GString *text;
	guint index;
	Range last; /* not in the text yet; .count is 0 if there is none */
} RangeWriter;

void ranges_add(RangeWriter *writer, guint index, guint line, guint64 count);

/* ranges_end() - the text, which the caller frees; NULL if nothing was added. */
char *ranges_end(RangeWriter *writer);

#endif
