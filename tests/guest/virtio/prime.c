// SPDX-License-Identifier: GPL-2.0-or-later
/* PRIME: BOs as dma-bufs, within the driver, with vgem, between processes. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <linux/dma-buf.h>

#include "lib/virtio-gpu.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

TEST(self_import, .name = "virtio/prime-self",
     .about = "importing one's own dma-buf gives the handle that one has")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	int dmabuf = drm_export(fd, bo.handle);
	int again = drm_export(fd, bo.handle);
	struct stat first, second;

	CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
	CHECK_EQ(dmabuf_size(dmabuf), SIZE);
	/* One dma-buf per BO, however often it is exported. */
	CHECK_SYS(fstat(dmabuf, &first));
	CHECK_SYS(fstat(again, &second));
	CHECK_EQ(first.st_ino, second.st_ino);
	CHECK_SYS(close(again));
	CHECK_SYS(close(dmabuf));
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(uuid, .name = "virtio/prime-uuid",
     .about = "a BO gets its UUID when it is exported, without any further "
	      "command")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	unsigned int asked = cmd_seen("RESOURCE_ASSIGN_UUID");
	FD(dmabuf, drm_export(fd, bo.handle));

	CHECK_EQ(dmabuf_size(dmabuf), SIZE);
	WAIT_UNTIL(cmd_seen("RESOURCE_ASSIGN_UUID") == asked + 1);
}

TEST(other_file, .name = "virtio/prime-other-file",
     .boot_needs = "virtio-late-context",
     .about = "another file imports the same BO: same resource, own handle")
{
	GPU(fd);
	GPU(other);
	BO(bo, bo_buffer(fd, SIZE));
	int dmabuf = drm_export(fd, bo.handle);
	BO(imported, bo_of_handle(other, drm_import(other, dmabuf)));

	CHECK_EQ(imported.res, bo.res);
	CHECK_EQ(imported.size, bo.size);
	bo_map(&imported);
	stamp_fill(bo.map, SIZE, 1, 1);
	stamp_verify(imported.map, SIZE, 1, 1);
	CHECK_SYS(close(dmabuf));
	bo_close(&bo);
	/* The BO lives on, and the importer's context can use it. */
	CHECK(res_exists(imported.res));
	bo_to_host(&imported);
	memset(imported.map, 0, SIZE);
	bo_from_host(&imported);
	stamp_verify(imported.map, SIZE, 1, 1);
	bo_close(&imported);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(dmabuf_map, .name = "virtio/prime-mmap",
     .about = "the dma-buf maps the BO's pages, and keeps them after its close")
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	stamp_fill(map, SIZE, 1, 1);
	dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	stamp_verify(bo.map, SIZE, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	bo_close(&bo);
	CHECK_SYS(close(fd));
	CHECK_SYS(close(dmabuf));
	/* Only the mapping keeps the BO. */
	CHECK(res_exists(bo.res));
	stamp_verify(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(dumb_export, .name = "virtio/prime-dumb",
     .about = "a dumb buffer can be exported and mapped")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 64, 64));
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_verify(map, bo.size, 1, 1);
	CHECK_SYS(munmap(map, bo.size));
	CHECK_SYS(close(dmabuf));
}

TEST(blob_export, .name = "virtio/prime-blob",
     .about = "a shareable guest blob can be exported, mapped, imported")
{
	GPU(fd);
	BO(bo, bo_blob(fd, SIZE));
	GPU(other);
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	stamp_fill(map, SIZE, 1, 1);
	stamp_verify(bo.map, SIZE, 1, 1);
	CHECK_EQ(bo_of_handle(other, drm_import(other, dmabuf)).res, bo.res);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
}

TEST(vgem_import, .name = "virtio/prime-vgem",
     .about = "vgem imports our BO, keeps it, and gives the same one back")
{
	int fd = gpu_render();
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct bo bo = bo_buffer(fd, SIZE);
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t imported = drm_import(vgem, dmabuf);
	int back;
	void *map;

	CHECK_EQ(drm_import(vgem, dmabuf), imported);
	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK_SYS(close(dmabuf));
	bo_close(&bo);
	CHECK(res_exists(bo.res));

	back = drm_export(vgem, imported);
	CHECK_EQ(dmabuf_size(back), SIZE);
	map = dmabuf_mmap(back);
	stamp_verify(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_EQ(bo_of_handle(fd, drm_import(fd, back)).res, bo.res);
	CHECK_SYS(close(back));
	drm_gem_close(vgem, imported);
	/* The handle that fd got from the import. */
	CHECK(res_exists(bo.res));
	CHECK_SYS(close(fd));
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(fences, .name = "virtio/prime-fences",
     .about = "work on a BO shows as a fence of its dma-buf")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_nop();
	int dmabuf = drm_export(fd, bo.handle);
	int fence;

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, bos, 1, -1)));
	fence = dmabuf_fences(dmabuf);
	CHECK_EQ(sync_file_status(fence), 0);
	CHECK(!sync_file_wait(dmabuf, 0));
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fence, 10000));
	CHECK(sync_file_wait(dmabuf, 10000));
	CHECK_SYS(close(fence));
	CHECK_SYS(close(dmabuf));
}

