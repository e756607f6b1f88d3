// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio-gpu device: a port that the kernel's own virtio-mmio transport
 * drives.
 */

#include <linux/device.h>
#include <linux/init.h>
#include <linux/platform_device.h>
#include <linux/string.h>
#include <linux/virtio.h>

#include "port.h"

static struct platform_device *pdev;

/* No answer will ever come: let the driver's queues say so. */
static void virtio_gpu_failed(struct sb_port *port)
{
	struct device *child = device_find_any_child(&pdev->dev);

	if (!child)
		return;
	if (child->bus && !strcmp(child->bus->name, "virtio"))
		virtio_break_device(dev_to_virtio(child));
	put_device(child);
}

static struct sb_port port = {
	.file = SB_FILE_VIRTIO_GPU,
	.regs = DEFINE_RES_MEM(SB_REGION_START, 0x1000),
	.num_lines = 1,
	.failed = virtio_gpu_failed,
};

static int __init virtio_gpu_init(void)
{
	struct resource res[2];
	int ret;

	if (!sb_dir())
		return 0;
	ret = sb_port_open(&port);
	if (ret)
		return ret;

	res[0] = port.regs;
	res[1] = DEFINE_RES_IRQ(port.lines[SB_IRQ_VIRTIO].irq);
	pdev = platform_device_register_simple("virtio-mmio", PLATFORM_DEVID_NONE,
					       res, ARRAY_SIZE(res));
	return PTR_ERR_OR_ZERO(pdev);
}
device_initcall(virtio_gpu_init);
