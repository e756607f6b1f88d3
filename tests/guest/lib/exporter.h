/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All exporters of dma-bufs, for tests that must hold for each of them. */
#ifndef DMABUF_EXPORTER_H
#define DMABUF_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct exporter - one kind of dma-buf
 * @name: for messages
 * @create: creates a zeroed dma-buf of @size bytes (whole pages), which only the
 *	file descriptor keeps alive; owned by the caller
 * @shared: two devices may map it at the same time; for the other exporters
 *	dma-debug reports that, since they map without DMA_ATTR_SKIP_CPU_SYNC
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
