/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for a short list of operations that still fails. */
#ifndef FUZZ_SHORTEN_H
#define FUZZ_SHORTEN_H

#include <glib.h>

/* Operations @first to @last, by number. */
typedef struct {
	guint first, last;
} Part;

/*
 * Runs @list, a sorted array of guint, without each part of @parts, an array of Part, one
 * after the other. Returns the index of the first one without which the list fails; -1 if
 * there is none; -2 to end the search.
 */
typedef int (*WithoutFunc)(const GArray *list, const GArray *parts,
			   gpointer data);

/*
 * shorten() - leaves out parts of @list, ever smaller ones, as long as the rest still fails.
 * @most: the number of parts that @without gets at a time.
 */
void shorten(GArray *list, guint most, WithoutFunc without, gpointer data);

/* ranges() - a sorted array of guint as text: "0-3,7". */
char *ranges(const GArray *list);

#endif
