/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many big panfrost BOs at little cost; as virtio-bos.h. */
#ifndef PRESSURE_PANFROST_BOS_H
#define PRESSURE_PANFROST_BOS_H

#include "lib/panfrost-chain.h"

/**
 * struct panfrost_stage - where content is written and sums are read
 * @bo: as large as the largest BO that it fills; mapped
 */
struct panfrost_stage {
	struct pan_bo bo;
};

struct panfrost_stage panfrost_stage(int fd, size_t size);
void panfrost_stage_close(struct panfrost_stage *stage);

/*
 * @bo, no larger than the stage, holds the content (content.h) of BO @number,
 * written by a job, and is idle.
 */
void panfrost_stage_fill(const struct panfrost_stage *stage,
			 const struct pan_bo *bo, uint32_t number,
			 uint32_t generation);

/* A job looks at the stamp of every page of @bo, and sums up all of it. */
void panfrost_stage_verify(const struct panfrost_stage *stage,
			   const struct pan_bo *bo, uint32_t number,
			   uint32_t generation);

#endif
