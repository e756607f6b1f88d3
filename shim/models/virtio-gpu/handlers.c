// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handlers of the commands of VirtIO 1.2 sections 5.7.6.8 to 5.7.6.10, except those
 * of the display (display.c) and SUBMIT_3D (stream.c). The table of commands is in
 * command-table.h. The handlers are strict. Where the specification leaves it open,
 * the rules follow the Linux driver (drivers/gpu/drm/virtio/), virglrenderer, crosvm
 * and QEMU:
 *
 * - RESOURCE_UNREF with backing attached, or attached to contexts, is right: it
 *   ends both. The driver sends no RESOURCE_DETACH_BACKING before it, and what
 *   purges memory cannot know the contexts. A CTX_DETACH_RESOURCE after it
 *   names an unknown resource (crosvm complains, QEMU does not).
 * - CTX_DESTROY with resources attached is right, and detaches them.
 * - CTX_ATTACH_RESOURCE twice is wrong: the first CTX_DETACH_RESOURCE would
 *   leave a handle that the context cannot use.
 * - A context may go, and resources be detached from it, while its commands
 *   are under way: handles are closed and files too without waiting.
 * - RESOURCE_UNREF and RESOURCE_DETACH_BACKING are wrong while a command that
 *   works on the resource is under way: the pages would be freed under it.
 * - Two resources that share a page are wrong: the page belongs to one BO.
 * - Formats and sizes of a resource, and the box, offset and strides of a transfer,
 *   are what a process says: what is wrong with them is refused, and no violation.
 *   All else is checked, or chosen, by the driver.
 * - A guest blob may be detached from its pages, and attached again.
 * - TRANSFER_TO_HOST_2D of a blob does nothing where there is no 3D: dumb BOs
 *   are blobs there, and the driver sends it for all of these (QEMU).
 */
#include "models/virtio-gpu/gpu.h"

#include <string.h>

#include "models/virtio-gpu/caps.h"
#include "models/virtio-gpu/format.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define BAD_CONTEXT VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID

GpuResource *gpu_named_resource(GpuCommand *cmd, uint32_t id, uint32_t *code)
{
	GpuResource *res = gpu_resource_find(cmd->gpu, id);

	if (!res)
		*code = gpu_misuse(cmd, id, BAD_RESOURCE,
				   id ? "unknown resource" : "resource 0");
	return res;
}

static GpuContext *named_context(GpuCommand *cmd, uint32_t *code)
{
	uint32_t id = cmd->hdr.ctx_id;
	GpuContext *ctx =
		g_hash_table_lookup(cmd->gpu->contexts, GUINT_TO_POINTER(id));

	if (!ctx)
		*code = gpu_misuse(cmd, 0, BAD_CONTEXT,
				   id ? "unknown context" : "context 0");
	return ctx;
}

uint32_t gpu_check_response(GpuCommand *cmd, size_t len)
{
	if (cmd->chain->in_len >= len)
		return OK;
	return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_UNSPEC,
			  "space for a response of %zu bytes, not %zu",
			  cmd->chain->in_len, len);
}

uint32_t gpu_get_capset_info(GpuCommand *cmd)
{
	const struct virtio_gpu_get_capset_info *req =
		GPU_REQUEST(cmd, virtio_gpu_get_capset_info);
	struct virtio_gpu_resp_capset_info info = {0};
	uint32_t code = gpu_check_response(cmd, sizeof(info));

	if (code != OK)
		return code;
	if (req->capset_index >= GPU_CAPSETS)
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "unknown capset %u",
				  req->capset_index);
	info.capset_id = gpu_capsets[req->capset_index].id;
	info.capset_max_version = gpu_capsets[req->capset_index].version;
	info.capset_max_size = gpu_capsets[req->capset_index].size;
	return gpu_reply(cmd, VIRTIO_GPU_RESP_OK_CAPSET_INFO, &info,
			 sizeof(info));
}

