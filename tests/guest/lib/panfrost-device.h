/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GPU as the host sees it (the FUSE tree's directory panfrost/), and the
 * device as sysfs sees it. An error fails the test.
 */
#ifndef PANFROST_DEVICE_H
#define PANFROST_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/panfrost-chain.h"

/* Read a register of the GPU, bypassing the driver. */
uint32_t device_register(uint32_t offset);

/* A counter in panfrost/counters. */
uint64_t device_counter(const char *name);

/* Does job slot @slot run a chain? */
bool device_job_in_slot(unsigned int slot);

/*
 * Counts the pages of @size bytes from @va on that a file's page tables map with
 * @access ("rw-", "rwx"), or at all if @access is NULL. @look is a chain of that
 * file; it is run to find out which address space the file has now.
 */
size_t device_pages(const struct chain *look, uint64_t va, size_t size,
		    const char *access);

/* Physical address of each of these pages, owned; 0: not mapped. */
uint64_t *device_frames(const struct chain *look, uint64_t va, size_t size);

/* Forbid runtime suspend, or allow it again, which is the default. */
void device_keep_awake(bool awake);
/* Is power/runtime_status "suspended"? */
bool device_is_suspended(void);
/*
 * Call it at the end of a test that caused page faults. On 6.12, a fault leaves the
 * MMU interrupt of its address space masked, also for the next file that gets this
 * address space. A suspend and resume unmasks it, so this function waits for a
 * suspend.
 */
void device_forget_faults(void);
/* Name of the device, static. The first call needs a bound driver. */
const char *device_name(void);
/* Unbind the driver or bind it. */
void device_bind(bool bind);

#endif
