// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RESOURCE_COPY_REGION, from resource to resource, and BLIT, which can scale and flip
 * as well. Pixels are copied as they are, without conversion or filter. The bytes of a
 * guest blob are its pages.
 */
#include "models/virtio-gpu/stream.h"

#include <stdlib.h>
#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA

static void copy_rows(GpuCommand *cmd, const GpuOp *op, uint8_t *buf,
		      bool write)
{
	const GpuRegion *r = &op->region;

	for (uint64_t i = 0; i < r->layers * r->rows; i++, buf += r->row_len) {
		uint64_t z = i / r->rows, y = i % r->rows;

		if (write)
			gpu_stream_write(cmd, op->dst, !op->dst->host,
					 r->host + z * r->host_layer +
						 y * r->host_row,
					 buf, r->row_len);
		else
			gpu_stream_read(cmd, op->src, !op->src->host,
					r->guest + z * r->guest_layer +
						y * r->guest_row,
					buf, r->row_len);
	}
}

/* The whole source is read first: source and target may overlap. */
static void copy(GpuCommand *cmd, const GpuOp *op)
{
	g_autofree uint8_t *buf = g_malloc0(
		op->region.row_len * op->region.rows * op->region.layers);

	copy_rows(cmd, op, buf, false);
	copy_rows(cmd, op, buf, true);
	op->src->execs++;
	op->dst->execs++;
}

/* Can the host get at the bytes of @res? A guest blob has only backing. */
static uint32_t check_bytes(GpuStream *stream, const GpuResource *res)
{
	return res->host ? OK : gpu_stream_backing(stream, res);
}

/* Word @at names a resource of which the host can get at the bytes, or NULL. */
static GpuResource *resource_with_bytes(GpuStream *stream, unsigned int at,
					uint32_t *code)
{
	GpuResource *res = gpu_stream_resource(stream, at, code);

	if (res)
		*code = check_bytes(stream, res);
	return *code == OK ? res : NULL;
}

/* The part of @region that is the source's, given as the host part of @from. */
static void set_source(GpuRegion *region, const GpuRegion *from)
{
	region->guest = from->host;
	region->guest_row = from->host_row;
	region->guest_layer = from->host_layer;
}

/* Set the regions of @op, whose resources are set; OK_NODATA or an error. */
static uint32_t find_boxes(GpuStream *stream, GpuOp *op,
			   const struct virtio_gpu_box *dst, uint32_t dst_level,
			   const struct virtio_gpu_box *src, uint32_t src_level)
{
	GpuRegion from;
	const char *why;

	if (op->src->bpp != op->dst->bpp)
		return gpu_stream_refuse(stream,
					 "pixels of %u bytes to %u bytes",
					 op->src->bpp, op->dst->bpp);
	why = gpu_box(op->dst, dst, dst_level, &op->region);
	if (!why)
		why = gpu_box(op->src, src, src_level, &from);
	if (why)
		return gpu_stream_refuse(stream, "resources %u, %u: %s",
					 op->dst->id, op->src->id, why);
	set_source(&op->region, &from);
	return OK;
}

uint32_t gpu_stream_copy_region(GpuStream *stream)
{
	const uint32_t *words = stream->words;
	struct virtio_gpu_box src = gpu_stream_box(stream, 8);
	struct virtio_gpu_box dst = {words[3], words[4], words[5],
				     src.w,    src.h,	 src.d};
	uint32_t code = OK;
	GpuOp op = {.run = copy};

	op.dst = resource_with_bytes(stream, 1, &code);
	if (op.dst)
		op.src = resource_with_bytes(stream, 6, &code);
	if (code == OK)
		code = find_boxes(stream, &op, &dst, words[2], &src, words[7]);
	if (code != OK)
		return code;
	return gpu_stream_add(stream, op,
			      op.region.row_len * op.region.rows *
				      op.region.layers);
}

/* Words of BLIT: the box of the target, and that of the source. */
#define BLIT_DST 7
#define BLIT_SRC 16

/* @count pixels from @start on; backwards if the box says so. */
typedef struct {
	int64_t start, count;
	bool backwards;
} Span;

static Span span(uint32_t start, uint32_t size)
{
	int32_t count = (int32_t)size;

	return (Span){(int64_t)(int32_t)start + MIN(count, 0),
		      llabs((long long)count), count < 0};
}

/* The pixel of @src that is nearest to pixel @i of @dst. */
static uint64_t nearest(const Span *dst, const Span *src, uint64_t i)
{
	uint64_t from =
		(2 * i + 1) * (uint64_t)src->count / (2 * (uint64_t)dst->count);

	return dst->backwards == src->backwards
		       ? from
		       : (uint64_t)src->count - 1 - from;
}

static void blit(GpuCommand *cmd, const GpuOp *op)
{
	const GpuRegion *r = &op->region;
	const uint32_t bpp = op->dst->bpp;
	Span dst[3], src[3];
	uint8_t pixel[GPU_PIXEL_MAX];

	for (unsigned int i = 0; i < 3; i++) {
		dst[i] = span(op->words[BLIT_DST + i],
			      op->words[BLIT_DST + 3 + i]);
		src[i] = span(op->words[BLIT_SRC + i],
			      op->words[BLIT_SRC + 3 + i]);
	}
	for (uint64_t z = 0; z < r->layers; z++)
		for (uint64_t y = 0; y < r->rows; y++)
			for (uint64_t x = 0; x < r->row_len / bpp; x++) {
				uint64_t from =
					r->guest +
					nearest(&dst[2], &src[2], z) *
						r->guest_layer +
					nearest(&dst[1], &src[1], y) *
						r->guest_row +
					nearest(&dst[0], &src[0], x) * bpp;

				gpu_stream_read(cmd, op->src, false, from,
						pixel, bpp);
				gpu_stream_write(cmd, op->dst, false,
						 r->host + z * r->host_layer +
							 y * r->host_row +
							 x * bpp,
						 pixel, bpp);
			}
	op->src->execs++;
	op->dst->execs++;
}

static struct virtio_gpu_box box_of(const GpuStream *stream, unsigned int at)
{
	Span x = span(stream->words[at], stream->words[at + 3]);
	Span y = span(stream->words[at + 1], stream->words[at + 4]);
	Span z = span(stream->words[at + 2], stream->words[at + 5]);

	return (struct virtio_gpu_box){(uint32_t)x.start, (uint32_t)y.start,
				       (uint32_t)z.start, (uint32_t)x.count,
				       (uint32_t)y.count, (uint32_t)z.count};
}

/* Pixels of another size would have to be converted; such a target stays as it is. */
uint32_t gpu_stream_blit(GpuStream *stream)
{
	struct virtio_gpu_box dst = box_of(stream, BLIT_DST);
	struct virtio_gpu_box src = box_of(stream, BLIT_SRC);
	uint32_t code = OK;
	GpuOp op = {.run = blit};

	op.dst = gpu_stream_resource(stream, 4, &code);
	if (op.dst)
		op.src = gpu_stream_resource(stream, 13, &code);
	if (code == OK)
		code = gpu_stream_host(stream, op.dst);
	if (code == OK)
		code = gpu_stream_host(stream, op.src);
	if (code != OK || op.src->bpp != op.dst->bpp)
		return code;
	code = find_boxes(stream, &op, &dst, stream->words[5], &src,
			  stream->words[14]);
	if (code != OK)
		return code;
	/* A pixel costs more than its bytes. */
	return gpu_stream_add(stream, op,
			      op.region.row_len * op.region.rows *
				      op.region.layers * 8);
}
