/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of the VirtIO-GPU model (VirtIO 1.2 section 5.7). A resource is just bytes;
 * nothing is ever rendered.
 *
 * Life of a command (gpu.c). It is accepted as soon as the driver has notified the queue,
 * in queue order. At that moment it is checked completely, and what it creates or binds
 * takes effect. Its accesses to memory, and what it takes away (RESOURCE_UNREF,
 * RESOURCE_DETACH_BACKING), happen when it completes, directly before its response, as
 * on a real device. Both moments are the same, unless a fault delays or holds the
 * command, or it has to wait for a command that is delayed or held: fenced commands of
 * a timeline complete in order, and so do commands that work on the same resource.
 * Between the two the device may use the pages at any time, so taking pages away from
 * a command that is under way is a violation.
 */
#ifndef SHIM_VIRTIO_GPU_H
#define SHIM_VIRTIO_GPU_H

#include <inttypes.h>
#include <linux/virtio_gpu.h>

#include "core/hold.h"
#include "protocol.h"
#include "models/virtio-gpu/command-table.h"
#include "virtio/mmio.h"

#define GPU_SCANOUTS 1u
#define GPU_WIDTH 640u
#define GPU_HEIGHT 480u
/* Host storage of all resources together, in bytes. */
#define GPU_HOST_MAX (256ull << 20)
/* Bytes that one SUBMIT_3D may read and write in total. */
#define GPU_EXEC_MAX (1ull << 30)
#define GPU_RINGS 64u /* of a context, section 5.7.6.7 */

enum { GPU_QUEUE_CTRL, GPU_QUEUE_CURSOR };

enum {
#define GPU_INDEX(name_, ...) GPU_INDEX_##name_,
	GPU_KINDS(GPU_INDEX) GPU_COMMANDS
};

typedef struct VirtioGpu VirtioGpu;
typedef struct GpuCommand GpuCommand;

typedef enum { GPU_2D, GPU_3D, GPU_BLOB } GpuResourceKind;

/**
 * GpuEntry - a run of guest pages in a resource's backing
 *
 * @offset: of its first byte within the backing
 */
typedef struct {
	uint64_t addr;
	uint64_t len;
	uint64_t offset;
} GpuEntry;

/**
 * GpuResource - a resource, made by RESOURCE_CREATE_*
 *
 * @refs: one by the table of resources, and one by each command under way that
 *	names it
 * @target: PIPE_* of gallium, 2 (a 2D texture) for GPU_2D
 * @bpp: bytes of a pixel; 1 for buffers and blobs
 * @host: host storage, NULL if it has none (a guest blob)
 * @host_size: bytes of it; for a blob its size, even without host storage
 * @backing: GpuEntry, page-aligned, NULL if none is attached
 * @contexts: ids of the contexts it is attached to
 * @leaving: RESOURCE_UNREF is under way
 * @detaching: RESOURCE_DETACH_BACKING is under way
 * @orphan: a fault made its RESOURCE_UNREF fail, so the guest believes it is gone
 */
typedef struct {
	uint32_t id;
	guint refs;
	GpuResourceKind kind;
	uint32_t target, format, bind, width, height, depth, array_size;
	uint32_t last_level, nr_samples, flags;
	uint32_t blob_mem, blob_flags;
	uint64_t blob_id;
	uint32_t bpp;
	uint8_t *host;
	uint64_t host_size;
	GArray *backing;
	uint64_t backing_size;
	GHashTable *contexts;
	bool leaving, detaching, orphan;
	uint64_t to_host, from_host, execs, flushes, scanouts;
} GpuResource;

/* What command streams have made in a context, see stream-state.c. */
typedef struct GpuStreamState GpuStreamState;

typedef struct {
	uint32_t id;
	uint32_t context_init;
	char name[65];
	uint64_t submits;
	GpuStreamState *state;
} GpuContext;

