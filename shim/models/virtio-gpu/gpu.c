// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VirtIO-GPU device: takes commands off the queues, lets their handlers accept
 * them, completes them in the right order, and answers. See gpu.h for the life of a
 * command.
 */
#include "models/virtio-gpu/gpu.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "models/virtio-gpu/caps.h"

#define KNOWN_FLAGS (VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX)

static VirtioGpu *gpu_of(VirtioMmio *mmio)
{
	return (VirtioGpu *)mmio;
}

static bool is_ok(uint32_t type)
{
	return type < VIRTIO_GPU_RESP_ERR_UNSPEC;
}

static void command_free(GpuCommand *cmd)
{
	for (guint i = 0; i < cmd->uses->len; i++)
		gpu_resource_unref(cmd->gpu, cmd->uses->pdata[i]);
	g_ptr_array_unref(cmd->uses);
	g_byte_array_unref(cmd->reply);
	g_clear_pointer(&cmd->ops, g_array_unref);
	if (cmd->chain)
		virtchain_free(cmd->chain);
	g_free(cmd->request);
	g_free(cmd);
}

/* Order of completion. */

static bool fenced(const GpuCommand *cmd)
{
	return cmd->hdr.flags & VIRTIO_GPU_FLAG_FENCE;
}

/*
 * The timeline is that of a ring of a context if the command names one, otherwise
 * the device's own: section 5.7.6.7, VIRTIO_GPU_FLAG_INFO_RING_IDX.
 */
static bool same_timeline(const GpuCommand *a, const GpuCommand *b)
{
	bool ring = a->hdr.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX;

	if (!fenced(a) || !fenced(b) ||
	    ring != !!(b->hdr.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX))
		return false;
	return !ring || (a->hdr.ctx_id == b->hdr.ctx_id &&
			 a->hdr.ring_idx == b->hdr.ring_idx);
}

static bool shares_resource(const GpuCommand *a, const GpuCommand *b)
{
	for (guint i = 0; i < a->uses->len; i++)
		if (g_ptr_array_find(b->uses, a->uses->pdata[i], NULL))
			return true;
	return false;
}

/* Must @cmd wait for an older command, one before @link? */
static bool waits_for_older(const GpuCommand *cmd, const GList *link)
{
	for (link = link->prev; link; link = link->prev)
		if (same_timeline(link->data, cmd) ||
		    shares_resource(link->data, cmd))
			return true;
	return false;
}

/* Answering. */

static GpuCounter *counter(GpuCommand *cmd)
{
	return cmd->kind ? &cmd->gpu->counters[cmd->kind - gpu_kinds]
			 : &cmd->gpu->unknown;
}

/* More than jobs of tests use are not named. */
#define TRACED_USES_MAX 32

/* The resources of a command that names none itself. */
static void append_uses(GString *out, const GpuCommand *cmd)
{
	if (!cmd->kind || cmd->kind->resource_at || !cmd->uses->len)
		return;
	g_string_append(out, " uses");
	for (guint i = 0; i < MIN(cmd->uses->len, TRACED_USES_MAX); i++) {
		const GpuResource *res = cmd->uses->pdata[i];

		g_string_append_printf(out, " %u", res->id);
	}
}

static void trace_answer(const GpuCommand *cmd, const char *what)
{
	g_autofree char *ids = gpu_command_ids(cmd);
	g_autoptr(GString) fence = g_string_new(NULL);

	append_uses(fence, cmd);
	if (fenced(cmd)) {
		g_string_append_printf(fence, " fence %" PRIu64,
				       (uint64_t)cmd->hdr.fence_id);
		if (cmd->hdr.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX)
			g_string_append_printf(fence, " ring %u",
					       cmd->hdr.ring_idx);
	}
	journal_trace(cmd->gpu->mmio.device.journal, cmd->gpu->mmio.device.name,
		      "#%" PRIu64 " %s%s%s -> %s", cmd->number,
		      gpu_command_name(cmd), ids, fence->str, what);
}

/*
 * FAULT_GARBAGE: fill the header, and the rest of the guest's response buffer, with
 * pseudo-random bytes from the fault's number, which differs each time.
 */
