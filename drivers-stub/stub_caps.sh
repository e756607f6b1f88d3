#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# stub_caps.sh DIR: compiler options that say what the drm-shmem helpers, whose
# headers are in DIR, have. Asked when an object is compiled, not when a makefile
# is read, so that it is right after any edit of a header.

has()
{
	if grep -qs "$2" "$dir/$3"; then
		printf ' -D%s' "$1"
	fi
}

dir=$1
has STUB_HAS_DATE 'char \*date;' drm_drv.h
has STUB_HAS_LOCKED_NAMES 'drm_gem_shmem_vmap_locked(' drm_gem_shmem_helper.h
has STUB_HAS_SGT_LOCKED 'drm_gem_shmem_get_pages_sgt_locked(' \
	drm_gem_shmem_helper.h
has STUB_HAS_SGT_FLAG 'got_pages_sgt' drm_gem_shmem_helper.h
has STUB_HAS_PIN_COUNT 'pages_pin_count;' drm_gem_shmem_helper.h
# Changed last of what makes references lockless.
has STUB_HAS_LOCKLESS 'kref vmap_use_count;' drm_gem_shmem_helper.h
has STUB_HAS_SHRINKER 'drmm_gem_shmem_init(' drm_gem_shmem_helper.h
