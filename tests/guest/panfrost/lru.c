// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order in which BOs that are not needed are purged. BO number N of a test has
 * 2^N pages, so the count shows which BOs are left. Asking for the state of a BO
 * would change the order.
 */
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

#define COUNT 5

static void make(int fd, struct pan_bo bo[COUNT])
{
	shrink_settle();
	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = pan_bo(fd, PAGE << i, PANFROST_BO_NOEXEC);
}

static void give_up(const struct pan_bo *bo)
{
	CHECK(pan_madvise(bo, PANFROST_MADV_DONTNEED));
}

/* Scan for one page, which purges one BO; returns its number. */
static unsigned int next_purged(void)
{
	unsigned long before = shrink_count(), gone;

	shrink_scan(1);
	gone = before - shrink_count();
	if (!gone || gone & (gone - 1))
		FAIL("%lu of %lu pages are gone, not one BO", gone, before);
	return __builtin_ctzl(gone);
}

#define CHECK_ORDER(...)                                                       \
	do {                                                                   \
		static const unsigned int want[] = {__VA_ARGS__};              \
		for (size_t at = 0; at < sizeof(want) / sizeof(*want); at++)   \
			CHECK_EQ(next_purged(), want[at]);                     \
	} while (0)

TEST(lru_order, .name = "panfrost/lru-order",
     .about = "BOs that are not needed are purged in the order in which they "
	      "were marked")
{
	static const unsigned int order[COUNT] = {3, 0, 4, 1, 2};
	PAN(fd);
	struct pan_bo bo[COUNT];

	make(fd, bo);
	for (unsigned int i = 0; i < COUNT; i++)
		give_up(&bo[order[i]]);
	CHECK_ORDER(3, 0, 4, 1, 2);
}

TEST(lru_again, .name = "panfrost/lru-marked-again",
     .about = "a BO that is marked as not needed a second time is purged last")
{
	PAN(fd);
	struct pan_bo bo[COUNT];

	make(fd, bo);
	for (unsigned int i = 0; i < COUNT; i++)
		give_up(&bo[i]);
	give_up(&bo[1]);
	give_up(&bo[0]);
	CHECK_ORDER(2, 3, 4, 1, 0);
}

TEST(lru_toggle, .name = "panfrost/lru-needed-in-between",
     .about = "a BO that was marked as needed in between is purged last, and "
	      "one that is needed is not purged")
{
	PAN(fd);
	struct pan_bo bo[COUNT];

	make(fd, bo);
	for (unsigned int i = 0; i < COUNT; i++)
		give_up(&bo[i]);
	CHECK(pan_madvise(&bo[0], PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&bo[3], PANFROST_MADV_WILLNEED));
	give_up(&bo[0]);
	CHECK_ORDER(1, 2, 4, 0);
	shrink_scan(100000);
	CHECK_EQ(shrink_count(), shrink_pages(8, 0));
	CHECK(pan_madvise(&bo[3], PANFROST_MADV_WILLNEED));
}

TEST(lru_others, .name = "panfrost/lru-others",
     .about = "BOs that are purged, closed, needed or used by jobs do not "
	      "change the order of the rest")
{
	PAN(fd);
	struct pan_bo bo[COUNT], needed, gone;
	struct chain chain;

	make(fd, bo);
	needed = pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	gone = pan_bo(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_null(fd);
	chain_use(&chain, &needed);
	give_up(&bo[4]);
	give_up(&gone);
	give_up(&bo[2]);
	CHECK_ORDER(4);
	pan_bo_free(&gone);
	give_up(&bo[0]);
	chain_run(&chain);
	CHECK_ORDER(2);
	give_up(&bo[3]);
	give_up(&bo[1]);
	CHECK(pan_madvise(&needed, PANFROST_MADV_WILLNEED));
	CHECK_ORDER(0, 3, 1);
}

TEST(lru_fault, .name = "panfrost/lru-fault",
     .about = "a BO that the CPU has just faulted in is purged last",
     .needs = "panfrost-shrinker")
{
	PAN(fd);
	struct pan_bo bo[COUNT];
	volatile char *byte;

	make(fd, bo);
	for (unsigned int i = 0; i < COUNT; i++) {
		pan_bo_map(&bo[i]);
		give_up(&bo[i]);
	}
	byte = bo[2].map;
	*byte = 1;
	byte = bo[0].map;
	CHECK_EQ(*byte, 0);
	CHECK_ORDER(1, 3, 4, 2, 0);
}
