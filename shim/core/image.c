// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/image.h"

#include <string.h>

#define TILE_PIXELS (IMAGE_TILE * IMAGE_TILE)

uint32_t image_tiled_index(uint32_t x, uint32_t y)
{
	uint32_t index = 0;

	for (unsigned int bit = 0; bit < 4; bit++) {
		index |= ((x ^ y) >> bit & 1) << (2 * bit);
		index |= (y >> bit & 1) << (2 * bit + 1);
	}
	return index;
}

static uint32_t tiles(uint32_t pixels)
{
	return (pixels + IMAGE_TILE - 1) / IMAGE_TILE;
}

/* Rows, or rows of tiles, that the part has */
static uint32_t rows(const Image *image)
{
	return image->tiled ? tiles(image->height) : image->height;
}

/* Bytes of the part in one of them */
static uint64_t row_bytes(const Image *image)
{
	uint64_t pixels = image->tiled
				  ? (uint64_t)tiles(image->width) * TILE_PIXELS
				  : image->width;

	return pixels * image->pixel;
}

/* GPU address of the part's @row */
static uint64_t row_va(const Image *image, uint32_t row)
{
	uint32_t first = image->tiled ? image->y / IMAGE_TILE : image->y;
	uint64_t skip =
		image->tiled ? (uint64_t)image->x * IMAGE_TILE : image->x;

	return image->base + (uint64_t)(first + row) * image->row_stride +
	       skip * image->pixel;
}

void image_touch(const Image *image, Touch *touch, SpaceAccess access)
{
	for (uint32_t row = 0; row < rows(image) && !touch->malformed; row++)
		touch_add(touch, row_va(image, row), row_bytes(image), access);
}

static void put_pixel(const Image *image, uint8_t *to, const uint8_t *clear,
		      uint64_t hash, uint32_t x, uint32_t y)
{
	if (clear) {
		memcpy(to, clear, image->pixel);
		return;
	}
	hash = touch_mix(hash, (uint64_t)y << 32 | x);
	for (uint32_t i = 0; i < image->pixel; i++)
		to[i] = (uint8_t)(hash >> (8 * (7 - i % 8)));
}

static void paint_row(const Image *image, uint8_t *to, const uint8_t *clear,
		      uint64_t hash, uint32_t row)
{
	uint32_t high = image->tiled ? IMAGE_TILE : 1;
	uint32_t wide =
		image->tiled ? tiles(image->width) * IMAGE_TILE : image->width;

	for (uint32_t y = 0; y < high; y++)
		for (uint32_t x = 0; x < wide; x++) {
			uint64_t at = x;

			if (image->tiled)
				at = (uint64_t)x / IMAGE_TILE * TILE_PIXELS +
				     image_tiled_index(x, y);
			put_pixel(image, to + at * image->pixel, clear, hash,
				  image->x + x, image->y + row * high + y);
		}
}

SpaceStatus image_paint(const Image *image, Space *space, const void *clear,
			uint64_t hash)
{
	uint64_t len = row_bytes(image);
	g_autofree uint8_t *bytes = g_malloc(len);
	SpaceStatus status = SPACE_OK;

	for (uint32_t row = 0; row < rows(image) && status == SPACE_OK; row++) {
		if (!row || !clear)
			paint_row(image, bytes, clear, hash, row);
		status = space_store(space, row_va(image, row), bytes, len);
	}
	return status;
}
