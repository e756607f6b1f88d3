// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands of the display: outputs, scanouts, flushes, cursor. The kernel does not check
 * that a framebuffer fits into its BO, so a rectangle that does not is refused, and no
 * violation.
 */
#include "models/virtio-gpu/gpu.h"

#include <string.h>

#include "models/virtio-gpu/format.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define BAD_SCANOUT VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID

uint32_t gpu_get_display_info(GpuCommand *cmd)
{
	struct virtio_gpu_resp_display_info info = {0};
	uint32_t code = gpu_check_response(cmd, sizeof(info));

	if (code != OK)
		return code;
	for (uint32_t i = 0; i < GPU_SCANOUTS; i++) {
		info.pmodes[i].r.width = GPU_WIDTH;
		info.pmodes[i].r.height = GPU_HEIGHT;
		info.pmodes[i].enabled = !cmd->gpu->unplugged;
	}
	return gpu_reply(cmd, VIRTIO_GPU_RESP_OK_DISPLAY_INFO, &info,
			 sizeof(info));
}

uint32_t gpu_get_edid(GpuCommand *cmd)
{
	const struct virtio_gpu_cmd_get_edid *req =
		GPU_REQUEST(cmd, virtio_gpu_cmd_get_edid);
	struct virtio_gpu_resp_edid edid = {.size = GPU_EDID_SIZE};
	uint32_t code = gpu_check_response(cmd, sizeof(edid));

	if (code != OK)
		return code;
	if (req->scanout >= GPU_SCANOUTS)
		return gpu_misuse(cmd, 0, BAD_SCANOUT, "unknown scanout %u",
				  req->scanout);
	gpu_edid(edid.edid);
	return gpu_reply(cmd, VIRTIO_GPU_RESP_OK_EDID, &edid, sizeof(edid));
}

static bool rect_within(const struct virtio_gpu_rect *r, uint32_t width,
			uint32_t height)
{
	return r->width && r->height && (uint64_t)r->x + r->width <= width &&
	       (uint64_t)r->y + r->height <= height;
}

static void set_scanout_off(GpuScanout *scanout)
{
	scanout->resource = 0;
	memset(&scanout->rect, 0, sizeof(scanout->rect));
	scanout->width = scanout->height = scanout->stride = 0;
	scanout->offset = scanout->format = 0;
}

/*
 * The scanout @id, and in *res the resource that it is to show. NULL: the command
 * fails with *code. Resource 0 switches the scanout off.
 */
static GpuScanout *named_scanout(GpuCommand *cmd, uint32_t id,
				 uint32_t resource_id, GpuResource **res,
				 uint32_t *code)
{
	GpuScanout *scanout;

	if (id >= GPU_SCANOUTS) {
		*code = gpu_misuse(cmd, 0, BAD_SCANOUT, "unknown scanout %u",
				   id);
		return NULL;
	}
	scanout = &cmd->gpu->scanouts[id];
	if (!resource_id) {
		set_scanout_off(scanout);
		return NULL;
	}
	*res = gpu_named_resource(cmd, resource_id, code);
	return *res ? scanout : NULL;
}

uint32_t gpu_set_scanout(GpuCommand *cmd)
{
	const struct virtio_gpu_set_scanout *req =
		GPU_REQUEST(cmd, virtio_gpu_set_scanout);
	uint32_t code = OK;
	GpuResource *res;
	GpuScanout *scanout = named_scanout(cmd, req->scanout_id,
					    req->resource_id, &res, &code);

	if (!scanout)
		return code;
	if (res->kind == GPU_BLOB)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "blob, which needs SET_SCANOUT_BLOB");
	if (!rect_within(&req->r, res->width, res->height))
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "%ux%u+%u+%u lies outside the resource",
				  req->r.width, req->r.height, req->r.x,
				  req->r.y);
	set_scanout_off(scanout);
	scanout->resource = res->id;
	scanout->rect = req->r;
	scanout->width = res->width;
	scanout->height = res->height;
	scanout->stride = res->width * res->bpp;
	scanout->format = res->format;
	res->scanouts++;
	return OK;
}

