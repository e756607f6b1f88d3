// SPDX-License-Identifier: GPL-2.0-or-later
#include "virtio/mmio.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdarg.h>
#include <string.h>

#include "protocol.h"

/* <linux/virtio_mmio.h> names no value for these. */
#define MMIO_MAGIC 0x74726976u /* "virt" */
#define MMIO_VERSION 2u
#define MMIO_VENDOR SB_MAGIC

static void G_GNUC_PRINTF(2, 3)
	violation(VirtioMmio *mmio, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	journal_violation(mmio->device.journal, mmio->device.name, "%s", text);
}

void virtio_mmio_init(VirtioMmio *mmio, const VirtioMmioOps *ops)
{
	mmio->ops = ops;
	mmio->features = ops->features;
	mmio->device.isr_reg = VIRTIO_MMIO_INTERRUPT_STATUS;
	mmio->device.ack_reg = VIRTIO_MMIO_INTERRUPT_ACK;
}

void virtio_mmio_reset(VirtioMmio *mmio)
{
	mmio->status = 0;
	mmio->features = mmio->ops->features;
	mmio->features_sel = 0;
	mmio->driver_features_sel = 0;
	mmio->driver_features = 0;
	mmio->queue_sel = 0;
	memset(mmio->queues, 0, sizeof(mmio->queues));
	__atomic_store_n(mmio->device.isr, 0, __ATOMIC_SEQ_CST);
	mmio->ops->reset(mmio);
}

bool virtio_mmio_has(const VirtioMmio *mmio, unsigned int feature)
{
	return mmio->driver_features & (1ull << feature);
}

static void interrupt(VirtioMmio *mmio, uint32_t bit)
{
	__atomic_fetch_or(mmio->device.isr, bit, __ATOMIC_SEQ_CST);
	device_raise(&mmio->device, SB_IRQ_VIRTIO);
}

void virtio_mmio_broken(VirtioMmio *mmio, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	violation(mmio, "%s: device needs a reset", text);
	mmio->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (mmio->status & VIRTIO_CONFIG_S_DRIVER_OK)
		interrupt(mmio, VIRTIO_MMIO_INT_CONFIG);
}

void virtio_mmio_changed(VirtioMmio *mmio)
{
	mmio->generation++;
	if (mmio->status & VIRTIO_CONFIG_S_DRIVER_OK)
		interrupt(mmio, VIRTIO_MMIO_INT_CONFIG);
}

static bool running(const VirtioMmio *mmio)
{
	const uint32_t bits =
		VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET;

	return (mmio->status & bits) == VIRTIO_CONFIG_S_DRIVER_OK;
}

VirtChain *virtio_mmio_pop(VirtioMmio *mmio, unsigned int queue)
{
	VirtChain *chain = NULL;
	const char *why;

	if (!running(mmio) || !mmio->queues[queue].ready)
		return NULL;
	if (virtqueue_pop(&mmio->queues[queue], mmio->device.ram,
			  virtio_mmio_has(mmio, VIRTIO_RING_F_INDIRECT_DESC),
			  &chain, &why) == VIRTQUEUE_BROKEN)
		virtio_mmio_broken(mmio, "queue %u: %s", queue, why);
	return chain;
}

void virtio_mmio_push(VirtioMmio *mmio, unsigned int queue, VirtChain *chain,
		      uint32_t len)
{
	VirtQueue *vq = &mmio->queues[queue];

	/* The driver may have reset the queue while a command waited. */
	if (!vq->ready) {
		virtchain_free(chain);
		return;
	}
	virtqueue_push(vq, mmio->device.ram, chain, len);
	if (virtqueue_wants_interrupt(vq, mmio->device.ram))
		interrupt(mmio, VIRTIO_MMIO_INT_VRING);
}

