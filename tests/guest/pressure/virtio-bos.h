/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many big virtio-gpu BOs at little cost: a page fault costs 200 times what the
 * device needs to copy the page, so content goes into a BO through the device.
 * An error fails the test.
 */
#ifndef PRESSURE_VIRTIO_BOS_H
#define PRESSURE_VIRTIO_BOS_H

#include "lib/virtio-gpu.h"

/**
 * struct virtio_stage - where content is written and sums are read
 * @bo: as large as the largest BO that it fills; mapped
 */
struct virtio_stage {
	struct bo bo;
};

struct virtio_stage virtio_stage(int fd, size_t size);
void virtio_stage_close(struct virtio_stage *stage);

/*
 * @bo, no larger than the stage, holds the content (content.h) of BO @number,
 * in the guest and at the host, has been used by the device, and is idle.
 */
void virtio_stage_fill(const struct virtio_stage *stage, const struct bo *bo,
		       uint32_t number, uint32_t generation);

/* The device reads every page of @bo, and looks at its stamp. */
void virtio_stage_check(const struct bo *bo, uint32_t number,
			uint32_t generation);

/* It also sums up all that it has read: it must be that content. */
void virtio_stage_verify(const struct virtio_stage *stage, const struct bo *bo,
			 uint32_t number, uint32_t generation);

/*
 * A buffer of @size bytes, not mapped, that the device has used: 0, or the
 * errno of the refusal, after which there is no such buffer.
 */
int virtio_try_buffer(int fd, size_t size, struct bo *bo);

/*
 * Evict every BO that there is. One that has just been closed counts until the
 * device has let it go.
 */
void virtio_evict_all(void);

#endif
