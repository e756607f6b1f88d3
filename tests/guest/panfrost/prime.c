// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs shared as dma-bufs: between files, and with other drivers. */
#include <drm/drm.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"

/* Let the GPU copy @from to @to, both BOs of @fd. */
static void copy(int fd, const struct pan_bo *to, const struct pan_bo *from)
{
	CHAIN(chain, chain_new(fd));

	chain_use(&chain, to);
	chain_use(&chain, from);
	chain_copy(&chain, to->va, from->va, from->size);
	chain_run(&chain);
}

TEST(prime_self, .name = "panfrost/prime-two-files",
     .about = "two files share one BO, each at a GPU address of its own")
{
	int a = pan_open();
	PAN(b);
	struct pan_bo ours = pan_bo_mapped(a, 6 * PAGE, PANFROST_BO_NOEXEC);
	PAN_BO(filler, pan_bo(b, 9 * PAGE, PANFROST_BO_NOEXEC));
	int dmabuf = drm_export(a, ours.handle);
	PAN_BO(theirs, pan_bo_import(b, dmabuf));
	PAN_BO(out, pan_bo_mapped(b, 6 * PAGE, PANFROST_BO_NOEXEC));

	CHECK_EQ(theirs.size, ours.size);
	CHECK(theirs.va >= filler.va + filler.size ||
	      theirs.va + theirs.size <= filler.va);
	close(dmabuf);

	stamp_fill(ours.map, ours.size, 1, 1);
	pan_bo_map(&theirs);
	stamp_verify(theirs.map, theirs.size, 1, 1);
	copy(b, &out, &theirs);
	stamp_verify(out.map, out.size, 1, 1);

	/* The memory lives as long as any user of it. */
	pan_bo_unmap(&ours);
	close(a);
	stamp_verify(theirs.map, theirs.size, 1, 1);
	copy(b, &out, &theirs);
	stamp_verify(out.map, out.size, 1, 1);
}

TEST(prime_same_file, .name = "panfrost/prime-same-file",
     .about = "a BO that comes back to its file has the handle it had")
{
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, PAGE, PANFROST_BO_NOEXEC));
	uint32_t handle = bo.handle;
	int dmabuf = drm_export(fd, bo.handle), again;

	CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
	again = drm_export(fd, bo.handle);
	CHECK_EQ(drm_import(fd, again), bo.handle);
	close(again);
	close(dmabuf);
	pan_bo_free(&bo);

	struct drm_panfrost_get_bo_offset get = {.handle = handle};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &get),
		    ENOENT);
}

TEST(prime_export, .name = "panfrost/prime-export",
     .about = "the dma-buf's mapping shows what the GPU writes, and outlives "
	      "the file")
{
	int fd = pan_open();
	struct pan_bo from = pan_bo_mapped(fd, 6 * PAGE, PANFROST_BO_NOEXEC);
	struct pan_bo bo = pan_bo(fd, 6 * PAGE, PANFROST_BO_NOEXEC);
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	CHECK_EQ(dmabuf_size(dmabuf), 6 * PAGE);
	stamp_fill(from.map, from.size, 2, 2);
	copy(fd, &bo, &from);
	stamp_verify(map, bo.size, 2, 2);
	close(fd);
	stamp_verify(map, bo.size, 2, 2);
	close(dmabuf);
	stamp_verify(map, bo.size, 2, 2);
	CHECK_SYS(munmap(map, bo.size));
}

/* What must work with a dma-buf of another exporter. Closes @dmabuf. */
static void use_foreign(int dmabuf)
{
	int fd = pan_open();
	size_t size = dmabuf_size(dmabuf);
	void *map = dmabuf_mmap(dmabuf);
	struct pan_bo bo = pan_bo_import(fd, dmabuf);
	struct pan_bo local = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);

	/* The GPU reads it ... */
	stamp_fill(map, size, 3, 1);
	copy(fd, &local, &bo);
	stamp_verify(local.map, size, 3, 1);
	/* ... and writes it. */
	stamp_fill(local.map, size, 3, 2);
	copy(fd, &bo, &local);
	stamp_verify(map, size, 3, 2);

	/* It works without the importer, and without the dma-buf. */
	close(dmabuf);
	stamp_fill(map, size, 3, 3);
	copy(fd, &local, &bo);
	stamp_verify(local.map, size, 3, 3);
	close(fd);
	stamp_verify(map, size, 3, 3);
	CHECK_SYS(munmap(map, size));
}

