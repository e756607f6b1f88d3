/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only some kernels under test can do. Tests list it in struct test.needs, and
 * apply from that patch of a series on that provides it.
 */
#ifndef GUEST_CAPS_H
#define GUEST_CAPS_H

#include <stdbool.h>

/*
 * Environment of a test (set by init) and of "guest-tests --list" (set by the
 * runner): the capabilities that the kernel must have, separated by blanks.
 */
#define MUST_HAVE "SB_MUST_HAVE"

/*
 * Return if the kernel has all capabilities in @needs, names separated by blanks.
 * Otherwise end the test: as failed if the kernel must have it (SB_MUST_HAVE), else
 * as skipped. An unknown name fails the test.
 */
void caps_require(const char *needs);

/*
 * Does the kernel have capability @name? For a test whose expectations depend on
 * it.
 */
bool caps_has(const char *name);

/* Does the kernel have it according to its series or source? Nothing is probed. */
bool caps_promised(const char *name);

/* NULL, or the first name in @needs that is no capability; static. */
const char *caps_unknown(const char *needs);

#endif
