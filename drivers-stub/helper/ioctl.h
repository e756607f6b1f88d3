/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */
/*
 * The interface between the helper-level driver (dev.c) and the tests that use
 * it: ioctls for operations that drivers do with the drm-shmem helpers, and
 * that are not visible to users.
 */
#ifndef SHRINKBENCH_HELPER_PROTOCOL_H
#define SHRINKBENCH_HELPER_PROTOCOL_H

#include <drm/drm.h>

/* The driver's name. Device N is the platform device "shrinkbench-helper.N". */
#define SB_HELPER_DRIVER "shrinkbench-helper"

/* Features of the kernel's helpers. */
#define SB_HELPER_HAS_SGT_FLAG 0x1u /* they track who owns the SG table */
#define SB_HELPER_HAS_PIN_COUNT 0x2u /* they count pins separately from uses */
#define SB_HELPER_HAS_SHRINKER 0x4u /* they have the memory shrinker */
#define SB_HELPER_HAS_LOCKLESS 0x8u /* lockless references to pages */

/**
 * struct sb_helper_info - about a device
 * @has: out: SB_HELPER_HAS_*
 * @index: out: N in the device's name
 * @bos: out: BOs that were created or imported and are not freed
 * @evicting: out: evict callbacks that are being held
 * @lru_held: out: 1 while SB_HELPER_LRU_HOLD holds the lock
 */
struct sb_helper_info {
	__u32 has;
	__u32 index;
	__u32 bos;
	__u32 evicting;
	__u32 lru_held;
};

/*
 * How a BO is reclaimed. 0: evicted or purged, as virtio-gpu's.
 * SB_HELPER_PURGE_ONLY: the callback refuses a BO that is still needed, and
 * while it is attached every job may use it, as panfrost's. SB_HELPER_NO_EVICT:
 * there is no callback.
 */
#define SB_HELPER_PURGE_ONLY 0x1u
#define SB_HELPER_NO_EVICT 0x2u

/**
 * struct sb_helper_create - create a BO
 * @size: in: bytes, whole pages
 * @flags: in: SB_HELPER_PURGE_ONLY or SB_HELPER_NO_EVICT
 * @handle: out
 * @offset: out: for mmap()
 * @id: out: number of the BO, for SB_HELPER_EVICT_GO
 * @pad: zero
 */
struct sb_helper_create {
	__u64 size;
	__u32 flags;
	__u32 handle;
	__u64 offset;
	__u32 id;
	__u32 pad;
};

/**
 * enum sb_helper_op - operations on a BO; those with an argument say so
 * @SB_HELPER_PIN: drm_gem_shmem_pin()
 * @SB_HELPER_UNPIN: drm_gem_shmem_unpin()
 * @SB_HELPER_VMAP: drm_gem_shmem_vmap_locked()
 * @SB_HELPER_VUNMAP: drm_gem_shmem_vunmap_locked()
 * @SB_HELPER_PUT_PAGES: drm_gem_shmem_put_pages_locked(). (A mapping takes the
 *	reference first: the helpers export no other function that does.)
 * @SB_HELPER_ATTACH: drm_gem_shmem_get_pages_sgt_locked(), and attach the pages to
 *	the device
 * @SB_HELPER_DETACH: detach the pages, unless the device refuses
 * @SB_HELPER_SWAPIN: drm_gem_shmem_swapin_locked(), or EOPNOTSUPP
 * @SB_HELPER_BUSY: add a fence; the argument is an enum dma_resv_usage. EBUSY if
 *	there is one already.
 * @SB_HELPER_IDLE: signal that fence
 * @SB_HELPER_JOB: start a job of the device, which uses the whole BO (and all BOs
 *	with SB_HELPER_PURGE_ONLY). Its fence is added as for SB_HELPER_BUSY, and
 *	signalled by interrupt. ENXIO if the BO is not attached.
 * @SB_HELPER_EVICT_SET: set what the evict callback does from now on, if nothing
 *	else fails: the argument is 0 or the errno to return, and SB_HELPER_HOLD
 * @SB_HELPER_EVICT_GO: release the BO whose number is the argument, and do not
 *	hold it any more; the handle is ignored. Closing the file that set
 *	SB_HELPER_HOLD has the same effect.
 * @SB_HELPER_PURGE: drm_gem_shmem_purge_locked(), or EBUSY if it is not purgeable
 * @SB_HELPER_EVICT: call the evict callback outside of reclaim; EOPNOTSUPP without
 *	one, EBUSY if the BO is not evictable
 * @SB_HELPER_FAIL: set what fails from now on: SB_HELPER_FAIL_*
 * @SB_HELPER_LRU_HOLD: hold the lock of the shrinker's lists until SB_HELPER_LRU_GO
 *	or a fatal signal; the handle is ignored. EOPNOTSUPP without a shrinker.
 * @SB_HELPER_LRU_GO: see there
 * @SB_HELPER_PIN_LATE: drm_gem_shmem_pin_locked(), but, with SB_HELPER_HOLD set, wait
 *	before it for SB_HELPER_EVICT_GO or a fatal signal, with the lock held
 * @SB_HELPER_INIT_AGAIN: drmm_gem_shmem_init() once more, which is misuse; the handle
 *	is ignored. EOPNOTSUPP without a shrinker.
 * @SB_HELPER_INIT_NEW: drmm_gem_shmem_init() of a new device, which goes again; its
 *	allocation number &sb_helper_do.arg, from 1, fails; the handle is ignored.
 *	EOPNOTSUPP without a shrinker, or without fault injection.
 * @SB_HELPER_FB_VMAP: drm_gem_fb_vmap() of a framebuffer with two planes: the BO, and
 *	the one whose handle is the argument
 * @SB_HELPER_FB_VUNMAP: drm_gem_fb_vunmap() likewise
 */
