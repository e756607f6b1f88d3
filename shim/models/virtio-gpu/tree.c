// SPDX-License-Identifier: GPL-2.0-or-later
/* The device's part of the FUSE tree, for people and tests to read. */
#include "models/virtio-gpu/gpu.h"

#include <linux/virtio_config.h>
#include <stdlib.h>
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

static void resource_info(VirtioGpu *gpu, const GpuResource *res, GString *out)
{
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

static GBytes *resource_data(VirtioGpu *gpu, GpuResource *res)
{
	uint8_t *buf;

	if (res->host)
		return g_bytes_new(res->host, res->host_size);
	if (!res->backing)
		return g_bytes_new(NULL, 0);
	buf = g_malloc0(res->backing_size);
	gpu_backing_read(gpu, res, 0, buf, res->backing_size);
	return g_bytes_new_take(buf, res->backing_size);
}

static void resource_backing(const GpuResource *res, GString *out)
{
	for (guint i = 0; res->backing && i < res->backing->len; i++) {
		GpuEntry *entry = &g_array_index(res->backing, GpuEntry, i);

		g_string_append_printf(out, "0x%" PRIx64 " 0x%" PRIx64 "\n",
				       entry->addr, entry->len);
	}
}

static void context_info(VirtioGpu *gpu, const GpuContext *ctx, GString *out)
{
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

static void scanout_info(const GpuScanout *scanout, GString *out)
{
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

static void pending_info(VirtioGpu *gpu, GString *out)
{
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

static void counters_info(VirtioGpu *gpu, GString *out)
{
	for (size_t i = 0; i < GPU_COMMANDS; i++)
		counter_line(out, gpu_kinds[i].name, &gpu->counters[i]);
	counter_line(out, "UNKNOWN", &gpu->unknown);
}

static void status_info(VirtioGpu *gpu, GString *out)
{
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
			       "host %" PRIu64 " of %" PRIu64 "\n",
			       g_hash_table_size(gpu->resources),
			       g_hash_table_size(gpu->contexts),
			       gpu->pending.length, gpu->host_total,
			       (uint64_t)GPU_HOST_MAX);
}

void gpu_leaks(Device *device, GString *out)
{
	VirtioGpu *gpu = (VirtioGpu *)device;
	g_autoptr(GList) resources = sorted_keys(gpu->resources);
	g_autoptr(GList) contexts = sorted_keys(gpu->contexts);

	for (GList *l = resources; l; l = l->next) {
		const GpuResource *res =
			g_hash_table_lookup(gpu->resources, l->data);

		/* The guest did ask; the device refused. */
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
	for (GList *l = gpu->pending.head; l; l = l->next) {
		g_string_append(out, "command ");
		pending_line(l->data, out);
	}
}

/* The number that @text is, all of it; false when it is none. */
static bool parse_id(const char *text, uint32_t *id)
{
	char *end;
	guint64 value;

	if (!text || !g_ascii_isdigit(*text))
		return false;
	value = g_ascii_strtoull(text, &end, 10);
	*id = value;
	return !*end && value <= G_MAXUINT32;
}

static gpointer find(GHashTable *table, const char *text)
{
	uint32_t id;

	return parse_id(text, &id)
		       ? g_hash_table_lookup(table, GUINT_TO_POINTER(id))
		       : NULL;
}

static GPtrArray *names_new(const char *const *names)
{
	GPtrArray *list = g_ptr_array_new();

	for (; *names; names++)
		g_ptr_array_add(list, g_strdup(*names));
	return list;
}

static char **names_done(GPtrArray *list)
{
	g_ptr_array_add(list, NULL);
	return (char **)g_ptr_array_free(list, FALSE);
}

static char **list_ids(GHashTable *table)
{
	g_autoptr(GList) keys = sorted_keys(table);
	GPtrArray *list = g_ptr_array_new();

	for (GList *l = keys; l; l = l->next)
		g_ptr_array_add(list, g_strdup_printf("%u/", GPOINTER_TO_UINT(
								     l->data)));
	return names_done(list);
}

static char **list_names(const char *const *names)
{
	return names_done(names_new(names));
}

char **gpu_list(Device *device, const char *path)
{
	static const char *const root[] = {
		"status",  "resources/", "contexts/", "scanouts/",
		"pending", "counters",	 NULL};
	static const char *const resource[] = {"info", "data", "backing", NULL};
	static const char *const context[] = {"info", NULL};
	static const char *const scanouts[] = {"0", NULL};
	VirtioGpu *gpu = (VirtioGpu *)device;
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);
	guint depth = g_strv_length(parts);

	G_STATIC_ASSERT(GPU_SCANOUTS == 1);
	if (!depth)
		return list_names(root);
	if (!strcmp(path, "resources"))
		return list_ids(gpu->resources);
	if (!strcmp(path, "contexts"))
		return list_ids(gpu->contexts);
	if (!strcmp(path, "scanouts"))
		return list_names(scanouts);
	if (depth != 2)
		return NULL;
	if (!strcmp(parts[0], "resources") && find(gpu->resources, parts[1]))
		return list_names(resource);
	if (!strcmp(parts[0], "contexts") && find(gpu->contexts, parts[1]))
		return list_names(context);
	return NULL;
}

static GBytes *show_resource(VirtioGpu *gpu, GpuResource *res, const char *file)
{
	GString *out;

	if (!strcmp(file, "data"))
		return resource_data(gpu, res);
	out = g_string_new(NULL);
	if (!strcmp(file, "info")) {
		resource_info(gpu, res, out);
	} else if (!strcmp(file, "backing")) {
		resource_backing(res, out);
	} else {
		g_string_free(out, TRUE);
		return NULL;
	}
	return g_string_free_to_bytes(out);
}

static GBytes *show_deep(VirtioGpu *gpu, char **parts)
{
	GString *out;
	gpointer thing;
	uint32_t id;

	if (!strcmp(parts[0], "scanouts") && !parts[2]) {
		if (!parse_id(parts[1], &id) || id >= GPU_SCANOUTS)
			return NULL;
		out = g_string_new(NULL);
		scanout_info(&gpu->scanouts[id], out);
		return g_string_free_to_bytes(out);
	}
	if (!parts[2] || parts[3])
		return NULL;
	if (!strcmp(parts[0], "resources")) {
		thing = find(gpu->resources, parts[1]);
		return thing ? show_resource(gpu, thing, parts[2]) : NULL;
	}
	if (strcmp(parts[0], "contexts") || strcmp(parts[2], "info"))
		return NULL;
	thing = find(gpu->contexts, parts[1]);
	if (!thing)
		return NULL;
	out = g_string_new(NULL);
	context_info(gpu, thing, out);
	return g_string_free_to_bytes(out);
}

GBytes *gpu_show(Device *device, const char *path)
{
	static const struct {
		const char *name;
		void (*print)(VirtioGpu *gpu, GString *out);
	} files[] = {
		{"status", status_info},
		{"pending", pending_info},
		{"counters", counters_info},
	};
	VirtioGpu *gpu = (VirtioGpu *)device;
	g_auto(GStrv) parts = g_strsplit(path, "/", 4);
	GString *out;

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		if (strcmp(path, files[i].name) != 0)
			continue;
		out = g_string_new(NULL);
		files[i].print(gpu, out);
		return g_string_free_to_bytes(out);
	}
	return g_strv_length(parts) > 1 ? show_deep(gpu, parts) : NULL;
}
