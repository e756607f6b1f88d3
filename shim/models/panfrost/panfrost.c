// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: registers, interrupts, time. The device is what the kernel's
 * panfrost driver needs of one, and strict where real ones are lenient.
 */
#include "models/panfrost/panfrost.h"

#include <errno.h>
#include <string.h>

#include "models/panfrost/regs.h"
#include "protocol.h"

/* Bounds of the three register blocks. */
#define JOB_BASE 0x1000u
#define MMU_BASE 0x2000u

/* A level-triggered line on a bus that passes edges on. */
static void irq_level(Mali *mali, const MaliIrq *irq)
{
	if (irq->raw & irq->mask)
		device_raise(&mali->dev, irq->line);
}

void mali_irq_set(Mali *mali, MaliIrq *irq, uint32_t bits)
{
	bool was = irq->raw & irq->mask;
	bool more = bits & ~irq->raw & irq->mask;

	irq->raw |= bits;
	if (!was || more)
		irq_level(mali, irq);
}

static bool irq_read(const MaliIrq *irq, uint64_t reg, uint32_t *value)
{
	switch (reg) {
	case 0x0: /* RAWSTAT */
		*value = irq->raw;
		return true;
	case 0x4: /* CLEAR, write-only */
		*value = 0;
		return true;
	case 0x8: /* MASK */
		*value = irq->mask;
		return true;
	case 0xc: /* STAT */
		*value = irq->raw & irq->mask;
		return true;
	}
	return false;
}

static MaliReg irq_write(Mali *mali, MaliIrq *irq, uint64_t reg, uint32_t value)
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
	irq_level(mali, irq);
	return REG_OK;
}

/* The bank that @offset lies in, or NULL. */
static MaliIrq *irq_at(Mali *mali, uint64_t offset)
{
	switch (offset & ~0xfull) {
	case GPU_INT_RAWSTAT:
		return &mali->gpu_irq;
	case JOB_INT_RAWSTAT:
		return &mali->job_irq;
	case MMU_INT_RAWSTAT:
		return &mali->mmu_irq;
	}
	return NULL;
}

void mali_begin(Mali *mali, MaliPending *pending, const char *kind, uint64_t ns,
		Fault *fault)
{
	*fault = faults_next(mali->dev.faults, MALI_NAME, kind);
	pending->active = true;
	pending->kind = kind;
	pending->held = fault->kind == FAULT_HOLD || fault->kind == FAULT_HANG;
	if (fault->kind == FAULT_DELAY)
		ns += fault->arg;
	pending->due_ns = mali->dev.now_ns + ns;
	if (fault->kind != FAULT_NONE)
		mali_trace(mali, "%s: fault rule applies", kind);
}

bool mali_held(Mali *mali, const MaliPending *pending)
{
	return pending->active && pending->held &&
	       faults_held(mali->dev.faults, MALI_NAME, pending->kind);
}

bool mali_due(Mali *mali, const MaliPending *pending)
{
	return pending->active && mali->dev.now_ns >= pending->due_ns &&
	       !mali_held(mali, pending);
}

static void want_tick(Mali *mali, const MaliPending *pending)
{
	uint64_t at = pending->due_ns;

	if (!pending->active || at == G_MAXUINT64)
		return;
	if (mali_held(mali, pending) && at < mali->dev.now_ns + MALI_POLL_NS)
		at = mali->dev.now_ns + MALI_POLL_NS;
	if (!mali->dev.deadline_ns || at < mali->dev.deadline_ns)
		mali->dev.deadline_ns = MAX(at, 1);
}

/* Complete what is due, and work out when to come back. */
static void advance(Device *device)
{
	Mali *mali = (Mali *)device;

	mali_gpu_advance(mali);
	mali_mmu_advance(mali);
	mali_jobs_advance(mali);

	device->deadline_ns = 0;
	want_tick(mali, &mali->reset);
	for (unsigned int i = 0; i < MALI_DOMAINS; i++)
		want_tick(mali, &mali->domain[i].pending);
	for (unsigned int i = 0; i < MALI_SPACES; i++)
		want_tick(mali, &mali->as[i].pending);
	for (unsigned int i = 0; i < MALI_SLOTS; i++)
		if (mali->slot[i].wait == MMU_OK)
			want_tick(mali, &mali->slot[i].pending);
}

