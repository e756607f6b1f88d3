/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command stream of VIRTIO_GPU_CMD_SUBMIT_3D: that of virgl, as virglrenderer and
 * Mesa have it, with the commands of protocol.h beside it. A command is a header word
 * (its number in bits 0 to 7, the type of an object in 8 to 15, the number of words that
 * follow in 16 to 31) and these words.
 *
 * The whole stream is checked when it is accepted: lengths, numbers, whether each
 * resource that it names is attached to the context, places in resources. If that
 * fails, nothing of it is executed. What is left of it is a list of operations on the
 * bytes of resources, which run when the command completes. Nothing is rendered: draws
 * and the state for them are only checked.
 *
 * What is malformed is a process's mistake and refused. That a resource is gone, not
 * attached to the context or without backing is a violation, though a process can
 * provoke that, too, by naming a resource whose BO it does not list: the device cannot
 * know what was listed, and for listed BOs the driver sees to all of it. An ID that was
 * never used is refused.
 */
#ifndef SHIM_VIRTIO_GPU_STREAM_H
#define SHIM_VIRTIO_GPU_STREAM_H

#include "models/virtio-gpu/format.h"
#include "models/virtio-gpu/gpu.h"

typedef struct GpuStreamKind GpuStreamKind;

/**
 * GpuStream - a stream while it is checked
 *
 * @kind: the current command; NULL: it is not known
 * @words: its header, and behind it its @len words
 * @at: number of the header in the stream, from 0
 * @work: bytes that all operations so far read and write
 */
typedef struct {
	GpuCommand *cmd;
	GpuContext *ctx;
	const GpuStreamKind *kind;
	const uint32_t *words;
	uint32_t len;
	uint32_t at;
	uint64_t work;
} GpuStream;

/**
 * GpuStreamKind - a command, or a type of object for the command that creates one
 *
 * @min: words that follow the header; with @step it may have any number of further
 *	@step words
 * @max: at most this many (0: no other limit)
 * @resource_at: the first of these words that names a resource (0: none does), and
 *	then every @resource_step words, @resources times or (0) up to the end. A
 *	resource of 0 stands for none.
 * @objects: the type in the header decides about all the rest
 * @accept: checks the rest of it, adds operations; a response type. NULL: there is
 *	nothing more to do.
 */
struct GpuStreamKind {
	uint32_t number;
	const char *name;
	uint16_t min, step, max;
	uint16_t resource_at, resource_step, resources;
	bool objects;
	uint32_t (*accept)(GpuStream *stream);
};

/**
 * GpuOp - an operation on the bytes of resources
 *
 * @words: header of the command, in the request
 * @dst, @src: held by GpuCommand.uses, or NULL
 * @region: what it works on; its guest part may be another resource's, or data in the
 *	stream
 */
typedef struct GpuOp GpuOp;
struct GpuOp {
	void (*run)(GpuCommand *cmd, const GpuOp *op);
	const uint32_t *words;
	GpuResource *dst, *src;
	GpuRegion region;
	GpuPixel pixel;
};

/* stream-table.c: NULL if there is none */

const GpuStreamKind *gpu_stream_kind(uint32_t number);
const GpuStreamKind *gpu_stream_object(uint32_t type);

/* stream-check.c */

/* Refuse the current command. Returns ERR_INVALID_PARAMETER. */
uint32_t gpu_stream_refuse(GpuStream *stream, const char *fmt, ...)
	G_GNUC_PRINTF(2, 3);
/* Likewise, as a violation that concerns resource @id. */
uint32_t gpu_stream_misuse(GpuStream *stream, uint32_t id, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);

/* Check length and resources of the current command as @kind says. */
uint32_t gpu_stream_check(GpuStream *stream, const GpuStreamKind *kind);

/*
 * The resource that word @at names, attached to the context and from now on used by
 * the command; NULL: the stream fails with *code.
 */
GpuResource *gpu_stream_resource(GpuStream *stream, unsigned int at,
				 uint32_t *code);
/* Is backing attached to @res? OK_NODATA, or it is a violation. */
uint32_t gpu_stream_backing(GpuStream *stream, const GpuResource *res);
/* Does @res have host storage? OK_NODATA, or it is refused. */
uint32_t gpu_stream_host(GpuStream *stream, const GpuResource *res);

/* The box in words @at to @at + 5: x, y, z, width, height, depth. */
struct virtio_gpu_box gpu_stream_box(const GpuStream *stream, unsigned int at);

/*
 * Add an operation of the current command that reads or writes @bytes bytes. It is
 * refused if that is too much for one stream.
 */
uint32_t gpu_stream_add(GpuStream *stream, GpuOp op, uint64_t bytes);

/*
 * Bytes of @res: of its guest backing if @guest, after a check of their pages' stamps,
 * else of its host storage. The range is within it.
 */
void gpu_stream_read(GpuCommand *cmd, GpuResource *res, bool guest,
		     uint64_t offset, void *buf, uint64_t len);
void gpu_stream_write(GpuCommand *cmd, GpuResource *res, bool guest,
		      uint64_t offset, const void *buf, uint64_t len);

/* stream-state.c: objects, in sub-contexts, and the framebuffer */

/**
 * GpuSurface - what a clear writes to
 *
 * @res: NULL: there is no such surface
 * @first, @last: layers
 */
typedef struct {
	GpuResource *res;
	uint32_t format, level, first, last;
} GpuSurface;

#define GPU_TARGETS 8u

/*
 * The surface of color target @index (below GPU_TARGETS), or of depth and stencil for
 * GPU_TARGETS. Its .res is NULL if nothing is bound, or if its resource is gone.
 */
GpuSurface gpu_stream_surface(const GpuStream *stream, unsigned int index);
/* The resource and offset to which query @handle writes; NULL: unknown. */
GpuResource *gpu_stream_query(const GpuStream *stream, uint32_t handle,
			      uint32_t *offset);

uint32_t gpu_stream_create_surface(GpuStream *stream);
uint32_t gpu_stream_create_query(GpuStream *stream);
uint32_t gpu_stream_destroy_object(GpuStream *stream);
uint32_t gpu_stream_set_framebuffer(GpuStream *stream);
uint32_t gpu_stream_create_sub(GpuStream *stream);
uint32_t gpu_stream_set_sub(GpuStream *stream);
uint32_t gpu_stream_destroy_sub(GpuStream *stream);

/* Handlers of commands, see GpuStreamKind: stream-clear.c, -copy.c and so on. */

uint32_t gpu_stream_clear(GpuStream *stream);
uint32_t gpu_stream_clear_texture(GpuStream *stream);
uint32_t gpu_stream_copy_region(GpuStream *stream);
uint32_t gpu_stream_blit(GpuStream *stream);
uint32_t gpu_stream_inline_write(GpuStream *stream);
uint32_t gpu_stream_transfer(GpuStream *stream);
uint32_t gpu_stream_copy_transfer(GpuStream *stream);
uint32_t gpu_stream_query_result(GpuStream *stream);
uint32_t gpu_stream_exec(GpuStream *stream);

#endif
