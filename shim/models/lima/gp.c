// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: the geometry processor. A job has a list for the VS, or one for the PLBU,
 * or both, one after the other. The PLBU takes memory from a heap. When that is used
 * up, it waits: the driver moves the start of the heap and starts it again with
 * UPDATE_PLBU_ALLOC.
 */
#include "models/lima/lima.h"

#define CMD_ALL                                                                \
	(GP_CMD_START_VS | GP_CMD_START_PLBU | GP_CMD_UPDATE_PLBU_ALLOC |      \
	 GP_CMD_RESET | GP_CMD_STOP_BUS | GP_CMD_SOFT_RESET)
/* Words of the frame */
#define WORD(offset) ((offset) / 4)

static void start(LimaCore *core, uint32_t cmd)
{
	const uint32_t *vs = &core->frame[WORD(GP_VSCL_START)];
	const uint32_t *plbu = &core->frame[WORD(GP_PLBUCL_START)];
	LimaJob job = {.plbu = !(cmd & GP_CMD_START_VS)};
	const uint32_t *first = job.plbu ? plbu : vs;

	if ((cmd & GP_CMD_START_VS && vs[0] >= vs[1]) ||
	    (cmd & GP_CMD_START_PLBU && plbu[0] >= plbu[1])) {
		lima_violation(core->lima,
			       "GP: started with a list that ends where it "
			       "begins or before");
		return;
	}
	job.list.start = first[0];
	job.list.end = first[1];
	if (cmd & GP_CMD_START_PLBU && !job.plbu) {
		job.next_start = plbu[0];
		job.next_end = plbu[1];
	}
	lima_job_start(core, &job);
}

static void write_cmd(void *block, uint32_t word G_GNUC_UNUSED, uint32_t cmd)
{
	LimaCore *core = block;

	if (cmd & ~CMD_ALL)
		lima_violation(core->lima, "GP: unknown command 0x%x", cmd);
	if (cmd & (GP_CMD_RESET | GP_CMD_SOFT_RESET))
		lima_core_reset_start(core, cmd & GP_CMD_SOFT_RESET);
	if (cmd & GP_CMD_STOP_BUS && !lima_job_hung(core))
		core->bus_stopped = true;
	if (cmd & GP_CMD_UPDATE_PLBU_ALLOC && !core->reset.active) {
		core->heap = core->frame[WORD(GP_ALLOC_START)];
		core->heap_end = core->frame[WORD(GP_ALLOC_END)];
		lima_job_set_heap(core);
	}
	if (cmd & (GP_CMD_START_VS | GP_CMD_START_PLBU))
		start(core, cmd);
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	const LimaCore *core = block;
	uint32_t status = 0;

	if (core->job.active)
		status = core->job.plbu ? GP_STATUS_PLBU_ACTIVE
					: GP_STATUS_VS_ACTIVE;
	if (core->bus_stopped)
		status |= GP_STATUS_BUS_STOPPED;
	return status;
}

#define FIELD(name) REGISTER_FIELD(LimaCore, name)

/* Registers of the LimaCore, but for those of interrupts */
static const Register registers[] = {
	{GP_VSCL_START, GP_FRAME_WORDS, .writable = REGISTER_RW,
	 .field = FIELD(frame)},
	{GP_CMD, .write = write_cmd},
	{GP_WRITE_BOUND_LOW, .writable = REGISTER_RW,
	 .field = FIELD(write_bound)},
	{GP_PERF_CNT_0_ENABLE, 7, .writable = REGISTER_RW,
	 .field = FIELD(counters)},
	{GP_STATUS, .read = read_status},
	{GP_VERSION, .reset = 0x0b070101},
};

static const RegisterTable table = REGISTER_TABLE(registers);

static bool is_irq(uint64_t offset)
{
	return offset >= GP_INT_RAWSTAT && offset <= GP_INT_STAT;
}

RegisterResult lima_gp_read(Lima *lima, uint64_t offset, uint32_t *value)
{
	LimaCore *core = &lima->core[LIMA_GP];

	return is_irq(offset) ? register_read(&irq_table, &core->irq,
					      offset - GP_INT_RAWSTAT, value)
			      : register_read(&table, core, offset, value);
}

RegisterResult lima_gp_write(Lima *lima, uint64_t offset, uint32_t value)
{
	LimaCore *core = &lima->core[LIMA_GP];
	LimaCore lost;

	if (offset < GP_ALLOC_START && core->job.active && !lima_job_hung(core))
		lima_violation(lima,
			       "GP: list addresses written while a job runs");
	if (core->reset.active && offset != GP_CMD) {
		/* Does the register exist? */
		lost = *core;
		core = &lost;
	}
	return is_irq(offset) ? register_write(&irq_table, &core->irq,
					       offset - GP_INT_RAWSTAT, value)
			      : register_write(&table, core, offset, value);
}

/* The bits of INT_RAWSTAT for @event */
static uint32_t bits_of(const LimaJob *job, LimaJobEvent event)
{
	switch (event) {
	case LIMA_JOB_NOTHING:
		return 0;
	case LIMA_JOB_VS_DONE:
		return GP_IRQ_VS_END;
	case LIMA_JOB_DONE:
		return job->plbu ? GP_IRQ_PLBU_END : GP_IRQ_VS_END;
	case LIMA_JOB_MEMORY:
		return GP_IRQ_OUT_OF_MEM;
	case LIMA_JOB_INVALID:
		return job->plbu ? GP_IRQ_PLB_INVALID_CMD
				 : GP_IRQ_VS_INVALID_CMD;
	case LIMA_JOB_BUS:
		return GP_IRQ_AXI_BUS_ERROR;
	case LIMA_JOB_FAILED:
		return job->fault.arg ? (uint32_t)job->fault.arg
				      : GP_IRQ_WRITE_BOUND_ERR;
	case LIMA_JOB_GARBAGE:
		break;
	}
	return (uint32_t)job->fault.arg & GP_IRQ_ALL;
}

void lima_gp_advance(Lima *lima)
{
	LimaCore *core = &lima->core[LIMA_GP];
	uint32_t bits = bits_of(&core->job, lima_job_advance(core));

	if (bits)
		irq_set(&core->irq, bits);
	if (lima_core_reset_due(core))
		irq_set(&core->irq, GP_IRQ_RESET_COMPLETED);
}