uint32_t gpu_get_capset(GpuCommand *cmd)
{
	const struct virtio_gpu_get_capset *req =
		GPU_REQUEST(cmd, virtio_gpu_get_capset);
	const GpuCapset *capset = gpu_capset_find(req->capset_id);
	uint8_t reply[sizeof(struct virtio_gpu_resp_capset) +
		      GPU_CAPSET_SIZE_MAX] = {0};
	uint32_t code;
	size_t len;

	if (!capset || req->capset_version > capset->version)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "unknown capset id %u version %u",
				  req->capset_id, req->capset_version);
	len = sizeof(struct virtio_gpu_resp_capset) + capset->size;
	code = gpu_check_response(cmd, len);
	if (code != OK)
		return code;
	gpu_capset_fill(capset, reply + sizeof(struct virtio_gpu_resp_capset));
	return gpu_reply(cmd, VIRTIO_GPU_RESP_OK_CAPSET, reply, len);
}

/* May @id be created? OK or an error. */
static uint32_t check_new_id(GpuCommand *cmd, uint32_t id)
{
	GpuResource *old;

	if (!id)
		return gpu_misuse(cmd, 0, BAD_RESOURCE, "resource 0");
	/* Its errors are its own. */
	g_hash_table_remove(cmd->gpu->excused, GUINT_TO_POINTER(id));
	old = g_hash_table_lookup(cmd->gpu->resources, GUINT_TO_POINTER(id));
	if (!old)
		return OK;
	/* This holds even while its RESOURCE_UNREF is under way. */
	if (!old->orphan)
		return gpu_misuse(cmd, 0, BAD_RESOURCE,
				  "resource exists already");
	gpu_backing_detach(cmd->gpu, old);
	g_hash_table_remove(cmd->gpu->resources, GUINT_TO_POINTER(id));
	gpu_resource_unref(cmd->gpu, old);
	return OK;
}

static void add_resource(GpuCommand *cmd, GpuResource *res)
{
	gpointer id = GUINT_TO_POINTER(res->id);

	g_hash_table_insert(cmd->gpu->resources, id, res);
	cmd->gpu->highest = MAX(cmd->gpu->highest, res->id);
	g_hash_table_remove(cmd->gpu->excused, id);
}

/* Allocate storage for @res and add it to the table, or free it. */
static uint32_t create(GpuCommand *cmd, GpuResource *res)
{
	const char *why = NULL;
	uint32_t code = OK;

	if (!res->bpp)
		code = gpu_refuse(cmd, 0, BAD_PARAMETER, "unknown format %u",
				  res->format);
	else
		code = gpu_resource_size(cmd->gpu, res, &why);
	if (why)
		gpu_refuse(cmd, 0, code, "%s", why);
	if (code == OK)
		add_resource(cmd, res);
	else
		gpu_resource_unref(cmd->gpu, res);
	return code;
}

uint32_t gpu_create_2d(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_create_2d *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_create_2d);
	uint32_t code = check_new_id(cmd, req->resource_id);
	GpuResource *res;

	if (code != OK)
		return code;
	res = gpu_resource_new(req->resource_id, GPU_2D);
	res->target = 2;
	res->format = req->format;
	res->width = req->width;
	res->height = req->height;
	res->depth = 1;
	res->array_size = 1;
	res->bpp = gpu_format_bpp(req->format);
	return create(cmd, res);
}

uint32_t gpu_create_3d(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_create_3d *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_create_3d);
	uint32_t code = check_new_id(cmd, req->resource_id);
	GpuResource *res;

	if (code != OK)
		return code;
	res = gpu_resource_new(req->resource_id, GPU_3D);
	res->target = req->target;
	res->format = req->format;
	res->bind = req->bind;
	res->width = req->width;
	res->height = req->height;
	res->depth = req->depth;
	res->array_size = req->array_size;
	res->last_level = req->last_level;
	res->nr_samples = req->nr_samples;
	res->flags = req->flags;
	/* Target 0 is a buffer: its width is in bytes, whatever the format. */
	res->bpp = req->target ? gpu_format_bpp(req->format) : 1;
	return create(cmd, res);
}

