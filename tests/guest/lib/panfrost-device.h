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

/* Read a register of the GPU, past the driver. */
uint32_t device_register(uint32_t offset);

/* A line of panfrost/counters. */
uint64_t device_counter(const char *name);

/* Does job slot @slot run a chain? */
bool device_job_in_slot(unsigned int slot);

/*
 * How many pages of @size bytes from @va on the page tables of a file map with
 * @access ("rw-", "rwx"), or at all if that is NULL. @look: a chain of that file
 * that is run to learn which address space the file has now.
 */
size_t device_pages(const struct chain *look, uint64_t va, size_t size,
		    const char *access);

/* Where each of these pages is in memory, owned; 0: not mapped. */
uint64_t *device_frames(const struct chain *look, uint64_t va, size_t size);

/* Allow runtime suspend, which is the usual, or not. */
void device_keep_awake(bool awake);
/* power/runtime_status is "suspended". */
bool device_is_suspended(void);
/*
 * At the end of a test that has made page faults. On 6.12 the driver leaves the
 * MMU interrupt of an address space masked after a fault, also for the next
 * file that gets the space; waking up from sleep puts that right, so sleep.
 */
void device_forget_faults(void);
/* Name of the device, static; asked for first while the driver is bound. */
const char *device_name(void);
/* Unbind the driver or bind it. */
void device_bind(bool bind);

#endif
