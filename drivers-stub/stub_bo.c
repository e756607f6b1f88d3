// SPDX-License-Identifier: GPL-2.0-only
/* BOs of the stub driver: what drivers do with the helpers, one thing each. */

#include <linux/kmemleak.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "stub.h"

/**
 * stub_bo_access - read or write a BO
 * @bo: the BO
 * @args: what to do
 * @buf: of &sb_stub_access.len bytes
 *
 * Return: 0, -EINVAL outside of the BO, -ENXIO when there is no way to it, or
 * -ERESTARTSYS.
 */
int stub_bo_access(struct stub_bo *bo, const struct sb_stub_access *args,
		   void *buf)
{
	struct drm_gem_object *obj = &bo->base.base;
	bool write = args->flags & SB_STUB_WRITE;
	int ret;

	if (args->offset > obj->size || args->len > obj->size - args->offset)
		return -EINVAL;
	if (args->flags & SB_STUB_DEVICE)
		return stub_hw_access(bo, args, buf);

	ret = dma_resv_lock_interruptible(obj->resv, NULL);
	if (ret)
		return ret;
	if (!bo->maps)
		ret = -ENXIO;
	else if (write)
		iosys_map_memcpy_to(&bo->map, args->offset, buf, args->len);
	else
		iosys_map_memcpy_from(buf, &bo->map, args->offset, args->len);
	dma_resv_unlock(obj->resv);
	return ret;
}

/*
 * Eviction
 */

static bool stub_is_held(struct stub_bo *bo)
{
	struct stub_device *sdev = to_stub_device(bo->base.base.dev);
	bool held;

	spin_lock(&sdev->lock);
	held = !list_empty(&bo->held);
	spin_unlock(&sdev->lock);
	return held;
}

static int stub_evict(struct drm_gem_object *obj)
{
	struct stub_device *sdev = to_stub_device(obj->dev);
	struct stub_bo *bo = to_stub_bo(obj);
	int ret;

	bo->evict_calls++;
	if (bo->flags & SB_STUB_PURGE_ONLY &&
	    !drm_gem_shmem_is_purgeable(&bo->base))
		return -EBUSY;

	if (stub_is_held(bo)) {
		WRITE_ONCE(bo->evicting, true);
		atomic_inc(&sdev->evicting);
		ret = wait_event_killable(sdev->wait, !stub_is_held(bo));
		atomic_dec(&sdev->evicting);
		WRITE_ONCE(bo->evicting, false);
		if (ret)
			return ret;
	}
	if (bo->evict_error)
		return -bo->evict_error;

	ret = stub_hw_detach(bo);
	if (ret)
		return ret;
	bo->evict_order = atomic_inc_return(&sdev->evict_order);
	stub_reclaim_begin();
	if (drm_gem_shmem_is_purgeable(&bo->base))
		stub_purge_locked(&bo->base);
	else
		drm_gem_shmem_evict_locked(&bo->base);
	stub_reclaim_end();
	return 0;
}

/**
 * stub_release_held - let evict callbacks go on
 * @sdev: the device
 * @holder: those held by this file, or NULL
 * @id: that of the BO with this number, or 0
 */
void stub_release_held(struct stub_device *sdev, const struct drm_file *holder,
		       u32 id)
{
	struct stub_bo *bo, *next;

	spin_lock(&sdev->lock);
	list_for_each_entry_safe(bo, next, &sdev->held, held) {
		if (holder ? bo->holder == holder : bo->id == id)
			list_del_init(&bo->held);
	}
	spin_unlock(&sdev->lock);
	wake_up_all(&sdev->wait);
}

static void stub_set_evict(struct stub_bo *bo, struct drm_file *file, u64 arg)
{
	struct stub_device *sdev = to_stub_device(bo->base.base.dev);

	bo->evict_error = arg & (SB_STUB_HOLD - 1);
	if (!(arg & SB_STUB_HOLD)) {
		stub_release_held(sdev, NULL, bo->id);
		return;
	}
	spin_lock(&sdev->lock);
	bo->holder = file;
	if (list_empty(&bo->held))
		list_add(&bo->held, &sdev->held);
	spin_unlock(&sdev->lock);
}

/*
 * Fences
 */

struct stub_fence {
	struct dma_fence base;
	spinlock_t lock; /* @base */
};

static const char *stub_fence_name(struct dma_fence *fence)
{
	return SB_STUB_DRIVER;
}

static const struct dma_fence_ops stub_fence_ops = {
	.get_driver_name = stub_fence_name,
	.get_timeline_name = stub_fence_name,
};