/* Check the entries after the fixed part of the request: *count of them. */
static uint32_t check_entries(GpuCommand *cmd, uint32_t count,
			      const struct virtio_gpu_mem_entry **entries)
{
	size_t len = cmd->request_len - cmd->kind->size;

	if (len / sizeof(**entries) != count || len % sizeof(**entries))
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "%u entries in %zu bytes", count, len);
	*entries = (const void *)(cmd->request + cmd->kind->size);
	return OK;
}

static uint32_t check_blob(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_create_blob *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_create_blob);
	const uint32_t flags = VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE |
			       VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE |
			       VIRTIO_GPU_BLOB_FLAG_USE_CROSS_DEVICE;
	bool host = req->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D ||
		    req->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST;
	uint32_t code = OK;

	if (!host && req->blob_mem != VIRTIO_GPU_BLOB_MEM_GUEST)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "unknown blob memory %u", req->blob_mem);
	if (req->blob_flags & ~flags)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "unknown blob flags 0x%x", req->blob_flags);
	if (!req->size)
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "blob of no bytes");
	if (!host && req->blob_id)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "guest blob with a blob id");
	if (req->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D && req->nr_entries)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "host blob with guest pages");
	/* A real host blob belongs to a context; here it is plain bytes. */
	if (host)
		named_context(cmd, &code);
	return code;
}

/*
 * Guest: the pages are the blob, there is no host storage. Host: storage that
 * cannot be mapped, since there is no host-visible region. Both: storage, and pages
 * that transfers go to.
 */
uint32_t gpu_create_blob(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_create_blob *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_create_blob);
	const struct virtio_gpu_mem_entry *entries = NULL;
	bool guest = req->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D;
	bool host = req->blob_mem != VIRTIO_GPU_BLOB_MEM_GUEST;
	uint32_t code = check_new_id(cmd, req->resource_id);
	const char *why;
	GpuResource *res;

	if (code == OK)
		code = check_entries(cmd, req->nr_entries, &entries);
	if (code == OK)
		code = check_blob(cmd);
	if (code != OK)
		return code;

	res = gpu_resource_new(req->resource_id, GPU_BLOB);
	res->blob_mem = req->blob_mem;
	res->blob_flags = req->blob_flags;
	res->blob_id = req->blob_id;
	res->width = MIN(req->size, G_MAXUINT32);
	res->height = 1;
	res->depth = 1;
	res->array_size = 1;
	res->bpp = 1;
	res->host_size = req->size;
	if (host)
		code = gpu_resource_size(cmd->gpu, res, &why);
	if (code == OK && guest)
		code = gpu_backing_attach(cmd, res, entries, req->nr_entries);
	if (code == OK && guest && res->backing_size < req->size)
		code = gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "%" PRIu64 " bytes of pages for a blob of "
				  "%" PRIu64,
				  res->backing_size, (uint64_t)req->size);
	if (code == OK)
		add_resource(cmd, res);
	else
		gpu_resource_unref(cmd->gpu, res);
	return code;
}

static uint32_t check_not_busy(GpuCommand *cmd, const GpuResource *res)
{
	const GpuCommand *busy = gpu_busy(cmd, res);

	if (!busy)
		return OK;
	return gpu_misuse(cmd, 0, BAD_PARAMETER,
			  "while #%" PRIu64 " %s is using the resource",
			  busy->number, busy->kind->name);
}

