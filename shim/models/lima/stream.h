/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the streams of a Mali-400, as far as the model knows them (Mesa's
 * src/gallium/drivers/lima/lima_gpu.h and lima_parser.c name them). A command has two
 * words; the upper bits of the second one say what it is.
 */
#ifndef MODELS_LIMA_STREAM_H
#define MODELS_LIMA_STREAM_H

#include <glib.h>
#include <stdint.h>

typedef struct {
	uint32_t low;
	uint32_t high;
} Command;

/* First bits of the second word */
#define STREAM_KIND(high) ((high) >> 28)
#define STREAM_CONTINUE 0xfu /* at @low */

/* Vertex shader */
enum { VS_DRAW = 0, VS_STATE, VS_ARRAYS, VS_UNIFORMS, VS_SHADER, VS_SEMAPHORE };
#define VS_COUNT(command) ((command).low >> 24 | ((command).high & 0xff) << 8)
#define VS_SIZE(high) ((high) >> 12 & 0xffff) /* of uniforms and shader */
#define VS_IS_VARYINGS(high) ((high)&8)
#define VS_ARRAY_COUNT(high) ((high) >> 17 & 0x7ff)
/* An attribute or varying: address, and this */
#define ARRAY_STRIDE(word) ((word) >> 11)
#define ARRAY_IS_POSITION(word) (((word)&0xffff) == 0x8020)
#define ARRAY_IS_POINT_SIZE(word) (((word)&0xffff) == 0x2021)
#define POSITION_BYTES 16u
#define POINT_SIZE_BYTES 4u

/* Tiler */
enum {
	PLBU_DRAW = 0,
	PLBU_STATE = 1,
	PLBU_ARRAY = 2,
	PLBU_STRIDE = 3,
	PLBU_END = 5,
	PLBU_SEMAPHORE = 6,
	PLBU_SCISSOR = 7,
	PLBU_VERTICES = 8, /* the upper bit; the others belong to the address */
};
#define PLBU_COUNT VS_COUNT
#define PLBU_IS_INDEXED(high) ((high) >> 21 & 1)
#define PLBU_BLOCKS(high) (((high)&0x00ffffff) + 1)
#define PLBU_POSITIONS(high) (((high)&0x0fffffff) << 4)
/* Numbers of PLBU_STATE, in the lower bits */
#define PLBU_STATE_NUMBER(high) ((high)&0xfff)
#define PLBU_STATE_POSITIONS 0x100u
#define PLBU_STATE_INDICES 0x101u
#define PLBU_STATE_SETUP 0x10bu
#define PLBU_INDEX_SIZE(setup) ((setup) >> 9 & 7)
#define PLBU_BLOCK 512u /* bytes of a block of the list */

/* Pixel processor: its stream */
#define PP_STREAM_TILE(high) ((high) >> 24 == 0xb8)
#define PP_STREAM_TILE_X(high) ((high)&0xff)
#define PP_STREAM_TILE_Y(high) ((high) >> 8 & 0xff)
#define PP_STREAM_END(high) ((high) >> 24 == 0xbc)
#define PP_STREAM_BLOCK(low) ((low) >> 29 == 7)
#define PP_STREAM_ADDRESS(low) (((low)&0x1ffffffc) << 3)

/* State of a draw; 16 words */
#define STATE_SHADER 9u
#define STATE_UNIFORMS 11u
#define STATE_TEXTURES 12u
#define STATE_AUX0 13u
#define STATE_VARYINGS 15u
#define STATE_WORDS 16u

/* Registers of the pixel processor's frame, in words */
#define FRAME_STATE 1u
#define FRAME_CLEAR_DEPTH 4u
#define FRAME_CLEAR_STENCIL 5u
#define FRAME_CLEAR_COLOR 6u
#define FRAME_WIDTH 10u
#define FRAME_HEIGHT 11u

/* Of a write-back unit */
#define WB_TYPE 0u
#define WB_TYPE_DEPTH 1u
#define WB_TYPE_COLOR 2u
#define WB_ADDRESS 1u
#define WB_FORMAT 2u
#define WB_LAYOUT 4u
#define WB_LAYOUT_TILED 2u
#define WB_PITCH 5u /* tiles; linear: 8 bytes */
#define WB_FLAGS 6u
#define WB_FLAG_SWAP 4u /* red and blue */
#define WB_SAMPLES 7u /* bits */
#define WB_SAMPLE_PITCH 8u

G_STATIC_ASSERT(sizeof(Command) == 8);

#endif
