// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs as the device sees them: it has exactly the pages of attached BOs, finds the
 * content there, and signals the end of its jobs itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/violations.h"

#define PAGES 8

/* Does @file of the device contain @part? */
static bool has_text(int fd, const char *file, const char *part)
{
	char *text = helper_device_file(fd, file);
	bool has = text && strstr(text, part);

	free(text);
	return has;
}

/* The device has exactly this number of BOs and pages. */
static bool has_bos(int fd, unsigned int bos, unsigned int pages)
{
	char want[64];

	snprintf(want, sizeof(want), "bos: %u\npages: %u\n", bos, pages);
	return has_text(fd, "status", want);
}

/* How many stamps of the BO the device has checked. */
static unsigned long looks(const struct helper_bo *bo)
{
	char *text = device_read("stamps"), *line, *checked;
	char begin[64];
	unsigned long count;

	snprintf(begin, sizeof(begin), "helper.%u resource %u bo ",
		 helper_info(bo->fd).index, bo->id);
	CHECK(text);
	line = strstr(text, begin);
	CHECK(line);
	checked = strstr(line, " checked ");
	CHECK(checked);
	count = strtoul(checked + strlen(" checked "), NULL, 10);
	free(text);
	return count;
}

/* Let the device use the BO, and wait until it is done. */
static void use(const struct helper_bo *bo)
{
	helper_do_arg(bo, SB_HELPER_JOB, 1);
	WAIT_UNTIL(!helper_is_busy(bo));
}

TEST(content, .name = "helper/device-content", HELPER_EVICTS,
     .about = "each time a BO comes back, the device sees its content; in "
	      "between, the device has no pages")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 5));
	HELPER_BO(other, helper_bo_used(fd, 2 * PAGES, 0, 6));

	for (unsigned int i = 0; i < 10; i++) {
		unsigned long before = looks(&bo);

		CHECK(has_bos(fd, 2, 3 * PAGES));
		use(&bo);
		CHECK_EQ(looks(&bo), before + PAGES);
		helper_do(&bo, SB_HELPER_EVICT);
		/* It has checked the stamps before it detached the pages. */
		CHECK_EQ(looks(&bo), before + 2 * PAGES);
		CHECK_EVICTED(&bo);
		CHECK(has_bos(fd, 1, 2 * PAGES));
		CHECK_EQ(helper_try(&bo, SB_HELPER_JOB, 1), ENXIO);
		helper_do(&bo, SB_HELPER_SWAPIN);
		CHECK(has_bos(fd, 1, 2 * PAGES));
		helper_verify_content(&bo, 5);
		CHECK_EQ(looks(&bo), before + 3 * PAGES);
	}
	helper_verify(&other, SB_HELPER_DEVICE, 6);
	helper_bo_close(&bo);
	helper_bo_close(&other);
	WAIT_UNTIL(has_bos(fd, 0, 0));
}

/* The device refuses the request, and notes a violation. */
static void check_refused(const struct helper_bo *bo)
{
	const uint32_t flags[] = {SB_HELPER_DEVICE | SB_HELPER_BLIND,
				  SB_HELPER_DEVICE | SB_HELPER_BLIND |
					  SB_HELPER_WRITE};

	for (unsigned int i = 0; i < 2; i++) {
		char want[64], bytes[16] = "untouched";

		CHECK_EQ(helper_try_access(bo, SB_HELPER_DEVICE, 0, bytes, 1),
			 ENXIO);
		CHECK_EQ(helper_try_access(bo, flags[i], 0, bytes,
					   sizeof(bytes)),
			 ENXIO);
		CHECK(!strcmp(bytes, "untouched"));
		snprintf(want, sizeof(want), " of BO %u: it is not attached",
			 bo->id);
		CHECK_EQ(violations_take(want), 1);
	}
}

