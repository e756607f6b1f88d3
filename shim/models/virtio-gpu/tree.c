// SPDX-License-Identifier: GPL-2.0-or-later
/* The device's part of the FUSE tree, for people and tests to read. */
#include "models/virtio-gpu/gpu.h"

#include <linux/virtio_config.h>
#include <string.h>

static const char *const kind_names[] = {"2d", "3d", "blob"};

static gint by_number(gconstpointer a, gconstpointer b)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return (x > y) - (x < y);
}

static GList *sorted_keys(GHashTable *table)
{
	return g_list_sort(g_hash_table_get_keys(table), by_number);
}

static gpointer find(GHashTable *table, uint32_t id)
{
	return g_hash_table_lookup(table, GUINT_TO_POINTER(id));
}

static void print_rect(GString *out, const struct virtio_gpu_rect *r)
{
	g_string_append_printf(out, "%ux%u+%u+%u", r->width, r->height, r->x,
			       r->y);
}

static void print_ids(GString *out, const char *name, GHashTable *table)
{
	g_autoptr(GList) keys = sorted_keys(table);

	g_string_append(out, name);
	for (GList *l = keys; l; l = l->next)
		g_string_append_printf(out, " %u", GPOINTER_TO_UINT(l->data));
	g_string_append_c(out, '\n');
}

static void resource_info(Device *device, uint32_t id, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	const GpuResource *res = find(gpu->resources, id);

	g_string_append_printf(out, "id %u\nkind %s\n", res->id,
			       kind_names[res->kind]);
	if (res->kind == GPU_BLOB)
		g_string_append_printf(out,
				       "blob mem %u flags 0x%x id %" PRIu64
				       " size %" PRIu64 "\n",
				       res->blob_mem, res->blob_flags,
				       res->blob_id, res->host_size);
	else
		g_string_append_printf(
			out,
			"format %u bpp %u\nsize %ux%ux%u layers %u levels %u "
			"samples %u\ntarget %u bind 0x%x flags 0x%x\n",
			res->format, res->bpp, res->width, res->height,
			res->depth, res->array_size, res->last_level + 1,
			MAX(res->nr_samples, 1u), res->target, res->bind,
			res->flags);
	g_string_append_printf(out, "host %" PRIu64 "\n",
			       res->host ? res->host_size : (uint64_t)0);
	if (res->backing)
		g_string_append_printf(
			out, "backing entries %u bytes %" PRIu64 "%s\n",
			res->backing->len, res->backing_size,
			res->detaching ? " detaching" : "");
	else
		g_string_append(out, "backing none\n");
	print_ids(out, "contexts", res->contexts);
	g_string_append(out, "scanouts");
	for (guint i = 0; i < GPU_SCANOUTS; i++)
		if (gpu->scanouts[i].resource == res->id)
			g_string_append_printf(out, " %u", i);
	g_string_append_printf(out,
			       "\nuses to-host %" PRIu64 " from-host %" PRIu64
			       " exec %" PRIu64 " flush %" PRIu64
			       " scanout %" PRIu64 "\n",
			       res->to_host, res->from_host, res->execs,
			       res->flushes, res->scanouts);
	if (res->leaving)
		g_string_append(out, "leaving\n");
	if (res->orphan)
		g_string_append(out, "orphan of a failed RESOURCE_UNREF\n");
}

static void resource_data(Device *device, uint32_t id, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	GpuResource *res = find(gpu->resources, id);

	if (res->host) {
		g_string_append_len(out, (const char *)res->host,
				    (gssize)res->host_size);
	} else if (res->backing) {
		g_string_set_size(out, res->backing_size);
		memset(out->str, 0, res->backing_size);
		gpu_backing_read(gpu, res, 0, out->str, res->backing_size);
	}
}

static void resource_backing(Device *device, uint32_t id, GString *out)
{
	const GpuResource *res = find(((VirtioGpu *)device)->resources, id);

	for (guint i = 0; res->backing && i < res->backing->len; i++) {
		GpuEntry *entry = &g_array_index(res->backing, GpuEntry, i);

		g_string_append_printf(out, "0x%" PRIx64 " 0x%" PRIx64 "\n",
				       entry->addr, entry->len);
	}
}

