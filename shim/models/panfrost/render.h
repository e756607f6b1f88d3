/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs of real command streams: which memory they access, and what they write. Nothing
 * is rendered. What a real GPU would read is read, and every byte that it would write is
 * written:
 *
 * - A compute, vertex or geometry job reads what its draw names and writes the varyings.
 * - A tiler job writes the polygon list and, to the heap, a record that names the draw.
 * - A fragment job reads both, and what the draws name, and writes the framebuffer: the
 *   clear values if there is no draw, else a pattern of everything that was read.
 *
 * A job that names no state, or a fragment job that names no framebuffer, does nothing.
 *
 * draw.c has the first two, frame.c the third; it calls draw.c.
 */
#ifndef MODELS_PANFROST_RENDER_H
#define MODELS_PANFROST_RENDER_H

#include "core/image.h"
#include "core/touch.h"
#include "models/panfrost/descriptor.h"

/**
 * TilerState - the first bytes of a polygon list
 *
 * @used: bytes of the heap. Before a frame the driver writes 0 here.
 * @hash: of what the tiler jobs have read so far
 */
typedef struct {
	uint32_t used;
	uint32_t hash;
} TilerState;

/* A draw in the heap; @len bytes, with this */
typedef struct {
	uint64_t draw; /* GPU address */
	uint32_t len;
	uint32_t hash;
} TilerRecord;

/* @clear: the pixel to write if nothing was drawn */
typedef struct {
	Image image;
	uint8_t clear[IMAGE_PIXEL_MAX];
} RenderImage;

/**
 * Render - a job, once read
 *
 * @touch: what it accesses, but for @pixels
 * @pixels: the images that it writes, and what it reads that changes no picture
 * @code: exception if the descriptors make no sense, else 0
 * @framebuffer, @tiler, @record: of a tiler job
 * @draws: a fragment job has some
 */
typedef struct {
	Touch touch;
	Touch pixels;
	uint32_t code;
	unsigned int type;
	Framebuffer framebuffer;
	TilerState tiler;
	TilerRecord record;
	bool draws;
	GArray *images; /* RenderImage */
} Render;

/* draw.c */
SpaceStatus draw_plan(Render *render, uint64_t job);
SpaceStatus draw_act(Render *render);
/* Add what fragment shading of the draw at @va reads. */
SpaceStatus draw_plan_shading(Render *render, uint64_t va);

/* frame.c */
/* Is @type a job of these? */
bool render_has(unsigned int type);
/* @quiet: as in Touch */
void render_init(Render *render, Space *space, unsigned int type, bool quiet);
void render_clear(Render *render);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Render, render_clear)
/* Read the descriptors of the job at @job. */
SpaceStatus render_plan(Render *render, uint64_t job);
/* Translate all that it will access; @access: of what failed */
SpaceStatus render_probe(Render *render, SpaceAccess *access);
SpaceStatus render_act(Render *render);

#endif
