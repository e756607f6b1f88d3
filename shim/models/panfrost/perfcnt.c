// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: the cycle counter and the performance counters.
 *
 * A sample of the performance counters is blocks of 64 words, in the order JM,
 * tiler, L2, then the shader cores (the layout for GPUs later than "V4", see
 * panfrost_perfcnt_init()). In each block, words 0 and 1 are the time stamp in
 * ns, 2 is the block's enable mask, 3 the number of the sample since the
 * counters were cleared. Words 4 and above are counters; each bit of the mask
 * enables four. A counter reads as block << 16 | word, so that no two are the
 * same; only word 4 of JM counts something, the jobs since the counters were
 * cleared.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

#define PERFCNT_WORDS 64u
#define PERFCNT_BLOCKS (3u + SHADER_CORES)
#define PERFCNT_FIRST 4u

enum { EN_JM, EN_SHADER, EN_TILER, EN_NONE, EN_L2 };

uint64_t panfrost_cycles(Panfrost *panfrost)
{
	uint64_t cycles = panfrost->cycles;

	if (panfrost->cycles_on)
		cycles += (panfrost->dev.now_ns - panfrost->cycles_since_ns) /
			  PANFROST_CYCLE_NS;
	return cycles;
}

void panfrost_count_cycles(Panfrost *panfrost, bool on)
{
	panfrost->cycles = panfrost_cycles(panfrost);
	panfrost->cycles_since_ns = panfrost->dev.now_ns;
	panfrost->cycles_on = on;
}

void panfrost_gpu_fault(Panfrost *panfrost, uint32_t status, uint64_t address)
{
	panfrost->gpu_fault_status = status;
	panfrost->gpu_fault_address = address;
	panfrost_trace(panfrost, "GPU fault 0x%x at 0x%" G_GINT64_MODIFIER "x",
		       status, address);
	irq_set(&panfrost->gpu_irq, GPU_IRQ_FAULT);
}

static void fill_block(Panfrost *panfrost, unsigned int block, uint32_t *words)
{
	static const uint8_t enable[] = {EN_JM, EN_TILER, EN_L2};
	uint32_t mask = panfrost->perfcnt_en[block < G_N_ELEMENTS(enable)
						     ? enable[block]
						     : EN_SHADER];

	memset(words, 0, PERFCNT_WORDS * sizeof(*words));
	words[0] = panfrost_word(panfrost->dev.now_ns, 0);
	words[1] = panfrost_word(panfrost->dev.now_ns, 1);
	words[2] = mask;
	words[3] = panfrost->perfcnt_samples;
	for (unsigned int i = PERFCNT_FIRST; i < PERFCNT_WORDS; i++)
		if (mask >> (i / 4) & 1)
			words[i] = block << 16 | i;
	if (!block && mask >> (PERFCNT_FIRST / 4) & 1)
		words[PERFCNT_FIRST] = panfrost->perfcnt_jobs;
}

static void sample(Panfrost *panfrost)
{
	uint32_t words[PERFCNT_BLOCKS][PERFCNT_WORDS];
	unsigned int as = PERFCNT_AS(panfrost->perfcnt_cfg);
	SpaceStatus status = SPACE_OFF;

	panfrost->perfcnt_waits = false;
	panfrost->perfcnt_samples++;
	for (unsigned int i = 0; i < PERFCNT_BLOCKS; i++)
		fill_block(panfrost, i, words[i]);
	if (as < PANFROST_SPACES)
		status = space_store(&panfrost->as[as].space,
				     panfrost->perfcnt_base, words,
				     sizeof(words));
	switch (status) {
	case SPACE_OK:
		panfrost->counter[COUNT_PERFCNT_SAMPLES]++;
		panfrost_trace(panfrost,
			       "performance counters: sample %u to AS %u "
			       "address 0x%" G_GINT64_MODIFIER "x",
			       panfrost->perfcnt_samples, as,
			       panfrost->perfcnt_base);
		irq_set(&panfrost->gpu_irq, GPU_IRQ_PERFCNT_SAMPLE_COMPLETED);
		break;
	case SPACE_LOCKED:
		panfrost->perfcnt_samples--;
		panfrost->perfcnt_waits = true;
		break;
	case SPACE_FAULT: /* the MMU has reported it; the sample is lost */
		break;
	case SPACE_OFF:
		panfrost_violation(panfrost,
				   "performance counter sample to AS %u, which "
				   "has no table",
				   as);
		/* fall through */
	case SPACE_OUTSIDE:
		panfrost_gpu_fault(panfrost, PANFROST_DELAYED_BUS_FAULT,
				   panfrost->perfcnt_base);
		break;
	}
}

void panfrost_perfcnt_clear(Panfrost *panfrost)
{
	panfrost->perfcnt_samples = 0;
	panfrost->perfcnt_jobs = 0;
}

void panfrost_perfcnt_sample(Panfrost *panfrost)
{
	if (PERFCNT_MODE(panfrost->perfcnt_cfg) == PERFCNT_MODE_OFF)
		panfrost_violation(
			panfrost,
			"performance counter sample while they are off");
	else
		sample(panfrost);
}

/* Take the sample that waited for the address space to be unlocked. */
static void on_space_event(void *user, Space *space G_GNUC_UNUSED,
			   const SpaceEvent *event)
{
	const PanfrostAs *as = user;
	Panfrost *panfrost = as->panfrost;

	if (event->type == SPACE_EVENT_UNLOCKED && panfrost->perfcnt_waits &&
	    PERFCNT_AS(panfrost->perfcnt_cfg) == as->n)
		sample(panfrost);
}

void panfrost_perfcnt_init(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		space_listen(&panfrost->as[i].space, on_space_event,
			     &panfrost->as[i]);
}

void panfrost_perfcnt_reset(Panfrost *panfrost)
{
	panfrost->cycles_on = false;
	panfrost->cycles = 0;
	panfrost->perfcnt_base = 0;
	panfrost->perfcnt_cfg = 0;
	memset(panfrost->perfcnt_en, 0, sizeof(panfrost->perfcnt_en));
	panfrost->perfcnt_samples = 0;
	panfrost->perfcnt_jobs = 0;
	panfrost->perfcnt_waits = false;
}
