#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# files.sh TREE: the files whose coverage is asked for, by their names in TREE,
# the private copy of the kernel: those that the series touches, and COV_FILES.
#
# COV_FILES	patterns and directories, with blanks between
# KERNEL, BASE	the series is BASE..HEAD of that git tree
#
# Without a series and COV_FILES it is the helpers and the two drivers.
. "$(dirname "$0")/lib.sh"

tree=$1
drivers='drivers/gpu/drm/drm_gem.c drivers/gpu/drm/drm_gem_shmem_helper.c
	drivers/gpu/drm/drm_prime.c include/drm/drm_gem.h
	include/drm/drm_gem_shmem_helper.h
	drivers/gpu/drm/panfrost drivers/gpu/drm/virtio'

series_range "$tree"
list=$(series_git diff --name-only --no-renames "$base" "$head")
wanted=${COV_FILES:-}
[ -n "$list$wanted" ] || wanted=$drivers
cd "$tree"
for pattern in $wanted; do
	[ ! -d "$pattern" ] || pattern="${pattern%/}/*.[ch]"
	for file in $pattern; do
		[ -f "$file" ] || die "COV_FILES: there is no $file in the" \
			"kernel's source; names are relative to its top"
		list="$list
$file"
	done
done
echo "$list" | grep '\.[ch]$' | sort -u | while read -r file; do
	[ ! -f "$file" ] || echo "$file"
done
