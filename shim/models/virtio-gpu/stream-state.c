// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a context remembers from one stream to the next. Objects have numbers of their
 * own in each sub-context; number 0 is the sub-context that is always there. Only the
 * objects that name memory which commands access later are kept: surfaces and queries.
 */
#include "models/virtio-gpu/stream.h"

#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA

/* Limits of the daemon's memory, far beyond what a client needs. */
#define OBJECTS_MAX 16384u
#define SUBS_MAX 256u

/* @offset: of a query */
typedef struct {
	VirtioGpu *gpu;
	bool query;
	GpuSurface surface;
	uint32_t offset;
} Object;

/* @targets: handles of surfaces; the last is that of depth and stencil */
typedef struct {
	GHashTable *objects;
	uint32_t targets[GPU_TARGETS + 1];
} Sub;

struct GpuStreamState {
	GHashTable *subs;
	uint32_t current;
};

static void object_free(gpointer data)
{
	Object *object = data;

	gpu_resource_unref(object->gpu, object->surface.res);
	g_free(object);
}

static void sub_free(gpointer data)
{
	Sub *sub = data;

	g_hash_table_unref(sub->objects);
	g_free(sub);
}

static void add_sub(GpuStreamState *state, uint32_t id)
{
	Sub *sub = g_new0(Sub, 1);

	sub->objects = g_hash_table_new_full(NULL, NULL, NULL, object_free);
	g_hash_table_insert(state->subs, GUINT_TO_POINTER(id), sub);
}

GpuStreamState *gpu_stream_state_new(void)
{
	GpuStreamState *state = g_new0(GpuStreamState, 1);

	state->subs = g_hash_table_new_full(NULL, NULL, NULL, sub_free);
	add_sub(state, 0);
	return state;
}

void gpu_stream_state_free(GpuStreamState *state)
{
	g_hash_table_unref(state->subs);
	g_free(state);
}

static Sub *current(const GpuStream *stream)
{
	const GpuStreamState *state = stream->ctx->state;

	return g_hash_table_lookup(state->subs,
				   GUINT_TO_POINTER(state->current));
}

static Object *find_object(const GpuStream *stream, uint32_t handle)
{
	return g_hash_table_lookup(current(stream)->objects,
				   GUINT_TO_POINTER(handle));
}

/* Its resource, unless that was destroyed or detached from the context since. */
static GpuResource *live_resource(const GpuStream *stream, const Object *object)
{
	GpuResource *res = object->surface.res;
	gpointer ctx = GUINT_TO_POINTER(stream->ctx->id);

	if (gpu_resource_find(stream->cmd->gpu, res->id) != res ||
	    !g_hash_table_contains(res->contexts, ctx))
		return NULL;
	return res;
}

GpuSurface gpu_stream_surface(const GpuStream *stream, unsigned int index)
{
	const Object *object =
		find_object(stream, current(stream)->targets[index]);
	GpuSurface surface = {NULL, 0, 0, 0, 0};

	if (!object || object->query)
		return surface;
	surface = object->surface;
	surface.res = live_resource(stream, object);
	return surface;
}

GpuResource *gpu_stream_query(const GpuStream *stream, uint32_t handle,
			      uint32_t *offset)
{
	const Object *object = find_object(stream, handle);

	if (!object || !object->query)
		return NULL;
	*offset = object->offset;
	return live_resource(stream, object);
}

/* Keep an object of resource @res; a handle that exists gets a new meaning. */
static uint32_t keep(GpuStream *stream, Object object)
{
	GHashTable *objects = current(stream)->objects;

	if (g_hash_table_size(objects) >= OBJECTS_MAX)
		return gpu_stream_refuse(stream, "more than %u objects",
					 OBJECTS_MAX);
	object.gpu = stream->cmd->gpu;
	gpu_resource_ref(object.surface.res);
	g_hash_table_insert(objects, GUINT_TO_POINTER(stream->words[1]),
			    g_memdup2(&object, sizeof(object)));
	return OK;
}

uint32_t gpu_stream_create_surface(GpuStream *stream)
{
	const uint32_t *words = stream->words;
	uint32_t code = OK;
	GpuResource *res = gpu_stream_resource(stream, 2, &code);
	GpuSurface surface = {.res = res,
			      .format = words[3],
			      .level = words[4],
			      .first = words[5] & 0xffff,
			      .last = words[5] >> 16};

	if (!res)
		return code;
	code = gpu_stream_host(stream, res);
	if (code != OK)
		return code;
	/* The surface of a buffer has elements instead; clears leave it alone. */
	if (res->target != 0 &&
	    (gpu_format_bpp(surface.format) != res->bpp ||
	     surface.level > res->last_level || surface.first > surface.last ||
	     surface.last >= gpu_layers(res, surface.level)))
		return gpu_stream_refuse(
			stream,
			"resource %u, format %u, level %u, layers %u to %u",
			res->id, surface.format, surface.level, surface.first,
			surface.last);
	return keep(stream, (Object){.surface = surface});
}

uint32_t gpu_stream_create_query(GpuStream *stream)
{
	uint32_t code = OK;
	GpuResource *res = gpu_stream_resource(stream, 4, &code);

	if (!res)
		return code;
	return keep(stream, (Object){.query = true,
				     .surface.res = res,
				     .offset = stream->words[3]});
}

uint32_t gpu_stream_destroy_object(GpuStream *stream)
{
	g_hash_table_remove(current(stream)->objects,
			    GUINT_TO_POINTER(stream->words[1]));
	return OK;
}

uint32_t gpu_stream_set_framebuffer(GpuStream *stream)
{
	Sub *sub = current(stream);
	uint32_t count = stream->words[1];

	if (count > GPU_TARGETS || stream->len != count + 2)
		return gpu_stream_refuse(stream, "%u targets in %u words",
					 count, stream->len);
	for (uint32_t i = 0; i <= count; i++) {
		uint32_t handle = stream->words[2 + i];
		const Object *object = find_object(stream, handle);

		if (handle && (!object || object->query))
			return gpu_stream_refuse(stream, "no surface %u",
						 handle);
	}
	memset(sub->targets, 0, sizeof(sub->targets));
	sub->targets[GPU_TARGETS] = stream->words[2];
	memcpy(sub->targets, stream->words + 3, count * sizeof(uint32_t));
	return OK;
}

uint32_t gpu_stream_create_sub(GpuStream *stream)
{
	GpuStreamState *state = stream->ctx->state;
	uint32_t id = stream->words[1];

	if (g_hash_table_contains(state->subs, GUINT_TO_POINTER(id)))
		return OK;
	if (g_hash_table_size(state->subs) >= SUBS_MAX)
		return gpu_stream_refuse(stream, "more than %u sub-contexts",
					 SUBS_MAX);
	add_sub(state, id);
	return OK;
}

uint32_t gpu_stream_set_sub(GpuStream *stream)
{
	GpuStreamState *state = stream->ctx->state;
	uint32_t id = stream->words[1];

	if (!g_hash_table_contains(state->subs, GUINT_TO_POINTER(id)))
		return gpu_stream_refuse(stream, "no sub-context %u", id);
	state->current = id;
	return OK;
}

uint32_t gpu_stream_destroy_sub(GpuStream *stream)
{
	GpuStreamState *state = stream->ctx->state;
	uint32_t id = stream->words[1];

	if (!id)
		return gpu_stream_refuse(stream, "sub-context 0");
	g_hash_table_remove(state->subs, GUINT_TO_POINTER(id));
	if (state->current == id)
		state->current = 0;
	return OK;
}
