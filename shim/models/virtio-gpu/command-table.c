// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands (command-table.h), and the names that fault rules can use. */
#include "models/virtio-gpu/gpu.h"

#include <stddef.h>

#define ALWAYS -1
#define RES(type) offsetof(struct type, resource_id)

#define KIND(name_, type_, feature_, accept_, ...)                             \
	{.type = VIRTIO_GPU_CMD_##name_,                                       \
	 .name = #name_,                                                       \
	 .size = sizeof(struct type_),                                         \
	 .feature = feature_,                                                  \
	 .accept = accept_,                                                    \
	 __VA_ARGS__},

const GpuKind gpu_kinds[] = {GPU_KINDS(KIND)};

#define FAULT_KIND(name_, ...) {.name = #name_},

const DeviceKind gpu_fault_kinds[] = {GPU_KINDS(FAULT_KIND){.name = NULL}};