uint32_t gpu_unref(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_unref *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_unref);
	uint32_t code = OK;
	GpuResource *res;

	/*
	 * Whether it exists or not, errors of this id are not excused any longer.
	 */
	res = gpu_named_resource(cmd, req->resource_id, &code);
	g_hash_table_remove(cmd->gpu->excused,
			    GUINT_TO_POINTER(req->resource_id));
	if (!res)
		return code;
	for (uint32_t i = 0; i < GPU_SCANOUTS; i++)
		if (cmd->gpu->scanouts[i].resource == res->id)
			return gpu_misuse(cmd, 0, BAD_PARAMETER,
					  "resource is on scanout %u", i);
	code = check_not_busy(cmd, res);
	if (code != OK)
		return code;
	res->leaving = true;
	gpu_use(cmd, res);
	return OK;
}

uint32_t gpu_unref_complete(GpuCommand *cmd)
{
	GpuResource *res = cmd->uses->pdata[0];

	/* The pages belong to the guest again as soon as it reads the response. */
	gpu_backing_detach(cmd->gpu, res);
	g_hash_table_remove(cmd->gpu->resources, GUINT_TO_POINTER(res->id));
	gpu_resource_unref(cmd->gpu, res);
	return OK;
}

uint32_t gpu_attach_backing(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_attach_backing *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_attach_backing);
	const struct virtio_gpu_mem_entry *entries = NULL;
	uint32_t code = OK;
	GpuResource *res = gpu_named_resource(cmd, req->resource_id, &code);

	if (res)
		code = check_entries(cmd, req->nr_entries, &entries);
	if (code != OK)
		return code;
	if (res->backing)
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "%s",
				  res->detaching
					  ? "backing is still being detached"
					  : "backing is attached already");
	if (res->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "host blob with guest pages");
	code = gpu_backing_attach(cmd, res, entries, req->nr_entries);
	if (code == OK && res->kind == GPU_BLOB &&
	    res->backing_size < res->host_size) {
		code = gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "%" PRIu64 " bytes of pages for a blob of "
				  "%" PRIu64,
				  res->backing_size, res->host_size);
		gpu_backing_detach(cmd->gpu, res);
	}
	return code;
}

uint32_t gpu_detach_backing(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_detach_backing *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_detach_backing);
	uint32_t code = OK;
	GpuResource *res = gpu_named_resource(cmd, req->resource_id, &code);

	if (!res)
		return code;
	if (!res->backing || res->detaching)
		return gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "no backing is attached");
	code = check_not_busy(cmd, res);
	if (code != OK)
		return code;
	res->detaching = true;
	gpu_use(cmd, res);
	return OK;
}

/* A device that was delayed may have used the pages until now. */
uint32_t gpu_detach_backing_complete(GpuCommand *cmd)
{
	GpuResource *res = cmd->uses->pdata[0];

	if (cmd->fault.kind != FAULT_NONE)
		gpu_backing_check(cmd->gpu, res, 0, res->backing_size);
	gpu_backing_detach(cmd->gpu, res);
	return OK;
}

uint32_t gpu_check_backing(GpuCommand *cmd, const GpuResource *res)
{
	if (res->backing && !res->detaching)
		return OK;
	/* The driver lets a process name a blob that can have none. */
	if (res->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D)
		return gpu_refuse(cmd, 0, BAD_PARAMETER,
				  "host blob, which has no backing");
	return gpu_misuse(cmd, 0, BAD_PARAMETER, "no backing is attached");
}

