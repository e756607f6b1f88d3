/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the jobs of tests do with memory in an address space (protocol.h). Each page
 * is accessed by space_page(), so stamps are checked. A job that must not be half
 * done calls space_probe() first.
 */
#ifndef SHIM_DMA_H
#define SHIM_DMA_H

#include "core/space.h"

/* @len bytes from @src to @dst */
SpaceStatus dma_copy(Space *space, uint64_t dst, uint64_t src, uint64_t len);
/* @len bytes at @dst are @value; both multiples of 4 */
SpaceStatus dma_fill(Space *space, uint64_t dst, uint64_t len, uint32_t value);
/* FNV-1a of @len bytes of @src -> 8 bytes at @dst */
SpaceStatus dma_checksum(Space *space, uint64_t dst, uint64_t src,
			 uint64_t len);
/*
 * Each page of @len bytes at @src, page-aligned, has its stamp: @bo, @page + i,
 * @generation. The number of good pages goes to 8 bytes at @dst.
 */
SpaceStatus dma_check_stamps(Space *space, uint64_t dst, uint64_t src,
			     uint64_t len, uint32_t bo, uint32_t page,
			     uint32_t generation);

#endif
