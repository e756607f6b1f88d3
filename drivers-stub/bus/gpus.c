// SPDX-License-Identifier: GPL-2.0-only
/*
 * The GPUs to which the kernel's own drivers bind. To add a GPU, add a row
 * here.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/regulator/machine.h>
#include <linux/string.h>
#include <linux/virtio.h>

#include "mmio.h"
#include "port.h"

static char *gpus_also = "";
module_param_named(gpus, gpus_also, charp, 0444);
MODULE_PARM_DESC(gpus, "GPUs besides the usual ones, separated by commas");

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
	{
		/* A Mali-400 MP1 */
		.driver = "lima",
		.file = SB_FILE_LIMA,
		.on_request = true,
		.compatible = "arm,mali-400",
		.windows = { { .size = 0x10000 } },
		.irqs = {
			[SB_IRQ_LIMA_GP] = "gp",
			[SB_IRQ_LIMA_GPMMU] = "gpmmu",
			[SB_IRQ_LIMA_PP0] = "pp0",
			[SB_IRQ_LIMA_PPMMU0] = "ppmmu0",
			[SB_IRQ_LIMA_PMU] = "pmu",
		},
		.num_irqs = 5,
		.clocks = { "bus", "core" },
		.num_clocks = 2,
		.clock_hz = 500000000,
	},
	{
		/* A V3D 4.2; its driver takes 4 MiB, and uses the only interrupt by number */
		.driver = "v3d",
		.file = SB_FILE_V3D,
		.on_request = true,
		.compatible = "brcm,2711-v3d",
		.windows = {
			{ .name = "hub", .size = 0x2000 },
			{ .name = "core0", .size = 0x1000 },
			{ .name = "bridge", .size = 0x1000 },
		},
		.num_irqs = 1,
		.clocks = { NULL },
		.num_clocks = 1,
		.clock_hz = 500000000,
	},
};

/* Is @name in the list of the kernel command line? */
static bool requested(const char *name)
{
	size_t len = strlen(name);
	const char *at = gpus_also;

	while (*at) {
		size_t part = strcspn(at, ",");

		if (part == len && !strncmp(at, name, len))
			return true;
		at += part + (at[part] == ',');
	}
	return false;
}

static int __init gpus_init(void)
{
	int ret;

	if (!sb_dir())
		return 0;
	/* Use dummy regulators for supplies that no device tree describes. */
	regulator_has_full_constraints();
	for (unsigned int i = 0; i < ARRAY_SIZE(gpus); i++) {
		if (gpus[i].on_request && !requested(gpus[i].driver))
			continue;
		ret = sb_mmio_add(&gpus[i], PLATFORM_DEVID_NONE);
		if (ret)
			pr_err("device error: %s: %d\n", gpus[i].driver, ret);
	}
	return 0;
}
device_initcall(gpus_init);
