// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: the GPU control block. */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

/* One group of four shader cores, one tiler, one L2 cache. */
#define SHADER_PRESENT 0xfull
#define SHADER_CORES 4u

/*
 * Performance counters: blocks of 64 words, in the order JM, tiler, L2, then
 * the shader cores (the layout for GPUs later than "V4", see
 * panfrost_perfcnt_init()). In each block word 0 and 1 are the time stamp in
 * ns, 2 is the block's enable mask, 3 the number of the sample since the
 * counters were cleared. Word 4 and above are counters; each bit of the mask
 * enables four. Theirs is a value that tells them apart, block << 16 | word,
 * but JM word 4 counts jobs since the counters were cleared.
 */
#define PERFCNT_WORDS 64u
#define PERFCNT_BLOCKS (3u + SHADER_CORES)
#define PERFCNT_FIRST 4u

enum { PERFCNT_OFF, PERFCNT_MANUAL, PERFCNT_TILE };
enum { EN_JM, EN_SHADER, EN_TILER, EN_NONE, EN_L2 };

uint32_t mali_js_features(unsigned int slot)
{
	/* A bit for each job type: fragment; all else; no tiler. */
	static const uint32_t features[MALI_SLOTS] = {0x20e, 0x1fe, 0x7e};

	return slot < MALI_SLOTS ? features[slot] : 0;
}

bool mali_gpu_powered(Mali *mali, uint64_t affinity)
{
	const MaliDomain *domain = mali->domain;

	return domain[MALI_L2].ready == domain[MALI_L2].present &&
	       affinity & domain[MALI_SHADER].present &&
	       !(affinity & domain[MALI_SHADER].present &
		 ~domain[MALI_SHADER].ready);
}

uint64_t mali_gpu_cycles(Mali *mali)
{
	uint64_t cycles = mali->cycles;

	if (mali->cycles_on)
		cycles += (mali->dev.now_ns - mali->cycles_since_ns) /
			  MALI_CYCLE_NS;
	return cycles;
}

static void set_cycles_on(Mali *mali, bool on)
{
	mali->cycles = mali_gpu_cycles(mali);
	mali->cycles_since_ns = mali->dev.now_ns;
	mali->cycles_on = on;
}

static void power_done(Mali *mali, MaliDomain *domain)
{
	uint64_t ready =
		(domain->ready | domain->on) & ~domain->off & domain->present;

	domain->pending.active = false;
	domain->on = 0;
	domain->off = 0;
	if (ready == domain->ready)
		return;
	domain->ready = ready;
	mali->counter[COUNT_POWER_CHANGES]++;
	mali_trace(mali, "power: %s ready 0x%" G_GINT64_MODIFIER "x",
		   domain->name, ready);
	if (domain == &mali->domain[MALI_L2] && !ready)
		mali_mmu_power_lost(mali);
	mali_irq_set(mali, &mali->gpu_irq,
		     GPU_IRQ_POWER_CHANGED | GPU_IRQ_POWER_CHANGED_ALL);
}

static void set_power(Mali *mali, MaliDomain *domain, uint64_t bits, bool on)
{
	Fault fault;

	bits &= domain->present;
	if (!bits)
		return;
	if (!on) {
		for (unsigned int i = 0; i < MALI_SLOTS; i++)
			if (mali->slot[i].active)
				mali_violation(mali,
					       "%s powered off while slot %u "
					       "runs a job",
					       domain->name, i);
	}

	mali_begin(mali, &domain->pending, "POWER", 0, &fault);
	if (on) {
		domain->on |= bits;
		domain->off &= ~bits;
	} else {
		domain->off |= bits;
		domain->on &= ~bits;
	}
	switch (fault.kind) {
	case FAULT_FAIL: /* the transition just does not happen */
		domain->on = 0;
		domain->off = 0;
		domain->pending.active = false;
		break;
	case FAULT_GARBAGE:
		domain->pending.active = false;
		domain->on = 0;
		domain->off = 0;
		domain->ready = fault.arg & ~domain->present;
		break;
	default:
		if (mali_due(mali, &domain->pending))
			power_done(mali, domain);
	}
}

static void reset_done(Mali *mali)
{
	mali->reset.active = false;
	mali_irq_set(mali, &mali->gpu_irq, GPU_IRQ_RESET_COMPLETED);
}

static void gpu_fault(Mali *mali, uint32_t status, uint64_t address)
{
	mali->gpu_fault_status = status;
	mali->gpu_fault_address = address;
	mali_trace(mali, "GPU fault 0x%x at 0x%" G_GINT64_MODIFIER "x", status,
		   address);
	mali_irq_set(mali, &mali->gpu_irq, GPU_IRQ_FAULT);
}

