// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: fragment jobs, and the framebuffers that they write. */
#include <string.h>

#include "models/panfrost/regs.h"
#include "models/panfrost/render.h"

#define RECORDS_MAX 65536u
#define CRC_SIZE 8u /* of a tile */
#define AFBC_HEADER_SIZE 16u /* of a tile */

/* Part of the framebuffer that the job covers, in tiles, both ends included */
typedef struct {
	uint32_t x0, y0, x1, y1;
} Tiles;

static const uint32_t raw_bytes[] = {1,	 2,  3,	 4,  6,	 8,   12,  16,
				     24, 32, 48, 64, 96, 128, 192, 256};

/* Bits of the channels of a pixel in memory, in their order */
static const uint8_t channel_bits[COLOR_FORMATS][4] = {
	[COLOR_R8] = {8},
	[COLOR_R8G8] = {8, 8},
	[COLOR_R8G8B8] = {8, 8, 8},
	[COLOR_R8G8B8A8] = {8, 8, 8, 8},
	[COLOR_R4G4B4A4] = {4, 4, 4, 4},
	[COLOR_R5G6B5] = {5, 6, 5},
	[COLOR_R8G8B8_2] = {8, 8, 8},
	[COLOR_R10G10B10A2] = {10, 10, 10, 2},
	[COLOR_A2B10G10R10] = {2, 10, 10, 10},
	[COLOR_R5G5B5A1] = {5, 5, 5, 1},
	[COLOR_A1B5G5R5] = {1, 5, 5, 5},
};

/* Channels of a clear colour: integer bits, fraction bits; by internal format */
static const uint8_t internal_bits[][4][2] = {
	[1] = {{8, 0}, {8, 0}, {8, 0}, {8, 0}},
	[2] = {{10, 0}, {10, 0}, {10, 0}, {2, 0}},
	[3] = {{8, 2}, {8, 2}, {8, 2}, {2, 0}},
	[4] = {{4, 4}, {4, 4}, {4, 4}, {4, 4}},
	[5] = {{5, 5}, {6, 4}, {5, 5}, {0, 2}},
	[6] = {{5, 5}, {5, 5}, {5, 5}, {1, 1}},
};

/* Bytes of a pixel in memory; 0: there is no such format */
static uint32_t color_bytes(uint32_t format)
{
	uint32_t bits = 0;

	if (format <= COLOR_RAW2048)
		return raw_bytes[format];
	for (unsigned int i = 0; i < 4; i++)
		bits += channel_bits[format][i];
	return bits / 8;
}

static void put_raw(uint8_t *pixel, const RenderTarget *target, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		pixel[i] = ((const uint8_t *)target->clear)[i % 16];
}

/* The value of a source of the swizzle (R, G, B, A, 0, 1), scaled to @bits */
static uint32_t channel(const RenderTarget *target, uint32_t source,
			unsigned int bits)
{
	const uint8_t(*in)[2] =
		internal_bits[RT_INTERNAL_FORMAT(target->internal)];
	uint32_t value, at = 0;

	if (source >= 4)
		return source == 5 ? (1u << bits) - 1 : 0;
	for (uint32_t i = 0; i < source; i++)
		at += in[i][0] + in[i][1];
	value = target->clear[0] >> at >> in[source][1] &
		((1u << in[source][0]) - 1);
	return in[source][0] > bits ? value >> (in[source][0] - bits)
				    : value << (bits - in[source][0]);
}

/* The clear colour as it is in memory */
static void put_clear(uint8_t *pixel, const RenderTarget *target,
		      uint32_t bytes)
{
	uint32_t format = RT_FORMAT(target->format);
	uint32_t internal = RT_INTERNAL_FORMAT(target->internal);
	uint32_t word = 0, at = 0;

	if (format <= COLOR_RAW2048 || !internal ||
	    internal >= G_N_ELEMENTS(internal_bits)) {
		put_raw(pixel, target, bytes);
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int bits = channel_bits[format][i];
		uint32_t source = RT_SWIZZLE(target->format) >> (3 * i) & 7;

		word |= channel(target, source, bits) << at;
		at += bits;
	}
	memcpy(pixel, &word, bytes);
}

static void add_image(Render *render, const RenderImage *image)
{
	if (image->image.pixel > IMAGE_PIXEL_MAX) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return;
	}
	image_touch(&image->image, &render->pixels, SPACE_WRITE);
	g_array_append_vals(render->images, image, 1);
}

