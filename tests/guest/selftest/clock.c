// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UML itself: the guest's clock stops while the host does not run the guest
 * (uml-config/fixups/clock-busy-host.patch). The processor's time stamp counter,
 * which continues, shows how long that was.
 */
#include <time.h>
#include <x86intrin.h>

#include "lib/test.h"

#define MS 1000000ull
#define STOPPED (400 * MS)
/* A tick beyond the next timer, plus time for the test itself. */
#define STEP_MAX (100 * MS)

struct moment {
	unsigned long long ns; /* of the guest's clock */
	unsigned long long cycles;
};

static struct moment now(void)
{
	struct timespec ts;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &ts));
	return (struct moment){ts.tv_sec * 1000 * MS + ts.tv_nsec, __rdtsc()};
}

/* The minimum of several measurements: interruptions only add cycles. */
static double cycles_per_ns(void)
{
	double least = 1e9;

	for (int i = 0; i < 50; i++) {
		struct moment begin = now(), end;
		double ratio;

		do
			end = now();
		while (end.ns < begin.ns + MS);
		ratio = (double)(end.cycles - begin.cycles) /
			(end.ns - begin.ns);
		if (ratio < least)
			least = ratio;
	}
	return least;
}

TEST(clock_stops, .name = "selftest/clock",
     .about = "the clock stops while the guest is stopped", .hidden = true)
{
	double stopped = cycles_per_ns() * STOPPED;
	struct moment before = now(), after = before;

	test_note("waits for a stop");
	while (after.cycles - before.cycles < stopped) {
		before = after;
		after = now();
	}
	CHECK_CMP(after.ns - before.ns, <, STEP_MAX);
}
