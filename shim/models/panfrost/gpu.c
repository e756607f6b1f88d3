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

uint32_t panfrost_js_features(unsigned int slot)
{
	/* A bit for each job type: fragment; all else; no tiler. */
	static const uint32_t features[PANFROST_SLOTS] = {0x20e, 0x1fe, 0x7e};

	return slot < PANFROST_SLOTS ? features[slot] : 0;
}

bool panfrost_gpu_powered(Panfrost *panfrost, uint64_t affinity)
{
	const PanfrostDomain *domain = panfrost->domain;

	return domain[PANFROST_L2].ready == domain[PANFROST_L2].present &&
	       affinity & domain[PANFROST_SHADER].present &&
	       !(affinity & domain[PANFROST_SHADER].present &
		 ~domain[PANFROST_SHADER].ready);
}

uint64_t panfrost_gpu_cycles(Panfrost *panfrost)
{
	uint64_t cycles = panfrost->cycles;

	if (panfrost->cycles_on)
		cycles += (panfrost->dev.now_ns - panfrost->cycles_since_ns) /
			  PANFROST_CYCLE_NS;
	return cycles;
}

static void set_cycles_on(Panfrost *panfrost, bool on)
{
	panfrost->cycles = panfrost_gpu_cycles(panfrost);
	panfrost->cycles_since_ns = panfrost->dev.now_ns;
	panfrost->cycles_on = on;
}

static void power_done(Panfrost *panfrost, PanfrostDomain *domain)
{
	uint64_t ready =
		(domain->ready | domain->on) & ~domain->off & domain->present;

	domain->pending.active = false;
	domain->on = 0;
	domain->off = 0;
	if (ready == domain->ready)
		return;
	domain->ready = ready;
	panfrost->counter[COUNT_POWER_CHANGES]++;
	panfrost_trace(panfrost, "power: %s ready 0x%" G_GINT64_MODIFIER "x",
		       domain->name, ready);
	if (domain == &panfrost->domain[PANFROST_L2] && !ready)
		panfrost_mmu_power_lost(panfrost);
	panfrost_irq_set(panfrost, &panfrost->gpu_irq,
			 GPU_IRQ_POWER_CHANGED | GPU_IRQ_POWER_CHANGED_ALL);
}

static void set_power(Panfrost *panfrost, PanfrostDomain *domain, uint64_t bits,
		      bool on)
{
	Fault fault;

	bits &= domain->present;
	if (!bits)
		return;
	if (!on) {
		for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
			if (panfrost->slot[i].active)
				panfrost_violation(
					panfrost,
					"%s powered off while slot %u "
					"runs a job",
					domain->name, i);
	}

	panfrost_begin(panfrost, &domain->pending, "POWER", 0, &fault);
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
		if (panfrost_due(panfrost, &domain->pending))
			power_done(panfrost, domain);
	}
}

static void reset_done(Panfrost *panfrost)
{
	panfrost->reset.active = false;
	panfrost_irq_set(panfrost, &panfrost->gpu_irq, GPU_IRQ_RESET_COMPLETED);
}

static void gpu_fault(Panfrost *panfrost, uint32_t status, uint64_t address)
{
	panfrost->gpu_fault_status = status;
	panfrost->gpu_fault_address = address;
	panfrost_trace(panfrost, "GPU fault 0x%x at 0x%" G_GINT64_MODIFIER "x",
		       status, address);
	panfrost_irq_set(panfrost, &panfrost->gpu_irq, GPU_IRQ_FAULT);
}

static void start_reset(Panfrost *panfrost, const char *how)
{
	PanfrostPending pending;
	Fault fault;

	panfrost_begin(panfrost, &pending, "RESET", 0, &fault);
	panfrost->counter[COUNT_RESETS]++;
	panfrost_trace(panfrost, "%s reset", how);
	if (fault.kind == FAULT_FAIL)
		return;
	panfrost_gpu_reset(panfrost);
	panfrost->reset = pending;
	if (panfrost_due(panfrost, &pending))
		reset_done(panfrost);
	if (fault.kind == FAULT_GARBAGE)
		gpu_fault(panfrost, (uint32_t)fault.arg, fault.arg);
}

