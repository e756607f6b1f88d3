// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples of the states of all BOs that have a handle.
 *
 * No lock of a BO is taken: its owner may hold it for long, and the sampler must not
 * get in the way of what it observes. Guests have one CPU, so with preemption off
 * nobody changes the BO at the same time.
 */

#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "../helper/compat.h"
#include "timeline.h"

#define SB_BOS_MAX 1024

/**
 * struct sb_bo - a BO as it was sampled last
 * @obj: which; only compared. NULL: the entry is free.
 * @key: its number in the output
 * @id: the device's name for it, see sb_bo_id()
 * @size: in bytes
 * @state: what it is, see bo_state()
 * @busy: it has a fence that is not signaled
 * @unneeded: it is marked as not needed
 * @seen: the sample that saw it last
 */
struct sb_bo {
	const struct drm_gem_object *obj;
	u32 key;
	u64 id;
	size_t size;
	const char *state;
	bool busy;
	bool unneeded;
	u32 seen;
};

static struct sb_bo *bos;
static unsigned int num_bos; /* entries that were ever used */
static u32 last_key;
static u32 sample;

/**
 * sb_sample_bos_init - allocate what samples need
 *
 * Return: 0, or -ENOMEM.
 */
int sb_sample_bos_init(void)
{
	bos = kvcalloc(SB_BOS_MAX, sizeof(*bos), GFP_KERNEL);
	return bos ? 0 : -ENOMEM;
}

static bool is_evictable(struct drm_gem_shmem_object *shmem)
{
#if HELPER_SHRINKER
	if (shmem->base.dev->shmem_mm)
		return shmem->base.lru &&
		       shmem->base.lru == helper_lru(shmem->base.dev,
						     SB_HELPER_LRU_EVICTABLE);
#endif
	return drm_gem_shmem_is_purgeable(shmem);
}

static const char *bo_state(struct drm_gem_shmem_object *shmem)
{
	if (shmem->base.import_attach)
		return "imported";
	if (shmem->madv < 0)
		return "purged";
	if (helper_evicted(shmem))
		return "evicted";
	if (!shmem->pages)
		return "no-pages";
	return is_evictable(shmem) ? "evictable" : "pinned";
}

/* Without dma_fence_is_signaled(), which may signal the fence. */
static bool is_busy(struct dma_resv *resv)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	bool busy = false;

	dma_resv_iter_begin(&cursor, resv, DMA_RESV_USAGE_BOOKKEEP);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		if (!test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags)) {
			busy = true;
			break;
		}
	}
	dma_resv_iter_end(&cursor);
	return busy;
}

/* The entry of the BO, or else a free one, or NULL if there are too many. */
static struct sb_bo *find(const struct drm_gem_object *obj, u64 id)
{
	struct sb_bo *spare = NULL;

	for (unsigned int i = 0; i < num_bos; i++) {
		if (!bos[i].obj)
			spare = &bos[i];
		/* Another BO may have come to the same address. */
		else if (bos[i].obj == obj && bos[i].size == obj->size &&
			 (!bos[i].id || !id || bos[i].id == id))
			return &bos[i];
	}
	if (!spare && num_bos < SB_BOS_MAX)
		spare = &bos[num_bos++];
	return spare;
}

static void sample_bo(struct drm_gem_object *obj)
{
	struct drm_gem_shmem_object *shmem = to_drm_gem_shmem_obj(obj);
	u64 id = sb_bo_id(obj);
	struct sb_bo *bo = find(obj, id);
	struct sb_bo now;

	if (!bo || bo->seen == sample)
		return;
	now = *bo;
	now.obj = obj;
	/* A purge may take it away. */
	now.id = id ?: bo->id;
	now.size = obj->size;
	now.state = bo_state(shmem);
	now.busy = is_busy(obj->resv);
	now.unneeded = shmem->madv > 0;
	now.seen = sample;
	if (!bo->obj)
		now.key = ++last_key;
	if (!bo->obj || bo->id != now.id || bo->state != now.state ||
	    bo->busy != now.busy || bo->unneeded != now.unneeded)
		sb_sample_line("bo %u %s %zu 0x%llx %s %s %s", now.key,
			       dev_name(obj->dev->dev), now.size, now.id,
			       now.state, now.busy ? "busy" : "idle",
			       now.unneeded ? "unneeded" : "needed");
	*bo = now;
}

/* All drivers of the bench use the drm-shmem helpers, but not for each BO. */
static bool is_shmem(const struct drm_gem_object *obj)
{
	return obj->funcs && obj->funcs->vm_ops == &drm_gem_shmem_vm_ops;
}

static void sample_file(struct drm_file *file)
{
	struct drm_gem_object *obj;
	int handle;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, obj, handle)
		if (is_shmem(obj))
			sample_bo(obj);
	spin_unlock(&file->table_lock);
}

/* False if the list of files cannot be read now. */
static bool sample_device(struct drm_device *dev)
{
	struct drm_file *file;

	if (!drm_core_check_feature(dev, DRIVER_GEM))
		return true;
	if (!mutex_trylock(&dev->filelist_mutex))
		return false;
	list_for_each_entry(file, &dev->filelist, lhead)
		sample_file(file);
	mutex_unlock(&dev->filelist_mutex);
	return true;
}

static void drop_unseen(void)
{
	for (unsigned int i = 0; i < num_bos; i++) {
		if (!bos[i].obj || bos[i].seen == sample)
			continue;
		sb_sample_line("gone %u", bos[i].key);
		bos[i] = (struct sb_bo){};
	}
}

/**
 * sb_sample_bos - note what has changed in the BOs
 *
 * Context: the sampler only.
 */
void sb_sample_bos(void)
{
	struct drm_minor *minor;
	unsigned long index;
	bool all = true;

	sample++;
	preempt_disable();
	xa_for_each(&drm_minors_xa, index, minor)
		if (minor->type == DRM_MINOR_PRIMARY &&
		    !sample_device(minor->dev))
			all = false;
	preempt_enable();
	if (all)
		drop_unseen();
}
