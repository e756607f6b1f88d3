// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The content of capsets 1 and 2, as union virgl_caps of virglrenderer and Mesa has it:
 * 2 begins with 1. It promises what the stream (stream.c) accepts: OpenGL 3.1 without
 * multisampling, compute shaders, tessellation and images. A driver that asks for fewer
 * bytes than a capset has gets its beginning.
 */
#include "models/virtio-gpu/caps.h"

#include <glib.h>
#include <linux/virtio_gpu.h>
#include <stddef.h>
#include <string.h>

#include "models/virtio-gpu/format.h"

typedef uint32_t Formats[GPU_FORMAT_WORDS];

typedef struct {
	uint32_t version;
	Formats sampler, target, depth, vertex;
	uint32_t features; /* FEATURE_* */
	uint32_t glsl;
	uint32_t array_layers, stream_outputs, dual_source_targets;
	uint32_t targets, samples, primitives;
	uint32_t texel_buffer, uniform_blocks, viewports, gather_components;
} Caps1;

/* Pairs are minimum and maximum. Six numbers are one for each stage of shaders. */
typedef struct {
	Caps1 v1;
	float point[2], smooth_point[2], line[2], smooth_line[2], lod_bias;
	uint32_t geometry_vertices, geometry_components;
	uint32_t vertex_outputs, vertex_attributes, patch_varyings;
	int32_t texel_offset[2], gather_offset[2];
	uint32_t texel_align, uniform_align, shader_align;
	uint32_t bits; /* BIT_* */
	uint32_t sample_places[8];
	uint32_t attribute_stride;
	uint32_t shader_buffers[2], shader_images[2], image_samples;
	uint32_t compute[8];
	uint32_t side_2d, side_3d, side_cube;
	uint32_t all_shader_buffers, atomics[6], atomic_buffers[6];
	uint32_t all_atomics[2];
	uint32_t checks; /* which of the bits are valid, as a version */
	Formats readback, scanout;
	uint32_t bits2; /* BIT2_* */
	uint32_t video_memory;
	char renderer[64];
	float anisotropy;
	uint32_t samplers;
	Formats multisample;
	uint32_t constants[6];
	uint32_t codecs, codec[32][4];
	uint32_t uniform_block;
	uint32_t tessellation_outputs[2], storage_blocks[6];
} Caps2;

/* Offsets as of virglrenderer and Mesa. */
G_STATIC_ASSERT(sizeof(Caps1) == 308);
G_STATIC_ASSERT(offsetof(Caps2, bits) == 392);
G_STATIC_ASSERT(offsetof(Caps2, side_2d) == 484);
G_STATIC_ASSERT(offsetof(Caps2, checks) == 556);
G_STATIC_ASSERT(offsetof(Caps2, renderer) == 696);
G_STATIC_ASSERT(offsetof(Caps2, constants) == 832);
G_STATIC_ASSERT(offsetof(Caps2, uniform_block) == 1372);
G_STATIC_ASSERT(sizeof(Caps2) == GPU_CAPSET_SIZE_MAX);

enum {
	FEATURE_BLEND_EACH_TARGET = 1u << 0,
	FEATURE_BLEND_EACH_FUNCTION = 1u << 1,
	FEATURE_CONDITIONAL_RENDER = 1u << 4,
	FEATURE_START_INSTANCE = 1u << 5,
	FEATURE_PRIMITIVE_RESTART = 1u << 6,
	FEATURE_BLEND_EQUATIONS = 1u << 7,
	FEATURE_INSTANCE_ID = 1u << 8,
	FEATURE_INSTANCE_DIVISOR = 1u << 9,
	FEATURE_SEAMLESS_CUBE = 1u << 10,
	FEATURE_OCCLUSION_QUERY = 1u << 11,
	FEATURE_STREAM_OUTPUT_PAUSE = 1u << 13,
	FEATURE_COORD_CONVENTIONS = 1u << 15,
	FEATURE_DEPTH_CLIP_OFF = 1u << 16,
	FEATURE_UNIFORM_BUFFERS = 1u << 18,
	FEATURE_COLOR_CLAMPING = 1u << 19,
	FEATURE_STIPPLE = 1u << 20,
	FEATURE_MIRROR_CLAMP = 1u << 21,
};

