/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of all tests, as the runner reads it. */
#ifndef GUEST_LIST_H
#define GUEST_LIST_H

#include "lib/test.h"

#define DEFAULT_SECONDS 30

/*
 * Print a line for each of @tests, sorted by name. Return 0, or 1 after a message if
 * a declaration is wrong. Fields, separated by tabs:
 *
 *	name, about, RAM and swap in MiB, time limit in seconds, flags
 *	("alone,last,virtual,hidden" or "-"), expected report, kernel parameters,
 *	known warnings (each or "-"), tags (separated by blanks, or "-")
 */
int list_tests(const struct test *const *tests, size_t count);

#endif
