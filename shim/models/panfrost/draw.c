// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: the draws of compute, vertex, geometry and tiler jobs. */
#include "models/panfrost/regs.h"
#include "models/panfrost/render.h"

#define BUFFERS_MAX                                                            \
	256u /* attribute buffers; a varying names one of them, too */
#define TEXTURE_FACES 6u
/* A surface of a compressed texture has fewer rows; then less of it is read. */
#define TILED_ROWS 16u
/* What the tiler adds to the heap for a draw */
#define RECORD_MIN 64u
#define RECORD_MAX 65536u
#define RECORD_VERTEX 16u
#define POSITION_SIZE 16u

typedef enum { STAGE_VERTEX, STAGE_TILER, STAGE_FRAGMENT } Stage;

static void read_range(Render *render, uint64_t va, uint64_t len)
{
	touch_add(&render->touch, va, len, SPACE_READ);
}

/* Size of a field of the packed invocation, whose value is one less */
static uint64_t invocation_size(uint32_t packed, unsigned int low,
				unsigned int high)
{
	uint64_t mask;

	if (low >= 32 || high <= low)
		return 1;
	mask = (1ull << (MIN(high, 32) - low)) - 1;
	return (packed >> low & mask) + 1;
}

/* How many times the shader runs */
static uint64_t invocations(const uint32_t words[2])
{
	const unsigned int at[] = {0,
				   words[1] & 0x1f,
				   words[1] >> 5 & 0x1f,
				   words[1] >> 10 & 0x3f,
				   words[1] >> 16 & 0x3f,
				   words[1] >> 22 & 0x3f,
				   32};
	uint64_t count = 1;

	for (unsigned int i = 0; i + 1 < G_N_ELEMENTS(at); i++)
		count = MIN(count * invocation_size(words[0], at[i], at[i + 1]),
			    G_MAXUINT32);
	return count;
}

/* Add the buffers that @count attributes (or varyings) at @va use. */
static SpaceStatus plan_buffers(Render *render, uint64_t va, uint64_t buffers,
				unsigned int count, SpaceAccess access)
{
	SpaceStatus status = SPACE_OK;
	unsigned int used = 0;

	for (unsigned int i = 0; va && i < count && status == SPACE_OK; i++) {
		Attribute attribute;

		status = touch_load(&render->touch, va + i * sizeof(attribute),
				    &attribute, sizeof(attribute));
		used = MAX(used, ATTRIBUTE_BUFFER_INDEX(attribute.word) + 1);
	}
	used = MIN(used, BUFFERS_MAX);
	for (unsigned int i = 0; buffers && i < used && status == SPACE_OK;
	     i++) {
		AttributeBuffer buffer;
		uint32_t type;

		status =
			touch_load(&render->touch, buffers + i * sizeof(buffer),
				   &buffer, sizeof(buffer));
		type = ATTRIBUTE_TYPE(buffer.pointer);
		if (status == SPACE_OK && !ATTRIBUTE_IS_SPECIAL(type) &&
		    !ATTRIBUTE_IS_CONTINUATION(type) &&
		    ATTRIBUTE_ADDRESS(buffer.pointer))
			touch_add(&render->touch,
				  ATTRIBUTE_ADDRESS(buffer.pointer),
				  buffer.size, access);
	}
	return status;
}

static SpaceStatus plan_uniforms(Render *render, const Draw *draw,
				 uint32_t properties)
{
	SpaceStatus status = SPACE_OK;
	uint64_t entry;

	if (draw->push_uniforms)
		read_range(render, draw->push_uniforms,
			   16ull * STATE_UNIFORMS(properties));
	for (unsigned int i = 0;
	     draw->uniform_buffers && i < STATE_UNIFORM_BUFFERS(properties) &&
	     status == SPACE_OK;
	     i++) {
		status = touch_load(&render->touch,
				    draw->uniform_buffers + i * sizeof(entry),
				    &entry, sizeof(entry));
		if (status == SPACE_OK && UNIFORM_BUFFER_ADDRESS(entry))
			read_range(render, UNIFORM_BUFFER_ADDRESS(entry),
				   UNIFORM_BUFFER_SIZE(entry));
	}
	return status;
}

