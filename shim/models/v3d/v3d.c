// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D 4.2: dispatch of register accesses, and time. The model has what the kernel's v3d
 * driver needs, and is strict where real GPUs are lenient.
 */
#include "models/v3d/v3d.h"

#include <errno.h>
#include <string.h>

/* Complete what is due, then work out the next deadline. */
static void advance(Device *device)
{
	V3d *v3d = (V3d *)device;

	v3d_bridge_advance(v3d);
	v3d_mmu_advance(v3d);
	for (V3dQueueId i = 0; i < V3D_QUEUES; i++)
		v3d_job_advance(&v3d->queue[i]);

	device->deadline_ns = 0;
	hold_want_tick(device, &v3d->reset);
	hold_want_tick(device, &v3d->mmu.hold);
	for (V3dQueueId i = 0; i < V3D_QUEUES; i++)
		hold_want_tick(device, &v3d->queue[i].job.hold);
}

static RegisterResult read_register(V3d *v3d, uint64_t offset, uint32_t *value)
{
	if (offset < CORE_BASE)
		return v3d_hub_read(v3d, offset, value);
	if (offset < BRIDGE_BASE)
		return v3d_core_read(v3d, offset - CORE_BASE, value);
	return v3d_bridge_read(v3d, offset - BRIDGE_BASE, value);
}

static RegisterResult write_register(V3d *v3d, uint64_t offset, uint32_t value)
{
	if (offset < CORE_BASE)
		return v3d_hub_write(v3d, offset, value);
	if (offset < BRIDGE_BASE)
		return v3d_core_write(v3d, offset - CORE_BASE, value);
	return v3d_bridge_write(v3d, offset - BRIDGE_BASE, value);
}

static int v3d_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	V3d *v3d = (V3d *)device;
	RegisterResult reg = REGISTER_UNKNOWN;
	uint32_t value = 0;

	if (len == 4 && !(offset & 3))
		reg = read_register(v3d, offset, &value);
	if (reg != REGISTER_OK) {
		v3d_violation(v3d,
			      "read of %zu bytes at 0x%" G_GINT64_MODIFIER
			      "x: no such register",
			      len, offset);
		return -EINVAL;
	}
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static int v3d_write(Device *device, uint64_t offset, const void *buf,
		     size_t len)
{
	V3d *v3d = (V3d *)device;
	RegisterResult reg = REGISTER_UNKNOWN;
	uint32_t value = 0;

	if (len == sizeof(value))
		memcpy(&value, buf, len);
	if (len == 4 && !(offset & 3))
		reg = write_register(v3d, offset, value);
	advance(device);
	if (reg == REGISTER_OK)
		return 0;
	if (reg == REGISTER_READ_ONLY) {
		v3d_violation(v3d,
			      "write of 0x%x to 0x%" G_GINT64_MODIFIER
			      "x: read-only register",
			      value, offset);
		return 0;
	}
	v3d_violation(v3d,
		      "write of %zu bytes at 0x%" G_GINT64_MODIFIER
		      "x: no such register",
		      len, offset);
	return -EINVAL;
}

static void v3d_reset(Device *device)
{
	V3d *v3d = (V3d *)device;

	v3d_hub_reset(v3d);
	memset(v3d->history, 0, sizeof(v3d->history));
	memset(v3d->counter, 0, sizeof(v3d->counter));
	memset(&v3d->tlb, 0, sizeof(v3d->tlb));
	v3d->jobs = 0;
	v3d->ended = 0;
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void v3d_fini(Device *device)
{
	v3d_mmu_free((V3d *)device);
}

static void v3d_init(Device *device)
{
	/* VIO_ID has the client in bits 5 and up. */
	static const V3dQueue queues[V3D_QUEUES] = {
		[V3D_QUEUE_BIN] = {.name = "BIN", .client = 4u << 5},
		[V3D_QUEUE_RENDER] = {.name = "RENDER", .client = 4u << 5 | 1},
		[V3D_QUEUE_TFU] = {.name = "TFU", .client = 5u << 5},
		[V3D_QUEUE_CSD] = {.name = "CSD", .client = 0u << 5},
	};
	V3d *v3d = (V3d *)device;

	for (V3dQueueId i = 0; i < V3D_QUEUES; i++) {
		v3d->queue[i] = queues[i];
		v3d->queue[i].v3d = v3d;
		v3d->queue[i].n = i;
	}
	v3d_irq_init(v3d);
	v3d_mmu_init(v3d);
}

static const DeviceWindow windows[] = {{0, V3D_SIZE}, {0, 0}};

static const DeviceKind kinds[] = {
	{.name = "BIN"}, {.name = "RENDER"}, {.name = "TFU"},
	{.name = "CSD"}, {.name = "RESET"},  {.name = "TLB_CLEAR"},
	{.name = NULL},
};

DEVICE_MODEL(v3d_model, .name = V3D_NAME, .reg_file = "regs",
	     .windows = windows, .irqs = 1, .kinds = kinds,
	     .stamps = STAMPS_BY_ADDRESS, .size = sizeof(V3d), .init = v3d_init,
	     .fini = v3d_fini, .read = v3d_read, .write = v3d_write,
	     .tick = advance, .release = advance, .reset = v3d_reset,
	     .leaks = v3d_leaks, .nodes = v3d_nodes);
