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
static void irq_level(Panfrost *panfrost, const PanfrostIrq *irq)
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
		irq_level(panfrost, irq);
}

static bool irq_read(const PanfrostIrq *irq, uint64_t reg, uint32_t *value)
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

static PanfrostReg irq_write(Panfrost *panfrost, PanfrostIrq *irq, uint64_t reg,
			     uint32_t value)
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
	irq_level(panfrost, irq);
	return REG_OK;
}

/* The bank that @offset lies in, or NULL. */
static PanfrostIrq *irq_at(Panfrost *panfrost, uint64_t offset)
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

void panfrost_begin(Panfrost *panfrost, PanfrostPending *pending,
		    const char *kind, uint64_t ns, Fault *fault)
{
	*fault = faults_next(panfrost->dev.faults, PANFROST_NAME, kind);
	pending->active = true;
	pending->kind = kind;
	pending->held = fault->kind == FAULT_HOLD || fault->kind == FAULT_HANG;
	if (fault->kind == FAULT_DELAY)
		ns += fault->arg;
	pending->due_ns = panfrost->dev.now_ns + ns;
	if (fault->kind != FAULT_NONE)
		panfrost_trace(panfrost, "%s: fault rule applies", kind);
}

bool panfrost_held(Panfrost *panfrost, const PanfrostPending *pending)
{
	return pending->active && pending->held &&
	       faults_held(panfrost->dev.faults, PANFROST_NAME, pending->kind);
}

bool panfrost_due(Panfrost *panfrost, const PanfrostPending *pending)
{
	return pending->active && panfrost->dev.now_ns >= pending->due_ns &&
	       !panfrost_held(panfrost, pending);
}

static void want_tick(Panfrost *panfrost, const PanfrostPending *pending)
{
	uint64_t at = pending->due_ns;

	if (!pending->active || at == G_MAXUINT64)
		return;
	if (panfrost_held(panfrost, pending) &&
	    at < panfrost->dev.now_ns + PANFROST_POLL_NS)
		at = panfrost->dev.now_ns + PANFROST_POLL_NS;
	if (!panfrost->dev.deadline_ns || at < panfrost->dev.deadline_ns)
		panfrost->dev.deadline_ns = MAX(at, 1);
}

/* Complete what is due, and work out when to come back. */
static void advance(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost_gpu_advance(panfrost);
	panfrost_mmu_advance(panfrost);
	panfrost_jobs_advance(panfrost);

	device->deadline_ns = 0;
	want_tick(panfrost, &panfrost->reset);
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++)
		want_tick(panfrost, &panfrost->domain[i].pending);
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		want_tick(panfrost, &panfrost->as[i].pending);
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
		if (panfrost->slot[i].wait == MMU_OK)
			want_tick(panfrost, &panfrost->slot[i].pending);
}

static int panfrost_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Panfrost *panfrost = (Panfrost *)device;
	PanfrostIrq *irq = irq_at(panfrost, offset);
	uint32_t value = 0;
	PanfrostReg reg;

	advance(device);
	if (len != 4 || offset & 3)
		reg = REG_UNKNOWN;
	else if (irq)
		reg = irq_read(irq, offset & 0xf, &value) ? REG_OK
							  : REG_UNKNOWN;
	else if (offset < JOB_BASE)
		reg = panfrost_gpu_read(panfrost, offset, &value);
	else if (offset < MMU_BASE)
		reg = panfrost_jobs_read(panfrost, offset, &value);
	else
		reg = panfrost_mmu_read(panfrost, offset, &value);

	if (reg != REG_OK) {
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
	PanfrostIrq *irq = irq_at(panfrost, offset);
	uint32_t value = 0;
	PanfrostReg reg;

	advance(device);
	if (len == sizeof(value))
		memcpy(&value, buf, len);
	if (len != 4 || offset & 3)
		reg = REG_UNKNOWN;
	else if (offset == JOB_INT_CLEAR) /* does more than to clear */
		reg = panfrost_jobs_write(panfrost, offset, value);
	else if (irq)
		reg = irq_write(panfrost, irq, offset & 0xf, value);
	else if (offset < JOB_BASE)
		reg = panfrost_gpu_write(panfrost, offset, value);
	else if (offset < MMU_BASE)
		reg = panfrost_jobs_write(panfrost, offset, value);
	else
		reg = panfrost_mmu_write(panfrost, offset, value);

	if (offset == JOB_INT_CLEAR && reg == REG_OK)
		irq_level(panfrost, &panfrost->job_irq);
	advance(device);
	if (reg == REG_OK)
		return 0;
	if (reg == REG_READ_ONLY) {
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
	panfrost->chains = 0;
	panfrost->ended = 0;
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void panfrost_free(Device *device)
{
	Panfrost *panfrost = (Panfrost *)device;

	panfrost_mmu_free(panfrost);
	g_free(panfrost);
}

const char *panfrost_exception_name(uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *name;
	} names[] = {
		{PANFROST_OK, "OK"},
		{PANFROST_DONE, "DONE"},
		{PANFROST_STOPPED, "STOPPED"},
		{PANFROST_TERMINATED, "TERMINATED"},
		{PANFROST_ACTIVE, "ACTIVE"},
		{PANFROST_JOB_CONFIG_FAULT, "JOB_CONFIG_FAULT"},
		{PANFROST_JOB_POWER_FAULT, "JOB_POWER_FAULT"},
		{PANFROST_JOB_READ_FAULT, "JOB_READ_FAULT"},
		{PANFROST_JOB_WRITE_FAULT, "JOB_WRITE_FAULT"},
		{PANFROST_JOB_BUS_FAULT, "JOB_BUS_FAULT"},
		{PANFROST_DATA_INVALID_FAULT, "DATA_INVALID_FAULT"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "other";
}

Device *panfrost_new(Ram *ram, Journal *journal, Faults *faults, Stamps *stamps)
{
	static const DeviceOps ops = {
		.name = PANFROST_NAME,
		.reg_file = "regs",
		.read = panfrost_read,
		.write = panfrost_write,
		.tick = advance,
		.release = advance,
		.reset = panfrost_reset,
		.leaks = panfrost_leaks,
		.list = panfrost_list,
		.show = panfrost_show,
		.free = panfrost_free,
	};
	static uint32_t no_isr;
	Panfrost *panfrost = g_new0(Panfrost, 1);
	Device *device = &panfrost->dev;

	device->ops = &ops;
	device->ram = ram;
	device->journal = journal;
	device->faults = faults;
	device->stamps = stamps;
	device->isr = &no_isr;
	device->isr_reg = SB_NO_REG;
	device->ack_reg = SB_NO_REG;
	panfrost->gpu_irq.line = SB_IRQ_PANFROST_GPU;
	panfrost->job_irq.line = SB_IRQ_PANFROST_JOB;
	panfrost->mmu_irq.line = SB_IRQ_PANFROST_MMU;
	panfrost_gpu_init(panfrost);
	panfrost_mmu_init(panfrost);
	return device;
}
