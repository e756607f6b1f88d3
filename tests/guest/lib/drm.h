/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DRM without libdrm: what every test of a DRM driver does. Unless a function
 * says otherwise, an error fails the test.
 */
#ifndef GUEST_DRM_H
#define GUEST_DRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Driver names, as DRM_IOCTL_VERSION gives them. */
#define DRM_VIRTIO "virtio_gpu"
#define DRM_PANFROST "panfrost"
#define DRM_LIMA "lima"
#define DRM_V3D "v3d"
#define DRM_VGEM "vgem"

enum drm_node {
	DRM_CARD, /* /dev/dri/cardN: also modesetting, dumb buffers */
	DRM_RENDER, /* /dev/dri/renderDN */
};

/*
 * Open a node of the first device of @driver. File descriptor, owned by the
 * caller, close-on-exec. drm_try_open() gives -1 and errno instead of failing
 * the test; ENODEV means that no such device is there.
 */
int drm_open(const char *driver, enum drm_node node);
int drm_try_open(const char *driver, enum drm_node node);
/* The same for device number @n of @driver, counted from 0. */
int drm_open_nth(const char *driver, enum drm_node node, unsigned int n);

/*
 * Name of the memory shrinker that the drm-shmem helpers register for the first
 * device of @driver, owned by the caller. The kernel need not have that shrinker.
 */
char *drm_shrinker(const char *driver);

/*
 * ioctl(), restarted while signals interrupt it: 0, or -1 and errno, for CHECK_SYS
 * and CHECK_ERRNO. Any other value fails the test. Use drm_ioctl_value() for the
 * ioctls that return a positive value on success.
 */
#define drm_ioctl(fd, request, arg)                                            \
	drm_ioctl_at(__FILE__, __LINE__, #request, fd, request, arg)
int drm_ioctl_at(const char *file, int line, const char *name, int fd,
		 unsigned long request, void *arg);
int drm_ioctl_value(int fd, unsigned long request, void *arg);

/*
 * child_start() for a process that uses the parent's DRM file @fd. The first ioctl() of a
 * process makes DRM update the owner of the file, which may sleep (drm_file_update_pid()).
 * Here that is done: later on, the child sleeps only in what @function waits for.
 */
pid_t drm_child_start(int fd, void (*function)(void *arg), void *arg);

/* Value of DRM_CAP_@cap. */
uint64_t drm_cap(int fd, uint64_t cap);

/*
 * Map @size bytes, page-aligned, at fake offset @offset of @fd, shared,
 * readable and writable. Until munmap().
 */
void *drm_mmap(int fd, uint64_t offset, size_t size);

/* Close a GEM handle. */
void drm_gem_close(int fd, uint32_t handle);

/*
 * PRIME: handle to dma-buf (readable, writable, close-on-exec; owned by the
 * caller), and dma-buf to handle. drm_try_import() gives 0 or the errno of the
 * refusal.
 */
int drm_export(int fd, uint32_t handle);
uint32_t drm_import(int fd, int dmabuf);
int drm_try_import(int fd, int dmabuf, uint32_t *handle);

/*
 * dma-buf: its size in bytes; a shared mapping of all of it, until munmap();
 * DMA_BUF_IOCTL_SYNC with @flags (DMA_BUF_SYNC_START, _END, _READ, _WRITE).
 */
size_t dmabuf_size(int dmabuf);
void *dmabuf_mmap(int dmabuf);
void dmabuf_sync(int dmabuf, uint64_t flags);

/*
 * Buffers from exporters that are not DRM drivers: the system dma-heap, and
 * udmabuf (of a sealed memfd). @size is a multiple of the page size. Skip the
 * test when the kernel has no such exporter.
 */
int dmabuf_from_heap(size_t size);
int dmabuf_from_udmabuf(size_t size);

/*
 * A BO of @size bytes of vgem (its card makes them, not its render node), and a
 * fence that is in the way of every later user of it until the test signals it
 * (vgem does so itself after 10 s).
 */
uint32_t vgem_create(int vgem, size_t size);
uint32_t vgem_fence_attach(int vgem, uint32_t handle);
void vgem_fence_signal(int vgem, uint32_t fence);

/*
 * Sync file of the fences that a writer of the dma-buf would wait for, owned
 * by the caller.
 */
int dmabuf_fences(int dmabuf);

/*
 * State of the fence behind sync_file @fd: 0 pending, 1 signalled, a negative
 * errno when it was signalled with an error.
 */
int sync_file_status(int fd);
/* Wait for it: true when it is signalled within @ms. */
bool sync_file_wait(int fd, int ms);

#endif