TEST(purged, .name = "helper/device-purged", HELPER_EVICTS,
     .about = "the device has no page of a BO that is purged or evicted")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(purged, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo kept =
		helper_bo_used(fd, PAGES, SB_HELPER_PURGE_ONLY, 2);
	HELPER_BO(evicted, helper_bo_used(fd, PAGES, 0, 3));

	CHECK(helper_madvise(&purged, 1));
	CHECK(helper_madvise(&kept, 1));
	helper_scan(fd, 2 * PAGES);
	CHECK_PURGED(&purged);
	CHECK_PURGED(&kept);
	helper_do(&evicted, SB_HELPER_EVICT);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	check_refused(&purged);
	check_refused(&kept);
	check_refused(&evicted);
	CHECK_EQ(helper_try(&purged, SB_HELPER_JOB, 1), ENXIO);
	helper_verify_purged(&purged);
	helper_verify_content(&evicted, 3);
	helper_bo_close(&purged);
	helper_bo_close(&kept);
}

TEST(job, .name = "helper/job", HELPER_EVICTS,
     .about = "a BO is neither evicted nor purged while the device uses it")
{
	HELPER_DEVICE(fd, 0);

	for (uint64_t usage = 0; usage < 4; usage++) {
		for (uint32_t madv = 0; madv < 2; madv++) {
			struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);

			test_note("usage %d, advice %u", (int)usage, madv);
			helper_fault(fd, "hold", "JOB");
			helper_do_arg(&bo, SB_HELPER_JOB, usage);
			CHECK(helper_madvise(&bo, madv));
			helper_check_stays(&bo, madv);
			helper_fault(fd, "release", "JOB");
			WAIT_UNTIL(!helper_is_busy(&bo));
			helper_scan(fd, 1);
			if (madv)
				CHECK_PURGED(&bo);
			else
				CHECK_EVICTED(&bo);
			helper_bo_close(&bo);
		}
	}
	WAIT_UNTIL(!helper_info(fd).bos);
}

TEST(job_untold, .name = "helper/job-untold", HELPER_EVICTS,
     .about = "a BO whose job's interrupt was lost stays busy until another "
	      "interrupt comes")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	HELPER_BO(other, helper_bo_used(fd, PAGES, 0, 2));

	helper_fault(fd, "lose-irq", "1");
	helper_do_arg(&bo, SB_HELPER_JOB, 0);
	WAIT_UNTIL(has_text(fd, "jobs", " ended"));
	helper_scan(fd, 1);
	CHECK_EVICTED(&other);
	CHECK(helper_is_busy(&bo));
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_verify_content(&other, 2);
	use(&other);
	CHECK(!helper_is_busy(&bo));
	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_verify_content(&bo, 1);
}

TEST(job_closed, .name = "helper/job-closed", HELPER,
     .about = "a BO that is closed while the device uses it keeps its pages "
	      "until the device is done")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo other =
		helper_bo_used(fd, PAGES, SB_HELPER_PURGE_ONLY, 2);
	unsigned long before = looks(&bo);

	helper_fault(fd, "hold", "JOB");
	helper_do_arg(&bo, SB_HELPER_JOB, 3);
	helper_do_arg(&bo, SB_HELPER_JOB, 3);
	helper_bo_close(&bo);
	mem_drop_caches();
	CHECK_EQ(helper_info(fd).bos, 2);
	CHECK(has_bos(fd, 2, 2 * PAGES));
	helper_fault(fd, "release", "JOB");
	WAIT_UNTIL(helper_info(fd).bos == 1);
	CHECK(has_bos(fd, 1, PAGES));
	/* Once for each of the jobs, and once for the detach. */
	CHECK_EQ(looks(&bo), before + 3 * PAGES);
	helper_bo_close(&other);
	WAIT_UNTIL(has_bos(fd, 0, 0));
}

TEST(job_fails, .name = "helper/job-fails", HELPER,
     .about = "a job that fails leaves its BO idle and whole")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_fault(fd, "fail", "JOB 1 5");
	use(&bo);
	CHECK_EVICTABLE(&bo);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_bo_close(&bo);
	WAIT_UNTIL(!helper_info(fd).bos);
}

