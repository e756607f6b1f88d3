/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that the jobs of a Mali-T860 name, as far as the model reads them. The
 * layouts are those of Midgard, version 5 (Mesa's src/panfrost/lib/genxml/v5.xml names
 * all fields). Addresses are GPU addresses, strides and sizes are bytes.
 */
#ifndef MODELS_PANFROST_DESCRIPTOR_H
#define MODELS_PANFROST_DESCRIPTOR_H

#include <glib.h>
#include <stdint.h>

/* Offsets in a job of what follows its header */
#define JOB_FRAGMENT_OFFSET 32u
#define JOB_INVOCATION_OFFSET 32u
#define JOB_PRIMITIVE_OFFSET 40u
#define JOB_DRAW_OFFSET 64u

/* A pointer to a framebuffer has tags in its low bits. */
#define FBD_ADDRESS(fbd) ((fbd) & ~0x3full)
#define FBD_IS_MULTIPLE(fbd) ((fbd)&1)
#define FBD_HAS_ZS(fbd) ((fbd) >> 1 & 1)

/* Payload of a fragment job; bounds are in tiles, both ends included */
#define FRAGMENT_X(bound) ((bound)&0xfff)
#define FRAGMENT_Y(bound) ((bound) >> 16 & 0xfff)
#define FRAGMENT_HAS_MAP(max) ((max) >> 31)
typedef struct {
	uint32_t min;
	uint32_t max;
	uint64_t fbd;
	uint64_t tile_map;
	uint32_t tile_map_stride;
	uint32_t pad;
} FragmentPayload;

/* Parameters and tiler of a framebuffer */
#define FB_WIDTH(size) (((size)&0xffff) + 1)
#define FB_HEIGHT(size) (((size) >> 16) + 1)
#define FB_SAMPLES(flags) (1u << ((flags)&7))
#define FB_TARGETS(flags) (((flags) >> 19 & 0xf) + 1)
#define FB_S_CLEAR(zs) ((zs)&0xff)
#define FB_S_WRITE(zs) ((zs) >> 8 & 1)
#define FB_Z_WRITE(zs) ((zs) >> 18 & 1)
#define FB_HAS_ZS(zs) ((zs) >> 21 & 1)
#define FB_CRC_READ(zs) ((zs) >> 30 & 1)
#define FB_CRC_WRITE(zs) ((zs) >> 31)
#define TILER_DISABLED(mask) (!((mask)&0xfff))
typedef struct {
	uint32_t local_storage[8];
	uint32_t size;
	uint32_t bound_min;
	uint32_t bound_max;
	uint32_t flags;
	uint32_t zs;
	uint32_t z_clear; /* float */
	uint32_t polygon_list_size;
	uint32_t hierarchy_mask;
	uint64_t polygon_list;
	uint64_t polygon_list_body;
	uint64_t heap_start;
	uint64_t heap_end;
	uint32_t weights[8];
} Framebuffer;

enum { BLOCK_TILED, BLOCK_TILED_LINEAR, BLOCK_LINEAR, BLOCK_AFBC };
enum { MSAA_SINGLE, MSAA_AVERAGE, MSAA_MULTIPLE, MSAA_LAYERED };

/* Depth, stencil and checksums of a framebuffer */
#define ZS_FORMAT(formats) ((formats)&0xf)
#define ZS_BLOCK(formats) ((formats) >> 4 & 3)
#define ZS_MSAA(formats) ((formats) >> 6 & 3)
#define ZS_CLEAN_WRITE(formats) ((formats) >> 10 & 1)
#define S_FORMAT(formats) ((formats) >> 16 & 0xf)
#define S_BLOCK(formats) ((formats) >> 20 & 3)
#define S_MSAA(formats) ((formats) >> 22 & 3)
typedef struct {
	uint64_t crc_base;
	uint32_t crc_row_stride;
	uint32_t formats;
	uint64_t zs_base;
	uint32_t zs_row_stride;
	uint32_t zs_surface_stride;
	uint64_t s_base;
	uint32_t s_row_stride;
	uint32_t s_surface_stride;
	uint32_t preload[4];
} ZsExtension;

enum { ZS_D16 = 1, ZS_D24, ZS_D24X8 = 4, ZS_D24S8, ZS_X8D24, ZS_S8D24 };
enum { ZS_D32 = 14, ZS_D32_S8X24 };
enum { S_S8 = 1, S_S8X8, S_S8X24, S_X24S8, S_X8S8, S_X32_S8X24 };

/* A colour buffer of a framebuffer; in words 12 to 15 the clear colour */
#define RT_INTERNAL_FORMAT(internal) ((internal) >> 26)
#define RT_WRITE(format) ((format)&1)
#define RT_FORMAT(format) ((format) >> 3 & 0x1f)
#define RT_BLOCK(format) ((format) >> 10 & 3)
#define RT_MSAA(format) ((format) >> 12 & 3)
#define RT_SWIZZLE(format) ((format) >> 16 & 0xfff)
#define RT_CLEAN_WRITE(format) ((format) >> 31)
typedef struct {
	uint32_t internal;
	uint32_t format;
	uint32_t preload;
	uint32_t pad;
	uint64_t afbc_header;
	uint64_t afbc[1];
	uint64_t base; /* AFBC: its body */
	uint32_t row_stride; /* AFBC: size of the body */
	uint32_t surface_stride;
	uint32_t clear[4];
} RenderTarget;