/* What the import of a foreign dma-buf must do; closes @dmabuf. */
static void check_foreign(int dmabuf)
{
	int fd = gpu_render();
	size_t size = dmabuf_size(dmabuf);
	void *map = dmabuf_mmap(dmabuf);
	uint32_t handle = 0;
	int err;

	dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
	stamp_fill(map, size, 1, 1);
	dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	/* Twice: a failed import must not affect the next one. */
	for (int i = 0; i < 2; i++) {
		err = drm_try_import(fd, dmabuf, &handle);
		if (err) {
			/*
			 * Up to 6.15, the driver cannot import from other drivers:
			 * it attaches, maps, and then fails.
			 */
			CHECK_EQ(err, ENODEV);
			CHECK_EQ(handle, 0);
		} else {
			struct bo bo = bo_of_handle(fd, handle);

			CHECK_EQ(bo.size, size);
			WAIT_UNTIL(res_exists(bo.res));
			CHECK_EQ(res_pages(bo.res), size / PAGE);
			drm_gem_close(fd, handle);
			WAIT_UNTIL(!res_exists(bo.res));
			handle = 0;
		}
	}
	if (err)
		test_note("this driver imports no foreign dma-buf");
	CHECK_SYS(close(dmabuf));
	stamp_verify(map, size, 1, 1);
	CHECK_SYS(munmap(map, size));
}

TEST(foreign_vgem, .name = "virtio/prime-foreign-vgem",
     .about = "a dma-buf of vgem is imported or refused, and stays as it was")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	uint32_t handle = vgem_create(vgem, SIZE);

	check_foreign(drm_export(vgem, handle));
}

TEST(foreign_heap, .name = "virtio/prime-foreign-heap",
     .about = "a dma-heap buffer is imported or refused, and stays as it was")
{
	check_foreign(dmabuf_from_heap(SIZE));
}

TEST(foreign_udmabuf, .name = "virtio/prime-foreign-udmabuf",
     .about = "a udmabuf is imported or refused, and stays as it was")
{
	check_foreign(dmabuf_from_udmabuf(SIZE));
}

TEST(not_dmabuf, .name = "virtio/prime-not-a-dmabuf",
     .about = "importing a file that is no dma-buf fails")
{
	GPU(fd);
	uint32_t handle = 0;

	CHECK_EQ(drm_try_import(fd, fd, &handle), EINVAL);
	CHECK_EQ(drm_try_import(fd, -1, &handle), EBADF);
	CHECK_EQ(handle, 0);
}

struct shared {
	int dmabuf;
	int go;
	int done;
};

static void second_process(void *arg)
{
	struct shared *shared = arg;
	int fd = gpu_render();
	struct bo bo = bo_of_handle(fd, drm_import(fd, shared->dmabuf));
	char byte = 0;

	bo_map(&bo);
	for (uint32_t generation = 1; generation <= 3; generation++) {
		CHECK_EQ(CHECK_SYS(read(shared->go, &byte, 1)), 1);
		stamp_verify(bo.map, SIZE, 1, generation);
		bo_to_host(&bo);
		stamp_fill(bo.map, SIZE, 2, generation);
		CHECK_EQ(CHECK_SYS(write(shared->done, &byte, 1)), 1);
	}
}

TEST(processes, .name = "virtio/prime-processes",
     .boot_needs = "virtio-late-context",
     .about = "two processes with a context each share one BO")
{
	int go[2], done[2];
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct shared shared = {.dmabuf = drm_export(fd, bo.handle)};
	char byte = 0;
	pid_t pid;

	CHECK_SYS(pipe(go));
	CHECK_SYS(pipe(done));
	shared.go = go[0];
	shared.done = done[1];
	pid = child_start(second_process, &shared);
	/* So that the end of the child is an end of file here. */
	CHECK_SYS(close(done[1]));
	for (uint32_t generation = 1; generation <= 3; generation++) {
		stamp_fill(bo.map, SIZE, 1, generation);
		CHECK_EQ(CHECK_SYS(write(go[1], &byte, 1)), 1);
		CHECK_EQ(CHECK_SYS(read(done[0], &byte, 1)), 1);
		stamp_verify(bo.map, SIZE, 2, generation);
		/* The child has transferred this content. */
		bo_from_host(&bo);
		stamp_verify(bo.map, SIZE, 1, generation);
	}
	child_wait(pid);
	/* The child is gone, the BO is still there. */
	bo_to_host(&bo);
	CHECK_SYS(close(shared.dmabuf));
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(flink, .name = "virtio/flink",
     .about = "a global name opens the same BO in another file, while it lives")
{
	GPU_CARD(fd);
	GPU_CARD(other);
	BO(bo, bo_dumb(fd, 64, 64));
	struct drm_gem_flink name = {.handle = bo.handle};
	struct drm_gem_open opened = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	CHECK_SYS(drm_ioctl(other, DRM_IOCTL_GEM_OPEN, &opened));
	CHECK_EQ(opened.size, bo.size);
	CHECK_EQ(bo_of_handle(other, opened.handle).res, bo.res);
	bo_close(&bo);
	CHECK(res_exists(bo.res));
	drm_gem_close(other, opened.handle);
	WAIT_UNTIL(!res_exists(bo.res));
	CHECK_ERRNO(drm_ioctl(other, DRM_IOCTL_GEM_OPEN, &opened), ENOENT);
}
