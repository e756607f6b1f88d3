/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Warnings that a test may meet because the kernel without any patches has
 * them, too: told by the function and by what stands in the line of source that
 * the report names. So neither another warning of that function nor one of
 * another place is taken for it, and none that the kernel under test has not
 * got any more.
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