/* Bytes of a surface of @texture at @level, if its descriptor has strides */
static uint64_t surface_size(const Texture *texture, const Surface *surface,
			     unsigned int level)
{
	uint32_t height = MAX(TEXTURE_HEIGHT(texture->size) >> level, 1u);
	uint32_t rows = height;

	if (surface->row_stride <= 0)
		return 0;
	if (TEXTURE_LAYOUT(texture->format) == TEXTURE_LAYOUT_TILED)
		rows = (height + TILED_ROWS - 1) / TILED_ROWS;
	else if (TEXTURE_LAYOUT(texture->format) != TEXTURE_LAYOUT_LINEAR)
		return 0;
	return (uint64_t)rows * (uint32_t)surface->row_stride;
}

/* The surfaces follow the descriptor: by layer, level, face, sample. */
static SpaceStatus plan_texture(Render *render, uint64_t va)
{
	SpaceStatus status;
	Texture texture;
	uint64_t inner, count;

	status = touch_load(&render->touch, va, &texture, sizeof(texture));
	if (status != SPACE_OK || !TEXTURE_HAS_STRIDES(texture.format))
		return status;
	inner = TEXTURE_IS_CUBE(texture.format) ? TEXTURE_FACES : 1;
	if (!TEXTURE_IS_3D(texture.format))
		inner *= TEXTURE_DEPTH(texture.depth);
	count = inner * TEXTURE_LEVELS(texture.levels) *
		TEXTURE_ARRAY(texture.depth);
	if (count > TOUCH_RANGES)
		render->touch.malformed = true;
	for (uint64_t i = 0;
	     i < count && status == SPACE_OK && !render->touch.malformed; i++) {
		unsigned int level = i / inner % TEXTURE_LEVELS(texture.levels);
		Surface surface;

		status = touch_load(&render->touch,
				    va + sizeof(texture) + i * sizeof(surface),
				    &surface, sizeof(surface));
		if (status == SPACE_OK && level < 32 && surface.address)
			read_range(render, surface.address,
				   surface_size(&texture, &surface, level));
	}
	return status;
}

static SpaceStatus plan_textures(Render *render, const Draw *draw,
				 const RendererState *state)
{
	SpaceStatus status = SPACE_OK;
	uint64_t va;

	if (draw->samplers)
		read_range(render, draw->samplers,
			   (uint64_t)state->samplers * SAMPLER_SIZE);
	for (unsigned int i = 0;
	     draw->textures && i < state->textures && status == SPACE_OK; i++) {
		status = touch_load(&render->touch,
				    draw->textures + i * sizeof(va), &va,
				    sizeof(va));
		if (status == SPACE_OK && va)
			status = plan_texture(render, va);
	}
	return status;
}

/* What every shader reads */
static SpaceStatus plan_shader(Render *render, const Draw *draw,
			       RendererState *state)
{
	SpaceStatus status;

	status = touch_load(&render->touch, draw->state, state, sizeof(*state));
	if (status != SPACE_OK)
		return status;
	if (STATE_SHADER(state->shader))
		read_range(render, STATE_SHADER(state->shader), SHADER_BUNDLE);
	status = plan_uniforms(render, draw, state->properties);
	return status == SPACE_OK ? plan_textures(render, draw, state) : status;
}

static SpaceStatus plan_vertices(Render *render, const Draw *draw)
{
	uint8_t storage[LOCAL_STORAGE_SIZE];
	SpaceStatus status = SPACE_OK;
	RendererState state;

	if (draw->storage & ~1ull)
		status = touch_load(&render->touch, draw->storage & ~1ull,
				    storage, sizeof(storage));
	if (status == SPACE_OK)
		status = plan_shader(render, draw, &state);
	if (status == SPACE_OK)
		status = plan_buffers(render, draw->attributes,
				      draw->attribute_buffers, state.attributes,
				      SPACE_READ);
	if (status == SPACE_OK)
		status = plan_buffers(render, draw->varyings,
				      draw->varying_buffers, state.varyings,
				      SPACE_WRITE);
	return status;
}

SpaceStatus draw_plan_shading(Render *render, uint64_t va)
{
	RendererState state;
	SpaceStatus status;
	Draw draw;

	status = touch_load(&render->touch, va, &draw, sizeof(draw));
	if (status != SPACE_OK || !draw.state)
		return status;
	if (draw.viewport)
		read_range(render, draw.viewport, VIEWPORT_SIZE);
	if (draw.occlusion && DRAW_OCCLUSION(draw.flags))
		touch_add(&render->touch, draw.occlusion, sizeof(uint64_t),
			  SPACE_WRITE);
	status = plan_shader(render, &draw, &state);
	if (status == SPACE_OK)
		status = plan_buffers(render, draw.varyings,
				      draw.varying_buffers, state.varyings,
				      SPACE_READ);
	return status;
}