static void context_info(Device *device, uint32_t ctx_id, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	const GpuContext *ctx = find(gpu->contexts, ctx_id);
	g_autoptr(GHashTable) attached = g_hash_table_new(NULL, NULL);
	GHashTableIter iter;
	gpointer id, res;

	g_hash_table_iter_init(&iter, gpu->resources);
	while (g_hash_table_iter_next(&iter, &id, &res))
		if (g_hash_table_contains(((GpuResource *)res)->contexts,
					  GUINT_TO_POINTER(ctx->id)))
			g_hash_table_add(attached, id);
	g_string_append_printf(
		out, "id %u\nname %s\ncapset %u\nsubmits %" PRIu64 "\n",
		ctx->id, ctx->name, ctx->context_init, ctx->submits);
	print_ids(out, "resources", attached);
}

static void scanout_info(Device *device, uint32_t n, GString *out)
{
	const GpuScanout *scanout = &((VirtioGpu *)device)->scanouts[n];

	g_string_append_printf(out, "display %ux%u\nresource %u\n", GPU_WIDTH,
			       GPU_HEIGHT, scanout->resource);
	if (scanout->resource) {
		g_string_append(out, "rect ");
		print_rect(out, &scanout->rect);
		g_string_append_printf(out,
				       "\nframebuffer %ux%u format %u stride "
				       "%u offset %u\n",
				       scanout->width, scanout->height,
				       scanout->format, scanout->stride,
				       scanout->offset);
	}
	g_string_append_printf(out, "cursor resource %u at %u,%u hot %u,%u\n",
			       scanout->cursor_resource, scanout->cursor_x,
			       scanout->cursor_y, scanout->cursor_hot_x,
			       scanout->cursor_hot_y);
}

static void pending_line(const GpuCommand *cmd, GString *out)
{
	g_autofree char *ids = gpu_command_ids(cmd);

	g_string_append_printf(out, "#%" PRIu64 " %s%s", cmd->number,
			       cmd->kind ? cmd->kind->name : "UNKNOWN", ids);
	if (cmd->hdr.flags & VIRTIO_GPU_FLAG_FENCE)
		g_string_append_printf(out, " fence %" PRIu64,
				       (uint64_t)cmd->hdr.fence_id);
	if (cmd->hdr.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX)
		g_string_append_printf(out, " ring %u", cmd->hdr.ring_idx);
	if (hold_held(&cmd->gpu->mmio.device, &cmd->hold))
		g_string_append(out, " held");
	else if (cmd->hold.due_ns > cmd->gpu->mmio.device.now_ns)
		g_string_append_printf(out, " due %" PRIu64, cmd->hold.due_ns);
	else
		g_string_append(out, " waits for an older command");
	g_string_append_c(out, '\n');
}

static void pending_info(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;

	for (GList *l = gpu->pending.head; l; l = l->next)
		pending_line(l->data, out);
}

static void counter_line(GString *out, const char *name,
			 const GpuCounter *counter)
{
	g_string_append_printf(
		out, "%s seen %" PRIu64 " ok %" PRIu64 " error %" PRIu64 "\n",
		name, counter->seen, counter->ok, counter->error);
}

static void counters_info(Device *device, uint32_t n G_GNUC_UNUSED,
			  GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;

	for (size_t i = 0; i < GPU_COMMANDS; i++)
		counter_line(out, gpu_kinds[i].name, &gpu->counters[i]);
	counter_line(out, "UNKNOWN", &gpu->unknown);
}

