// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "drivers-stub/protocol.h"
#include "lib/stamp.h"
#include "content.h"

/* Make one page with stamp and content. */
static void make_page(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		      uint32_t generation)
{
	uint64_t word =
		(uint64_t)bo << 40 | (uint64_t)generation << 20 | number;

	stamp_write(page, bo, number, generation);
	for (size_t at = sizeof(struct sb_stamp); at < PAGE; at += sizeof(word))
		memcpy(page + at, &word, sizeof(word));
}

_Static_assert(sizeof(struct sb_stamp) % sizeof(uint64_t) == 0,
	       "whole words follow the stamp");

void content_fill(void *map, size_t size, uint32_t bo, uint32_t generation)
{
	content_fill_pages(map, size, bo, generation, 0);
}

void content_fill_pages(void *map, size_t size, uint32_t bo,
			uint32_t generation, uint32_t first_page)
{
	stamp_fill_by(make_page, map, size, bo, generation, first_page);
}

void content_verify(const void *map, size_t size, uint32_t bo,
		    uint32_t generation)
{
	content_verify_pages(map, size, bo, generation, 0);
}

void content_verify_pages(const void *map, size_t size, uint32_t bo,
			  uint32_t generation, uint32_t first_page)
{
	stamp_verify_by(make_page, map, size, bo, generation, first_page);
}

uint64_t content_fnv(size_t size, uint32_t bo, uint32_t generation)
{
	unsigned char page[PAGE];
	uint64_t hash = SB_FNV_OFFSET;

	for (uint32_t i = 0; i < size / PAGE; i++) {
		make_page(page, bo, i, generation);
		for (size_t at = 0; at < PAGE; at++)
			hash = (hash ^ page[at]) * SB_FNV_PRIME;
	}
	return hash;
}
