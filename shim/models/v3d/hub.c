// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: registers of the hub, with the TFU, and of the bridge: a write to SW_INIT_0
 * resets everything.
 */
#include "models/v3d/v3d.h"

#include <string.h>

/* Word of V3d.tfu */
#define TFU_WORD(offset) (((offset)-TFU_IIA) / 4)

static uint32_t read_tfu(void *block, uint32_t word G_GNUC_UNUSED)
{
	const V3d *v3d = block;

	return v3d->queue[V3D_QUEUE_TFU].job.active ? TFU_CS_BUSY : 0;
}

static void start_tfu(void *block, uint32_t word G_GNUC_UNUSED,
		      uint32_t value G_GNUC_UNUSED)
{
	V3d *v3d = block;

	v3d_job_start(&v3d->queue[V3D_QUEUE_TFU], v3d->tfu[TFU_WORD(TFU_IIA)],
		      0);
}

static void forget(V3d *v3d)
{
	for (V3dQueueId i = 0; i < V3D_QUEUES; i++) {
		v3d_job_kill(&v3d->queue[i], "killed by reset");
		v3d->queue[i].flushed = false;
		v3d->queue[i].sliced = false;
	}
	irq_reset(&v3d->hub_irq);
	irq_reset(&v3d->core_irq);
	v3d_mmu_reset(v3d);
	v3d->axicfg = 0;
	memset(v3d->tfu, 0, sizeof(v3d->tfu));
	v3d->tfu_icfg = 0;
	v3d->tfu_su = 0;
	v3d->misccfg = 0;
	v3d->l2t_start = 0;
	v3d->l2t_end = 0;
	memset(v3d->list_start, 0, sizeof(v3d->list_start));
	memset(v3d->list_end, 0, sizeof(v3d->list_end));
	v3d->qma = 0;
	v3d->qms = 0;
	v3d->qts = 0;
	v3d->pool = 0;
	v3d->pool_size = 0;
	v3d->more = 0;
	v3d->more_size = 0;
	memset(v3d->csd, 0, sizeof(v3d->csd));
	memset(v3d->csd_current, 0, sizeof(v3d->csd_current));
	v3d->gmp_cfg = 0;
	v3d->err_stat = 0;
	v3d->pctr_en = 0;
	v3d->pctr_overflow = 0;
	memset(v3d->pctr_src, 0, sizeof(v3d->pctr_src));
	memset(v3d->pctr, 0, sizeof(v3d->pctr));
}

void v3d_hub_reset(V3d *v3d)
{
	forget(v3d);
	v3d->sw_init = 0;
	v3d->reset.active = false;
	v3d->disturbed = false;
	v3d->pctr_ns = 0;
}

void v3d_bridge_advance(V3d *v3d)
{
	if (!hold_due(&v3d->dev, &v3d->reset))
		return;
	v3d->reset.active = false;
	forget(v3d);
}

static void write_sw_init(void *block, uint32_t word G_GNUC_UNUSED,
			  uint32_t value)
{
	V3d *v3d = block;
	Fault fault;

	if (!(value & BRIDGE_SW_INIT))
		return;
	v3d->counter[COUNT_RESETS]++;
	fault = v3d_begin(v3d, &v3d->reset, "RESET", 0);
	v3d->disturbed = fault.kind != FAULT_NONE;
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		v3d->reset.active = false;
	v3d_bridge_advance(v3d);
}

#define FIELD(name) REGISTER_FIELD(V3d, name)
#define RW(offset, words, name)                                                \
	{                                                                      \
		offset, words, .writable = REGISTER_RW, .field = FIELD(name)   \
	}

/* Registers of a V3d, but for those of interrupts and MMU. Identity: of a BCM2711 */
static const Register hub_registers[] = {
	{HUB_AXICFG, .writable = HUB_AXICFG_MAX_LEN, .field = FIELD(axicfg)},
	{HUB_UIFCFG, .reset = 0x00000045},
	{HUB_IDENT0, .reset = 0x42554856}, /* "VHUB" */
	{HUB_IDENT1, .reset = 0x000e1124}, /* version 4, revision 2, one core */
	{HUB_IDENT2, .reset = 0x00000100}, /* has an MMU */
	{HUB_IDENT3, .reset = 0x00000e00},
	{TFU_CS, .read = read_tfu},
	RW(TFU_SU, 1, tfu_su),
	{TFU_ICFG, .writable = REGISTER_RW, .field = FIELD(tfu_icfg),
	 .write = start_tfu},
	RW(TFU_IIA, TFU_WORDS, tfu),
	{TFU_CRC, .reset = 0},
};

static const Register bridge_registers[] = {
	{BRIDGE_REVISION, .reset = 0x0200},
	{BRIDGE_SW_INIT_0, .writable = BRIDGE_SW_INIT, .field = FIELD(sw_init),
	 .write = write_sw_init},
};

static const RegisterTable hub_table = REGISTER_TABLE(hub_registers);
static const RegisterTable bridge_table = REGISTER_TABLE(bridge_registers);

static bool is_irq(uint64_t offset)
{
	return offset >= INT_BASE && offset < INT_END;
}

RegisterResult v3d_hub_read(V3d *v3d, uint64_t offset, uint32_t *value)
{
	if (offset >= MMUC_CONTROL)
		return v3d_mmu_read(v3d, offset, value);
	return is_irq(offset) ? v3d_irq_read(&v3d->hub_irq, offset, value)
			      : register_read(&hub_table, v3d, offset, value);
}

RegisterResult v3d_hub_write(V3d *v3d, uint64_t offset, uint32_t value)
{
	if (offset >= MMUC_CONTROL)
		return v3d_mmu_write(v3d, offset, value);
	return is_irq(offset) ? v3d_irq_write(v3d, &v3d->hub_irq, offset, value)
			      : register_write(&hub_table, v3d, offset, value);
}

RegisterResult v3d_bridge_read(V3d *v3d, uint64_t offset, uint32_t *value)
{
	return register_read(&bridge_table, v3d, offset, value);
}

RegisterResult v3d_bridge_write(V3d *v3d, uint64_t offset, uint32_t value)
{
	return register_write(&bridge_table, v3d, offset, value);
}
