/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reclaim of BOs: the driver's shrinker, madvise, and finding out the state of a
 * BO. As in drm.h, an error fails the test.
 */
#ifndef GUEST_VIRTIO_RECLAIM_H
#define GUEST_VIRTIO_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/virtio-gpu.h"

/* For struct test: the kernel can evict BOs, and there is swap space for them. */
#define EVICTS .needs = "virtio-shrinker", .swap_mib = 16

/* The shrinker's count, in pages; a scan for @pages pages. */
unsigned long gpu_count(void);
void gpu_scan(unsigned long pages);
/*
 * Scan until the count is 0, which must happen: a BO that is busy, or locked by a
 * worker for a moment, is skipped by one scan, but not for long.
 */
void gpu_scan_all(void);
/*
 * Start a process that does gpu_scan(@pages) and ends; for child_wait(). For scans
 * that the device blocks.
 */
pid_t gpu_scan_start(unsigned long pages);
/*
 * Likewise, and wait until the scan blocks because the device holds the detach
 * command. scan_release() releases it and waits for the end of the scan.
 */
#define DETACH "RESOURCE_DETACH_BACKING"
pid_t scan_held(unsigned long pages);
void scan_release(pid_t pid);

/* DRM_IOCTL_VIRTGPU_MADVISE: is the content retained? */
bool bo_madvise(const struct bo *bo, uint32_t madv);
#define bo_dontneed(bo) bo_madvise(bo, VIRTGPU_MADV_DONTNEED)
#define bo_willneed(bo) bo_madvise(bo, VIRTGPU_MADV_WILLNEED)

/*
 * A buffer of @pages pages with the stamps of BO @number, generation 1, that the
 * device has used, so that the shrinker can evict it.
 */
struct bo bo_used(int fd, size_t pages, uint32_t number);
/* A dumb buffer likewise: 32 * @pages lines of 32 pixels. */
struct bo bo_used_dumb(int fd, size_t pages, uint32_t number);

/* Does the resource have backing? No if the resource does not exist. */
bool bo_attached(const struct bo *bo);
/* Read a byte of each page, and count the page faults. */
size_t bo_fault_in(const struct bo *bo);
/* The whole content is intact, for the CPU and for the device. */
void bo_verify(const struct bo *bo, uint32_t number);
/* Likewise for a guest blob, whose pages the device reads in place. */
void blob_verify(const struct bo *blob, uint32_t number);
/* The content is gone, and the BO cannot be used. */
void bo_verify_purged(const struct bo *bo);

#endif
