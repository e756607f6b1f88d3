// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: interrupt registers. The lines of the hardware are level-triggered
 * and the bus passes on edges, so a line is raised again at each change that
 * leaves an interrupt pending.
 */
#include "models/panfrost/panfrost.h"

static void raise_pending(Panfrost *panfrost, const PanfrostIrq *irq)
{
	if (irq->raw & irq->mask)
		device_raise(&panfrost->dev, irq->line);
}

void panfrost_irq_set(Panfrost *panfrost, PanfrostIrq *irq, uint32_t bits)
{
	bool was = irq->raw & irq->mask;
	bool more = bits & ~irq->raw & irq->mask;

	irq->raw |= bits;
	if (!was || more)
		raise_pending(panfrost, irq);
}

PanfrostReg panfrost_irq_read(PanfrostIrq *irq, uint64_t reg, uint32_t *value)
{
	switch (reg) {
	case 0x0: /* RAWSTAT */
		*value = irq->raw;
		return REG_OK;
	case 0x4: /* CLEAR, write-only */
		*value = 0;
		return REG_OK;
	case 0x8: /* MASK */
		*value = irq->mask;
		return REG_OK;
	case 0xc: /* STAT */
		*value = irq->raw & irq->mask;
		return REG_OK;
	}
	return REG_UNKNOWN;
}

PanfrostReg panfrost_irq_write(Panfrost *panfrost, PanfrostIrq *irq,
			       uint64_t reg, uint32_t value)
{
	switch (reg) {
	case 0x4:
		irq->raw &= ~value;
		break;
	case 0x8:
		irq->mask = value;
		break;
	default:
		return REG_READ_ONLY;
	}
	raise_pending(panfrost, irq);
	return REG_OK;
}