static void spoil(GpuCommand *cmd)
{
	uint64_t state = cmd->fault.arg | 1;

	g_byte_array_set_size(cmd->reply,
			      MIN(cmd->chain->in_len, RAM_PAGE_SIZE));
	for (guint i = 0; i < cmd->reply->len; i++) {
		/* The multiplier of Knuth's MMIX generator. */
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		cmd->reply->data[i] = state >> 56;
	}
}

/* Write the response, return the chain, and free the command. */
static void answer(GpuCommand *cmd)
{
	struct virtio_gpu_ctrl_hdr *hdr;
	uint32_t written;

	if (!is_ok(cmd->result) || cmd->reply->len < sizeof(*hdr)) {
		g_byte_array_set_size(cmd->reply, sizeof(*hdr));
		memset(cmd->reply->data, 0, sizeof(*hdr));
	}
	hdr = (struct virtio_gpu_ctrl_hdr *)cmd->reply->data;
	memset(hdr, 0, sizeof(*hdr));
	hdr->type = cmd->result;
	if (fenced(cmd)) {
		hdr->flags = cmd->hdr.flags & KNOWN_FLAGS;
		hdr->fence_id = cmd->hdr.fence_id;
		hdr->ctx_id = cmd->hdr.ctx_id;
		hdr->ring_idx = cmd->hdr.ring_idx;
	}
	if (cmd->fault.kind == FAULT_GARBAGE)
		spoil(cmd);

	/* The cursor queue has no responses (section 5.7.6.10). */
	written =
		virtchain_write(cmd->chain, cmd->reply->data, cmd->reply->len);
	if (is_ok(cmd->result))
		counter(cmd)->ok++;
	else
		counter(cmd)->error++;
	trace_answer(cmd, cmd->fault.kind == FAULT_GARBAGE
				  ? "garbage (fault)"
				  : gpu_result_name(cmd->result));
	virtio_mmio_push(&cmd->gpu->mmio, cmd->queue,
			 g_steal_pointer(&cmd->chain), written);
	command_free(cmd);
}

/* Somebody unplugs all outputs, or plugs them in again. */
static void change(VirtioGpu *gpu)
{
	gpu->unplugged = !gpu->unplugged;
	journal_trace(gpu->mmio.device.journal, gpu->mmio.device.name,
		      "outputs %s (fault)",
		      gpu->unplugged ? "unplugged" : "plugged in");
	gpu->config.events_read |= VIRTIO_GPU_EVENT_DISPLAY;
	virtio_mmio_changed(&gpu->mmio);
}

static void complete(GpuCommand *cmd)
{
	if (cmd->kind &&
	    device_changes(&cmd->gpu->mmio.device, cmd->kind->name))
		change(cmd->gpu);
	if (is_ok(cmd->result) && cmd->kind && cmd->kind->complete &&
	    cmd->fault.kind != FAULT_FAIL)
		cmd->result = cmd->kind->complete(cmd);
	answer(cmd);
}

static bool stuck(const GpuCommand *cmd)
{
	return !hold_due(&cmd->gpu->mmio.device, &cmd->hold);
}

static void set_deadline(VirtioGpu *gpu)
{
	Device *device = &gpu->mmio.device;

	device->deadline_ns = 0;
	for (GList *l = gpu->pending.head; l; l = l->next) {
		const GpuCommand *cmd = l->data;

		if (stuck(cmd))
			hold_want_tick(device, &cmd->hold);
	}
}

/*
 * Complete all commands, oldest first, that neither a fault nor an older one
 * blocks.
 */
static void run_pending(VirtioGpu *gpu)
{
	GList *next;

	for (GList *l = gpu->pending.head; l; l = next) {
		GpuCommand *cmd = l->data;

		next = l->next;
		if (stuck(cmd) || waits_for_older(cmd, l))
			continue;
		g_queue_delete_link(&gpu->pending, l);
		complete(cmd);
	}
	set_deadline(gpu);
}

/* Accepting. */

