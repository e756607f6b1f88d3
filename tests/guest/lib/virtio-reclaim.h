/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reclaim of BOs: the driver's shrinker, advice, and telling apart the states
 * that a BO can be in. As in drm.h, an error fails the test.
 */
#ifndef GUEST_VIRTIO_RECLAIM_H
#define GUEST_VIRTIO_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/virtio-gpu.h"

/* For struct test: BOs that are in the way of others go to swap space. */
#define EVICTS .needs = "virtio-shrinker", .swap_mib = 16

/* Pages that the shrinker counts, and asking it for some. */
unsigned long gpu_count(void);
void gpu_scan(unsigned long pages);
/*
 * Ask for all that there are, which must be had, in the end: what a worker has
 * locked for a moment, or the device is still busy with, is passed over.
 */
void gpu_scan_all(void);
/*
 * A process that does gpu_scan(@pages) and ends; for child_wait(). For scans
 * that the device holds up.
 */
pid_t gpu_scan_start(unsigned long pages);
/*
 * Likewise, and the host is asked to detach but holds on: the scan has gone as
 * far as it goes without the answer. scan_release() gives that, and waits for
 * the end of the scan.
 */
#define DETACH "RESOURCE_DETACH_BACKING"
pid_t scan_held(unsigned long pages);
void scan_release(pid_t pid);

/* DRM_IOCTL_VIRTGPU_MADVISE: retained? */
bool bo_madvise(const struct bo *bo, uint32_t madv);
#define bo_dontneed(bo) bo_madvise(bo, VIRTGPU_MADV_DONTNEED)
#define bo_willneed(bo) bo_madvise(bo, VIRTGPU_MADV_WILLNEED)

/*
 * A buffer of @pages pages with the stamps of BO @number, generation 1, that
 * the host has seen: the shrinker may have it.
 */
struct bo bo_used(int fd, size_t pages, uint32_t number);
/* A dumb buffer likewise, of 32 * @pages lines of 32 pixels. */
struct bo bo_used_dumb(int fd, size_t pages, uint32_t number);

/* Does the resource have backing? Not when there is no resource any more. */
bool bo_attached(const struct bo *bo);
/* Read a byte of each page: how many page faults does that take? */
size_t bo_fault_in(const struct bo *bo);
/* All of it is there, as the CPU sees it and as the device does. */
void bo_verify(const struct bo *bo, uint32_t number);
/* Likewise of a guest blob, whose pages the device reads in place. */
void blob_verify(const struct bo *blob, uint32_t number);
/* Nothing of it is there, and it is of no use to anybody. */
void bo_verify_purged(const struct bo *bo);

#endif
