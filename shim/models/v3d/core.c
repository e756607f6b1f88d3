// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: registers of the core. Writing the end of a control list, or word 0 of a compute
 * dispatch, starts a job. The caches have nothing to do here: what a processor wrote is
 * in RAM, and a command is complete when it has been written.
 */
#include "models/v3d/v3d.h"

static void write_slices(void *block, uint32_t word G_GNUC_UNUSED,
			 uint32_t value)
{
	V3d *v3d = block;

	for (V3dQueueId i = 0; value && i < V3D_QUEUES; i++)
		v3d->queue[i].sliced = true;
}

static void write_l2t(void *block, uint32_t word G_GNUC_UNUSED, uint32_t value)
{
	V3d *v3d = block;
	bool flush = value == (CTL_L2TCACTL_L2TFLS |
			       CTL_L2TCACTL_FLM(CTL_L2TCACTL_FLM_FLUSH));

	/* The driver sets it once and always flushes everything. */
	if (flush && (v3d->l2t_start || v3d->l2t_end != G_MAXUINT32) &&
	    !v3d->disturbed)
		v3d_violation(v3d, "L2T: flushed from 0x%x to 0x%x only",
			      v3d->l2t_start, v3d->l2t_end);
	for (V3dQueueId i = 0; flush && i < V3D_QUEUES; i++)
		v3d->queue[i].flushed = true;
}

static bool running(const V3d *v3d, uint32_t n)
{
	return v3d->queue[n].job.active;
}

static uint32_t read_status(void *block, uint32_t n)
{
	return running(block, n) ? CLE_CTCS_RUN : 0;
}

static uint32_t read_end(void *block, uint32_t n)
{
	return ((const V3d *)block)->list_end[n];
}

/* The current address moves with the time that has passed. */
static uint32_t read_current(void *block, uint32_t n)
{
	const V3d *v3d = block;
	const V3dJob *job = &v3d->queue[n].job;

	if (!job->active)
		return v3d->list_end[n];
	if (!job->hold.active || job->list.end <= job->list.start)
		return job->list.at;
	return job->list.start +
	       (uint32_t)v3d_job_progress(&v3d->queue[n],
					  job->list.end - job->list.start);
}

static void start_list(void *block, uint32_t n, uint32_t end)
{
	V3d *v3d = block;

	if (n == V3D_QUEUE_BIN) {
		v3d->pool = v3d->qma;
		v3d->pool_size = v3d->qms;
	}
	v3d_job_start(&v3d->queue[n], v3d->list_start[n], end);
}

static void write_more_size(void *block, uint32_t word G_GNUC_UNUSED,
			    uint32_t size)
{
	V3d *v3d = block;

	if (size)
		v3d_job_more_memory(&v3d->queue[V3D_QUEUE_BIN]);
}

static void write_pctr_en(void *block, uint32_t word G_GNUC_UNUSED,
			  uint32_t mask)
{
	v3d_perf_enable(block, mask);
}

static void write_pctr_clear(void *block, uint32_t word G_GNUC_UNUSED,
			     uint32_t mask)
{
	v3d_perf_clear(block, mask);
}

static uint32_t read_pctr(void *block, uint32_t n)
{
	V3d *v3d = block;

	v3d_perf_count(v3d);
	return v3d->pctr[n];
}

static uint32_t read_csd_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	return running(block, V3D_QUEUE_CSD) ? CSD_STATUS_CURRENT : 0;
}

static void write_csd(void *block, uint32_t n, uint32_t value G_GNUC_UNUSED)
{
	V3d *v3d = block;

	if (n)
		return;
	for (uint32_t i = 0; i < 3; i++)
		if (!(v3d->csd[i] >> 16))
			v3d_violation(v3d,
				      "CSD: dispatched with no workgroups in "
				      "dimension %u",
				      i);
	for (uint32_t i = 0; i < CSD_WORDS; i++)
		v3d->csd_current[i] = v3d->csd[i];
	v3d_job_start(&v3d->queue[V3D_QUEUE_CSD], v3d->csd[CSD_UNIFORMS] & ~3u,
		      0);
}

