/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory: how much there is, and ways to cause reclaim. Sizes are in bytes,
 * shrinker counts in objects (for the GPU drivers: pages). An error fails the test,
 * unless a function says otherwise.
 */
#ifndef GUEST_MEM_H
#define GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/size.h"

/* A field of /proc/meminfo ("MemAvailable", "Shmem", ...). */
size_t mem_info(const char *field);

/*
 * Wait until no BO and no shared memory has pages (Shmem is 0) before counting
 * them. When a kernel thread drops the last reference of a BO, the BO leaves the
 * shrinker's lists at once; its file and pages go later (delayed fput() in
 * fs/file_table.c), perhaps only during the next test. After a second, the rest is
 * considered leaked. The test that leaked it reports that, not this function.
 */
void mem_settle(void);

/*
 * A counter of /proc/vmstat. If @name ends with "*", the sum of those with this
 * prefix. Fails the test if there is none.
 */
unsigned long mem_vmstat(const char *name);

/* Ask the kernel to shrink everything once (vm.drop_caches). */
void mem_drop_caches(void);

/* Wait until the kernel thread that reclaims memory (kswapd) sleeps. */
void mem_wait_kswapd(void);

/*
 * Dirty more and more memory until done(@arg) returns true or the swap space is
 * nearly full, then free it all. Returns the last value of done(), or false if
 * @done is NULL. It runs in this process, so done() sees what the test sees. The
 * test must have swap space (struct test.swap_mib): when that is full, this
 * function stops before the OOM killer runs.
 */
bool mem_pressure(bool (*done)(void *arg), void *arg);

/*
 * Shrinkers by their registered name, through SHRINKER_DEBUG (mm/shrinker_debug.c).
 * The test is skipped if the kernel has no debugfs directory for shrinkers. count
 * returns the result of count_objects(); scan calls scan_objects() for @objects.
 */
bool shrinker_exists(const char *name);
unsigned long shrinker_count(const char *name);
void shrinker_scan(const char *name, unsigned long objects);

/*
 * The same in two steps. The second allocates nothing outside the shrinker. The
 * file is owned by the caller.
 */
int shrinker_open(const char *name);
void shrinker_scan_fd(int fd, unsigned long objects);

/*
 * Does reading the byte at @address take a page fault? It does not if the page is
 * in this process's page tables. Afterwards it is there. (mincore() and /proc do
 * not cover mappings of devices.)
 */
bool mem_faults(const volatile void *address);

/*
 * Swap out pages of this process until at most @left bytes of swap space are free.
 * mem_empty_swap() frees them.
 */
struct mem_swapped;
struct mem_swapped *mem_fill_swap(size_t left);
void mem_empty_swap(struct mem_swapped *swapped);

/*
 * Page faults of a process are slow on UML. These functions let the kernel take
 * many of them in one system call. What the kernel refuses is then done by the
 * process itself, and raises the usual signal.
 *
 * copy: as memcpy(). map: map the pages at @map, page-aligned, for reading; returns
 * after how many bytes to call it again, at most @size.
 */
void mem_copy(void *to, const void *from, size_t size);
size_t mem_map_pages(const void *map, size_t size);

/* Does an access of one byte at @address raise SIGBUS? */
bool mem_bus_error(volatile void *address, bool write);
/*
 * Every read and write of @size bytes at @address must raise SIGBUS. Of many pages,
 * only the first, the last and a few dozen others are tried, since signals are
 * slow.
 */
void mem_all_bus_errors(void *address, size_t size);

/*
 * Poll at every tick for something that the kernel or a device does asynchronously.
 * Fails the test after test_ticks() ticks.
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

/* Does the kernel look for memory that nobody points to (kmemleak)? */
bool mem_finds_lost(void);

#endif
