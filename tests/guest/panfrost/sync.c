// SPDX-License-Identifier: GPL-2.0-or-later
/* SYNC_BO flushes the CPU's caches of a BO that the CPU maps with caches; 7.3 has it. */
#include <errno.h>
#include <stdint.h>

#include "lib/caps.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-ioctls.h"
#include "lib/panfrost-shrink.h"
#include "lib/stamp.h"
#include "lib/test.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)
#define SYNC .needs = "panfrost-sync-bo"

static int sync_bos(int fd, const struct pan_sync_op *ops, uint32_t count)
{
	struct pan_sync_bo sync = {
		.ops = (uintptr_t)ops,
		.op_count = count,
	};

	return drm_ioctl(fd, PAN_IOCTL_SYNC_BO, &sync);
}

static int sync_bo(const struct pan_bo *bo, uint32_t type, uint32_t offset,
		   uint32_t size)
{
	struct pan_sync_op op = {bo->handle, type, offset, size};

	return sync_bos(bo->fd, &op, 1);
}

/* The GPU finds the stamps of BO 1 in all pages. */
static void check_gpu(const struct pan_bo *bo, uint32_t generation)
{
	PAN_BO(out, pan_bo_mapped(bo->fd, PAGE, PANFROST_BO_NOEXEC));
	struct chain chain = chain_new(bo->fd);

	chain_use(&chain, bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo->va, bo->size, 1, generation);
	chain_run(&chain);
	CHECK_EQ(*(uint64_t *)out.map, PAGES);
	chain_free(&chain);
}

TEST(ranges, .name = "panfrost/sync", SYNC,
     .about = "any range of a BO is synchronized, whether the CPU has caches "
	      "for it or not, and keeps its content")
{
	static const struct {
		uint32_t offset, size;
	} ranges[] = {
		{0, SIZE},     {0, 0},	      {SIZE, 0},
		{1, 1},	       {PAGE - 1, 2}, {3 * PAGE + 100, 5 * PAGE},
		{SIZE - 1, 1},
	};
	PAN(fd);
	PAN_BO(cached, pan_bo_mapped(fd, SIZE, PAN_BO_WB_MMAP));
	PAN_BO(plain, pan_bo_mapped(fd, SIZE, 0));

	for (uint32_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		for (uint32_t type = PAN_SYNC_FLUSH;
		     type <= PAN_SYNC_FLUSH_AND_INVALIDATE; type++) {
			struct pan_sync_op ops[] = {
				{cached.handle, type, ranges[i].offset,
				 ranges[i].size},
				{plain.handle, type, ranges[i].offset,
				 ranges[i].size},
			};

			stamp_fill(cached.map, SIZE, 1, 2 * i + type);
			stamp_fill(plain.map, SIZE, 1, 2 * i + type);
			CHECK_SYS(sync_bos(fd, ops, 2));
			check_gpu(&cached, 2 * i + type);
			check_gpu(&plain, 2 * i + type);
		}
	CHECK_SYS(sync_bos(fd, NULL, 0));
}

TEST(errors, .name = "panfrost/sync-errors", SYNC,
     .about = "a range beyond the BO, an unknown operation, a heap, an import "
	      "and a bad handle are refused")
{
	PAN(fd);
	PAN(other);
	PAN_BO(bo, pan_bo_mapped(fd, SIZE, PAN_BO_WB_MMAP));
	PAN_BO(heap,
	       pan_bo(fd, 2 * MIB, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC));
	FD(dmabuf, dmabuf_from_udmabuf(SIZE));
	PAN_BO(import, pan_bo_import(other, dmabuf));
	struct pan_bo none = {.fd = fd, .handle = 1000};
	struct pan_sync_bo padded = {.pad = 1};

	CHECK_ERRNO(sync_bo(&bo, PAN_SYNC_FLUSH, 1, SIZE), EINVAL);
	CHECK_ERRNO(sync_bo(&bo, PAN_SYNC_FLUSH, SIZE + 1, 0), EINVAL);
	CHECK_ERRNO(sync_bo(&bo, PAN_SYNC_FLUSH, PAGE, UINT32_MAX), EINVAL);
	CHECK_ERRNO(sync_bo(&bo, 2, 0, PAGE), EINVAL);
	/* Without the series, it gets a table beside those of its parts. */
	if (caps_has("panfrost-shrinker"))
		CHECK_ERRNO(sync_bo(&heap, PAN_SYNC_FLUSH, 0, PAGE), EINVAL);
	CHECK_ERRNO(sync_bo(&import, PAN_SYNC_FLUSH, 0, PAGE), EINVAL);
	CHECK_ERRNO(sync_bo(&none, PAN_SYNC_FLUSH, 0, PAGE), ENOENT);
	CHECK_ERRNO(drm_ioctl(fd, PAN_IOCTL_SYNC_BO, &padded), EINVAL);
	CHECK_ERRNO(sync_bos(fd, (void *)1, 1), EFAULT);
	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK_SYS(sync_bo(&bo, PAN_SYNC_FLUSH, 0, SIZE));
	check_gpu(&bo, 1);
}

TEST(purged, .name = "panfrost/sync-purged",
     .needs = "panfrost-sync-bo panfrost-shrinker",
     .about = "a BO that is not needed is synchronized, and can be purged "
	      "afterwards; one that was purged is refused")
{
	struct pan_bo bo;
	PAN(fd);

	shrink_settle();
	bo = pan_bo_mapped(fd, SIZE, PAN_BO_WB_MMAP);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_SYS(sync_bo(&bo, PAN_SYNC_FLUSH, 0, SIZE));
	shrink_all(0);
	CHECK_EQ(sync_bo(&bo, PAN_SYNC_FLUSH, 0, SIZE), -1);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	pan_bo_free(&bo);
}
