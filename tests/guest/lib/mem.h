/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory: how much there is, and the ways to make the kernel want some back.
 * Sizes in bytes, shrinker counts in objects (for the GPU drivers: pages).
 * An error fails the test, unless a function says otherwise.
 */
#ifndef GUEST_MEM_H
#define GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/size.h"

/* A field of /proc/meminfo ("MemAvailable", "Shmem", ...). */
size_t mem_info(const char *field);

/*
 * Wait until no BO and no shared memory has pages (Shmem is 0), before they are
 * counted: a BO that a kernel thread is last to let go of leaves the shrinker's
 * lists at once, its file and pages when the kernel gets to it (delayed fput()
 * of fs/file_table.c), which may be in the next test. What has not gone after a
 * second is lost; that is for the test that lost it to say, not for this one.
 */
void mem_settle(void);

/*
 * A counter of /proc/vmstat; or, if @name ends with "*", the sum of those that
 * begin with the rest of it. Fails the test if there is none.
 */
unsigned long mem_vmstat(const char *name);

/* Ask the kernel to shrink everything once (vm.drop_caches). */
void mem_drop_caches(void);

/*
 * Dirty more and more memory until done(@arg) or until the swap space is nearly
 * full, then give all of it back. Value of the last done(); without one, it is
 * until the swap space is nearly full, and false. It runs in this process, so
 * done() sees what the test sees. The test must ask for swap space
 * (struct test.swap_mib): it is what tells "no memory left" from "killed".
 */
bool mem_pressure(bool (*done)(void *arg), void *arg);

/*
 * Shrinkers by the name that they were registered under, through
 * SHRINKER_DEBUG (mm/shrinker_debug.c); the test is skipped when the kernel
 * has no debugfs directory for shrinkers. count: what count_objects() says.
 * scan: ask scan_objects() for @objects.
 */
bool shrinker_exists(const char *name);
unsigned long shrinker_count(const char *name);
void shrinker_scan(const char *name, unsigned long objects);

/*
 * The same in two steps, of which the second needs no memory but the
 * shrinker's. The file is owned by the caller.
 */
int shrinker_open(const char *name);
void shrinker_scan_fd(int fd, unsigned long objects);

/*
 * Does reading the byte at @address take a page fault? Not when the page is in
 * this process's page tables; afterwards it is. (mincore() and /proc do not
 * look at mappings of devices.)
 */
bool mem_faults(const volatile void *address);

/*
 * Put pages of ours into swap space until at most @left bytes of it are free.
 * mem_empty_swap() takes them out again.
 */
struct mem_swapped;
struct mem_swapped *mem_fill_swap(size_t left);
void mem_empty_swap(struct mem_swapped *swapped);

/*
 * A process on UML takes a long time over a page fault: these leave them to
 * the kernel where there would be many. What it refuses is done as any process
 * does it, and gives the signal that it gives.
 *
 * copy: as memcpy(). map: have pages at @map, page-aligned, mapped for reading;
 * value: bytes from there until it should be called again, @size at the most.
 */
void mem_copy(void *to, const void *from, size_t size);
size_t mem_map_pages(const void *map, size_t size);

/* Does an access of one byte at @address raise SIGBUS? */
bool mem_bus_error(volatile void *address, bool write);
/*
 * Each read and each write of @size bytes at @address must. Of many pages, the
 * first, the last and a few dozen between are tried: a signal takes its time.
 */
void mem_all_bus_errors(void *address, size_t size);

/*
 * Wait for something that the kernel or a device does in its own time: look
 * at every tick. Fails the test after test_ticks() of them.
 */
#define WAIT_UNTIL(cond)                                                       \
	do {                                                                   \
		unsigned int wait_ticks = test_ticks();                        \
		while (!(cond)) {                                              \
			if (!wait_ticks--)                                     \
				FAIL("%s has not come true", #cond);           \
			mem_millisecond();                                     \
		}                                                              \
	} while (0)
void mem_millisecond(void);

#endif