static void start_reset(Mali *mali, const char *how)
{
	MaliPending pending;
	Fault fault;

	mali_begin(mali, &pending, "RESET", 0, &fault);
	mali->counter[COUNT_RESETS]++;
	mali_trace(mali, "%s reset", how);
	if (fault.kind == FAULT_FAIL)
		return;
	mali_gpu_reset(mali);
	mali->reset = pending;
	if (mali_due(mali, &pending))
		reset_done(mali);
	if (fault.kind == FAULT_GARBAGE)
		gpu_fault(mali, (uint32_t)fault.arg, fault.arg);
}

static void fill_block(Mali *mali, unsigned int block, uint32_t *words)
{
	static const uint8_t enable[] = {EN_JM, EN_TILER, EN_L2};
	uint32_t mask =
		mali->perfcnt_en[block < G_N_ELEMENTS(enable) ? enable[block]
							      : EN_SHADER];

	memset(words, 0, PERFCNT_WORDS * sizeof(*words));
	words[0] = mali_half(mali->dev.now_ns, 0);
	words[1] = mali_half(mali->dev.now_ns, 4);
	words[2] = mask;
	words[3] = mali->perfcnt_samples;
	for (unsigned int i = PERFCNT_FIRST; i < PERFCNT_WORDS; i++)
		if (mask >> (i / 4) & 1)
			words[i] = block << 16 | i;
	if (!block && mask >> (PERFCNT_FIRST / 4) & 1)
		words[PERFCNT_FIRST] = mali->perfcnt_jobs;
}

static void perfcnt_sample(Mali *mali)
{
	uint32_t words[PERFCNT_BLOCKS][PERFCNT_WORDS];
	unsigned int as = PERFCNT_AS(mali->perfcnt_cfg);
	MaliMmuStatus status = MMU_NO_TABLE;

	mali->perfcnt_waits = false;
	mali->perfcnt_samples++;
	for (unsigned int i = 0; i < PERFCNT_BLOCKS; i++)
		fill_block(mali, i, words[i]);
	if (as < MALI_SPACES)
		status = mali_mmu_store(mali, as, mali->perfcnt_base, words,
					sizeof(words));
	switch (status) {
	case MMU_OK:
		mali->counter[COUNT_PERFCNT_SAMPLES]++;
		mali_trace(mali,
			   "performance counters: sample %u to AS %u "
			   "address 0x%" G_GINT64_MODIFIER "x",
			   mali->perfcnt_samples, as, mali->perfcnt_base);
		mali_irq_set(mali, &mali->gpu_irq,
			     GPU_IRQ_PERFCNT_SAMPLE_COMPLETED);
		break;
	case MMU_LOCKED:
		mali->perfcnt_samples--;
		mali->perfcnt_waits = true;
		break;
	case MMU_FAULT: /* told by the MMU; the sample is lost */
		break;
	case MMU_NO_TABLE:
		mali_violation(mali,
			       "performance counter sample to AS %u, which "
			       "has no table",
			       as);
		/* fall through */
	case MMU_BUS:
		gpu_fault(mali, MALI_DELAYED_BUS_FAULT, mali->perfcnt_base);
		break;
	}
}

void mali_gpu_retry(Mali *mali, unsigned int as)
{
	if (mali->perfcnt_waits && PERFCNT_AS(mali->perfcnt_cfg) == as)
		perfcnt_sample(mali);
}

static void command(Mali *mali, uint32_t cmd)
{
	switch (cmd) {
	case GPU_CMD_NOP:
		break;
	case GPU_CMD_SOFT_RESET:
		start_reset(mali, "soft");
		break;
	case GPU_CMD_HARD_RESET:
		start_reset(mali, "hard");
		break;
	case GPU_CMD_PERFCNT_CLEAR:
		mali->perfcnt_samples = 0;
		mali->perfcnt_jobs = 0;
		break;
	case GPU_CMD_PERFCNT_SAMPLE:
		if (PERFCNT_MODE(mali->perfcnt_cfg) == PERFCNT_OFF)
			mali_violation(mali, "performance counter sample "
					     "while they are off");
		else
			perfcnt_sample(mali);
		break;
	case GPU_CMD_CYCLE_COUNT_START:
		set_cycles_on(mali, true);
		break;
	case GPU_CMD_CYCLE_COUNT_STOP:
		set_cycles_on(mali, false);
		break;
	case GPU_CMD_CLEAN_CACHES:
	case GPU_CMD_CLEAN_INV_CACHES:
		/* The model has no data caches: what a job wrote is there. */
		mali->flush_id++;
		mali_irq_set(mali, &mali->gpu_irq,
			     GPU_IRQ_CLEAN_CACHES_COMPLETED);
		break;
	default:
		mali_violation(mali, "unknown GPU command 0x%x", cmd);
	}
}

