// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panfrost when memory runs out half-way through creating files, BOs of each kind,
 * or performance counters. A call that fails must leave nothing behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/fail-nth.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define PAGES 4
#define SIZE (PAGES * PAGE)
#define HEAP (PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
/* Number of page tables that a page of a new file needs. */
#define TABLES 3
#define DUMP_WORDS (7 * 64)

/**
 * struct scene - the state that the calls work on
 * @fd: a file, new for each call, without page tables yet
 * @path: to open the device
 * @bo: of a call
 * @holes: number of BOs that were not completely mapped for the GPU
 * @enable: the counters
 */
struct scene {
	int fd;
	char path[32];
	struct pan_bo bo;
	unsigned int holes;
	bool enable;
};

static void new_file(void *arg)
{
	struct scene *scene = arg;

	scene->fd = pan_open();
}

static void nothing_made(void *arg)
{
	(void)arg;
	CHECK_EQ(shrink_count(), 0);
}

static int create(struct scene *scene, size_t size, uint32_t flags)
{
	struct drm_panfrost_create_bo create = {.size = size, .flags = flags};
	int err =
		inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_CREATE_BO, &create);

	if (!err)
		scene->bo = (struct pan_bo){
			.fd = scene->fd,
			.handle = create.handle,
			.va = create.offset,
			.size = size,
		};
	return err;
}

static int plain_bo(void *arg)
{
	return create(arg, SIZE, PANFROST_BO_NOEXEC);
}

static int code_bo(void *arg)
{
	return create(arg, SIZE, 0);
}

static int heap_bo(void *arg)
{
	return create(arg, 2 * MIB, HEAP);
}

static void end_file(struct scene *scene)
{
	CHECK_SYS(close(scene->fd));
	shrink_settle();
}

/*
 * The BO is completely mapped for the GPU, except where the driver has ignored that
 * it could not allocate a page table (tests/KERNEL-BUGS.md, 5).
 */
static void end_made(void *arg)
{
	struct scene *scene = arg;
	struct chain chain = chain_null(scene->fd);
	size_t mapped = device_pages(&chain, scene->bo.va, SIZE, NULL);

	scene->holes += mapped < PAGES;
	/* The number varies, since slab caches may have free objects left. */
	CHECK_CMP(scene->holes, <=, 2 * TABLES);
	CHECK_EQ(shrink_count(), shrink_pages(PAGES + CHAIN_PAGES, 0));
	pan_bo_map(&scene->bo);
	for (size_t i = 0; i < SIZE; i++)
		CHECK_EQ(((char *)scene->bo.map)[i], 0);
	stamp_fill(scene->bo.map, SIZE, 1, 1);
	if (mapped == PAGES) {
		chain_use(&chain, &scene->bo);
		chain_run(&chain);
	}
	stamp_verify(scene->bo.map, SIZE, 1, 1);
	pan_bo_free(&scene->bo);
	chain_free(&chain);
	end_file(scene);
}

/* The heap grows where the GPU writes. */
static void end_heap(void *arg)
{
	struct scene *scene = arg;
	struct chain chain = chain_new(scene->fd);

	chain_use(&chain, &scene->bo);
	chain_write(&chain, scene->bo.va, WRITE_IMMEDIATE_64, 1);
	chain_run(&chain);
	pan_bo_free(&scene->bo);
	chain_free(&chain);
	end_file(scene);
}

