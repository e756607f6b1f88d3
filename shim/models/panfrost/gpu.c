// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: the GPU control block. */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

static void reset_done(Panfrost *panfrost)
{
	panfrost->reset.active = false;
	panfrost_irq_set(panfrost, &panfrost->gpu_irq, GPU_IRQ_RESET_COMPLETED);
}

static void start_reset(Panfrost *panfrost, const char *how)
{
	Hold hold;
	Fault fault;

	fault = panfrost_begin(panfrost, &hold, "RESET", 0);
	panfrost->counter[COUNT_RESETS]++;
	panfrost_trace(panfrost, "%s reset", how);
	if (fault.kind == FAULT_FAIL)
		return;
	panfrost_gpu_reset(panfrost);
	panfrost->reset = hold;
	if (hold_due(&panfrost->dev, &hold))
		reset_done(panfrost);
	if (fault.kind == FAULT_GARBAGE)
		panfrost_gpu_fault(panfrost, (uint32_t)fault.arg, fault.arg);
}

static void command(Panfrost *panfrost, uint32_t cmd)
{
	switch (cmd) {
	case GPU_CMD_NOP:
		break;
	case GPU_CMD_SOFT_RESET:
		start_reset(panfrost, "soft");
		break;
	case GPU_CMD_HARD_RESET:
		start_reset(panfrost, "hard");
		break;
	case GPU_CMD_PERFCNT_CLEAR:
		panfrost_perfcnt_clear(panfrost);
		break;
	case GPU_CMD_PERFCNT_SAMPLE:
		panfrost_perfcnt_sample(panfrost);
		break;
	case GPU_CMD_CYCLE_COUNT_START:
		panfrost_count_cycles(panfrost, true);
		break;
	case GPU_CMD_CYCLE_COUNT_STOP:
		panfrost_count_cycles(panfrost, false);
		break;
	case GPU_CMD_CLEAN_CACHES:
	case GPU_CMD_CLEAN_INV_CACHES:
		/* The model has no data caches: what a job wrote is there. */
		panfrost->flush_id++;
		panfrost_irq_set(panfrost, &panfrost->gpu_irq,
				 GPU_IRQ_CLEAN_CACHES_COMPLETED);
		break;
	default:
		panfrost_violation(panfrost, "unknown GPU command 0x%x", cmd);
	}
}

static uint32_t gpu_status(Panfrost *panfrost)
{
	uint32_t status = 0;

	if (panfrost_active(panfrost))
		status |= GPU_STATUS_ACTIVE;
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		if (panfrost->domain[i].hold.active)
			status |= GPU_STATUS_POWER_ACTIVE;
	if (panfrost->perfcnt_waits)
		status |= GPU_STATUS_PRFCNT_ACTIVE;
	if (panfrost->cycles_on)
		status |= GPU_STATUS_CYCLE_COUNT_ACTIVE;
	return status;
}

static bool is_feature(uint64_t offset)
{
	return offset <= GPU_JS_PRESENT || offset == GPU_AFBC_FEATURES ||
	       (offset >= GPU_THREAD_MAX_THREADS && offset < GPU_PRESENT) ||
	       (offset >= GPU_COHERENCY_FEATURES && offset < 0x400) ||
	       (offset >= GPU_STACK && offset < GPU_STACK_END);
}

