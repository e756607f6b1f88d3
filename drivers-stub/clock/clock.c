// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock of lock statistics (CONFIG_LOCK_STAT). UML has no sched_clock() of its own,
 * and the kernel's default counts ticks of 10 ms. This one is the host's, in
 * nanoseconds. Under time-travel= it is real time as well.
 */
#include <linux/sched/clock.h>
#include <os.h>

unsigned long long notrace sched_clock(void)
{
	return os_nsecs();
}
