# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which objects of the kernel call drivers-stub/race/, those of the sources in the file
# SB_RACE_FILES (from race-files.sh), and how. GNU make reads this before each of the
# kernel's makefiles, after compiler-flags.mk.

sb-race-objects := $(patsubst %.c,%.o,$(filter %.c,$(shell cat $(SB_RACE_FILES)))) \
	arch/um/drivers/shrinkbench/helper/%

# Trace points: only what the macros of a header expand to.
sb-race-never := drivers/gpu/drm/virtio/virtgpu_trace_points.o

# A call at each block, and one where a function returns. The calls must be direct ones, by
# which race/sites.c knows a block. Tests name functions, so each keeps its name, and stays
# a function of its own unless it says "inline".
sb-race-flags := -fsanitize-coverage=trace-pc -mcmodel=small \
	-finstrument-functions -finstrument-functions-exclude-file-list=include/ \
	-fno-inline-functions -fno-inline-functions-called-once \
	-fno-inline-small-functions -fno-partial-inlining -fno-ipa-cp -fno-ipa-sra \
	-fno-ipa-icf -fno-reorder-blocks-and-partition -fno-optimize-sibling-calls

override CFLAGS_KERNEL += $(if $(filter-out $(sb-race-never),\
	$(filter $(sb-race-objects),$@)),$(sb-race-flags))
