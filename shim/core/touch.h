/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a job of real descriptors does with memory, without rendering: a list of ranges
 * that it reads and writes. A model reads the descriptors by touch_load() and adds the
 * ranges that they name; then it probes all of them, and only then accesses them. What a
 * job writes is a pattern of what it has read, so lost bytes change the picture.
 */
#ifndef SHIM_TOUCH_H
#define SHIM_TOUCH_H

#include "core/space.h"

/* Bytes that a job may access, and ranges; more is malformed. */
#define TOUCH_MAX (256ull << 20)
#define TOUCH_RANGES (256u << 10)

/* @len bytes at GPU address @va */
typedef struct {
	uint64_t va;
	uint64_t len;
	SpaceAccess access;
} TouchRange;

/**
 * Touch - the ranges of a job
 *
 * @quiet: it is only a prefetch: fill the TLB and report nothing
 * @ranges: TouchRange
 * @bytes: in all ranges
 * @malformed: the descriptors make no sense
 * @failed: access that did not end with SPACE_OK
 */
typedef struct {
	Space *space;
	bool quiet;
	GArray *ranges;
	uint64_t bytes;
	bool malformed;
	SpaceAccess failed;
} Touch;

void touch_init(Touch *touch, Space *space, bool quiet);
void touch_clear(Touch *touch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Touch, touch_clear)

/* Read a descriptor now. */
SpaceStatus touch_load(Touch *touch, uint64_t va, void *buf, size_t len);
/* Add a range. Length 0 is none. */
void touch_add(Touch *touch, uint64_t va, uint64_t len, SpaceAccess access);
/* Translate all ranges, which reports the first fault. */
SpaceStatus touch_probe(Touch *touch);
/* Read the ranges that are read, in their order, and hash their bytes into @hash. */
SpaceStatus touch_hash(Touch *touch, uint64_t *hash);
/* Write the pattern of @hash to the ranges that are written. */
SpaceStatus touch_fill(Touch *touch, uint64_t hash);

/* A step of a hash, and of a pattern */
static inline uint64_t touch_mix(uint64_t hash, uint64_t value)
{
	hash = ((hash + 1) ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

#endif