static int stub_busy(struct stub_bo *bo, u64 usage)
{
	struct dma_resv *resv = bo->base.base.resv;
	struct stub_fence *fence;
	int ret;

	if (bo->fence)
		return -EBUSY;
	if (usage > DMA_RESV_USAGE_BOOKKEEP)
		return -EINVAL;
	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		return ret;
	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return -ENOMEM;
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &stub_fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	dma_resv_add_fence(resv, &fence->base, usage);
	bo->fence = &fence->base;
	return 0;
}

static void stub_idle(struct stub_bo *bo)
{
	if (!bo->fence)
		return;
	dma_fence_signal(bo->fence);
	dma_fence_put(bo->fence);
	bo->fence = NULL;
}

/*
 * Operations
 */

/* The file ends early, and all that is beyond waits until it does no more. */
static void stub_set_fail(struct stub_bo *bo, u64 arg)
{
	struct drm_gem_object *obj = &bo->base.base;

	bo->fail = arg;
	if (obj->filp)
		i_size_write(file_inode(obj->filp),
			     arg & SB_STUB_FAIL_PAGES ?
			     round_down(obj->size / 2, PAGE_SIZE) : obj->size);
}

static int stub_vmap(struct stub_bo *bo)
{
	int ret = stub_vmap_locked(&bo->base, &bo->map);

	if (!ret)
		bo->maps++;
	return ret;
}

static void stub_vunmap(struct stub_bo *bo)
{
	stub_vunmap_locked(&bo->base, &bo->map);
	if (bo->maps)
		bo->maps--;
}

static int stub_use(struct stub_bo *bo)
{
	struct sg_table *sgt = stub_lock_sgt(&bo->base);
	int ret;

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	ret = stub_hw_attach(bo, sgt);
	dma_resv_unlock(bo->base.base.resv);
	return ret;
}

static int stub_do_locked(struct stub_bo *bo, enum sb_stub_op op, u64 arg)
{
	struct drm_gem_shmem_object *shmem = &bo->base;
	int ret;

	switch (op) {
	case SB_STUB_VMAP:
		return stub_vmap(bo);
	case SB_STUB_VUNMAP:
		stub_vunmap(bo);
		return 0;
	case SB_STUB_PUT_PAGES:
		stub_put_pages_locked(shmem);
		return 0;
	case SB_STUB_DETACH:
		return stub_hw_detach(bo);
	case SB_STUB_SWAPIN:
		return drm_gem_shmem_swapin_locked(shmem);
	case SB_STUB_BUSY:
		return stub_busy(bo, arg);
	case SB_STUB_IDLE:
		stub_idle(bo);
		return 0;
	case SB_STUB_JOB:
		return stub_hw_job(bo, arg);
	case SB_STUB_PURGE:
		if (!drm_gem_shmem_is_purgeable(shmem))
			return -EBUSY;
		ret = stub_hw_detach(bo);
		if (!ret)
			stub_purge_locked(shmem);
		return ret;
	case SB_STUB_EVICT:
		if (!STUB_SHRINKER || bo->flags & SB_STUB_NO_EVICT)
			return -EOPNOTSUPP;
		if (!drm_gem_shmem_is_evictable(shmem))
			return -EBUSY;
		return stub_evict(&shmem->base);
	case SB_STUB_FAIL:
		stub_set_fail(bo, arg);
		return 0;
	default:
		return -EINVAL;
	}
}

/* The same by the functions that are meant for it, but without the lock. */
static int stub_do_unlocked(struct stub_bo *bo, enum sb_stub_op op, u64 arg)
{
	switch (op) {
	case SB_STUB_PIN:
		return drm_gem_shmem_pin_locked(&bo->base);
	case SB_STUB_UNPIN:
		drm_gem_shmem_unpin_locked(&bo->base);
		return 0;
	default:
		return stub_do_locked(bo, op, arg);
	}
}

/**
 * stub_bo_do - an operation
 * @bo: the BO
 * @file: who wants it
 * @op: which
 * @arg: its argument
 *
 * Return: 0 or a negative errno.
 */
int stub_bo_do(struct stub_bo *bo, struct drm_file *file,
	       enum sb_stub_op op, u64 arg)
{
	struct dma_resv *resv = bo->base.base.resv;
	int ret;

	if (bo->fail & SB_STUB_FAIL_UNLOCKED && op != SB_STUB_FAIL)
		return stub_do_unlocked(bo, op, arg);