static uint32_t gpu_status(Mali *mali)
{
	uint32_t status = 0;

	for (unsigned int i = 0; i < MALI_SLOTS; i++)
		if (mali->slot[i].active)
			status |= GPU_STATUS_ACTIVE;
	for (unsigned int i = 0; i < MALI_DOMAINS; i++)
		if (mali->domain[i].pending.active)
			status |= GPU_STATUS_POWER_ACTIVE;
	if (mali->perfcnt_waits)
		status |= GPU_STATUS_PRFCNT_ACTIVE;
	if (mali->cycles_on)
		status |= GPU_STATUS_CYCLE_COUNT_ACTIVE;
	return status;
}

/* The domain whose register of the group at @base is at @offset, or NULL. */
static MaliDomain *domain_at(Mali *mali, uint64_t offset, uint64_t base)
{
	uint64_t i = (offset - base) >> 4;

	if (offset < base || i >= MALI_DOMAINS || offset & 8)
		return NULL;
	return &mali->domain[i];
}

static MaliReg power_read(Mali *mali, uint64_t offset, uint32_t *value)
{
	MaliDomain *d;
	uint64_t bits;

	if ((d = domain_at(mali, offset, GPU_PRESENT)))
		bits = d->present;
	else if ((d = domain_at(mali, offset, GPU_READY)))
		bits = d->ready;
	else if (domain_at(mali, offset, GPU_PWRON) ||
		 domain_at(mali, offset, GPU_PWROFF))
		bits = 0; /* write-only */
	else if ((d = domain_at(mali, offset, GPU_PWRTRANS)))
		bits = d->pending.active ? d->on | d->off : 0;
	else if ((d = domain_at(mali, offset, GPU_PWRACTIVE)))
		bits = gpu_status(mali) & GPU_STATUS_ACTIVE ? d->ready : 0;
	else
		return REG_UNKNOWN;
	*value = mali_half(bits, offset);
	return REG_OK;
}

static bool is_feature(uint64_t offset)
{
	return offset <= GPU_JS_PRESENT || offset == GPU_AFBC_FEATURES ||
	       (offset >= GPU_THREAD_MAX_THREADS && offset < GPU_PRESENT) ||
	       (offset >= GPU_PRESENT && offset < GPU_READY) ||
	       (offset >= GPU_COHERENCY_FEATURES && offset < 0x400) ||
	       (offset >= GPU_STACK && offset < GPU_STACK_END);
}

MaliReg mali_gpu_read(Mali *mali, uint64_t offset, uint32_t *value)
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
		{GPU_AS_PRESENT, (1u << MALI_SPACES) - 1},
		{GPU_JS_PRESENT, (1u << MALI_SLOTS) - 1},
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
		*value = mali_js_features((offset - GPU_JS_FEATURES) / 4);
	else if (offset == GPU_CMD || offset == GPU_PWR_KEY)
		*value = 0; /* write-only */
	else if (offset == GPU_STATUS)
		*value = gpu_status(mali);
	else if (offset == GPU_LATEST_FLUSH_ID)
		*value = mali->flush_id;
	else if (offset == GPU_FAULT_STATUS)
		*value = mali->gpu_fault_status;
	else if (high == GPU_FAULT_ADDRESS)
		*value = mali_half(mali->gpu_fault_address, offset);
	else if (offset == GPU_PWR_OVERRIDE0 || offset == GPU_PWR_OVERRIDE1)
		*value = mali->pwr_override[(offset - GPU_PWR_OVERRIDE0) / 4];
	else if (high == GPU_PERFCNT_BASE)
		*value = mali_half(mali->perfcnt_base, offset);
	else if (offset == GPU_PERFCNT_CFG)
		*value = mali->perfcnt_cfg;
	else if (offset >= GPU_PRFCNT_JM_EN && offset <= GPU_PRFCNT_MMU_L2_EN)
		*value = mali->perfcnt_en[(offset - GPU_PRFCNT_JM_EN) / 4];
	else if (high == GPU_CYCLE_COUNT)
		*value = mali_half(mali_gpu_cycles(mali), offset);
	else if (high == GPU_TIMESTAMP)
		*value = mali_half(mali->dev.now_ns, offset);
	else if (offset >= GPU_JM_CONFIG && offset <= GPU_L2_MMU_CONFIG)
		*value = mali->config[(offset - GPU_JM_CONFIG) / 4];
	else if (power_read(mali, offset, value) != REG_OK &&
		 !is_feature(offset))
		return REG_UNKNOWN;
	return REG_OK;
}

