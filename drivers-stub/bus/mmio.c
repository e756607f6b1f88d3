// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a platform device from a row of a table: a port for the registers and
 * interrupts, and the device-tree node and the clocks that its driver needs.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/clk-provider.h>
#include <linux/clkdev.h>
#include <linux/of.h>
#include <linux/slab.h>

#include "mmio.h"
#include "port.h"

/**
 * struct sb_mmio_device - a device that was added
 * @port: its registers and interrupts
 * @node: the changeset of the device tree that made its node
 * @pdev: the device
 * @failed: see struct sb_mmio
 */
struct sb_mmio_device {
	struct sb_port port;
	struct of_changeset node;
	struct platform_device *pdev;
	void (*failed)(struct platform_device *pdev);
};

static void sb_mmio_failed(struct sb_port *port)
{
	struct sb_mmio_device *device =
		container_of(port, struct sb_mmio_device, port);

	if (device->failed && device->pdev)
		device->failed(device->pdev);
}

static int sb_mmio_open_port(struct sb_mmio_device *device,
			     const struct sb_mmio *mmio)
{
	struct sb_port *port = &device->port;

	port->file = mmio->file;
	port->num_lines = mmio->num_irqs;
	port->failed = sb_mmio_failed;
	for (unsigned int i = 0; i < SB_MMIO_WINDOWS; i++)
		port->size += mmio->windows[i].size;
	return sb_port_open(port);
}

static int sb_mmio_add_clocks(const struct sb_mmio *mmio)
{
	struct clk_hw *hw;
	int ret = 0;

	if (!mmio->num_clocks)
		return 0;
	hw = clk_hw_register_fixed_rate(NULL, mmio->driver, NULL, 0,
					mmio->clock_hz);
	if (IS_ERR(hw))
		return PTR_ERR(hw);
	for (unsigned int i = 0; !ret && i < mmio->num_clocks; i++)
		ret = clk_hw_register_clkdev(hw, mmio->clocks[i], mmio->driver);
	return ret;
}

static struct fwnode_handle *sb_mmio_add_node(struct of_changeset *changes,
					      const struct sb_mmio *mmio)
{
	struct device_node *node;
	int ret;

	if (!mmio->compatible)
		return NULL;
	of_changeset_init(changes);
	node = of_changeset_create_node(changes, of_root, mmio->driver);
	if (!node)
		return ERR_PTR(-ENOMEM);
	ret = of_changeset_add_prop_string(changes, node, "compatible",
					   mmio->compatible);
	/*
	 * Otherwise the notifier of the device tree would make a second device.
	 */
	of_node_set_flag(node, OF_POPULATED);
	if (!ret)
		ret = of_changeset_apply(changes);
	return ret ? ERR_PTR(ret) : of_fwnode_handle(node);
}

/*
 * Fills @res, which is large enough for all that @mmio can have. Return: how
 * many.
 */
static unsigned int sb_mmio_resources(const struct sb_port *port,
				      const struct sb_mmio *mmio,
				      struct resource *res)
{
	resource_size_t start = port->regs.start;
	unsigned int n = 0;

	for (unsigned int i = 0; i < SB_MMIO_WINDOWS; i++) {
		const struct sb_mmio_window *window = &mmio->windows[i];

		if (!window->size)
			break;
		res[n++] =
			DEFINE_RES_MEM_NAMED(start, window->size, window->name);
		start += window->size;
	}
	for (unsigned int i = 0; i < mmio->num_irqs; i++)
		res[n++] =
			DEFINE_RES_IRQ_NAMED(port->lines[i].irq, mmio->irqs[i]);
	return n;
}

/**
 * sb_mmio_add - add a memory-mapped device
 * @mmio: the device; its strings are used later as well
 * @id: number of the platform device, or PLATFORM_DEVID_NONE
 *
 * Context: process, at boot.
 * Return: 0, or a negative errno. Nothing is undone then, since a guest without its
 * device is useless.
 */
int sb_mmio_add(const struct sb_mmio *mmio, int id)
{
	struct platform_device_info info = {
		.name = mmio->driver,
		.id = id,
		.dma_mask = mmio->dma_mask,
	};
	struct resource res[SB_MMIO_WINDOWS + SB_MMIO_IRQS];
	struct sb_mmio_device *device;
	int ret;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	device->failed = mmio->failed;
	ret = sb_mmio_open_port(device, mmio);
	if (ret)
		return ret;
	ret = sb_mmio_add_clocks(mmio);
	if (ret)
		return ret;
	info.fwnode = sb_mmio_add_node(&device->node, mmio);
	if (IS_ERR(info.fwnode))
		return PTR_ERR(info.fwnode);
	info.res = res;
	info.num_res = sb_mmio_resources(&device->port, mmio, res);
	device->pdev = platform_device_register_full(&info);
	return PTR_ERR_OR_ZERO(device->pdev);
}
