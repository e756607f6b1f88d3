// SPDX-License-Identifier: GPL-2.0-only
/* BOs of the helper-level driver: each operation of the helpers on its own. */

#include <linux/kmemleak.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "helper.h"

/**
 * helper_bo_access - read or write a BO
 * @bo: the BO
 * @args: what to do
 * @buf: of &sb_helper_access.len bytes
 *
 * Return: 0, -EINVAL outside of the BO, -ENXIO if it is not mapped, or -ERESTARTSYS.
 */
int helper_bo_access(struct helper_bo *bo, const struct sb_helper_access *args,
		     void *buf)
{
	struct drm_gem_object *obj = &bo->base.base;
	bool write = args->flags & SB_HELPER_WRITE;
	int ret;

	if (args->offset > obj->size || args->len > obj->size - args->offset)
		return -EINVAL;
	if (args->flags & SB_HELPER_DEVICE)
		return helper_hw_access(bo, args, buf);

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

static bool helper_is_held(struct helper_bo *bo)
{
	struct helper_device *sdev = to_helper_device(bo->base.base.dev);
	bool held;

	spin_lock(&sdev->lock);
	held = !list_empty(&bo->held);
	spin_unlock(&sdev->lock);
	return held;
}

/* Wait until it is not held any more, if it is. */
static int helper_wait_held(struct helper_bo *bo)
{
	struct helper_device *sdev = to_helper_device(bo->base.base.dev);
	int ret;

	if (!helper_is_held(bo))
		return 0;
	WRITE_ONCE(bo->evicting, true);
	atomic_inc(&sdev->evicting);
	ret = wait_event_killable(sdev->wait, !helper_is_held(bo));
	atomic_dec(&sdev->evicting);
	WRITE_ONCE(bo->evicting, false);
	return ret;
}

static int helper_evict(struct drm_gem_object *obj)
{
	struct helper_device *sdev = to_helper_device(obj->dev);
	struct helper_bo *bo = to_helper_bo(obj);
	int ret;

	bo->evict_calls++;
	if (bo->flags & SB_HELPER_PURGE_ONLY &&
	    !drm_gem_shmem_is_purgeable(&bo->base))
		return -EBUSY;

	ret = helper_wait_held(bo);
	if (ret)
		return ret;
	if (bo->evict_error)
		return -bo->evict_error;

	ret = helper_hw_detach(bo);
	if (ret)
		return ret;
	bo->evict_order = atomic_inc_return(&sdev->evict_order);
	helper_reclaim_begin();
	if (drm_gem_shmem_is_purgeable(&bo->base))
		helper_purge_locked(&bo->base);
	else
		drm_gem_shmem_evict_locked(&bo->base);
	helper_reclaim_end();
	return 0;
}

/**
 * helper_release_held - let held evict callbacks continue
 * @sdev: the device
 * @holder: those held by this file, or NULL
 * @id: that of the BO with this number, or 0
 */
void helper_release_held(struct helper_device *sdev,
			 const struct drm_file *holder, u32 id)
{
	struct helper_bo *bo, *next;

	spin_lock(&sdev->lock);
	list_for_each_entry_safe(bo, next, &sdev->held, held) {
		if (holder ? bo->holder == holder : bo->id == id)
			list_del_init(&bo->held);
	}
	spin_unlock(&sdev->lock);
	wake_up_all(&sdev->wait);
}

static void helper_set_evict(struct helper_bo *bo, struct drm_file *file,
			     u64 arg)
{
	struct helper_device *sdev = to_helper_device(bo->base.base.dev);

	bo->evict_error = arg & (SB_HELPER_HOLD - 1);
	if (!(arg & SB_HELPER_HOLD)) {
		helper_release_held(sdev, NULL, bo->id);
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

struct helper_fence {
	struct dma_fence base;
	spinlock_t lock; /* @base */
};

static const char *helper_fence_name(struct dma_fence *fence)
{
	return SB_HELPER_DRIVER;
}

static const struct dma_fence_ops helper_fence_ops = {
	.get_driver_name = helper_fence_name,
	.get_timeline_name = helper_fence_name,
};

static int helper_busy(struct helper_bo *bo, u64 usage)
{
	struct dma_resv *resv = bo->base.base.resv;
	struct helper_fence *fence;
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
	dma_fence_init(&fence->base, &helper_fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	dma_resv_add_fence(resv, &fence->base, usage);
	bo->fence = &fence->base;
	return 0;
}

static void helper_idle(struct helper_bo *bo)
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

/*
 * Shorten the file, so that pages beyond its end cannot be read; or restore it.
 */
static void helper_set_fail(struct helper_bo *bo, u64 arg)
{
	struct drm_gem_object *obj = &bo->base.base;

	bo->fail = arg;
	if (obj->filp)
		i_size_write(file_inode(obj->filp),
			     arg & SB_HELPER_FAIL_PAGES ?
				     round_down(obj->size / 2, PAGE_SIZE) :
				     obj->size);
}

static int helper_vmap(struct helper_bo *bo)
{
	int ret = helper_vmap_locked(&bo->base, &bo->map);

	if (!ret)
		bo->maps++;
	return ret;
}

static void helper_vunmap(struct helper_bo *bo)
{
	helper_vunmap_locked(&bo->base, &bo->map);
	if (bo->maps)
		bo->maps--;
}

static int helper_use(struct helper_bo *bo)
{
	struct sg_table *sgt = helper_lock_sgt(&bo->base);
	int ret;

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	ret = helper_hw_attach(bo, sgt);
	dma_resv_unlock(bo->base.base.resv);
	return ret;
}

static int helper_do_locked(struct helper_bo *bo, enum sb_helper_op op, u64 arg)
{
	struct drm_gem_shmem_object *shmem = &bo->base;
	int ret;

	switch (op) {
	case SB_HELPER_VMAP:
		return helper_vmap(bo);
	case SB_HELPER_VUNMAP:
		helper_vunmap(bo);
		return 0;
	case SB_HELPER_PUT_PAGES:
		helper_put_pages_locked(shmem);
		return 0;
	case SB_HELPER_DETACH:
		return helper_hw_detach(bo);
	case SB_HELPER_SWAPIN:
		return drm_gem_shmem_swapin_locked(shmem);
	case SB_HELPER_BUSY:
		return helper_busy(bo, arg);
	case SB_HELPER_IDLE:
		helper_idle(bo);
		return 0;
	case SB_HELPER_JOB:
		return helper_hw_job(bo, arg);
	case SB_HELPER_PURGE:
		if (!drm_gem_shmem_is_purgeable(shmem))
			return -EBUSY;
		ret = helper_hw_detach(bo);
		if (!ret)
			helper_purge_locked(shmem);
		return ret;
	case SB_HELPER_EVICT:
		if (!HELPER_SHRINKER || bo->flags & SB_HELPER_NO_EVICT)
			return -EOPNOTSUPP;
		if (!drm_gem_shmem_is_evictable(shmem))
			return -EBUSY;
		return helper_evict(&shmem->base);
	case SB_HELPER_PIN_LATE:
		ret = helper_wait_held(bo);
		return ret ?: drm_gem_shmem_pin_locked(shmem);
	case SB_HELPER_FAIL:
		helper_set_fail(bo, arg);
		return 0;
	default:
		return -EINVAL;
	}
}

/* The same with the _locked functions, but without the lock. */
static int helper_do_unlocked(struct helper_bo *bo, enum sb_helper_op op,
			      u64 arg)
{
	switch (op) {
	case SB_HELPER_PIN:
		return drm_gem_shmem_pin_locked(&bo->base);
	case SB_HELPER_UNPIN:
		drm_gem_shmem_unpin_locked(&bo->base);
		return 0;
	default:
		return helper_do_locked(bo, op, arg);
	}
}

/**
 * helper_bo_do - carry out an operation
 * @bo: the BO
 * @file: the file that requests it
 * @op: the operation
 * @arg: its argument
 *
 * Return: 0 or a negative errno.
 */
int helper_bo_do(struct helper_bo *bo, struct drm_file *file,
		 enum sb_helper_op op, u64 arg)
{
	struct dma_resv *resv = bo->base.base.resv;
	int ret;

	if (bo->fail & SB_HELPER_FAIL_UNLOCKED && op != SB_HELPER_FAIL)
		return helper_do_unlocked(bo, op, arg);

	switch (op) {
	case SB_HELPER_PIN:
		return drm_gem_shmem_pin(&bo->base);
	case SB_HELPER_UNPIN:
		drm_gem_shmem_unpin(&bo->base);
		return 0;
	case SB_HELPER_ATTACH:
		return helper_use(bo);
	case SB_HELPER_FB_VMAP:
	case SB_HELPER_FB_VUNMAP:
		return helper_fb_do(bo, file, arg, op == SB_HELPER_FB_VMAP);
	case SB_HELPER_EVICT_SET:
		helper_set_evict(bo, file, arg);
		return 0;
	default:
		ret = dma_resv_lock_interruptible(resv, NULL);
		if (ret)
			return ret;
		ret = helper_do_locked(bo, op, arg);
		dma_resv_unlock(resv);
		return ret;
	}
}

/*
 * GEM
 */

/* Any context, including reclaim. */
static void helper_free(struct drm_gem_object *obj)
{
	struct helper_device *sdev = to_helper_device(obj->dev);
	struct helper_bo *bo = to_helper_bo(obj);
	bool reclaim = HELPER_SHRINKER && obj->filp;

	spin_lock(&sdev->lock);
	list_del_init(&bo->held);
	spin_unlock(&sdev->lock);
	helper_idle(bo);
	if (helper_hw_detach(bo))
		helper_hw_forget(bo);
	if (bo->live)
		atomic_dec(&sdev->bos);
	/* Pins and mappings that are left lose the pages, with a warning. */
	if (helper_pins(&bo->base) || helper_read(&bo->base.vmap_use_count))
		kmemleak_ignore(bo->base.pages);
	/*
	 * Imports are on no list, so reclaim never drops their last reference.
	 */
	if (reclaim)
		helper_reclaim_begin();
	drm_gem_shmem_free(&bo->base);
	if (reclaim)
		helper_reclaim_end();
}

static int helper_open(struct drm_gem_object *obj, struct drm_file *file)
{
	struct helper_device *sdev = to_helper_device(obj->dev);

	if (atomic_fetch_andnot(SB_HELPER_FAIL_OPEN, &sdev->fail) &
	    SB_HELPER_FAIL_OPEN)
		return -EIO;
	return 0;
}

static struct sg_table *helper_get_sg_table(struct drm_gem_object *obj)
{
	if (to_helper_bo(obj)->fail & SB_HELPER_FAIL_EXPORT_SGT)
		return ERR_PTR(-ENOMEM);
	return drm_gem_shmem_object_get_sg_table(obj);
}

static int helper_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	if (!(to_helper_bo(obj)->fail & SB_HELPER_FAIL_MMAP_LOCKED))
		return drm_gem_shmem_object_mmap(obj, vma);
	dma_resv_lock(obj->resv, NULL);
	ret = drm_gem_shmem_object_mmap(obj, vma);
	dma_resv_unlock(obj->resv);
	return ret;
}

/* A line for each, as in an initializer. */
/* clang-format off */
#define HELPER_FUNCS					\
	.free = helper_free,				\
	.open = helper_open,				\
	.print_info = drm_gem_shmem_object_print_info,	\
	.pin = drm_gem_shmem_object_pin,		\
	.unpin = drm_gem_shmem_object_unpin,		\
	.get_sg_table = helper_get_sg_table,		\
	.vmap = drm_gem_shmem_object_vmap,		\
	.vunmap = drm_gem_shmem_object_vunmap,		\
	.mmap = helper_mmap,				\
	.vm_ops = &drm_gem_shmem_vm_ops,		\
	HELPER_GEM_FUNCS

static const struct drm_gem_object_funcs helper_funcs = {
	HELPER_FUNCS
	.evict = helper_evict,
};

static const struct drm_gem_object_funcs helper_no_evict_funcs = {
	HELPER_FUNCS
};

/* clang-format on */

/**
 * helper_bo_new - &drm_driver.gem_create_object
 * @dev: the device
 * @size: unused
 *
 * Return: the object, which the helpers turn into a BO.
 */
struct drm_gem_object *helper_bo_new(struct drm_device *dev, size_t size)
{
	struct helper_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->id = atomic_inc_return(&to_helper_device(dev)->next_id);
	INIT_LIST_HEAD(&bo->held);
	INIT_LIST_HEAD(&bo->attached);
	bo->base.base.funcs = &helper_funcs;
	/* The CPU writes to BOs, too, and the helpers do not notice. */
	bo->base.pages_mark_dirty_on_put = true;
	return &bo->base.base;
}

/**
 * helper_bo_live - initialise a BO that was created
 * @bo: the BO, which no other code has a reference to yet
 * @flags: SB_HELPER_PURGE_ONLY or SB_HELPER_NO_EVICT
 */
void helper_bo_live(struct helper_bo *bo, u32 flags)
{
	bo->flags = flags;
	bo->live = true;
	atomic_inc(&to_helper_device(bo->base.base.dev)->bos);
	if (flags & SB_HELPER_NO_EVICT)
		bo->base.base.funcs = &helper_no_evict_funcs;
}
