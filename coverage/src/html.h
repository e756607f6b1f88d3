/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTML without scripts and external files. */
#ifndef COVERAGE_HTML_H
#define COVERAGE_HTML_H

#include <glib.h>

/* html_text() - adds text that is safe as HTML, whatever is in it. */
void html_text(GString *html, const char *text);

/* html_names() - adds "a, b, c". */
void html_names(GString *html, GPtrArray *names);

/* html_percent() - adds a percentage, rounded down, or a dash if @all is 0. */
void html_percent(GString *html, guint part, guint all);

/*
 * html_begin() - a page up to its heading. @up: links, as HTML. @lost: names of
 * tests whose data is lost.
 */
GString *html_begin(const char *up, const char *heading, GPtrArray *lost);

/* html_write() - ends the page, writes it to @dir/@name, and frees it. */
gboolean html_write(GString *html, const char *dir, const char *name,
		    GError **error);

#endif
