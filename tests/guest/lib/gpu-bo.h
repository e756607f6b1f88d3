/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BO of a GPU that only renders: lima, v3d. Their files make, import and map them; the
 * rest is the same. An error fails the test.
 */
#ifndef GUEST_GPU_BO_H
#define GUEST_GPU_BO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/cleanup.h"

/**
 * struct gpu_bo - a BO and one file's view of it
 * @fd: the file, not owned
 * @handle: GEM handle in that file; 0 once closed
 * @va: GPU address: with lima in the address space of that file, with v3d in the one that
 *	all files share
 * @size: bytes
 * @map: mapping of the whole BO, or NULL
 */
struct gpu_bo {
	int fd;
	uint32_t handle;
	uint32_t va;
	size_t size;
	void *map;
};

void gpu_bo_unmap(struct gpu_bo *bo);
/* Unmap the BO if it is mapped, and close the handle. */
void gpu_bo_free(struct gpu_bo *bo);
/* GPU_BO(bo, v3d_bo(fd, SIZE)): one that is freed when the block ends. */
#define GPU_BO(name, ...)                                                      \
	CLEANUP(gpu_bo_cleanup) struct gpu_bo name = (__VA_ARGS__)
void gpu_bo_cleanup(struct gpu_bo *bo);

#endif