/* Does the device work with the features that the driver chose? */
static bool features_ok(VirtioMmio *mmio)
{
	const char *why = NULL;

	if (mmio->driver_features & ~mmio->features)
		why = "features that were not offered";
	else if (!virtio_mmio_has(mmio, VIRTIO_F_VERSION_1))
		why = "VIRTIO_F_VERSION_1 is missing";
	else if ((mmio->features & (1ull << VIRTIO_F_ACCESS_PLATFORM)) &&
		 !virtio_mmio_has(mmio, VIRTIO_F_ACCESS_PLATFORM))
		why = "VIRTIO_F_ACCESS_PLATFORM is missing";
	else
		why = mmio->ops->negotiated(mmio);
	if (why)
		violation(mmio, "driver features 0x%" PRIx64 " refused: %s",
			  mmio->driver_features, why);
	return !why;
}

/* Sections 2.1 and 3.1.1: the order in which a driver sets the bits. */
static void write_status(VirtioMmio *mmio, uint32_t value)
{
	const uint32_t device_bits = VIRTIO_CONFIG_S_NEEDS_RESET;
	uint32_t old = mmio->status & ~device_bits;
	uint32_t set = value & ~mmio->status;

	if (!value) {
		virtio_mmio_reset(mmio);
		return;
	}
	if (value & ~0xffu) {
		violation(mmio, "status 0x%x has unknown bits", value);
		return;
	}
	/*
	 * A driver that reads the status and writes it back includes the device's
	 * bit.
	 */
	value &= ~device_bits;
	set &= ~device_bits;
	if (old & ~value)
		violation(mmio, "status 0x%x clears bits of 0x%x", value, old);
	value |= old;
	if ((set & VIRTIO_CONFIG_S_FEATURES_OK) &&
	    !(value & VIRTIO_CONFIG_S_DRIVER)) {
		violation(mmio, "FEATURES_OK without DRIVER");
		value &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	} else if ((set & VIRTIO_CONFIG_S_FEATURES_OK) && !features_ok(mmio)) {
		value &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	}
	if ((set & VIRTIO_CONFIG_S_DRIVER_OK) &&
	    !(value & VIRTIO_CONFIG_S_FEATURES_OK)) {
		violation(mmio, "DRIVER_OK without FEATURES_OK");
		value &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	}
	mmio->status = value | (mmio->status & device_bits);
}

static void write_driver_features(VirtioMmio *mmio, uint32_t value)
{
	unsigned int shift = mmio->driver_features_sel * 32;

	if (mmio->status & VIRTIO_CONFIG_S_FEATURES_OK) {
		violation(mmio, "features changed after FEATURES_OK");
	} else if (mmio->driver_features_sel > 1) {
		if (value)
			violation(mmio, "features that were not offered");
	} else {
		mmio->driver_features &= ~(0xffffffffull << shift);
		mmio->driver_features |= (uint64_t)value << shift;
	}
}

static void write_ready(VirtioMmio *mmio, VirtQueue *vq, uint32_t value)
{
	const char *why;

	if (value > 1) {
		violation(mmio, "QueueReady written with 0x%x", value);
		return;
	}
	if (!value) {
		/*
		 * Section 2.6: without VIRTIO_F_RING_RESET, only a reset of the
		 * device stops a running queue.
		 */
		if (vq->ready && (mmio->status & VIRTIO_CONFIG_S_DRIVER_OK))
			violation(mmio, "queue %u stopped while it runs",
				  mmio->queue_sel);
		vq->ready = false;
		vq->next_avail = 0;
		vq->next_used = 0;
		memset(vq->in_flight, 0, sizeof(vq->in_flight));
		return;
	}
	if (!(mmio->status & VIRTIO_CONFIG_S_FEATURES_OK)) {
		violation(mmio, "queue %u set up before FEATURES_OK",
			  mmio->queue_sel);
		return;
	}
	if (vq->num > mmio->ops->queue_max[mmio->queue_sel])
		why = "size is above the maximum";
	else
		why = virtqueue_check(vq, mmio->device.ram);
	if (why)
		virtio_mmio_broken(mmio, "queue %u: %s", mmio->queue_sel, why);
	else
		vq->ready = true;
}

static void set_half(uint64_t *value, bool high, uint32_t half)
{
	if (high)
		*value = (*value & 0xffffffffull) | (uint64_t)half << 32;
	else
		*value = (*value & ~0xffffffffull) | half;
}

