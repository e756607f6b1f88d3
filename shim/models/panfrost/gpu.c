// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: the GPU control block. */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

static void reset_done(Panfrost *panfrost)
{
	panfrost->reset.active = false;
	irq_set(&panfrost->gpu_irq, GPU_IRQ_RESET_COMPLETED);
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

static void command(void *block, uint32_t word G_GNUC_UNUSED, uint32_t cmd)
{
	Panfrost *panfrost = block;

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
		irq_set(&panfrost->gpu_irq, GPU_IRQ_CLEAN_CACHES_COMPLETED);
		break;
	default:
		panfrost_violation(panfrost, "unknown GPU command 0x%x", cmd);
	}
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	const Panfrost *panfrost = block;
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

static uint32_t read_js_features(void *block G_GNUC_UNUSED, uint32_t word)
{
	return panfrost_js_features(word);
}

static uint32_t read_cycles(void *block, uint32_t word)
{
	return panfrost_word(panfrost_cycles(block), word);
}

static uint32_t read_timestamp(void *block, uint32_t word)
{
	const Panfrost *panfrost = block;

	return panfrost_word(panfrost->dev.now_ns, word);
}

#define FIELD(name) REGISTER_FIELD(Panfrost, name)

/* Features that the driver may ask for and that this GPU lacks read as 0. */
static const Register registers[] = {
	{GPU_ID, .reset = 0x08602000},
	{GPU_L2_FEATURES, .reset = 0x07130206},
	{GPU_CORE_FEATURES, .reset = 0},
	{GPU_TILER_FEATURES, .reset = 0x809},
	{GPU_MEM_FEATURES, .reset = 0x1},
	{GPU_MMU_FEATURES, .reset = 0x2830}, /* 48-bit VA, 40-bit PA */
	{GPU_AS_PRESENT, .reset = (1u << PANFROST_SPACES) - 1},
	{GPU_JS_PRESENT, .reset = (1u << PANFROST_SLOTS) - 1},
	{GPU_CMD, .write = command},
	{GPU_STATUS, .read = read_status},
	{GPU_LATEST_FLUSH_ID, .field = FIELD(flush_id)},
	{GPU_FAULT_STATUS, .field = FIELD(gpu_fault_status)},
	{GPU_FAULT_ADDRESS, 2, .field = FIELD(gpu_fault_address)},
	{GPU_AFBC_FEATURES, .reset = 0},
	{GPU_PWR_KEY, .writable = REGISTER_RW}, /* write-only */
	{GPU_PWR_OVERRIDE0, 2, .writable = REGISTER_RW,
	 .field = FIELD(pwr_override)},
	{GPU_PERFCNT_BASE, 2, .writable = REGISTER_RW,
	 .field = FIELD(perfcnt_base)},
	{GPU_PERFCNT_CFG, .writable = REGISTER_RW, .field = FIELD(perfcnt_cfg)},
	{GPU_PRFCNT_JM_EN, 5, .writable = REGISTER_RW,
	 .field = FIELD(perfcnt_en)},
	{GPU_CYCLE_COUNT, 2, .read = read_cycles},
	{GPU_TIMESTAMP, 2, .read = read_timestamp},
	{GPU_THREAD_MAX_THREADS, .reset = 0x100},
	{GPU_THREAD_MAX_WORKGROUP_SIZE, .reset = 0x100},
	{GPU_THREAD_MAX_BARRIER_SIZE, .reset = 0x100},
	{GPU_THREAD_FEATURES, .reset = 0x0a040400},
	{GPU_TEXTURE_FEATURES, .reset = 0x00fe001e},
	{GPU_TEXTURE_FEATURES + 0x4, .reset = 0xffff},
	{GPU_TEXTURE_FEATURES + 0x8, .reset = 0x9f81ffff},
	{GPU_TEXTURE_FEATURES + 0xc, .reset = 0},
	{GPU_JS_FEATURES, 16, .read = read_js_features},
	{GPU_COHERENCY_FEATURES, 64, .reset = 0},
	{GPU_STACK, 20, .reset = 0},
	{GPU_JM_CONFIG, 4, .writable = REGISTER_RW, .field = FIELD(config)},
};

static const RegisterTable table = REGISTER_TABLE(registers);

static bool is_power(uint64_t offset)
{
	return offset >= GPU_PRESENT && offset < GPU_COHERENCY_FEATURES;
}

RegisterResult panfrost_gpu_read(Panfrost *panfrost, uint64_t offset,
				 uint32_t *value)
{
	return is_power(offset)
		       ? panfrost_power_read(panfrost, offset, value)
		       : register_read(&table, panfrost, offset, value);
}

RegisterResult panfrost_gpu_write(Panfrost *panfrost, uint64_t offset,
				  uint32_t value)
{
	return is_power(offset)
		       ? panfrost_power_write(panfrost, offset, value)
		       : register_write(&table, panfrost, offset, value);
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
	irq_reset(&panfrost->gpu_irq);
	panfrost->reset.active = false;
	register_reset(&table, panfrost);
}
