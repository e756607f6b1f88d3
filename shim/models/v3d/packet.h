/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of the control lists of a V3D 4.2, as far as the model knows them (Mesa's
 * src/broadcom/cle/v3d_packet_v33.xml names all fields). A packet is a byte, which says
 * what it is, and its fields, whose bits count from the byte behind it.
 */
#ifndef MODELS_V3D_PACKET_H
#define MODELS_V3D_PACKET_H

#include <stdint.h>

enum {
	PACKET_HALT = 0,
	PACKET_FLUSH = 4,
	PACKET_FLUSH_ALL = 5,
	PACKET_END_RENDER = 13,
	PACKET_BRANCH = 16,
	PACKET_BRANCH_SUB = 17,
	PACKET_RETURN = 18,
	PACKET_GENERIC_TILE_LIST = 20,
	PACKET_SUPERTILE = 23,
	PACKET_STORE = 29,
	PACKET_LOAD = 30,
	PACKET_INDEXED = 32,
	PACKET_INDEXED_INSTANCED = 34,
	PACKET_ARRAY = 36,
	PACKET_ARRAY_INSTANCED = 38,
	PACKET_BASE = 43, /* of vertices and instances */
	PACKET_INDEX_BUFFER = 44,
	PACKET_SHADER = 64,
	PACKET_OCCLUSION = 92,
	PACKET_BINNING_CONFIG = 120,
	PACKET_RENDER_CONFIG = 121,
	PACKET_SUPERTILE_CONFIG = 122,
	PACKET_TILE_LIST_BASE = 123,
};

/* Bytes of each packet, the first one included; 0: there is none */
static const uint8_t packet_bytes[256] = {
	[0] = 1,   [1] = 1,   [4] = 1,	 [5] = 1,   [6] = 1,   [7] = 1,
	[8] = 1,   [9] = 1,   [10] = 1,	 [11] = 1,  [12] = 1,  [13] = 1,
	[14] = 2,  [15] = 5,  [16] = 5,	 [17] = 5,  [18] = 1,  [19] = 1,
	[20] = 9,  [21] = 2,  [22] = 8,	 [23] = 3,  [25] = 2,  [26] = 1,
	[27] = 1,  [29] = 13, [30] = 13, [31] = 1,  [32] = 10, [33] = 11,
	[34] = 14, [36] = 10, [37] = 11, [38] = 14, [39] = 14, [43] = 9,
	[44] = 9,  [54] = 5,  [55] = 5,	 [56] = 2,  [57] = 5,  [64] = 5,
	[65] = 5,  [66] = 5,  [67] = 5,	 [71] = 2,  [72] = 5,  [73] = 9,
	[74] = 2,  [75] = 1,  [76] = 3,	 [77] = 10, [80] = 6,  [83] = 2,
	[84] = 5,  [86] = 9,  [87] = 5,	 [88] = 1,  [89] = 5,  [91] = 5,
	[92] = 5,  [96] = 4,  [97] = 1,	 [98] = 5,  [99] = 1,  [100] = 5,
	[104] = 5, [105] = 5, [106] = 9, [107] = 9, [108] = 9, [109] = 9,
	[110] = 9, [111] = 9, [119] = 2, [120] = 9, [121] = 9, [122] = 9,
	[123] = 5, [124] = 4, [125] = 1, [126] = 2,
};

#define PACKET_MAX 16u

/* Field of @size bits (at most 32) that begins at bit @start */
static inline uint32_t packet_field(const uint8_t *fields, unsigned int start,
				    unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 5 && start / 8 + i < PACKET_MAX; i++)
		value |= (uint64_t)fields[start / 8 + i] << (8 * i);
	return (uint32_t)(value >> start % 8 & ((1ull << size) - 1));
}

/* Kinds of PACKET_RENDER_CONFIG, in its low four bits */
enum {
	RENDER_COMMON,
	RENDER_COLOR,
	RENDER_ZS_CLEAR,
	RENDER_CLEAR_1,
	RENDER_CLEAR_2,
	RENDER_CLEAR_3,
};

/* Memory formats of an image; the last three have columns of 4 blocks */
enum {
	MEMORY_RASTER,
	MEMORY_LINEAR_TILE,
	MEMORY_UB_1,
	MEMORY_UB_2,
	MEMORY_UIF,
	MEMORY_UIF_XOR,
};

/* Buffers that are loaded and stored: render targets 0 to 3, and these */
enum { BUFFER_NONE = 8, BUFFER_Z, BUFFER_STENCIL, BUFFER_Z_STENCIL };

#define FORMAT_BGR565 7u
#define FORMATS 46u
/* Bytes of a pixel in memory, by format of the image */
static const uint8_t format_bytes[FORMATS] = {
	[0] = 4,  [1] = 3,   [2] = 4,  [3] = 4,	 [4] = 2,  [5] = 2,   [6] = 2,
	[7] = 2,  [8] = 4,   [9] = 16, [10] = 8, [11] = 4, [12] = 16, [13] = 8,
	[14] = 4, [15] = 16, [16] = 8, [17] = 4, [18] = 8, [19] = 4,  [20] = 2,
	[21] = 8, [22] = 4,  [23] = 2, [24] = 8, [25] = 4, [26] = 2,  [27] = 4,
	[28] = 3, [29] = 2,  [30] = 1, [31] = 4, [32] = 2, [33] = 1,  [34] = 4,
	[35] = 2, [36] = 1,  [40] = 4, [41] = 4, [42] = 2, [43] = 4,  [44] = 1,
	[45] = 2,
};

#define SHADER_RECORD 36u
#define ATTRIBUTE_RECORD 16u
#define TILE_STATE 256u /* of a tile */

#endif
