// SPDX-License-Identifier: GPL-2.0-or-later
/* How much one scan reclaims, by purging and by evicting. */
#include "lib/helper.h"

#define PAGES 4

/**
 * struct share - the result of a scan for a number of pages
 * @asked: pages asked for
 * @purged: number of BOs purged, of two that are not needed
 * @evicted: number of BOs evicted, of three others
 */
struct share {
	unsigned long asked;
	unsigned int purged, evicted;
};

static void scan_takes(const struct share *share)
{
	enum { NEEDED = 3, COUNT = 5 };
	int fd = helper_open(0);
	struct helper_bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = helper_bo_used(fd, PAGES, 0, i);
		CHECK(helper_madvise(&bo[i], i >= NEEDED));
	}
	test_note("%lu pages", share->asked);
	helper_scan(fd, share->asked);
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i >= NEEDED && i - NEEDED < share->purged)
			CHECK_PURGED(&bo[i]);
		else if (i < share->evicted)
			CHECK_EVICTED(&bo[i]);
		else
			CHECK_STATE(&bo[i], .flags = HELPER_IN_USE, .uses = 1,
				    .madv = i >= NEEDED,
				    .lru = SB_HELPER_LRU_EVICTABLE);
	}
	CHECK_EQ(helper_count(fd),
		 (COUNT - share->purged - share->evicted) * PAGES);
	for (unsigned int i = 0; i < COUNT; i++)
		helper_bo_close(&bo[i]);
}

TEST(sum, .name = "helper/scan-adds-up", HELPER_EVICTS,
     .about = "pages that a scan purges count, so that it evicts only the "
	      "remainder")
{
	static const struct share shares[] = {
		{1, 1, 0},	   {PAGES, 1, 0},     {PAGES + 1, 2, 0},
		{2 * PAGES, 2, 0}, {3 * PAGES, 2, 1}, {3 * PAGES + 1, 2, 2},
		{5 * PAGES, 2, 3}, {1000, 2, 3},
	};

	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++)
		scan_takes(&shares[i]);
}
