// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of a stream, and the objects of CREATE_OBJECT: numbers and lengths as
 * Mesa's virgl driver sends them. Commands for what the capsets do not offer (video,
 * blobs of the host) are unknown. To add a command, add a row.
 */
#include "models/virtio-gpu/stream.h"

#include <stddef.h>

#define ROW(number_, name_, ...)                                               \
	{                                                                      \
		.number = number_, .name = name_, __VA_ARGS__                  \
	}
/* One resource, several of them, or one in each group of words. */
#define RES(at) .resource_at = at
#define TWO_RES(at, other)                                                     \
	.resource_at = at, .resource_step = (other) - (at), .resources = 2
#define EACH_RES(at, step_) .resource_at = at, .resource_step = step_

/* clang-format off */
static const GpuStreamKind kinds[] = {
	ROW(0, "NOP", .step = 1),
	ROW(1, "CREATE_OBJECT", .min = 1, .step = 1, .objects = true),
	ROW(2, "BIND_OBJECT", .min = 1),
	ROW(3, "DESTROY_OBJECT", .min = 1, .accept = gpu_stream_destroy_object),
	ROW(4, "SET_VIEWPORT_STATE", .min = 1, .step = 6),
	ROW(5, "SET_FRAMEBUFFER_STATE", .min = 2, .step = 1,
	    .accept = gpu_stream_set_framebuffer),
	ROW(6, "SET_VERTEX_BUFFERS", .step = 3, EACH_RES(3, 3)),
	ROW(7, "CLEAR", .min = 8, .accept = gpu_stream_clear),
	ROW(8, "DRAW_VBO", .min = 12, .step = 1, .max = 20, TWO_RES(15, 20)),
	ROW(9, "RESOURCE_INLINE_WRITE", .min = 12, .step = 1,
	    .accept = gpu_stream_inline_write),
	ROW(10, "SET_SAMPLER_VIEWS", .min = 2, .step = 1),
	ROW(11, "SET_INDEX_BUFFER", .min = 1, .step = 2, .max = 3, RES(1)),
	ROW(12, "SET_CONSTANT_BUFFER", .min = 2, .step = 1),
	ROW(13, "SET_STENCIL_REF", .min = 1),
	ROW(14, "SET_BLEND_COLOR", .min = 4),
	ROW(15, "SET_SCISSOR_STATE", .min = 1, .step = 2),
	ROW(16, "BLIT", .min = 21, .accept = gpu_stream_blit),
	ROW(17, "RESOURCE_COPY_REGION", .min = 13,
	    .accept = gpu_stream_copy_region),
	ROW(18, "BIND_SAMPLER_STATES", .min = 2, .step = 1),
	ROW(19, "BEGIN_QUERY", .min = 1),
	ROW(20, "END_QUERY", .min = 1),
	ROW(21, "GET_QUERY_RESULT", .min = 2, .accept = gpu_stream_query_result),
	ROW(22, "SET_POLYGON_STIPPLE", .min = 32),
	ROW(23, "SET_CLIP_STATE", .min = 32),
	ROW(24, "SET_SAMPLE_MASK", .min = 1),
	ROW(25, "SET_STREAMOUT_TARGETS", .min = 1, .step = 1),
	ROW(26, "SET_RENDER_CONDITION", .min = 3),
	ROW(27, "SET_UNIFORM_BUFFER", .min = 5, RES(5)),
	ROW(28, "SET_SUB_CTX", .min = 1, .accept = gpu_stream_set_sub),
	ROW(29, "CREATE_SUB_CTX", .min = 1, .accept = gpu_stream_create_sub),
	ROW(30, "DESTROY_SUB_CTX", .min = 1, .accept = gpu_stream_destroy_sub),
	ROW(31, "BIND_SHADER", .min = 2),
	ROW(32, "SET_TESS_STATE", .min = 6),
	ROW(33, "SET_MIN_SAMPLES", .min = 1),
	ROW(34, "SET_SHADER_BUFFERS", .min = 2, .step = 3, EACH_RES(5, 3)),
	ROW(35, "SET_SHADER_IMAGES", .min = 2, .step = 5, EACH_RES(7, 5)),
	ROW(36, "MEMORY_BARRIER", .min = 1),
	ROW(37, "LAUNCH_GRID", .min = 8, RES(7)),
	ROW(38, "SET_FRAMEBUFFER_STATE_NO_ATTACH", .min = 2),
	ROW(39, "TEXTURE_BARRIER", .min = 1),
	ROW(40, "SET_ATOMIC_BUFFERS", .min = 1, .step = 3, EACH_RES(4, 3)),
	ROW(41, "SET_DEBUG_FLAGS", .min = 1, .step = 1),
	ROW(42, "GET_QUERY_RESULT_QBO", .min = 6, RES(2)),
	ROW(43, "TRANSFER3D", .min = 13, .accept = gpu_stream_transfer),
	ROW(44, "END_TRANSFERS", .step = 1),
	ROW(45, "COPY_TRANSFER3D", .min = 14, .accept = gpu_stream_copy_transfer),
	ROW(46, "SET_TWEAKS", .min = 2),
	ROW(47, "CLEAR_TEXTURE", .min = 12, .accept = gpu_stream_clear_texture),
	ROW(51, "EMIT_STRING_MARKER", .min = 2, .step = 1),
	ROW(52, "LINK_SHADER", .min = 6),
	ROW(SB_EXEC_NOP, "SB_EXEC_NOP", .min = SB_EXEC_WORDS,
	    .accept = gpu_stream_exec),
	ROW(SB_EXEC_COPY, "SB_EXEC_COPY", .min = SB_EXEC_WORDS,
	    .accept = gpu_stream_exec),
	ROW(SB_EXEC_FILL, "SB_EXEC_FILL", .min = SB_EXEC_WORDS,
	    .accept = gpu_stream_exec),
	ROW(SB_EXEC_CHECKSUM, "SB_EXEC_CHECKSUM", .min = SB_EXEC_WORDS,
	    .accept = gpu_stream_exec),
};

static const GpuStreamKind objects[] = {
	ROW(1, "CREATE_OBJECT blend", .min = 11),
	ROW(2, "CREATE_OBJECT rasterizer", .min = 9),
	ROW(3, "CREATE_OBJECT depth", .min = 5),
	ROW(4, "CREATE_OBJECT shader", .min = 5, .step = 1),
	ROW(5, "CREATE_OBJECT vertex elements", .min = 1, .step = 4),
	ROW(6, "CREATE_OBJECT sampler view", .min = 6, RES(2)),
	ROW(7, "CREATE_OBJECT sampler", .min = 9),
	ROW(8, "CREATE_OBJECT surface", .min = 5,
	    .accept = gpu_stream_create_surface),
	ROW(9, "CREATE_OBJECT query", .min = 4, .accept = gpu_stream_create_query),
	ROW(10, "CREATE_OBJECT stream output", .min = 4, RES(2)),
};
/* clang-format on */

static const GpuStreamKind *find(const GpuStreamKind *rows, size_t count,
				 uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

const GpuStreamKind *gpu_stream_kind(uint32_t number)
{
	return find(kinds, G_N_ELEMENTS(kinds), number);
}

const GpuStreamKind *gpu_stream_object(uint32_t type)
{
	return find(objects, G_N_ELEMENTS(objects), type);
}