static SpaceStatus plan_primitives(Render *render, uint64_t job,
				   const Draw *draw, uint64_t *vertices)
{
	/* bytes of an index, by type */
	static const uint8_t sizes[8] = {0, 1, 2, 4};
	Primitive primitive;
	uint32_t packed[2];
	SpaceStatus status;

	status = touch_load(&render->touch, job + JOB_INVOCATION_OFFSET, packed,
			    sizeof(packed));
	if (status == SPACE_OK)
		status = touch_load(&render->touch, job + JOB_PRIMITIVE_OFFSET,
				    &primitive, sizeof(primitive));
	if (status != SPACE_OK)
		return status;
	*vertices = invocations(packed);
	if (draw->position)
		read_range(render, draw->position, *vertices * POSITION_SIZE);
	if (primitive.indices)
		read_range(render, primitive.indices,
			   ((uint64_t)primitive.index_count +
			    1) * sizes[PRIMITIVE_INDEX_TYPE(primitive.flags)]);
	return SPACE_OK;
}

/* Where the tiler puts a draw that has @vertices */
static void plan_record(Render *render, uint64_t job, uint64_t vertices)
{
	const Framebuffer *fb = &render->framebuffer;
	uint64_t start = fb->heap_start, left = fb->heap_end - start;
	uint64_t len = MIN(vertices * RECORD_VERTEX, RECORD_MAX);

	len = MAX((len + RECORD_MIN - 1) / RECORD_MIN * RECORD_MIN, RECORD_MIN);
	if (fb->heap_end < start || render->tiler.used > left ||
	    len > left - render->tiler.used ||
	    len > G_MAXUINT32 - render->tiler.used) {
		render->code = PANFROST_OUT_OF_MEMORY;
		return;
	}
	render->record.draw = job + JOB_DRAW_OFFSET;
	render->record.len = (uint32_t)len;
	touch_add(&render->touch, fb->polygon_list,
		  render->tiler.used ? sizeof(TilerState)
				     : fb->polygon_list_size,
		  SPACE_WRITE);
	touch_add(&render->touch, start + render->tiler.used, len, SPACE_WRITE);
}

static SpaceStatus plan_tiling(Render *render, uint64_t job, const Draw *draw)
{
	Framebuffer *fb = &render->framebuffer;
	uint64_t vertices = 0;
	SpaceStatus status;

	status = touch_load(&render->touch, FBD_ADDRESS(draw->storage), fb,
			    sizeof(*fb));
	if (status != SPACE_OK)
		return status;
	if (!FBD_IS_MULTIPLE(draw->storage) ||
	    TILER_DISABLED(fb->hierarchy_mask) ||
	    fb->polygon_list_size < sizeof(TilerState)) {
		render->code = PANFROST_DATA_INVALID_FAULT;
		return SPACE_OK;
	}
	status = touch_load(&render->touch, fb->polygon_list, &render->tiler,
			    sizeof(render->tiler));
	if (status == SPACE_OK)
		status = plan_primitives(render, job, draw, &vertices);
	if (status == SPACE_OK)
		plan_record(render, job, vertices);
	return status;
}

SpaceStatus draw_plan(Render *render, uint64_t job)
{
	SpaceStatus status;
	Draw draw;

	status = touch_load(&render->touch, job + JOB_DRAW_OFFSET, &draw,
			    sizeof(draw));
	if (status != SPACE_OK || !draw.state)
		return status;
	return render->type == JOB_TYPE_TILER ? plan_tiling(render, job, &draw)
					      : plan_vertices(render, &draw);
}

SpaceStatus draw_act(Render *render)
{
	const Framebuffer *fb = &render->framebuffer;
	TilerState tiler = render->tiler;
	uint64_t hash = tiler.used ? tiler.hash : 0;
	SpaceStatus status;

	status = touch_hash(&render->touch, &hash);
	if (status == SPACE_OK)
		status = touch_fill(&render->touch, hash);
	if (status != SPACE_OK || !render->record.len)
		return status;
	render->record.hash = (uint32_t)hash;
	status = space_store(render->touch.space, fb->heap_start + tiler.used,
			     &render->record, sizeof(render->record));
	tiler.used += render->record.len;
	tiler.hash = (uint32_t)hash;
	return status == SPACE_OK
		       ? space_store(render->touch.space, fb->polygon_list,
				     &tiler, sizeof(tiler))
		       : status;
}