/* Add @image as often as it has surfaces; the samples may be beside each other. */
static void add_samples(Render *render, RenderImage image, uint32_t msaa,
			uint32_t surface_stride)
{
	uint32_t samples = FB_SAMPLES(render->framebuffer.flags);
	uint32_t surfaces = msaa == MSAA_LAYERED ? samples : 1;

	if (msaa == MSAA_MULTIPLE) {
		image.image.pixel *= samples;
		memset(image.clear + image.image.pixel / samples, 0,
		       sizeof(image.clear) - image.image.pixel / samples);
	}
	for (uint32_t i = 0; i < surfaces && !render->code; i++) {
		add_image(render, &image);
		image.image.base += surface_stride;
	}
}

/* The tiles of an image, all of the framebuffer's pixels at most */
static Image image_of(const Framebuffer *fb, const Tiles *tiles, uint64_t base,
		      uint32_t row_stride, uint32_t block, uint32_t pixel)
{
	uint32_t x = tiles->x0 * IMAGE_TILE, y = tiles->y0 * IMAGE_TILE;

	return (Image){
		.base = base,
		.row_stride = row_stride,
		.pixel = pixel,
		.tiled = block != BLOCK_LINEAR,
		.x = x,
		.y = y,
		.width = MIN((tiles->x1 + 1) * IMAGE_TILE, FB_WIDTH(fb->size)) -
			 x,
		.height =
			MIN((tiles->y1 + 1) * IMAGE_TILE, FB_HEIGHT(fb->size)) -
			y,
	};
}

/* Compressed: a header for each tile, and a body. They are never uncompressed here. */
static void plan_afbc(Render *render, uint64_t header, uint64_t body,
		      uint64_t body_size)
{
	uint64_t across =
		(FB_WIDTH(render->framebuffer.size) + IMAGE_TILE - 1) /
		IMAGE_TILE;
	uint64_t down = (FB_HEIGHT(render->framebuffer.size) + IMAGE_TILE - 1) /
			IMAGE_TILE;

	touch_add(&render->touch, header, across * down * AFBC_HEADER_SIZE,
		  SPACE_WRITE);
	touch_add(&render->touch, body, body_size, SPACE_WRITE);
}

static void plan_target(Render *render, const Tiles *tiles,
			const RenderTarget *target)
{
	RenderImage image = {
		.image = image_of(&render->framebuffer, tiles, target->base,
				  target->row_stride, RT_BLOCK(target->format),
				  color_bytes(RT_FORMAT(target->format))),
	};

	if (!RT_WRITE(target->format) ||
	    (!render->draws && !RT_CLEAN_WRITE(target->format)))
		return;
	if (RT_BLOCK(target->format) == BLOCK_AFBC) {
		plan_afbc(render, target->afbc_header, target->base,
			  target->row_stride);
		return;
	}
	if (!image.image.pixel) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return;
	}
	put_clear(image.clear, target, image.image.pixel);
	add_samples(render, image, RT_MSAA(target->format),
		    target->surface_stride);
}

static uint32_t zs_clear(const Framebuffer *fb, uint32_t format)
{
	uint32_t stencil = FB_S_CLEAR(fb->zs), depth24;
	float depth;

	memcpy(&depth, &fb->z_clear, sizeof(depth));
	if (!(depth >= 0))
		depth = 0;
	depth = MIN(depth, 1.0f);
	depth24 = (uint32_t)((double)depth * 0xffffff + 0.5);
	switch (format) {
	case ZS_D16:
		return (uint32_t)((double)depth * 0xffff + 0.5);
	case ZS_D24S8:
		return depth24 | stencil << 24;
	case ZS_X8D24:
		return depth24 << 8;
	case ZS_S8D24:
		return depth24 << 8 | stencil;
	case ZS_D32:
	case ZS_D32_S8X24:
		return fb->z_clear;
	}
	return depth24;
}

static void plan_depth(Render *render, const Tiles *tiles,
		       const ZsExtension *ext)
{
	static const uint8_t bytes[16] = {
		[ZS_D16] = 2,	[ZS_D24] = 3,	    [ZS_D24X8] = 4,
		[ZS_D24S8] = 4, [ZS_X8D24] = 4,	    [ZS_S8D24] = 4,
		[ZS_D32] = 4,	[ZS_D32_S8X24] = 8,
	};
	const Framebuffer *fb = &render->framebuffer;
	uint32_t format = ZS_FORMAT(ext->formats);
	uint32_t words[2] = {zs_clear(fb, format), FB_S_CLEAR(fb->zs)};
	RenderImage image = {
		.image = image_of(fb, tiles, ext->zs_base, ext->zs_row_stride,
				  ZS_BLOCK(ext->formats), bytes[format]),
	};

	if (ZS_BLOCK(ext->formats) == BLOCK_AFBC) {
		/* header, body and size of the body are in other fields */
		plan_afbc(render, ext->zs_base, ext->s_base, ext->s_row_stride);
		return;
	}
	if (!image.image.pixel) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return;
	}
	memcpy(image.clear, words, sizeof(words));
	add_samples(render, image, ZS_MSAA(ext->formats),
		    ext->zs_surface_stride);
}

