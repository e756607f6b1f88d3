/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who ran a line? */
#ifndef COVERAGE_WHO_H
#define COVERAGE_WHO_H

#include "data.h"

/*
 * who() - what is known of line @line of the file @name, which may be the end of a
 * path: the patch that it is from, the tests that ran it, and how often. For people.
 */
char *who(const Data *data, const char *name, guint line, GError **error);

#endif
