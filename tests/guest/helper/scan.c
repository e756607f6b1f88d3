// SPDX-License-Identifier: GPL-2.0-or-later
/* How much one scan reclaims, by purging and by evicting. */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/process.h"

/* Device 1 is unbound and bound. */
#define DRIVER "/sys/bus/platform/drivers/" SB_HELPER_DRIVER
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
     .about = "a scan counts the pages that it purges, and evicts only the "
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

/*
 * BOs of different sizes, all needed or not as the bits of @advice say, one
 * pinned and one busy; or all of the latter kinds, so that nothing can be had.
 */
static void scan_returns(uint64_t asked, unsigned int advice)
{
	enum { PINNED = 5, BUSY, COUNT };
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo[COUNT];
	struct sb_helper_scan scan;
	unsigned long before, after, most = 0;

	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = helper_bo_used(fd, i + 1, 0, i);
		CHECK(helper_madvise(&bo[i], advice >> i & 1));
	}
	helper_do(&bo[PINNED], SB_HELPER_PIN);
	helper_do_arg(&bo[BUSY], SB_HELPER_BUSY, 3);
	test_note("%#llx pages, advice %#x", (unsigned long long)asked, advice);
	/* Repeated until it gets nothing more. */
	do {
		before = helper_count(fd);
		scan = helper_scan_objects(fd, asked);
		after = helper_count(fd);
		CHECK_EQ(scan.freed, before - after);
		CHECK_EQ(scan.stopped, !scan.freed);
		CHECK_CMP(scan.scanned, >=, asked);
		CHECK_CMP(scan.scanned, >=, scan.freed);
		helper_check_lists(fd);
		/* Not much more than it was asked for: whole BOs. */
		CHECK_CMP(scan.freed, <, asked + COUNT);
		most = scan.freed > most ? scan.freed : most;
	} while (scan.freed);
	if (asked)
		CHECK_EQ(after, BUSY + 1);
	CHECK_EQ(!most, !asked);
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i == BUSY)
			helper_do(&bo[i], SB_HELPER_IDLE);
		else if (i == PINNED)
			helper_do(&bo[i], SB_HELPER_UNPIN);
		helper_bo_close(&bo[i]);
	}
}

TEST(returns, .name = "helper/scan-returns", HELPER_EVICTS,
     .about = "a scan for any number of pages returns by how many the count "
	      "falls, with BOs purged, evicted, pinned and busy, or "
	      "SHRINK_STOP if it can take none")
{
	static const uint64_t asked[] = {
		0, 1, 2, 14, 15, 16, 27, 28, UINT32_MAX, 1ULL << 32, 1ULL << 33,
	};
	static const unsigned int advice[] = {0, 0x7f, 0x15, 0x60};

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		for (size_t j = 0; j < sizeof(advice) / sizeof(*advice); j++)
			scan_returns(asked[i], advice[j]);
}

static void close_child(void *arg)
{
	static const struct sched_param param;

	/* Whoever it waits for runs first when it need not wait any more. */
	CHECK_SYS(sched_setscheduler(0, SCHED_IDLE, &param));
	helper_bo_close(arg);
}

static void hold_child(void *arg)
{
	struct sb_helper_do hold = {.op = SB_HELPER_LRU_HOLD};

	CHECK_SYS(drm_ioctl(*(int *)arg, DRM_IOCTL_SB_HELPER_DO, &hold));
}

static void scan_child(void *arg)
{
	const struct helper_bo *bo = arg;

	CHECK_EQ(helper_scan_objects(bo->fd, 1).freed, PAGES);
}

TEST(freed, .name = "helper/free-passed-over", HELPER_EVICTS,
     .about = "a BO may be freed while a scan that has passed over it ends: "
	      "the scan's own list is gone then")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo passed = helper_bo_used(fd, PAGES, 0, 1);
	struct sb_helper_do go = {.op = SB_HELPER_LRU_GO};
	HELPER_BO(taken, helper_bo_used(fd, PAGES, 0, 2));
	pid_t scan, hold, closer;

	/* The scan passes over the first BO, and evicts the second one ... */
	helper_do_arg(&passed, SB_HELPER_EVICT_SET, EBUSY);
	helper_do_arg(&taken, SB_HELPER_EVICT_SET, SB_HELPER_HOLD);
	scan = child_start(scan_child, &taken);
	WAIT_UNTIL(helper_info(fd).evicting);
	CHECK_EQ(helper_state(&passed).lru, SB_HELPER_LRU_OTHER);
	helper_forget_unused(&passed, "nobody needs it any more");
	/* ... which takes until it gets the lists' lock ... */
	hold = child_start(hold_child, &fd);
	WAIT_UNTIL(helper_info(fd).lru_held);
	helper_go(fd, taken.id);
	WAIT_UNTIL(!helper_info(fd).evicting && process_state(scan) == 'D');
	/* ... for which the free path waits, too, but longer. */
	closer = drm_child_start(fd, close_child, &passed);
	WAIT_UNTIL(process_state(closer) == 'D');
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_DO, &go));
	child_wait(hold);
	child_wait(scan);
	child_wait(closer);
	CHECK_EVICTED(&taken);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
}