TEST(detach_fails, .name = "helper/detach-fails", HELPER_EVICTS,
     .about = "a BO that the device does not give back is neither evicted nor "
	      "purged, and loses nothing")
{
	HELPER_DEVICE(fd, 0);

	for (uint32_t madv = 0; madv < 2; madv++) {
		struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);

		CHECK(helper_madvise(&bo, madv));
		helper_fault(fd, "fail", "DETACH 1");
		CHECK_EQ(helper_try(&bo, SB_HELPER_EVICT, 0), EIO);
		/* A scan may ask several times. */
		for (int i = 1; i < 10; i++) {
			char rule[32];

			snprintf(rule, sizeof(rule), "DETACH %d 12", i);
			helper_fault(fd, "fail", rule);
		}
		helper_scan(fd, 1);
		CHECK_CMP(helper_state(&bo).evict_calls, >, 1);
		CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 1,
			    .madv = madv, .lru = SB_HELPER_LRU_EVICTABLE);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
		helper_verify(&bo, SB_HELPER_DEVICE, 1);
		device_write("faults", "clear\n");
		helper_scan(fd, 1);
		if (madv)
			CHECK_PURGED(&bo);
		else
			CHECK_EVICTED(&bo);
		helper_bo_close(&bo);
	}
}

TEST(attach_fails, .name = "helper/attach-fails", HELPER,
     .about = "a BO that the device refuses keeps its pages and can be "
	      "attached later")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_fault(fd, "fail", "ATTACH 1");
	CHECK_EQ(helper_try(&bo, SB_HELPER_ATTACH, 0), EIO);
	CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES, .uses = 1,
		    .lru = SB_HELPER_LRU_EVICTABLE);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	helper_do(&bo, SB_HELPER_ATTACH);
	helper_fill(&bo, SB_HELPER_DEVICE, 1);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	CHECK_EVICTABLE(&bo);
}

TEST(kept, .name = "helper/device-keeps", HELPER_EVICTS,
     .about = "a BO that is not evicted keeps its pages and content at the "
	      "device during scans")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo kept =
		helper_bo_used(fd, PAGES, SB_HELPER_PURGE_ONLY, 1);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 2));
	char file[32], *before, *after;

	snprintf(file, sizeof(file), "bos/%u", kept.id);
	before = helper_device_file(fd, file);
	for (int i = 0; i < 3; i++) {
		unsigned long count = looks(&kept);

		helper_scan(fd, 1000);
		CHECK_EVICTED(&bo);
		helper_verify_content(&bo, 2);
		use(&bo);
		CHECK_EQ(looks(&kept), count + PAGES);
	}
	after = helper_device_file(fd, file);
	CHECK(before && after && !strcmp(before, after));
	free(before);
	free(after);
	CHECK_EVICTABLE(&kept);
	helper_bo_close(&kept);
}

/* Unbinds and binds device 1, which no other code of the test uses. */
#define DRIVER "/sys/bus/platform/drivers/" SB_HELPER_DRIVER

TEST(unbind, .name = "helper/unbind-busy", HELPER, .alone = true,
     .about = "unbinding a busy device ends its jobs and gives all pages back; "
	      "it works when bound again")
{
	int fd = helper_open(1);
	HELPER_DEVICE(other, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo idle =
		helper_bo_used(fd, PAGES, SB_HELPER_PURGE_ONLY, 2);
	char *leaks;

	helper_fault(fd, "hold", "JOB");
	helper_do_arg(&bo, SB_HELPER_JOB, 0);
	helper_do_arg(&idle, SB_HELPER_JOB, 3);
	helper_bo_close(&bo);
	file_write(DRIVER "/unbind", SB_HELPER_DRIVER ".1");
	leaks = device_read("leaks");
	CHECK(leaks && !*leaks);
	free(leaks);
	CHECK_SYS(close(fd));

	device_write("faults", "clear\n");
	file_write(DRIVER "/bind", SB_HELPER_DRIVER ".1");
	fd = helper_open(1);
	WAIT_UNTIL(!helper_info(fd).bos);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	bo = helper_bo_used(fd, PAGES, 0, 3);
	use(&bo);
	helper_verify(&bo, SB_HELPER_DEVICE, 3);
}
