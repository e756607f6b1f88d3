// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus of the stub devices: registers behind a host file. It transfers
 * accesses and interrupts; what they mean is defined by the daemon that serves
 * the file.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/logic_iomem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <asm/irq.h>
#include <irq_kern.h>
#include <mem.h>
#include <os.h>

#include "../timeline/timeline.h"
#include "port.h"

/* If an answer takes longer, the daemon is faulty. */
#define SB_SLOW_NS (2 * NSEC_PER_SEC)

static char *dir;
module_param(dir, charp, 0444);
MODULE_PARM_DESC(dir, "directory of the host where the devices are");

static LIST_HEAD(ports);

/**
 * sb_dir - the root of the FUSE tree
 *
 * Return: the directory's name on the host, or NULL: there are no devices.
 */
const char *sb_dir(void)
{
	return dir && *dir ? dir : NULL;
}

static void sb_port_fail(struct sb_port *port, const char *what, u64 offset,
			 long detail)
{
	if (port->dead)
		return;
	port->dead = true;
	pr_err("device error: %s: %s at 0x%llx: %ld\n", port->path, what,
	       offset, detail);
	schedule_work(&port->failed_work);
}

static void sb_port_failed_work(struct work_struct *work)
{
	struct sb_port *port = container_of(work, struct sb_port, failed_work);

	if (port->failed)
		port->failed(port);
}

/* Handle what the device wrote to the event page. Any context, no lock. */
static void sb_port_poll(struct sb_port *port)
{
	u64 deadline = READ_ONCE(port->page->deadline_ns);
	unsigned long raise = xchg(&port->page->irq_raise, 0);
	unsigned int line;

	if (port->dead)
		return;

	for_each_set_bit(line, &raise, 32) {
		if (line >= port->num_lines) {
			sb_port_fail(port, "no such interrupt line", 0, line);
			return;
		}
		os_write_file(port->lines[line].fd[1], "", 1);
	}

	if (deadline == port->armed_ns)
		return;
	port->armed_ns = deadline;
	if (deadline)
		hrtimer_start(&port->tick, ns_to_ktime(deadline),
			      HRTIMER_MODE_ABS_HARD);
	else
		hrtimer_try_to_cancel(&port->tick);
}

/**
 * sb_ports_poll - handle interrupts and deadlines of all devices
 *
 * For use after an access to a file of the tree that is not a device: it may have
 * changed what a device does. Any context.
 */
void sb_ports_poll(void)
{
	struct sb_port *port;

	list_for_each_entry(port, &ports, link)
		sb_port_poll(port);
}

/* One access: one request to the daemon. */
static bool sb_port_access(struct sb_port *port, bool write, u64 offset,
			   void *buf, int size)
{
	unsigned long flags;
	bool ok = false;
	long long start;
	int n;

	raw_spin_lock_irqsave(&port->lock, flags);
	if (port->dead)
		goto out;

	WRITE_ONCE(port->page->now_ns, ktime_get_ns());
	start = os_nsecs();
	n = write ? os_pwrite_file(port->fd, buf, size, offset) :
		    os_pread_file(port->fd, buf, size, offset);
	if (n != size)
		sb_port_fail(port, write ? "write" : "read", offset, n);
	else if (os_nsecs() - start > SB_SLOW_NS)
		sb_port_fail(port, "slow, ms", offset,
			     (os_nsecs() - start) / NSEC_PER_MSEC);
	else if (port->page->error || port->page->magic != SB_MAGIC)
		sb_port_fail(port, "event page", offset,
			     -(long)port->page->error);
	else
		ok = true;
out:
	raw_spin_unlock_irqrestore(&port->lock, flags);
	if (ok)
		sb_port_poll(port);
	sb_sampler_kick();
	return ok;
}

static unsigned long sb_port_read(void *priv, unsigned int offset, int size)
{
	struct sb_port *port = priv;
	unsigned long val = 0;

	if (offset == port->isr_reg)
		return port->dead ? 0 : READ_ONCE(port->page->isr);
	if (!sb_port_access(port, false, offset, &val, size))
		return ~0UL;
	return val;
}

static void sb_port_write(void *priv, unsigned int offset, int size,
			  unsigned long val)
{
	struct sb_port *port = priv;

	if (offset == port->ack_reg)
		atomic_andnot(val, (atomic_t *)&port->page->isr);
	else
		sb_port_access(port, true, offset, &val, size);
}

static const struct logic_iomem_ops sb_port_ops = {
	.read = sb_port_read,
	.write = sb_port_write,
};

static long sb_port_map(unsigned long offset, size_t size,
			const struct logic_iomem_ops **ops, void **priv);

static const struct logic_iomem_region_ops sb_port_region_ops = {
	.map = sb_port_map,
};

/*
 * Addresses for all ports, above the RAM of any guest. A GPU with doorbells
 * needs 4.5 MiB.
 */
