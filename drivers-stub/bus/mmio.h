/* SPDX-License-Identifier: GPL-2.0-only */
/* A memory-mapped device as data: what its driver needs from the platform. */
#ifndef SHRINKBENCH_MMIO_H
#define SHRINKBENCH_MMIO_H

#include <linux/platform_device.h>

#define SB_MMIO_WINDOWS 4
#define SB_MMIO_IRQS 8
#define SB_MMIO_CLOCKS 4

/**
 * struct sb_mmio_window - a part of a device's registers
 * @name: name of the resource; NULL if the driver gets it by number
 * @size: bytes, a multiple of the page size
 */
struct sb_mmio_window {
	const char *name;
	u32 size;
};

/**
 * struct sb_mmio - a memory-mapped device
 * @driver: name of the platform device
 * @file: its file, relative to the root of the FUSE tree
 * @on_request: added only if the kernel parameter shrinkbench.gpus= names @driver
 * @compatible: of its device-tree node; NULL for no node
 * @dma_mask: what it can address; 0 for the platform bus's default, 32 bits
 * @windows: its registers. Window N begins in @file where window N - 1 ends.
 * @irqs: names of its interrupts, in the order of the lines of the device model;
 *	NULL for one that the driver gets by number
 * @num_irqs: how many of @irqs there are
 * @clocks: names of its clocks; NULL for a clock without a name
 * @num_clocks: how many of @clocks there are
 * @clock_hz: the rate of all of them
 * @failed: called once, in process context, when the device is lost; optional
 *
 * The table is in drivers-stub/bus/gpus.c.
 */
struct sb_mmio {
	const char *driver;
	const char *file;
	bool on_request;
	const char *compatible;
	u64 dma_mask;
	struct sb_mmio_window windows[SB_MMIO_WINDOWS];
	const char *irqs[SB_MMIO_IRQS];
	unsigned int num_irqs;
	const char *clocks[SB_MMIO_CLOCKS];
	unsigned int num_clocks;
	unsigned long clock_hz;
	void (*failed)(struct platform_device *pdev);
};

int sb_mmio_add(const struct sb_mmio *mmio, int id);

#endif