/* @resource: 0 if there is none; @stride, @offset: of a blob only */
typedef struct {
	uint32_t resource;
	struct virtio_gpu_rect rect;
	uint32_t width, height, stride, offset, format;
	uint32_t cursor_resource;
	uint32_t cursor_x, cursor_y, cursor_hot_x, cursor_hot_y;
} GpuScanout;

/**
 * GpuKind - one command of the specification
 *
 * @size: of the request; with @trails it may be longer
 * @feature: the command exists only if this is negotiated; -1: always
 * @resource_at: where the request names a resource, 0: nowhere
 * @context: hdr.ctx_id is used
 * @creates: later commands will fail if this one does
 * @dma: accesses the bytes of resources when it completes
 * @accept: checks and begins the command; returns a response type. Adds to @uses.
 * @complete: does the deferred part; returns a response type. NULL: there is none.
 */
typedef struct {
	uint32_t type;
	const char *name;
	unsigned int queue;
	size_t size;
	bool trails;
	int feature;
	size_t resource_at;
	bool context;
	bool creates;
	bool dma;
	uint32_t (*accept)(GpuCommand *cmd);
	uint32_t (*complete)(GpuCommand *cmd);
} GpuKind;

/* command-table.c */
extern const GpuKind gpu_kinds[GPU_COMMANDS];
extern const DeviceKind gpu_fault_kinds[];

/**
 * GpuRegion - the bytes that a transfer moves, as rows in layers
 *
 * Host byte of (layer z, row y, byte x): @host + z * @host_layer + y *
 * @host_row + x; guest byte alike, counted within the backing.
 */
typedef struct {
	uint64_t host, host_row, host_layer;
	uint64_t guest, guest_row, guest_layer;
	uint64_t row_len, rows, layers;
} GpuRegion;

/**
 * GpuCommand - a command, from when it is taken off a queue until it is answered
 *
 * @kind: NULL for an unknown type
 * @request: the whole request, copied; begins with a struct virtio_gpu_ctrl_hdr
 * @reply: the response made by accept(), including the header; empty if it is only a
 *	header
 * @result: response type
 * @refused: the device refuses what the driver passes on for a process
 * @uses: GpuResource that it works on, referenced
 * @region: what a transfer moves
 * @ops: of SUBMIT_3D, GpuOp; or NULL
 * @hold: whether a fault rule holds or delays it
 */
struct GpuCommand {
	VirtioGpu *gpu;
	const GpuKind *kind;
	unsigned int queue;
	VirtChain *chain;
	uint64_t number;
	struct virtio_gpu_ctrl_hdr hdr;
	uint8_t *request;
	size_t request_len;
	GByteArray *reply;
	uint32_t result;
	bool refused;
	GPtrArray *uses;
	GpuRegion region;
	GArray *ops;
	Fault fault;
	Hold hold;
};

/* Request of @cmd as the structure of its kind. */
#define GPU_REQUEST(cmd, type) ((const struct type *)(cmd)->request)

typedef struct {
	uint64_t seen, ok, error;
} GpuCounter;

/**
 * VirtioGpu - the device
 *
 * @resources, @contexts: by id
 * @pages: guest pages that back resources, see Run in resource.c
 * @excused, @excused_contexts: ids whose creation failed on the device's side, or was
 *	refused; errors that follow from that are no violations
 * @pending: GpuCommand not complete, oldest first
 * @host_total: bytes of host storage
 * @highest: ID of all resources since the last reset
 */
struct VirtioGpu {
	VirtioMmio mmio;
	struct virtio_gpu_config config;
	GHashTable *resources;
	GHashTable *contexts;
	GTree *pages;
	GHashTable *excused;
	GHashTable *excused_contexts;
	GQueue pending;
	uint64_t number;
	uint64_t host_total;
	uint32_t highest;
	bool unplugged; /* nothing is connected to the outputs */
	GpuScanout scanouts[GPU_SCANOUTS];
	GpuCounter counters[GPU_COMMANDS];
	GpuCounter unknown;
};

