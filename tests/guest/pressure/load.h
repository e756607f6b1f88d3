/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that need memory, and whether they survive. */
#ifndef PRESSURE_LOAD_H
#define PRESSURE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Run a program that dirties @size bytes and checks them afterwards. True if it
 * completes, false if the OOM killer has killed it. Its memory is locked: otherwise
 * the kernel could swap out the program instead of idle BOs. It is the OOM killer's
 * first choice.
 */
bool load_locked(size_t size);

/*
 * Dirty @size bytes of this process, check them, and free them; meanwhile the
 * kernel may swap them out. Fails the test if a byte differs.
 */
void load_dirty(size_t size);

/*
 * Keep memory short: a process that takes memory until @swapped bytes of swap space
 * are used. Then, until it is killed, it accesses one part after the other, one
 * each millisecond. Each access swaps something in and something else out. Returns
 * when memory is short. The process sleeps in between because virtual time only
 * passes, and others only run, when all processes sleep.
 */
pid_t load_start(size_t swapped);
void load_stop(pid_t pid);

#endif
