// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What reclaim costs, in real time, for make compare COST=1. These are measurements, so
 * they are hidden and no part of make check. They need the kernel variant "cost", for
 * /proc/lock_stat. Each prints lines "cost: NAME UNIT VALUE":
 *
 *   DRIVER/pages-per-scan pages, DRIVER/pages-per-second pages/s
 *	of scans of the driver's shrinker for 128 objects (SHRINK_BATCH) until nothing
 *	is left
 *   DRIVER/longest-stall ms
 *	the longest write to a fresh page of a program, while direct reclaim runs
 *   DRIVER/swap-in us
 *	median time of the first access to a BO of 1 MiB that reclaim has evicted
 *   DRIVER/lru-lock, DRIVER/reservation-lock us
 *	the longest time that it was held, from the first scan on
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "lib/panfrost-shrink.h"
#include "lib/virtio-reclaim.h"
#include "bo-kind.h"

#define BOS 24
#define SIZE MIB
#define BATCH 128
#define PROGRAM (64 * MIB)
/* The stall is looked for in pieces of the program, of so many pages. */
#define PIECE 64
#define LOCK_STAT "/proc/lock_stat"

static struct any_bo bos[BOS];

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void cost(const char *driver, const char *name, const char *unit,
		 double value)
{
	test_note("cost: %s/%s %s %.3f", driver, name, unit, value);
}

static void make_bos(const struct bo_kind *kind, int fd)
{
	struct any_bo stage = any_bo_mapped(kind, fd, SIZE);

	for (unsigned int i = 0; i < BOS; i++) {
		bos[i] = any_bo_mapped(kind, fd, SIZE);
		kind->fill(&stage, &bos[i], i);
		if (!kind->evicts)
			CHECK(kind->madvise(&bos[i], false));
	}
	kind->close(&stage);
}

static void close_bos(const struct bo_kind *kind)
{
	for (unsigned int i = 0; i < BOS; i++)
		kind->close(&bos[i]);
}

/* Ends when a scan takes nothing: what is left is in use. */
static void measure_scans(const char *driver, const char *shrinker)
{
	unsigned long first = shrinker_count(shrinker), left = first, before;
	double begun, us = 0;
	unsigned int scans = 0;
	int fd = shrinker_open(shrinker);

	do {
		before = left;
		begun = now_us();
		shrinker_scan_fd(fd, BATCH);
		us += now_us() - begun;
		left = shrinker_count(shrinker);
		scans++;
	} while (left && left < before);
	close(fd);
	CHECK_CMP(left, <, first);
	cost(driver, "pages-per-scan", "pages", (double)(first - left) / scans);
	cost(driver, "pages-per-second", "pages/s",
	     (double)(first - left) * 1e6 / us);
}

/* The longest write of @pages pages, in microseconds. Few bytes: they compress well. */
static double longest_write(char *at, unsigned int pages)
{
	double longest = 0;

	for (unsigned int i = 0; i < pages; i++) {
		double begun = now_us(), us;

		*(char **)(at + i * PAGE) = at + i * PAGE;
		us = now_us() - begun;
		if (us > longest)
			longest = us;
	}
	return longest;
}

static void measure_stall(const char *driver)
{
	char *program = CHECK_SYS(mmap(NULL, PROGRAM, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	unsigned long stalls = mem_vmstat("allocstall*"), after;
	double longest = 0;
	bool stalled = false;

	for (size_t at = 0; at < PROGRAM; at += PIECE * PAGE) {
		double us = longest_write(program + at, PIECE);

		after = mem_vmstat("allocstall*");
		if (after != stalls && us > longest)
			longest = us;
		stalled |= after != stalls;
		stalls = after;
	}
	CHECK_SYS(munmap(program, PROGRAM));
	if (stalled)
		cost(driver, "longest-stall", "ms", longest / 1e3);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure_swap_in(const char *driver, const struct bo_kind *kind)
{
	double us[BOS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < BOS; i++) {
		double begun;

		if (kind->resident(&bos[i]))
			continue;
		begun = now_us();
		(void)*(volatile char *)kind->map(&bos[i]);
		us[count++] = now_us() - begun;
	}
	if (!count)
		return;
	qsort(us, count, sizeof(*us), by_value);
	cost(driver, "swap-in", "us", us[count / 2]);
}

/* The longest hold time of a lock class, microseconds; less than 0: not there. */
static double held_us(const char *stat, const char *class)
{
	double held;
	const char *at = stat;
	size_t len = strlen(class);

	while ((at = strstr(at, class))) {
		/* Its line: blanks, the name, and a colon. */
		if (at > stat && at[-1] == ' ' && at[len] == ':') {
			CHECK_EQ(sscanf(at + len + 1,
					"%*s %*s %*s %*s %*s %*s %*s %*s %*s "
					"%lf",
					&held),
				 1);
			return held;
		}
		at += len;
	}
	return -1;
}

/* The LRU lock of the helpers' shrinker, of 7.2 and later, of panfrost's own shrinker. */
static void report_locks(const char *driver)
{
	static const char *const lru[] = {"&mm->lock", "&dev->gem_lru_mutex",
					  "&pfdev->shrinker_lock",
					  "&shmem_shrinker->lock"};
	char *stat = file_read(LOCK_STAT);
	double held, longest = -1;

	for (size_t i = 0; i < sizeof(lru) / sizeof(*lru); i++) {
		held = held_us(stat, lru[i]);
		if (held > longest)
			longest = held;
	}
	if (longest >= 0)
		cost(driver, "lru-lock", "us", longest);
	held = held_us(stat, "reservation_ww_class_mutex");
	if (held >= 0)
		cost(driver, "reservation-lock", "us", held);
	free(stat);
}

/* @shrinker: its name, NULL if the driver has none. */
static void measure(const char *driver, const struct bo_kind *kind,
		    const char *shrinker)
{
	FD(fd, kind->open());

	make_bos(kind, fd);
	file_write(LOCK_STAT, "0");
	if (shrinker)
		measure_scans(driver, shrinker);
	close_bos(kind);
	make_bos(kind, fd);
	measure_stall(driver);
	if (shrinker && kind->evicts)
		measure_swap_in(driver, kind);
	report_locks(driver);
	close_bos(kind);
}

TEST(virtio, .name = "pressure/virtio-cost",
     .about = "what reclaim of virtio-gpu's BOs costs", .ram_mib = 96,
     .swap_mib = 128, .seconds = 120, .alone = true, .hidden = true)
{
	char *name = drm_shrinker(DRM_VIRTIO);

	measure("virtio", &kind_virtio, shrinker_exists(name) ? name : NULL);
	free(name);
}

TEST(panfrost, .name = "pressure/panfrost-cost",
     .about = "what reclaim of panfrost's BOs costs", .ram_mib = 96,
     .swap_mib = 128, .seconds = 120, .alone = true, .hidden = true)
{
	measure("panfrost", &kind_panfrost, shrink_name());
}
