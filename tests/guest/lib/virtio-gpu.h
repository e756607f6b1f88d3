/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio-gpu driver's ioctls, and the device's view of what they did (its
 * files in the FUSE tree). As in drm.h, an error fails the test.
 */
#ifndef GUEST_VIRTIO_GPU_H
#define GUEST_VIRTIO_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>

#include "drivers-stub/protocol.h"
#include "lib/cleanup.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/violations.h"

/* For kernel headers without it. */
#ifndef DRM_VIRTGPU_MADVISE
#define DRM_VIRTGPU_MADVISE 0x0c
#define VIRTGPU_MADV_WILLNEED 0
#define VIRTGPU_MADV_DONTNEED 1
struct drm_virtgpu_madvise {
	__u32 bo_handle;
	__u32 retained;
	__u32 madv;
	__u32 pad;
};
#define DRM_IOCTL_VIRTGPU_MADVISE                                              \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_MADVISE,                       \
		 struct drm_virtgpu_madvise)
#endif

/**
 * struct bo - a BO of a test
 * @fd: DRM file, not owned
 * @handle: GEM handle in @fd; 0 once closed
 * @res: resource ID of the device
 * @size: bytes, as requested
 * @pitch: bytes per line; 0 if it has no lines
 * @map: mapping of @size bytes, or NULL
 */
struct bo {
	int fd;
	uint32_t handle;
	uint32_t res;
	size_t size;
	uint32_t pitch;
	void *map;
};

/* Use the card for modesetting and dumb buffers, else the render node. */
int gpu_card(void);
int gpu_render(void);
/* GPU(fd): the render node, GPU_CARD(fd): the card, open until the block ends. */
#define GPU(fd) FD(fd, gpu_render())
#define GPU_CARD(fd) FD(fd, gpu_card())

/*
 * Unbind the driver from its device, and bind it again. gpu_device() returns the
 * name of the device on the virtio bus ("virtio0"), owned; call it while the driver
 * is bound.
 */
#define GPU_DRIVER "/sys/bus/virtio/drivers/virtio_gpu"
char *gpu_device(void);
void gpu_unbind(const char *device);
void gpu_bind(const char *device);

/* VIRTGPU_GETPARAM */
int gpu_param(int fd, uint64_t param);

/*
 * Create a BO, mapped and zeroed by the kernel. bo_buffer(): @size bytes, target
 * PIPE_BUFFER. bo_texture(): 2D, B8G8R8A8, @size is computed. bo_blob():
 * VIRTGPU_BLOB_MEM_GUEST, mappable and shareable. bo_dumb(): XRGB8888.
 */
struct bo bo_dumb(int fd, uint32_t width, uint32_t height);
struct bo bo_buffer(int fd, size_t size);
/* As bo_buffer(), but not mapped: mapping a BO gives it pages. */
struct bo bo_buffer_unmapped(int fd, size_t size);
struct bo bo_texture(int fd, uint32_t width, uint32_t height);
struct bo bo_blob(int fd, size_t size);

/* A struct bo for a handle that another call returned; not mapped. */
struct bo bo_of_handle(int fd, uint32_t handle);
/* Offset for mmap(). */
uint64_t bo_map_offset(const struct bo *bo);
void bo_map(struct bo *bo);
void bo_unmap(struct bo *bo);
/* Unmap if mapped, and close the handle. */
void bo_close(struct bo *bo);
/* Likewise, and wait until the device has destroyed the resource. */
void bo_close_wait(struct bo *bo);
/*
 * BO(bo, bo_buffer(fd, SIZE)): a BO that is closed when the block ends, if it is
 * still open. Then the device must have destroyed its resource.
 */
#define BO(name, ...) CLEANUP(bo_cleanup) struct bo name = (__VA_ARGS__)
void bo_cleanup(struct bo *bo);

/* TRANSFER_TO_HOST and FROM_HOST; both wait until the transfer is done. */
void bo_to_host(const struct bo *bo);
void bo_from_host(const struct bo *bo);
void bo_to_host_box(const struct bo *bo, struct drm_virtgpu_3d_box box,
		    uint32_t offset);
void bo_from_host_box(const struct bo *bo, struct drm_virtgpu_3d_box box,
		      uint32_t offset);

/* Descriptors of the control queue. With an indirect table, a command takes one. */
#define GPU_QUEUE 256

/* VIRTGPU_WAIT */
void bo_wait(const struct bo *bo);
bool bo_busy(const struct bo *bo);

/*
 * Execbuffer of the @count commands @exec that uses the @bo_count BOs @bos.
 * gpu_exec() waits until all is done. gpu_exec_fence() returns the out fence, a
 * sync_file, owned by the caller; it waits for @in_fence unless that is -1.
 */
void gpu_exec(int fd, const struct sb_exec *exec, size_t count,
	      const struct bo *const *bos, size_t bo_count);
int gpu_exec_fence(int fd, const struct sb_exec *exec, size_t count,
		   const struct bo *const *bos, size_t bo_count, int in_fence);

/* Commands for an execbuffer. */
struct sb_exec exec_nop(void);
struct sb_exec exec_fill(const struct bo *dst, uint64_t offset, uint64_t len,
			 uint32_t pattern);
struct sb_exec exec_copy(const struct bo *dst, uint64_t dst_offset,
			 const struct bo *src, uint64_t src_offset,
			 uint64_t len);
struct sb_exec exec_checksum(const struct bo *dst, uint64_t dst_offset,
			     const struct bo *src, uint64_t src_offset,
			     uint64_t len);

/* Does the device know the resource? */
bool res_exists(uint32_t res);
/* Number of resources and contexts in the device's file "leaks". */
unsigned int res_count(void);
unsigned int ctx_count(void);
/* Is the resource attached to a context? */
bool res_attached(uint32_t res);
/* Pages of guest memory attached to the resource. */
size_t res_pages(uint32_t res);
/* The host storage of the resource: @size bytes at @offset, owned. */
void *res_data(uint32_t res, size_t offset, size_t size);
/* Resource that scanout @scanout shows, 0 for none. */
uint32_t scanout_resource(unsigned int scanout);
/* Resource that scanout @scanout uses as cursor, 0 for none. */
uint32_t cursor_resource(unsigned int scanout);

/*
 * Each page of the resource's backing must carry the stamp of @bo_number and
 * @generation when the device accesses it, which must happen at least once
 * (stamp.h).
 */
void res_expect(const struct bo *bo, uint32_t bo_number, uint32_t generation);
void res_forget(const struct bo *bo);
/* Forget the rule even if it was never checked. @why says why that is possible. */
void res_forget_unused(const struct bo *bo, const char *why);

/*
 * Have the device hold every command of @kind (names: shim/core/faults.h); release
 * them.
 */
void cmd_hold(const char *kind);
void cmd_release(const char *kind);
/*
 * cmd_pending(): does the device hold or execute a command of @kind? "" stands for
 * any; @kind may go on with more text of a line of the file "pending". cmd_seen():
 * how many commands of @kind has the device seen since its last reset? An unknown
 * kind fails the test.
 */
bool cmd_pending(const char *kind);
unsigned int cmd_seen(const char *kind);
/* The next command of @kind is answered with an error. */
void cmd_fail(const char *kind);

#endif
