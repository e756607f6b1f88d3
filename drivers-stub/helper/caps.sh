#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# caps.sh DIR: compiler options that say what the drm-shmem helpers, whose
# headers are in DIR, have: -DNAME=1 or -DNAME=0. Asked when an object is
# compiled, not when a makefile is read, so that it is right after any edit of
# a header.

dir=$1

has()
{
	if grep -qs "$3" "$dir/$2"; then
		printf ' -D%s=1' "$1"
	else
		printf ' -D%s=0' "$1"
	fi
}

helper=drm_gem_shmem_helper.h
has HELPER_DATE drm_drv.h 'char \*date;'
has HELPER_LOCKED_NAMES $helper 'drm_gem_shmem_vmap_locked('
has HELPER_SGT_LOCKED $helper 'drm_gem_shmem_get_pages_sgt_locked('
has HELPER_SGT_FLAG $helper 'got_pages_sgt'
has HELPER_PIN_COUNT $helper 'pages_pin_count;'
# The last step of what makes references lockless. On 7.3, with refcount_t, it
# adds no name to the header.
has HELPER_LOCKLESS $helper 'kref vmap_use_count;\|Only the first and the last user'
has HELPER_SHRINKER $helper 'drmm_gem_shmem_init('
has HELPER_DEVICE_LRU_LOCK drm_device.h 'struct mutex gem_lru_mutex;'