/* response.c */

/*
 * Report a violation by @cmd, unless it follows from a failure of the device, of
 * the resource or context that @cmd names or of @resource (0: no other). Returns
 * @code, a VIRTIO_GPU_RESP_ERR_*.
 */
uint32_t gpu_misuse(GpuCommand *cmd, uint32_t resource, uint32_t code,
		    const char *fmt, ...) G_GNUC_PRINTF(4, 5);

/*
 * Likewise, of what the driver passes on for a process without being able to check it:
 * no violation, but an entry in the file `refused`. Errors that follow from the refusal
 * of a command that creates something are excused.
 */
uint32_t gpu_refuse(GpuCommand *cmd, uint32_t resource, uint32_t code,
		    const char *fmt, ...) G_GNUC_PRINTF(4, 5);

/*
 * Set the response of @len bytes, for accept(): a structure that begins with a
 * header, which is filled in later. Returns @type.
 */
uint32_t gpu_reply(GpuCommand *cmd, uint32_t type, const void *data,
		   size_t len);

/* An older command under way that works on the bytes of @res, or NULL. */
const GpuCommand *gpu_busy(const GpuCommand *cmd, const GpuResource *res);

const char *gpu_result_name(uint32_t type);
const char *gpu_command_name(const GpuCommand *cmd);
/* The resource that the request names, 0 for none. */
uint32_t gpu_command_resource(const GpuCommand *cmd);
/* "res 5", "ctx 1 res 5", or nothing; owned */
char *gpu_command_ids(const GpuCommand *cmd);

/* resource.c */

GTree *gpu_pages_new(void);

/*
 * Compute the host storage that the parameters in @res need; all but .host and
 * .host_size are set. Returns a response type: OK_NODATA, OUT_OF_MEMORY, or
 * INVALID_PARAMETER with *why set to a static text.
 */
uint32_t gpu_resource_size(VirtioGpu *gpu, GpuResource *res, const char **why);

GpuResource *gpu_resource_new(uint32_t id, GpuResourceKind kind);
GpuResource *gpu_resource_ref(GpuResource *res);
void gpu_resource_unref(VirtioGpu *gpu, GpuResource *res);

/* Note that @cmd works on @res. It may be called more than once. */
void gpu_use(GpuCommand *cmd, GpuResource *res);

/* The resource @id, unless it is being destroyed; or NULL. */
GpuResource *gpu_resource_find(VirtioGpu *gpu, uint32_t id);

/*
 * Attach @count entries. OK_NODATA, or an error reported by gpu_misuse(), and then
 * nothing is attached.
 */
uint32_t gpu_backing_attach(GpuCommand *cmd, GpuResource *res,
			    const struct virtio_gpu_mem_entry *entries,
			    uint32_t count);
void gpu_backing_detach(VirtioGpu *gpu, GpuResource *res);

/*
 * Check the stamps of all pages of the @len bytes at @offset in the backing,
 * and copy to or from @buf. The range lies within the backing.
 */
void gpu_backing_check(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		       uint64_t len);
void gpu_backing_read(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		      void *buf, uint64_t len);
void gpu_backing_write(VirtioGpu *gpu, GpuResource *res, uint64_t offset,
		       const void *buf, uint64_t len);

/* Layers of level @level, which exists: slices of a 3D texture, or of an array. */
uint64_t gpu_layers(const GpuResource *res, uint32_t level);

/*
 * Set the host part of @region to @box of level @level, and the rows and layers: level
 * follows level, and rows and layers are packed. NULL if the box lies within the level,
 * otherwise a static text.
 */
const char *gpu_box(const GpuResource *res, const struct virtio_gpu_box *box,
		    uint32_t level, GpuRegion *region);

