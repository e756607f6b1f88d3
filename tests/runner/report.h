/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How to recognise the kernel's reports of errors. */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include <glib.h>

/* @line without the time that the kernel put before it. */
const char *report_strip_time(const char *line);

/*
 * Does @line (time stripped) begin a report that fails a test? Wherever in the
 * line it stands: drivers put their name before it.
 */
gboolean report_begins(const char *line);

/* Does @line end a report, so that what follows belongs to something else? */
gboolean report_ends(const char *line);

/*
 * Is @line what a warning says, on the line after the one that begins it? To
 * report_begins() it looks like a report of its own.
 */
gboolean report_is_message(const char *line);

/* Is @line a useless part of a report, such as raw words of the stack? */
gboolean report_is_noise(const char *line);

#endif