static int mali_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Mali *mali = (Mali *)device;
	MaliIrq *irq = irq_at(mali, offset);
	uint32_t value = 0;
	MaliReg reg;

	advance(device);
	if (len != 4 || offset & 3)
		reg = REG_UNKNOWN;
	else if (irq)
		reg = irq_read(irq, offset & 0xf, &value) ? REG_OK
							  : REG_UNKNOWN;
	else if (offset < JOB_BASE)
		reg = mali_gpu_read(mali, offset, &value);
	else if (offset < MMU_BASE)
		reg = mali_jobs_read(mali, offset, &value);
	else
		reg = mali_mmu_read(mali, offset, &value);

	if (reg != REG_OK) {
		mali_violation(mali,
			       "read of %zu bytes at 0x%" G_GINT64_MODIFIER
			       "x: no such register",
			       len, offset);
		return -EINVAL;
	}
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static int mali_write(Device *device, uint64_t offset, const void *buf,
		      size_t len)
{
	Mali *mali = (Mali *)device;
	MaliIrq *irq = irq_at(mali, offset);
	uint32_t value = 0;
	MaliReg reg;

	advance(device);
	if (len == sizeof(value))
		memcpy(&value, buf, len);
	if (len != 4 || offset & 3)
		reg = REG_UNKNOWN;
	else if (offset == JOB_INT_CLEAR) /* does more than to clear */
		reg = mali_jobs_write(mali, offset, value);
	else if (irq)
		reg = irq_write(mali, irq, offset & 0xf, value);
	else if (offset < JOB_BASE)
		reg = mali_gpu_write(mali, offset, value);
	else if (offset < MMU_BASE)
		reg = mali_jobs_write(mali, offset, value);
	else
		reg = mali_mmu_write(mali, offset, value);

	if (offset == JOB_INT_CLEAR && reg == REG_OK)
		irq_level(mali, &mali->job_irq);
	advance(device);
	if (reg == REG_OK)
		return 0;
	if (reg == REG_READ_ONLY) {
		mali_violation(mali,
			       "write of 0x%x to 0x%" G_GINT64_MODIFIER
			       "x: read-only register",
			       value, offset);
		return 0;
	}
	mali_violation(mali,
		       "write of %zu bytes at 0x%" G_GINT64_MODIFIER
		       "x: no such register",
		       len, offset);
	return -EINVAL;
}

static void mali_reset(Device *device)
{
	Mali *mali = (Mali *)device;

	mali_gpu_reset(mali);
	for (unsigned int i = 0; i < MALI_SLOTS; i++) {
		mali->slot[i].stopped_root = 0;
		mali->slot[i].stopped_at = 0;
	}
	memset(mali->history, 0, sizeof(mali->history));
	memset(mali->counter, 0, sizeof(mali->counter));
	mali->chains = 0;
	mali->ended = 0;
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void mali_free(Device *device)
{
	Mali *mali = (Mali *)device;

	mali_mmu_free(mali);
	g_free(mali);
}

const char *mali_exception_name(uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *name;
	} names[] = {
		{MALI_OK, "OK"},
		{MALI_DONE, "DONE"},
		{MALI_STOPPED, "STOPPED"},
		{MALI_TERMINATED, "TERMINATED"},
		{MALI_ACTIVE, "ACTIVE"},
		{MALI_JOB_CONFIG_FAULT, "JOB_CONFIG_FAULT"},
		{MALI_JOB_POWER_FAULT, "JOB_POWER_FAULT"},
		{MALI_JOB_READ_FAULT, "JOB_READ_FAULT"},
		{MALI_JOB_WRITE_FAULT, "JOB_WRITE_FAULT"},
		{MALI_JOB_BUS_FAULT, "JOB_BUS_FAULT"},
		{MALI_DATA_INVALID_FAULT, "DATA_INVALID_FAULT"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "other";
}

Device *mali_new(Ram *ram, Journal *journal, Faults *faults, Stamps *stamps)
{
	static const DeviceOps ops = {
		.name = MALI_NAME,
		.reg_file = "regs",
		.read = mali_read,
		.write = mali_write,
		.tick = advance,
		.release = advance,
		.reset = mali_reset,
		.leaks = mali_leaks,
		.list = mali_list,
		.show = mali_show,
		.free = mali_free,
	};
	static uint32_t no_isr;
	Mali *mali = g_new0(Mali, 1);
	Device *device = &mali->dev;

	device->ops = &ops;
	device->ram = ram;
	device->journal = journal;
	device->faults = faults;
	device->stamps = stamps;
	device->isr = &no_isr;
	device->isr_reg = SB_NO_REG;
	device->ack_reg = SB_NO_REG;
	mali->gpu_irq.line = SB_IRQ_MALI_GPU;
	mali->job_irq.line = SB_IRQ_MALI_JOB;
	mali->mmu_irq.line = SB_IRQ_MALI_MMU;
	mali_gpu_init(mali);
	mali_mmu_init(mali);
	return device;
}
