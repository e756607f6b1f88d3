/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory cgroups (version 2), which init has mounted. An error fails the test;
 * a kernel without the memory controller skips it.
 */
#ifndef PRESSURE_CGROUP_H
#define PRESSURE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* Make cgroup @name below the root one, with at most @limit bytes; 0: any. */
void cgroup_new(const char *name, size_t limit);
/* Change its limit, take it away. */
void cgroup_limit(const char *name, size_t limit);
void cgroup_unlimit(const char *name);
/* This process goes into it, "" for the root. */
void cgroup_enter(const char *name);
/* Nobody may be in it. */
void cgroup_remove(const char *name);

/* Bytes charged to it ("memory.current", "memory.swap.current"). */
size_t cgroup_size(const char *name, const char *file);
/* A counter of memory.events ("max", "oom_kill"). */
unsigned long cgroup_event(const char *name, const char *event);

/*
 * Have the kernel count the pages of the cgroup now. Reclaim decides by counts
 * that may be four seconds old, and may then leave all active pages where they
 * are: it gives up, or kills, with most of the cgroup swappable.
 */
void cgroup_recount(const char *name);

/*
 * Have the kernel reclaim from it until it has given back @size bytes, by
 * swapping above all: false when it could not get that much.
 */
bool cgroup_reclaim(const char *name, size_t size);

#endif
