// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: the streams of real jobs, and the memory that they access. Nothing is
 * rendered:
 *
 * - A stream of the vertex shader reads code, uniforms and attributes, and writes the
 *   varyings.
 * - A stream of the tiler (PLBU) reads positions and indices, writes every block of its
 *   list, and a record of each draw to the heap.
 * - A stream of the pixel processor reads these, and what the draws name, and writes the
 *   tiles that it lists: the clear value, or, if something was drawn, a pattern of all
 *   bytes that were read.
 */
#include "models/lima/stream.h"

#include <string.h>

#include "core/image.h"
#include "core/touch.h"
#include "models/lima/lima.h"

#define COMMANDS_MAX (256u << 10)
#define RECORD_BYTES 64u
#define RECORDS_MAX 65536u
#define SHADER_BYTES 32u /* the first instruction at most */

/* The first bytes of each block of the tiler's list */
typedef struct {
	uint32_t draws;
	uint32_t hash;
	uint32_t heap;
} BlockHeader;

typedef struct {
	Image image;
	uint8_t clear[8];
} Tile;

/**
 * Walk - a stream, while it is read
 *
 * @draws: how many it has; pixel processor: how many the tiler had
 * @states: of each draw, the address of its state
 * @blocks: address of the table of blocks, and how many there are
 */
typedef struct {
	LimaCore *core;
	Touch touch;
	Touch pixels;
	GArray *tiles; /* Tile */
	GArray *states; /* uint32_t */
	GArray *block_vas; /* uint32_t */
	uint32_t draws;
	Command shader, uniforms, attributes, varyings;
	uint32_t positions, indexed_positions, indices, index_size, state;
	uint32_t x, y;
	bool header_read;
	bool end;
} Walk;

static void walk_init(Walk *walk, LimaCore *core, Space *space, bool quiet)
{
	*walk = (Walk){
		.core = core,
		.tiles = g_array_new(FALSE, FALSE, sizeof(Tile)),
		.states = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
		.block_vas = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
	};
	touch_init(&walk->touch, space, quiet);
	touch_init(&walk->pixels, space, quiet);
}