static void plan_stencil(Render *render, const Tiles *tiles,
			 const ZsExtension *ext)
{
	static const uint8_t bytes[16] = {
		[S_S8] = 1,    [S_S8X8] = 2, [S_S8X24] = 4,
		[S_X24S8] = 4, [S_X8S8] = 2, [S_X32_S8X24] = 8,
	};
	const Framebuffer *fb = &render->framebuffer;
	uint32_t format = S_FORMAT(ext->formats);
	RenderImage image = {
		.image = image_of(fb, tiles, ext->s_base, ext->s_row_stride,
				  S_BLOCK(ext->formats), bytes[format]),
		.clear = {(uint8_t)FB_S_CLEAR(fb->zs)},
	};

	if (!image.image.pixel) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return;
	}
	add_samples(render, image, S_MSAA(ext->formats), ext->s_surface_stride);
}

/* Depth, stencil and checksums; @at moves behind their descriptor. */
static SpaceStatus plan_extension(Render *render, const Tiles *tiles,
				  uint64_t *at)
{
	const Framebuffer *fb = &render->framebuffer;
	SpaceStatus status;
	ZsExtension ext;

	status = touch_load(&render->touch, *at, &ext, sizeof(ext));
	*at += sizeof(ext);
	if (status != SPACE_OK)
		return status;
	if (render->draws || ZS_CLEAN_WRITE(ext.formats)) {
		bool depth = FB_Z_WRITE(fb->zs) && ZS_FORMAT(ext.formats);

		if (depth)
			plan_depth(render, tiles, &ext);
		/* Not twice, if both are in one buffer */
		if (FB_S_WRITE(fb->zs) && S_FORMAT(ext.formats) &&
		    !(depth && (ZS_BLOCK(ext.formats) == BLOCK_AFBC ||
				ext.s_base == ext.zs_base)))
			plan_stencil(render, tiles, &ext);
	}
	for (uint32_t y = tiles->y0; y <= tiles->y1; y++) {
		uint64_t row = ext.crc_base + (uint64_t)y * ext.crc_row_stride +
			       (uint64_t)tiles->x0 * CRC_SIZE;
		uint64_t len = (uint64_t)(tiles->x1 - tiles->x0 + 1) * CRC_SIZE;

		/* What they say decides only which tiles need not be written. */
		if (FB_CRC_READ(fb->zs))
			touch_add(&render->pixels, row, len, SPACE_READ);
		if (FB_CRC_WRITE(fb->zs))
			touch_add(&render->touch, row, len, SPACE_WRITE);
	}
	return SPACE_OK;
}

/* The draws that the tiler has put into the heap */
static SpaceStatus plan_draws(Render *render, uint32_t used)
{
	const Framebuffer *fb = &render->framebuffer;
	SpaceStatus status = SPACE_OK;
	unsigned int count = 0;
	uint32_t at = 0;

	while (at < used && status == SPACE_OK && !render->touch.malformed) {
		uint64_t va = fb->heap_start + at;
		TilerRecord record;

		status =
			touch_load(&render->touch, va, &record, sizeof(record));
		if (status != SPACE_OK)
			break;
		if (record.len < sizeof(record) || record.len > used - at ||
		    ++count > RECORDS_MAX) {
			render->code = PANFROST_DATA_INVALID_FAULT;
			break;
		}
		touch_add(&render->touch, va + sizeof(record),
			  record.len - sizeof(record), SPACE_READ);
		status = draw_plan_shading(render, record.draw);
		at += record.len;
	}
	return status;
}

static SpaceStatus plan_polygons(Render *render)
{
	const Framebuffer *fb = &render->framebuffer;
	TilerState tiler;
	SpaceStatus status;

	if (fb->polygon_list_size < sizeof(tiler) || !fb->polygon_list)
		return SPACE_OK;
	status = touch_load(&render->touch, fb->polygon_list, &tiler,
			    sizeof(tiler));
	if (status != SPACE_OK)
		return status;
	touch_add(&render->touch, fb->polygon_list + sizeof(tiler),
		  fb->polygon_list_size - sizeof(tiler), SPACE_READ);
	if (TILER_DISABLED(fb->hierarchy_mask) || !tiler.used)
		return SPACE_OK;
	render->draws = true;
	if (fb->heap_end < fb->heap_start ||
	    tiler.used > fb->heap_end - fb->heap_start) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return SPACE_OK;
	}
	return plan_draws(render, tiler.used);
}

