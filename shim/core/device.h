/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device model is to the rest of the daemon: one DeviceModel, which the
 * linker gathers (registry.h looks them up). The rest of the daemon names no
 * model. The FUSE tree (tree.c) turns file accesses into calls of its
 * functions; a model never knows of FUSE. All calls come from one thread.
 * README.md, "Adding a device", goes through it.
 */
#ifndef SHIM_DEVICE_H
#define SHIM_DEVICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/faults.h"
#include "core/journal.h"
#include "core/node.h"
#include "core/ram.h"
#include "core/stamps.h"

/* Registers of @size bytes from offset @base of the device file. */
typedef struct {
	uint64_t base;
	uint64_t size;
} DeviceWindow;

/* @instant: takes no time, so rules can only make it fail */
typedef struct {
	const char *name;
	bool instant;
} DeviceKind;

/* @bits: what the device does not offer if a rule says that it lacks @name */
typedef struct {
	const char *name;
	uint64_t bits;
} DeviceFeature;

/* How the file `stamps` names the pages of a device; see stamps.h. */
typedef enum {
	STAMPS_NONE,
	STAMPS_BY_RESOURCE,
	STAMPS_BY_ADDRESS,
} DeviceStamps;

/**
 * DeviceModel - one device model
 *
 * @name: the driver's; directory in the tree, and name in journals and rules
 * @instances: 0 for one device, called @name; else devices NAME.0, NAME.1, ...
 * @reg_file: file in the device's directory that is the device
 * @windows: where it has registers; ends with a size of 0
 * @irqs: how many interrupt lines it has, at most 32
 * @kinds: kinds of events that fault rules can name; ends with a NULL name. A
 *	misspelt kind would make a rule that never applies and a test that
 *	passes for no reason, so no other is accepted.
 * @changes: it has a configuration that `change` rules change
 * @features: what a `lack` rule can name; ends with a NULL name. NULL: none
 * @stamps: how the device's pages are named
 * @nodes: the files in its directory; ends with a NULL path
 * @size: bytes of the model's state, which begins with a Device
 * @init: the state is zeroed and its Device filled in: bring it to power-on
 *	state, and set isr_reg and ack_reg if they are used
 * @fini: give back what the state owns
 * @read, @write: register access, @len is 1, 2, 4 or 8, @offset lies in a
 *	window. Return 0 or a negative errno (-EINVAL: no such register or
 *	width). Write is called only while a guest is connected.
 * @tick: guest time has moved to device->now_ns: complete what is due. Also
 *	called before any access that comes at or after deadline_ns, so that a
 *	guest that polls with interrupts off makes progress.
 * @release: the faults that held work back have changed: complete whatever is
 *	no longer held.
 * @reset: power-on state; the guest has come or gone. Forgets all guest state.
 * @leaks: appends one line to @out for each thing a guest must not leave
 *	behind (resource, backing, context, mapping, running job).
 */
typedef struct {
	const char *name;
	unsigned int instances;
	const char *reg_file;
	const DeviceWindow *windows;
	unsigned int irqs;
	const DeviceKind *kinds;
	bool changes;
	const DeviceFeature *features;
	DeviceStamps stamps;
	const Node *nodes;
	size_t size;
	void (*init)(Device *device);
	void (*fini)(Device *device);
	int (*read)(Device *device, uint64_t offset, void *buf, size_t len);
	int (*write)(Device *device, uint64_t offset, const void *buf,
		     size_t len);
	void (*tick)(Device *device);
	void (*release)(Device *device);
	void (*reset)(Device *device);
	void (*leaks)(Device *device, GString *out);
} DeviceModel;

/*
 * DEVICE_MODEL(IDENT, .name = NAME, ...);
 *
 * The linker gathers the pointers in section shim_models.
 */
#define DEVICE_MODEL(ident, ...)                                               \
	static const DeviceModel ident = {__VA_ARGS__};                        \
	static const DeviceModel *const ident##_entry                          \
		__attribute__((used, section("shim_models"))) = &ident

/**
 * DeviceId - a device that the models offer
 *
 * @name: its name, in the tree and everywhere; never freed
 * @index: which of its model's instances it is
 */
typedef struct {
	const char *name;
	const DeviceModel *model;
	unsigned int index;
} DeviceId;

/**
 * Device - the first member of every model's state
 *
 * @name: id->name
 * @now_ns: guest time of the current access, set before each call
 * @deadline_ns: guest time at which the model needs tick; 0: never. The model
 *	updates it; the caller passes it to the guest.
 * @irq_raise: interrupt lines that the model raises. Set only by
 *	device_raise(); the caller passes them to the guest and clears them after
 *	each call.
 * @isr: see struct sb_event_page; only used with @isr_reg. Points into guest RAM
 *	while a guest is connected, otherwise to @no_isr. Changed with atomics.
 * @isr_reg, @ack_reg: SB_NO_REG or the registers of the event page; constant
 */
struct Device {
	const DeviceModel *model;
	const char *name;
	unsigned int index;
	Ram *ram;
	Journal *journal;
	Faults *faults;
	Stamps *stamps;
	uint64_t now_ns;
	uint64_t deadline_ns;
	uint32_t irq_raise;
	uint32_t *isr;
	uint32_t no_isr;
	uint32_t isr_reg;
	uint32_t ack_reg;
};

/* A device in power-on state; the four services must outlive it. */
Device *device_new(const DeviceId *id, Ram *ram, Journal *journal,
		   Faults *faults, Stamps *stamps);
void device_free(Device *device);

/* Does the device have a register at @offset? */
bool device_has(const Device *device, uint64_t offset);

/* Raise interrupt line @line, unless a fault loses it. */
void device_raise(Device *device, unsigned int line);

/* An event of @kind is about to be answered: does the configuration change before? */
bool device_changes(Device *device, const char *kind);

/* DeviceFeature.bits of all features that rules take away. */
uint64_t device_lacks(const Device *device);

#endif
