// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: power domains. */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

bool panfrost_powered(Panfrost *panfrost, uint64_t affinity)
{
	const PanfrostDomain *domain = panfrost->domain;

	return domain[PANFROST_L2].ready == domain[PANFROST_L2].present &&
	       affinity & domain[PANFROST_SHADER].present &&
	       !(affinity & domain[PANFROST_SHADER].present &
		 ~domain[PANFROST_SHADER].ready);
}

static void power_done(PanfrostDomain *domain)
{
	Panfrost *panfrost = domain->panfrost;
	uint64_t ready =
		(domain->ready | domain->on) & ~domain->off & domain->present;

	domain->hold.active = false;
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
	irq_set(&panfrost->gpu_irq,
		GPU_IRQ_POWER_CHANGED | GPU_IRQ_POWER_CHANGED_ALL);
}

static void set_power(PanfrostDomain *domain, uint64_t bits, bool on)
{
	Panfrost *panfrost = domain->panfrost;
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

	fault = panfrost_begin(panfrost, &domain->hold, "POWER", 0);
	if (on) {
		domain->on |= bits;
		domain->off &= ~bits;
	} else {
		domain->off |= bits;
		domain->on &= ~bits;
	}
	switch (fault.kind) {
	case FAULT_FAIL: /* nothing changes */
		domain->on = 0;
		domain->off = 0;
		domain->hold.active = false;
		break;
	case FAULT_GARBAGE:
		domain->hold.active = false;
		domain->on = 0;
		domain->off = 0;
		domain->ready = fault.arg & ~domain->present;
		break;
	default:
		if (hold_due(&panfrost->dev, &domain->hold))
			power_done(domain);
	}
}

static uint32_t changing(void *block, uint32_t word)
{
	const PanfrostDomain *domain = block;

	return domain->hold.active
		       ? panfrost_word(domain->on | domain->off, word)
		       : 0;
}

static uint32_t in_use(void *block, uint32_t word)
{
	const PanfrostDomain *domain = block;

	return panfrost_active(domain->panfrost)
		       ? panfrost_word(domain->ready, word)
		       : 0;
}

static void power_on(void *block, uint32_t word, uint32_t value)
{
	set_power(block, (uint64_t)value << 32 * word, true);
}

static void power_off(void *block, uint32_t word, uint32_t value)
{
	set_power(block, (uint64_t)value << 32 * word, false);
}

/* Registers of a PanfrostDomain */
static const Register registers[] = {
	{GPU_PRESENT, 2, .field = REGISTER_FIELD(PanfrostDomain, present)},
	{GPU_READY, 2, .field = REGISTER_FIELD(PanfrostDomain, ready)},
	{GPU_PWRON, 2, .write = power_on},
	{GPU_PWROFF, 2, .write = power_off},
	{GPU_PWRTRANS, 2, .read = changing},
	{GPU_PWRACTIVE, 2, .read = in_use},
};

static const RegisterTable table = REGISTER_TABLE(registers);

/*
 * The domain of the register at *offset, or NULL. The domains alternate, at
 * POWER_STRIDE from each other; *offset becomes that of the first one.
 */
static PanfrostDomain *domain_at(Panfrost *panfrost, uint64_t *offset)
{
	unsigned int n = *offset / POWER_STRIDE % 4;

	*offset -= n * POWER_STRIDE;
	return n < PANFROST_DOMAINS ? &panfrost->domain[n] : NULL;
}

RegisterResult panfrost_power_read(Panfrost *panfrost, uint64_t offset,
				   uint32_t *value)
{
	PanfrostDomain *domain = domain_at(panfrost, &offset);

	return domain ? register_read(&table, domain, offset, value)
		      : REGISTER_UNKNOWN;
}

RegisterResult panfrost_power_write(Panfrost *panfrost, uint64_t offset,
				    uint32_t value)
{
	PanfrostDomain *domain = domain_at(panfrost, &offset);

	return domain ? register_write(&table, domain, offset, value)
		      : REGISTER_UNKNOWN;
}
void panfrost_power_advance(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		if (hold_due(&panfrost->dev, &panfrost->domain[i].hold))
			power_done(&panfrost->domain[i]);
}

void panfrost_power_reset(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++) {
		PanfrostDomain *domain = &panfrost->domain[i];

		domain->ready = 0;
		domain->on = 0;
		domain->off = 0;
		domain->hold.active = false;
	}
}

void panfrost_power_init(Panfrost *panfrost)
{
	static const PanfrostDomain domains[PANFROST_DOMAINS] = {
		[PANFROST_SHADER] = {.name = "shader",
				     .present = SHADER_PRESENT},
		[PANFROST_TILER] = {.name = "tiler", .present = 1},
		[PANFROST_L2] = {.name = "L2", .present = 1},
	};

	memcpy(panfrost->domain, domains, sizeof(domains));
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		panfrost->domain[i].panfrost = panfrost;
}