static struct resource sb_region =
	DEFINE_RES_MEM_NAMED(0x4000000000ULL, SZ_64M, "shrinkbench");

/* Maps all of a port's registers, or a part of them. */
static long sb_port_map(unsigned long offset, size_t size,
			const struct logic_iomem_ops **ops, void **priv)
{
	struct resource want = DEFINE_RES_MEM(sb_region.start + offset, size);
	struct sb_port *port;

	list_for_each_entry(port, &ports, link) {
		if (!resource_contains(&port->regs, &want))
			continue;
		*ops = &sb_port_ops;
		*priv = port;
		return want.start - port->regs.start;
	}
	return -ENODEV;
}

static int sb_port_alloc_regs(struct sb_port *port)
{
	int ret;

	if (list_empty(&ports)) {
		ret = logic_iomem_add_region(&sb_region, &sb_port_region_ops);
		if (ret)
			return ret;
	}
	port->regs.name = port->path;
	port->regs.flags = IORESOURCE_MEM;
	return allocate_resource(&sb_region, &port->regs, port->size,
				 sb_region.start, sb_region.end, SZ_64K, NULL,
				 NULL);
}

static enum hrtimer_restart sb_port_tick(struct hrtimer *timer)
{
	struct sb_port *port = container_of(timer, struct sb_port, tick);
	u32 unused = 0;

	/*
	 * The device's next deadline is armed in any case, even if it is the
	 * same.
	 */
	port->armed_ns = 0;
	sb_port_access(port, true, SB_CTL_TICK, &unused, sizeof(unused));
	return HRTIMER_NORESTART;
}

/* The first handler of its line: it only empties the pipe. */
static irqreturn_t sb_line_handler(int irq, void *data)
{
	struct sb_line *line = data;
	char buf[64];

	while (os_read_file(line->fd[0], buf, sizeof(buf)) == sizeof(buf))
		;
	return IRQ_HANDLED;
}

static int sb_line_open(struct sb_line *line, struct sb_port *port)
{
	int ret;

	line->port = port;
	ret = os_pipe(line->fd, 1, 1);
	if (ret)
		return ret;
	ret = um_request_irq(UM_IRQ_ALLOC, line->fd[0], IRQ_READ,
			     sb_line_handler, IRQF_SHARED, "shrinkbench", line);
	if (ret < 0)
		return ret;
	line->irq = ret;
	return 0;
}

static int sb_port_hello(struct sb_port *port)
{
	unsigned long long offset;
	struct sb_hello hello = {
		.magic = SB_MAGIC,
		.version = SB_VERSION,
		.pid = os_getpid(),
		.ram_fd = phys_mapping(__pa(port->page), &offset),
		.event_page = __pa(port->page),
	};
	int ret;

	if (offset != hello.event_page)
		return -EFAULT;
	ret = os_pwrite_file(port->fd, &hello, sizeof(hello), SB_CTL_HELLO);
	if (ret != sizeof(hello))
		return ret < 0 ? ret : -EPROTO;
	if (port->page->magic != SB_MAGIC || port->page->version != SB_VERSION)
		return -EPROTO;
	port->isr_reg = port->page->isr_reg;
	port->ack_reg = port->page->ack_reg;
	return 0;
}

/**
 * sb_port_open - connect a device
 * @port: with @file, @size, @num_lines and @failed set, the rest zero; never
 *	freed
 *
 * Context: process, at boot.
 * Return: 0, or a negative errno after a message that names the file.
 */
int sb_port_open(struct sb_port *port)
{
	unsigned int i;
	int ret;

	raw_spin_lock_init(&port->lock);
	INIT_WORK(&port->failed_work, sb_port_failed_work);
#ifdef SB_HAS_HRTIMER_SETUP
	hrtimer_setup(&port->tick, sb_port_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
#else
	hrtimer_init(&port->tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	port->tick.function = sb_port_tick;
#endif
	port->path = kasprintf(GFP_KERNEL, "%s/%s", dir, port->file);
	port->page = (void *)get_zeroed_page(GFP_KERNEL);
	port->lines =
		kcalloc(port->num_lines, sizeof(*port->lines), GFP_KERNEL);
	if (!port->path || !port->page || !port->lines) {
		ret = -ENOMEM;
		goto err;
	}

	ret = os_open_file(port->path, of_cloexec(of_rdwr(OPENFLAGS())), 0);
	if (ret < 0)
		goto err;
	port->fd = ret;
	ret = sb_port_hello(port);
	if (ret)
		goto err;

	for (i = 0; i < port->num_lines; i++) {
		ret = sb_line_open(&port->lines[i], port);
		if (ret)
			goto err;
	}

	ret = sb_port_alloc_regs(port);
	if (ret)
		goto err;
	list_add_tail(&port->link, &ports);
	return 0;

err:
	/* A guest without its device is useless, so nothing is undone. */
	pr_err("device error: %s: cannot be opened: %d\n",
	       port->path ?: port->file, ret);
	return ret;
}
