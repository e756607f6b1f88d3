/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats of pixels that the device knows: numbers of enum virgl_formats, of which
 * <linux/virtio_gpu.h> has a part. All are uncompressed: a pixel is a block.
 */
#ifndef SHIM_VIRTIO_GPU_FORMAT_H
#define SHIM_VIRTIO_GPU_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define GPU_PIXEL_MAX 16u /* bytes of the largest pixel */
#define GPU_FORMAT_WORDS 16u /* of a set of formats, a bit each */

/* What a format can be used for. */
enum {
	GPU_FORMAT_SAMPLER = 1,
	GPU_FORMAT_TARGET = 2,
	GPU_FORMAT_DEPTH = 4,
	GPU_FORMAT_SCANOUT = 8,
};

/* GpuPixel - bytes of a pixel to write, and which of their bits */
typedef struct {
	uint8_t value[GPU_PIXEL_MAX];
	uint8_t mask[GPU_PIXEL_MAX];
} GpuPixel;

/* Bytes of a pixel of @format, 0 if it is not known. */
uint32_t gpu_format_bpp(uint32_t format);

/* Set the bits of all formats with one of the uses @use. */
void gpu_format_set(uint32_t set[GPU_FORMAT_WORDS], unsigned int use);

/*
 * The pixel of a color: red, green, blue and alpha as the bits of float, or of
 * integers for integer formats. @format must be known.
 */
GpuPixel gpu_format_color(uint32_t format, const uint32_t rgba[4]);

/*
 * The pixel of @depth (0 to 1), if @with_depth, and @stencil, if @with_stencil: the
 * mask leaves the other alone. @format must be known.
 */
GpuPixel gpu_format_depth(uint32_t format, bool with_depth, double depth,
			  bool with_stencil, uint8_t stencil);

#endif