static void walk_clear(Walk *walk)
{
	touch_clear(&walk->touch);
	touch_clear(&walk->pixels);
	g_array_unref(walk->tiles);
	g_array_unref(walk->states);
	g_array_unref(walk->block_vas);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static void add_read(Walk *walk, uint32_t va, uint64_t len)
{
	if (va)
		touch_add(&walk->touch, va, len, SPACE_READ);
}

/* Vertex shader */

/* Attributes, or varyings: of the last vertex at least a byte for each component */
static SpaceStatus plan_arrays(Walk *walk, const Command *arrays,
			       uint32_t count, SpaceAccess access)
{
	SpaceStatus status = SPACE_OK;

	for (uint32_t i = 0;
	     i < VS_ARRAY_COUNT(arrays->high) && status == SPACE_OK; i++) {
		uint32_t array[2];
		uint64_t len;

		status = touch_load(&walk->touch,
				    arrays->low + (uint64_t)i * sizeof(array),
				    array, sizeof(array));
		if (ARRAY_IS_POSITION(array[1]))
			len = (uint64_t)count * POSITION_BYTES;
		else if (ARRAY_IS_POINT_SIZE(array[1]))
			len = (uint64_t)count * POINT_SIZE_BYTES;
		else
			len = (uint64_t)(count - 1) * ARRAY_STRIDE(array[1]) +
			      (array[1] & 3) + 1;
		if (status == SPACE_OK && array[0])
			touch_add(&walk->touch, array[0], len, access);
	}
	return status;
}

static SpaceStatus take_vs(Walk *walk, const Command *command)
{
	uint32_t count = VS_COUNT(*command);
	SpaceStatus status;

	switch (STREAM_KIND(command->high)) {
	case VS_ARRAYS:
		if (VS_IS_VARYINGS(command->high))
			walk->varyings = *command;
		else
			walk->attributes = *command;
		break;
	case VS_UNIFORMS:
		walk->uniforms = *command;
		break;
	case VS_SHADER:
		walk->shader = *command;
		break;
	case VS_DRAW:
		if (!count)
			break;
		add_read(walk, walk->shader.low, VS_SIZE(walk->shader.high));
		add_read(walk, walk->uniforms.low,
			 VS_SIZE(walk->uniforms.high));
		status =
			plan_arrays(walk, &walk->attributes, count, SPACE_READ);
		return status == SPACE_OK ? plan_arrays(walk, &walk->varyings,
							count, SPACE_WRITE)
					  : status;
	}
	return SPACE_OK;
}

/* Tiler */

static SpaceStatus plan_blocks(Walk *walk, const Command *command)
{
	uint32_t count = PLBU_BLOCKS(command->high);
	SpaceStatus status = SPACE_OK;

	if (count > COMMANDS_MAX)
		walk->touch.malformed = true;
	for (uint32_t i = 0;
	     i < count && status == SPACE_OK && !walk->touch.malformed; i++) {
		uint32_t va;

		status = touch_load(&walk->touch,
				    command->low + (uint64_t)i * sizeof(va),
				    &va, sizeof(va));
		if (status != SPACE_OK)
			break;
		touch_add(&walk->touch, va, PLBU_BLOCK, SPACE_WRITE);
		g_array_append_val(walk->block_vas, va);
	}
	return status;
}

static void plan_draw(Walk *walk, const Command *command)
{
	uint32_t count = PLBU_COUNT(*command);

	if (!count)
		return;
	walk->draws++;
	g_array_append_val(walk->states, walk->state);
	if (PLBU_IS_INDEXED(command->high)) {
		add_read(walk, walk->indices,
			 (uint64_t)count * walk->index_size);
		/* how many, only the indices tell */
		add_read(walk, walk->indexed_positions, POSITION_BYTES);
	} else {
		add_read(walk, walk->positions,
			 (uint64_t)count * POSITION_BYTES);
	}
}

static SpaceStatus take_plbu(Walk *walk, const Command *command)
{
	if (command->high >> 31) {
		walk->state = command->low;
		walk->positions = PLBU_POSITIONS(command->high);
		return SPACE_OK;
	}
	switch (STREAM_KIND(command->high)) {
	case PLBU_DRAW:
		plan_draw(walk, command);
		break;
	case PLBU_STATE:
		if (PLBU_STATE_NUMBER(command->high) == PLBU_STATE_POSITIONS)
			walk->indexed_positions = command->low;
		if (PLBU_STATE_NUMBER(command->high) == PLBU_STATE_INDICES)
			walk->indices = command->low;
		if (PLBU_STATE_NUMBER(command->high) == PLBU_STATE_SETUP)
			walk->index_size = PLBU_INDEX_SIZE(command->low);
		break;
	case PLBU_ARRAY:
		return plan_blocks(walk, command);
	case PLBU_END:
		walk->end = true;
		break;
	}
	return SPACE_OK;
}

/* Pixel processor */

/* Texture of a draw: the base level, as far as its format tells its size */
static SpaceStatus plan_texture(Walk *walk, uint32_t va)
{
	uint32_t words[16], pixels, bits;
	SpaceStatus status;

	status = touch_load(&walk->touch, va, words, sizeof(words));
	if (status != SPACE_OK)
		return status;
	/* width and height are 13 bits from bit 86 on */
	pixels = (words[2] >> 22 | words[3] << 10) & 0x1fff;
	pixels *= words[3] >> 3 & 0x1fff;
	switch (words[0] & 0x3f) {
	case 0x16: /* BGRA and RGBX of 8 bits, depth and stencil */
	case 0x17:
	case 0x2c:
		bits = 32;
		break;
	case 0x0e: /* BGR of 5, 6 and 5 bits */
		bits = 16;
		break;
	default:
		bits = 4; /* no format has less */
	}
	add_read(walk, (words[6] >> 30 | words[7] << 2) << 6,
		 (uint64_t)pixels * bits / 8);
	return SPACE_OK;
}

static SpaceStatus plan_state(Walk *walk, uint32_t va)
{
	uint32_t state[STATE_WORDS], pointer;
	SpaceStatus status;

	if (!va)
		return SPACE_OK;
	status = touch_load(&walk->touch, va, state, sizeof(state));
	if (status != SPACE_OK)
		return status;
	add_read(walk, state[STATE_SHADER] & ~0x1fu, SHADER_BYTES);
	add_read(walk, state[STATE_VARYINGS] & ~0xfu, sizeof(uint32_t));
	if (state[STATE_UNIFORMS] & ~0xfu) {
		status = touch_load(&walk->touch, state[STATE_UNIFORMS] & ~0xfu,
				    &pointer, sizeof(pointer));
		add_read(walk, pointer, sizeof(uint32_t));
	}
	for (uint32_t i = 0; state[STATE_TEXTURES] && status == SPACE_OK &&
			     i < state[STATE_AUX0] >> 14;
	     i++) {
		status = touch_load(&walk->touch,
				    state[STATE_TEXTURES] +
					    (uint64_t)i * sizeof(pointer),
				    &pointer, sizeof(pointer));
		if (status == SPACE_OK)
			status = plan_texture(walk, pointer);
	}
	return status;
}

/* The draws that the tiler has put into the heap; any block names them. */
static SpaceStatus plan_draws(Walk *walk, uint32_t block)
{
	SpaceStatus status;
	BlockHeader header;

	status = touch_load(&walk->touch, block, &header, sizeof(header));
	walk->header_read = true;
	walk->draws = header.draws;
	if (header.draws > RECORDS_MAX)
		walk->touch.malformed = true;
	for (uint32_t i = 0;
	     i < header.draws && status == SPACE_OK && !walk->touch.malformed;
	     i++) {
		uint64_t record = header.heap + (uint64_t)i * RECORD_BYTES;
		uint32_t state;

		status =
			touch_load(&walk->touch, record, &state, sizeof(state));
		if (status != SPACE_OK)
			break;
		touch_add(&walk->touch, record + sizeof(state),
			  RECORD_BYTES - sizeof(state), SPACE_READ);
		status = plan_state(walk, state);
	}
	return status;
}

static uint32_t swap_red_blue(uint32_t color)
{
	return (color & 0xff00ff00) | (color >> 16 & 0xff) |
	       (color & 0xff) << 16;
}

/* The clear value as it is in memory; returns its bytes, 0 for no such format. */
static uint32_t put_clear(const LimaCore *core, const uint32_t *wb,
			  uint8_t *clear)
{
	uint32_t words[2] = {core->frame[FRAME_CLEAR_COLOR],
			     core->frame[FRAME_CLEAR_COLOR + 1]};
	uint32_t depth = core->frame[FRAME_CLEAR_DEPTH];
	uint32_t color = wb[WB_FLAGS] & WB_FLAG_SWAP ? swap_red_blue(words[0])
						     : words[0];
	uint32_t bytes = 0;

	switch (wb[WB_FORMAT]) {
	case 0x00: /* B5G6R5: blue is lowest */
		words[0] = (color >> 19 & 0x1f) | (color >> 10 & 0x3f) << 5 |
			   (color >> 3 & 0x1f) << 11;
		bytes = 2;
		break;
	case 0x01: /* B5G5R5A1 */
		words[0] = (color >> 19 & 0x1f) | (color >> 11 & 0x1f) << 5 |
			   (color >> 3 & 0x1f) << 10 | color >> 31 << 15;
		bytes = 2;
		break;
	case 0x02: /* B4G4R4A4 */
		words[0] = (color >> 20 & 0xf) | (color >> 12 & 0xf) << 4 |
			   (color >> 4 & 0xf) << 8 | color >> 28 << 12;
		bytes = 2;
		break;
	case 0x03: /* B8G8R8A8 */
		words[0] = swap_red_blue(color);
		bytes = 4;
		break;
	case 0x04: /* 8 bits */
		bytes = 1;
		break;
	case 0x05: /* 8 and 8 bits */
	case 0x07: /* half a float */
		bytes = 2;
		break;
	case 0x06: /* four halves */
		bytes = 8;
		break;
	case 0x08: /* two halves */
		bytes = 4;
		break;
	case 0x0e: /* depth of 16 bits */
		words[0] = depth >> 8;
		bytes = 2;
		break;
	case 0x0f: /* depth and stencil */
		words[0] = (depth & 0xffffff) | core->frame[FRAME_CLEAR_STENCIL]
							<< 24;
		bytes = 4;
		break;
	}
	memcpy(clear, words, sizeof(words));
	return bytes;
}

/* Add the tile of a write-back unit. False: it makes no sense. */
static bool plan_tile(Walk *walk, const uint32_t *wb)
{
	const LimaCore *core = walk->core;
	uint32_t width = (core->frame[FRAME_WIDTH] & 0xffff) + 1;
	uint32_t height = (core->frame[FRAME_HEIGHT] & 0xffff) + 1;
	bool tiled = wb[WB_LAYOUT] == WB_LAYOUT_TILED;
	uint32_t x = walk->x * IMAGE_TILE, y = walk->y * IMAGE_TILE;
	Tile tile = {.image = {.base = wb[WB_ADDRESS], .tiled = tiled}};
	uint32_t pixel = put_clear(core, wb, tile.clear);

	if (!pixel || x >= width || y >= height || wb[WB_PITCH] > 0xffff)
		return false;
	tile.image.pixel = pixel;
	tile.image.row_stride =
		tiled ? wb[WB_PITCH] * IMAGE_TILE * IMAGE_TILE * pixel
		      : wb[WB_PITCH] * 8;
	tile.image.x = x;
	tile.image.y = y;
	tile.image.width = MIN(width - x, IMAGE_TILE);
	tile.image.height = MIN(height - y, IMAGE_TILE);
	for (uint32_t bits = wb[WB_SAMPLES] & 0xf ?: 1; bits; bits >>= 1) {
		if (bits & 1) {
			image_touch(&tile.image, &walk->pixels, SPACE_WRITE);
			g_array_append_val(walk->tiles, tile);
		}
		tile.image.base += wb[WB_SAMPLE_PITCH];
	}
	return true;
}

static SpaceStatus take_pp(Walk *walk, const Command *command)
{
	uint32_t block = PP_STREAM_ADDRESS(command->low);
	SpaceStatus status = SPACE_OK;

	if (PP_STREAM_END(command->high) || (!command->low && !command->high)) {
		walk->end = true;
	} else if (PP_STREAM_TILE(command->high)) {
		walk->x = PP_STREAM_TILE_X(command->high);
		walk->y = PP_STREAM_TILE_Y(command->high);
		for (unsigned int i = 0; i < PP_WBS; i++)
			if (walk->core->wb[i][WB_TYPE] &&
			    !plan_tile(walk, walk->core->wb[i]))
				walk->touch.malformed = true;
	} else if (PP_STREAM_BLOCK(command->low)) {
		if (!walk->header_read)
			status = plan_draws(walk, block);
		/* without its header, which has an address */
		touch_add(&walk->touch, (uint64_t)block + sizeof(BlockHeader),
			  PLBU_BLOCK - sizeof(BlockHeader), SPACE_READ);
	}
	return status;
}

/* All streams */

static SpaceStatus take(Walk *walk, const Command *command)
{
	if (walk->core->n == LIMA_PP)
		return take_pp(walk, command);
	return walk->core->job.plbu ? take_plbu(walk, command)
				    : take_vs(walk, command);
}

/* Read the stream. LIST_DONE: the ranges are complete. */
static ListEnd read_stream(Walk *walk)
{
	const List *list = &walk->core->job.list;
	bool pp = walk->core->n == LIMA_PP;
	uint32_t at = list->start;

	for (uint32_t i = 0; !walk->end && (!list->end || at != list->end);
	     i++) {
		Command command;
		SpaceStatus status;

		if (i >= COMMANDS_MAX ||
		    (list->end && list->end - at < sizeof(command)))
			return LIST_INVALID;
		status =
			touch_load(&walk->touch, at, &command, sizeof(command));
		if (status != SPACE_OK)
			return list_end(status);
		at += sizeof(command);
		if (!pp && STREAM_KIND(command.high) == STREAM_CONTINUE)
			at = command.low;
		else
			status = take(walk, &command);
		if (status != SPACE_OK)
			return list_end(status);
		if (walk->touch.malformed || walk->pixels.malformed)
			return LIST_INVALID;
	}
	return LIST_DONE;
}

/* Put a record of each draw into the heap, which may be used up. */
static ListEnd put_records(Walk *walk, uint64_t hash)
{
	LimaJob *job = &walk->core->job;
	Space *space = walk->touch.space;

	for (; job->list.pages < walk->draws; job->list.pages++) {
		uint32_t record[RECORD_BYTES / 4];
		SpaceStatus status;

		if (job->heap.end < job->heap.at ||
		    job->heap.end - job->heap.at < RECORD_BYTES)
			return LIST_MEMORY;
		for (unsigned int i = 0; i < G_N_ELEMENTS(record); i++)
			record[i] = (uint32_t)touch_mix(
				hash, job->list.pages * 16ull + i);
		record[0] =
			g_array_index(walk->states, uint32_t, job->list.pages);
		status = space_store(space, job->heap.at, record,
				     sizeof(record));
		if (status != SPACE_OK)
			return list_end(status);
		job->heap.at += RECORD_BYTES;
	}
	return LIST_DONE;
}

static ListEnd run_plbu(Walk *walk, uint64_t hash)
{
	LimaJob *job = &walk->core->job;
	/* if the heap was replaced meanwhile, the records are in two places */
	BlockHeader header = {walk->draws, (uint32_t)hash, 0};
	ListEnd end = put_records(walk, hash);

	if (end != LIST_DONE)
		return end;
	header.heap =
		(uint32_t)(job->heap.at - (uint64_t)walk->draws * RECORD_BYTES);
	for (guint i = 0; i < walk->block_vas->len && end == LIST_DONE; i++)
		end = list_end(
			space_store(walk->touch.space,
				    g_array_index(walk->block_vas, uint32_t, i),
				    &header, sizeof(header)));
	return end;
}

static ListEnd run_pp(Walk *walk, uint64_t hash)
{
	SpaceStatus status = SPACE_OK;

	for (guint i = 0; i < walk->tiles->len && status == SPACE_OK; i++) {
		const Tile *tile = &g_array_index(walk->tiles, Tile, i);

		status = image_paint(&tile->image, walk->touch.space,
				     walk->draws ? NULL : tile->clear, hash);
	}
	return list_end(status);
}

ListEnd lima_stream_run(LimaCore *core, Space *space)
{
	g_auto(Walk) walk;
	uint64_t hash = 0;
	SpaceStatus status;
	ListEnd end;

	walk_init(&walk, core, space, false);
	end = read_stream(&walk);
	if (end != LIST_DONE)
		return end;
	status = touch_probe(&walk.touch);
	if (status == SPACE_OK)
		status = touch_probe(&walk.pixels);
	if (status == SPACE_OK)
		status = touch_hash(&walk.touch, &hash);
	if (status == SPACE_OK)
		status = touch_fill(&walk.touch, hash);
	if (status != SPACE_OK)
		return list_end(status);
	if (core->n == LIMA_PP)
		return run_pp(&walk, hash);
	return core->job.plbu ? run_plbu(&walk, hash) : LIST_DONE;
}

void lima_stream_prefetch(LimaCore *core, Space *space)
{
	g_auto(Walk) walk;

	walk_init(&walk, core, space, true);
	if (read_stream(&walk) != LIST_DONE ||
	    walk.touch.bytes + walk.pixels.bytes > LIMA_PREFETCH_BYTES)
		return;
	touch_probe(&walk.touch);
	touch_probe(&walk.pixels);
}
