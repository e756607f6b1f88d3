// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "lib/drm.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-frame.h"

#define TILE 16u
#define VERTEX_SIZE 16u
#define POLYGON_LIST_SIZE (2 * PAGE)
#define HEAP_SIZE (4 * MIB)

/* Offsets in the BO of the commands */
enum {
	START_JOB = 0x000, /* empties the polygon list */
	VERTEX_JOB = 0x080,
	TILER_JOB = 0x180,
	FRAGMENT_JOB = 0x280,
	FRAMEBUFFER = 0x300,
	TARGET = 0x380, /* follows the framebuffer */
	VERTEX_STATE = 0x400,
	FRAGMENT_STATE = 0x440,
	ATTRIBUTE = 0x480,
	VARYING = 0x488,
	ATTRIBUTE_BUFFER = 0x4a0,
	VARYING_BUFFER = 0x4c0,
	TEXTURE_TABLE = 0x4e0,
	TEXTURE = 0x500,
	SHADER = 0x600,
};

/* Of a job, behind its header */
#define INVOCATION 32u
#define PRIMITIVE 40u
#define DRAW 64u
#define PAYLOAD 32u

static void put32(struct frame *frame, unsigned int offset, uint32_t value)
{
	memcpy((char *)frame->commands.map + offset, &value, sizeof(value));
}

static void put64(struct frame *frame, unsigned int offset, uint64_t value)
{
	memcpy((char *)frame->commands.map + offset, &value, sizeof(value));
}

static uint64_t at(const struct frame *frame, unsigned int offset)
{
	return frame->commands.va + offset;
}

static void put_header(struct frame *frame, unsigned int job, uint32_t type,
		       uint32_t index, uint64_t next)
{
	put64(frame, job, 0);
	put32(frame, job + 16, 1 | type << 1 | index << 16);
	put32(frame, job + 20, index > 1 ? index - 1 : 0);
	put64(frame, job + 24, next);
}

static void put_draw(struct frame *frame, unsigned int job, unsigned int state,
		     uint64_t storage)
{
	unsigned int draw = job + DRAW;

	put32(frame, draw, 7); /* all addresses have 64 bits */
	put64(frame, draw + 16, frame->varyings.va); /* positions */
	put64(frame, draw + 32, at(frame, TEXTURE_TABLE));
	put64(frame, draw + 56, at(frame, state));
	put64(frame, draw + 64, at(frame, ATTRIBUTE_BUFFER));
	put64(frame, draw + 72, at(frame, ATTRIBUTE));
	put64(frame, draw + 80, at(frame, VARYING_BUFFER));
	put64(frame, draw + 88, at(frame, VARYING));
	put64(frame, draw + 112, storage);
}

static void put_state(struct frame *frame, unsigned int state,
		      uint32_t textures, uint32_t attributes)
{
	put64(frame, state, at(frame, SHADER) | 1);
	put32(frame, state + 8, textures << 16);
	put32(frame, state + 12, attributes | 1 << 16); /* one varying */
}

static void put_buffer(struct frame *frame, unsigned int buffer, uint64_t va)
{
	put64(frame, buffer, va | 1); /* one-dimensional */
	put32(frame, buffer + 8, VERTEX_SIZE);
	put32(frame, buffer + 12, FRAME_VERTICES * VERTEX_SIZE);
}

static void put_jobs(struct frame *frame)
{
	put32(frame, START_JOB + 40, WRITE_ZERO);
	put64(frame, START_JOB + 32, frame->polygons.va);
	put_draw(frame, VERTEX_JOB, VERTEX_STATE, 0);
	/* a row of workgroups: bits 0 to 21 are their number */
	put32(frame, TILER_JOB + INVOCATION, FRAME_VERTICES - 1);
	put32(frame, TILER_JOB + INVOCATION + 4, 22u << 22 | 22u << 16);
	put32(frame, TILER_JOB + PRIMITIVE, 8); /* triangles, no indices */
	put_draw(frame, TILER_JOB, FRAGMENT_STATE, at(frame, FRAMEBUFFER) | 1);
	put32(frame, FRAGMENT_JOB + PAYLOAD + 4,
	      (frame->width - 1) / TILE | (frame->height - 1) / TILE << 16);
	put64(frame, FRAGMENT_JOB + PAYLOAD + 8, at(frame, FRAMEBUFFER) | 1);
}

