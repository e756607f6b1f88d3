/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How to recognise the kernel's reports of errors. */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include <glib.h>

/* @line without the kernel's time stamp. */
const char *report_strip_time(const char *line);

/*
 * Does @line (without time stamp) begin a report that fails a test? The text may be
 * anywhere in the line, because drivers print their name first.
 */
gboolean report_begins(const char *line);

/* Does @line end a report, so that the next lines belong to something else? */
gboolean report_ends(const char *line);

/*
 * Is @line the message of a warning, on the line after the one that begins it? It
 * may look like a report of its own to report_begins().
 */
gboolean report_is_message(const char *line);

/* Is @line a useless part of a report, such as raw words of the stack? */
gboolean report_is_noise(const char *line);

#endif
