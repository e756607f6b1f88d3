/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A panfrost file: BOs, and the job chains that are submitted through it.
 * Unless a function says otherwise, an error fails the test.
 */
#ifndef PANFROST_PAN_H
#define PANFROST_PAN_H

#include <drm/panfrost_drm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drivers-stub/protocol.h"
#include "lib/cleanup.h"
#include "lib/process.h"
#include "lib/size.h"
#include "lib/syncobj.h"

/* Open the render node; owned by the caller. */
int pan_open(void);
/* PAN(fd): the same, open until the block ends. */
#define PAN(fd) FD(fd, pan_open())

/**
 * struct pan_bo - a BO and one file's view of it
 * @fd: the file, not owned
 * @handle: GEM handle in that file
 * @va: GPU address in that file's address space
 * @size: bytes
 * @map: mapping of the whole BO, or NULL
 */
struct pan_bo {
	int fd;
	uint32_t handle;
	uint64_t va;
	size_t size;
	void *map;
};

/* @flags: PANFROST_BO_*. Released by pan_bo_free(), or when @fd is closed. */
struct pan_bo pan_bo(int fd, size_t size, uint32_t flags);
/* 0, or the errno with which the driver refused. */
int pan_bo_try(int fd, size_t size, uint32_t flags, struct pan_bo *bo);
/* The same, mapped. */
struct pan_bo pan_bo_mapped(int fd, size_t size, uint32_t flags);
/* Import a dma-buf into @fd; not mapped. @dmabuf stays open. */
struct pan_bo pan_bo_import(int fd, int dmabuf);
void *pan_bo_map(struct pan_bo *bo);
/* Try to map the BO: false if the driver refuses. For purged BOs. */
bool pan_bo_try_map(struct pan_bo *bo);
void pan_bo_unmap(struct pan_bo *bo);
/* Unmap the BO if it is mapped, and close the handle. */
void pan_bo_free(struct pan_bo *bo);
/* PAN_BO(bo, pan_bo(fd, SIZE, 0)): one that is freed when the block ends. */
#define PAN_BO(name, ...)                                                      \
	CLEANUP(pan_bo_cleanup) struct pan_bo name = (__VA_ARGS__)
void pan_bo_cleanup(struct pan_bo *bo);

/* DRM_IOCTL_PANFROST_MADVISE: is the content retained? */
bool pan_madvise(const struct pan_bo *bo, uint32_t advice);

/* Wait at most @ms for the fences of a BO (0: do not wait); 0 or an errno. */
int pan_bo_try_wait(const struct pan_bo *bo, unsigned int ms);
/* Wait for the fences of a BO; it must become idle. */
void pan_bo_wait(const struct pan_bo *bo);

/* A parameter of the GPU (DRM_PANFROST_PARAM_*). */
uint64_t pan_param(int fd, uint32_t param);

#endif
