// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs as the device sees them: it has the pages of those that are attached, all
 * of them and no others, finds the content there, and says itself when it is
 * done.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stub.h"

#define PAGES 8

/* Does a file of the device say so? */
static bool has_text(int fd, const char *file, const char *part)
{
	char *text = stub_device_file(fd, file);
	bool has = text && strstr(text, part);

	free(text);
	return has;
}

/* It has as many BOs and pages, no more and no less. */
static bool has_bos(int fd, unsigned int bos, unsigned int pages)
{
	char want[64];

	snprintf(want, sizeof(want), "bos: %u\npages: %u\n", bos, pages);
	return has_text(fd, "status", want);
}

/* How often the device has looked at a stamp of the BO. */
static unsigned long looks(const struct stub_bo *bo)
{
	char *text = device_read("stamps"), *line, *checked;
	char begin[64];
	unsigned long count;

	snprintf(begin, sizeof(begin), "stub.%u resource %u bo ",
		 stub_info(bo->fd).index, bo->id);
	CHECK(text);
	line = strstr(text, begin);
	CHECK(line);
	checked = strstr(line, " checked ");
	CHECK(checked);
	count = strtoul(checked + strlen(" checked "), NULL, 10);
	free(text);
	return count;
}

/* Have the device use it, and wait until it has. */
static void use(const struct stub_bo *bo)
{
	stub_do_arg(bo, SB_STUB_JOB, 1);
	WAIT_UNTIL(!stub_is_busy(bo));
}

TEST(content, .name = "stub/device-content", STUB_EVICTS,
     .about = "each time a BO comes back its pages at the device have its "
	      "content, and in between the device has none")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 5);
	struct stub_bo other = stub_bo_used(fd, 2 * PAGES, 0, 6);

	for (unsigned int i = 0; i < 10; i++) {
		unsigned long before = looks(&bo);

		CHECK(has_bos(fd, 2, 3 * PAGES));
		use(&bo);
		CHECK_EQ(looks(&bo), before + PAGES);
		stub_do(&bo, SB_STUB_EVICT);
		/* It has looked before it gave the pages back. */
		CHECK_EQ(looks(&bo), before + 2 * PAGES);
		CHECK_EVICTED(&bo);
		CHECK(has_bos(fd, 1, 2 * PAGES));
		CHECK_EQ(stub_try(&bo, SB_STUB_JOB, 1), ENXIO);
		stub_do(&bo, SB_STUB_SWAPIN);
		CHECK(has_bos(fd, 1, 2 * PAGES));
		stub_verify_content(&bo, 5);
		CHECK_EQ(looks(&bo), before + 3 * PAGES);
	}
	stub_verify(&other, SB_STUB_DEVICE, 6);
	stub_bo_close(&bo);
	stub_bo_close(&other);
	WAIT_UNTIL(has_bos(fd, 0, 0));
}

/* The device itself refuses, and says that nobody may ask for it. */
static void check_refused(const struct stub_bo *bo)
{
	const uint32_t flags[] = {SB_STUB_DEVICE | SB_STUB_BLIND,
				  SB_STUB_DEVICE | SB_STUB_BLIND |
					  SB_STUB_WRITE};

	for (unsigned int i = 0; i < 2; i++) {
		char want[64], bytes[16] = "untouched", *text;

		CHECK_EQ(stub_try_access(bo, SB_STUB_DEVICE, 0, bytes, 1),
			 ENXIO);
		CHECK_EQ(stub_try_access(bo, flags[i], 0, bytes, sizeof(bytes)),
			 ENXIO);
		CHECK(!strcmp(bytes, "untouched"));
		snprintf(want, sizeof(want), " of BO %u: it is not attached",
			 bo->id);
		text = device_read("violations");
		CHECK(text && strstr(text, want));
		CHECK(strchr(text, '\n') == text + strlen(text) - 1);
		free(text);
		device_write("violations", "clear\n");
	}
}