PanfrostReg panfrost_gpu_read(Panfrost *panfrost, uint64_t offset,
			      uint32_t *value)
{
	static const struct {
		uint16_t offset;
		uint32_t value;
	} constants[] = {
		{GPU_ID, 0x08602000},
		{GPU_L2_FEATURES, 0x07130206},
		{GPU_TILER_FEATURES, 0x809},
		{GPU_MEM_FEATURES, 0x1},
		{GPU_MMU_FEATURES, 0x2830}, /* 48-bit VA, 40-bit PA */
		{GPU_AS_PRESENT, (1u << PANFROST_SPACES) - 1},
		{GPU_JS_PRESENT, (1u << PANFROST_SLOTS) - 1},
		{GPU_THREAD_MAX_THREADS, 0x100},
		{GPU_THREAD_MAX_WORKGROUP_SIZE, 0x100},
		{GPU_THREAD_MAX_BARRIER_SIZE, 0x100},
		{GPU_THREAD_FEATURES, 0x0a040400},
		{GPU_TEXTURE_FEATURES, 0x00fe001e},
		{GPU_TEXTURE_FEATURES + 4, 0xffff},
		{GPU_TEXTURE_FEATURES + 8, 0x9f81ffff},
	};
	uint64_t high = offset & ~4ull;

	*value = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(constants); i++) {
		if (constants[i].offset == offset) {
			*value = constants[i].value;
			return REG_OK;
		}
	}
	if (offset >= GPU_JS_FEATURES && offset < GPU_JS_FEATURES + 64)
		*value = panfrost_js_features((offset - GPU_JS_FEATURES) / 4);
	else if (offset == GPU_CMD || offset == GPU_PWR_KEY)
		*value = 0; /* write-only */
	else if (offset == GPU_STATUS)
		*value = gpu_status(panfrost);
	else if (offset == GPU_LATEST_FLUSH_ID)
		*value = panfrost->flush_id;
	else if (offset == GPU_FAULT_STATUS)
		*value = panfrost->gpu_fault_status;
	else if (high == GPU_FAULT_ADDRESS)
		*value = panfrost_half(panfrost->gpu_fault_address, offset);
	else if (offset == GPU_PWR_OVERRIDE0 || offset == GPU_PWR_OVERRIDE1)
		*value = panfrost->pwr_override[(offset - GPU_PWR_OVERRIDE0) /
						4];
	else if (high == GPU_PERFCNT_BASE)
		*value = panfrost_half(panfrost->perfcnt_base, offset);
	else if (offset == GPU_PERFCNT_CFG)
		*value = panfrost->perfcnt_cfg;
	else if (offset >= GPU_PRFCNT_JM_EN && offset <= GPU_PRFCNT_MMU_L2_EN)
		*value = panfrost->perfcnt_en[(offset - GPU_PRFCNT_JM_EN) / 4];
	else if (high == GPU_CYCLE_COUNT)
		*value = panfrost_half(panfrost_cycles(panfrost), offset);
	else if (high == GPU_TIMESTAMP)
		*value = panfrost_half(panfrost->dev.now_ns, offset);
	else if (offset >= GPU_JM_CONFIG && offset <= GPU_L2_MMU_CONFIG)
		*value = panfrost->config[(offset - GPU_JM_CONFIG) / 4];
	else if (panfrost_power_read(panfrost, offset, value) != REG_OK &&
		 !is_feature(offset))
		return REG_UNKNOWN;
	return REG_OK;
}

PanfrostReg panfrost_gpu_write(Panfrost *panfrost, uint64_t offset,
			       uint32_t value)
{
	uint64_t high = offset & ~4ull;

	if (offset == GPU_CMD)
		command(panfrost, value);
	else if (offset == GPU_PWR_KEY)
		panfrost->pwr_key = value;
	else if (offset == GPU_PWR_OVERRIDE0 || offset == GPU_PWR_OVERRIDE1)
		panfrost->pwr_override[(offset - GPU_PWR_OVERRIDE0) / 4] =
			value;
	else if (high == GPU_PERFCNT_BASE)
		panfrost_set_half(&panfrost->perfcnt_base, offset, value);
	else if (offset == GPU_PERFCNT_CFG)
		panfrost->perfcnt_cfg = value;
	else if (offset >= GPU_PRFCNT_JM_EN && offset <= GPU_PRFCNT_MMU_L2_EN)
		panfrost->perfcnt_en[(offset - GPU_PRFCNT_JM_EN) / 4] = value;
	else if (offset >= GPU_JM_CONFIG && offset <= GPU_L2_MMU_CONFIG)
		panfrost->config[(offset - GPU_JM_CONFIG) / 4] = value;
	else if (offset >= GPU_PRESENT && offset < GPU_COHERENCY_FEATURES)
		return panfrost_power_write(panfrost, offset, value);
	else if (is_feature(offset) || offset == GPU_STATUS ||
		 offset == GPU_LATEST_FLUSH_ID || offset == GPU_FAULT_STATUS ||
		 high == GPU_FAULT_ADDRESS || high == GPU_CYCLE_COUNT ||
		 high == GPU_TIMESTAMP)
		return REG_READ_ONLY;
	else
		return REG_UNKNOWN;
	return REG_OK;
}

void panfrost_gpu_advance(Panfrost *panfrost)
{
	if (hold_due(&panfrost->dev, &panfrost->reset))
		reset_done(panfrost);
}

void panfrost_gpu_reset(Panfrost *panfrost)
{
	panfrost_jobs_reset(panfrost);
	panfrost_mmu_reset(panfrost);
	panfrost_power_reset(panfrost);
	panfrost_perfcnt_reset(panfrost);
	panfrost->gpu_irq.raw = 0;
	panfrost->gpu_irq.mask = 0;
	panfrost->reset.active = false;
	panfrost->gpu_fault_status = 0;
	panfrost->gpu_fault_address = 0;
	panfrost->flush_id = 0;
	panfrost->pwr_key = 0;
	memset(panfrost->pwr_override, 0, sizeof(panfrost->pwr_override));
	memset(panfrost->config, 0, sizeof(panfrost->config));
}