static const GpuKind *find_kind(uint32_t type)
{
	for (size_t i = 0; i < GPU_COMMANDS; i++)
		if (gpu_kinds[i].type == type)
			return &gpu_kinds[i];
	return NULL;
}

/* Check what all commands have in common. OK_NODATA or an error. */
static uint32_t check_header(GpuCommand *cmd)
{
	const GpuKind *kind = cmd->kind;
	VirtioGpu *gpu = cmd->gpu;

	if (!kind)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_UNSPEC,
				  "unknown command");
	if (kind->queue != cmd->queue)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_UNSPEC,
				  "on the wrong queue");
	if (kind->feature >= 0 && !virtio_mmio_has(&gpu->mmio, kind->feature))
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_UNSPEC,
				  "feature %d was not negotiated",
				  kind->feature);
	if (cmd->request_len < kind->size ||
	    (cmd->request_len > kind->size && !kind->trails))
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				  "request of %zu bytes, not %zu",
				  cmd->request_len, kind->size);
	if (cmd->hdr.flags & ~KNOWN_FLAGS)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				  "unknown flags 0x%x", cmd->hdr.flags);
	if (!(cmd->hdr.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX))
		return VIRTIO_GPU_RESP_OK_NODATA;
	if (!virtio_mmio_has(&gpu->mmio, VIRTIO_GPU_F_CONTEXT_INIT) ||
	    cmd->hdr.ring_idx >= GPU_RINGS)
		return gpu_misuse(cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
				  "ring %u does not exist", cmd->hdr.ring_idx);
	if (!g_hash_table_contains(gpu->contexts,
				   GUINT_TO_POINTER(cmd->hdr.ctx_id)))
		return gpu_misuse(
			cmd, 0, VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID,
			"ring of unknown context %u", cmd->hdr.ctx_id);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* FAULT_FAIL: returns the error, and excuses errors that follow from it. */
static uint32_t injected_error(GpuCommand *cmd)
{
	GpuResource *res =
		gpu_resource_find(cmd->gpu, gpu_command_resource(cmd));

	/* The guest will free its pages, whatever the answer is. */
	if (cmd->hdr.type == VIRTIO_GPU_CMD_RESOURCE_UNREF && res)
		res->orphan = true;
	return cmd->fault.arg ? cmd->fault.arg : VIRTIO_GPU_RESP_ERR_UNSPEC;
}

/*
 * If creating something fails on the device's side, or is refused, later commands that use it must
 * not count as wrong: the driver sends them before it can know.
 */
static void excuse(GpuCommand *cmd)
{
	uint32_t id = gpu_command_resource(cmd);

	if (!cmd->kind || !cmd->kind->creates ||
	    (cmd->fault.kind != FAULT_FAIL && !cmd->refused &&
	     cmd->result != VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY))
		return;
	if (id)
		g_hash_table_add(cmd->gpu->excused, GUINT_TO_POINTER(id));
	else if (!cmd->kind->resource_at && cmd->hdr.ctx_id)
		g_hash_table_add(cmd->gpu->excused_contexts,
				 GUINT_TO_POINTER(cmd->hdr.ctx_id));
}

static void accept(GpuCommand *cmd)
{
	Device *device = &cmd->gpu->mmio.device;
	bool malformed = false;

	if (cmd->kind)
		cmd->fault = hold_begin(device, &cmd->hold, cmd->kind->name, 0);
	else
		cmd->hold.active = true;
	/* A malformed command is an error even if a fault applies to it. */
	cmd->result = check_header(cmd);
	if (cmd->result != VIRTIO_GPU_RESP_OK_NODATA)
		malformed = true;
	else if (cmd->fault.kind == FAULT_FAIL)
		cmd->result = injected_error(cmd);
	else
		cmd->result = cmd->kind->accept(cmd);
	if (!malformed)
		excuse(cmd);

	g_queue_push_tail(&cmd->gpu->pending, cmd);
	if (stuck(cmd))
		trace_answer(cmd, cmd->hold.held ? "held (fault)"
						 : "delayed (fault)");
	run_pending(cmd->gpu);
}