static SpaceStatus plan_targets(Render *render, const Tiles *tiles, uint64_t at)
{
	const Framebuffer *fb = &render->framebuffer;
	SpaceStatus status = SPACE_OK;

	if (FB_HAS_ZS(fb->zs))
		status = plan_extension(render, tiles, &at);
	for (uint32_t i = 0;
	     i < FB_TARGETS(fb->flags) && status == SPACE_OK && !render->code;
	     i++) {
		RenderTarget target;

		status =
			touch_load(&render->touch, at, &target, sizeof(target));
		if (status == SPACE_OK)
			plan_target(render, tiles, &target);
		at += sizeof(target);
	}
	return status;
}

/* Which tiles; false: none */
static bool tiles_of(const Framebuffer *fb, const FragmentPayload *job,
		     Tiles *tiles)
{
	tiles->x0 = FRAGMENT_X(job->min);
	tiles->y0 = FRAGMENT_Y(job->min);
	tiles->x1 = MIN(FRAGMENT_X(job->max),
			(FB_WIDTH(fb->size) - 1) / IMAGE_TILE);
	tiles->y1 = MIN(FRAGMENT_Y(job->max),
			(FB_HEIGHT(fb->size) - 1) / IMAGE_TILE);
	return tiles->x0 <= tiles->x1 && tiles->y0 <= tiles->y1;
}

static SpaceStatus plan_frame(Render *render, uint64_t job)
{
	FragmentPayload payload;
	SpaceStatus status;
	Tiles tiles;

	status = touch_load(&render->touch, job + JOB_FRAGMENT_OFFSET, &payload,
			    sizeof(payload));
	if (status != SPACE_OK || !payload.fbd)
		return status;
	status = touch_load(&render->touch, FBD_ADDRESS(payload.fbd),
			    &render->framebuffer, sizeof(render->framebuffer));
	if (status != SPACE_OK)
		return status;
	if (!FBD_IS_MULTIPLE(payload.fbd) ||
	    !tiles_of(&render->framebuffer, &payload, &tiles)) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return SPACE_OK;
	}
	if (FRAGMENT_HAS_MAP(payload.max))
		touch_add(&render->touch, payload.tile_map,
			  (uint64_t)(payload.tile_map_stride & 0xff) *
				  (tiles.y1 - tiles.y0 + 1),
			  SPACE_READ);
	status = plan_polygons(render);
	if (status != SPACE_OK || render->code)
		return status;
	return plan_targets(render, &tiles,
			    FBD_ADDRESS(payload.fbd) + sizeof(Framebuffer));
}

bool render_has(unsigned int type)
{
	return type == JOB_TYPE_COMPUTE || type == JOB_TYPE_VERTEX ||
	       type == JOB_TYPE_GEOMETRY || type == JOB_TYPE_TILER ||
	       type == JOB_TYPE_FRAGMENT;
}

void render_init(Render *render, Space *space, unsigned int type, bool quiet)
{
	*render = (Render){
		.type = type,
		.images = g_array_new(FALSE, FALSE, sizeof(RenderImage)),
	};
	touch_init(&render->touch, space, quiet);
	touch_init(&render->pixels, space, quiet);
}

void render_clear(Render *render)
{
	touch_clear(&render->touch);
	touch_clear(&render->pixels);
	g_array_unref(render->images);
}

SpaceStatus render_plan(Render *render, uint64_t job)
{
	SpaceStatus status = render->type == JOB_TYPE_FRAGMENT
				     ? plan_frame(render, job)
				     : draw_plan(render, job);

	if (render->touch.malformed || render->pixels.malformed)
		render->code = PANFROST_DATA_INVALID_FAULT;
	return status;
}

SpaceStatus render_probe(Render *render, SpaceAccess *access)
{
	SpaceStatus status = touch_probe(&render->touch);

	*access = render->touch.failed;
	if (status != SPACE_OK)
		return status;
	status = touch_probe(&render->pixels);
	*access = status == SPACE_OK ? SPACE_WRITE : render->pixels.failed;
	return status;
}

static SpaceStatus act_frame(Render *render)
{
	uint64_t hash = 0;
	SpaceStatus status;

	status = touch_hash(&render->touch, &hash);
	if (status == SPACE_OK)
		status = touch_fill(&render->touch, hash);
	for (guint i = 0; i < render->images->len && status == SPACE_OK; i++) {
		const RenderImage *image =
			&g_array_index(render->images, RenderImage, i);

		status = image_paint(&image->image, render->touch.space,
				     render->draws ? NULL : image->clear, hash);
	}
	return status;
}

SpaceStatus render_act(Render *render)
{
	return render->type == JOB_TYPE_FRAGMENT ? act_frame(render)
						 : draw_act(render);
}
