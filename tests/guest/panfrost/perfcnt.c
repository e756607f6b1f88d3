// SPDX-License-Identifier: GPL-2.0-or-later
/* Performance counters: the driver's unstable ioctls. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

/* Blocks of 64 counters: JM, tiler, one L2, four shader cores. */
#define DUMP_BLOCKS 7
#define DUMP_WORDS (DUMP_BLOCKS * 64)

#define BOOT "panfrost.unstable_ioctls=1"
#define PARAMETER "/sys/module/panfrost/parameters/unstable_ioctls"

static int enable(int fd, bool on)
{
	struct drm_panfrost_perfcnt_enable args = {.enable = on};

	return drm_ioctl(fd, DRM_IOCTL_PANFROST_PERFCNT_ENABLE, &args);
}

static int dump(int fd, uint32_t *words)
{
	struct drm_panfrost_perfcnt_dump args = {
		.buf_ptr = (uintptr_t)words,
	};

	return drm_ioctl(fd, DRM_IOCTL_PANFROST_PERFCNT_DUMP, &args);
}

TEST(perfcnt_closed, .name = "panfrost/perfcnt-off",
     .about =
	     "the counters are refused unless the module parameter allows them",
     .kernel_args = BOOT)
{
	uint32_t words[DUMP_WORDS];
	PAN(fd);

	file_write(PARAMETER, "N");
	CHECK_ERRNO(enable(fd, true), ENOSYS);
	CHECK_ERRNO(dump(fd, words), ENOSYS);
	file_write(PARAMETER, "Y");
	CHECK_ERRNO(dump(fd, words), EINVAL);
}

TEST(perfcnt_dump, .name = "panfrost/perfcnt-dump",
     .about = "a dump holds what the GPU counted, and the next one counts on",
     .kernel_args = BOOT)
{
	static uint32_t words[DUMP_WORDS + 64], again[DUMP_WORDS];
	PAN(fd);
	CHAIN(chain, chain_new(fd));

	chain_job(&chain, JOB_VERTEX);
	CHECK_ERRNO(dump(fd, words), EINVAL);
	CHECK_SYS(enable(fd, true));
	CHECK_SYS(enable(fd, true));
	chain_run(&chain);
	memset(words, 0xa5, sizeof(words));
	CHECK_SYS(dump(fd, words));
	chain_run(&chain);
	CHECK_SYS(dump(fd, again));

	/* All of the dump was written, and nothing behind it. */
	for (unsigned int i = 0; i < DUMP_WORDS; i++)
		CHECK_CMP(words[i], !=, 0xa5a5a5a5);
	for (unsigned int i = DUMP_WORDS; i < DUMP_WORDS + 64; i++)
		CHECK_EQ(words[i], 0xa5a5a5a5);
	CHECK(memcmp(words, again, sizeof(again)));
	CHECK_SYS(enable(fd, false));
	CHECK_ERRNO(dump(fd, words), EINVAL);
}

TEST(perfcnt_listed, .name = "panfrost/perfcnt-listed",
     .about =
	     "the buffer of the counters is in debugfs' list of BOs while they "
	     "are enabled, if there is such a list",
     .kernel_args = BOOT)
{
	PAN(fd);
	glob_t found;
	char *list;

	if (glob("/sys/kernel/debug/dri/*/gems", 0, NULL, &found))
		test_skip("the driver has no list of BOs");
	CHECK_SYS(enable(fd, true));
	list = file_read(found.gl_pathv[0]);
	CHECK(strstr(list, "Perfcnt sample buffer"));
	free(list);
	CHECK_SYS(enable(fd, false));
	list = file_read(found.gl_pathv[0]);
	CHECK(!strstr(list, "Perfcnt sample buffer"));
	free(list);
	globfree(&found);
}

TEST(perfcnt_lost, .name = "panfrost/perfcnt-no-answer",
     .about =
	     "if the GPU does not say that the counters are cleared, they stay "
	     "off, and can be enabled later",
     .kernel_args = BOOT, .virtual_time = true)
{
	uint32_t words[DUMP_WORDS];
	PAN(fd);

	device_write("faults", "lose-irq panfrost 1 0");
	CHECK_ERRNO(enable(fd, true), ETIMEDOUT);
	CHECK_ERRNO(dump(fd, words), EINVAL);
	CHECK_SYS(enable(fd, true));
	CHECK_SYS(dump(fd, words));
	CHECK_SYS(enable(fd, false));
}

TEST(perfcnt_owner, .name = "panfrost/perfcnt-owner",
     .about = "one file at a time has the counters; closing it gives them up",
     .kernel_args = BOOT)
{
	static uint32_t words[DUMP_WORDS];
	int fd = pan_open();
	PAN(other);
	struct drm_panfrost_perfcnt_enable set = {
		.enable = 1,
		.counterset = 1,
	};

	/* Midgard has a single set of counters. */
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_PERFCNT_ENABLE, &set),
		    EINVAL);
	CHECK_SYS(enable(fd, true));
	CHECK_ERRNO(enable(other, true), EBUSY);
	CHECK_ERRNO(enable(other, false), EINVAL);
	CHECK_ERRNO(dump(other, words), EINVAL);
	CHECK_SYS(dump(fd, words));
	CHECK_ERRNO(dump(fd, (void *)8), EFAULT);
	close(fd);
	CHECK_SYS(enable(other, true));
	CHECK_SYS(dump(other, words));
}

TEST(perfcnt_kept, .name = "panfrost/perfcnt-kept",
     .about = "the BO of the performance counters, which the kernel has "
	      "mapped, is not reclaimed",
     .kernel_args = BOOT)
{
	static uint32_t words[DUMP_WORDS];
	PAN(fd);

	shrink_settle();
	CHECK_SYS(enable(fd, true));
	CHECK_EQ(shrink_count(), 0);
	for (int i = 0; i < 5; i++) {
		shrink_scan(100000);
		mem_drop_caches();
		memset(words, 0xa5, sizeof(words));
		CHECK_SYS(dump(fd, words));
		for (unsigned int w = 0; w < DUMP_WORDS; w++)
			CHECK_CMP(words[w], !=, 0xa5a5a5a5);
	}
	CHECK_EQ(shrink_count(), 0);
	CHECK_SYS(enable(fd, false));
	CHECK_EQ(shrink_count(), 0);
}
