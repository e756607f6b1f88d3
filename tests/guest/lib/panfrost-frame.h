/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame as a Mesa client submits it to panfrost: a chain with a vertex and a tiler job,
 * which draw textured triangles, and a fragment job. The GPU of the bench renders nothing,
 * but accesses all this memory (shim/README.md): without a draw the target gets the clear
 * colour, with one a picture that depends on every byte that was read.
 *
 * The descriptors are those of Midgard, version 5 (Mesa's genxml/v5.xml).
 */
#ifndef PANFROST_FRAME_H
#define PANFROST_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/panfrost.h"

#define FRAME_VERTICES 768u /* 3 pages of positions */
#define FRAME_TEXTURE 64u /* width and height; 4 pages */

/**
 * struct frame - a render target and what is drawn to it
 * @width, @height: pixels; R8G8B8A8
 * @tiled: in u-interleaved tiles of 16 by 16 pixels, else linear
 * @stride: bytes of a row of pixels, or of tiles
 * @commands: jobs and descriptors, mapped
 * @vertices, @texture: what the draw reads, mapped; filled
 * @varyings, @polygons: what the GPU writes in between
 * @heap: that of the tiler, which grows
 * @color: the target, mapped
 */
struct frame {
	unsigned int width;
	unsigned int height;
	bool tiled;
	unsigned int stride;
	struct pan_bo commands;
	struct pan_bo vertices;
	struct pan_bo texture;
	struct pan_bo varyings;
	struct pan_bo polygons;
	struct pan_bo heap;
	struct pan_bo color;
};

/* All in @fd. An error fails the test. */
struct frame frame_new(int fd, unsigned int width, unsigned int height,
		       bool tiled);
void frame_free(struct frame *frame);
/* FRAME(frame, frame_new(...)): one that is freed when the block ends. */
#define FRAME(name, ...) CLEANUP(frame_free) struct frame name = (__VA_ARGS__)

/*
 * Start to clear it to @clear and, if @draw, to draw: the sync object of the end, owned.
 * frame_result() waits and frees it: 0, or a negative errno if the GPU failed.
 */
uint32_t frame_start(struct frame *frame, uint32_t clear, bool draw);
int frame_result(const struct frame *frame, uint32_t done);
/*
 * Clear it to @clear and, if @draw, draw; wait. 0, or a negative errno if the GPU failed
 * (as syncobj_status()) or the driver refused the submit (-EINVAL). @names_target: the
 * submit names the target's BO, as it should.
 */
int frame_try_render(struct frame *frame, uint32_t clear, bool draw,
		     bool names_target);
/* It must succeed. */
void frame_render(struct frame *frame, uint32_t clear, bool draw);
/* The pixel at @x, @y */
uint32_t frame_pixel(const struct frame *frame, unsigned int x, unsigned int y);
/* Every pixel has this colour. */
void frame_check_clear(const struct frame *frame, uint32_t clear);
/* Checksum of the pixels */
uint64_t frame_sum(const struct frame *frame);

#endif