/*
 * Compute the region of a transfer as virglrenderer does, for formats of one pixel
 * per block. Host: as gpu_box(). Guest: @size bytes; the box's first byte is at @offset;
 * rows are @stride apart, layers @layer_stride, where 0 stands for the host's value at
 * that level. NULL if the region lies within both, otherwise a static text.
 */
const char *gpu_region(const GpuResource *res, const struct virtio_gpu_box *box,
		       uint32_t level, uint64_t offset, uint32_t stride,
		       uint32_t layer_stride, uint64_t size, GpuRegion *region);
/* Copy between host storage of @host and backing of @guest, which may be the same. */
void gpu_region_copy(VirtioGpu *gpu, GpuResource *host, GpuResource *guest,
		     const GpuRegion *region, bool to_host);

/* handlers.c */

/*
 * The resource @id that @cmd names. If there is none: NULL, *code is set, and it is
 * a violation.
 */
GpuResource *gpu_named_resource(GpuCommand *cmd, uint32_t id, uint32_t *code);
/* Does the guest's buffer hold a response of @len bytes? OK_NODATA or an error. */
uint32_t gpu_check_response(GpuCommand *cmd, size_t len);
/* Does @res have guest memory? OK_NODATA or an error. */
uint32_t gpu_check_backing(GpuCommand *cmd, const GpuResource *res);

/* Handlers of commands, see GpuKind. */
uint32_t gpu_assign_uuid(GpuCommand *cmd);
uint32_t gpu_attach_backing(GpuCommand *cmd);
uint32_t gpu_create_2d(GpuCommand *cmd);
uint32_t gpu_create_3d(GpuCommand *cmd);
uint32_t gpu_create_blob(GpuCommand *cmd);
uint32_t gpu_ctx_attach(GpuCommand *cmd);
uint32_t gpu_ctx_create(GpuCommand *cmd);
uint32_t gpu_ctx_destroy(GpuCommand *cmd);
uint32_t gpu_ctx_detach(GpuCommand *cmd);
uint32_t gpu_detach_backing(GpuCommand *cmd);
uint32_t gpu_detach_backing_complete(GpuCommand *cmd);
uint32_t gpu_get_capset(GpuCommand *cmd);
uint32_t gpu_get_capset_info(GpuCommand *cmd);
uint32_t gpu_map_blob(GpuCommand *cmd);
uint32_t gpu_transfer_2d(GpuCommand *cmd);
uint32_t gpu_transfer_3d(GpuCommand *cmd);
uint32_t gpu_transfer_complete(GpuCommand *cmd);
uint32_t gpu_unref(GpuCommand *cmd);
uint32_t gpu_unref_complete(GpuCommand *cmd);

/* display.c: see GpuKind for what they do and return */

uint32_t gpu_get_display_info(GpuCommand *cmd);
uint32_t gpu_get_edid(GpuCommand *cmd);
uint32_t gpu_set_scanout(GpuCommand *cmd);
uint32_t gpu_set_scanout_blob(GpuCommand *cmd);
uint32_t gpu_flush(GpuCommand *cmd);
uint32_t gpu_flush_complete(GpuCommand *cmd);
uint32_t gpu_update_cursor(GpuCommand *cmd);

/* stream-state.c; needed only while its resources' device exists */

GpuStreamState *gpu_stream_state_new(void);
void gpu_stream_state_free(GpuStreamState *state);

/* stream.c: SUBMIT_3D */

uint32_t gpu_exec_accept(GpuCommand *cmd);
uint32_t gpu_exec_complete(GpuCommand *cmd);

/* edid.c */

#define GPU_EDID_SIZE 128u
/* EDID 1.4 of a monitor of GPU_WIDTH x GPU_HEIGHT. */
void gpu_edid(uint8_t edid[GPU_EDID_SIZE]);

/* tree.c: DeviceModel.nodes and .leaks */

extern const Node gpu_nodes[];
void gpu_leaks(Device *device, GString *out);

#endif
