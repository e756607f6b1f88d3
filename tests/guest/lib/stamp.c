// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivers-stub/protocol.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"

/* Size of the buffer in which pages are made before they are copied. */
#define CHUNK (32u * PAGE)

void stamp_write(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		 uint32_t generation)
{
	struct sb_stamp stamp = {
		.magic = SB_STAMP_MAGIC,
		.bo = bo,
		.page = number,
		.generation = generation,
		.check = ~(bo ^ number ^ generation),
	};

	memcpy(page, &stamp, sizeof(stamp));
}

/* Make one page with stamp and pattern. */
static void make_page(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		      uint32_t generation)
{
	uint32_t word = (bo * 0x9e3779b1u) ^ (number * 0x85ebca6bu) ^
			(generation * 0xc2b2ae35u);

	stamp_write(page, bo, number, generation);
	for (size_t at = sizeof(struct sb_stamp); at < PAGE;
	     at += sizeof(word)) {
		word = word * 1664525u + 1013904223u;
		memcpy(page + at, &word, sizeof(word));
	}
}

/* Bytes of page @i in @size bytes; the last page may be partial. */
static size_t page_part(size_t size, size_t i)
{
	size_t left = size - i * PAGE;

	return left < PAGE ? left : PAGE;
}

void stamp_fill_by(stamp_make *make, void *map, size_t size, uint32_t bo,
		   uint32_t generation, uint32_t first_page)
{
	static unsigned char pages[CHUNK];
	size_t chunk = size < CHUNK ? PAGE : CHUNK;

	for (size_t at = 0, end; at < size; at = end) {
		end = size - at < chunk ? size : at + chunk;
		for (size_t i = at; i < end; i += PAGE)
			make(pages + i - at, bo,
			     first_page + (uint32_t)(i / PAGE), generation);
		mem_copy((char *)map + at, pages, end - at);
	}
}

void stamp_fill_pages(void *map, size_t size, uint32_t bo, uint32_t generation,
		      uint32_t first_page)
{
	stamp_fill_by(make_page, map, size, bo, generation, first_page);
}

void stamp_verify_by(stamp_make *make, const void *map, size_t size,
		     uint32_t bo, uint32_t generation, uint32_t first_page)
{
	unsigned char want[PAGE];

	for (size_t i = 0, mapped = 0; i * PAGE < size; i++) {
		const unsigned char *got =
			(const unsigned char *)map + i * PAGE;
		size_t part = page_part(size, i);
		struct sb_stamp stamp = {0};
		size_t at = 0;

		if (i * PAGE == mapped)
			mapped += mem_map_pages(got, size - mapped);
		make(want, bo, first_page + (uint32_t)i, generation);
		if (!memcmp(got, want, part))
			continue;
		while (got[at] == want[at])
			at++;
		if (part >= sizeof(stamp))
			memcpy(&stamp, got, sizeof(stamp));
		if (stamp.magic == SB_STAMP_MAGIC)
			FAIL("BO %u page %zu generation %u: differs at byte "
			     "%zu: %#x instead of %#x, the stamp there "
			     "names BO %u page %u generation %u",
			     bo, first_page + i, generation, at, got[at],
			     want[at], stamp.bo, stamp.page, stamp.generation);
		FAIL("BO %u page %zu generation %u: differs at byte %zu: "
		     "%#x instead of %#x, no stamp",
		     bo, first_page + i, generation, at, got[at], want[at]);
	}
}

void stamp_verify_pages(const void *map, size_t size, uint32_t bo,
			uint32_t generation, uint32_t first_page)
{
	stamp_verify_by(make_page, map, size, bo, generation, first_page);
}

void stamp_fill(void *map, size_t size, uint32_t bo, uint32_t generation)
{
	stamp_fill_pages(map, size, bo, generation, 0);
}

void stamp_verify(const void *map, size_t size, uint32_t bo,
		  uint32_t generation)
{
	stamp_verify_pages(map, size, bo, generation, 0);
}

uint64_t stamp_fnv(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t hash = SB_FNV_OFFSET;

	while (size--)
		hash = (hash ^ *at++) * SB_FNV_PRIME;
	return hash;
}

/* If a rule with @key exists, it must have been checked; it is dropped. */
static void check_used(const char *key)
{
	char *text = device_read("stamps");
	char *save;

	CHECK(text);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, key) && strstr(line, " checked 0 "))
			FAIL("no device has checked the stamps of: %s", line);
	free(text);
}

static void check_used_id(const char *device, uint32_t id)
{
	char key[64];

	snprintf(key, sizeof(key), "%s resource %u ", device, id);
	check_used(key);
}

void stamp_expect(const char *device, uint32_t id, uint32_t bo,
		  uint32_t generation)
{
	check_used_id(device, id);
	device_write("stamps", "expect %s %u %u %u\n", device, id, bo,
		     generation);
}

void stamp_expect_va(const char *device, uint64_t va, size_t pages, uint32_t bo,
		     uint32_t generation)
{
	char key[64];

	snprintf(key, sizeof(key), " va %#" PRIx64 " ", va);
	check_used(key);
	device_write("stamps", "expect %s * %" PRIx64 " %zu %u %u\n", device,
		     va, pages, bo, generation);
}

void stamp_forget(const char *device, uint32_t id)
{
	check_used_id(device, id);
	device_write("stamps", "forget %s %u\n", device, id);
}

void stamp_forget_unused(const char *device, uint32_t id, const char *why)
{
	test_note("stamps of %s %u need not be checked: %s", device, id, why);
	device_write("stamps", "forget %s %u\n", device, id);
}
