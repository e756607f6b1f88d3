/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drm-shmem helpers under the names that they have after the whole series,
 * for every kernel before that. What a kernel has is detected from its headers
 * (caps.sh), not from its version.
 */
#ifndef SHRINKBENCH_HELPER_COMPAT_H
#define SHRINKBENCH_HELPER_COMPAT_H

#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/refcount.h>

#include <drm/drm_device.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>

#include "ioctl.h"

/* For struct sb_helper_info. */
#define HELPER_HAS                                          \
	((HELPER_SGT_FLAG ? SB_HELPER_HAS_SGT_FLAG : 0) |   \
	 (HELPER_PIN_COUNT ? SB_HELPER_HAS_PIN_COUNT : 0) | \
	 (HELPER_LOCKLESS ? SB_HELPER_HAS_LOCKLESS : 0) |   \
	 (HELPER_SHRINKER ? SB_HELPER_HAS_SHRINKER : 0))

/*
 * A count. Depending on the kernel, it is an unsigned int, a refcount_t or a
 * struct kref, all of 32 bits.
 */
static inline u32 helper_read(const void *count)
{
	return READ_ONCE(*(const u32 *)count);
}

#if HELPER_LOCKED_NAMES
#define helper_vmap_locked drm_gem_shmem_vmap_locked
#define helper_vunmap_locked drm_gem_shmem_vunmap_locked
#define helper_madvise_locked drm_gem_shmem_madvise_locked
#define helper_purge_locked drm_gem_shmem_purge_locked
#define helper_put_pages_locked drm_gem_shmem_put_pages_locked
#else
#define helper_vmap_locked drm_gem_shmem_vmap
#define helper_vunmap_locked drm_gem_shmem_vunmap
#define helper_madvise_locked drm_gem_shmem_madvise
#define helper_purge_locked drm_gem_shmem_purge
#define helper_put_pages_locked drm_gem_shmem_put_pages
#endif

/* The lock of the lists, of which @lru is one. */
static inline struct mutex *helper_lru_lock(struct drm_device *dev,
					    struct drm_gem_lru *lru)
{
#if HELPER_DEVICE_LRU_LOCK
	return &dev->gem_lru_mutex;
#else
	return lru->lock;
#endif
}

static inline u32 helper_pins(struct drm_gem_shmem_object *shmem)
{
#if HELPER_PIN_COUNT
	return helper_read(&shmem->pages_pin_count);
#else
	return 0;
#endif
}

static inline bool helper_sgt_ref(struct drm_gem_shmem_object *shmem)
{
#if HELPER_SGT_FLAG
	return shmem->got_pages_sgt;
#else
	return shmem->sgt && !shmem->base.import_attach;
#endif
}

#if HELPER_SHRINKER

#define HELPER_GEM_FUNCS .export = drm_gem_shmem_object_export,

static inline bool helper_evicted(struct drm_gem_shmem_object *shmem)
{
	return shmem->evicted;
}

static inline bool helper_exported(struct drm_gem_shmem_object *shmem)
{
	return shmem->exported || shmem->base.dma_buf;
}

static inline int helper_madvise(struct drm_gem_shmem_object *shmem, int madv)
{
	return drm_gem_shmem_madvise(shmem, madv);
}

static inline struct drm_gem_lru *helper_lru(struct drm_device *dev,
					     enum sb_helper_lru lru)
{
	struct drm_gem_shmem_mm *mm = dev->shmem_mm;

	switch (lru) {
	case SB_HELPER_LRU_PINNED:
		return &mm->lru_pinned;
	case SB_HELPER_LRU_EVICTABLE:
		return &mm->lru_evictable;
	case SB_HELPER_LRU_EVICTED:
		return &mm->lru_evicted;
	default:
		return NULL;
	}
}

#else

#define HELPER_GEM_FUNCS

static inline int drmm_gem_shmem_init(struct drm_device *dev)
{
	return 0;
}

static inline int
drm_gem_shmem_swapin_locked(struct drm_gem_shmem_object *shmem)
{
	return -EOPNOTSUPP;
}

static inline bool
drm_gem_shmem_is_evictable(struct drm_gem_shmem_object *shmem)
{
	return false;
}

static inline void
drm_gem_shmem_evict_locked(struct drm_gem_shmem_object *shmem)
{
}

static inline bool helper_evicted(struct drm_gem_shmem_object *shmem)
{
	return false;
}

static inline bool helper_exported(struct drm_gem_shmem_object *shmem)
{
	return shmem->base.dma_buf;
}

static inline int helper_madvise(struct drm_gem_shmem_object *shmem, int madv)
{
	int ret = dma_resv_lock_interruptible(shmem->base.resv, NULL);

	if (ret)
		return ret;
	ret = helper_madvise_locked(shmem, madv);
	dma_resv_unlock(shmem->base.resv);
	return ret;
}

static inline struct drm_gem_lru *helper_lru(struct drm_device *dev,
					     enum sb_helper_lru lru)
{
	return NULL;
}

#endif /* HELPER_SHRINKER */

/* Get the SG table; on success, the lock is held. */
static inline struct sg_table *
helper_lock_sgt(struct drm_gem_shmem_object *shmem)
{
	struct dma_resv *resv = shmem->base.resv;
	struct sg_table *sgt;
	int ret = 0;

#if !HELPER_SGT_LOCKED
	sgt = drm_gem_shmem_get_pages_sgt(shmem);
	if (IS_ERR(sgt))
		return sgt;
#endif
	ret = dma_resv_lock_interruptible(resv, NULL);
	if (ret)
		return ERR_PTR(ret);
#if HELPER_SGT_LOCKED
	sgt = drm_gem_shmem_get_pages_sgt_locked(shmem);
	ret = PTR_ERR_OR_ZERO(sgt);
#elif HELPER_SHRINKER
	/* It may have been evicted in between. */
	ret = drm_gem_shmem_swapin_locked(shmem);
	sgt = shmem->sgt;
#endif
	if (ret) {
		dma_resv_unlock(resv);
		return ERR_PTR(ret);
	}
	return sgt;
}

#endif
