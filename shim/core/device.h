/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device model is to the rest of the daemon. The FUSE tree (tree.c)
 * turns file accesses into these calls; a model never knows of FUSE. All
 * calls come from one thread.
 */
#ifndef SHIM_DEVICE_H
#define SHIM_DEVICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/faults.h"
#include "core/journal.h"
#include "core/ram.h"
#include "core/stamps.h"

typedef struct Device Device;

/**
 * DeviceOps - one device model
 *
 * read, write: register access, @len is 1, 2, 4 or 8, @offset < SB_CTL_BASE.
 *	Return 0 or a negative errno (-EINVAL: no such register or width).
 *	Called only while a guest is connected, or by hand for a look.
 * tick: guest time has moved to device->now_ns: complete what is due. Also
 *	called before any access that comes at or after deadline_ns, so that a
 *	guest that polls with interrupts off gets on.
 * release: the faults that held work back have changed: complete whatever is
 *	no longer held.
 * reset: power-on state; the guest has come or gone. Forgets all guest state.
 * leaks: appends one line to @out for each thing a guest must not leave
 *	behind (resource, backing, context, mapping, running job).
 * list: names of the entries of directory @path ("" is the device's own
 *	directory, no leading or trailing slash) as a NULL-terminated, owned
 *	vector, directories with a trailing slash; NULL when @path is no
 *	directory.
 * show: whole content of the read-only file @path, owned; NULL when there is
 *	no such file.
 */
typedef struct {
	const char *name; /* directory in the tree, and name in journals */
	const char *reg_file; /* file in that directory that is the device */
	int (*read)(Device *device, uint64_t offset, void *buf, size_t len);
	int (*write)(Device *device, uint64_t offset, const void *buf,
		     size_t len);
	void (*tick)(Device *device);
	void (*release)(Device *device);
	void (*reset)(Device *device);
	void (*leaks)(Device *device, GString *out);
	char **(*list)(Device *device, const char *path);
	GBytes *(*show)(Device *device, const char *path);
	void (*free)(Device *device);
} DeviceOps;

/**
 * Device - what every model embeds as its first member
 *
 * @now_ns: guest time of the current access, set before each call
 * @deadline_ns: guest time at which the model wants tick; 0 for never. The
 *	model keeps it right; the caller passes it to the guest.
 * @irq_raise: interrupt lines the model raises; set through device_raise()
 *	only, passed to the guest and cleared by the caller after each call.
 * @isr: see struct sb_event_page; the model's only if @isr_reg is used.
 *	Points into guest RAM while a guest is connected, at a dummy otherwise.
 *	Changed with atomics.
 * @isr_reg, @ack_reg: SB_NO_REG or the registers of the event page; constant
 */
struct Device {
	const DeviceOps *ops;
	Ram *ram;
	Journal *journal;
	Faults *faults;
	Stamps *stamps;
	uint64_t now_ns;
	uint64_t deadline_ns;
	uint32_t irq_raise;
	uint32_t *isr;
	uint32_t isr_reg;
	uint32_t ack_reg;
};

/**
 * device_raise - raise interrupt line @line, unless a fault loses it
 */
static inline void device_raise(Device *device, unsigned int line)
{
	if (!faults_lose_irq(device->faults, device->ops->name, line))
		device->irq_raise |= 1u << line;
	else
		journal_trace(device->journal, device->ops->name,
			      "interrupt line %u lost (fault)", line);
}

/* The models. Owned by the caller, freed with device->ops->free(). */
Device *virtio_gpu_new(Ram *ram, Journal *journal, Faults *faults,
		       Stamps *stamps);
Device *panfrost_new(Ram *ram, Journal *journal, Faults *faults,
		     Stamps *stamps);
/* @index: 0 .. SB_HELPERS - 1 */
Device *helper_new(Ram *ram, Journal *journal, Faults *faults, Stamps *stamps,
		   unsigned int index);

#endif
