// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transfers in a stream: TRANSFER3D, between a resource's backing and its host storage;
 * COPY_TRANSFER3D, between the backing of one and the host storage of another;
 * RESOURCE_INLINE_WRITE, of data in the stream. And the result of a query, which the
 * host writes to the backing of the query's resource.
 */
#include "models/virtio-gpu/stream.h"

#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA

/* Words that the three have in common: resource, level, usage, strides, box. */
#define LEVEL 2
#define STRIDE 4
#define LAYER_STRIDE 5
#define BOX 6
#define DATA 12

#define TO_HOST 1
#define FROM_HOST 2
#define COPY_FROM_HOST 2u /* a flag */

/* RESOURCE_INLINE_WRITE */
static void write_inline(GpuCommand *cmd G_GNUC_UNUSED, const GpuOp *op)
{
	const GpuRegion *r = &op->region;
	const uint8_t *data = (const uint8_t *)(op->words + DATA);

	for (uint64_t i = 0; i < r->layers * r->rows; i++) {
		uint64_t z = i / r->rows, y = i % r->rows;

		memcpy(op->dst->host + r->host + z * r->host_layer +
			       y * r->host_row,
		       data + z * r->guest_layer + y * r->guest_row,
		       r->row_len);
	}
	op->dst->execs++;
}

static void to_host(GpuCommand *cmd, const GpuOp *op)
{
	gpu_region_copy(cmd->gpu, op->dst, op->src, &op->region, true);
}

static void from_host(GpuCommand *cmd, const GpuOp *op)
{
	gpu_region_copy(cmd->gpu, op->dst, op->src, &op->region, false);
}

/*
 * Add @op, whose .dst has the host's side. The other side has @size bytes, and begins
 * at byte @offset of it.
 */
static uint32_t add(GpuStream *stream, GpuOp op, uint64_t offset, uint64_t size)
{
	const uint32_t *words = stream->words;
	struct virtio_gpu_box box = gpu_stream_box(stream, BOX);
	const char *why =
		gpu_region(op.dst, &box, words[LEVEL], offset, words[STRIDE],
			   words[LAYER_STRIDE], size, &op.region);

	if (why)
		return gpu_stream_refuse(stream,
					 "resource %u box %u,%u,%u %ux%ux%u at "
					 "offset %" PRIu64 ": %s",
					 op.dst->id, box.x, box.y, box.z, box.w,
					 box.h, box.d, offset, why);
	return gpu_stream_add(stream, op,
			      op.region.row_len * op.region.rows *
				      op.region.layers);
}

/* The resource of the host's side, or NULL. */
static GpuResource *host_side(GpuStream *stream, uint32_t *code)
{
	GpuResource *res = gpu_stream_resource(stream, 1, code);

	if (res)
		*code = gpu_stream_host(stream, res);
	return *code == OK ? res : NULL;
}

uint32_t gpu_stream_inline_write(GpuStream *stream)
{
	uint32_t code = OK;
	GpuOp op = {.run = write_inline, .dst = host_side(stream, &code)};

	if (!op.dst)
		return code;
	return add(stream, op, 0, (stream->len + 1 - DATA) * sizeof(uint32_t));
}

uint32_t gpu_stream_transfer(GpuStream *stream)
{
	const uint32_t *words = stream->words;
	uint32_t code = OK;
	GpuOp op = {.dst = host_side(stream, &code)};

	if (!op.dst)
		return code;
	op.src = op.dst;
	code = gpu_stream_backing(stream, op.dst);
	if (code != OK)
		return code;
	if (words[13] != TO_HOST && words[13] != FROM_HOST)
		return gpu_stream_refuse(stream, "direction %u", words[13]);
	op.run = words[13] == TO_HOST ? to_host : from_host;
	return add(stream, op, words[12], op.src->backing_size);
}

uint32_t gpu_stream_copy_transfer(GpuStream *stream)
{
	const uint32_t *words = stream->words;
	uint32_t code = OK;
	GpuOp op = {.dst = host_side(stream, &code)};

	if (!op.dst)
		return code;
	op.src = gpu_stream_resource(stream, 12, &code);
	if (!op.src)
		return code;
	code = gpu_stream_backing(stream, op.src);
	if (code != OK)
		return code;
	op.run = words[14] & COPY_FROM_HOST ? from_host : to_host;
	return add(stream, op, words[13], op.src->backing_size);
}

/* struct virgl_host_query_state: that it is there, its size, and the result. */
static void write_result(GpuCommand *cmd, const GpuOp *op)
{
	static const uint32_t result[4] = {1, sizeof(uint64_t), 0, 0};

	gpu_stream_write(cmd, op->dst, true, op->region.guest, result,
			 sizeof(result));
	op->dst->execs++;
}

/* Nothing is rendered: all queries count 0. */
uint32_t gpu_stream_query_result(GpuStream *stream)
{
	uint32_t offset = 0, code;
	GpuResource *res = gpu_stream_query(stream, stream->words[1], &offset);
	GpuOp op = {.run = write_result, .dst = res, .region.guest = offset};

	if (!res)
		return gpu_stream_refuse(stream, "no query %u",
					 stream->words[1]);
	code = gpu_stream_backing(stream, res);
	if (code != OK)
		return code;
	if ((uint64_t)offset + 16 > res->backing_size)
		return gpu_stream_refuse(stream,
					 "16 bytes at %u of resource %u",
					 offset, res->id);
	gpu_use(stream->cmd, res);
	return gpu_stream_add(stream, op, 16);
}