static void status_info(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{VIRTIO_CONFIG_S_ACKNOWLEDGE, "ACKNOWLEDGE"},
		{VIRTIO_CONFIG_S_DRIVER, "DRIVER"},
		{VIRTIO_CONFIG_S_FEATURES_OK, "FEATURES_OK"},
		{VIRTIO_CONFIG_S_DRIVER_OK, "DRIVER_OK"},
		{VIRTIO_CONFIG_S_NEEDS_RESET, "DEVICE_NEEDS_RESET"},
		{VIRTIO_CONFIG_S_FAILED, "FAILED"},
	};
	VirtioMmio *mmio = &gpu->mmio;

	g_string_append_printf(out, "status 0x%x", mmio->status);
	for (size_t i = 0; i < G_N_ELEMENTS(bits); i++)
		if (mmio->status & bits[i].bit)
			g_string_append_printf(out, " %s", bits[i].name);
	g_string_append_printf(
		out, "\nfeatures offered 0x%" PRIx64 " driver 0x%" PRIx64 "\n",
		mmio->features, mmio->driver_features);
	for (size_t i = 0; i < VIRTIO_MMIO_QUEUES; i++) {
		const VirtQueue *vq = &mmio->queues[i];

		g_string_append_printf(out,
				       "queue %zu %s size %u desc 0x%" PRIx64
				       " avail 0x%" PRIx64 " used 0x%" PRIx64
				       " taken %u returned %u\n",
				       i, vq->ready ? "ready" : "off", vq->num,
				       vq->desc, vq->avail, vq->used,
				       vq->next_avail, vq->next_used);
	}
	g_string_append_printf(out,
			       "resources %u\ncontexts %u\npending %u\n"
			       "events 0x%x\n"
			       "host %" PRIu64 " of %" PRIu64 "\n",
			       g_hash_table_size(gpu->resources),
			       g_hash_table_size(gpu->contexts),
			       gpu->pending.length, gpu->config.events_read,
			       gpu->host_total, (uint64_t)GPU_HOST_MAX);
}

void gpu_leaks(Device *device, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	g_autoptr(GList) resources = sorted_keys(gpu->resources);
	g_autoptr(GList) contexts = sorted_keys(gpu->contexts);

	for (GList *l = resources; l; l = l->next) {
		const GpuResource *res =
			g_hash_table_lookup(gpu->resources, l->data);

		/* The guest has destroyed it; the device failed to. */
		if (res->orphan)
			continue;
		g_string_append_printf(out, "resource %u (%s)\n", res->id,
				       kind_names[res->kind]);
		if (res->backing)
			g_string_append_printf(out,
					       "backing of resource %u: "
					       "%" PRIu64 " bytes\n",
					       res->id, res->backing_size);
	}
	for (GList *l = contexts; l; l = l->next) {
		const GpuContext *ctx =
			g_hash_table_lookup(gpu->contexts, l->data);

		g_string_append_printf(out, "context %u (%s)\n", ctx->id,
				       ctx->name);
	}
	for (guint i = 0; i < GPU_SCANOUTS; i++)
		if (gpu->scanouts[i].resource)
			g_string_append_printf(out,
					       "scanout %u shows resource %u\n",
					       i, gpu->scanouts[i].resource);
	if (gpu->unplugged)
		g_string_append(out, "outputs unplugged\n");
	for (GList *l = gpu->pending.head; l; l = l->next) {
		g_string_append(out, "command ");
		pending_line(l->data, out);
	}
}

static void list_keys(GHashTable *table, GArray *numbers)
{
	g_autoptr(GList) keys = sorted_keys(table);

	for (GList *l = keys; l; l = l->next) {
		uint32_t id = GPOINTER_TO_UINT(l->data);

		g_array_append_val(numbers, id);
	}
}

static void list_resources(Device *device, GArray *numbers)
{
	list_keys(((VirtioGpu *)device)->resources, numbers);
}

static void list_contexts(Device *device, GArray *numbers)
{
	list_keys(((VirtioGpu *)device)->contexts, numbers);
}

const Node gpu_nodes[] = {
	{.path = "status", .show = status_info},
	{.path = "resources/%u/info",
	 .show = resource_info,
	 .list = list_resources},
	{.path = "resources/%u/data",
	 .show = resource_data,
	 .list = list_resources},
	{.path = "resources/%u/backing",
	 .show = resource_backing,
	 .list = list_resources},
	{.path = "contexts/%u/info",
	 .show = context_info,
	 .list = list_contexts},
	{.path = "scanouts/%u", .show = scanout_info, .count = GPU_SCANOUTS},
	{.path = "pending", .show = pending_info},
	{.path = "counters", .show = counters_info},
	{.path = NULL},
};
