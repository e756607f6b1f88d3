// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: dispatch of register accesses, and time. The model has what the
 * kernel's panfrost driver needs, and is strict where real GPUs are lenient.
 */
#include "models/panfrost/panfrost.h"

#include <errno.h>
#include <string.h>

#include "models/panfrost/regs.h"
#include "protocol.h"

/* The three register blocks, and how much the driver maps. */
#define JOB_BASE 0x1000u
#define MMU_BASE 0x2000u
#define WINDOW_SIZE 0x4000u

/* The bank that @offset lies in, or NULL. */
static Irq *irq_at(Panfrost *panfrost, uint64_t offset)
{
	switch (offset & ~0xfull) {
	case GPU_INT_RAWSTAT:
		return &panfrost->gpu_irq;
	case JOB_INT_RAWSTAT:
		return &panfrost->job_irq;
	case MMU_INT_RAWSTAT:
		return &panfrost->mmu_irq;
	}
	return NULL;
}

/* Complete what is due, then work out the next deadline. */
static void advance(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost_gpu_advance(panfrost);
	panfrost_power_advance(panfrost);
	panfrost_mmu_advance(panfrost);
	panfrost_jobs_advance(panfrost);

	device->deadline_ns = 0;
	hold_want_tick(device, &panfrost->reset);
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		hold_want_tick(device, &panfrost->domain[i].hold);
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		hold_want_tick(device, &panfrost->as[i].hold);
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
		if (panfrost->slot[i].wait == SPACE_OK)
			hold_want_tick(device, &panfrost->slot[i].hold);
}

static int panfrost_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Panfrost *panfrost = (Panfrost *)device;
	Irq *irq = irq_at(panfrost, offset);
	uint32_t value = 0;
	RegisterResult reg;

	if (len != 4 || offset & 3)
		reg = REGISTER_UNKNOWN;
	else if (irq)
		reg = register_read(&irq_table, irq, offset & 0xf, &value);
	else if (offset < JOB_BASE)
		reg = panfrost_gpu_read(panfrost, offset, &value);
	else if (offset < MMU_BASE)
		reg = panfrost_jobs_read(panfrost, offset, &value);
	else
		reg = panfrost_mmu_read(panfrost, offset, &value);

	if (reg != REGISTER_OK) {
		panfrost_violation(panfrost,
				   "read of %zu bytes at 0x%" G_GINT64_MODIFIER
				   "x: no such register",
				   len, offset);
		return -EINVAL;
	}
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static int panfrost_write(Device *device, uint64_t offset, const void *buf,
			  size_t len)
{
	Panfrost *panfrost = (Panfrost *)device;
	Irq *irq = irq_at(panfrost, offset);
	uint32_t value = 0;
	RegisterResult reg;

	if (len == sizeof(value))
		memcpy(&value, buf, len);
	if (len != 4 || offset & 3)
		reg = REGISTER_UNKNOWN;
	else if (offset == JOB_INT_CLEAR) /* also starts chains */
		reg = panfrost_jobs_write(panfrost, offset, value);
	else if (irq)
		reg = register_write(&irq_table, irq, offset & 0xf, value);
	else if (offset < JOB_BASE)
		reg = panfrost_gpu_write(panfrost, offset, value);
	else if (offset < MMU_BASE)
		reg = panfrost_jobs_write(panfrost, offset, value);
	else
		reg = panfrost_mmu_write(panfrost, offset, value);

	advance(device);
	if (reg == REGISTER_OK)
		return 0;
	if (reg == REGISTER_READ_ONLY) {
		panfrost_violation(panfrost,
				   "write of 0x%x to 0x%" G_GINT64_MODIFIER
				   "x: read-only register",
				   value, offset);
		return 0;
	}
	panfrost_violation(panfrost,
			   "write of %zu bytes at 0x%" G_GINT64_MODIFIER
			   "x: no such register",
			   len, offset);
	return -EINVAL;
}

static void panfrost_reset(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost_gpu_reset(panfrost);
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		panfrost->slot[i].stopped_root = 0;
		panfrost->slot[i].stopped_at = 0;
	}
	memset(panfrost->history, 0, sizeof(panfrost->history));
	memset(panfrost->counter, 0, sizeof(panfrost->counter));
	memset(&panfrost->tlb, 0, sizeof(panfrost->tlb));
	panfrost->chains = 0;
	panfrost->ended = 0;
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void panfrost_fini(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost_mmu_free(panfrost);
}

static void panfrost_init(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost->gpu_irq = (Irq){device, SB_IRQ_PANFROST_GPU, 0, 0};
	panfrost->job_irq = (Irq){device, SB_IRQ_PANFROST_JOB, 0, 0};
	panfrost->mmu_irq = (Irq){device, SB_IRQ_PANFROST_MMU, 0, 0};
	panfrost_mmu_init(panfrost);
	panfrost_perfcnt_init(panfrost);
	panfrost_power_init(panfrost);
	panfrost_jobs_init(panfrost);
}

static const DeviceWindow windows[] = {{0, WINDOW_SIZE}, {0, 0}};

static const DeviceKind kinds[] = {
	{.name = "JOB"},	{.name = "RESET"}, {.name = "POWER"},
	{.name = "AS_COMMAND"}, {.name = NULL},
};

DEVICE_MODEL(panfrost_model, .name = PANFROST_NAME, .reg_file = "regs",
	     .windows = windows, .irqs = 3, .kinds = kinds,
	     .stamps = STAMPS_BY_ADDRESS, .size = sizeof(Panfrost),
	     .init = panfrost_init, .fini = panfrost_fini,
	     .read = panfrost_read, .write = panfrost_write, .tick = advance,
	     .release = advance, .reset = panfrost_reset,
	     .leaks = panfrost_leaks, .nodes = panfrost_nodes);
