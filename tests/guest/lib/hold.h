/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hold points (drivers-stub/race/hold.c): a task waits where the test says, while everybody
 * else goes on. They need a kernel of the variant race: .needs = "race". An error fails the
 * test.
 */
#ifndef LIB_HOLD_H
#define LIB_HOLD_H

#include <stdbool.h>

#include "lib/cleanup.h"

/*
 * Hold the first task that gets to a point, "FUNCTION[+entry|+exit|+block N] [task NAME]
 * [nth K] [reclaim]": of this name, for the Kth time (1). Without a name, any task but this thread.
 * With "reclaim", it calls all shrinkers when it goes on, as an allocation there may.
 * The function must be an instrumented one (uml-config/race-files.sh). Returns a file
 * descriptor, owned by the caller; when it is closed, the hold ends.
 */
int hold_at(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* HOLD(hold, "drm_gem_shmem_fault task reader"): until the block ends. */
#define HOLD(name, ...) FD(name, hold_at(__VA_ARGS__))

/* Wait until a task is held. If none gets there in test_ticks(), the test fails. */
void hold_wait(int hold);
/* Is a task held now? */
bool hold_holds(int hold);
/* Let the task go on, which must be held. */
void hold_release(int hold);

#endif