/* The batches that are left go down with the time that has passed. */
static uint32_t read_csd(void *block, uint32_t n)
{
	const V3d *v3d = block;
	uint32_t value = v3d->csd_current[n];

	if (n != CSD_BATCHES)
		return value;
	if (!running(v3d, V3D_QUEUE_CSD))
		return 0;
	return value -
	       (uint32_t)v3d_job_progress(&v3d->queue[V3D_QUEUE_CSD], value);
}

#define FIELD(name) REGISTER_FIELD(V3d, name)
#define RW(offset, words, name)                                                \
	{                                                                      \
		offset, words, .writable = REGISTER_RW, .field = FIELD(name)   \
	}

/* Registers of a V3d, but for those of interrupts */
static const Register registers[] = {
	/* "V3D", 4; revision 2; what Mesa expects of a 4.2 */
	{CTL_IDENT0, .reset = 0x04443356},
	{CTL_IDENT1, .reset = 0x81001422},
	{CTL_IDENT2, .reset = 0x40078121},
	RW(CTL_MISCCFG, 1, misccfg),
	{CTL_SLCACTL, .write = write_slices, .read = register_zero},
	{CTL_L2TCACTL, .write = write_l2t, .read = register_zero},
	RW(CTL_L2TFLSTA, 1, l2t_start),
	RW(CTL_L2TFLEND, 1, l2t_end),
	{CLE_CTCS(0), 2, .read = read_status},
	{CLE_CTEA(0), 2, .read = read_end},
	{CLE_CTCA(0), 2, .read = read_current},
	{CLE_CTRA(0), 2, .reset = 0},
	RW(CLE_CT0QTS, 1, qts),
	RW(CLE_CTQBA(0), 2, list_start),
	{CLE_CTQEA(0), 2, .writable = REGISTER_RW, .field = FIELD(list_end),
	 .write = start_list},
	RW(CLE_CT0QMA, 1, qma),
	RW(CLE_CT0QMS, 1, qms),
	{PTB_BPCA, .field = FIELD(pool)},
	{PTB_BPCS, .field = FIELD(pool_size)},
	RW(PTB_BPOA, 1, more),
	{PTB_BPOS, .writable = REGISTER_RW, .field = FIELD(more_size),
	 .write = write_more_size},
	{PCTR_EN, .read = register_zero, .write = write_pctr_en},
	{PCTR_CLR, .read = register_zero, .write = write_pctr_clear},
	{PCTR_OVERFLOW, .clears = ~0u, .field = FIELD(pctr_overflow)},
	RW(PCTR_SRC, PCTR_SRCS, pctr_src),
	{PCTR_VALUE, PCTRS, .read = read_pctr},
	{GMP_STATUS, .reset = 0}, /* idle */
	RW(GMP_CFG, 1, gmp_cfg),
	{GMP_VIO_ADDR, .reset = 0},
	{CSD_STATUS, .read = read_csd_status},
	{CSD_QUEUED(0), CSD_WORDS, .writable = REGISTER_RW, .field = FIELD(csd),
	 .write = write_csd},
	{CSD_CURRENT(0), CSD_WORDS, .read = read_csd},
	{ERR_FDBGO, 4, .reset = 0},
	{ERR_STAT, .field = FIELD(err_stat)},
};

static const RegisterTable table = REGISTER_TABLE(registers);

static bool is_irq(uint64_t offset)
{
	return offset >= INT_BASE && offset < INT_END;
}

RegisterResult v3d_core_read(V3d *v3d, uint64_t offset, uint32_t *value)
{
	return is_irq(offset) ? v3d_irq_read(&v3d->core_irq, offset, value)
			      : register_read(&table, v3d, offset, value);
}

RegisterResult v3d_core_write(V3d *v3d, uint64_t offset, uint32_t value)
{
	return is_irq(offset)
		       ? v3d_irq_write(v3d, &v3d->core_irq, offset, value)
		       : register_write(&table, v3d, offset, value);
}
