/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many large virtio-gpu BOs at little cost: a page fault costs 200 times as much as
 * a copy of the page by the device, so the device writes the content. An error
 * fails the test.
 */
#ifndef PRESSURE_VIRTIO_BOS_H
#define PRESSURE_VIRTIO_BOS_H

#include "lib/virtio-gpu.h"

/**
 * struct virtio_stage - a BO to write content and read checksums through
 * @bo: as large as the largest BO that it fills; mapped
 */
struct virtio_stage {
	struct bo bo;
};

struct virtio_stage virtio_stage(int fd, size_t size);
void virtio_stage_close(struct virtio_stage *stage);

/*
 * Write the content (content.h) of BO @number to @bo, in the guest and at the host;
 * @bo must not be larger than the stage. Afterwards the device has
 * used @bo, and @bo is idle.
 */
void virtio_stage_fill(const struct virtio_stage *stage, const struct bo *bo,
		       uint32_t number, uint32_t generation);

/* The device reads every page of @bo, and checks its stamp. */
void virtio_stage_check(const struct bo *bo, uint32_t number,
			uint32_t generation);

/* Likewise, and the checksum of all that it read must be that of the content. */
void virtio_stage_verify(const struct virtio_stage *stage, const struct bo *bo,
			 uint32_t number, uint32_t generation);

/*
 * A buffer of @size bytes, not mapped, that the device has used: 0, or an errno,
 * and then there is no buffer.
 */
int virtio_try_buffer(int fd, size_t size, struct bo *bo);

/*
 * Evict all BOs. A BO that was just closed counts until the device has destroyed
 * the resource.
 */
void virtio_evict_all(void);

#endif
