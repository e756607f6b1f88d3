// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: the control lists of real command streams, and the memory that they access.
 * Nothing is rendered:
 *
 * - Binning reads what its draws name (shader record, code, attributes, indices), and
 *   writes the state and the first block of each tile, and some more for each draw.
 * - Rendering reads these blocks, and stores the clear value to each image, or, if
 *   something was drawn, a pattern of all bytes that were read.
 */
#include <string.h>

#include "core/image.h"
#include "core/touch.h"
#include "models/v3d/packet.h"
#include "models/v3d/v3d.h"

#define PACKETS_MAX (256u << 10)
#define DEPTH_MAX 2u /* of sub-lists */
#define TARGETS 4u
#define DRAW_BYTES 64u /* of the binner's memory */
#define CODE_BYTES 8u /* an instruction: nothing says how many there are */

/* The first bytes of the first tile's block */
typedef struct {
	uint32_t draws;
	uint32_t hash;
} TileHeader;

typedef struct {
	Image image;
	uint8_t clear[16];
} Store;

/**
 * Walk - a list, while it is read
 *
 * @draws: how many it has; for rendering: how many the binner had
 * @tiles: how many the frame has, each with @block bytes at first
 * @returns: where sub-lists return to
 * @generic_end: end of the generic tile list while that runs, else 0
 * @done: the generic tile list has run
 */
typedef struct {
	V3dQueue *queue;
	Touch touch;
	Touch pixels;
	GArray *stores; /* Store */
	uint32_t at;
	uint32_t packets;
	uint32_t draws;
	uint32_t tiles;
	uint32_t block;
	uint32_t tile_base;
	uint32_t shader;
	uint32_t attributes;
	uint32_t index_buffer;
	uint32_t base_vertex;
	uint32_t base_instance;
	uint32_t width;
	uint32_t height;
	uint32_t clear[TARGETS][4];
	uint32_t z_clear;
	uint32_t s_clear;
	uint32_t returns[DEPTH_MAX];
	unsigned int depth;
	uint32_t generic_start;
	uint32_t generic_end;
	bool in_generic;
	bool done;
	bool end;
} Walk;

static void walk_init(Walk *walk, V3dQueue *queue, bool quiet)
{
	*walk = (Walk){
		.queue = queue,
		.stores = g_array_new(FALSE, FALSE, sizeof(Store)),
		.at = queue->job.list.start,
		.block = 64,
	};
	touch_init(&walk->touch, &queue->v3d->mmu.space, quiet);
	touch_init(&walk->pixels, &queue->v3d->mmu.space, quiet);
}

