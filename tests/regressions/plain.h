/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests say of a kernel without a bug, in a file: they are run once for the same
 * kernel and programs, not each time.
 */
#ifndef REGRESSIONS_PLAIN_H
#define REGRESSIONS_PLAIN_H

#include "../tap/tap.h"

typedef struct Plain Plain;

/*
 * The record in the file @path, if it is about @key: what kernel and programs are made
 * from. Else an empty one. Free it with plain_free().
 */
Plain *plain_open(const char *path, const char *key);
void plain_free(Plain *plain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plain, plain_free)

/* Were the tests of these patterns run; all tests, if there are none? */
gboolean plain_knows(const Plain *plain, char **patterns);

/*
 * Add what @tap, a whole run of the tests of these patterns (all if there are none),
 * says, and write the file. False with @error set.
 */
gboolean plain_add(Plain *plain, char **patterns, const Tap *tap,
		   GError **error);

/* Has it passed? (Guests have lost no memory, if any test has.) */
gboolean plain_passes(const Plain *plain, const char *test);

/* The names of the tests that have passed, in their order; it belongs to @plain. */
char **plain_tests(const Plain *plain);

#endif
