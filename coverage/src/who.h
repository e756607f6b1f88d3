/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make who: which tests ran a line? */
#ifndef COVERAGE_WHO_H
#define COVERAGE_WHO_H

#include "data.h"

/*
 * who() - a text about line @line of the file @name, which may be the end of a path:
 * the patch that last changed it, the tests that ran it, and how often. The caller
 * frees it. NULL with @error set if there is no such file, or no code in that line.
 */
char *who(const Data *data, const char *name, guint line, GError **error);

#endif
