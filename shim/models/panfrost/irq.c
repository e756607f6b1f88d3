// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: interrupt registers. The lines of the hardware are level-triggered
 * and the bus passes on edges, so a line is raised again at each change that
 * leaves an interrupt pending.
 */
#include "models/panfrost/panfrost.h"

static void raise_pending(const PanfrostIrq *irq)
{
	if (irq->raw & irq->mask)
		device_raise(irq->device, irq->line);
}

void panfrost_irq_set(PanfrostIrq *irq, uint32_t bits)
{
	bool was = irq->raw & irq->mask;
	bool more = bits & ~irq->raw & irq->mask;

	irq->raw |= bits;
	if (!was || more)
		raise_pending(irq);
}

static uint32_t stat(void *block, uint32_t word G_GNUC_UNUSED)
{
	const PanfrostIrq *irq = block;

	return irq->raw & irq->mask;
}

static void changed(void *block, uint32_t word G_GNUC_UNUSED,
		    uint32_t value G_GNUC_UNUSED)
{
	raise_pending(block);
}

static const Register registers[] = {
	{PANFROST_IRQ_RAWSTAT, .field = REGISTER_FIELD(PanfrostIrq, raw)},
	{PANFROST_IRQ_CLEAR, .clears = ~0u,
	 .field = REGISTER_FIELD(PanfrostIrq, raw), .read = register_zero,
	 .write = changed},
	{PANFROST_IRQ_MASK, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(PanfrostIrq, mask), .write = changed},
	{PANFROST_IRQ_STAT, .read = stat},
};

const RegisterTable panfrost_irq_table = REGISTER_TABLE(registers);
