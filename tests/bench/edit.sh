#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# edit.sh [TREE]: changes drm_gem_shmem_helper.c of the private copy, or of TREE, to what
# no cache of compilations has seen.
set -eu
for file in ${1:-build/src/*}/drivers/gpu/drm/drm_gem_shmem_helper.c; do
	sed -i '/^MODULE_INFO(bench, /d' "$file"
	echo "MODULE_INFO(bench, \"$(date +%s%N)\");" >>"$file"
done
