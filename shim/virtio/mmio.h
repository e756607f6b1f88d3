/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio-mmio transport, version 2 (VirtIO 1.2 section 4.2.2): register
 * block, status and feature negotiation (section 3.1), queue set-up. What kind
 * of device it is, is its user's matter (VirtioMmioOps).
 */
#ifndef SHIM_VIRTIO_MMIO_H
#define SHIM_VIRTIO_MMIO_H

#include "core/device.h"
#include "virtio/queue.h"

#define VIRTIO_MMIO_QUEUES 2u

typedef struct VirtioMmio VirtioMmio;

/**
 * VirtioMmioOps - the device behind the transport
 *
 * device_id: VIRTIO_ID_*
 * features: what it has, bit N for feature N; reset() may take some of them out
 *	of mmio.features
 * negotiated: the driver's choice is known; NULL, or a static text that says
 *	why the device does not work with it
 * notify: queue @queue has something
 * reset: the driver reset the device, or its user called virtio_mmio_reset()
 * config_read, config_write: @len bytes at @offset of the configuration; false
 *	when there is no such field
 */
typedef struct {
	uint32_t device_id;
	uint64_t features;
	uint32_t queue_max[VIRTIO_MMIO_QUEUES];
	const char *(*negotiated)(VirtioMmio *mmio);
	void (*notify)(VirtioMmio *mmio, unsigned int queue);
	void (*reset)(VirtioMmio *mmio);
	bool (*config_read)(VirtioMmio *mmio, uint64_t offset, void *buf,
			    size_t len);
	bool (*config_write)(VirtioMmio *mmio, uint64_t offset, const void *buf,
			     size_t len);
} VirtioMmioOps;

/**
 * VirtioMmio - state of the transport; its user's first member
 *
 * @features: what is offered since the last reset
 * @driver_features: as written so far; final once FEATURES_OK is set
 */
struct VirtioMmio {
	Device device;
	const VirtioMmioOps *ops;
	uint32_t status;
	uint64_t features;
	uint32_t features_sel;
	uint32_t driver_features_sel;
	uint64_t driver_features;
	uint32_t queue_sel;
	VirtQueue queues[VIRTIO_MMIO_QUEUES];
};

/* For DeviceModel.init. */
void virtio_mmio_init(VirtioMmio *mmio, const VirtioMmioOps *ops);

/* Power-on state; calls ops->reset. */
void virtio_mmio_reset(VirtioMmio *mmio);

/* DeviceModel.read and .write */
int virtio_mmio_read(Device *device, uint64_t offset, void *buf, size_t len);
int virtio_mmio_write(Device *device, uint64_t offset, const void *buf,
		      size_t len);

bool virtio_mmio_has(const VirtioMmio *mmio, unsigned int feature);

/*
 * The guest has done what makes going on senseless: violation,
 * DEVICE_NEEDS_RESET and a configuration interrupt (section 2.1.2). No queue
 * is looked at until the driver resets the device.
 */
void virtio_mmio_broken(VirtioMmio *mmio, const char *fmt, ...)
	G_GNUC_PRINTF(2, 3);

/* As virtqueue_pop(), with the breaking of rules dealt with; NULL when there
 * is nothing.
 */
VirtChain *virtio_mmio_pop(VirtioMmio *mmio, unsigned int queue);

/* As virtqueue_push(), with the interrupt. */
void virtio_mmio_push(VirtioMmio *mmio, unsigned int queue, VirtChain *chain,
		      uint32_t len);

#endif
