// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names by which the devices know BOs, so that a picture can tell which of a
 * device's events are about which BO. caps.sh says which drivers' structures are as
 * expected here; the BOs of the others have no name.
 */

#include <linux/list.h>
#include <linux/string.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>

#include "../helper/helper.h"
#include "timeline.h"

#if TIMELINE_VIRTIO
#include "drivers/gpu/drm/virtio/virtgpu_drv.h"
#endif
#if TIMELINE_PANFROST
struct panfrost_file_priv;
#include "drivers/gpu/drm/panfrost/panfrost_gem.h"
#endif
#if TIMELINE_V3D
#include "drivers/gpu/drm/v3d/v3d_drv.h"
#endif

static u64 virtio_id(struct drm_gem_object *obj)
{
#if TIMELINE_VIRTIO
	return gem_to_virtio_gpu_obj(obj)->hw_res_handle;
#else
	return 0;
#endif
}

/* The GPU address of the first mapping. */
static u64 panfrost_id(struct drm_gem_object *obj)
{
	u64 id = 0;
#if TIMELINE_PANFROST
	struct panfrost_gem_object *bo = to_panfrost_bo(obj);
	struct panfrost_gem_mapping *mapping;

	if (!mutex_trylock(&bo->mappings.lock))
		return 0;
	mapping = list_first_entry_or_null(&bo->mappings.list,
					   struct panfrost_gem_mapping, node);
	if (mapping)
		id = mapping->mmnode.start << PAGE_SHIFT;
	mutex_unlock(&bo->mappings.lock);
#endif
	return id;
}

static u64 v3d_id(struct drm_gem_object *obj)
{
#if TIMELINE_V3D
	return to_v3d_bo(obj)->node.start << V3D_MMU_PAGE_SHIFT;
#else
	return 0;
#endif
}

/**
 * sb_bo_id - the device's name for a BO
 * @obj: the BO, of the drm-shmem helpers
 *
 * Return: the number of the resource (virtio-gpu), the GPU address (panfrost, v3d),
 * the number of the BO (helper-level driver), or 0 if it has none or none is known.
 */
u64 sb_bo_id(struct drm_gem_object *obj)
{
	const char *name = obj->dev->driver->name;

	if (!strcmp(name, "virtio_gpu"))
		return virtio_id(obj);
	if (!strcmp(name, "panfrost"))
		return panfrost_id(obj);
	if (!strcmp(name, "v3d"))
		return v3d_id(obj);
	if (!strcmp(name, SB_HELPER_DRIVER))
		return to_helper_bo(obj)->id;
	return 0;
}
