// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/dma.h"

#include <string.h>

#include "protocol.h"

SpaceStatus dma_copy(Space *space, uint64_t dst, uint64_t src, uint64_t len)
{
	uint8_t *from = NULL, *to = NULL;

	while (len) {
		uint64_t from_at = src % RAM_PAGE_SIZE;
		uint64_t to_at = dst % RAM_PAGE_SIZE;
		uint64_t part = MIN(len, RAM_PAGE_SIZE - MAX(from_at, to_at));
		SpaceStatus status = SPACE_OK;

		if (!from || !from_at)
			status = space_page(space, src, SPACE_READ, &from);
		if (status == SPACE_OK && (!to || !to_at))
			status = space_page(space, dst, SPACE_WRITE, &to);
		if (status != SPACE_OK)
			return status;
		memmove(to + to_at, from + from_at, part);
		src += part;
		dst += part;
		len -= part;
	}
	return SPACE_OK;
}

SpaceStatus dma_fill(Space *space, uint64_t dst, uint64_t len, uint32_t value)
{
	while (len) {
		uint64_t at = dst % RAM_PAGE_SIZE;
		uint64_t part = MIN(len, RAM_PAGE_SIZE - at);
		SpaceStatus status;
		uint8_t *page;

		status = space_page(space, dst, SPACE_WRITE, &page);
		if (status != SPACE_OK)
			return status;
		for (uint64_t i = 0; i < part; i += sizeof(value))
			memcpy(page + at + i, &value, sizeof(value));
		dst += part;
		len -= part;
	}
	return SPACE_OK;
}

SpaceStatus dma_checksum(Space *space, uint64_t dst, uint64_t src, uint64_t len)
{
	uint64_t hash = SB_FNV_OFFSET;

	while (len) {
		uint64_t at = src % RAM_PAGE_SIZE;
		uint64_t part = MIN(len, RAM_PAGE_SIZE - at);
		SpaceStatus status;
		uint8_t *page;

		status = space_page(space, src, SPACE_READ, &page);
		if (status != SPACE_OK)
			return status;
		for (uint64_t i = 0; i < part; i++)
			hash = (hash ^ page[at + i]) * SB_FNV_PRIME;
		src += part;
		len -= part;
	}
	return space_store(space, dst, &hash, sizeof(hash));
}

static bool good_stamp(const uint8_t *page, uint32_t bo, uint32_t number,
		       uint32_t generation)
{
	struct sb_stamp stamp;

	memcpy(&stamp, page, sizeof(stamp));
	return stamp.magic == SB_STAMP_MAGIC && stamp.bo == bo &&
	       stamp.page == number && stamp.generation == generation &&
	       stamp.check == ~(stamp.bo ^ stamp.page ^ stamp.generation);
}

SpaceStatus dma_check_stamps(Space *space, uint64_t dst, uint64_t src,
			     uint64_t len, uint32_t bo, uint32_t page,
			     uint32_t generation)
{
	uint64_t good = 0;
	uint64_t pages = (len + RAM_PAGE_SIZE - 1) / RAM_PAGE_SIZE;

	for (uint64_t i = 0; i < pages; i++) {
		SpaceStatus status;
		uint8_t *bytes;

		status = space_page(space, src + i * RAM_PAGE_SIZE, SPACE_READ,
				    &bytes);
		if (status != SPACE_OK)
			return status;
		good += good_stamp(bytes, bo, page + (uint32_t)i, generation);
	}
	return space_store(space, dst, &good, sizeof(good));
}
