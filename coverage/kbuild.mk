# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which objects of the kernel are instrumented, those of the sources in the file
# SB_COV_FILES (from files.sh), and how. GNU make reads this
# before each of the kernel's makefiles (MAKEFILES in the environment), so that
# the kernel's tree stays as it is.
#
# CFLAGS_KERNEL is kbuild's variable for flags from outside. It is expanded per
# object, where $@ is that object; and since flags are part of each object's
# saved command, kbuild compiles again what enters or leaves the list, and
# nothing else.

sb-cov-objects := $(patsubst %.c,%.o,$(filter %.c,\
	$(shell cat $(SB_COV_FILES))))

# Trace points: only what the macros of a header expand to. The vDSO runs in
# processes, where counters cannot be.
sb-cov-never := drivers/gpu/drm/virtio/virtgpu_trace_points.o \
	arch/x86/um/vdso/%

# Atomic: an interrupt between load and store would lose counts. Loop
# optimisation would take the updates of counters out of loops. What is inlined
# early is so before it is instrumented: such a function would not be listed,
# nor the lines that only call it.
sb-cov-flags := -fprofile-arcs -ftest-coverage -fprofile-update=atomic \
	-fno-tree-loop-im -fno-early-inlining

override CFLAGS_KERNEL = $(if $(filter-out $(sb-cov-never),\
	$(filter $(sb-cov-objects),$@)),$(sb-cov-flags))
