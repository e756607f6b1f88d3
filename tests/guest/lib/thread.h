/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of a test, which share its files and mappings. An error fails the test.
 */
#ifndef LIB_THREAD_H
#define LIB_THREAD_H

#include <stdbool.h>

struct thread;

/*
 * Run @function(@arg) in a thread that has this name (at most 15 bytes) in the kernel, too.
 * A check that fails there ends the test. Owned by the caller, until thread_join().
 */
struct thread *thread_start(const char *name, void (*function)(void *arg),
			    void *arg);

/* Has it returned from its function? */
bool thread_done(const struct thread *thread);
/*
 * Wait until it has returned, or sleeps: for a lock, or for what another does. Returns true
 * if it sleeps.
 */
bool thread_sleeps(const struct thread *thread);
/* Wait for its end, and free it. */
void thread_join(struct thread *thread);

#endif
