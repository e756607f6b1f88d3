// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: interrupts. Hub and core have a bank each, and share one line: with one interrupt
 * the driver looks at the hub only if the core had nothing. The line of the hardware is
 * level-triggered, so it is raised again at each change that leaves anything pending.
 */
#include "models/v3d/v3d.h"

void v3d_irq_init(V3d *v3d)
{
	v3d->hub_irq = (Irq){&v3d->dev, SB_IRQ_V3D, 0, 0};
	v3d->core_irq = (Irq){&v3d->dev, SB_IRQ_V3D, 0, 0};
}

static uint32_t masked(void *block, uint32_t word G_GNUC_UNUSED)
{
	const Irq *irq = block;

	return ~irq->mask;
}

static void set(void *block, uint32_t word G_GNUC_UNUSED, uint32_t bits)
{
	irq_set(block, bits);
}

static void mask(void *block, uint32_t word G_GNUC_UNUSED, uint32_t bits)
{
	Irq *irq = block;

	irq->mask &= ~bits;
}

static void unmask(void *block, uint32_t word G_GNUC_UNUSED, uint32_t bits)
{
	Irq *irq = block;

	irq->mask |= bits;
}

/* Registers of an Irq */
static const Register registers[] = {
	{INT_STS, .field = REGISTER_FIELD(Irq, raw)},
	{INT_SET, .write = set, .read = register_zero},
	{INT_CLR, .clears = ~0u, .field = REGISTER_FIELD(Irq, raw),
	 .read = register_zero},
	{INT_MSK_STS, .read = masked},
	{INT_MSK_SET, .write = mask, .read = register_zero},
	{INT_MSK_CLR, .write = unmask, .read = register_zero},
};

static const RegisterTable table = REGISTER_TABLE(registers);

RegisterResult v3d_irq_read(Irq *irq, uint64_t offset, uint32_t *value)
{
	return register_read(&table, irq, offset, value);
}

RegisterResult v3d_irq_write(V3d *v3d, Irq *irq, uint64_t offset,
			     uint32_t value)
{
	RegisterResult result = register_write(&table, irq, offset, value);

	if ((v3d->hub_irq.raw & v3d->hub_irq.mask) ||
	    (v3d->core_irq.raw & v3d->core_irq.mask))
		device_raise(&v3d->dev, SB_IRQ_V3D);
	return result;
}