static MaliReg power_write(Mali *mali, uint64_t offset, uint32_t value)
{
	MaliDomain *domain;
	uint64_t bits = 0;

	mali_set_half(&bits, offset, value);
	if ((domain = domain_at(mali, offset, GPU_PWRON)))
		set_power(mali, domain, bits, true);
	else if ((domain = domain_at(mali, offset, GPU_PWROFF)))
		set_power(mali, domain, bits, false);
	else if (domain_at(mali, offset, GPU_PRESENT) ||
		 domain_at(mali, offset, GPU_READY) ||
		 domain_at(mali, offset, GPU_PWRTRANS) ||
		 domain_at(mali, offset, GPU_PWRACTIVE))
		return REG_READ_ONLY;
	else
		return REG_UNKNOWN;
	return REG_OK;
}

MaliReg mali_gpu_write(Mali *mali, uint64_t offset, uint32_t value)
{
	uint64_t high = offset & ~4ull;

	if (offset == GPU_CMD)
		command(mali, value);
	else if (offset == GPU_PWR_KEY)
		mali->pwr_key = value;
	else if (offset == GPU_PWR_OVERRIDE0 || offset == GPU_PWR_OVERRIDE1)
		mali->pwr_override[(offset - GPU_PWR_OVERRIDE0) / 4] = value;
	else if (high == GPU_PERFCNT_BASE)
		mali_set_half(&mali->perfcnt_base, offset, value);
	else if (offset == GPU_PERFCNT_CFG)
		mali->perfcnt_cfg = value;
	else if (offset >= GPU_PRFCNT_JM_EN && offset <= GPU_PRFCNT_MMU_L2_EN)
		mali->perfcnt_en[(offset - GPU_PRFCNT_JM_EN) / 4] = value;
	else if (offset >= GPU_JM_CONFIG && offset <= GPU_L2_MMU_CONFIG)
		mali->config[(offset - GPU_JM_CONFIG) / 4] = value;
	else if (offset >= GPU_PRESENT && offset < GPU_COHERENCY_FEATURES)
		return power_write(mali, offset, value);
	else if (is_feature(offset) || offset == GPU_STATUS ||
		 offset == GPU_LATEST_FLUSH_ID || offset == GPU_FAULT_STATUS ||
		 high == GPU_FAULT_ADDRESS || high == GPU_CYCLE_COUNT ||
		 high == GPU_TIMESTAMP)
		return REG_READ_ONLY;
	else
		return REG_UNKNOWN;
	return REG_OK;
}

void mali_gpu_advance(Mali *mali)
{
	if (mali_due(mali, &mali->reset))
		reset_done(mali);
	for (unsigned int i = 0; i < MALI_DOMAINS; i++)
		if (mali_due(mali, &mali->domain[i].pending))
			power_done(mali, &mali->domain[i]);
}

void mali_gpu_reset(Mali *mali)
{
	mali_jobs_reset(mali);
	mali_mmu_reset(mali);
	mali->gpu_irq.raw = 0;
	mali->gpu_irq.mask = 0;
	for (unsigned int i = 0; i < MALI_DOMAINS; i++) {
		MaliDomain *domain = &mali->domain[i];

		domain->ready = 0;
		domain->on = 0;
		domain->off = 0;
		memset(&domain->pending, 0, sizeof(domain->pending));
	}
	memset(&mali->reset, 0, sizeof(mali->reset));
	mali->gpu_fault_status = 0;
	mali->gpu_fault_address = 0;
	mali->flush_id = 0;
	mali->pwr_key = 0;
	memset(mali->pwr_override, 0, sizeof(mali->pwr_override));
	memset(mali->config, 0, sizeof(mali->config));
	mali->cycles_on = false;
	mali->cycles = 0;
	mali->perfcnt_base = 0;
	mali->perfcnt_cfg = 0;
	memset(mali->perfcnt_en, 0, sizeof(mali->perfcnt_en));
	mali->perfcnt_samples = 0;
	mali->perfcnt_jobs = 0;
	mali->perfcnt_waits = false;
}

void mali_gpu_init(Mali *mali)
{
	static const MaliDomain domains[MALI_DOMAINS] = {
		[MALI_SHADER] = {.name = "shader", .present = SHADER_PRESENT},
		[MALI_TILER] = {.name = "tiler", .present = 1},
		[MALI_L2] = {.name = "L2", .present = 1},
	};

	memcpy(mali->domain, domains, sizeof(domains));
}
