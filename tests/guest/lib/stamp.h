/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stamps: the name of BO, page and generation at the start of each page
 * (struct sb_stamp), and a pattern that follows from these in the rest of it,
 * so that any byte that is not where it belongs is seen.
 */
#ifndef GUEST_STAMP_H
#define GUEST_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/size.h"

/* Write stamp and pattern to each page of @map, @size bytes, page-aligned. */
void stamp_fill(void *map, size_t size, uint32_t bo, uint32_t generation);

/*
 * All of it is there: fails the test otherwise, and says which page holds what
 * instead.
 */
void stamp_verify(const void *map, size_t size, uint32_t bo,
		  uint32_t generation);

/*
 * As above, of @size bytes that are read from page @first_page on: for a part
 * of a BO, or for a copy that is not page-aligned in memory.
 */
void stamp_fill_pages(void *map, size_t size, uint32_t bo, uint32_t generation,
		      uint32_t first_page);
void stamp_verify_pages(const void *map, size_t size, uint32_t bo,
			uint32_t generation, uint32_t first_page);

/* The same with pages of another kind: @make makes one, number @number of @bo. */
typedef void stamp_make(unsigned char page[PAGE], uint32_t bo, uint32_t number,
			uint32_t generation);
void stamp_fill_by(stamp_make *make, void *map, size_t size, uint32_t bo,
		   uint32_t generation, uint32_t first_page);
void stamp_verify_by(stamp_make *make, const void *map, size_t size,
		     uint32_t bo, uint32_t generation, uint32_t first_page);
/* What a @make begins with: the stamp itself, at the start of @page. */
void stamp_write(unsigned char page[PAGE], uint32_t bo, uint32_t number,
		 uint32_t generation);

/*
 * Have a device check stamps whenever it touches the pages of @id, a resource of
 * virtio-gpu or a BO of helper.N: each must have that of its page of @bo. The
 * same of @pages pages at GPU address @va of panfrost, in each address space.
 * A rule lasts until it is forgotten or another takes its place, or until the
 * test ends. It must have been used by then: init fails a test whose rule was
 * never checked, and these functions do so, too.
 */
void stamp_expect(const char *device, uint32_t id, uint32_t bo,
		  uint32_t generation);
void stamp_expect_va(uint64_t va, size_t pages, uint32_t bo,
		     uint32_t generation);
void stamp_forget(const char *device, uint32_t id);
/*
 * Forget a rule that may have gone unused. @why: a device may not touch the
 * pages, for instance.
 */
void stamp_forget_unused(const char *device, uint32_t id, const char *why);

/* FNV-1a, 64 bits, as the devices' checksum operations compute it. */
uint64_t stamp_fnv(const void *bytes, size_t size);

#endif