	switch (op) {
	case SB_STUB_PIN:
		return drm_gem_shmem_pin(&bo->base);
	case SB_STUB_UNPIN:
		drm_gem_shmem_unpin(&bo->base);
		return 0;
	case SB_STUB_ATTACH:
		return stub_use(bo);
	case SB_STUB_EVICT_SET:
		stub_set_evict(bo, file, arg);
		return 0;
	default:
		ret = dma_resv_lock_interruptible(resv, NULL);
		if (ret)
			return ret;
		ret = stub_do_locked(bo, op, arg);
		dma_resv_unlock(resv);
		return ret;
	}
}

/*
 * GEM
 */

/* Any context, reclaim above all. */
static void stub_free(struct drm_gem_object *obj)
{
	struct stub_device *sdev = to_stub_device(obj->dev);
	struct stub_bo *bo = to_stub_bo(obj);
	bool reclaim = STUB_SHRINKER && obj->filp;

	spin_lock(&sdev->lock);
	list_del_init(&bo->held);
	spin_unlock(&sdev->lock);
	stub_idle(bo);
	if (stub_hw_detach(bo))
		stub_hw_forget(bo);
	if (bo->live)
		atomic_dec(&sdev->bos);
	/* Whoever still has it pinned or mapped loses the pages, and is told. */
	if (stub_pins(&bo->base) || stub_read(&bo->base.vmap_use_count))
		kmemleak_ignore(bo->base.pages);
	/* Imports are on no list, so reclaim has no reference to drop. */
	if (reclaim)
		stub_reclaim_begin();
	drm_gem_shmem_free(&bo->base);
	if (reclaim)
		stub_reclaim_end();
}

static int stub_open(struct drm_gem_object *obj, struct drm_file *file)
{
	struct stub_device *sdev = to_stub_device(obj->dev);

	if (atomic_fetch_andnot(SB_STUB_FAIL_OPEN, &sdev->fail) &
	    SB_STUB_FAIL_OPEN)
		return -EIO;
	return 0;
}

static struct sg_table *stub_get_sg_table(struct drm_gem_object *obj)
{
	if (to_stub_bo(obj)->fail & SB_STUB_FAIL_EXPORT_SGT)
		return ERR_PTR(-ENOMEM);
	return drm_gem_shmem_object_get_sg_table(obj);
}

static int stub_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	if (!(to_stub_bo(obj)->fail & SB_STUB_FAIL_MMAP_LOCKED))
		return drm_gem_shmem_object_mmap(obj, vma);
	dma_resv_lock(obj->resv, NULL);
	ret = drm_gem_shmem_object_mmap(obj, vma);
	dma_resv_unlock(obj->resv);
	return ret;
}

#define STUB_FUNCS					\
	.free = stub_free,				\
	.open = stub_open,				\
	.print_info = drm_gem_shmem_object_print_info,	\
	.pin = drm_gem_shmem_object_pin,		\
	.unpin = drm_gem_shmem_object_unpin,		\
	.get_sg_table = stub_get_sg_table,		\
	.vmap = drm_gem_shmem_object_vmap,		\
	.vunmap = drm_gem_shmem_object_vunmap,		\
	.mmap = stub_mmap,				\
	.vm_ops = &drm_gem_shmem_vm_ops,		\
	STUB_GEM_FUNCS

static const struct drm_gem_object_funcs stub_funcs = {
	STUB_FUNCS
	.evict = stub_evict,
};

static const struct drm_gem_object_funcs stub_no_evict_funcs = {
	STUB_FUNCS
};

/**
 * stub_bo_new - &drm_driver.gem_create_object
 * @dev: the device
 * @size: not looked at
 *
 * Return: the object, which the helpers make a BO of.
 */
struct drm_gem_object *stub_bo_new(struct drm_device *dev, size_t size)
{
	struct stub_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->id = atomic_inc_return(&to_stub_device(dev)->next_id);
	INIT_LIST_HEAD(&bo->held);
	INIT_LIST_HEAD(&bo->attached);
	bo->base.base.funcs = &stub_funcs;
	return &bo->base.base;
}

/**
 * stub_bo_live - a BO has come to be
 * @bo: the BO, which nobody else knows yet
 * @flags: how it is held
 */
void stub_bo_live(struct stub_bo *bo, u32 flags)
{
	bo->flags = flags;
	bo->live = true;
	atomic_inc(&to_stub_device(bo->base.base.dev)->bos);
	if (flags & SB_STUB_NO_EVICT)
		bo->base.base.funcs = &stub_no_evict_funcs;
}
