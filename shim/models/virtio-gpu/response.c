// SPDX-License-Identifier: GPL-2.0-or-later
/* Helpers of the handlers: errors, responses, names for messages. */
#include "models/virtio-gpu/gpu.h"

#include <stdarg.h>
#include <string.h>

const char *gpu_result_name(uint32_t type)
{
	static const char *const ok[] = {
		"OK_NODATA", "OK_DISPLAY_INFO",	 "OK_CAPSET_INFO", "OK_CAPSET",
		"OK_EDID",   "OK_RESOURCE_UUID", "OK_MAP_INFO",
	};
	static const char *const errors[] = {
		"ERR_UNSPEC",
		"ERR_OUT_OF_MEMORY",
		"ERR_INVALID_SCANOUT_ID",
		"ERR_INVALID_RESOURCE_ID",
		"ERR_INVALID_CONTEXT_ID",
		"ERR_INVALID_PARAMETER",
	};

	if (type - VIRTIO_GPU_RESP_OK_NODATA < G_N_ELEMENTS(ok))
		return ok[type - VIRTIO_GPU_RESP_OK_NODATA];
	if (type - VIRTIO_GPU_RESP_ERR_UNSPEC < G_N_ELEMENTS(errors))
		return errors[type - VIRTIO_GPU_RESP_ERR_UNSPEC];
	return "?";
}

const char *gpu_command_name(const GpuCommand *cmd)
{
	return cmd->kind ? cmd->kind->name : "UNKNOWN";
}

uint32_t gpu_command_resource(const GpuCommand *cmd)
{
	uint32_t id = 0;

	if (cmd->kind && cmd->kind->resource_at &&
	    cmd->request_len >= cmd->kind->resource_at + sizeof(id))
		memcpy(&id, cmd->request + cmd->kind->resource_at, sizeof(id));
	return id;
}

char *gpu_command_ids(const GpuCommand *cmd)
{
	GString *out = g_string_new(NULL);
	uint32_t id = gpu_command_resource(cmd);

	if (cmd->kind && cmd->kind->context)
		g_string_append_printf(out, " ctx %u", cmd->hdr.ctx_id);
	if (cmd->kind && cmd->kind->resource_at)
		g_string_append_printf(out, " res %u", id);
	if (!cmd->kind)
		g_string_append_printf(out, " 0x%x", cmd->hdr.type);
	return g_string_free(out, FALSE);
}

static bool excused(const GpuCommand *cmd, uint32_t resource)
{
	uint32_t id = gpu_command_resource(cmd);

	return g_hash_table_contains(cmd->gpu->excused, GUINT_TO_POINTER(id)) ||
	       g_hash_table_contains(cmd->gpu->excused,
				     GUINT_TO_POINTER(resource)) ||
	       (cmd->kind && cmd->kind->context &&
		g_hash_table_contains(cmd->gpu->excused_contexts,
				      GUINT_TO_POINTER(cmd->hdr.ctx_id)));
}

typedef void (*Report)(Journal *journal, const char *device, const char *fmt,
		       ...);

/* Report an error by @report, or only trace it if it is excused. */
static void G_GNUC_PRINTF(4, 0)
	report_error(GpuCommand *cmd, uint32_t resource, Report report,
		     const char *fmt, va_list ap)
{
	g_autofree char *text = g_strdup_vprintf(fmt, ap);
	g_autofree char *ids = gpu_command_ids(cmd);
	const Device *device = &cmd->gpu->mmio.device;

	if (excused(cmd, resource))
		journal_trace(device->journal, device->name,
			      "%s%s: %s (follows from an earlier failure)",
			      gpu_command_name(cmd), ids, text);
	else
		report(device->journal, device->name, "%s%s: %s",
		       gpu_command_name(cmd), ids, text);
}

uint32_t gpu_misuse(GpuCommand *cmd, uint32_t resource, uint32_t code,
		    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_error(cmd, resource, journal_violation, fmt, ap);
	va_end(ap);
	return code;
}

uint32_t gpu_refuse(GpuCommand *cmd, uint32_t resource, uint32_t code,
		    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_error(cmd, resource, journal_refused, fmt, ap);
	va_end(ap);
	cmd->refused = true;
	return code;
}

uint32_t gpu_reply(GpuCommand *cmd, uint32_t type, const void *data, size_t len)
{
	g_byte_array_set_size(cmd->reply, 0);
	g_byte_array_append(cmd->reply, data, len);
	return type;
}

const GpuCommand *gpu_busy(const GpuCommand *cmd, const GpuResource *res)
{
	for (GList *l = cmd->gpu->pending.head; l; l = l->next) {
		const GpuCommand *other = l->data;

		if (other->kind && other->kind->dma && other != cmd &&
		    g_ptr_array_find(other->uses, res, NULL))
			return other;
	}
	return NULL;
}
