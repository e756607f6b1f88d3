// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the helper-level driver's BOs and of the shrinker's lists, for
 * tests.
 */

#include <linux/math.h>
#include <linux/mm.h>

#include "helper.h"

/* Find the BO's list and its position in it. The lists' lock is held. */
static void helper_find(struct drm_gem_object *obj,
			struct sb_helper_state *state)
{
	struct drm_gem_object *other;

	state->lru = SB_HELPER_LRU_OTHER;
	for (u32 i = SB_HELPER_LRU_PINNED; i < SB_HELPER_LRU_OTHER; i++) {
		struct drm_gem_lru *lru = helper_lru(obj->dev, i);

		if (obj->lru != lru)
			continue;
		state->lru = i;
		list_for_each_entry(other, &lru->list, lru_node) {
			if (other == obj)
				return;
			state->position++;
		}
		/*
		 * It is none of the objects of its list: an impossible
		 * position.
		 */
		state->position = U32_MAX;
	}
}

/**
 * helper_get_state - get the complete state of a BO
 * @bo: the BO
 * @state: the result; all zero except the handle
 *
 * Does not wait for the reservation lock: its holder may be what the caller wants to
 * observe.
 */
void helper_get_state(struct helper_bo *bo, struct sb_helper_state *state)
{
	struct drm_gem_shmem_object *shmem = &bo->base;
	struct drm_gem_object *obj = &shmem->base;
	struct drm_gem_lru *lru = helper_lru(obj->dev, SB_HELPER_LRU_PINNED);
	bool locked = dma_resv_trylock(obj->resv);

	if (shmem->pages)
		state->flags |= SB_HELPER_PAGES;
	if (shmem->sgt)
		state->flags |= SB_HELPER_SGT;
	if (helper_evicted(shmem))
		state->flags |= SB_HELPER_EVICTED;
	if (obj->import_attach)
		state->flags |= SB_HELPER_IMPORTED;
	else if (helper_exported(shmem))
		state->flags |= SB_HELPER_EXPORTED;
	if (!list_empty(&bo->attached))
		state->flags |= SB_HELPER_ATTACHED;
	if (shmem->vaddr)
		state->flags |= SB_HELPER_VADDR;
	if (!dma_resv_test_signaled(obj->resv, DMA_RESV_USAGE_BOOKKEEP))
		state->flags |= SB_HELPER_BUSY_FENCE;
	if (READ_ONCE(bo->evicting))
		state->flags |= SB_HELPER_EVICTING;
	if (!locked)
		state->flags |= SB_HELPER_LOCKED;
	if (helper_sgt_ref(shmem))
		state->flags |= SB_HELPER_SGT_REF;
	state->uses = helper_read(&shmem->pages_use_count);
	state->pins = helper_pins(shmem);
	state->vmaps = helper_read(&shmem->vmap_use_count);
	state->madv = shmem->madv;
	state->evict_calls = bo->evict_calls;
	state->evict_order = bo->evict_order;
	state->id = bo->id;
	if (lru) {
		mutex_lock(helper_lru_lock(obj->dev, lru));
		if (obj->lru)
			helper_find(obj, state);
		mutex_unlock(helper_lru_lock(obj->dev, lru));
	}

	if (locked)
		dma_resv_unlock(obj->resv);
}

/**
 * helper_get_list - get one of the shrinker's lists
 * @dev: the device
 * @list: which one, and the result
 *
 * Return: 0, or -EINVAL if there is no such list.
 */
int helper_get_list(struct drm_device *dev, struct sb_helper_list *list)
{
	struct drm_gem_lru *lru = helper_lru(dev, list->lru);
	struct drm_gem_object *obj;

	if (!lru)
		return -EINVAL;
	mutex_lock(helper_lru_lock(dev, lru));
	list->objects = 0;
	list->sum = 0;
	list->count = lru->count;
	list_for_each_entry(obj, &lru->list, lru_node) {
		list->objects++;
		list->sum += obj->size >> PAGE_SHIFT;
	}
	mutex_unlock(helper_lru_lock(dev, lru));
	return 0;
}
