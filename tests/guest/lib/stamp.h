/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stamps: each page begins with the numbers of BO, page and generation (struct
 * sb_stamp), followed by a pattern computed from them. Any misplaced byte is
 * noticed.
 */
#ifndef GUEST_STAMP_H
#define GUEST_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/size.h"

/* Write stamp and pattern to each page of @map, @size bytes, page-aligned. */
void stamp_fill(void *map, size_t size, uint32_t bo, uint32_t generation);

/*
 * Fails the test unless all of it is there; the message says which page holds what
 * instead.
 */
void stamp_verify(const void *map, size_t size, uint32_t bo,
		  uint32_t generation);

/*
 * As above, for @size bytes from page @first_page on: a part of a BO, or a copy
 * that is not page-aligned in memory.
 */
void stamp_fill_pages(void *map, size_t size, uint32_t bo, uint32_t generation,
		      uint32_t first_page);
void stamp_verify_pages(const void *map, size_t size, uint32_t bo,
			uint32_t generation, uint32_t first_page);

/* The same with other contents: @make fills page @number of @bo. */
typedef void stamp_make(unsigned char page[PAGE], uint32_t bo, uint32_t number,
			uint32_t generation);
void stamp_fill_by(stamp_make *make, void *map, size_t size, uint32_t bo,
		   uint32_t generation, uint32_t first_page);
void stamp_verify_by(stamp_make *make, const void *map, size_t size,
		     uint32_t bo, uint32_t generation, uint32_t first_page);
/* Write the stamp itself to the start of @page. A stamp_make() begins with it. */
void stamp_write(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		 uint32_t generation);

/*
 * Have a device check stamps whenever it accesses the pages of @id, a resource of
 * virtio-gpu or a BO of helper.N: each page must have the stamp of the same page of
 * @bo. stamp_expect_va() is for panfrost, lima and v3d: the same for @pages pages at GPU
 * address @va, in all address spaces. A rule lasts until it is forgotten or replaced, or
 * until the test ends. By then it must have been checked at least once, otherwise the test
 * fails.
 */
void stamp_expect(const char *device, uint32_t id, uint32_t bo,
		  uint32_t generation);
void stamp_expect_va(const char *device, uint64_t va, size_t pages, uint32_t bo,
		     uint32_t generation);
void stamp_forget(const char *device, uint32_t id);
/*
 * Forget a rule that may not have been checked. @why says why, for example because
 * a device may not access the pages.
 */
void stamp_forget_unused(const char *device, uint32_t id, const char *why);

/* FNV-1a, 64 bits, as the devices' checksum operations compute it. */
uint64_t stamp_fnv(const void *bytes, size_t size);

#endif
