// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "drivers-stub/protocol.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "content.h"

/* One page as it must be. */
static void make_page(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		      uint32_t generation)
{
	struct sb_stamp stamp = {
		.magic = SB_STAMP_MAGIC,
		.bo = bo,
		.page = number,
		.generation = generation,
		.check = ~(bo ^ number ^ generation),
	};
	uint64_t word =
		(uint64_t)bo << 40 | (uint64_t)generation << 20 | number;

	memcpy(page, &stamp, sizeof(stamp));
	for (size_t at = sizeof(stamp); at < PAGE; at += sizeof(word))
		memcpy(page + at, &word, sizeof(word));
}

_Static_assert(sizeof(struct sb_stamp) % sizeof(uint64_t) == 0,
	       "whole words follow the stamp");

void content_fill(void *map, size_t size, uint32_t bo, uint32_t generation)
{
	stamp_fill_by(make_page, map, size, bo, generation, 0);
}

void content_verify(const void *map, size_t size, uint32_t bo,
		    uint32_t generation)
{
	unsigned char want[PAGE];
	size_t mapped = 0;

	for (uint32_t i = 0; i < size / PAGE; i++) {
		const unsigned char *got =
			(const unsigned char *)map + (size_t)i * PAGE;
		struct sb_stamp stamp;
		size_t at = 0;

		if ((size_t)i * PAGE == mapped)
			mapped += mem_map_pages(got, size - mapped);
		make_page(want, bo, i, generation);
		if (!memcmp(got, want, PAGE))
			continue;
		while (at < PAGE - 1 && got[at] == want[at])
			at++;
		memcpy(&stamp, got, sizeof(stamp));
		FAIL("BO %u page %u generation %u: differs at byte %zu: %#x "
		     "instead of %#x; %s BO %u page %u generation %u",
		     bo, i, generation, at, got[at], want[at],
		     stamp.magic == SB_STAMP_MAGIC ? "the stamp there names"
						   : "no stamp:",
		     stamp.bo, stamp.page, stamp.generation);
	}
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
