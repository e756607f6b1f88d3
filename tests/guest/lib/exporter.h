/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that gives out dma-bufs, for tests of what must hold for each. */
#ifndef DMABUF_EXPORTER_H
#define DMABUF_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct exporter - one kind of dma-buf
 * @name: for messages
 * @create: a zeroed dma-buf of @size bytes (whole pages) that nothing but the
 *	file descriptor holds; owned by the caller
 * @shared: two devices may have it mapped at a time. Of the others dma-debug
 *	says that they may not, since they do not map with
 *	DMA_ATTR_SKIP_CPU_SYNC.
 */
struct exporter {
	const char *name;
	int (*create)(size_t size);
	bool shared;
};

extern const struct exporter exporters[];
extern const unsigned int exporter_count;

/*
 * How many dma-bufs there are, or attachments to them: the kernel's list in
 * debugfs. Skips the test when the kernel has none.
 */
unsigned int dmabuf_count(void);
unsigned int dmabuf_attachments(void);

#endif
