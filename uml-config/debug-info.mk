# SPDX-License-Identifier: GPL-2.0-or-later
#
# GNU make reads this before each of the kernel's makefiles (MAKEFILES in the
# environment): debug information for gdb, for the code under test only. For the
# whole kernel it would cost a quarter more time to compile.
# CFLAGS_KERNEL is kbuild's variable for flags from outside, expanded per object.

override CFLAGS_KERNEL = $(if $(filter drivers/gpu/drm/drm_gem% \
	drivers/gpu/drm/drm_prime.o drivers/gpu/drm/panfrost/% \
	drivers/gpu/drm/virtio/% drivers/gpu/drm/vgem/% \
	drivers/gpu/drm/scheduler/% drivers/dma-buf/% mm/shmem.o mm/shrinker.o \
	mm/vmscan.o arch/um/drivers/shrinkbench/%,$@),-g)
