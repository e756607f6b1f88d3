// SPDX-License-Identifier: GPL-2.0-or-later
/* What DRM_IOCTL_PANFROST_MADVISE guarantees, and to which users of a BO. */
#include <errno.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"

TEST(madvise_retained, .name = "panfrost/madvise-retained",
     .about = "a BO is retained until it is purged, and never afterwards")
{
	PAN(fd);
	struct pan_bo bo;

	shrink_settle();
	bo = pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_scan(4);
	for (int i = 0; i < 3; i++) {
		CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
		CHECK(!pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	}
	/* A purged BO does not count as reclaimable. */
	CHECK_EQ(shrink_count(), 0);
}

TEST(madvise_back, .name = "panfrost/madvise-willneed-again",
     .about = "content that was not purged while it was not needed is intact")
{
	PAN(fd);
	struct pan_bo bo, out;
	struct chain chain;

	shrink_settle();
	bo = pan_bo_mapped(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, bo.size, 4, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), 64);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_EQ(shrink_count(), shrink_pages(64, 0));
	mem_drop_caches();
	stamp_verify(bo.map, bo.size, 4, 1);
	out = pan_bo_mapped(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	chain_run(&chain);
	stamp_verify(out.map, out.size, 4, 1);
}

TEST(madvise_errors, .name = "panfrost/madvise-errors",
     .about = "a BO that another file sees, too, cannot be given up by one")
{
	PAN(fd);
	PAN(other);
	PAN_BO(bo, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	int dmabuf = drm_export(fd, bo.handle);
	PAN_BO(theirs, pan_bo_import(other, dmabuf));
	struct drm_panfrost_madvise madvise = {
		.handle = bo.handle,
		.madv = PANFROST_MADV_DONTNEED,
	};

	stamp_fill(bo.map, bo.size, 4, 2);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE, &madvise),
		    EINVAL);
	madvise.handle = theirs.handle;
	CHECK_ERRNO(drm_ioctl(other, DRM_IOCTL_PANFROST_MADVISE, &madvise),
		    EINVAL);
	mem_drop_caches();
	stamp_verify(bo.map, bo.size, 4, 2);

	/* Once the file is the only user, it can give the BO up. */
	pan_bo_free(&theirs);
	close(dmabuf);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));

	madvise.handle = 12345;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE, &madvise),
		    ENOENT);
}

TEST(errors_keep, .name = "panfrost/errors-keep",
     .about = "a BO is as it was after ioctls that name it have been refused, "
	      "many times and for any reason")
{
	enum { ROUNDS = 20 };
	PAN(fd);
	PAN(other);
	struct pan_bo bo, heap, theirs;
	size_t before;
	int dmabuf;

	shrink_settle();
	before = mem_info("Shmem");
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	heap = pan_bo(fd, 2 * MIB, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, bo.size, 1, 1);
	dmabuf = drm_export(fd, bo.handle);
	theirs = pan_bo_import(other, dmabuf);
	for (int i = 0; i < ROUNDS; i++) {
		struct drm_panfrost_madvise madvise = {
			.handle = bo.handle,
			.madv = PANFROST_MADV_DONTNEED,
		};
		struct drm_panfrost_mmap_bo mmap_bo = {
			.handle = bo.handle,
			.flags = 1,
		};
		struct drm_panfrost_mmap_bo mmap_heap = {
			.handle = heap.handle,
		};
		struct drm_panfrost_wait_bo wait = {
			.handle = bo.handle,
			.pad = 1,
		};
		uint32_t handles[] = {bo.handle, heap.handle, 12345};
		struct drm_panfrost_submit submit = {
			.jc = bo.va,
			.bo_handles = (uintptr_t)handles,
			.bo_handle_count = 3,
		};

		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE, &madvise),
			    EINVAL);
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo),
			    EINVAL);
		CHECK_ERRNO(
			drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_heap),
			EINVAL);
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait),
			    EINVAL);
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &submit),
			    ENOENT);
	}
	pan_bo_free(&theirs);
	close(dmabuf);
	CHECK_EQ(pan_bo_try_wait(&bo, 0), 0);
	mem_drop_caches();
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK(pan_madvise(&heap, PANFROST_MADV_WILLNEED));
	stamp_verify(bo.map, bo.size, 1, 1);
	CHECK_CMP(mem_info("Shmem"), >, before);
	pan_bo_free(&bo);
	pan_bo_free(&heap);
	WAIT_UNTIL(mem_info("Shmem") <= before);
	CHECK_EQ(shrink_count(), 0);
}

TEST(madvise_odd, .name = "panfrost/madvise-odd",
     .about = "advice that does not exist is refused, and does nothing",
     .needs = "panfrost-shrinker")
{
	static const uint32_t odd[] = {2, 3, 0x7fffffff, 0x80000000, -1u};
	PAN(fd);
	struct pan_bo bo;

	shrink_settle();
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, bo.size, 1, 1);
	for (int not_needed = 0; not_needed < 2; not_needed++) {
		CHECK(pan_madvise(&bo, not_needed ? PANFROST_MADV_DONTNEED
						  : PANFROST_MADV_WILLNEED));
		for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
			struct drm_panfrost_madvise madvise = {
				.handle = bo.handle,
				.madv = odd[i],
			};

			CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE,
					      &madvise),
				    EINVAL);
		}
		CHECK_EQ(shrink_count(), 16);
		stamp_verify(bo.map, bo.size, 1, 1);
		shrink_scan(100000);
	}
	/* The earlier advice is still in force. */
	CHECK_EQ(shrink_count(), 0);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
}
