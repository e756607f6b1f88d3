/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory cgroups (version 2), which init has mounted. An error fails the test;
 * a kernel without the memory controller skips it.
 */
#ifndef PRESSURE_CGROUP_H
#define PRESSURE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* Create cgroup @name below the root, limited to @limit bytes (0: no limit). */
void cgroup_new(const char *name, size_t limit);
/* Change the limit, remove it. */
void cgroup_limit(const char *name, size_t limit);
void cgroup_unlimit(const char *name);
/* Move this process into the cgroup; "" is the root. */
void cgroup_enter(const char *name);
/* Remove a cgroup that has no processes. */
void cgroup_remove(const char *name);

/* Bytes charged to it ("memory.current", "memory.swap.current"). */
size_t cgroup_size(const char *name, const char *file);
/* A counter of memory.events ("max", "oom_kill"). */
unsigned long cgroup_event(const char *name, const char *event);

/*
 * Make the kernel count the pages of the cgroup now. Reclaim uses counts that may
 * be four seconds old. It may then leave all active pages alone, and give up or
 * invoke the OOM killer although most of the cgroup could be swapped out.
 */
void cgroup_recount(const char *name);

/*
 * Have the kernel reclaim from it ("": everywhere) until it has given back @size bytes, by
 * swapping above all: false when it could not get that much.
 */
bool cgroup_reclaim(const char *name, size_t size);

#endif
