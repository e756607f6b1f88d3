/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port is one device on the bus: a register block whose accesses go to a host
 * file, an event page, and interrupt lines.
 */
#ifndef SHRINKBENCH_PORT_H
#define SHRINKBENCH_PORT_H

#include <linux/hrtimer.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../protocol.h"

struct sb_port;

/**
 * struct sb_line - one interrupt line
 * @port: device that it belongs to
 * @irq: Linux interrupt number
 * @fd: the ends of a pipe of the host. A byte written to it makes the host send
 *	SIGIO to this process, as for all interrupts of UML. As on hardware, it
 *	stays pending while interrupts are disabled.
 */
struct sb_line {
	struct sb_port *port;
	int irq;
	int fd[2];
};

/**
 * struct sb_port - one device
 * @file: its file, relative to the root of the FUSE tree
 * @size: bytes of its registers
 * @num_lines: how many interrupt lines it has, 32 at most
 * @failed: called once, from a work item, when the device is lost; optional
 * @regs: where its registers are; sb_port_open() allocates the addresses
 * @lines: its interrupt lines, @num_lines of them
 * @path: the file's name on the host
 * @fd: the host's file descriptor
 * @page: the event page
 * @isr_reg: copy of the event page's, taken when the device was opened
 * @ack_reg: likewise
 * @lock: serialises accesses; any context
 * @dead: the device is lost; every read returns all ones, as for an empty slot
 * @tick: fires at the deadline that the device requested
 * @armed_ns: that deadline; 0 when the timer is off
 * @failed_work: calls @failed
 * @link: in the list of all ports
 */
struct sb_port {
	const char *file;
	u32 size;
	unsigned int num_lines;
	void (*failed)(struct sb_port *port);

	struct resource regs;
	struct sb_line *lines;
	char *path;
	int fd;
	struct sb_event_page *page;
	u32 isr_reg;
	u32 ack_reg;
	raw_spinlock_t lock;
	bool dead;
	struct hrtimer tick;
	u64 armed_ns;
	struct work_struct failed_work;
	struct list_head link;
};

const char *sb_dir(void);
int sb_port_open(struct sb_port *port);
void sb_ports_poll(void);

#endif