/* One step of a BO's life; see lives[]. */
static void live(struct helper_bo *bo, char step)
{
	switch (step) {
	case 'a':
		helper_do(bo, SB_HELPER_ATTACH);
		break;
	case 'd':
		helper_madvise(bo, 1);
		break;
	case 'w':
		helper_madvise(bo, 0);
		break;
	case 'e':
		helper_do(bo, SB_HELPER_EVICT);
		break;
	case 's':
		helper_scan(bo->fd, 1);
		break;
	case 'p':
		helper_do(bo, SB_HELPER_PIN);
		break;
	case 'P':
		helper_do(bo, SB_HELPER_UNPIN);
		break;
	case 'v':
		helper_do(bo, SB_HELPER_VMAP);
		break;
	case 'V':
		helper_do(bo, SB_HELPER_VUNMAP);
		break;
	case 'x':
		CHECK_SYS(close(drm_export(bo->fd, bo->handle)));
		break;
	case 'b':
		helper_do_arg(bo, SB_HELPER_BUSY, 2);
		break;
	case 'B':
		helper_do(bo, SB_HELPER_IDLE);
		break;
	case 'm':
		helper_bo_map(bo);
		CHECK_EQ(mem_map_pages(bo->map, bo->size), bo->size);
		break;
	case 'M':
		helper_bo_unmap(bo);
		break;
	default:
		FAIL("no step \"%c\"", step);
	}
}

TEST(purge_first, .name = "helper/purge-first-always", HELPER_EVICTS,
     .about = "a BO that is not needed goes before an older one that is, "
	      "whatever happened to other BOs before")
{
	/*
	 * Advice before and after each change of a BO that ends or begins
	 * its being purgeable. "" is one without pages.
	 */
	static const char *const lives[] = {
		"",	 "d",	  "dw",	   "da",    "daw",    "ad",	"adw",
		"addww", "adsw",  "adsd",  "ade",   "aed",    "aedw",	"aeda",
		"aedaw", "aedas", "adp",   "adpP",  "adpPw",  "adpwPd", "apdP",
		"advV",	 "avdVw", "adx",   "adxw",  "axd",    "axdw",	"adb",
		"adbsB", "adbwB", "admM",  "admsM", "mdaM",   "madM",	"madsM",
		"dsw",	 "dpPw",  "aesda", "adada", "adwdwd", "aeadw",
	};
	HELPER_DEVICE(fd, 0);

	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++) {
		struct helper_bo bo = helper_bo(fd, PAGES, 0);
		struct helper_bo old, young;

		test_note("\"%s\"", lives[i]);
		for (const char *step = lives[i]; *step; step++)
			live(&bo, *step);
		helper_check_lists(fd);
		if (helper_state(&bo).pins)
			live(&bo, 'P');
		helper_bo_close(&bo);

		old = helper_bo_used(fd, PAGES, 0, 1);
		young = helper_bo_used(fd, PAGES, 0, 2);
		CHECK(helper_madvise(&young, 1));
		CHECK_EQ(helper_state(&young).position, 1);
		helper_scan(fd, 1);
		CHECK_EVICTABLE(&old);
		CHECK_PURGED(&young);
		helper_bo_close(&old);
		helper_bo_close(&young);
	}
}

/*
 * A count of purgeable BOs that is wrong may be 0 by chance. Each round has a device that
 * was just bound, and one more use of the BO that is to go.
 */
TEST(purge_first_used, .name = "helper/purge-first-used", HELPER_EVICTS,
     .about = "a BO that is not needed goes before an older one that is, "
	      "however often it was used before")
{
	for (unsigned int uses = 0; uses < 16; uses++) {
		file_write(DRIVER "/unbind", SB_HELPER_DRIVER ".1");
		file_write(DRIVER "/bind", SB_HELPER_DRIVER ".1");
		HELPER_DEVICE(fd, 1);
		HELPER_BO(old, helper_bo_used(fd, PAGES, 0, 1));
		HELPER_BO(young, helper_bo_used(fd, PAGES, 0, 2));

		CHECK(helper_madvise(&young, 1));
		for (unsigned int i = 0; i < uses; i++)
			helper_do(&young, SB_HELPER_SWAPIN);
		helper_scan(fd, 1);
		CHECK_EVICTABLE(&old);
		CHECK_PURGED(&young);
	}
}
