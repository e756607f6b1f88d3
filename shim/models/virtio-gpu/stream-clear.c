// SPDX-License-Identifier: GPL-2.0-or-later
/* CLEAR, of the framebuffer, and CLEAR_TEXTURE. */
#include "models/virtio-gpu/stream.h"

#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA

/* Bits of CLEAR's first word: depth, stencil, then a bit for each color target. */
#define CLEAR_DEPTH 1u
#define CLEAR_STENCIL 2u
#define CLEAR_COLOR(index) (4u << (index))

static void fill(GpuCommand *cmd G_GNUC_UNUSED, const GpuOp *op)
{
	const GpuRegion *r = &op->region;
	const uint32_t bpp = op->dst->bpp;

	for (uint64_t i = 0; i < r->layers * r->rows; i++) {
		uint8_t *at = op->dst->host + r->host +
			      i / r->rows * r->host_layer +
			      i % r->rows * r->host_row;

		for (uint64_t x = 0; x < r->row_len; x++) {
			uint8_t mask = op->pixel.mask[x % bpp];

			at[x] = (at[x] & ~mask) |
				(op->pixel.value[x % bpp] & mask);
		}
	}
	op->dst->execs++;
}

/* Fill @box of @res, which has host storage. */
static uint32_t add_fill(GpuStream *stream, GpuResource *res,
			 const struct virtio_gpu_box *box, uint32_t level,
			 GpuPixel pixel)
{
	GpuOp op = {.run = fill, .dst = res, .pixel = pixel};
	const char *why = gpu_box(res, box, level, &op.region);

	if (why)
		return gpu_stream_refuse(stream, "resource %u: %s", res->id,
					 why);
	gpu_use(stream->cmd, res);
	return gpu_stream_add(stream, op,
			      op.region.row_len * op.region.rows *
				      op.region.layers);
}

static uint32_t clear_surface(GpuStream *stream, const GpuSurface *surface,
			      GpuPixel pixel)
{
	GpuResource *res = surface->res;
	struct virtio_gpu_box box = {
		.z = surface->first,
		.w = MAX(res->width >> surface->level, 1u),
		.h = MAX(res->height >> surface->level, 1u),
		.d = surface->last - surface->first + 1,
	};

	return add_fill(stream, res, &box, surface->level, pixel);
}

/* Is it a surface that a clear can write to? */
static bool clearable(const GpuSurface *surface)
{
	return surface->res && surface->res->target != 0;
}

uint32_t gpu_stream_clear(GpuStream *stream)
{
	const uint32_t *words = stream->words;
	uint32_t buffers = words[1], code = OK;
	GpuSurface surface;
	double depth;

	for (unsigned int i = 0; i < GPU_TARGETS && code == OK; i++) {
		surface = gpu_stream_surface(stream, i);
		if (buffers & CLEAR_COLOR(i) && clearable(&surface))
			code = clear_surface(
				stream, &surface,
				gpu_format_color(surface.format, words + 2));
	}
	surface = gpu_stream_surface(stream, GPU_TARGETS);
	if (code != OK || !(buffers & (CLEAR_DEPTH | CLEAR_STENCIL)) ||
	    !clearable(&surface))
		return code;
	memcpy(&depth, words + 6, sizeof(depth));
	return clear_surface(
		stream, &surface,
		gpu_format_depth(surface.format, buffers & CLEAR_DEPTH, depth,
				 buffers & CLEAR_STENCIL, (uint8_t)words[8]));
}

/* The pixel is as it will be in memory. */
uint32_t gpu_stream_clear_texture(GpuStream *stream)
{
	struct virtio_gpu_box box = gpu_stream_box(stream, 3);
	uint32_t code = OK;
	GpuResource *res = gpu_stream_resource(stream, 1, &code);
	GpuPixel pixel;

	if (res)
		code = gpu_stream_host(stream, res);
	if (code != OK)
		return code;
	memcpy(pixel.value, stream->words + 9, sizeof(pixel.value));
	memset(pixel.mask, 0xff, sizeof(pixel.mask));
	return add_fill(stream, res, &box, stream->words[2], pixel);
}