/* Formats of a colour buffer */
enum {
	COLOR_RAW8,
	COLOR_RAW2048 = 15,
	COLOR_R8,
	COLOR_R8G8,
	COLOR_R8G8B8,
	COLOR_R8G8B8A8,
	COLOR_R4G4B4A4,
	COLOR_R5G6B5,
	COLOR_R8G8B8_2,
	COLOR_R10G10B10A2 = 24,
	COLOR_A2B10G10R10,
	COLOR_R5G5B5A1 = 28,
	COLOR_A1B5G5R5,
	COLOR_FORMATS = 32
};

/* A draw, of a compute, vertex, geometry or tiler job */
#define DRAW_OCCLUSION(flags) ((flags) >> 3 & 3)
typedef struct {
	uint32_t flags;
	uint32_t words[3];
	uint64_t position;
	uint64_t uniform_buffers;
	uint64_t textures;
	uint64_t samplers;
	uint64_t push_uniforms;
	uint64_t state;
	uint64_t attribute_buffers;
	uint64_t attributes;
	uint64_t varying_buffers;
	uint64_t varyings;
	uint64_t viewport;
	uint64_t occlusion;
	uint64_t
		storage; /* tiler job: framebuffer; other jobs: local storage */
} Draw;

/* Primitive of a tiler job */
#define PRIMITIVE_INDEX_TYPE(flags) ((flags) >> 8 & 7)
typedef struct {
	uint32_t flags;
	uint32_t base_vertex;
	uint32_t restart_index;
	uint32_t index_count; /* minus 1 */
	uint64_t indices;
} Primitive;

#define STATE_SHADER(shader) ((shader) & ~0xfull)
#define STATE_UNIFORM_BUFFERS(properties) ((properties)&0xff)
#define STATE_UNIFORMS(properties) ((properties) >> 21 & 0x1f)
typedef struct {
	uint64_t shader;
	uint16_t samplers;
	uint16_t textures;
	uint16_t attributes;
	uint16_t varyings;
	uint32_t properties;
	uint32_t rest[11];
} RendererState;

/* Names an attribute buffer, or a varying buffer */
#define ATTRIBUTE_BUFFER_INDEX(word) ((word)&0x1ff)
typedef struct {
	uint32_t word;
	uint32_t offset;
} Attribute;

#define ATTRIBUTE_TYPE(pointer) ((pointer)&0xff)
#define ATTRIBUTE_IS_SPECIAL(type) (((type)&0x3f) > 0x20)
#define ATTRIBUTE_IS_CONTINUATION(type) (((type)&0x3f) == 0x20)
#define ATTRIBUTE_ADDRESS(pointer) ((pointer)&0x00ffffffffffffc0ull)
typedef struct {
	uint64_t pointer;
	uint32_t stride;
	uint32_t size;
} AttributeBuffer;

/* An entry of the table of uniform buffers */
#define UNIFORM_BUFFER_ADDRESS(entry) ((entry) >> 12 << 4)
#define UNIFORM_BUFFER_SIZE(entry) ((((entry)&0xfff) + 1) * 16)

#define TEXTURE_HEIGHT(size) (((size) >> 16) + 1)
#define TEXTURE_WIDTH(size) (((size)&0xffff) + 1)
#define TEXTURE_DEPTH(depth) (((depth)&0xffff) + 1) /* or samples */
#define TEXTURE_ARRAY(depth) (((depth) >> 16) + 1)
#define TEXTURE_DIMENSION(format) ((format) >> 22 & 3)
#define TEXTURE_IS_CUBE(format) (TEXTURE_DIMENSION(format) == 0)
#define TEXTURE_IS_3D(format) (TEXTURE_DIMENSION(format) == 3)
#define TEXTURE_LAYOUT(format) ((format) >> 24 & 0xf)
#define TEXTURE_LAYOUT_TILED 1
#define TEXTURE_LAYOUT_LINEAR 2
#define TEXTURE_HAS_STRIDES(format) ((format) >> 29 & 1)
#define TEXTURE_LEVELS(levels) (((levels) >> 24) + 1)
typedef struct {
	uint32_t size;
	uint32_t depth;
	uint32_t format;
	uint32_t levels;
	uint32_t swizzle;
	uint32_t pad[3];
} Texture;

/* A surface of a texture that has strides */
typedef struct {
	uint64_t address;
	int32_t row_stride;
	int32_t surface_stride;
} Surface;

#define BLEND_SIZE 16u
#define SAMPLER_SIZE 32u
#define VIEWPORT_SIZE 32u
#define LOCAL_STORAGE_SIZE 32u
#define SHADER_BUNDLE                                                          \
	16u /* the shortest shader: no descriptor names its size */

G_STATIC_ASSERT(sizeof(FragmentPayload) == 32);
G_STATIC_ASSERT(sizeof(Framebuffer) == 128);
G_STATIC_ASSERT(sizeof(ZsExtension) == 64);
G_STATIC_ASSERT(sizeof(RenderTarget) == 64);
G_STATIC_ASSERT(sizeof(Draw) == 120);
G_STATIC_ASSERT(sizeof(Primitive) == 24);
G_STATIC_ASSERT(sizeof(RendererState) == 64);
G_STATIC_ASSERT(sizeof(AttributeBuffer) == 16);
G_STATIC_ASSERT(sizeof(Texture) == 32);
G_STATIC_ASSERT(sizeof(Surface) == 16);

#endif