TEST(prime_heap, .name = "panfrost/prime-import-heap",
     .about = "a buffer of the system dma-heap can be used by the GPU")
{
	use_foreign(dmabuf_from_heap(2 * MIB + 5 * PAGE));
}

TEST(prime_udmabuf, .name = "panfrost/prime-import-udmabuf",
     .about = "a udmabuf can be used by the GPU")
{
	use_foreign(dmabuf_from_udmabuf(33 * PAGE));
}

TEST(prime_vgem, .name = "panfrost/prime-import-vgem",
     .about = "a BO of vgem can be used by the GPU")
{
	int vgem = drm_try_open(DRM_VGEM, DRM_CARD);
	struct drm_mode_create_dumb dumb = {
		.width = 1024,
		.height = 17,
		.bpp = 32,
	};

	if (vgem < 0)
		test_skip("no vgem device");
	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &dumb));
	use_foreign(drm_export(vgem, dumb.handle));
	close(vgem);
}

TEST(prime_to_vgem, .name = "panfrost/prime-export-vgem",
     .about = "a BO can be given to vgem and back, and is the same BO then")
{
	int vgem = drm_try_open(DRM_VGEM, DRM_CARD);
	int fd = pan_open();

	if (vgem < 0)
		test_skip("no vgem device");

	struct pan_bo bo = pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC);
	int dmabuf = drm_export(fd, bo.handle), back;
	uint32_t theirs = drm_import(vgem, dmabuf);

	close(dmabuf);
	stamp_fill(bo.map, bo.size, 4, 1);
	back = drm_export(vgem, theirs);
	CHECK_EQ(drm_import(fd, back), bo.handle);

	void *map = dmabuf_mmap(back);

	stamp_verify(map, bo.size, 4, 1);
	CHECK_SYS(munmap(map, bo.size));
	close(back);

	/* The handle of vgem alone keeps the memory. */
	pan_bo_unmap(&bo);
	close(fd);
	back = drm_export(vgem, theirs);
	map = dmabuf_mmap(back);
	stamp_verify(map, bo.size, 4, 1);
	CHECK_SYS(munmap(map, bo.size));
	close(back);
	close(vgem);
}

TEST(prime_no_heap, .name = "panfrost/prime-heap-bo-refused",
     .about = "a heap BO, whose pages come and go, is not given to others")
{
	int vgem = drm_try_open(DRM_VGEM, DRM_CARD);
	int fd = pan_open(), dmabuf;
	uint32_t handle;

	if (vgem < 0)
		test_skip("no vgem device");

	struct pan_bo heap =
		pan_bo(fd, 2 * MIB, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC);

	dmabuf = drm_export(fd, heap.handle);
	CHECK_EQ(drm_try_import(vgem, dmabuf, &handle), EINVAL);
	close(dmabuf);
	close(fd);
	close(vgem);
}

TEST(prime_fence, .name = "panfrost/prime-fence",
     .about = "polling a dma-buf waits for the chain that writes it",
     .virtual_time = true)
{
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	struct pollfd poll_it = {
		.fd = drm_export(fd, bo.handle),
		.events = POLLIN | POLLOUT,
	};

	CHECK_EQ(poll(&poll_it, 1, 0), 1);
	CHECK_EQ(poll_it.revents, POLLIN | POLLOUT);
	chain_use(&chain, &bo);
	chain_write(&chain, bo.va, WRITE_IMMEDIATE_32, 1);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	CHECK_EQ(poll(&poll_it, 1, 20), 0);
	device_write("faults", "release panfrost JOB");
	CHECK_EQ(poll(&poll_it, 1, 20000), 1);
	chain_check_done(&chain);
	close(poll_it.fd);
}
