// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of tests in a stream, struct sb_exec of protocol.h. */
#include "models/virtio-gpu/stream.h"

#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA

/* Its 64-bit members need not be aligned in the stream. */
static struct sb_exec exec_of(const uint32_t *words)
{
	struct sb_exec exec;

	memcpy(&exec, words, sizeof(exec));
	return exec;
}

static uint64_t dst_len(const struct sb_exec *exec)
{
	return exec->op == SB_EXEC_CHECKSUM ? sizeof(uint64_t) : exec->len;
}

/* Words of struct sb_exec. */
#define SRC (offsetof(struct sb_exec, src_res) / sizeof(uint32_t))
#define DST (offsetof(struct sb_exec, dst_res) / sizeof(uint32_t))

/*
 * The resource in word @at, if the context may use @len bytes at @offset of it; or NULL
 * and an error in *code.
 */
static GpuResource *range(GpuStream *stream, unsigned int at, bool guest,
			  uint64_t offset, uint64_t len, uint32_t *code)
{
	GpuResource *res = gpu_stream_resource(stream, at, code);
	uint64_t size;

	if (!res)
		return NULL;
	*code = guest ? gpu_stream_backing(stream, res)
		      : gpu_stream_host(stream, res);
	if (*code != OK)
		return NULL;
	size = guest ? res->backing_size : res->host_size;
	if (offset > size || len > size - offset) {
		*code = gpu_stream_refuse(stream,
					  "%" PRIu64 " bytes at %" PRIu64
					  " of resource %u, which has %" PRIu64,
					  len, offset, res->id, size);
		return NULL;
	}
	return res;
}

static uint64_t fnv1a(const uint8_t *buf, uint64_t len)
{
	uint64_t hash = SB_FNV_OFFSET;

	for (uint64_t i = 0; i < len; i++)
		hash = (hash ^ buf[i]) * SB_FNV_PRIME;
	return hash;
}

static void run(GpuCommand *cmd, const GpuOp *op)
{
	const struct sb_exec exec = exec_of(op->words);
	bool to_guest = exec.flags & SB_EXEC_DST_GUEST;
	/* Read the whole source first: source and target may overlap. */
	g_autofree uint8_t *buf = g_malloc0(exec.len + 1);
	uint64_t hash;

	if (op->src) {
		op->src->execs++;
		gpu_stream_read(cmd, op->src, exec.flags & SB_EXEC_SRC_GUEST,
				exec.src_off, buf, exec.len);
	} else {
		for (uint64_t i = 0; i < exec.len; i++)
			buf[i] = exec.pattern >> i % 4 * 8;
	}
	op->dst->execs++;
	if (exec.op == SB_EXEC_CHECKSUM) {
		hash = fnv1a(buf, exec.len);
		gpu_stream_write(cmd, op->dst, to_guest, exec.dst_off, &hash,
				 sizeof(hash));
	} else {
		gpu_stream_write(cmd, op->dst, to_guest, exec.dst_off, buf,
				 exec.len);
	}
}

uint32_t gpu_stream_exec(GpuStream *stream)
{
	const uint32_t flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	const struct sb_exec exec = exec_of(stream->words);
	uint32_t code = OK;
	GpuOp op = {.run = run};

	if (exec.op != stream->kind->number || (exec.flags & ~flags) ||
	    exec.pad)
		return gpu_stream_refuse(stream, "op 0x%x flags 0x%x pad 0x%x",
					 exec.op, exec.flags, exec.pad);
	if (exec.op == SB_EXEC_NOP)
		return OK;
	if (exec.op != SB_EXEC_FILL)
		op.src = range(stream, SRC, exec.flags & SB_EXEC_SRC_GUEST,
			       exec.src_off, exec.len, &code);
	if (code == OK)
		op.dst = range(stream, DST, exec.flags & SB_EXEC_DST_GUEST,
			       exec.dst_off, dst_len(&exec), &code);
	return code == OK ? gpu_stream_add(stream, op, exec.len) : code;
}
