/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices' list of what the guest did that no guest may (shim/README.md,
 * "violations"). A test that leaves one there fails.
 */
#ifndef LIB_VIOLATIONS_H
#define LIB_VIOLATIONS_H

/*
 * The test has provoked violations, each of which must hold @text: forget them,
 * and tell how many there were.
 */
unsigned int violations_take(const char *text);
unsigned int violations_count(void);

#endif