static GpuCommand *command_new(VirtioGpu *gpu, unsigned int queue,
			       VirtChain *chain)
{
	GpuCommand *cmd = g_new0(GpuCommand, 1);

	cmd->gpu = gpu;
	cmd->queue = queue;
	cmd->chain = chain;
	cmd->number = ++gpu->number;
	cmd->request = virtchain_read(chain);
	cmd->request_len = chain->out_len;
	memcpy(&cmd->hdr, cmd->request, sizeof(cmd->hdr));
	cmd->kind = find_kind(cmd->hdr.type);
	cmd->reply = g_byte_array_new();
	cmd->uses = g_ptr_array_new();
	counter(cmd)->seen++;
	return cmd;
}

static void notify(VirtioMmio *mmio, unsigned int queue)
{
	VirtioGpu *gpu = gpu_of(mmio);
	VirtChain *chain;

	while ((chain = virtio_mmio_pop(mmio, queue))) {
		/* With less, the driver cannot even be told what is wrong. */
		if (chain->out_len < sizeof(struct virtio_gpu_ctrl_hdr) ||
		    (queue == GPU_QUEUE_CTRL &&
		     chain->in_len < sizeof(struct virtio_gpu_ctrl_hdr))) {
			virtio_mmio_broken(mmio,
					   "queue %u: request of %zu and space "
					   "for a response of %zu bytes",
					   queue, chain->out_len,
					   chain->in_len);
			virtchain_free(chain);
			return;
		}
		accept(command_new(gpu, queue, chain));
	}
}

/* Device. */

static void tick(Device *device)
{
	run_pending((VirtioGpu *)device);
}

static void context_free(gpointer data)
{
	GpuContext *ctx = data;

	gpu_stream_state_free(ctx->state);
	g_free(ctx);
}

/* Free all that a guest has created. */
static void drop_all(VirtioGpu *gpu)
{
	GpuCommand *cmd;
	GHashTableIter iter;
	gpointer res;

	while ((cmd = g_queue_pop_head(&gpu->pending)))
		command_free(cmd);
	g_hash_table_iter_init(&iter, gpu->resources);
	while (g_hash_table_iter_next(&iter, NULL, &res)) {
		g_hash_table_iter_steal(&iter);
		gpu_resource_unref(gpu, res);
	}
	g_hash_table_remove_all(gpu->contexts);
	g_hash_table_remove_all(gpu->excused);
	g_hash_table_remove_all(gpu->excused_contexts);
}

static void forget(VirtioMmio *mmio)
{
	VirtioGpu *gpu = gpu_of(mmio);
	g_autoptr(GString) left = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	/*
	 * Leftovers are no violation: unbinding the driver first unplugs the DRM
	 * device, after which the driver cannot send commands, and then resets.
	 */
	gpu_leaks(&mmio->device, left);
	lines = g_strsplit(left->str, "\n", -1);
	for (size_t i = 0; lines[i] && *lines[i]; i++)
		journal_trace(mmio->device.journal, mmio->device.name,
			      "reset drops %s", lines[i]);

	drop_all(gpu);
	memset(gpu->scanouts, 0, sizeof(gpu->scanouts));
	gpu->highest = 0;
	memset(gpu->counters, 0, sizeof(gpu->counters));
	memset(&gpu->unknown, 0, sizeof(gpu->unknown));
	mmio->features &= ~device_lacks(&mmio->device);
	gpu->unplugged = false;
	gpu->config = (struct virtio_gpu_config){
		.num_scanouts = GPU_SCANOUTS,
		.num_capsets = mmio->features & 1ull << VIRTIO_GPU_F_VIRGL
				       ? GPU_CAPSETS
				       : 0,
	};
	mmio->device.deadline_ns = 0;
}

static void reset(Device *device)
{
	virtio_mmio_reset((VirtioMmio *)device);
}

static const char *negotiated(VirtioMmio *mmio)
{
	/* Section 5.7.3 */
	if (virtio_mmio_has(mmio, VIRTIO_GPU_F_CONTEXT_INIT) &&
	    !virtio_mmio_has(mmio, VIRTIO_GPU_F_VIRGL))
		return "VIRTIO_GPU_F_CONTEXT_INIT needs VIRTIO_GPU_F_VIRGL";
	return NULL;
}

