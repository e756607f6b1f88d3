/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio-mmio transport, version 2 (VirtIO 1.2 section 4.2.2): register block,
 * status and feature negotiation (section 3.1), queue setup. Its user defines the
 * type of device (VirtioMmioOps).
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
 * @device_id: VIRTIO_ID_*
 * @features: what it offers, bit N for feature N; reset() may remove some from
 *	mmio.features
 * @negotiated: the driver has chosen its features; NULL, or a static text that says
 *	why the device does not work with them
 * @notify: the driver has notified queue @queue
 * @reset: the driver reset the device, or its user called virtio_mmio_reset()
 * @config_read, @config_write: access @len bytes at @offset of the configuration;
 *	false if there is no such field
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
 * VirtioMmio - state of the transport; first member of its user's state
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
	uint32_t generation; /* of the configuration */
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
 * The guest has broken a rule of the transport: note a violation, set
 * DEVICE_NEEDS_RESET, and raise a configuration interrupt (section 2.1.2). All
 * queues are ignored until the driver resets the device.
 */
void virtio_mmio_broken(VirtioMmio *mmio, const char *fmt, ...)
	G_GNUC_PRINTF(2, 3);

/* The device has changed its configuration: tell the driver (section 2.5). */
void virtio_mmio_changed(VirtioMmio *mmio);

/* As virtqueue_pop(); a broken queue is handled. NULL if there is no chain. */
VirtChain *virtio_mmio_pop(VirtioMmio *mmio, unsigned int queue);

/* As virtqueue_push(), and raise the interrupt. */
void virtio_mmio_push(VirtioMmio *mmio, unsigned int queue, VirtChain *chain,
		      uint32_t len);

#endif