static int open_file(void *arg)
{
	struct scene *scene = arg;
	int fd = open(scene->path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return errno;
	scene->fd = fd;
	return 0;
}

static void end_opened(void *arg)
{
	struct scene *scene = arg;
	struct chain chain = chain_null(scene->fd);

	chain_run(&chain);
	chain_free(&chain);
	end_file(scene);
}

static void used_file(void *arg)
{
	struct scene *scene = arg;
	struct chain chain;

	new_file(arg);
	chain = chain_null(scene->fd);
	chain_run(&chain);
	pan_bo_unmap(&chain.bo);
}

static int close_file(void *arg)
{
	CHECK_SYS(close(((struct scene *)arg)->fd));
	return 0;
}

static void end_closed(void *arg)
{
	(void)arg;
	shrink_settle();
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		__VA_ARGS__                                                    \
	}
/* Without memory for the tables of handles or addresses, the error is ENOSPC. */
#define MAKES .refused = nothing_made, .refusable = true, .also = ENOSPC

/* The driver warns later about page tables that it could not allocate. */
#define KNOWN_MAP                                                              \
	"panfrost_mmu_map WARN_ON(IS_ERR(sgt)); "                              \
	"panfrost_mmu_unmap WARN_ON(unmapped_page != pgsize * pgcount); "      \
	"__arm_lpae_unmap WARN_ON(!pte)"

TEST(create_bo, .name = "panfrost/fail-nth-create",
     .needs = INJECT_NEEDS " panfrost-map-keeps", .known = KNOWN_MAP,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a BO's creation fails, nothing is left "
	      "of it, and the next one works")
{
	static const struct inject_call calls[] = {
		CALL("data", new_file, plain_bo, end_made, MAKES),
		CALL("code", new_file, code_bo, end_made, MAKES),
		CALL("heap", new_file, heap_bo, end_heap, MAKES),
	};

	inject_begin();
	device_keep_awake(true);
	shrink_settle();
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		inject_each(&calls[i], 1, &(struct scene){0});
	device_keep_awake(false);
}

TEST(file, .name = "panfrost/fail-nth-file", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails while a file is opened or closed, "
	      "the file works, or there is none")
{
	static const struct inject_call calls[] = {
		/* Without memory for a page table, the error is EINVAL. */
		CALL("open", NULL, open_file, end_opened, .refusable = true,
		     .also = EINVAL),
		CALL("close", used_file, close_file, end_closed),
	};
	struct scene scene = {0};
	PAN(first);

	inject_begin();
	shrink_settle();
	snprintf(scene.path, sizeof(scene.path), "/proc/self/fd/%d", first);
	INJECT_EACH(calls, &scene);
}

static int enable(void *arg)
{
	struct scene *scene = arg;
	struct drm_panfrost_perfcnt_enable set = {.enable = scene->enable};

	return inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_PERFCNT_ENABLE, &set);
}

static int dump(void *arg)
{
	static uint32_t words[DUMP_WORDS];
	struct scene *scene = arg;
	struct drm_panfrost_perfcnt_dump get = {.buf_ptr = (uintptr_t)words};
	int err;

	memset(words, 0xa5, sizeof(words));
	err = inject_ioctl(scene->fd, DRM_IOCTL_PANFROST_PERFCNT_DUMP, &get);
	/* All of it, or nothing. */
	for (unsigned int i = 0; i < DUMP_WORDS; i++)
		CHECK_EQ(words[i] == 0xa5a5a5a5, err != 0);
	return err;
}

static void disabled(void *arg)
{
	struct scene *scene = arg;
	struct pan_bo first;

	scene->enable = true;
	new_file(arg);
	/* Gives the file its page tables: see end_made(). */
	first = pan_bo(scene->fd, MIB, PANFROST_BO_NOEXEC);
	pan_bo_free(&first);
}

static void enabled(void *arg)
{
	disabled(arg);
	CHECK_EQ(enable(arg), 0);
	((struct scene *)arg)->enable = false;
}

/* The file has the counters: it can dump them, and then disable them. */
static void end_enabled(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(dump(arg), 0);
	CHECK_EQ(shrink_count(), 0);
	scene->enable = false;
	CHECK_EQ(enable(arg), 0);
	end_file(scene);
}

static void end_dumped(void *arg)
{
	CHECK_EQ(enable(arg), 0);
	end_file(arg);
}

static void end_disabled(void *arg)
{
	CHECK_EQ(dump(arg), EINVAL);
	end_file(arg);
}

TEST(perfcnt, .name = "panfrost/fail-nth-perfcnt", .needs = INJECT_NEEDS,
     .known = "panfrost_mmu_map WARN_ON(IS_ERR(sgt))",
     .seconds = INJECT_SECONDS, .kernel_args = "panfrost.unstable_ioctls=1",
     .about = "whichever allocation of a call on the performance counters "
	      "fails, "
	      "they are as they were, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("enable", disabled, enable, end_enabled, MAKES),
		CALL("dump", enabled, dump, end_dumped),
		CALL("disable", enabled, enable, end_disabled),
	};
	struct scene scene = {0};

	inject_begin();
	shrink_settle();
	INJECT_EACH(calls, &scene);
}