static void fill_block(Panfrost *panfrost, unsigned int block, uint32_t *words)
{
	static const uint8_t enable[] = {EN_JM, EN_TILER, EN_L2};
	uint32_t mask = panfrost->perfcnt_en[block < G_N_ELEMENTS(enable)
						     ? enable[block]
						     : EN_SHADER];

	memset(words, 0, PERFCNT_WORDS * sizeof(*words));
	words[0] = panfrost_half(panfrost->dev.now_ns, 0);
	words[1] = panfrost_half(panfrost->dev.now_ns, 4);
	words[2] = mask;
	words[3] = panfrost->perfcnt_samples;
	for (unsigned int i = PERFCNT_FIRST; i < PERFCNT_WORDS; i++)
		if (mask >> (i / 4) & 1)
			words[i] = block << 16 | i;
	if (!block && mask >> (PERFCNT_FIRST / 4) & 1)
		words[PERFCNT_FIRST] = panfrost->perfcnt_jobs;
}

static void perfcnt_sample(Panfrost *panfrost)
{
	uint32_t words[PERFCNT_BLOCKS][PERFCNT_WORDS];
	unsigned int as = PERFCNT_AS(panfrost->perfcnt_cfg);
	PanfrostMmuStatus status = MMU_NO_TABLE;

	panfrost->perfcnt_waits = false;
	panfrost->perfcnt_samples++;
	for (unsigned int i = 0; i < PERFCNT_BLOCKS; i++)
		fill_block(panfrost, i, words[i]);
	if (as < PANFROST_SPACES)
		status =
			panfrost_mmu_store(panfrost, as, panfrost->perfcnt_base,
					   words, sizeof(words));
	switch (status) {
	case MMU_OK:
		panfrost->counter[COUNT_PERFCNT_SAMPLES]++;
		panfrost_trace(panfrost,
			       "performance counters: sample %u to AS %u "
			       "address 0x%" G_GINT64_MODIFIER "x",
			       panfrost->perfcnt_samples, as,
			       panfrost->perfcnt_base);
		panfrost_irq_set(panfrost, &panfrost->gpu_irq,
				 GPU_IRQ_PERFCNT_SAMPLE_COMPLETED);
		break;
	case MMU_LOCKED:
		panfrost->perfcnt_samples--;
		panfrost->perfcnt_waits = true;
		break;
	case MMU_FAULT: /* told by the MMU; the sample is lost */
		break;
	case MMU_NO_TABLE:
		panfrost_violation(panfrost,
				   "performance counter sample to AS %u, which "
				   "has no table",
				   as);
		/* fall through */
	case MMU_BUS:
		gpu_fault(panfrost, PANFROST_DELAYED_BUS_FAULT,
			  panfrost->perfcnt_base);
		break;
	}
}

void panfrost_gpu_retry(Panfrost *panfrost, unsigned int as)
{
	if (panfrost->perfcnt_waits && PERFCNT_AS(panfrost->perfcnt_cfg) == as)
		perfcnt_sample(panfrost);
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
		panfrost->perfcnt_samples = 0;
		panfrost->perfcnt_jobs = 0;
		break;
	case GPU_CMD_PERFCNT_SAMPLE:
		if (PERFCNT_MODE(panfrost->perfcnt_cfg) == PERFCNT_OFF)
			panfrost_violation(panfrost,
					   "performance counter sample "
					   "while they are off");
		else
			perfcnt_sample(panfrost);
		break;
	case GPU_CMD_CYCLE_COUNT_START:
		set_cycles_on(panfrost, true);
		break;
	case GPU_CMD_CYCLE_COUNT_STOP:
		set_cycles_on(panfrost, false);
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

	for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
		if (panfrost->slot[i].active)
			status |= GPU_STATUS_ACTIVE;
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		if (panfrost->domain[i].pending.active)
			status |= GPU_STATUS_POWER_ACTIVE;
	if (panfrost->perfcnt_waits)
		status |= GPU_STATUS_PRFCNT_ACTIVE;
	if (panfrost->cycles_on)
		status |= GPU_STATUS_CYCLE_COUNT_ACTIVE;
	return status;
}

/* The domain whose register of the group at @base is at @offset, or NULL. */
static PanfrostDomain *domain_at(Panfrost *panfrost, uint64_t offset,
				 uint64_t base)
{
	uint64_t i = (offset - base) >> 4;

	if (offset < base || i >= PANFROST_DOMAINS || offset & 8)
		return NULL;
	return &panfrost->domain[i];
}

