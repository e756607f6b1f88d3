/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BOs of these tests hold. As in stamp.h, every byte of every page
 * tells where it belongs, and the devices find a struct sb_stamp at the start
 * of each; but the rest of a page is one word over and over, so that swap on
 * zram, which is in the guest's RAM, gets smaller than what it takes in.
 */
#ifndef PRESSURE_CONTENT_H
#define PRESSURE_CONTENT_H

#include <stddef.h>
#include <stdint.h>

/* Fill @size bytes at @map, pages 0 and up of BO @bo. */
void content_fill(void *map, size_t size, uint32_t bo, uint32_t generation);
/* Fails the test when a byte differs, and says what is there instead. */
void content_verify(const void *map, size_t size, uint32_t bo,
		    uint32_t generation);
/* The devices' checksum (FNV-1a) of it. */
uint64_t content_fnv(size_t size, uint32_t bo, uint32_t generation);

#endif
