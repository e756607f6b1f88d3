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

static void power_done(Panfrost *panfrost, PanfrostDomain *domain)
{
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

	fault = panfrost_begin(panfrost, &domain->hold, "POWER", 0);
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
			power_done(panfrost, domain);
	}
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

PanfrostReg panfrost_power_read(Panfrost *panfrost, uint64_t offset,
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
		bits = d->hold.active ? d->on | d->off : 0;
	else if ((d = domain_at(panfrost, offset, GPU_PWRACTIVE)))
		bits = panfrost_active(panfrost) ? d->ready : 0;
	else
		return REG_UNKNOWN;
	*value = panfrost_half(bits, offset);
	return REG_OK;
}

PanfrostReg panfrost_power_write(Panfrost *panfrost, uint64_t offset,
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

void panfrost_power_advance(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		if (hold_due(&panfrost->dev, &panfrost->domain[i].hold))
			power_done(panfrost, &panfrost->domain[i]);
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
}
