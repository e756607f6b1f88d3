// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/touch.h"

#include <string.h>

void touch_init(Touch *touch, Space *space, bool quiet)
{
	*touch = (Touch){
		.space = space,
		.quiet = quiet,
		.ranges = g_array_new(FALSE, FALSE, sizeof(TouchRange)),
	};
}

void touch_clear(Touch *touch)
{
	g_array_unref(touch->ranges);
}

SpaceStatus touch_load(Touch *touch, uint64_t va, void *buf, size_t len)
{
	SpaceStatus status;

	memset(buf, 0, len);
	if (touch->quiet)
		status = space_prefetch(touch->space, va, SPACE_READ, buf, len)
				 ? SPACE_OK
				 : SPACE_FAULT;
	else
		status = space_load(touch->space, va, buf, len);
	if (status != SPACE_OK)
		touch->failed = SPACE_READ;
	return status;
}

void touch_add(Touch *touch, uint64_t va, uint64_t len, SpaceAccess access)
{
	const TouchRange range = {va, len, access};

	if (!len || touch->malformed)
		return;
	if (len > TOUCH_MAX - touch->bytes || va + len < va ||
	    touch->ranges->len >= TOUCH_RANGES) {
		touch->malformed = true;
		return;
	}
	touch->bytes += len;
	g_array_append_val(touch->ranges, range);
}

SpaceStatus touch_probe(Touch *touch)
{
	for (guint i = 0; i < touch->ranges->len; i++) {
		const TouchRange *range =
			&g_array_index(touch->ranges, TouchRange, i);
		SpaceStatus status = SPACE_OK;

		if (touch->quiet)
			space_prefetch(touch->space, range->va, range->access,
				       NULL, range->len);
		else
			status = space_probe(touch->space, range->va,
					     range->len, range->access);
		if (status != SPACE_OK) {
			touch->failed = range->access;
			return status;
		}
	}
	return SPACE_OK;
}

/* Hash the bytes of the page, or write the pattern to them. */
static void access_bytes(uint8_t *bytes, uint64_t len, SpaceAccess access,
			 uint64_t *hash)
{
	while (len) {
		size_t part = MIN(len, sizeof(uint64_t));
		uint64_t word = 0;

		if (access == SPACE_READ)
			memcpy(&word, bytes, part);
		*hash = touch_mix(*hash, word);
		if (access == SPACE_WRITE)
			memcpy(bytes, hash, part);
		bytes += part;
		len -= part;
	}
}

static SpaceStatus access_all(Touch *touch, SpaceAccess access, uint64_t *hash)
{
	for (guint i = 0; i < touch->ranges->len; i++) {
		TouchRange range = g_array_index(touch->ranges, TouchRange, i);

		while (range.access == access && range.len) {
			uint64_t at = range.va % RAM_PAGE_SIZE;
			uint64_t part = MIN(range.len, RAM_PAGE_SIZE - at);
			SpaceStatus status;
			uint8_t *page;

			status = space_page(touch->space, range.va, access,
					    &page);
			if (status != SPACE_OK) {
				touch->failed = access;
				return status;
			}
			access_bytes(page + at, part, access, hash);
			range.va += part;
			range.len -= part;
		}
	}
	return SPACE_OK;
}

SpaceStatus touch_hash(Touch *touch, uint64_t *hash)
{
	return access_all(touch, SPACE_READ, hash);
}

SpaceStatus touch_fill(Touch *touch, uint64_t hash)
{
	return access_all(touch, SPACE_WRITE, &hash);
}