static uint32_t check_region(GpuCommand *cmd, const GpuResource *res,
			     GpuRegion *region)
{
	struct virtio_gpu_box box = {.d = 1};
	uint32_t level = 0, stride = 0, layer_stride = 0;
	uint64_t offset;
	const char *why;

	if (cmd->hdr.type == VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D) {
		const struct virtio_gpu_transfer_to_host_2d *req =
			GPU_REQUEST(cmd, virtio_gpu_transfer_to_host_2d);

		box.x = req->r.x;
		box.y = req->r.y;
		box.w = req->r.width;
		box.h = req->r.height;
		offset = req->offset;
	} else {
		const struct virtio_gpu_transfer_host_3d *req =
			GPU_REQUEST(cmd, virtio_gpu_transfer_host_3d);

		box = req->box;
		level = req->level;
		stride = req->stride;
		layer_stride = req->layer_stride;
		offset = req->offset;
	}
	why = gpu_region(res, &box, level, offset, stride, layer_stride,
			 res->backing_size, region);
	if (!why)
		return OK;
	return gpu_refuse(cmd, 0, BAD_PARAMETER,
			  "box %u,%u,%u %ux%ux%u at offset %" PRIu64 ": %s",
			  box.x, box.y, box.z, box.w, box.h, box.d, offset,
			  why);
}

static uint32_t transfer_begin(GpuCommand *cmd, GpuResource *res)
{
	uint32_t code = gpu_check_backing(cmd, res);

	if (code == OK && !res->host)
		code = gpu_misuse(cmd, 0, BAD_PARAMETER,
				  "resource has no host storage");
	if (code == OK)
		code = check_region(cmd, res, &cmd->region);
	if (code == OK)
		gpu_use(cmd, res);
	return code;
}

uint32_t gpu_transfer_2d(GpuCommand *cmd)
{
	const struct virtio_gpu_transfer_to_host_2d *req =
		GPU_REQUEST(cmd, virtio_gpu_transfer_to_host_2d);
	uint32_t code = OK;
	GpuResource *res = gpu_named_resource(cmd, req->resource_id, &code);

	if (!res)
		return code;
	if (res->kind == GPU_BLOB &&
	    !virtio_mmio_has(&cmd->gpu->mmio, VIRTIO_GPU_F_VIRGL))
		return OK;
	return transfer_begin(cmd, res);
}

uint32_t gpu_transfer_3d(GpuCommand *cmd)
{
	const struct virtio_gpu_transfer_host_3d *req =
		GPU_REQUEST(cmd, virtio_gpu_transfer_host_3d);
	uint32_t code = OK;
	GpuContext *ctx = named_context(cmd, &code);
	GpuResource *res = NULL;

	if (ctx)
		res = gpu_named_resource(cmd, req->resource_id, &code);
	if (!res)
		return code;
	if (!g_hash_table_contains(res->contexts, GUINT_TO_POINTER(ctx->id)))
		return gpu_misuse(cmd, 0, BAD_RESOURCE,
				  "resource is not attached to the context");
	return transfer_begin(cmd, res);
}

uint32_t gpu_transfer_complete(GpuCommand *cmd)
{
	if (!cmd->uses->len)
		return OK;
	gpu_region_copy(cmd->gpu, cmd->uses->pdata[0], cmd->uses->pdata[0],
			&cmd->region,
			cmd->hdr.type != VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D);
	return OK;
}

/* A UUID that stays valid until the device is reset. */
uint32_t gpu_assign_uuid(GpuCommand *cmd)
{
	const struct virtio_gpu_resource_assign_uuid *req =
		GPU_REQUEST(cmd, virtio_gpu_resource_assign_uuid);
	struct virtio_gpu_resp_resource_uuid reply = {
		/* A random UUID (version 4), but for its last four bytes. */
		.uuid = {0x73, 0x62, 0x6e, 0x6b, 0x2d, 0x76, 0x47, 0x70, 0xb5,
			 0x2d, 0x72, 0x65},
	};
	uint32_t code = gpu_check_response(cmd, sizeof(reply));

	if (code != OK || !gpu_named_resource(cmd, req->resource_id, &code))
		return code;
	memcpy(reply.uuid + 12, &req->resource_id, sizeof(req->resource_id));
	return gpu_reply(cmd, VIRTIO_GPU_RESP_OK_RESOURCE_UUID, &reply,
			 sizeof(reply));
}