TEST(purged, .name = "stub/device-purged", STUB_EVICTS,
     .about = "of a BO that is purged or evicted the device has nothing that "
	      "it could read or write")
{
	int fd = stub_open(0);
	struct stub_bo purged = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo kept = stub_bo_used(fd, PAGES, SB_STUB_PURGE_ONLY, 2);
	struct stub_bo evicted = stub_bo_used(fd, PAGES, 0, 3);

	CHECK(stub_madvise(&purged, 1));
	CHECK(stub_madvise(&kept, 1));
	stub_scan(fd, 2 * PAGES);
	CHECK_PURGED(&purged);
	CHECK_PURGED(&kept);
	stub_do(&evicted, SB_STUB_EVICT);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	check_refused(&purged);
	check_refused(&kept);
	check_refused(&evicted);
	CHECK_EQ(stub_try(&purged, SB_STUB_JOB, 1), ENXIO);
	stub_verify_purged(&purged);
	stub_verify_content(&evicted, 3);
	stub_bo_close(&purged);
	stub_bo_close(&kept);
	stub_bo_close(&evicted);
}

TEST(job, .name = "stub/job", STUB_EVICTS,
     .about = "a BO that the device uses, for whatever, is neither evicted nor "
	      "purged until the device is done")
{
	int fd = stub_open(0);

	for (uint64_t usage = 0; usage < 4; usage++) {
		for (uint32_t madv = 0; madv < 2; madv++) {
			struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

			test_note("usage %d, advice %u", (int)usage, madv);
			stub_fault(fd, "hold", "JOB");
			stub_do_arg(&bo, SB_STUB_JOB, usage);
			CHECK(stub_madvise(&bo, madv));
			stub_check_stays(&bo, madv);
			stub_fault(fd, "release", "JOB");
			WAIT_UNTIL(!stub_is_busy(&bo));
			stub_scan(fd, 1);
			if (madv)
				CHECK_PURGED(&bo);
			else
				CHECK_EVICTED(&bo);
			stub_bo_close(&bo);
		}
	}
	WAIT_UNTIL(!stub_info(fd).bos);
}

TEST(job_untold, .name = "stub/job-untold", STUB_EVICTS,
     .about =
	     "what counts is what the driver knows: a BO whose job's interrupt "
	     "was lost stays until another one comes")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo other = stub_bo_used(fd, PAGES, 0, 2);

	stub_fault(fd, "lose-irq", "1");
	stub_do_arg(&bo, SB_STUB_JOB, 0);
	WAIT_UNTIL(has_text(fd, "jobs", " ended"));
	stub_scan(fd, 1);
	CHECK_EVICTED(&other);
	CHECK(stub_is_busy(&bo));
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_verify_content(&other, 2);
	use(&other);
	CHECK(!stub_is_busy(&bo));
	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
	stub_bo_close(&other);
}

TEST(job_closed, .name = "stub/job-closed", STUB,
     .about = "a BO whose last handle goes while the device uses it stays with "
	      "all its pages until the device is done")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo other = stub_bo_used(fd, PAGES, SB_STUB_PURGE_ONLY, 2);
	unsigned long before = looks(&bo);

	stub_fault(fd, "hold", "JOB");
	stub_do_arg(&bo, SB_STUB_JOB, 3);
	stub_do_arg(&bo, SB_STUB_JOB, 3);
	stub_bo_close(&bo);
	mem_drop_caches();
	CHECK_EQ(stub_info(fd).bos, 2);
	CHECK(has_bos(fd, 2, 2 * PAGES));
	stub_fault(fd, "release", "JOB");
	WAIT_UNTIL(stub_info(fd).bos == 1);
	CHECK(has_bos(fd, 1, PAGES));
	/* By each of the jobs, and when it was given back. */
	CHECK_EQ(looks(&bo), before + 3 * PAGES);
	stub_bo_close(&other);
	WAIT_UNTIL(has_bos(fd, 0, 0));
}

TEST(job_fails, .name = "stub/job-fails", STUB,
     .about = "a job that fails leaves its BO idle and whole")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_fault(fd, "fail", "JOB 1 5");
	use(&bo);
	CHECK_EVICTABLE(&bo);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_bo_close(&bo);
	WAIT_UNTIL(!stub_info(fd).bos);
}

