// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/irq.h"

static void raise_pending(const Irq *irq)
{
	if (irq->raw & irq->mask)
		device_raise(irq->device, irq->line);
}

void irq_set(Irq *irq, uint32_t bits)
{
	bool was = irq->raw & irq->mask;
	bool more = bits & ~irq->raw & irq->mask;

	irq->raw |= bits;
	if (!was || more)
		raise_pending(irq);
}

void irq_reset(Irq *irq)
{
	irq->raw = 0;
	irq->mask = 0;
}

static uint32_t stat(void *block, uint32_t word G_GNUC_UNUSED)
{
	const Irq *irq = block;

	return irq->raw & irq->mask;
}

static void changed(void *block, uint32_t word G_GNUC_UNUSED,
		    uint32_t value G_GNUC_UNUSED)
{
	raise_pending(block);
}

static const Register registers[] = {
	{IRQ_RAWSTAT, .field = REGISTER_FIELD(Irq, raw)},
	{IRQ_CLEAR, .clears = ~0u, .field = REGISTER_FIELD(Irq, raw),
	 .read = register_zero, .write = changed},
	{IRQ_MASK, .writable = REGISTER_RW, .field = REGISTER_FIELD(Irq, mask),
	 .write = changed},
	{IRQ_STAT, .read = stat},
};

const RegisterTable irq_table = REGISTER_TABLE(registers);
