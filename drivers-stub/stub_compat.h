/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drm-shmem helpers under the names that they have at the end of the
 * series, on every kernel before it. What a kernel has is asked of its headers
 * (stub_caps.sh), not of its version.
 */
#ifndef SHRINKBENCH_STUB_COMPAT_H
#define SHRINKBENCH_STUB_COMPAT_H

#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/refcount.h>

#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>

#include "stub_protocol.h"

/* For struct sb_stub_info. */
#define STUB_HAS \
	((STUB_SGT_FLAG ? SB_STUB_HAS_SGT_FLAG : 0) | \
	 (STUB_PIN_COUNT ? SB_STUB_HAS_PIN_COUNT : 0) | \
	 (STUB_LOCKLESS ? SB_STUB_HAS_LOCKLESS : 0) | \
	 (STUB_SHRINKER ? SB_STUB_HAS_SHRINKER : 0))

/*
 * A count, which is an unsigned int, a refcount_t or a struct kref, depending on
 * the kernel. All of them are 32 bits.
 */
static inline u32 stub_read(const void *count)
{
	return READ_ONCE(*(const u32 *)count);
}

#if STUB_LOCKED_NAMES
#define stub_vmap_locked drm_gem_shmem_vmap_locked
#define stub_vunmap_locked drm_gem_shmem_vunmap_locked
#define stub_madvise_locked drm_gem_shmem_madvise_locked
#define stub_purge_locked drm_gem_shmem_purge_locked
#define stub_put_pages_locked drm_gem_shmem_put_pages_locked
#else
#define stub_vmap_locked drm_gem_shmem_vmap
#define stub_vunmap_locked drm_gem_shmem_vunmap
#define stub_madvise_locked drm_gem_shmem_madvise
#define stub_purge_locked drm_gem_shmem_purge
#define stub_put_pages_locked drm_gem_shmem_put_pages
#endif

static inline u32 stub_pins(struct drm_gem_shmem_object *shmem)
{
#if STUB_PIN_COUNT
	return stub_read(&shmem->pages_pin_count);
#else
	return 0;
#endif
}

static inline bool stub_sgt_ref(struct drm_gem_shmem_object *shmem)
{
#if STUB_SGT_FLAG
	return shmem->got_pages_sgt;
#else
	return shmem->sgt && !shmem->base.import_attach;
#endif
}

#if STUB_SHRINKER

#define STUB_GEM_FUNCS .export = drm_gem_shmem_object_export,

static inline bool stub_evicted(struct drm_gem_shmem_object *shmem)
{
	return shmem->evicted;
}

static inline bool stub_exported(struct drm_gem_shmem_object *shmem)
{
	return shmem->exported || shmem->base.dma_buf;
}

static inline int stub_madvise(struct drm_gem_shmem_object *shmem, int madv)
{
	return drm_gem_shmem_madvise(shmem, madv);
}

static inline struct drm_gem_lru *stub_lru(struct drm_device *dev,
					   enum sb_stub_lru lru)
{
	struct drm_gem_shmem_mm *mm = dev->shmem_mm;

	switch (lru) {
	case SB_STUB_LRU_PINNED:
		return &mm->lru_pinned;
	case SB_STUB_LRU_EVICTABLE:
		return &mm->lru_evictable;
	case SB_STUB_LRU_EVICTED:
		return &mm->lru_evicted;
	default:
		return NULL;
	}
}

#else

#define STUB_GEM_FUNCS

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

static inline bool stub_evicted(struct drm_gem_shmem_object *shmem)
{
	return false;
}

static inline bool stub_exported(struct drm_gem_shmem_object *shmem)
{
	return shmem->base.dma_buf;
}

static inline int stub_madvise(struct drm_gem_shmem_object *shmem, int madv)
{
	int ret = dma_resv_lock_interruptible(shmem->base.resv, NULL);

	if (ret)
		return ret;
	ret = stub_madvise_locked(shmem, madv);
	dma_resv_unlock(shmem->base.resv);
	return ret;
}

static inline struct drm_gem_lru *stub_lru(struct drm_device *dev,
					   enum sb_stub_lru lru)
{
	return NULL;
}

#endif /* STUB_SHRINKER */

/* The SG table, with the lock held on success. */
static inline struct sg_table *stub_lock_sgt(struct drm_gem_shmem_object *shmem)
{
	struct dma_resv *resv = shmem->base.resv;
	struct sg_table *sgt;
	int ret = 0;

#if !STUB_SGT_LOCKED
	sgt = drm_gem_shmem_get_pages_sgt(shmem);
	if (IS_ERR(sgt))
		return sgt;
#endif
	ret = dma_resv_lock_interruptible(resv, NULL);
	if (ret)
		return ERR_PTR(ret);
#if STUB_SGT_LOCKED
	sgt = drm_gem_shmem_get_pages_sgt_locked(shmem);
	ret = PTR_ERR_OR_ZERO(sgt);
#elif STUB_SHRINKER
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
