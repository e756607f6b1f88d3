// SPDX-License-Identifier: GPL-2.0-only
/* A framebuffer of two BOs, as drivers have that copy the planes with the CPU. */

#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_framebuffer_helper.h>

#include "helper.h"

static void helper_fb_set(struct helper_bo *bo, const struct iosys_map *map,
			  int maps)
{
	dma_resv_lock(bo->base.base.resv, NULL);
	bo->map = *map;
	bo->maps += maps;
	dma_resv_unlock(bo->base.base.resv);
}

static int helper_fb_map(struct helper_bo *bo, struct helper_bo *second,
			 bool map)
{
	struct drm_framebuffer fb = {
		.dev = bo->base.base.dev,
		.format = drm_format_info(DRM_FORMAT_NV12),
		.obj = { &bo->base.base, &second->base.base },
	};
	struct iosys_map maps[] = { bo->map, second->map };
	int ret = 0;

	if (map)
		ret = drm_gem_fb_vmap(&fb, maps, NULL);
	else
		drm_gem_fb_vunmap(&fb, maps);
	if (ret)
		return ret;
	helper_fb_set(bo, &maps[0], map ? 1 : -1);
	helper_fb_set(second, &maps[1], map ? 1 : -1);
	return 0;
}

/**
 * helper_fb_do - map a framebuffer, or unmap it
 * @bo: the BO of the first plane
 * @file: the file that requests it
 * @handle: that of the BO of the second plane
 * @map: map, or unmap
 *
 * Return: 0 or a negative errno; then neither is mapped.
 */
int helper_fb_do(struct helper_bo *bo, struct drm_file *file, u32 handle,
		 bool map)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, handle);
	int ret;

	if (!obj)
		return -ENOENT;
	ret = helper_fb_map(bo, to_helper_bo(obj), map);
	drm_gem_object_put(obj);
	return ret;
}
