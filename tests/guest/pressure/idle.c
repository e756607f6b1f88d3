// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs that the device has used take up most of a guest's RAM, and are idle. A
 * program needs more RAM than they leave. A driver that evicts can reclaim all BOs;
 * for the other drivers, half of the BOs are marked as not needed.
 */
#include "bo-kind.h"
#include "content.h"
#include "load.h"

/* RAM that the BOs leave free, and RAM that the program needs. */
#define LEFT (12u * MIB)
#define PROGRAM_EVICT (36u * MIB)
#define PROGRAM_PURGE (24u * MIB)
#define BOS 128

static const size_t sizes[] = {512 * KIB, 1 * MIB, 2 * MIB};

static struct any_bo bos[BOS];
static unsigned int count;

static void make_idle_bos(const struct bo_kind *kind, int fd)
{
	struct any_bo stage = any_bo_mapped(kind, fd, 2 * MIB);
	size_t size = 0;

	for (count = 0; mem_info("MemAvailable") > LEFT; count++) {
		CHECK_CMP(count, <, BOS);
		bos[count] = any_bo_mapped(kind, fd, sizes[count % 3]);
		kind->fill(&stage, &bos[count], count);
		size += bos[count].size;
	}
	kind->close(&stage);
	test_note("%zu KiB of RAM, %zu KiB in BOs", mem_info("MemTotal") / KIB,
		  size / KIB);
	CHECK_CMP(size, >, mem_info("MemTotal") / 2);
}

/* The BOs that are marked as not needed, if a test marks any. */
static bool not_needed(unsigned int i)
{
	return i % 2;
}

static void mark_half(const struct bo_kind *kind)
{
	for (unsigned int i = 0; i < count; i++)
		if (not_needed(i))
			CHECK(kind->madvise(&bos[i], false));
}

/* Size of the BOs without pages: the kernel has evicted them. */
static size_t evicted_size(const struct bo_kind *kind)
{
	size_t size = 0;

	for (unsigned int i = 0; i < count; i++)
		if (!kind->resident(&bos[i]))
			size += bos[i].size;
	return size;
}

/*
 * A page fault on the first page brings back every other BO; a use by the device
 * brings back the rest. The device checks every byte. The CPU checks only some BOs,
 * since page faults are slow.
 */
static void verify(const struct bo_kind *kind, const struct any_bo *stage,
		   unsigned int i)
{
	struct any_bo *bo = &bos[i];

	if (i % 2)
		content_verify(kind->map(bo), PAGE, i, 1);
	kind->verify(stage, bo, i);
	content_verify(kind->map(bo), i % 8 ? PAGE : bo->size, i, 1);
}

/*
 * Size of the BOs that were purged. If BOs are @marked as not needed, some of these
 * must have been purged. All others are intact.
 */
static size_t verify_all(const struct bo_kind *kind, int fd, bool marked)
{
	struct any_bo stage = any_bo_mapped(kind, fd, PAGE);
	size_t purged = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!marked || kind->madvise(&bos[i], true)) {
			verify(kind, &stage, i);
			continue;
		}
		CHECK(not_needed(i));
		CHECK(mem_bus_error(kind->map(&bos[i]), false));
		purged += bos[i].size;
	}
	CHECK_EQ(violations_count(), 0);
	kind->close(&stage);
	test_note("%zu KiB of BOs purged", purged / KIB);
	return purged;
}

/* Does the program complete? */
static bool run_program(size_t size)
{
	bool survived = load_locked(size);

	test_note("program of %zu KiB: %s", size / KIB,
		  survived ? "done" : "killed");
	return survived;
}

/* Does it complete beside idle BOs that are all needed? They must be intact. */
static bool survives_by_eviction(const struct bo_kind *kind)
{
	FD(fd, kind->open());
	unsigned long swapped = mem_vmstat("pswpout");
	size_t evicted;
	bool survived;

	make_idle_bos(kind, fd);
	CHECK_EQ(evicted_size(kind), 0);
	survived = run_program(PROGRAM_EVICT);
	evicted = evicted_size(kind);
	swapped = mem_vmstat("pswpout") - swapped;
	test_note("%zu KiB of BOs evicted, %lu KiB swapped out", evicted / KIB,
		  swapped * PAGE / KIB);
	CHECK_EQ(!!evicted, survived);
	CHECK_EQ(verify_all(kind, fd, false), 0);
	return survived;
}

/* Does it complete if half of the BOs are not needed? Some of these are purged. */
static bool survives_by_purge(const struct bo_kind *kind)
{
	FD(fd, kind->open());
	bool survived;

	make_idle_bos(kind, fd);
	mark_half(kind);
	survived = run_program(PROGRAM_PURGE);
	CHECK_CMP(verify_all(kind, fd, true), >, 0);
	return survived;
}

TEST(idle_virtio, .name = "pressure/virtio-idle-bos",
     .about = "a program that needs the RAM of idle BOs gets it, and the BOs "
	      "keep their content",
     .needs = "virtio-shrinker", .ram_mib = 96, .swap_mib = 128, .alone = true)
{
	CHECK(survives_by_eviction(&kind_virtio));
}

TEST(idle_virtio_killed, .name = "pressure/virtio-idle-bos-killed",
     .about = "a program that needs the RAM of idle BOs is killed where the "
	      "driver cannot give it back",
     .needs = "no-virtio-shrinker", .ram_mib = 96, .swap_mib = 128,
     .alone = true)
{
	CHECK(!survives_by_eviction(&kind_virtio));
}

TEST(idle_helper, .name = "pressure/helper-idle-bos",
     .about = "a program that needs the RAM of idle BOs of the helper-level "
	      "driver gets it, and the BOs keep their content",
     HELPER_SHRINKS, .ram_mib = 96, .swap_mib = 128, .seconds = 120,
     .alone = true)
{
	CHECK(survives_by_eviction(&kind_helper));
}

TEST(idle_panfrost, .name = "pressure/panfrost-idle-bos",
     .about = "a program that needs the RAM of BOs that are not needed gets "
	      "it, and the needed ones keep their content",
     .needs = "panfrost-shrinker", .ram_mib = 96, .swap_mib = 128,
     .alone = true)
{
	CHECK(survives_by_purge(&kind_panfrost));
}

/*
 * A purge by the driver's own shrinker drops only the driver's use of the pages;
 * mappings of the BO still use them.
 */
TEST(idle_panfrost_killed, .name = "pressure/panfrost-idle-bos-killed",
     .about = "a program that needs the RAM of idle BOs is killed where a "
	      "purge leaves the pages of mapped BOs",
     .needs = "no-panfrost-shrinker", .ram_mib = 96, .swap_mib = 128,
     .alone = true)
{
	CHECK(!survives_by_purge(&kind_panfrost));
}

TEST(kept_panfrost, .name = "pressure/panfrost-needed-bos",
     .about = "BOs that are needed keep their pages, even when a program must "
	      "be killed for want of memory",
     .ram_mib = 96, .swap_mib = 128, .alone = true)
{
	PAN(fd);

	make_idle_bos(&kind_panfrost, fd);
	CHECK(!run_program(PROGRAM_PURGE));
	CHECK_EQ(verify_all(&kind_panfrost, fd, true), 0);
}
