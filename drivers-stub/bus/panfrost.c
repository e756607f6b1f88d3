// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Mali-T860: a port with three interrupts, and what the panfrost driver
 * asks of the board around it, a device-tree node, two clocks and
 * supplies.
 */

#include <linux/clk-provider.h>
#include <linux/clkdev.h>
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/regulator/machine.h>

#include "port.h"

#define PANFROST_NAME "panfrost"
#define PANFROST_CLOCK_HZ 500000000

static struct sb_port port = {
	.file = SB_FILE_PANFROST,
	.regs = DEFINE_RES_MEM(SB_REGION_START + 0x10000, 0x4000),
	.num_lines = 3,
};

static int __init panfrost_add_clocks(void)
{
	struct clk_hw *hw;
	int ret;

	hw = clk_hw_register_fixed_rate(NULL, "panfrost-clock", NULL, 0,
					PANFROST_CLOCK_HZ);
	if (IS_ERR(hw))
		return PTR_ERR(hw);
	ret = clk_hw_register_clkdev(hw, NULL, PANFROST_NAME);
	if (ret)
		return ret;
	return clk_hw_register_clkdev(hw, "bus", PANFROST_NAME);
}

static struct device_node *__init panfrost_add_node(void)
{
	static struct of_changeset changes;
	struct device_node *node;
	int ret;

	of_changeset_init(&changes);
	node = of_changeset_create_node(&changes, of_root, "gpu");
	if (!node)
		return NULL;
	ret = of_changeset_add_prop_string(&changes, node, "compatible",
					   "arm,mali-t860");
	/* Or the tree's notifier would make a second device of it. */
	of_node_set_flag(node, OF_POPULATED);
	if (!ret)
		ret = of_changeset_apply(&changes);
	return ret ? NULL : node;
}

static int __init panfrost_init(void)
{
	struct platform_device_info info = {
		.name = PANFROST_NAME,
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(40),
	};
	struct resource res[4];
	struct device_node *node;
	int ret;

	if (!sb_dir())
		return 0;
	ret = sb_port_open(&port);
	if (ret)
		return ret;
	ret = panfrost_add_clocks();
	if (ret)
		return ret;
	/* Let the supplies that no board describes be dummies. */
	regulator_has_full_constraints();
	node = panfrost_add_node();
	if (!node)
		return -ENODEV;

	res[0] = port.regs;
	res[1] = DEFINE_RES_IRQ_NAMED(port.lines[SB_IRQ_PANFROST_GPU].irq, "gpu");
	res[2] = DEFINE_RES_IRQ_NAMED(port.lines[SB_IRQ_PANFROST_JOB].irq, "job");
	res[3] = DEFINE_RES_IRQ_NAMED(port.lines[SB_IRQ_PANFROST_MMU].irq, "mmu");
	info.fwnode = of_fwnode_handle(node);
	info.res = res;
	info.num_res = ARRAY_SIZE(res);
	return PTR_ERR_OR_ZERO(platform_device_register_full(&info));
}
device_initcall(panfrost_init);
