// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands of a stream have in common. */
#include "models/virtio-gpu/stream.h"

#include <stdarg.h>
#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID

static const char *name(const GpuStream *stream)
{
	return stream->kind ? stream->kind->name : "command";
}

uint32_t gpu_stream_refuse(GpuStream *stream, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return gpu_refuse(stream->cmd, 0, BAD_PARAMETER, "word %u, %s: %s",
			  stream->at, name(stream), text);
}

uint32_t gpu_stream_misuse(GpuStream *stream, uint32_t id, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return gpu_misuse(stream->cmd, id, BAD_PARAMETER, "word %u, %s: %s",
			  stream->at, name(stream), text);
}

/* The resource @id if the context may use it; NULL: the stream fails with *code. */
static GpuResource *find_resource(GpuStream *stream, uint32_t id,
				  uint32_t *code)
{
	VirtioGpu *gpu = stream->cmd->gpu;
	GpuResource *res = gpu_resource_find(gpu, id);

	if (!res && (!id || id > gpu->highest)) {
		gpu_stream_refuse(stream, "unknown resource %u", id);
		*code = BAD_RESOURCE;
	} else if (!res) {
		gpu_stream_misuse(stream, id, "unknown resource %u", id);
		*code = BAD_RESOURCE;
	} else if (!g_hash_table_contains(res->contexts,
					  GUINT_TO_POINTER(stream->ctx->id))) {
		gpu_stream_misuse(stream, id,
				  "resource %u is not attached to the context",
				  id);
		*code = BAD_RESOURCE;
		res = NULL;
	}
	return res;
}

GpuResource *gpu_stream_resource(GpuStream *stream, unsigned int at,
				 uint32_t *code)
{
	GpuResource *res = find_resource(stream, stream->words[at], code);

	if (res)
		gpu_use(stream->cmd, res);
	return res;
}

uint32_t gpu_stream_check(GpuStream *stream, const GpuStreamKind *kind)
{
	uint32_t len = stream->len, code = OK, at = kind->resource_at;

	if (len < kind->min || (kind->max && len > kind->max) ||
	    (kind->step ? (len - kind->min) % kind->step : len > kind->min))
		return gpu_stream_refuse(stream, "%u words", len);
	for (uint32_t i = 0; at && at <= len && code == OK; i++) {
		if (stream->words[at])
			find_resource(stream, stream->words[at], &code);
		if (!kind->resource_step || i + 1 == kind->resources)
			break;
		at += kind->resource_step;
	}
	return code;
}

uint32_t gpu_stream_backing(GpuStream *stream, const GpuResource *res)
{
	if (res->backing && !res->detaching)
		return OK;
	if (res->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D)
		return gpu_stream_refuse(stream, "resource %u is a host blob",
					 res->id);
	return gpu_stream_misuse(stream, res->id,
				 "resource %u has no backing attached",
				 res->id);
}

uint32_t gpu_stream_host(GpuStream *stream, const GpuResource *res)
{
	if (res->host)
		return OK;
	return gpu_stream_refuse(stream, "resource %u has no host storage",
				 res->id);
}

struct virtio_gpu_box gpu_stream_box(const GpuStream *stream, unsigned int at)
{
	const uint32_t *words = stream->words + at;

	return (struct virtio_gpu_box){words[0], words[1], words[2],
				       words[3], words[4], words[5]};
}

uint32_t gpu_stream_add(GpuStream *stream, GpuOp op, uint64_t bytes)
{
	/* A guest must not keep the daemon busy for long. */
	if (bytes > GPU_EXEC_MAX - stream->work)
		return gpu_stream_refuse(stream,
					 "more than %" PRIu64 " bytes in all",
					 (uint64_t)GPU_EXEC_MAX);
	stream->work += bytes;
	op.words = stream->words;
	g_array_append_val(stream->cmd->ops, op);
	return OK;
}

void gpu_stream_read(GpuCommand *cmd, GpuResource *res, bool guest,
		     uint64_t offset, void *buf, uint64_t len)
{
	if (guest) {
		gpu_backing_check(cmd->gpu, res, offset, len);
		gpu_backing_read(cmd->gpu, res, offset, buf, len);
	} else {
		memcpy(buf, res->host + offset, len);
	}
}

void gpu_stream_write(GpuCommand *cmd, GpuResource *res, bool guest,
		      uint64_t offset, const void *buf, uint64_t len)
{
	if (guest) {
		gpu_backing_check(cmd->gpu, res, offset, len);
		gpu_backing_write(cmd->gpu, res, offset, buf, len);
	} else {
		memcpy(res->host + offset, buf, len);
	}
}
