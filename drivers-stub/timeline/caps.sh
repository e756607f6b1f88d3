#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# caps.sh DIR: compiler options that say of which drivers, below DIR, the private
# structures are as ids.c expects them: -DNAME=1 or -DNAME=0. Asked when the object
# is compiled, as helper/caps.sh.

dir=$1

# knows NAME HEADER LINE...: is each of these lines in the header?
knows()
{
	name=$1 header=$dir/$2 value=1
	shift 2
	for line; do
		grep -qs "^[[:space:]]*$line" "$header" || value=0
	done
	printf ' -D%s=%s' "$name" "$value"
}

knows TIMELINE_VIRTIO virtio/virtgpu_drv.h 'struct drm_gem_shmem_object base;' \
	'uint32_t hw_res_handle;' '#define gem_to_virtio_gpu_obj('
knows TIMELINE_PANFROST panfrost/panfrost_gem.h 'struct drm_gem_shmem_object base;' \
	'} mappings;' 'struct mutex lock;' 'struct drm_mm_node mmnode;'
knows TIMELINE_V3D v3d/v3d_drv.h 'struct drm_gem_shmem_object base;' \
	'struct drm_mm_node node;' '#define V3D_MMU_PAGE_SHIFT'
