/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations of a system call that fail, one at a time, by the kernel's fault
 * injection (/proc/thread-self/fail-nth, failslab). An error fails the test.
 */
#ifndef GUEST_INJECT_H
#define GUEST_INJECT_H

#include <stdbool.h>

/* More allocations than any call makes that a test lets fail. */
#define INJECT_MOST 300

/* Once, before all else; skips the test where the kernel cannot do it. */
void inject_begin(void);

/* From now on, the @n-th allocation of this thread fails; 0: none does. */
void inject_nth(unsigned int n);

/* None fails any more: has that one? */
bool inject_hit(void);

#endif