TEST(detach_fails, .name = "stub/detach-fails", STUB_EVICTS,
     .about = "what the device does not give back is neither evicted nor "
	      "purged, and nothing of it is lost")
{
	int fd = stub_open(0);

	for (uint32_t madv = 0; madv < 2; madv++) {
		struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

		CHECK(stub_madvise(&bo, madv));
		stub_fault(fd, "fail", "DETACH 1");
		CHECK_EQ(stub_try(&bo, SB_STUB_EVICT, 0), EIO);
		/* A scan may ask more than once. */
		for (int i = 1; i < 10; i++) {
			char rule[32];

			snprintf(rule, sizeof(rule), "DETACH %d 12", i);
			stub_fault(fd, "fail", rule);
		}
		stub_scan(fd, 1);
		CHECK_CMP(stub_state(&bo).evict_calls, >, 1);
		CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 1, .madv = madv,
			    .lru = SB_STUB_LRU_EVICTABLE);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
		stub_verify(&bo, SB_STUB_DEVICE, 1);
		device_write("faults", "clear\n");
		stub_scan(fd, 1);
		if (madv)
			CHECK_PURGED(&bo);
		else
			CHECK_EVICTED(&bo);
		stub_bo_close(&bo);
	}
}

TEST(attach_fails, .name = "stub/attach-fails", STUB,
     .about = "what the device does not take has its pages all the same, and "
	      "can be attached later")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_fault(fd, "fail", "ATTACH 1");
	CHECK_EQ(stub_try(&bo, SB_STUB_ATTACH, 0), EIO);
	CHECK_STATE(&bo, .flags = STUB_HAS_PAGES, .uses = 1,
		    .lru = SB_STUB_LRU_EVICTABLE);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	stub_do(&bo, SB_STUB_ATTACH);
	stub_fill(&bo, SB_STUB_DEVICE, 1);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	CHECK_EVICTABLE(&bo);
	stub_bo_close(&bo);
}

TEST(kept, .name = "stub/device-keeps", STUB_EVICTS,
     .about = "a BO that is not evicted keeps its pages and their content at "
	      "the device, whatever is scanned and whoever uses it")
{
	int fd = stub_open(0);
	struct stub_bo kept = stub_bo_used(fd, PAGES, SB_STUB_PURGE_ONLY, 1);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 2);
	char file[32], *before, *after;

	snprintf(file, sizeof(file), "bos/%u", kept.id);
	before = stub_device_file(fd, file);
	for (int i = 0; i < 3; i++) {
		unsigned long count = looks(&kept);

		stub_scan(fd, 1000);
		CHECK_EVICTED(&bo);
		stub_verify_content(&bo, 2);
		use(&bo);
		CHECK_EQ(looks(&kept), count + PAGES);
	}
	after = stub_device_file(fd, file);
	CHECK(before && after && !strcmp(before, after));
	free(before);
	free(after);
	CHECK_EVICTABLE(&kept);
	stub_bo_close(&kept);
	stub_bo_close(&bo);
}

/* Unbinds and binds device 1, on which nothing else relies. */
#define DRIVER "/sys/bus/platform/drivers/" SB_STUB_DRIVER

TEST(unbind, .name = "stub/unbind-busy", STUB, .alone = true,
     .about = "a device that goes while it is used ends its jobs and gives all "
	      "pages back, and works when it is back")
{
	int fd = stub_open(1), other = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);
	struct stub_bo idle = stub_bo_used(fd, PAGES, SB_STUB_PURGE_ONLY, 2);
	char *leaks;

	stub_fault(fd, "hold", "JOB");
	stub_do_arg(&bo, SB_STUB_JOB, 0);
	stub_do_arg(&idle, SB_STUB_JOB, 3);
	stub_bo_close(&bo);
	file_write(DRIVER "/unbind", SB_STUB_DRIVER ".1");
	leaks = device_read("leaks");
	CHECK(leaks && !*leaks);
	free(leaks);
	CHECK_SYS(close(fd));

	device_write("faults", "clear\n");
	file_write(DRIVER "/bind", SB_STUB_DRIVER ".1");
	fd = stub_open(1);
	WAIT_UNTIL(!stub_info(fd).bos);
	WAIT_UNTIL(has_bos(fd, 0, 0));
	bo = stub_bo_used(fd, PAGES, 0, 3);
	use(&bo);
	stub_verify(&bo, SB_STUB_DEVICE, 3);
	stub_bo_close(&bo);
	CHECK_SYS(close(other));
}