static void put_framebuffer(struct frame *frame)
{
	unsigned int tiler = FRAMEBUFFER + 56;

	put32(frame, FRAMEBUFFER + 32,
	      (frame->width - 1) | (frame->height - 1) << 16);
	put32(frame, tiler, POLYGON_LIST_SIZE);
	put32(frame, tiler + 4, 0xff); /* all sizes of tiles */
	put64(frame, tiler + 8, frame->polygons.va);
	put64(frame, tiler + 16, frame->polygons.va + POLYGON_LIST_SIZE / 2);
	put64(frame, tiler + 24, frame->heap.va);
	put64(frame, tiler + 32, frame->heap.va + HEAP_SIZE);

	put32(frame, TARGET, 1u << 26); /* R8G8B8A8 inside */
	put32(frame, TARGET + 4,
	      1 /* written */ | 19 << 3 /* R8G8B8A8 */ |
		      (frame->tiled ? 0u : 2u) << 10 |
		      03210 << 16 /* R, G, B, A */ | 1u << 31 /* cleared */);
	put64(frame, TARGET + 32, frame->color.va);
	put32(frame, TARGET + 40, frame->stride);
}

static void put_inputs(struct frame *frame)
{
	put_state(frame, VERTEX_STATE, 0, 1);
	put_state(frame, FRAGMENT_STATE, 1, 0);
	put_buffer(frame, ATTRIBUTE_BUFFER, frame->vertices.va);
	put_buffer(frame, VARYING_BUFFER, frame->varyings.va);
	put64(frame, TEXTURE_TABLE, at(frame, TEXTURE));
	put32(frame, TEXTURE, (FRAME_TEXTURE - 1) | (FRAME_TEXTURE - 1) << 16);
	/* two dimensions, linear, with strides */
	put32(frame, TEXTURE + 8, 2u << 22 | 2u << 24 | 3u << 28);
	put64(frame, TEXTURE + 32, frame->texture.va);
	put32(frame, TEXTURE + 40, FRAME_TEXTURE * 4);
	for (size_t i = 0; i < frame->vertices.size / 4; i++)
		((uint32_t *)frame->vertices.map)[i] = i * 0x01000193u;
	for (size_t i = 0; i < frame->texture.size / 4; i++)
		((uint32_t *)frame->texture.map)[i] = i * 0x9e3779b1u;
}

struct frame frame_new(int fd, unsigned int width, unsigned int height,
		       bool tiled)
{
	unsigned int across = (width + TILE - 1) / TILE;
	unsigned int down = (height + TILE - 1) / TILE;
	struct frame frame = {
		.width = width,
		.height = height,
		.tiled = tiled,
		.stride = tiled ? across * TILE * TILE * 4
				: (width * 4 + 63) / 64 * 64,
		.commands = pan_bo_mapped(fd, PAGE, 0),
		.vertices = pan_bo_mapped(fd, FRAME_VERTICES * VERTEX_SIZE,
					  PANFROST_BO_NOEXEC),
		.texture =
			pan_bo_mapped(fd, FRAME_TEXTURE * FRAME_TEXTURE * 4ul,
				      PANFROST_BO_NOEXEC),
		.varyings = pan_bo(fd, FRAME_VERTICES * VERTEX_SIZE,
				   PANFROST_BO_NOEXEC),
		.polygons = pan_bo(fd, POLYGON_LIST_SIZE, PANFROST_BO_NOEXEC),
		.heap = pan_bo(fd, HEAP_SIZE,
			       PANFROST_BO_HEAP | PANFROST_BO_NOEXEC),
	};
	size_t size = (size_t)frame.stride * (tiled ? down : height);

	frame.color = pan_bo_mapped(fd, (size + PAGE - 1) / PAGE * PAGE,
				    PANFROST_BO_NOEXEC);
	put_jobs(&frame);
	put_framebuffer(&frame);
	put_inputs(&frame);
	return frame;
}

void frame_free(struct frame *frame)
{
	pan_bo_free(&frame->commands);
	pan_bo_free(&frame->vertices);
	pan_bo_free(&frame->texture);
	pan_bo_free(&frame->varyings);
	pan_bo_free(&frame->polygons);
	pan_bo_free(&frame->heap);
	pan_bo_free(&frame->color);
}