static bool config_read(VirtioMmio *mmio, uint64_t offset, void *buf,
			size_t len)
{
	VirtioGpu *gpu = gpu_of(mmio);

	if (offset > sizeof(gpu->config) || len > sizeof(gpu->config) - offset)
		return false;
	memcpy(buf, (const uint8_t *)&gpu->config + offset, len);
	return true;
}

static bool config_write(VirtioMmio *mmio, uint64_t offset, const void *buf,
			 size_t len)
{
	VirtioGpu *gpu = gpu_of(mmio);
	uint32_t clear;

	/* Section 5.7.4: a driver may write only events_clear. */
	if (offset != offsetof(struct virtio_gpu_config, events_clear) ||
	    len != sizeof(clear))
		return false;
	memcpy(&clear, buf, sizeof(clear));
	gpu->config.events_read &= ~clear;
	return true;
}

static const VirtioMmioOps mmio_ops = {
	.device_id = VIRTIO_ID_GPU,
	.features = 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID |
		    1ull << VIRTIO_GPU_F_RESOURCE_UUID |
		    1ull << VIRTIO_GPU_F_RESOURCE_BLOB |
		    1ull << VIRTIO_GPU_F_CONTEXT_INIT |
		    1ull << VIRTIO_RING_F_INDIRECT_DESC |
		    1ull << VIRTIO_F_VERSION_1 |
		    1ull << VIRTIO_F_ACCESS_PLATFORM,
	.queue_max = {[GPU_QUEUE_CTRL] = 256, [GPU_QUEUE_CURSOR] = 16},
	.negotiated = negotiated,
	.notify = notify,
	.reset = forget,
	.config_read = config_read,
	.config_write = config_write,
};

static void fini(Device *device)
{
	VirtioGpu *gpu = (VirtioGpu *)device;

	drop_all(gpu);
	g_hash_table_unref(gpu->resources);
	g_hash_table_unref(gpu->contexts);
	g_hash_table_unref(gpu->excused);
	g_hash_table_unref(gpu->excused_contexts);
	g_tree_unref(gpu->pages);
}

static void init(Device *device)
{
	VirtioGpu *gpu = (VirtioGpu *)device;

	gpu->resources = g_hash_table_new(NULL, NULL);
	gpu->contexts = g_hash_table_new_full(NULL, NULL, NULL, context_free);
	gpu->excused = g_hash_table_new(NULL, NULL);
	gpu->excused_contexts = g_hash_table_new(NULL, NULL);
	gpu->pages = gpu_pages_new();
	g_queue_init(&gpu->pending);
	virtio_mmio_init(&gpu->mmio, &mmio_ops);
	reset(device);
}

static const DeviceWindow windows[] = {
	{0, VIRTIO_MMIO_CONFIG + sizeof(struct virtio_gpu_config)},
	{0, 0},
};

/* Section 5.7.3: a feature that needs one that is taken away goes as well. */
static const DeviceFeature features[] = {
	{"VIRGL",
	 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_CONTEXT_INIT},
	{"EDID", 1ull << VIRTIO_GPU_F_EDID},
	{"RESOURCE_UUID", 1ull << VIRTIO_GPU_F_RESOURCE_UUID},
	{"RESOURCE_BLOB", 1ull << VIRTIO_GPU_F_RESOURCE_BLOB},
	{"CONTEXT_INIT", 1ull << VIRTIO_GPU_F_CONTEXT_INIT},
	{NULL, 0},
};

DEVICE_MODEL(virtio_gpu, .name = "virtio-gpu", .reg_file = "ctrl",
	     .windows = windows, .irqs = 1, .kinds = gpu_fault_kinds,
	     .changes = true, .features = features,
	     .stamps = STAMPS_BY_RESOURCE, .size = sizeof(VirtioGpu),
	     .init = init, .fini = fini, .read = virtio_mmio_read,
	     .write = virtio_mmio_write, .tick = tick, .release = tick,
	     .reset = reset, .leaks = gpu_leaks, .nodes = gpu_nodes);
