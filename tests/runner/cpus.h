/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor for each guest. A guest's processes and its daemon take turns,
 * hundreds of times for each test, and never run at the same time. A switch within
 * one processor is faster than to another one, which may have to be woken up first.
 */
#ifndef RUNNER_CPUS_H
#define RUNNER_CPUS_H

/*
 * One of the processors that the runner may use, of those that fewest guests
 * have; -1: any.
 */
int cpu_take(void);
/* Give it back. */
void cpu_give(int cpu);

#endif
