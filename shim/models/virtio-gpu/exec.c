// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VIRTIO_GPU_CMD_SUBMIT_3D: the command stream of protocol.h, instead of one for a
 * renderer. The whole stream is checked before any of it is executed.
 */
#include "models/virtio-gpu/gpu.h"

#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID

static const struct sb_exec *stream(const GpuCommand *cmd, size_t *count)
{
	*count = (cmd->request_len - sizeof(struct virtio_gpu_cmd_submit)) /
		 sizeof(struct sb_exec);
	return (const void *)(cmd->request +
			      sizeof(struct virtio_gpu_cmd_submit));
}

static uint64_t dst_len(const struct sb_exec *exec)
{
	return exec->op == SB_EXEC_CHECKSUM ? sizeof(uint64_t) : exec->len;
}

/* May the context use @len bytes at @offset of resource @id? OK or an error. */
static uint32_t check_range(GpuCommand *cmd, size_t index, uint32_t id,
			    bool guest, uint64_t offset, uint64_t len)
{
	GpuResource *res = gpu_resource_find(cmd->gpu, id);
	uint64_t size;

	if (!res)
		return gpu_misuse(cmd, id, BAD_RESOURCE,
				  "operation %zu: unknown resource %u", index,
				  id);
	if (!g_hash_table_contains(res->contexts,
				   GUINT_TO_POINTER(cmd->hdr.ctx_id)))
		return gpu_misuse(cmd, id, BAD_RESOURCE,
				  "operation %zu: resource %u is not attached "
				  "to the context",
				  index, id);
	if (guest && (!res->backing || res->detaching))
		return gpu_misuse(cmd, id, BAD_PARAMETER,
				  "operation %zu: resource %u has no backing "
				  "attached",
				  index, id);
	if (!guest && !res->host)
		return gpu_misuse(cmd, id, BAD_PARAMETER,
				  "operation %zu: resource %u has no host "
				  "storage",
				  index, id);
	size = guest ? res->backing_size : res->host_size;
	if (offset > size || len > size - offset)
		return gpu_misuse(cmd, id, BAD_PARAMETER,
				  "operation %zu: %" PRIu64 " bytes at %" PRIu64
				  " of resource %u, which has %" PRIu64,
				  index, len, offset, id, size);
	gpu_use(cmd, res);
	return OK;
}

static uint32_t check_exec(GpuCommand *cmd, size_t index,
			   const struct sb_exec *exec, uint64_t *work)
{
	const uint32_t flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	uint32_t code = OK;

	if (exec->op > SB_EXEC_CHECKSUM ||
	    exec->words != sizeof(*exec) / sizeof(uint32_t) ||
	    (exec->flags & ~flags) || exec->pad)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "operation %zu is malformed: op %u words %u "
				  "flags 0x%x pad 0x%x",
				  index, exec->op, exec->words, exec->flags,
				  exec->pad);
	if (exec->op == SB_EXEC_NOP)
		return OK;
	/* A guest must not keep the daemon busy for long. */
	if (exec->len > GPU_EXEC_MAX - *work)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "operation %zu: more than %" PRIu64
				  " bytes in all",
				  index, (uint64_t)GPU_EXEC_MAX);
	*work += exec->len;
	if (exec->op != SB_EXEC_FILL)
		code = check_range(cmd, index, exec->src_res,
				   exec->flags & SB_EXEC_SRC_GUEST,
				   exec->src_off, exec->len);
	if (code == OK)
		code = check_range(cmd, index, exec->dst_res,
				   exec->flags & SB_EXEC_DST_GUEST,
				   exec->dst_off, dst_len(exec));
	return code;
}

uint32_t gpu_exec_accept(GpuCommand *cmd)
{
	const struct virtio_gpu_cmd_submit *req =
		GPU_REQUEST(cmd, virtio_gpu_cmd_submit);
	GpuContext *ctx = g_hash_table_lookup(
		cmd->gpu->contexts, GUINT_TO_POINTER(cmd->hdr.ctx_id));
	const struct sb_exec *execs;
	uint64_t work = 0;
	uint32_t code = OK;
	size_t count;

	if (!ctx)
		return gpu_misuse(cmd, 0,
				  VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
				  "unknown context");
	if (req->size != cmd->request_len - sizeof(*req) ||
	    req->size % sizeof(*execs))
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "stream of %u bytes in %zu", req->size,
				  cmd->request_len - sizeof(*req));
	ctx->submits++;
	execs = stream(cmd, &count);
	for (size_t i = 0; i < count && code == OK; i++)
		code = check_exec(cmd, i, &execs[i], &work);
	return code;
}

static void read_bytes(GpuCommand *cmd, GpuResource *res, bool guest,
		       uint64_t offset, void *buf, uint64_t len)
{
	if (guest) {
		gpu_backing_check(cmd->gpu, res, offset, len);
		gpu_backing_read(cmd->gpu, res, offset, buf, len);
	} else {
		memcpy(buf, res->host + offset, len);
	}
}

static void write_bytes(GpuCommand *cmd, GpuResource *res, bool guest,
			uint64_t offset, const void *buf, uint64_t len)
{
	if (guest) {
		gpu_backing_check(cmd->gpu, res, offset, len);
		gpu_backing_write(cmd->gpu, res, offset, buf, len);
	} else {
		memcpy(res->host + offset, buf, len);
	}
}

static uint64_t fnv1a(const uint8_t *buf, uint64_t len)
{
	uint64_t hash = SB_FNV_OFFSET;

	for (uint64_t i = 0; i < len; i++)
		hash = (hash ^ buf[i]) * SB_FNV_PRIME;
	return hash;
}

/* The resource that @id named when the command was accepted. */
static GpuResource *used(const GpuCommand *cmd, uint32_t id)
{
	for (guint i = 0; i < cmd->uses->len; i++) {
		GpuResource *res = cmd->uses->pdata[i];

		if (res->id == id)
			return res;
	}
	g_assert_not_reached();
}

static void run(GpuCommand *cmd, const struct sb_exec *exec)
{
	GpuResource *src, *dst = used(cmd, exec->dst_res);
	/* Read the whole source first: source and target may overlap. */
	g_autofree uint8_t *buf = g_malloc0(exec->len + 1);
	uint64_t hash;

	if (exec->op == SB_EXEC_FILL) {
		for (uint64_t i = 0; i < exec->len; i++)
			buf[i] = exec->pattern >> i % 4 * 8;
	} else {
		src = used(cmd, exec->src_res);
		src->execs++;
		read_bytes(cmd, src, exec->flags & SB_EXEC_SRC_GUEST,
			   exec->src_off, buf, exec->len);
	}
	dst->execs++;
	if (exec->op == SB_EXEC_CHECKSUM) {
		hash = fnv1a(buf, exec->len);
		write_bytes(cmd, dst, exec->flags & SB_EXEC_DST_GUEST,
			    exec->dst_off, &hash, sizeof(hash));
	} else {
		write_bytes(cmd, dst, exec->flags & SB_EXEC_DST_GUEST,
			    exec->dst_off, buf, exec->len);
	}
}

uint32_t gpu_exec_complete(GpuCommand *cmd)
{
	size_t count;
	const struct sb_exec *execs = stream(cmd, &count);

	for (size_t i = 0; i < count; i++)
		if (execs[i].op != SB_EXEC_NOP)
			run(cmd, &execs[i]);
	return OK;
}
