/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device's side of a split virtqueue in guest RAM (VirtIO 1.2 section 2.7),
 * <linux/virtio_ring.h>. The guest's data is not trusted: virtqueue_pop() reports
 * whatever breaks a rule, and no walk is longer than VIRTCHAIN_MAX descriptors.
 */
#ifndef SHIM_VIRTQUEUE_H
#define SHIM_VIRTQUEUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/ram.h"

#define VIRTQUEUE_MAX 256u /* descriptors of a queue, at most */
#define VIRTCHAIN_MAX 65536u /* descriptors of a chain */
#define VIRTCHAIN_BYTES (64u << 20) /* bytes of a chain, each way */

/**
 * VirtQueue - one queue, as the driver has set it up
 *
 * @num: descriptors, a power of two, at most VIRTQUEUE_MAX
 * @ready: the driver may use it; what follows has been checked, and is constant
 * @desc, @avail, @used: guest-physical addresses of the three parts
 * @next_avail, @next_used: free-running indices of the device
 * @in_flight: one bit for each chain head that the device has taken and not returned
 */
typedef struct {
	uint32_t num;
	bool ready;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint16_t next_avail;
	uint16_t next_used;
	uint8_t in_flight[VIRTQUEUE_MAX / 8];
} VirtQueue;

/**
 * VirtChain - a buffer that the driver made available
 *
 * @head: index of its first descriptor
 * @out, @in: what the device may read and write, as struct iovec, pointing into
 *	guest RAM
 * @out_len, @in_len: bytes in each
 */
typedef struct {
	uint16_t head;
	GArray *out;
	GArray *in;
	size_t out_len;
	size_t in_len;
} VirtChain;

typedef enum {
	VIRTQUEUE_EMPTY,
	VIRTQUEUE_CHAIN,
	VIRTQUEUE_BROKEN, /* the rest of the queue is not usable any more */
} VirtQueueResult;

/*
 * Are size and addresses of @vq valid for a ready queue? NULL, or what is wrong
 * (static text). Section 2.7: alignment 16, 2 and 4.
 */
const char *virtqueue_check(const VirtQueue *vq, Ram *ram);

/*
 * Take the next available chain. @indirect: VIRTIO_RING_F_INDIRECT_DESC was
 * negotiated. VIRTQUEUE_CHAIN: the caller owns *chain, and returns it with
 * virtqueue_push() or frees it with virtchain_free(). VIRTQUEUE_BROKEN: *why is a
 * static text.
 */
VirtQueueResult virtqueue_pop(VirtQueue *vq, Ram *ram, bool indirect,
			      VirtChain **chain, const char **why);

/* Give @chain back as used with @len bytes written, and free it. */
void virtqueue_push(VirtQueue *vq, Ram *ram, VirtChain *chain, uint32_t len);

/* Does the driver want interrupts (VRING_AVAIL_F_NO_INTERRUPT is not set)? */
bool virtqueue_wants_interrupt(const VirtQueue *vq, Ram *ram);

void virtchain_free(VirtChain *chain);

/* A copy of all that the device may read of @chain, owned. */
uint8_t *virtchain_read(const VirtChain *chain);

/* Write up to @len bytes from the start; returns how many were written. */
size_t virtchain_write(const VirtChain *chain, const void *buf, size_t len);

#endif
