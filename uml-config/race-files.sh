#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# race-files.sh TREE: prints the files that the race variant instruments: those that the
# series touches, as for coverage, and the code around them that takes part in the same races.
set -eu

drm=drivers/gpu/drm dma=drivers/dma-buf
COV_FILES="$drm/drm_gem.c $drm/drm_gem_shmem_helper.c $drm/drm_prime.c $drm/scheduler
	$drm/virtio $drm/panfrost $drm/lima $drm/v3d $dma/dma-buf.c $dma/dma-fence.c $dma/dma-resv.c
	$dma/udmabuf.c lib/refcount.c" \
	exec "${0%/*}/../coverage/files.sh" "$1"
