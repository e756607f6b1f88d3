# SPDX-License-Identifier: GPL-2.0-or-later
#
# GNU make reads this before each of the kernel's makefiles (MAKEFILES in the
# environment). CFLAGS_KERNEL is kbuild's variable for flags from outside, expanded
# per object ($@).
#
# Debug information for gdb, for the code under test only: for the whole kernel it
# would cost a quarter more time to compile.
#
# A kernel that is compiled for size, because that takes a sixth less time, is still
# compiled for speed where tests spend their time.

override CFLAGS_KERNEL = $(if $(filter drivers/gpu/drm/drm_gem% \
	drivers/gpu/drm/drm_prime.o drivers/gpu/drm/lima/% \
	drivers/gpu/drm/panfrost/% drivers/gpu/drm/v3d/% drivers/gpu/drm/virtio/% drivers/gpu/drm/vgem/% \
	drivers/gpu/drm/scheduler/% drivers/dma-buf/% mm/shmem.o mm/shrinker.o \
	mm/vmscan.o arch/um/drivers/shrinkbench/%,$@),-g) \
	$(if $(CONFIG_CC_OPTIMIZE_FOR_SIZE),$(if $(filter kernel/locking/% \
	kernel/rcu/% kernel/sched/% mm/% lib/% arch/um/%,$@),-O2))
