// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own unit tests of code that the GPU drivers use. Each suite is started
 * through debugfs (lib/kunit/debugfs.c), and its KTAP output
 * (Documentation/dev-tools/ktap.rst) is parsed.
 *
 * On 6.12, a built-in suite has a directory in debugfs only after it has run at boot,
 * with only the cases that ran. KUNIT() makes it run at boot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/test.h"

#define ROOT "/sys/kernel/debug/kunit"

#define KUNIT(glob) "kunit.enable=1 kunit.filter_glob=" glob
/* The suites of managed resources, ranges and locks, in one guest. */
#define OTHER_SUITES KUNIT("drm_[me][amx]*")

/**
 * struct results - the result of a suite
 * @planned: cases in the plan of the suite
 * @ran: cases with a result, without skipped ones
 * @skipped: skipped cases
 */
struct results {
	unsigned int planned;
	unsigned int ran;
	unsigned int skipped;
};

/* Lines of the suite's cases are indented by four columns; parameters by more. */
static void read_case(const char *suite, const char *line,
		      struct results *results)
{
	unsigned int number;

	if (sscanf(line, "1..%u", &number) == 1)
		results->planned = number;
	else if (!strncmp(line, "not ok ", 7))
		FAIL("%s: %s", suite, line);
	else if (sscanf(line, "ok %u ", &number) != 1)
		return;
	else if (number != results->ran + results->skipped + 1)
		FAIL("%s: case %u expected: %s", suite,
		     results->ran + results->skipped + 1, line);
	else if (strstr(line, " # SKIP"))
		results->skipped++;
	else
		results->ran++;
}

static struct results read_results(const char *suite, char *text)
{
	struct results results = {};
	char *save, *line;
	bool ended = false;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t indent = strspn(line, " ");

		line += indent;
		if (indent == 4)
			read_case(suite, line, &results);
		else if (!strncmp(line, "not ok ", 7))
			FAIL("%s: %s", suite, line);
		else if (!indent && !strncmp(line, "ok 1 ", 5))
			ended = true;
	}
	if (!ended)
		FAIL("%s has not come to its end", suite);
	return results;
}

/* All cases of @suite must pass, and at least one must run. */
static void run_suite(const char *suite)
{
	struct results results;
	char path[128], *text;

	if (access(ROOT, F_OK))
		test_skip("this kernel has no " ROOT);
	snprintf(path, sizeof(path), ROOT "/%s/run", suite);
	if (access(path, F_OK))
		test_skip("boot with kunit.enable=1 kunit.filter_glob=%s",
			  suite);
	file_write(path, "1");
	snprintf(path, sizeof(path), ROOT "/%s/results", suite);
	text = file_read(path);
	results = read_results(suite, text);
	free(text);
	test_note("%s: %u of %u cases ran", suite, results.ran,
		  results.planned);
	CHECK_CMP(results.ran, >, 0);
	CHECK_EQ(results.ran + results.skipped, results.planned);
}

/*
 * The cases of 6.12 that work on a debug kernel. The others call helpers without
 * the reservation lock, and their device has no dma_parms.
 */
TEST(drm_gem_shmem_pages, .name = "kunit/drm-gem-shmem-pages",
     .about =
	     "the kernel's unit tests of shmem objects and their pages succeed",
     .kernel_args =
	     KUNIT("drm_gem_shmem.*test_[ogp][bei][jtn]_*") " dma_debug=off")
{
	run_suite("drm_gem_shmem");
}

/* All cases; a suite that does not take the lock would cause a report at boot. */
TEST(drm_gem_shmem, .name = "kunit/drm-gem-shmem",
     .about = "the kernel's unit tests of the GEM shmem helper succeed",
     .kernel_args = KUNIT("drm_gem_shmem"), .boot_needs = "kunit-shmem-locked")
{
	run_suite("drm_gem_shmem");
}

TEST(drm_managed, .name = "kunit/drm-managed",
     .about = "the kernel's unit tests of managed resources succeed",
     .kernel_args = OTHER_SUITES)
{
	run_suite("drm_managed");
}

TEST(drm_mm, .name = "kunit/drm-mm",
     .about = "the kernel's unit tests of the range allocator succeed",
     .kernel_args = OTHER_SUITES)
{
	run_suite("drm_mm");
}

TEST(drm_exec, .name = "kunit/drm-exec",
     .about = "the kernel's unit tests of locking many objects succeed",
     .kernel_args = OTHER_SUITES)
{
	run_suite("drm_exec");
}

TEST(drm_framebuffer, .name = "kunit/drm-framebuffer",
     .about = "the kernel's unit tests of framebuffers succeed",
     .kernel_args = KUNIT("drm_framebuffer"), .boot_needs = "kunit-framebuffer")
{
	run_suite("drm_framebuffer");
}