enum sb_helper_op {
	SB_HELPER_PIN = 1,
	SB_HELPER_UNPIN,
	SB_HELPER_VMAP,
	SB_HELPER_VUNMAP,
	SB_HELPER_PUT_PAGES,
	SB_HELPER_ATTACH,
	SB_HELPER_DETACH,
	SB_HELPER_SWAPIN,
	SB_HELPER_BUSY,
	SB_HELPER_IDLE,
	SB_HELPER_EVICT_SET,
	SB_HELPER_EVICT_GO,
	SB_HELPER_PURGE,
	SB_HELPER_EVICT,
	SB_HELPER_FAIL,
	SB_HELPER_JOB,
	SB_HELPER_LRU_HOLD,
	SB_HELPER_LRU_GO,
	SB_HELPER_PIN_LATE,
	SB_HELPER_INIT_AGAIN,
	SB_HELPER_INIT_NEW,
	SB_HELPER_FB_VMAP,
	SB_HELPER_FB_VUNMAP,
};

/* SB_HELPER_EVICT_SET: first wait for SB_HELPER_EVICT_GO or a fatal signal. */
#define SB_HELPER_HOLD 0x10000u

/*
 * SB_HELPER_FAIL, for a BO. PAGES: its file ends in the middle, so that at most
 * half of the pages can be allocated (EINVAL). EXPORT_SGT: no SG table for
 * importers (ENOMEM). UNLOCKED: operations call the _locked functions without
 * the lock; MMAP_LOCKED: mmap() is called with the lock held; both are misuse.
 */
#define SB_HELPER_FAIL_PAGES 0x1u
#define SB_HELPER_FAIL_EXPORT_SGT 0x2u
#define SB_HELPER_FAIL_UNLOCKED 0x4u
#define SB_HELPER_FAIL_MMAP_LOCKED 0x8u
/*
 * Likewise with handle 0, for the device: the next import fails (EIO) before
 * the helper sees the SG table, or after it made an object of it; the next
 * handle for a BO fails. DMA: until it is unset, the device cannot address the
 * pages of any BO, so that they cannot be mapped for it (EIO).
 */
#define SB_HELPER_FAIL_IMPORT_EARLY 0x10u
#define SB_HELPER_FAIL_IMPORT_LATE 0x20u
#define SB_HELPER_FAIL_OPEN 0x40u
#define SB_HELPER_FAIL_DMA 0x80u

struct sb_helper_do {
	__u32 handle;
	__u32 op;
	__u64 arg;
};

/**
 * struct sb_helper_access - read or write a BO
 * @handle: in
 * @flags: in: SB_HELPER_WRITE: write. SB_HELPER_DEVICE: by the device, to the pages
 *	attached by SB_HELPER_ATTACH, without checking the BO (ENXIO if there are
 *	none); otherwise through the kernel's mapping (ENXIO without one).
 *	SB_HELPER_BLIND: send the command even if the BO is not attached, which
 *	the device reports as a violation.
 * @offset: in: bytes
 * @len: in: bytes, at most SB_HELPER_ACCESS_MAX
 * @ptr: in: buffer to read to, or to write from
 */
struct sb_helper_access {
	__u32 handle;
	__u32 flags;
	__u64 offset;
	__u64 len;
	__u64 ptr;
};

