// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/test.h"
#include "content.h"
#include "panfrost-bos.h"

struct panfrost_stage panfrost_stage(int fd, size_t size)
{
	return (struct panfrost_stage){
		.bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC),
	};
}

void panfrost_stage_close(struct panfrost_stage *stage)
{
	pan_bo_wait(&stage->bo);
	pan_bo_free(&stage->bo);
}

void panfrost_stage_fill(const struct panfrost_stage *stage,
			 const struct pan_bo *bo, uint32_t number,
			 uint32_t generation)
{
	struct chain chain = chain_new(bo->fd);

	content_fill(stage->bo.map, bo->size, number, generation);
	chain_use(&chain, bo);
	chain_use(&chain, &stage->bo);
	chain_copy(&chain, bo->va, stage->bo.va, bo->size);
	chain_run(&chain);
	chain_free(&chain);
}

void panfrost_stage_verify(const struct panfrost_stage *stage,
			   const struct pan_bo *bo, uint32_t number,
			   uint32_t generation)
{
	const uint64_t *answer = stage->bo.map;
	struct chain chain = chain_new(bo->fd);

	chain_use(&chain, bo);
	chain_use(&chain, &stage->bo);
	chain_check_stamps(&chain, stage->bo.va, bo->va, bo->size, number,
			   generation);
	chain_checksum(&chain, stage->bo.va + sizeof(*answer), bo->va,
		       bo->size);
	chain_run(&chain);
	chain_free(&chain);
	CHECK_EQ(answer[0], bo->size / PAGE);
	CHECK_EQ(answer[1], content_fnv(bo->size, number, generation));
}
