// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpus.h"

#include <sched.h>
#include <unistd.h>

static unsigned int guests[CPU_SETSIZE];

int cpu_take(void)
{
	cpu_set_t allowed;
	int first, best = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return -1;
	/* Runners that start together should use different processors. */
	first = getpid() % CPU_COUNT(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		if (best < 0 || guests[cpu] < guests[best] ||
		    (guests[cpu] == guests[best] && first >= 0))
			best = cpu;
		first--;
	}
	guests[best]++;
	return best;
}

void cpu_give(int cpu)
{
	if (cpu >= 0)
		guests[cpu]--;
}
