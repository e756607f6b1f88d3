/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bank of interrupt registers as ARM's GPUs have it: RAWSTAT, CLEAR, MASK, STAT,
 * and an interrupt line. The lines of the hardware are level-triggered and the bus
 * passes on edges, so a line is raised again at each change that leaves an interrupt
 * pending.
 */
#ifndef SHIM_IRQ_H
#define SHIM_IRQ_H

#include "core/device.h"
#include "core/register.h"

#define IRQ_RAWSTAT 0x0u
#define IRQ_CLEAR 0x4u
#define IRQ_MASK 0x8u
#define IRQ_STAT 0xcu

/* @line: interrupt line of @device */
typedef struct {
	Device *device;
	unsigned int line;
	uint32_t raw;
	uint32_t mask;
} Irq;

/* Registers of an Irq; offsets count from RAWSTAT. */
extern const RegisterTable irq_table;

/* Set @bits of RAWSTAT, and raise the line if they are new and not masked. */
void irq_set(Irq *irq, uint32_t bits);
/* Power-on state: nothing pending, all masked. */
void irq_reset(Irq *irq);

#endif