enum {
	BIT_INVARIANT = 1u << 0,
	BIT_SRGB_CONTROL = 1u << 15,
	BIT_TRANSFER = 1u << 17, /* TRANSFER3D */
	BIT_MIXED_FORMATS = 1u << 18,
	BIT_COPY_TRANSFER = 1u << 26, /* COPY_TRANSFER3D */
	BIT_CLIP_HALF_Z = 1u << 27,
	BIT_CLEAR_TEXTURE = 1u << 30,
};

enum {
	BIT2_COPY_TRANSFER_FROM_HOST = 1u << 7,
};

const GpuCapset gpu_capsets[] = {
	{VIRTIO_GPU_CAPSET_VIRGL, 1, sizeof(Caps1)},
	{VIRTIO_GPU_CAPSET_VIRGL2, 2, sizeof(Caps2)},
};

const GpuCapset *gpu_capset_find(uint32_t id)
{
	for (size_t i = 0; i < GPU_CAPSETS; i++)
		if (gpu_capsets[i].id == id)
			return &gpu_capsets[i];
	return NULL;
}

static const Caps1 caps1 = {
	.features = FEATURE_BLEND_EACH_TARGET | FEATURE_BLEND_EACH_FUNCTION |
		    FEATURE_CONDITIONAL_RENDER | FEATURE_START_INSTANCE |
		    FEATURE_PRIMITIVE_RESTART | FEATURE_BLEND_EQUATIONS |
		    FEATURE_INSTANCE_ID | FEATURE_INSTANCE_DIVISOR |
		    FEATURE_SEAMLESS_CUBE | FEATURE_OCCLUSION_QUERY |
		    FEATURE_STREAM_OUTPUT_PAUSE | FEATURE_COORD_CONVENTIONS |
		    FEATURE_DEPTH_CLIP_OFF | FEATURE_UNIFORM_BUFFERS |
		    FEATURE_COLOR_CLAMPING | FEATURE_STIPPLE |
		    FEATURE_MIRROR_CLAMP,
	.glsl = 330,
	.array_layers = 256,
	.stream_outputs = 4,
	.dual_source_targets = 1,
	.targets = 8,
	.samples = 1, /* drivers then do without multisampling */
	.primitives = 0x3fff, /* all but patches */
	.texel_buffer = 65536,
	.uniform_blocks = 14,
	.viewports = 1,
};

static const Caps2 caps2 = {
	.point = {1, 255},
	.smooth_point = {1, 190},
	.line = {1, 10},
	.smooth_line = {1, 10},
	.lod_bias = 15,
	.geometry_vertices = 256,
	.geometry_components = 1024,
	.vertex_outputs = 32,
	.vertex_attributes = 16,
	.patch_varyings = 30,
	.texel_offset = {-8, 7},
	.gather_offset = {-8, 7},
	.texel_align = 16,
	.uniform_align = 256,
	.shader_align = 32,
	.bits = BIT_INVARIANT | BIT_SRGB_CONTROL | BIT_TRANSFER |
		BIT_MIXED_FORMATS | BIT_COPY_TRANSFER | BIT_CLIP_HALF_Z |
		BIT_CLEAR_TEXTURE,
	.attribute_stride = 2048,
	.side_2d = 8192,
	.side_3d = 512,
	.side_cube = 4096,
	.checks = 13,
	.bits2 = BIT2_COPY_TRANSFER_FROM_HOST,
	.renderer = "shrinkbench",
	.anisotropy = 1,
	.samplers = 16,
	.constants = {65536, 65536, 65536, 65536, 65536, 65536},
	.uniform_block = 65536,
};

static void fill_formats(Caps2 *caps)
{
	gpu_format_set(caps->v1.sampler, GPU_FORMAT_SAMPLER);
	gpu_format_set(caps->v1.target, GPU_FORMAT_TARGET);
	gpu_format_set(caps->v1.depth, GPU_FORMAT_DEPTH);
	gpu_format_set(caps->v1.vertex, GPU_FORMAT_TARGET);
	gpu_format_set(caps->readback, GPU_FORMAT_SAMPLER);
	gpu_format_set(caps->scanout, GPU_FORMAT_SCANOUT);
}

void gpu_capset_fill(const GpuCapset *capset, void *buf)
{
	Caps2 caps = caps2;

	caps.v1 = caps1;
	caps.v1.version = capset->version;
	fill_formats(&caps);
	memcpy(buf, &caps, capset->size);
}
