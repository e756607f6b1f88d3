/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known warnings of the plain kernel, which do not fail a test that declares them.
 * A report is a known one if both its function and the text of the source line
 * that it names match. So another warning of the same function still fails the
 * test, and so does a warning that the kernel under test no longer has.
 */
#ifndef RUNNER_KNOWN_H
#define RUNNER_KNOWN_H

#include <glib.h>

/*
 * Is @line, the first of a report, one of @known ("FUNCTION CONDITION", several
 * with "; " between)? @source: directory of the kernel's source; without it
 * (NULL) nothing is known.
 */
gboolean known_report(const char *line, const char *known, const char *source);

#endif
