/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capsets: what a renderer can do, in the layout that virgl drivers know. */
#ifndef SHIM_VIRTIO_GPU_CAPS_H
#define SHIM_VIRTIO_GPU_CAPS_H

#include <stdint.h>

#define GPU_CAPSETS 2u
#define GPU_CAPSET_SIZE_MAX 1408u

/**
 * GpuCapset - a capset of the device
 *
 * @id: VIRTIO_GPU_CAPSET_*
 * @version: the latest
 * @size: bytes
 */
typedef struct {
	uint32_t id, version, size;
} GpuCapset;

/* By index, as in GET_CAPSET_INFO. */
extern const GpuCapset gpu_capsets[GPU_CAPSETS];

/* The capset @id, or NULL. */
const GpuCapset *gpu_capset_find(uint32_t id);

/* Write the content of @capset, .size bytes, to @buf. */
void gpu_capset_fill(const GpuCapset *capset, void *buf);

#endif
