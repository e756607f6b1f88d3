// SPDX-License-Identifier: GPL-2.0-or-later
/* VIRTIO_GPU_CMD_SUBMIT_3D: walks the stream, and runs what it has found. */
#include "models/virtio-gpu/stream.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER

static const GpuStreamKind *find_kind(uint32_t header)
{
	const GpuStreamKind *kind = gpu_stream_kind(header & 0xff);

	return kind && kind->objects ? gpu_stream_object(header >> 8 & 0xff)
				     : kind;
}

static uint32_t accept_command(GpuStream *stream)
{
	uint32_t code;

	stream->kind = find_kind(stream->words[0]);
	if (!stream->kind)
		return gpu_stream_refuse(stream, "unknown, header 0x%x",
					 stream->words[0]);
	code = gpu_stream_check(stream, stream->kind);
	if (code == OK && stream->kind->accept)
		code = stream->kind->accept(stream);
	return code;
}

static uint32_t walk(GpuStream *stream, uint32_t count)
{
	const uint32_t *words = stream->words;
	uint32_t code = OK;

	for (; stream->at < count && code == OK;
	     stream->at += 1 + stream->len) {
		uint32_t left = count - stream->at - 1;

		stream->kind = NULL;
		stream->words = words + stream->at;
		stream->len = stream->words[0] >> 16;
		if (stream->len > left)
			return gpu_stream_refuse(stream,
						 "%u words, but %u are left",
						 stream->len, left);
		code = accept_command(stream);
	}
	return code;
}

uint32_t gpu_exec_accept(GpuCommand *cmd)
{
	const struct virtio_gpu_cmd_submit *req =
		GPU_REQUEST(cmd, virtio_gpu_cmd_submit);
	GpuStream stream = {
		.cmd = cmd,
		.ctx = g_hash_table_lookup(cmd->gpu->contexts,
					   GUINT_TO_POINTER(cmd->hdr.ctx_id)),
		.words = (const uint32_t *)(req + 1),
	};
	uint32_t code;

	if (!stream.ctx)
		return gpu_misuse(cmd, 0,
				  VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
				  "unknown context");
	if (req->size != cmd->request_len - sizeof(*req))
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "stream of %u bytes in %zu", req->size,
				  cmd->request_len - sizeof(*req));
	if (req->size % sizeof(uint32_t))
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "stream of %u bytes, not whole words",
				  req->size);
	stream.ctx->submits++;
	cmd->ops = g_array_new(FALSE, FALSE, sizeof(GpuOp));
	code = walk(&stream, req->size / sizeof(uint32_t));
	if (code != OK)
		g_array_set_size(cmd->ops, 0);
	return code;
}

uint32_t gpu_exec_complete(GpuCommand *cmd)
{
	for (guint i = 0; i < cmd->ops->len; i++) {
		const GpuOp *op = &g_array_index(cmd->ops, GpuOp, i);

		op->run(cmd, op);
	}
	return OK;
}
