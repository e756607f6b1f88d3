/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver that is bound and unbound, also while allocations fail. */
#ifndef GUEST_BIND_H
#define GUEST_BIND_H

#include <stdbool.h>

#include "lib/fail-nth.h"

/**
 * struct bind_step - a function that the driver calls while it binds
 * @function: its allocations fail, one at a time; none if it is not called
 * @but: NULL, or a function below it whose allocations do not fail, since the kernel
 *	crashes (tests/KERNEL-BUGS.md)
 * @enomem: a refusal must be for want of memory; elsewhere the kernel has other errors, too
 */
struct bind_step {
	const char *function;
	const char *but;
	bool enomem;
};

/**
 * struct bind - a device that is bound
 * @driver: directory of its driver in sysfs
 * @device: name of the device there
 * @works: check that the bound driver works; leaves nothing
 * @steps: for some the driver must refuse; the last has no function. NULL for bind_again().
 */
struct bind {
	const char *driver;
	const char *device;
	void (*works)(void);
	const struct bind_step *steps;
};

/* For struct test: the capabilities, and enough time on a busy machine */
#define BIND_NEEDS INJECT_NEEDS " fail-within"
#define BIND_SECONDS 600

/*
 * Unbind the device, and bind it again and again, each time with another allocation
 * failing. A driver that refused, and one that is unbound, must leave nothing that a
 * user can see: nodes, files of debugfs, shrinkers, slab caches, interrupts, kernel
 * threads. It must work when it is bound again with memory.
 */
void bind_each(const struct bind *bind);

/* The same with memory: bind the device twice, and unbind it. */
void bind_again(const struct bind *bind);
/* For its struct test */
#define BIND_AGAIN                                                             \
	.alone = true,                                                         \
	.about = "an unbound driver leaves nothing that a user can see: no "   \
		 "node, no file, no thread"

#endif
