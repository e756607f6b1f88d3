// SPDX-License-Identifier: GPL-2.0-or-later
/* What DRM_IOCTL_PANFROST_MADVISE promises, and to whom. */
#include <errno.h>
#include <unistd.h>

#include "../drm.h"
#include "../mem.h"
#include "../stamp.h"
#include "../test.h"
#include "chain.h"
#include "shrink.h"

TEST(madvise_retained, .name = "panfrost/madvise-retained",
     .about = "a BO is retained until it is purged, and never afterwards")
{
	int fd = pan_open();
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
	/* Nor does it count as memory to be had. */
	CHECK_EQ(shrink_count(), 0);
	close(fd);
}

TEST(madvise_back, .name = "panfrost/madvise-willneed-again",
     .about = "content that was not purged while it was not needed is intact")
{
	int fd = pan_open();
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
	close(fd);
}

TEST(madvise_errors, .name = "panfrost/madvise-errors",
     .about = "a BO that another file sees, too, cannot be given up by one")
{
	int fd = pan_open(), other = pan_open();
	struct pan_bo bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
	int dmabuf = drm_export(fd, bo.handle);
	struct pan_bo theirs = pan_bo_import(other, dmabuf);
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

	/* Left alone with it, the file may. */
	pan_bo_free(&theirs);
	close(dmabuf);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));

	madvise.handle = 12345;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MADVISE, &madvise),
		    ENOENT);
	close(other);
	close(fd);
}