#define SB_HELPER_WRITE 0x1u
#define SB_HELPER_DEVICE 0x2u
#define SB_HELPER_BLIND 0x4u
#define SB_HELPER_ACCESS_MAX 0x10000u

/**
 * struct sb_helper_madvise - drm_gem_shmem_madvise()
 * @handle: in
 * @madv: in: 0 or 1
 * @retained: out: the content is retained
 * @pad: zero
 */
struct sb_helper_madvise {
	__u32 handle;
	__u32 madv;
	__u32 retained;
	__u32 pad;
};

/* The shrinker's lists. OTHER: the one of a scan that is under way. */
enum sb_helper_lru {
	SB_HELPER_LRU_NONE,
	SB_HELPER_LRU_PINNED,
	SB_HELPER_LRU_EVICTABLE,
	SB_HELPER_LRU_EVICTED,
	SB_HELPER_LRU_OTHER,
};

#define SB_HELPER_PAGES 0x1u /* there is a page table */
#define SB_HELPER_SGT 0x2u
#define SB_HELPER_EVICTED 0x4u
#define SB_HELPER_IMPORTED 0x8u
#define SB_HELPER_EXPORTED 0x10u /* a dma-buf exists, or existed */
#define SB_HELPER_ATTACHED 0x20u /* the device has pages */
#define SB_HELPER_VADDR 0x40u
#define SB_HELPER_BUSY_FENCE 0x80u /* a fence is not signalled */
#define SB_HELPER_LOCKED 0x100u /* another task holds the reservation lock */
#define SB_HELPER_EVICTING 0x200u /* the evict callback is being held */
#define SB_HELPER_SGT_REF 0x400u /* the SG table has a reference to the pages */

/**
 * struct sb_helper_state - the complete state of a BO, at one moment
 * @handle: in
 * @flags: out: SB_HELPER_PAGES and so on
 * @uses: out: references to its pages
 * @pins: out: how many of these are pins; 0 if the kernel does not count them
 * @vmaps: out
 * @madv: out
 * @lru: out: enum sb_helper_lru
 * @position: out: its position in that list; 0 is reclaimed next
 * @evict_calls: out: calls of the evict callback
 * @evict_order: out: position among the device's BOs in the order of their last
 *	eviction or purge, counted from 1; 0 if there was none
 * @id: out: as in struct sb_helper_create
 * @pad: zero
 */
struct sb_helper_state {
	__u32 handle;
	__u32 flags;
	__u32 uses;
	__u32 pins;
	__u32 vmaps;
	__s32 madv;
	__u32 lru;
	__u32 position;
	__u32 evict_calls;
	__u32 evict_order;
	__u32 id;
	__u32 pad;
};

/**
 * struct sb_helper_list - one of the shrinker's lists
 * @lru: in: enum sb_helper_lru
 * @objects: out: their number
 * @count: out: pages, as the list counts them
 * @sum: out: pages, as its objects sum up
 */
struct sb_helper_list {
	__u32 lru;
	__u32 objects;
	__s64 count;
	__s64 sum;
};

/**
 * struct sb_helper_scan - call the shrinker's scan_objects()
 * @pages: in: the number of pages to scan
 * @freed: out: what it returned; 0 if that was SHRINK_STOP
 * @scanned: out: the number of pages that it says to have scanned
 * @stopped: out: it returned SHRINK_STOP
 * @pad: zero
 */
struct sb_helper_scan {
	__u64 pages;
	__u64 freed;
	__u64 scanned;
	__u32 stopped;
	__u32 pad;
};

#define SB_HELPER_IO(nr, type) DRM_IOWR(DRM_COMMAND_BASE + (nr), struct type)
#define DRM_IOCTL_SB_HELPER_INFO SB_HELPER_IO(0, sb_helper_info)
#define DRM_IOCTL_SB_HELPER_CREATE SB_HELPER_IO(1, sb_helper_create)
#define DRM_IOCTL_SB_HELPER_DO SB_HELPER_IO(2, sb_helper_do)
#define DRM_IOCTL_SB_HELPER_ACCESS SB_HELPER_IO(3, sb_helper_access)
#define DRM_IOCTL_SB_HELPER_MADVISE SB_HELPER_IO(4, sb_helper_madvise)
#define DRM_IOCTL_SB_HELPER_STATE SB_HELPER_IO(5, sb_helper_state)
#define DRM_IOCTL_SB_HELPER_LIST SB_HELPER_IO(6, sb_helper_list)
#define DRM_IOCTL_SB_HELPER_SCAN SB_HELPER_IO(7, sb_helper_scan)

#endif
