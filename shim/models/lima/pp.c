// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-400: the pixel processor. */
#include "models/lima/lima.h"

#define CTRL_ALL                                                               \
	(PP_CTRL_STOP_BUS | PP_CTRL_FLUSH_CACHES | PP_CTRL_FORCE_RESET |       \
	 PP_CTRL_START | PP_CTRL_SOFT_RESET)

static void write_ctrl(void *block, uint32_t word G_GNUC_UNUSED, uint32_t ctrl)
{
	LimaCore *core = block;

	if (ctrl & ~CTRL_ALL)
		lima_violation(core->lima, "PP: unknown command 0x%x", ctrl);
	if (ctrl & (PP_CTRL_FORCE_RESET | PP_CTRL_SOFT_RESET))
		lima_core_reset_start(core, ctrl & PP_CTRL_SOFT_RESET);
	if (ctrl & PP_CTRL_STOP_BUS && !lima_job_hung(core))
		core->bus_stopped = true;
	if (ctrl & PP_CTRL_START)
		lima_job_start(core, &(LimaJob){.list.start = core->frame[0]});
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	const LimaCore *core = block;

	return (core->job.active ? PP_STATUS_RENDERING_ACTIVE : 0) |
	       (core->bus_stopped ? PP_STATUS_BUS_STOPPED : 0);
}

static uint32_t read_list(void *block, uint32_t word G_GNUC_UNUSED)
{
	const LimaCore *core = block;

	return core->job.list.at;
}

#define FIELD(name) REGISTER_FIELD(LimaCore, name)
#define RW(offset, words, name)                                                \
	{                                                                      \
		offset, words, .writable = REGISTER_RW, .field = FIELD(name)   \
	}

/* Registers of the LimaCore, but for those of interrupts */
static const Register registers[] = {
	RW(PP_FRAME, PP_FRAME_WORDS, frame),
	RW(PP_WB(0), PP_WB_WORDS, wb[0]),
	RW(PP_WB(1), PP_WB_WORDS, wb[1]),
	RW(PP_WB(2), PP_WB_WORDS, wb[2]),
	{PP_VERSION, .reset = 0xcd070101},
	{PP_CURRENT_REND_LIST, .read = read_list},
	{PP_STATUS, .read = read_status},
	{PP_CTRL, .write = write_ctrl},
	RW(PP_WRITE_BOUNDARY_LOW, 1, write_bound),
	{PP_BUS_ERROR_STATUS, .reset = 0},
	RW(PP_PERF_CNT_0_ENABLE, 4, counters),
	RW(PP_PERF_CNT_1_ENABLE, 4, counters[4]),
};

static const RegisterTable table = REGISTER_TABLE(registers);

static bool is_irq(uint64_t offset)
{
	return offset >= PP_INT_RAWSTAT && offset <= PP_INT_STATUS;
}

RegisterResult lima_pp_read(Lima *lima, uint64_t offset, uint32_t *value)
{
	LimaCore *core = &lima->core[LIMA_PP];

	return is_irq(offset) ? register_read(&irq_table, &core->irq,
					      offset - PP_INT_RAWSTAT, value)
			      : register_read(&table, core, offset, value);
}

RegisterResult lima_pp_write(Lima *lima, uint64_t offset, uint32_t value)
{
	LimaCore *core = &lima->core[LIMA_PP];
	LimaCore lost;

	if (offset < PP_VERSION && core->job.active && !lima_job_hung(core))
		lima_violation(lima, "PP: frame written while a job runs");
	if (core->reset.active && offset != PP_CTRL) {
		/* Does the register exist? */
		lost = *core;
		core = &lost;
	}
	/* Unlike elsewhere, a write to RAWSTAT sets the bits. */
	if (offset == PP_INT_RAWSTAT) {
		irq_set(&core->irq, value & PP_IRQ_ALL);
		return REGISTER_OK;
	}
	return is_irq(offset) ? register_write(&irq_table, &core->irq,
					       offset - PP_INT_RAWSTAT, value)
			      : register_write(&table, core, offset, value);
}

/* The bits of INT_RAWSTAT for @event */
static uint32_t bits_of(const LimaJob *job, LimaJobEvent event)
{
	switch (event) {
	case LIMA_JOB_NOTHING:
	case LIMA_JOB_VS_DONE:
	case LIMA_JOB_MEMORY:
		return 0;
	case LIMA_JOB_DONE:
		return PP_IRQ_END_OF_FRAME;
	case LIMA_JOB_INVALID:
		return PP_IRQ_INVALID_PLIST_COMMAND;
	case LIMA_JOB_BUS:
		return PP_IRQ_BUS_ERROR;
	case LIMA_JOB_FAILED:
		return job->fault.arg ? (uint32_t)job->fault.arg
				      : PP_IRQ_WRITE_BOUNDARY_ERROR;
	case LIMA_JOB_GARBAGE:
		break;
	}
	return (uint32_t)job->fault.arg & PP_IRQ_ALL;
}

void lima_pp_advance(Lima *lima)
{
	LimaCore *core = &lima->core[LIMA_PP];
	uint32_t bits = bits_of(&core->job, lima_job_advance(core));

	if (bits)
		irq_set(&core->irq, bits);
	if (lima_core_reset_due(core))
		irq_set(&core->irq, PP_IRQ_RESET_COMPLETED);
}
