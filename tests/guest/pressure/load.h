/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that need memory, and what became of them.
 */
#ifndef PRESSURE_LOAD_H
#define PRESSURE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Run a program that dirties @size bytes and finds all of it as it was: true
 * when it has come to its end, false when the kernel has killed it for want of
 * memory. Its memory is locked, so that swapping out the program instead of
 * what lies idle is no way out. When the kernel looks for somebody to kill, it
 * is the first.
 */
bool load_locked(size_t size);

/*
 * Dirty @size bytes of this process and give them back; the kernel may swap
 * them out meanwhile. Fails the test when a byte is not as it was.
 */
void load_dirty(size_t size);

/*
 * Keep memory short: a process that takes memory until @swapped bytes of swap
 * space are used, and then, until it is killed, uses a part after the other,
 * each millisecond one; what it uses comes from swap space, and something else
 * must go there. Returns when memory is short. It sleeps in between because
 * virtual time goes on, and others get to work, only when nobody has any.
 */
pid_t load_start(size_t swapped);
void load_stop(pid_t pid);

#endif
