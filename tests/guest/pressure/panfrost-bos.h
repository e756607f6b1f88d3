/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many large panfrost BOs at little cost; like virtio-bos.h. */
#ifndef PRESSURE_PANFROST_BOS_H
#define PRESSURE_PANFROST_BOS_H

#include "lib/panfrost-chain.h"

/**
 * struct panfrost_stage - a BO to write content and read checksums through
 * @bo: as large as the largest BO that it fills; mapped
 */
struct panfrost_stage {
	struct pan_bo bo;
};

struct panfrost_stage panfrost_stage(int fd, size_t size);
void panfrost_stage_close(struct panfrost_stage *stage);

/*
 * Write the content (content.h) of BO @number to @bo, by a job; @bo must not be
 * larger than the stage. Afterwards @bo is idle.
 */
void panfrost_stage_fill(const struct panfrost_stage *stage,
			 const struct pan_bo *bo, uint32_t number,
			 uint32_t generation);

/* A job checks the stamp of every page of @bo, and the checksum of all of it. */
void panfrost_stage_verify(const struct panfrost_stage *stage,
			   const struct pan_bo *bo, uint32_t number,
			   uint32_t generation);

#endif