static void walk_clear(Walk *walk)
{
	touch_clear(&walk->touch);
	touch_clear(&walk->pixels);
	g_array_unref(walk->stores);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static void add_read(Walk *walk, uint64_t va, uint64_t len)
{
	if (va)
		touch_add(&walk->touch, va, len, SPACE_READ);
}

/* Size of a tile in pixels; it is smaller if the pixels have more bytes. */
static void tile_size(const uint8_t *fields, uint32_t *width, uint32_t *height)
{
	static const uint8_t sizes[][2] = {{64, 64}, {64, 32}, {32, 32},
					   {32, 16}, {16, 16}, {16, 8},
					   {8, 8}};
	uint32_t targets = packet_field(fields, 8, 4) + 1;
	uint32_t smaller = targets > 2 ? 2 : targets - 1;

	smaller += packet_field(fields, 12, 2);
	smaller += packet_field(fields, 14, 1) ? 2 : 0;
	smaller += packet_field(fields, 15, 1);
	smaller = MIN(smaller, G_N_ELEMENTS(sizes) - 1);
	*width = sizes[smaller][0];
	*height = sizes[smaller][1];
}

static void binning_config(Walk *walk, const uint8_t *fields)
{
	uint32_t width, height;

	tile_size(fields, &width, &height);
	walk->tiles = (packet_field(fields, 32, 16) / width + 1) *
		      (packet_field(fields, 48, 16) / height + 1);
	walk->block = 64u << MIN(packet_field(fields, 2, 2), 2u);
}

/**
 * Draw - what a draw reads
 *
 * @vertices: the highest index of a vertex, and 1
 * @instances: how often all of them are drawn
 */
typedef struct {
	uint64_t vertices;
	uint64_t instances;
} Draw;

/* Bytes of a value of an attribute, by type; the last type has all values in 4. */
static const uint8_t value_bytes[8] = {0, 2, 4, 4, 1, 2, 4, 4};
#define TYPE_2_10_10_10 7u

/* What @draw reads of the attribute in @words. (It has a limit, but drivers set none.) */
static void plan_attribute(Walk *walk, const uint32_t words[4],
			   const Draw *draw)
{
	uint32_t values = (words[1] & 3) ?: 4, type = words[1] >> 2 & 7;
	uint64_t bytes = type == TYPE_2_10_10_10 ? value_bytes[type]
						 : values * value_bytes[type];
	uint32_t divisor = words[1] >> 16;
	uint64_t count = draw->vertices;

	if (divisor)
		count = walk->base_instance +
			(draw->instances + divisor - 1) / divisor;
	if (count)
		add_read(walk, words[0],
			 words[2] * MIN(count - 1, words[3]) + bytes);
}

static SpaceStatus plan_attributes(Walk *walk, uint64_t va, const Draw *draw)
{
	SpaceStatus status = SPACE_OK;

	for (uint32_t i = 0; i < walk->attributes && status == SPACE_OK; i++) {
		uint32_t words[4];

		status = touch_load(&walk->touch, va + i * ATTRIBUTE_RECORD,
				    words, sizeof(words));
		if (status == SPACE_OK)
			plan_attribute(walk, words, draw);
	}
	return status;
}

/* Code and uniforms of the three shaders, and what they read by vertex */
static SpaceStatus plan_draw(Walk *walk, const Draw *draw)
{
	uint32_t record[SHADER_RECORD / 4];
	SpaceStatus status;

	walk->draws++;
	if (!walk->shader)
		return SPACE_OK;
	status = touch_load(&walk->touch, walk->shader, record, sizeof(record));
	if (status != SPACE_OK)
		return status;
	for (unsigned int i = 3; i < G_N_ELEMENTS(record); i += 2) {
		add_read(walk, record[i] & ~7u, CODE_BYTES);
		add_read(walk, record[i + 1], sizeof(uint32_t));
	}
	return plan_attributes(walk, (uint64_t)walk->shader + SHADER_RECORD,
			       draw);
}

static SpaceStatus plan_array(Walk *walk, const uint8_t *fields, bool many)
{
	uint64_t first = packet_field(fields, many ? 72 : 40, 32);
	uint64_t count = packet_field(fields, 8, 32);
	const Draw draw = {
		.vertices = count ? first + count : 0,
		.instances = many ? packet_field(fields, 40, 32) : 1,
	};

	return plan_draw(walk, &draw);
}

/* The highest of @count indices, and 1; those that only restart a primitive are none. */
static SpaceStatus last_vertex(Walk *walk, uint64_t va, uint64_t count,
			       uint32_t size, bool restarts, uint64_t *vertices)
{
	uint64_t restart = (1ull << (8 * size)) - 1;
	SpaceStatus status = SPACE_OK;
	uint8_t bytes[256];

	*vertices = 0;
	for (uint64_t len = count * size; len && status == SPACE_OK;) {
		size_t part = MIN(len, sizeof(bytes));

		status = touch_load(&walk->touch, va, bytes, part);
		for (size_t at = 0; at < part; at += size) {
			uint32_t index = 0;

			memcpy(&index, bytes + at, size);
			if (!restarts || index != restart)
				*vertices = MAX(*vertices, index + 1ull);
		}
		va += part;
		len -= part;
	}
	return status;
}

static SpaceStatus plan_indexed(Walk *walk, const uint8_t *fields, bool many)
{
	uint32_t size = 1u << MIN(packet_field(fields, 6, 2), 2u);
	uint64_t count = packet_field(fields, 8, 31);
	uint64_t va = (uint64_t)walk->index_buffer +
		      packet_field(fields, many ? 72 : 40, 32);
	Draw draw = {.instances = many ? packet_field(fields, 40, 32) : 1};
	SpaceStatus status = SPACE_OK;

	if (walk->index_buffer) {
		add_read(walk, va, count * size);
		if (walk->touch.malformed)
			return SPACE_OK;
		status = last_vertex(walk, va, count, size,
				     packet_field(fields, 39, 1),
				     &draw.vertices);
	}
	/* (The base may be negative, so that the sum wraps.) */
	if (draw.vertices)
		draw.vertices = (uint32_t)(draw.vertices + walk->base_vertex);
	return status == SPACE_OK ? plan_draw(walk, &draw) : status;
}

static void render_config(Walk *walk, const uint8_t *fields)
{
	uint32_t *clear = walk->clear[packet_field(fields, 4, 4) % TARGETS];

	switch (packet_field(fields, 0, 4)) {
	case RENDER_COMMON:
		walk->width = packet_field(fields, 8, 16);
		walk->height = packet_field(fields, 24, 16);
		break;
	case RENDER_ZS_CLEAR:
		walk->s_clear = packet_field(fields, 8, 8);
		walk->z_clear = packet_field(fields, 16, 32);
		break;
	case RENDER_CLEAR_1:
		clear[0] = packet_field(fields, 8, 32);
		clear[1] = packet_field(fields, 40, 24);
		break;
	case RENDER_CLEAR_2:
		clear[1] |= packet_field(fields, 8, 32) << 24;
		clear[2] = packet_field(fields, 8, 32) >> 8 |
			   packet_field(fields, 40, 24) << 24;
		clear[3] = packet_field(fields, 40, 24) >> 8;
		break;
	case RENDER_CLEAR_3:
		clear[3] |= packet_field(fields, 8, 16) << 16;
		break;
	}
}

static uint32_t z_value(const Walk *walk, uint32_t format)
{
	float depth;

	memcpy(&depth, &walk->z_clear, sizeof(depth));
	if (!(depth >= 0))
		depth = 0;
	depth = MIN(depth, 1.0f);
	switch (format) {
	case 41:
		return (uint32_t)((double)depth * 0xffffff + 0.5);
	case 42:
		return (uint32_t)((double)depth * 0xffff + 0.5);
	case 43:
		return (uint32_t)((double)depth * 0xffffff + 0.5) << 8 |
		       walk->s_clear;
	}
	return walk->z_clear;
}

/* The clear value of @buffer as it is in memory */
static void put_clear(const Walk *walk, const uint8_t *fields, Store *store)
{
	uint32_t buffer = packet_field(fields, 0, 4);
	uint32_t format = packet_field(fields, 12, 6);
	uint32_t words[4] = {0};

	if (buffer < TARGETS)
		memcpy(words, walk->clear[buffer], sizeof(words));
	else if (buffer == BUFFER_STENCIL)
		words[0] = walk->s_clear;
	else
		words[0] = z_value(walk, format);
	if (buffer < TARGETS && packet_field(fields, 20, 1)) /* R/B swap */
		words[0] = (words[0] & 0xff00ff00) | (words[0] >> 16 & 0xff) |
			   (words[0] & 0xff) << 16;
	if (format == FORMAT_BGR565)
		words[0] = (words[0] >> 3 & 0x1f) << 11 |
			   (words[0] >> 10 & 0x3f) << 5 |
			   (words[0] >> 19 & 0x1f);
	memcpy(store->clear, words, sizeof(words));
}

/* How many blocks of @block pixels cover @pixels */
static uint64_t blocks(uint32_t pixels, uint32_t block)
{
	return (pixels + block - 1) / block;
}

/*
 * The image of a load or store. Those that are not raster are taken for a row: what they
 * cover is the same, and no byte has another value than in a row.
 */
static bool image_of(const Walk *walk, const uint8_t *fields, Image *image)
{
	/* width and height of 64 bytes, by log2 of the bytes of a pixel */
	static const uint8_t tile[5][2] = {
		{8, 8}, {8, 4}, {4, 4}, {4, 2}, {2, 2}};
	uint32_t format = packet_field(fields, 12, 6);
	uint32_t memory = packet_field(fields, 4, 3);
	uint32_t scale = packet_field(fields, 10, 2) == 3 ? 2 : 1;
	uint32_t width = walk->width * scale, height = walk->height * scale;
	uint32_t pixel = format < FORMATS ? format_bytes[format] : 0;
	uint32_t log2 = pixel ? (uint32_t)__builtin_ctz(pixel) : 0;
	uint64_t bytes;

	if (!pixel || !width || !height || memory > MEMORY_UIF_XOR)
		return false;
	*image = (Image){
		.base = packet_field(fields, 64, 32),
		.row_stride = packet_field(fields, 28, 20),
		.pixel = pixel,
		.width = width,
		.height = height,
	};
	if (memory == MEMORY_RASTER)
		return true;
	if (memory == MEMORY_LINEAR_TILE)
		bytes = blocks(width, tile[log2][0]) *
			blocks(height, tile[log2][1]) * 64;
	else if (memory < MEMORY_UIF)
		bytes = (memory - MEMORY_LINEAR_TILE) *
			blocks(height, tile[log2][1] * 2u) * 256;
	else
		bytes = (blocks(width, tile[log2][0] * 2u) + 3) / 4 * 4 *
			packet_field(fields, 28, 20) * 256;
	if (bytes > TOUCH_MAX)
		return false;
	image->width = (uint32_t)(bytes / pixel);
	image->height = 1;
	return true;
}

/* False: the packet is malformed. */
static bool plan_image(Walk *walk, const uint8_t *fields, bool store)
{
	Store out;

	if (packet_field(fields, 0, 4) == BUFFER_NONE || !walk->in_generic)
		return true;
	if (!image_of(walk, fields, &out.image))
		return false;
	if (!store) {
		image_touch(&out.image, &walk->touch, SPACE_READ);
		return true;
	}
	put_clear(walk, fields, &out);
	image_touch(&out.image, &walk->pixels, SPACE_WRITE);
	g_array_append_val(walk->stores, out);
	return true;
}

/* What the binner left; then the list that runs for each tile, once for all */
static SpaceStatus start_tiles(Walk *walk)
{
	SpaceStatus status = SPACE_OK;
	TileHeader header;

	if (walk->done || !walk->generic_start)
		return SPACE_OK;
	if (walk->tile_base) {
		status = touch_load(&walk->touch, walk->tile_base, &header,
				    sizeof(header));
		walk->draws = header.draws;
		add_read(walk, walk->tile_base,
			 (uint64_t)walk->tiles * walk->block);
	}
	walk->done = true;
	walk->in_generic = true;
	walk->returns[walk->depth++] = walk->at;
	walk->at = walk->generic_start;
	return status;
}

static bool branch(Walk *walk, uint32_t to, bool sub)
{
	if (sub) {
		if (walk->depth >= DEPTH_MAX)
			return false;
		walk->returns[walk->depth++] = walk->at;
	}
	walk->at = to;
	return true;
}

static bool go_back(Walk *walk)
{
	if (!walk->depth)
		return false;
	walk->at = walk->returns[--walk->depth];
	if (!walk->depth)
		walk->in_generic = false;
	return true;
}

/* Carry out the packet. @ok: false if it is malformed */
static SpaceStatus take(Walk *walk, uint8_t code, const uint8_t *fields,
			bool *ok)
{
	bool bin = walk->queue->n == V3D_QUEUE_BIN;

	*ok = true;
	switch (code) {
	case PACKET_HALT:
	case PACKET_END_RENDER:
		walk->end = true;
		break;
	case PACKET_BRANCH:
	case PACKET_BRANCH_SUB:
		*ok = branch(walk, packet_field(fields, 0, 32),
			     code == PACKET_BRANCH_SUB);
		break;
	case PACKET_RETURN:
		*ok = go_back(walk);
		break;
	case PACKET_GENERIC_TILE_LIST:
		walk->generic_start = packet_field(fields, 0, 32);
		walk->generic_end = packet_field(fields, 32, 32);
		walk->done = false;
		break;
	case PACKET_SUPERTILE:
		return start_tiles(walk);
	case PACKET_STORE:
	case PACKET_LOAD:
		*ok = plan_image(walk, fields, code == PACKET_STORE);
		break;
	case PACKET_INDEXED:
	case PACKET_INDEXED_INSTANCED:
		return plan_indexed(walk, fields,
				    code == PACKET_INDEXED_INSTANCED);
	case PACKET_ARRAY:
	case PACKET_ARRAY_INSTANCED:
		return plan_array(walk, fields, code == PACKET_ARRAY_INSTANCED);
	case PACKET_BASE:
		walk->base_vertex = packet_field(fields, 0, 32);
		walk->base_instance = packet_field(fields, 32, 32);
		break;
	case PACKET_INDEX_BUFFER:
		walk->index_buffer = packet_field(fields, 0, 32);
		break;
	case PACKET_SHADER:
		walk->shader = packet_field(fields, 5, 27) << 5;
		walk->attributes = packet_field(fields, 0, 5) ?: 32;
		break;
	case PACKET_OCCLUSION:
		if (bin && packet_field(fields, 0, 32))
			touch_add(&walk->touch, packet_field(fields, 0, 32),
				  sizeof(uint32_t), SPACE_WRITE);
		break;
	case PACKET_BINNING_CONFIG:
		binning_config(walk, fields);
		break;
	case PACKET_RENDER_CONFIG:
		render_config(walk, fields);
		break;
	case PACKET_SUPERTILE_CONFIG:
		walk->tiles = packet_field(fields, 32, 12) *
			      packet_field(fields, 44, 12);
		break;
	case PACKET_TILE_LIST_BASE:
		walk->tile_base = packet_field(fields, 6, 26) << 6;
		break;
	}
	return SPACE_OK;
}

/* Read the list. LIST_DONE: the ranges are complete. */
static ListEnd read_list(Walk *walk)
{
	const List *list = &walk->queue->job.list;

	while (!walk->end && walk->at != list->end) {
		uint8_t packet[1 + PACKET_MAX] = {0};
		SpaceStatus status;
		bool ok;

		if (walk->in_generic && walk->at == walk->generic_end) {
			go_back(walk);
			continue;
		}
		if (walk->packets++ >= PACKETS_MAX)
			return LIST_INVALID;
		status = touch_load(&walk->touch, walk->at, packet, 1);
		if (status == SPACE_OK && packet_bytes[packet[0]] > 1)
			status = touch_load(&walk->touch,
					    (uint64_t)walk->at + 1, packet + 1,
					    packet_bytes[packet[0]] - 1u);
		if (status != SPACE_OK)
			return list_end(status);
		if (!packet_bytes[packet[0]])
			return LIST_INVALID;
		walk->at += packet_bytes[packet[0]];
		status = take(walk, packet[0], packet + 1, &ok);
		if (status != SPACE_OK)
			return list_end(status);
		if (!ok || walk->touch.malformed || walk->pixels.malformed)
			return LIST_INVALID;
	}
	return LIST_DONE;
}

/* Add what the binner writes in any case. False: its memory is too small. */
static bool plan_tiles(Walk *walk)
{
	V3d *v3d = walk->queue->v3d;
	uint64_t len = (uint64_t)walk->tiles * walk->block;

	if (walk->queue->n != V3D_QUEUE_BIN || !walk->tiles)
		return true;
	if (v3d->qts & CLE_CT0QTS_ENABLE)
		touch_add(&walk->touch, v3d->qts & ~(TILE_STATE - 1),
			  (uint64_t)walk->tiles * TILE_STATE, SPACE_WRITE);
	touch_add(&walk->touch, v3d->qma, len, SPACE_WRITE);
	return len <= v3d->qms;
}

/* Fill the next page of the binner's memory. */
static SpaceStatus take_page(V3d *v3d, uint64_t hash)
{
	SpaceStatus status;
	Touch page;

	touch_init(&page, &v3d->mmu.space, false);
	touch_add(&page, v3d->pool, RAM_PAGE_SIZE, SPACE_WRITE);
	status = touch_fill(&page, hash);
	touch_clear(&page);
	if (status == SPACE_OK) {
		v3d->pool += RAM_PAGE_SIZE;
		v3d->pool_size -= RAM_PAGE_SIZE;
	}
	return status;
}

/*
 * Take memory for the draws, page by page, as the binner does. @pages says how many it
 * has taken, so that it goes on after it has waited for more.
 */
static ListEnd take_memory(Walk *walk, uint64_t hash)
{
	V3d *v3d = walk->queue->v3d;
	List *list = &walk->queue->job.list;
	uint64_t tiles = (uint64_t)walk->tiles * walk->block;
	uint32_t need = (uint32_t)(((uint64_t)walk->draws * DRAW_BYTES +
				    RAM_PAGE_SIZE - 1) /
				   RAM_PAGE_SIZE);

	/* The first blocks are at the start of the memory. */
	if (!list->pages && v3d->pool == v3d->qma) {
		tiles = (tiles + RAM_PAGE_SIZE - 1) & ~(RAM_PAGE_SIZE - 1ull);
		tiles = MIN(tiles, v3d->pool_size);
		v3d->pool += (uint32_t)tiles;
		v3d->pool_size -= (uint32_t)tiles;
	}
	while (list->pages < need) {
		SpaceStatus status;

		if (v3d->pool_size < RAM_PAGE_SIZE)
			return LIST_MEMORY;
		status = take_page(v3d, hash + list->pages);
		if (status != SPACE_OK)
			return list_end(status);
		list->pages++;
	}
	return LIST_DONE;
}

static ListEnd bin(Walk *walk, uint64_t hash)
{
	V3d *v3d = walk->queue->v3d;
	const TileHeader header = {walk->draws, (uint32_t)hash};
	ListEnd end = take_memory(walk, hash);

	if (end != LIST_DONE || !walk->tiles)
		return end;
	return list_end(space_store(&v3d->mmu.space, v3d->qma, &header,
				    sizeof(header)));
}

static ListEnd render(Walk *walk, uint64_t hash)
{
	SpaceStatus status = SPACE_OK;

	for (guint i = 0; i < walk->stores->len && status == SPACE_OK; i++) {
		const Store *store = &g_array_index(walk->stores, Store, i);

		status = image_paint(&store->image, walk->touch.space,
				     walk->draws ? NULL : store->clear, hash);
	}
	return list_end(status);
}

ListEnd v3d_lists_run(V3dQueue *queue)
{
	g_auto(Walk) walk;
	uint64_t hash = 0;
	SpaceStatus status;
	ListEnd end;

	walk_init(&walk, queue, false);
	end = read_list(&walk);
	if (end != LIST_DONE)
		return end;
	if (!plan_tiles(&walk) || walk.touch.malformed)
		return LIST_INVALID;
	status = touch_probe(&walk.touch);
	if (status == SPACE_OK)
		status = touch_probe(&walk.pixels);
	if (status == SPACE_OK)
		status = touch_hash(&walk.touch, &hash);
	if (status == SPACE_OK)
		status = touch_fill(&walk.touch, hash);
	if (status != SPACE_OK)
		return list_end(status);
	end = queue->n == V3D_QUEUE_BIN ? bin(&walk, hash)
					: render(&walk, hash);
	if (end == LIST_DONE)
		queue->job.list.commands = walk.packets;
	return end;
}

void v3d_lists_prefetch(V3dQueue *queue)
{
	g_auto(Walk) walk;

	walk_init(&walk, queue, true);
	if (read_list(&walk) != LIST_DONE || !plan_tiles(&walk) ||
	    walk.touch.bytes + walk.pixels.bytes > V3D_PREFETCH_BYTES)
		return;
	touch_probe(&walk.touch);
	touch_probe(&walk.pixels);
}
