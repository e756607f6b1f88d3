/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel can do that not every kernel under test can: tests name it in
 * struct test.needs, and apply from the step of a series on that brings it.
 */
#ifndef GUEST_CAPS_H
#define GUEST_CAPS_H

#include <stdbool.h>

/*
 * Environment of a test, set by init, and of "guest-tests --list", set by the
 * runner: the capabilities that the kernel must have, names with blanks between.
 */
#define MUST_HAVE "SB_MUST_HAVE"

/*
 * Return if the kernel has each of the capabilities in @needs, names with
 * blanks between. Otherwise end the test: as failed if the kernel must have it
 * (SB_MUST_HAVE), as skipped if not. A name that does not exist fails.
 */
void caps_require(const char *needs);

/*
 * Does the kernel have capability @name? For a test that applies with and
 * without it, but must find another thing in either case.
 */
bool caps_has(const char *name);

/* NULL, or the first name in @needs that is no capability; static. */
const char *caps_unknown(const char *needs);

#endif
