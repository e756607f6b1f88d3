/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that a test starts. An error fails the test. For a process that
 * makes one call and is interrupted in it, see caller.h.
 */
#ifndef LIB_PROCESS_H
#define LIB_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Run @function(@arg) in a child process, which ends with TEST_PASS when the
 * function returns. A check that fails there ends only the child, so call
 * child_wait().
 */
pid_t child_start(void (*function)(void *arg), void *arg);
/* Wait for the child's end; it must end with TEST_PASS. */
void child_wait(pid_t pid);
/* Kill a child that would not end by itself; it must not have ended before. */
void child_kill(pid_t pid);

/* State of a child process @pid: R, S, D, Z ... */
char process_state(pid_t pid);

/*
 * Call @look with the number and name (comm) of each process, kernel threads as well, until
 * it returns true. Returns whether it did. A process that ends meanwhile may be left out.
 */
bool process_find(bool (*look)(pid_t pid, const char *name, void *data),
		  void *data);

/* Does it end within @ms milliseconds? It is not reaped. */
bool process_ends(pid_t pid, int ms);

#endif