uint32_t gpu_set_scanout_blob(GpuCommand *cmd)
{
	const struct virtio_gpu_set_scanout_blob *req =
		GPU_REQUEST(cmd, virtio_gpu_set_scanout_blob);
	uint64_t bpp = gpu_format_bpp(req->format), end;
	uint32_t code = OK;
	GpuResource *res;
	GpuScanout *scanout = named_scanout(cmd, req->scanout_id,
					    req->resource_id, &res, &code);

	if (!scanout)
		return code;
	if (res->kind != GPU_BLOB)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "no blob, which needs SET_SCANOUT");
	if (!bpp)
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "unknown format %u",
				  req->format);
	if (!rect_within(&req->r, req->width, req->height) ||
	    req->strides[0] < req->width * bpp)
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "%ux%u+%u+%u of %ux%u, stride %u",
				  req->r.width, req->r.height, req->r.x,
				  req->r.y, req->width, req->height,
				  req->strides[0]);
	end = req->offsets[0] + (req->height - 1) * (uint64_t)req->strides[0] +
	      req->width * bpp;
	if (end > res->host_size)
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "%" PRIu64 " bytes of a blob of %" PRIu64,
				  end, res->host_size);
	set_scanout_off(scanout);
	scanout->resource = res->id;
	scanout->rect = req->r;
	scanout->width = req->width;
	scanout->height = req->height;
	scanout->stride = req->strides[0];
	scanout->offset = req->offsets[0];
	scanout->format = req->format;
	res->scanouts++;
	return OK;
}

/* The scanout that shows @res, or NULL. */
static const GpuScanout *scanout_of(const VirtioGpu *gpu,
				    const GpuResource *res)
{
	for (uint32_t i = 0; i < GPU_SCANOUTS; i++)
		if (gpu->scanouts[i].resource == res->id)
			return &gpu->scanouts[i];
	return NULL;
}

uint32_t gpu_flush(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_flush *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_flush);
	uint32_t width, height, code = OK;
	GpuResource *res = gpu_named_resource(cmd, req->resource_id, &code);
	const GpuScanout *scanout;

	if (!res)
		return code;
	width = res->width;
	height = res->height;
	if (res->kind == GPU_BLOB) {
		/*
		 * Without a scanout, a blob has no rows, and the flush has no
		 * effect.
		 */
		scanout = scanout_of(cmd->gpu, res);
		if (!scanout)
			return OK;
		width = scanout->width;
		height = scanout->height;
	}
	if (!rect_within(&req->r, width, height))
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "%ux%u+%u+%u lies outside %ux%u",
				  req->r.width, req->r.height, req->r.x,
				  req->r.y, width, height);
	res->flushes++;
	/* Host storage belongs to the device: it need not be read at completion. */
	if (res->host)
		return OK;
	code = gpu_check_backing(cmd, res);
	if (code == OK)
		gpu_use(cmd, res);
	return code;
}

/* A guest blob is shown from its pages, so a flush reads them. */
uint32_t gpu_flush_complete(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_flush *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_flush);
	const GpuScanout *scanout;
	GpuResource *res;
	uint64_t bpp, at;

	if (!cmd->uses->len)
		return OK;
	res = cmd->uses->pdata[0];
	scanout = scanout_of(cmd->gpu, res);
	if (!scanout || !rect_within(&req->r, scanout->width, scanout->height))
		return OK;
	bpp = gpu_format_bpp(scanout->format);
	at = scanout->offset + (uint64_t)req->r.y * scanout->stride +
	     req->r.x * bpp;
	gpu_backing_check(cmd->gpu, res, at,
			  (req->r.height - 1) * (uint64_t)scanout->stride +
				  req->r.width * bpp);
	return OK;
}

uint32_t gpu_update_cursor(GpuCommand *cmd)
{
	const struct virtio_gpu_update_cursor *req =
		GPU_REQUEST(cmd, virtio_gpu_update_cursor);
	bool update = cmd->hdr.type == VIRTIO_GPU_CMD_UPDATE_CURSOR;
	uint32_t code = OK;
	GpuScanout *scanout;

	if (req->pos.scanout_id >= GPU_SCANOUTS)
		return gpu_misuse(cmd, 0, BAD_SCANOUT, "unknown scanout %u",
				  req->pos.scanout_id);
	/*
	 * Resource 0 hides the cursor. The image is copied, so the resource may go.
	 */
	if (update && req->resource_id &&
	    !gpu_named_resource(cmd, req->resource_id, &code))
		return code;
	scanout = &cmd->gpu->scanouts[req->pos.scanout_id];
	scanout->cursor_x = req->pos.x;
	scanout->cursor_y = req->pos.y;
	if (update) {
		scanout->cursor_resource = req->resource_id;
		scanout->cursor_hot_x = req->hot_x;
		scanout->cursor_hot_y = req->hot_y;
	}
	return OK;
}
