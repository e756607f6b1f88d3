/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of tests, as the test program declares them. */
#ifndef RUNNER_TEST_LIST_H
#define RUNNER_TEST_LIST_H

#include <glib.h>

/* One test; see struct test in guest/lib/test.h for what the fields mean. */
typedef struct {
	char *name;
	char *about;
	guint ram_mib;
	guint swap_mib;
	guint seconds;
	gboolean alone;
	gboolean last;
	gboolean virtual_time;
	gboolean hidden;
	char *expect; /* NULL: no kernel report is expected */
	char *known; /* warnings as for known_report(), or NULL */
	char *kernel_args; /* NULL: none */
	char **tags; /* for patterns, without the "@" */
} TestInfo;

/*
 * Parse the output of "guest-tests --list". Array of TestInfo, which it owns, in
 * that order; NULL with @error set if a line is malformed.
 */
GPtrArray *test_list_parse(const char *text, GError **error);

/* Run @program --list, and parse its output. */
GPtrArray *test_list_load(const char *program, GError **error);

/*
 * The tests of @all that @patterns select, in the order of @all. @patterns:
 * NULL-terminated; NULL or none: all. A pattern is a shell glob for the name,
 * tags ("@swap"), or both ("virtio/dumb-*@swap@fail-nth"); a test must match all
 * parts of one pattern. A hidden test is selected by its exact name only. Array
 * of TestInfo that belong to @all; NULL with @error set when a pattern matches
 * nothing or has an unknown tag.
 */
GPtrArray *test_list_select(GPtrArray *all, char **patterns, GError **error);

/* Print names, descriptions and tags, by area; hidden tests are left out. */
void test_list_print(GPtrArray *tests);

#endif
