// SPDX-License-Identifier: GPL-2.0-only
/*
 * The GPUs to which the kernel's own drivers bind. To add a GPU, add a row
 * here.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/regulator/machine.h>
#include <linux/string.h>
#include <linux/virtio.h>

#include "mmio.h"
#include "port.h"

/* No answer will arrive any more: mark the driver's queues as broken. */
static void virtio_gpu_failed(struct platform_device *pdev)
{
	struct device *child = device_find_any_child(&pdev->dev);

	if (!child)
		return;
	if (child->bus && !strcmp(child->bus->name, "virtio"))
		virtio_break_device(dev_to_virtio(child));
	put_device(child);
}

static const struct sb_mmio gpus[] = {
	{
		/*
		 * Driven by the kernel's transport,
		 * drivers/virtio/virtio_mmio.c.
		 */
		.driver = "virtio-mmio",
		.file = SB_FILE_VIRTIO_GPU,
		.windows = { { .size = 0x1000 } },
		.num_irqs = 1,
		.failed = virtio_gpu_failed,
	},
	{
		/* A Mali-T860 */
		.driver = "panfrost",
		.file = SB_FILE_PANFROST,
		.compatible = "arm,mali-t860",
		.dma_mask = DMA_BIT_MASK(40),
		.windows = { { .size = 0x4000 } },
		.irqs = {
			[SB_IRQ_PANFROST_GPU] = "gpu",
			[SB_IRQ_PANFROST_JOB] = "job",
			[SB_IRQ_PANFROST_MMU] = "mmu",
		},
		.num_irqs = 3,
		.clocks = { NULL, "bus" },
		.num_clocks = 2,
		.clock_hz = 500000000,
	},
};

static int __init gpus_init(void)
{
	int ret;

	if (!sb_dir())
		return 0;
	/* Use dummy regulators for supplies that no device tree describes. */
	regulator_has_full_constraints();
	for (unsigned int i = 0; i < ARRAY_SIZE(gpus); i++) {
		ret = sb_mmio_add(&gpus[i], PLATFORM_DEVID_NONE);
		if (ret)
			pr_err("device error: %s: %d\n", gpus[i].driver, ret);
	}
	return 0;
}
device_initcall(gpus_init);
