// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs that are marked as not needed, exported, and closed, in every order. As long as
 * the dma-buf lives, the BO is on no list of the shrinker, and its content stays.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/panfrost.h"
#include "lib/panfrost-shrink.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/**
 * struct kind - the BOs of a driver
 * @open: opens a file
 * @create: creates a BO of SIZE bytes with the stamps of BO 1, which the shrinker
 *	counts; its handle
 * @madvise: advises @needed; is the content retained?
 * @count, @scan: the shrinker
 */
struct kind {
	int (*open)(void);
	uint32_t (*create)(int fd);
	bool (*madvise)(int fd, uint32_t handle, bool needed);
	unsigned long (*count)(int fd);
	void (*scan)(int fd, unsigned long pages);
};

enum step { ADVISE, EXPORT, CLOSE, STEPS };

static void check_kept(const struct kind *kind, int fd, const void *map)
{
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(kind->count(fd), 0);
		kind->scan(fd, 100000);
		mem_drop_caches();
		stamp_verify(map, SIZE, 1, 1);
	}
}

static void in_order(const struct kind *kind, const enum step order[STEPS])
{
	int fd = kind->open(), dmabuf = -1;
	uint32_t handle = kind->create(fd), again;
	void *map;

	test_note("order %d %d %d", order[0], order[1], order[2]);
	CHECK_EQ(kind->count(fd), PAGES);
	for (unsigned int i = 0; i < STEPS; i++)
		switch (order[i]) {
		case ADVISE:
			CHECK(kind->madvise(fd, handle, false));
			break;
		case EXPORT:
			dmabuf = drm_export(fd, handle);
			break;
		default:
			drm_gem_close(fd, handle);
		}
	map = dmabuf_mmap(dmabuf);
	check_kept(kind, fd, map);
	/* The mapping keeps the dma-buf. */
	CHECK_SYS(close(dmabuf));
	check_kept(kind, fd, map);
	CHECK_SYS(munmap(map, SIZE));
	WAIT_UNTIL(!kind->count(fd));

	/* As a BO of the file, it is purged once the dma-buf is gone, or never. */
	handle = kind->create(fd);
	CHECK(kind->madvise(fd, handle, false));
	dmabuf = drm_export(fd, handle);
	drm_gem_close(fd, handle);
	again = drm_import(fd, dmabuf);
	map = dmabuf_mmap(dmabuf);
	check_kept(kind, fd, map);
	CHECK_SYS(munmap(map, SIZE));
	CHECK(kind->madvise(fd, again, true));
	drm_gem_close(fd, again);
	CHECK_SYS(close(dmabuf));
	CHECK_SYS(close(fd));
}

static void in_each_order(const struct kind *kind)
{
	/* Only who has a handle can advise or export. */
	static const enum step orders[][STEPS] = {
		{ADVISE, EXPORT, CLOSE},
		{EXPORT, ADVISE, CLOSE},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		in_order(kind, orders[i]);
}

#define ABOUT                                                                  \
	"a BO that is not needed, exported and closed keeps its content and "  \
	"is not the shrinker's as long as the dma-buf lives"

static uint32_t virtio_create(int fd)
{
	struct bo bo = bo_used(fd, PAGES, 1);

	bo_unmap(&bo);
	res_forget(&bo);
	return bo.handle;
}

static bool virtio_madvise(int fd, uint32_t handle, bool needed)
{
	struct bo bo = {.fd = fd, .handle = handle};

	return bo_madvise(&bo, needed ? VIRTGPU_MADV_WILLNEED
				      : VIRTGPU_MADV_DONTNEED);
}

static unsigned long virtio_count(int fd)
{
	(void)fd;
	return gpu_count();
}

static void virtio_scan(int fd, unsigned long pages)
{
	(void)fd;
	gpu_scan(pages);
}

TEST(virtio, .name = "dmabuf/not-needed-virtio", EVICTS, .about = ABOUT)
{
	static const struct kind kind = {gpu_render, virtio_create,
					 virtio_madvise, virtio_count,
					 virtio_scan};

	in_each_order(&kind);
}

static uint32_t pan_create(int fd)
{
	struct pan_bo bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);

	stamp_fill(bo.map, SIZE, 1, 1);
	pan_bo_unmap(&bo);
	return bo.handle;
}

static bool pan_advise(int fd, uint32_t handle, bool needed)
{
	struct pan_bo bo = {.fd = fd, .handle = handle};

	return pan_madvise(&bo, needed ? PANFROST_MADV_WILLNEED
				       : PANFROST_MADV_DONTNEED);
}

static unsigned long pan_count(int fd)
{
	(void)fd;
	return shrink_count();
}

static void pan_scan(int fd, unsigned long pages)
{
	(void)fd;
	shrink_scan(pages);
}

TEST(panfrost, .name = "dmabuf/not-needed-panfrost",
     .needs = "panfrost-shrinker", .about = ABOUT)
{
	static const struct kind kind = {pan_open, pan_create, pan_advise,
					 pan_count, pan_scan};

	shrink_settle();
	in_each_order(&kind);
}

static int helper_open_first(void)
{
	return helper_open(0);
}

static uint32_t helper_create(int fd)
{
	struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);

	helper_forget_unused(&bo, "only the CPU looks at it");
	return bo.handle;
}

static bool helper_advise(int fd, uint32_t handle, bool needed)
{
	struct helper_bo bo = {.fd = fd, .handle = handle};

	return helper_madvise(&bo, !needed);
}

TEST(helper, .name = "dmabuf/not-needed-helper", HELPER_EVICTS, .about = ABOUT)
{
	static const struct kind kind = {helper_open_first, helper_create,
					 helper_advise, helper_count,
					 helper_scan};

	in_each_order(&kind);
}
