// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As with virtio-gpu, but panfrost does not evict: what it can give back is
 * what is not needed any more.
 */
#include <unistd.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "content.h"
#include "load.h"
#include "panfrost-bos.h"

/* What the BOs leave, and what the program needs. */
#define LEFT (12u * MIB)
#define PROGRAM (24u * MIB)
#define BOS 128

static const size_t sizes[] = {512 * KIB, 1 * MIB, 2 * MIB};

static struct pan_bo bos[BOS];
static unsigned int count;

static void make_idle_bos(int fd)
{
	struct panfrost_stage stage = panfrost_stage(fd, 2 * MIB);
	size_t size = 0;

	for (count = 0; mem_info("MemAvailable") > LEFT; count++) {
		CHECK_CMP(count, <, BOS);
		bos[count] =
			pan_bo_mapped(fd, sizes[count % 3], PANFROST_BO_NOEXEC);
		panfrost_stage_fill(&stage, &bos[count], count, 1);
		size += bos[count].size;
	}
	panfrost_stage_close(&stage);
	test_note("%zu KiB of RAM, %zu KiB in BOs", mem_info("MemTotal") / KIB,
		  size / KIB);
	CHECK_CMP(size, >, mem_info("MemTotal") / 2);
}

static bool not_needed(unsigned int i)
{
	return i % 2;
}

/* Does the program come to its end? */
static bool run_program(void)
{
	bool survived = load_locked(PROGRAM);

	test_note("program of %u KiB: %s", PROGRAM / KIB,
		  survived ? "done" : "killed");
	return survived;
}

/* How much of what need not be there is not there; the rest is intact. */
static size_t verify_all(int fd)
{
	struct panfrost_stage stage = panfrost_stage(fd, PAGE);
	size_t purged = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!pan_madvise(&bos[i], PANFROST_MADV_WILLNEED)) {
			CHECK(not_needed(i));
			CHECK(mem_bus_error(bos[i].map, false));
			purged += bos[i].size;
			continue;
		}
		content_verify(bos[i].map, i % 16 ? PAGE : bos[i].size, i, 1);
		panfrost_stage_verify(&stage, &bos[i], i, 1);
	}
	panfrost_stage_close(&stage);
	test_note("%zu KiB of BOs purged", purged / KIB);
	return purged;
}

/* Mark half of the BOs as not needed, then as above. */
static bool run_beside_idle_bos(int fd)
{
	make_idle_bos(fd);
	for (unsigned int i = 0; i < count; i++)
		if (not_needed(i))
			CHECK(pan_madvise(&bos[i], PANFROST_MADV_DONTNEED));
	return run_program();
}

TEST(idle_panfrost, .name = "pressure/panfrost-idle-bos",
     .about =
	     "a program that needs the RAM of BOs that are not needed gets it, "
	     "and the needed ones keep their content",
     .needs = "panfrost-shrinker", .swap_mib = 128, .alone = true)
{
	PAN(fd);

	CHECK(run_beside_idle_bos(fd));
	CHECK_CMP(verify_all(fd), >, 0);
}

/*
 * A purge by the driver's own shrinker drops its use of the pages only, and
 * those who have mapped the BO have uses of their own.
 */
TEST(idle_panfrost_killed, .name = "pressure/panfrost-idle-bos-killed",
     .about = "the same program is killed where a purge leaves the pages of "
	      "mapped BOs",
     .needs = "no-panfrost-shrinker", .swap_mib = 128, .alone = true)
{
	PAN(fd);

	CHECK(!run_beside_idle_bos(fd));
	CHECK_CMP(verify_all(fd), >, 0);
}

TEST(kept_panfrost, .name = "pressure/panfrost-needed-bos",
     .about = "BOs that are needed keep their pages, even when a program must "
	      "be killed for want of memory",
     .swap_mib = 128, .alone = true)
{
	PAN(fd);

	make_idle_bos(fd);
	CHECK(!run_program());
	CHECK_EQ(verify_all(fd), 0);
}
