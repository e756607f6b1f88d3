/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of BOs that files, processes and drivers share, for GPUs that only render. Each
 * driver's tests call them; what differs is in a struct gpu.
 */
#ifndef GUEST_GPU_SHARE_H
#define GUEST_GPU_SHARE_H

#include "lib/gpu-bo.h"

/**
 * struct gpu - a driver
 * @open: opens the render node; owned by the caller
 * @bo: a new BO of @size bytes, mapped
 * @import: a dma-buf, not mapped; @dmabuf stays open
 * @map: maps a BO
 * @verify: the GPU must find the stamps of BO @number, generation 1, in the SHARE_PAGES pages
 *	of @bo; then it copies them to @to, unless that is NULL
 * @pages: how many pages the GPU has mapped, of all files; NULL: each file has an address
 *	space of its own
 */
struct gpu {
	int (*open)(void);
	struct gpu_bo (*bo)(int fd, size_t size);
	struct gpu_bo (*import)(int fd, int dmabuf);
	void *(*map)(struct gpu_bo *bo);
	void (*verify)(const struct gpu_bo *bo, const struct gpu_bo *to,
		       uint32_t number);
	size_t (*pages)(void);
};

#define SHARE_PAGES 16

/* The GPU reads and writes the pages of any dma-buf. */
void share_import(const struct gpu *gpu);
/* panfrost's GPU reads and writes a BO of it. */
void share_panfrost(const struct gpu *gpu);
/* vgem imports a BO and gives it back; virtio-gpu imports it or says that it cannot. */
void share_others(const struct gpu *gpu);
/*
 * Two processes have a BO by its dma-buf; it lives as long as either. Its address is the same
 * in both if all files share an address space.
 */
void share_processes(const struct gpu *gpu);
/* A hundred imports and closes leave nothing behind. */
void share_again(const struct gpu *gpu);

#endif