static PanfrostReg power_read(Panfrost *panfrost, uint64_t offset,
			      uint32_t *value)
{
	PanfrostDomain *d;
	uint64_t bits;

	if ((d = domain_at(panfrost, offset, GPU_PRESENT)))
		bits = d->present;
	else if ((d = domain_at(panfrost, offset, GPU_READY)))
		bits = d->ready;
	else if (domain_at(panfrost, offset, GPU_PWRON) ||
		 domain_at(panfrost, offset, GPU_PWROFF))
		bits = 0; /* write-only */
	else if ((d = domain_at(panfrost, offset, GPU_PWRTRANS)))
		bits = d->pending.active ? d->on | d->off : 0;
	else if ((d = domain_at(panfrost, offset, GPU_PWRACTIVE)))
		bits = gpu_status(panfrost) & GPU_STATUS_ACTIVE ? d->ready : 0;
	else
		return REG_UNKNOWN;
	*value = panfrost_half(bits, offset);
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
		*value = panfrost_half(panfrost_gpu_cycles(panfrost), offset);
	else if (high == GPU_TIMESTAMP)
		*value = panfrost_half(panfrost->dev.now_ns, offset);
	else if (offset >= GPU_JM_CONFIG && offset <= GPU_L2_MMU_CONFIG)
		*value = panfrost->config[(offset - GPU_JM_CONFIG) / 4];
	else if (power_read(panfrost, offset, value) != REG_OK &&
		 !is_feature(offset))
		return REG_UNKNOWN;
	return REG_OK;
}

static PanfrostReg power_write(Panfrost *panfrost, uint64_t offset,
			       uint32_t value)
{
	PanfrostDomain *domain;
	uint64_t bits = 0;

	panfrost_set_half(&bits, offset, value);
	if ((domain = domain_at(panfrost, offset, GPU_PWRON)))
		set_power(panfrost, domain, bits, true);
	else if ((domain = domain_at(panfrost, offset, GPU_PWROFF)))
		set_power(panfrost, domain, bits, false);
	else if (domain_at(panfrost, offset, GPU_PRESENT) ||
		 domain_at(panfrost, offset, GPU_READY) ||
		 domain_at(panfrost, offset, GPU_PWRTRANS) ||
		 domain_at(panfrost, offset, GPU_PWRACTIVE))
		return REG_READ_ONLY;
	else
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
		return power_write(panfrost, offset, value);
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
	if (panfrost_due(panfrost, &panfrost->reset))
		reset_done(panfrost);
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		if (panfrost_due(panfrost, &panfrost->domain[i].pending))
			power_done(panfrost, &panfrost->domain[i]);
}

void panfrost_gpu_reset(Panfrost *panfrost)
{
	panfrost_jobs_reset(panfrost);
	panfrost_mmu_reset(panfrost);
	panfrost->gpu_irq.raw = 0;
	panfrost->gpu_irq.mask = 0;
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++) {
		PanfrostDomain *domain = &panfrost->domain[i];

		domain->ready = 0;
		domain->on = 0;
		domain->off = 0;
		memset(&domain->pending, 0, sizeof(domain->pending));
	}
	memset(&panfrost->reset, 0, sizeof(panfrost->reset));
	panfrost->gpu_fault_status = 0;
	panfrost->gpu_fault_address = 0;
	panfrost->flush_id = 0;
	panfrost->pwr_key = 0;
	memset(panfrost->pwr_override, 0, sizeof(panfrost->pwr_override));
	memset(panfrost->config, 0, sizeof(panfrost->config));
	panfrost->cycles_on = false;
	panfrost->cycles = 0;
	panfrost->perfcnt_base = 0;
	panfrost->perfcnt_cfg = 0;
	memset(panfrost->perfcnt_en, 0, sizeof(panfrost->perfcnt_en));
	panfrost->perfcnt_samples = 0;
	panfrost->perfcnt_jobs = 0;
	panfrost->perfcnt_waits = false;
}

void panfrost_gpu_init(Panfrost *panfrost)
{
	static const PanfrostDomain domains[PANFROST_DOMAINS] = {
		[PANFROST_SHADER] = {.name = "shader",
				     .present = SHADER_PRESENT},
		[PANFROST_TILER] = {.name = "tiler", .present = 1},
		[PANFROST_L2] = {.name = "L2", .present = 1},
	};

	memcpy(panfrost->domain, domains, sizeof(domains));
}
