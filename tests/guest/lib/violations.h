/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices' list of guest errors (shim/README.md, "violations"). A test that
 * leaves an entry there fails.
 */
#ifndef LIB_VIOLATIONS_H
#define LIB_VIOLATIONS_H

/*
 * Clear the list after a test has provoked violations. Each entry must contain
 * @text. Returns the number of entries.
 */
unsigned int violations_take(const char *text);
unsigned int violations_count(void);

/*
 * Likewise what the devices refused though a driver may pass it on for a process
 * ("refused"). An entry that is left there fails no test.
 */
unsigned int refused_take(const char *text);
unsigned int refused_count(void);

#endif
