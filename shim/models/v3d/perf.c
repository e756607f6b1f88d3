// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: performance counters. Four of the sources count here: cycles, and the cycles in
 * which a queue runs a job. They count in guest time, so the values are exact.
 */
#include "models/v3d/v3d.h"

/* Does counter @n count now? */
static bool counts(const V3d *v3d, unsigned int n)
{
	const V3dQueue *queue = v3d->queue;

	if (!(v3d->pctr_en & 1u << n))
		return false;
	switch (v3d->pctr_src[n / 4] >> n % 4 * 8 & 0x7f) {
	case PCTR_CYCLES:
		return true;
	case PCTR_BIN_ACTIVE:
		return queue[V3D_QUEUE_BIN].job.active;
	case PCTR_RENDER_ACTIVE:
		return queue[V3D_QUEUE_RENDER].job.active;
	case PCTR_COMPUTE_ACTIVE:
		return queue[V3D_QUEUE_CSD].job.active;
	}
	return false;
}

void v3d_perf_count(V3d *v3d)
{
	uint64_t cycles = (v3d->dev.now_ns - v3d->pctr_ns) / V3D_CYCLE_NS;

	v3d->pctr_ns += cycles * V3D_CYCLE_NS;
	for (unsigned int n = 0; n < PCTRS; n++) {
		if (!counts(v3d, n))
			continue;
		if (cycles > G_MAXUINT32 - v3d->pctr[n])
			v3d->pctr_overflow |= 1u << n;
		v3d->pctr[n] += (uint32_t)cycles;
	}
}

void v3d_perf_enable(V3d *v3d, uint32_t mask)
{
	v3d_perf_count(v3d);
	v3d->pctr_en = mask;
}

void v3d_perf_clear(V3d *v3d, uint32_t mask)
{
	v3d_perf_count(v3d);
	for (unsigned int n = 0; n < PCTRS; n++)
		if (mask & 1u << n)
			v3d->pctr[n] = 0;
}