static int submit(const struct frame *frame, unsigned int job,
		  uint32_t requirements, uint32_t in_sync, uint32_t out_sync,
		  bool names_target)
{
	const uint32_t bos[] = {
		frame->commands.handle, frame->vertices.handle,
		frame->texture.handle,	frame->varyings.handle,
		frame->polygons.handle, frame->heap.handle,
		frame->color.handle,
	};
	struct drm_panfrost_submit args = {
		.jc = at(frame, job),
		.in_syncs = (uintptr_t)&in_sync,
		.in_sync_count = in_sync ? 1 : 0,
		.out_sync = out_sync,
		.bo_handles = (uintptr_t)bos,
		.bo_handle_count = 7 - (names_target ? 0 : 1),
		.requirements = requirements,
	};

	if (!drm_ioctl(frame->commands.fd, DRM_IOCTL_PANFROST_SUBMIT, &args))
		return 0;
	return -errno;
}

/* Submit both chains. 0 or a negative errno */
static int start(struct frame *frame, uint32_t clear, bool draw,
		 bool names_target, uint32_t drawn, uint32_t done)
{
	int status;

	put_header(frame, START_JOB, JOB_WRITE_VALUE, 1,
		   draw ? at(frame, VERTEX_JOB) : 0);
	put_header(frame, VERTEX_JOB, JOB_VERTEX, 2, at(frame, TILER_JOB));
	put_header(frame, TILER_JOB, JOB_TILER, 3, 0);
	put_header(frame, FRAGMENT_JOB, JOB_FRAGMENT, 1, 0);
	for (unsigned int i = 0; i < 4; i++)
		put32(frame, TARGET + 48 + 4 * i, clear);
	status = submit(frame, START_JOB, 0, 0, drawn, names_target);
	if (!status)
		status = submit(frame, FRAGMENT_JOB, PANFROST_JD_REQ_FS, drawn,
				done, names_target);
	return status;
}

int frame_result(const struct frame *frame, uint32_t done)
{
	int fd = frame->commands.fd, status;

	CHECK(syncobj_wait(fd, done, 20000));
	status = syncobj_status(fd, done);
	syncobj_free(fd, done);
	return status == 1 ? 0 : status;
}

uint32_t frame_start(struct frame *frame, uint32_t clear, bool draw)
{
	int fd = frame->commands.fd;
	uint32_t drawn = syncobj_new(fd), done = syncobj_new(fd);

	CHECK_EQ(start(frame, clear, draw, true, drawn, done), 0);
	syncobj_free(fd, drawn);
	return done;
}

int frame_try_render(struct frame *frame, uint32_t clear, bool draw,
		     bool names_target)
{
	int fd = frame->commands.fd;
	uint32_t drawn = syncobj_new(fd), done = syncobj_new(fd);
	int status, ended;

	status = start(frame, clear, draw, names_target, drawn, done);
	if (status) {
		syncobj_free(fd, drawn);
		syncobj_free(fd, done);
		return status;
	}
	status = frame_result(frame, drawn);
	ended = frame_result(frame, done);
	return status ?: ended;
}

void frame_render(struct frame *frame, uint32_t clear, bool draw)
{
	CHECK_EQ(frame_try_render(frame, clear, draw, true), 0);
}

uint32_t frame_pixel(const struct frame *frame, unsigned int x, unsigned int y)
{
	const char *row = frame->color.map;
	unsigned int in_tile = 0;

	if (!frame->tiled) {
		row += (size_t)y * frame->stride;
		return ((const uint32_t *)row)[x];
	}
	/* y3, y3^x3, y2, y2^x2, y1, y1^x1, y0, y0^x0 */
	for (unsigned int bit = 0; bit < 4; bit++)
		in_tile |= ((y >> bit & 1) * 3 ^ (x >> bit & 1)) << 2 * bit;
	row += (size_t)(y / TILE) * frame->stride;
	return ((const uint32_t *)row)[x / TILE * TILE * TILE + in_tile];
}

void frame_check_clear(const struct frame *frame, uint32_t clear)
{
	for (unsigned int y = 0; y < frame->height; y++)
		for (unsigned int x = 0; x < frame->width; x++)
			CHECK_EQ(frame_pixel(frame, x, y), clear);
}

uint64_t frame_sum(const struct frame *frame)
{
	uint64_t sum = 0;

	for (unsigned int y = 0; y < frame->height; y++)
		for (unsigned int x = 0; x < frame->width; x++)
			sum = sum * 0x100000001b3ull + frame_pixel(frame, x, y);
	return sum;
}