uint32_t gpu_ctx_create(GpuCommand *cmd)
{
	const struct virtio_gpu_ctx_create *req =
		GPU_REQUEST(cmd, virtio_gpu_ctx_create);
	uint32_t id = cmd->hdr.ctx_id;
	uint32_t capset =
		req->context_init & VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK;
	GpuContext *ctx;

	if (!id)
		return gpu_misuse(cmd, 0, BAD_CONTEXT, "context 0");
	if (g_hash_table_contains(cmd->gpu->contexts, GUINT_TO_POINTER(id)))
		return gpu_misuse(cmd, 0, BAD_CONTEXT,
				  "context exists already");
	if (req->nlen > sizeof(req->debug_name))
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "name of %u bytes",
				  req->nlen);
	if (req->context_init != capset ||
	    (capset && !gpu_capset_find(capset)) ||
	    (capset &&
	     !virtio_mmio_has(&cmd->gpu->mmio, VIRTIO_GPU_F_CONTEXT_INIT)))
		return gpu_misuse(cmd, 0, BAD_PARAMETER, "context_init 0x%x",
				  req->context_init);
	ctx = g_new0(GpuContext, 1);
	ctx->id = id;
	ctx->context_init = req->context_init;
	ctx->state = gpu_stream_state_new();
	for (uint32_t i = 0; i < req->nlen && req->debug_name[i]; i++)
		ctx->name[i] = g_ascii_isprint(req->debug_name[i])
				       ? req->debug_name[i]
				       : '?';
	g_hash_table_insert(cmd->gpu->contexts, GUINT_TO_POINTER(id), ctx);
	g_hash_table_remove(cmd->gpu->excused_contexts, GUINT_TO_POINTER(id));
	return OK;
}

uint32_t gpu_ctx_destroy(GpuCommand *cmd)
{
	gpointer id = GUINT_TO_POINTER(cmd->hdr.ctx_id);
	uint32_t code = OK;
	GpuContext *ctx = named_context(cmd, &code);
	GHashTableIter iter;
	gpointer res;

	g_hash_table_remove(cmd->gpu->excused_contexts, id);
	if (!ctx)
		return code;
	g_hash_table_iter_init(&iter, cmd->gpu->resources);
	while (g_hash_table_iter_next(&iter, NULL, &res))
		g_hash_table_remove(((GpuResource *)res)->contexts, id);
	g_hash_table_remove(cmd->gpu->contexts, id);
	return OK;
}

/* The resource of CTX_ATTACH or CTX_DETACH, or NULL with the error in *@code. */
static GpuResource *resource_of_context(GpuCommand *cmd, uint32_t *code)
{
	const struct virtio_gpu_ctx_resource *req =
		GPU_REQUEST(cmd, virtio_gpu_ctx_resource);

	if (!named_context(cmd, code))
		return NULL;
	return gpu_named_resource(cmd, req->resource_id, code);
}

uint32_t gpu_ctx_attach(GpuCommand *cmd)
{
	uint32_t code = OK;
	GpuResource *res = resource_of_context(cmd, &code);

	if (!res)
		return code;
	if (!g_hash_table_add(res->contexts, GUINT_TO_POINTER(cmd->hdr.ctx_id)))
		return gpu_misuse(cmd, 0, BAD_RESOURCE,
				  "resource is attached already");
	return OK;
}

uint32_t gpu_ctx_detach(GpuCommand *cmd)
{
	uint32_t code = OK;
	GpuResource *res = resource_of_context(cmd, &code);

	if (!res)
		return code;
	if (!g_hash_table_remove(res->contexts,
				 GUINT_TO_POINTER(cmd->hdr.ctx_id)))
		return gpu_misuse(cmd, 0, BAD_RESOURCE,
				  "resource is not attached to the context");
	return OK;
}

/* There is no host-visible region, which the driver can find out. */
uint32_t gpu_map_blob(GpuCommand *cmd)
{
	return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_UNSPEC,
			  "there is no host-visible memory region");
}
