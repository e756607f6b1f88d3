/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of the BOs of these tests. As in stamp.h, each byte of a page tells
 * where it belongs, and the page begins with a struct sb_stamp. But the rest of the
 * page is one word, repeated. Swap is zram, which is in the guest's RAM, and must
 * need less memory than it frees.
 */
#ifndef PRESSURE_CONTENT_H
#define PRESSURE_CONTENT_H

#include <stddef.h>
#include <stdint.h>

/* Fill @size bytes at @map, pages 0 and up of BO @bo. */
void content_fill(void *map, size_t size, uint32_t bo, uint32_t generation);
/* Fails the test if a byte differs; the message says what is there instead. */
void content_verify(const void *map, size_t size, uint32_t bo,
		    uint32_t generation);
/* The same for @size bytes from page @first_page of the BO on. */
void content_fill_pages(void *map, size_t size, uint32_t bo,
			uint32_t generation, uint32_t first_page);
void content_verify_pages(const void *map, size_t size, uint32_t bo,
			  uint32_t generation, uint32_t first_page);
/* The checksum (FNV-1a) that a device computes of this content. */
uint64_t content_fnv(size_t size, uint32_t bo, uint32_t generation);

#endif
