/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pixels that a job of real descriptors writes: a clear value everywhere, or a
 * pattern in which every pixel is different.
 */
#ifndef SHIM_IMAGE_H
#define SHIM_IMAGE_H

#include "core/touch.h"

#define IMAGE_TILE 16u /* pixels of each side of a tile */
#define IMAGE_PIXEL_MAX 256u /* bytes */

/**
 * Image - a part of a surface
 *
 * @base: GPU address of the surface's first pixel
 * @row_stride: bytes from a row of pixels to the next; tiled: from a row of tiles
 * @pixel: bytes of a pixel, at most IMAGE_PIXEL_MAX
 * @tiled: in tiles of IMAGE_TILE by IMAGE_TILE pixels, u-interleaved. Whole tiles are
 *	accessed.
 * @x, @y, @width, @height: the part, in pixels; tiled: @x and @y are multiples of
 *	IMAGE_TILE
 */
typedef struct {
	uint64_t base;
	uint32_t row_stride;
	uint32_t pixel;
	bool tiled;
	uint32_t x, y, width, height;
} Image;

/* Number of a pixel in its tile: y3, y3^x3, y2, y2^x2, and so on */
uint32_t image_tiled_index(uint32_t x, uint32_t y);
/* Add the ranges of the part. */
void image_touch(const Image *image, Touch *touch, SpaceAccess access);
/* Write the pixel @clear, or the pattern of @hash if @clear is NULL. */
SpaceStatus image_paint(const Image *image, Space *space, const void *clear,
			uint64_t hash);

#endif