static void write_queue(VirtioMmio *mmio, uint64_t offset, uint32_t value)
{
	VirtQueue *vq;

	if (mmio->queue_sel >= VIRTIO_MMIO_QUEUES) {
		violation(mmio, "queue %u does not exist", mmio->queue_sel);
		return;
	}
	vq = &mmio->queues[mmio->queue_sel];
	if (offset == VIRTIO_MMIO_QUEUE_READY) {
		write_ready(mmio, vq, value);
		return;
	}
	if (vq->ready) {
		violation(mmio, "queue %u changed while it is ready",
			  mmio->queue_sel);
		return;
	}
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		vq->num = value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_half(&vq->desc, offset == VIRTIO_MMIO_QUEUE_DESC_HIGH,
			 value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_half(&vq->avail, offset == VIRTIO_MMIO_QUEUE_AVAIL_HIGH,
			 value);
		break;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		set_half(&vq->used, offset == VIRTIO_MMIO_QUEUE_USED_HIGH,
			 value);
		break;
	}
}

static void write_notify(VirtioMmio *mmio, uint32_t queue)
{
	if (mmio->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	if (!running(mmio))
		violation(mmio, "queue %u notified before DRIVER_OK", queue);
	else if (queue >= VIRTIO_MMIO_QUEUES || !mmio->queues[queue].ready)
		violation(mmio, "queue %u notified, which is not ready", queue);
	else
		mmio->ops->notify(mmio, queue);
}

int virtio_mmio_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	VirtioMmio *mmio = (VirtioMmio *)device;
	bool queue = mmio->queue_sel < VIRTIO_MMIO_QUEUES;
	uint32_t value = 0;

	if (offset >= VIRTIO_MMIO_CONFIG)
		return mmio->ops->config_read(mmio, offset - VIRTIO_MMIO_CONFIG,
					      buf, len)
			       ? 0
			       : -EINVAL;
	/* Section 4.2.2.2: registers are accessed as aligned 32-bit words. */
	if (len != sizeof(value) || offset % sizeof(value))
		return -EINVAL;

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		value = MMIO_MAGIC;
		break;
	case VIRTIO_MMIO_VERSION:
		value = MMIO_VERSION;
		break;
	case VIRTIO_MMIO_DEVICE_ID:
		value = mmio->ops->device_id;
		break;
	case VIRTIO_MMIO_VENDOR_ID:
		value = MMIO_VENDOR;
		break;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		if (mmio->features_sel < 2)
			value = mmio->features >> mmio->features_sel * 32;
		break;
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		if (queue)
			value = mmio->ops->queue_max[mmio->queue_sel];
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		if (queue)
			value = mmio->queues[mmio->queue_sel].ready;
		break;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		value = __atomic_load_n(device->isr, __ATOMIC_SEQ_CST);
		break;
	case VIRTIO_MMIO_STATUS:
		value = mmio->status;
		break;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH:
		/* Section 4.2.2: there is no such shared memory region. */
		value = ~0u;
		break;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		value = mmio->generation;
		break;
	default:
		return -EINVAL;
	}
	memcpy(buf, &value, sizeof(value));
	return 0;
}

int virtio_mmio_write(Device *device, uint64_t offset, const void *buf,
		      size_t len)
{
	VirtioMmio *mmio = (VirtioMmio *)device;
	uint32_t value;

	if (offset >= VIRTIO_MMIO_CONFIG)
		return mmio->ops->config_write(
			       mmio, offset - VIRTIO_MMIO_CONFIG, buf, len)
			       ? 0
			       : -EINVAL;
	if (len != sizeof(value) || offset % sizeof(value))
		return -EINVAL;
	memcpy(&value, buf, sizeof(value));

	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		mmio->features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		mmio->driver_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_driver_features(mmio, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		mmio->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_NUM:
	case VIRTIO_MMIO_QUEUE_READY:
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		write_queue(mmio, offset, value);
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		write_notify(mmio, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		__atomic_fetch_and(device->isr, ~value, __ATOMIC_SEQ_CST);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(mmio, value);
		break;
	case VIRTIO_MMIO_SHM_SEL:
		break;
	default:
		return -EINVAL;
	}
	return 0;
}
