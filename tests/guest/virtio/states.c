// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a BO (no pages, pinned, evictable, evicted, purged) and the
 * transitions between them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/panfrost-chain.h"
#include "display.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* Evict a BO: it has no pages any more, neither in the guest nor in the host. */
static void evict(const struct bo *bo)
{
	size_t pages = bo->size / PAGE;

	CHECK_EQ(gpu_count(), pages);
	CHECK_EQ(res_pages(bo->res), pages);
	gpu_scan(pages);
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(bo->res), 0);
}

static struct bo bo_evicted(int fd, size_t pages, uint32_t number)
{
	struct bo bo = bo_used(fd, pages, number);

	evict(&bo);
	return bo;
}

TEST(no_pages, .name = "virtio/state-no-pages", .needs = "virtio-shrinker",
     .about = "a BO that nobody has used has no pages and does not count")
{
	GPU(fd);
	size_t before = mem_info("Shmem");
	BO(bo, bo_buffer_unmapped(fd, 8 * KIB * KIB));

	bo_wait(&bo);
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(bo.res), 0);
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	gpu_scan(1);
}

TEST(mapped, .name = "virtio/state-mapped", EVICTS,
     .about = "pages that only the CPU has used are not reclaimed by the "
	      "shrinker")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	CHECK_EQ(bo_fault_in(&bo), 0);
	CHECK_EQ(res_pages(bo.res), 0);
	/* They are, from the first use by the host on. */
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), PAGES);
	evict(&bo);
	bo_verify(&bo, 1);
}

TEST(by_fault, .name = "virtio/evict-fault", EVICTS,
     .about = "a page fault brings all of an evicted BO back, but not to the "
	      "host")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));

	stamp_verify_pages((char *)bo.map + 5 * PAGE, PAGE, 1, 1, 5);
	CHECK_EQ(gpu_count(), PAGES);
	stamp_verify(bo.map, SIZE, 1, 1);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK_EQ(res_pages(bo.res), 0);
	/* It can be evicted again, although the host has never had these pages. */
	gpu_scan_all();
	CHECK_EQ(bo_fault_in(&bo), PAGES);
	bo_verify(&bo, 1);
	CHECK_EQ(res_pages(bo.res), PAGES);
}

TEST(by_to_host, .name = "virtio/evict-to-host", EVICTS,
     .about = "a transfer to the host brings an evicted BO back, unchanged")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));
	void *data;

	/* Unmap it, so that only the transfer can bring it back. */
	bo_unmap(&bo);
	res_expect(&bo, 1, 1);
	bo_to_host_box(
		&bo, (struct drm_virtgpu_3d_box){.w = SIZE, .h = 1, .d = 1}, 0);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK_EQ(res_pages(bo.res), PAGES);
	data = res_data(bo.res, 0, SIZE);
	stamp_verify(data, SIZE, 1, 1);
	free(data);
	evict(&bo);
}

TEST(by_from_host, .name = "virtio/evict-from-host", EVICTS,
     .about = "a transfer from the host changes what it must of an evicted BO")
{
	const struct drm_virtgpu_3d_box box = {
		.x = 3 * PAGE,
		.w = 2 * PAGE,
		.h = 1,
		.d = 1,
	};
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	/* The host has generation 1. */
	stamp_fill(bo.map, SIZE, 1, 2);
	evict(&bo);
	bo_from_host_box(&bo, box, box.x);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK_EQ(res_pages(bo.res), PAGES);
	stamp_verify(bo.map, 3 * PAGE, 1, 2);
	stamp_verify_pages((char *)bo.map + box.x, box.w, 1, 1, 3);
	stamp_verify_pages((char *)bo.map + 5 * PAGE, 3 * PAGE, 1, 2, 5);
	/* What the device has written is kept, too. */
	evict(&bo);
	stamp_verify_pages((char *)bo.map + box.x, box.w, 1, 1, 3);
}

TEST(by_exec, .name = "virtio/evict-exec", EVICTS,
     .about = "a job brings its evicted BOs back, those it reads and those it "
	      "writes")
{
	GPU(fd);
	BO(src, bo_used(fd, PAGES, 1));
	BO(dst, bo_used(fd, PAGES, 2));
	BO(other, bo_used(fd, PAGES, 3));
	const struct bo *bos[] = {&src, &dst};
	struct sb_exec exec = exec_copy(&dst, 0, &src, 0, SIZE / 2);

	gpu_scan_all();
	exec.flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	res_expect(&src, 1, 1);
	res_expect(&dst, 2, 1);
	gpu_exec(fd, &exec, 1, bos, 2);
	res_forget(&src);
	res_forget(&dst);
	CHECK_EQ(gpu_count(), 2 * PAGES);
	CHECK_EQ(res_pages(src.res), PAGES);
	CHECK_EQ(res_pages(dst.res), PAGES);
	CHECK_EQ(res_pages(other.res), 0);
	stamp_verify(src.map, SIZE, 1, 1);
	stamp_verify(dst.map, SIZE / 2, 1, 1);
	stamp_verify_pages((char *)dst.map + SIZE / 2, SIZE / 2, 2, 1,
			   PAGES / 2);
	bo_verify(&other, 3);
}

TEST(by_exec_many, .name = "virtio/evict-exec-many", EVICTS,
     .about = "a job with many BOs, every other one evicted, has all of them")
{
	enum { COUNT = 32 };
	GPU(fd);
	struct bo bo[COUNT];
	uint32_t handles[COUNT];
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = COUNT,
	};

	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = bo_used(fd, 2, i);
		handles[i] = bo[i].handle;
	}
	for (unsigned int i = 1; i < COUNT; i += 2)
		bo_to_host(&bo[i]);
	/* The BOs with even numbers are the least recently used ones now. */
	gpu_scan(COUNT);
	for (unsigned int i = 0; i < COUNT; i++)
		CHECK_EQ(res_pages(bo[i].res), i % 2 ? 2 : 0);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_wait(&bo[i]);
		CHECK_EQ(res_pages(bo[i].res), 2);
	}
	CHECK_EQ(gpu_count(), 2 * COUNT);
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close(&bo[i]);
	}
}

TEST(by_scanout, .name = "virtio/evict-scanout", EVICTS,
     .about = "showing an evicted buffer brings it back, and to the host")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	uint32_t fb = fb_screen(&display, &bo);
	void *data;

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_to_host(&bo);
	stamp_fill(bo.map, bo.size, 1, 2);
	evict(&bo);
	res_expect(&bo, 1, 2);
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	CHECK_EQ(res_pages(bo.res), bo.size / PAGE);
	data = res_data(bo.res, 0, bo.size);
	stamp_verify(data, bo.size, 1, 2);
	free(data);
	stamp_verify(bo.map, bo.size, 1, 2);
	display_off(&display);
	fb_remove(display.fd, fb);
}

TEST(by_cursor, .name = "virtio/evict-cursor", EVICTS,
     .about = "an evicted buffer can be the cursor, with what was in it")
{
	struct display display = display_open();
	BO(screen, bo_screen(&display));
	BO(bo, bo_cursor(&display));
	uint32_t fb = fb_screen(&display, &screen);
	void *data;

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_to_host(&bo);
	stamp_fill(bo.map, bo.size, 1, 2);
	display_show(&display, fb);
	evict(&bo);
	res_expect(&bo, 1, 2);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &bo, 0, 0);
	CHECK_EQ(cursor_resource(0), bo.res);
	data = res_data(bo.res, 0, bo.size);
	stamp_verify(data, bo.size, 1, 2);
	free(data);
	stamp_verify(bo.map, bo.size, 1, 2);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	fb_remove(display.fd, fb);
}

TEST(by_dmabuf, .name = "virtio/evict-export", EVICTS,
     .about = "an evicted BO can be exported, and its dma-buf has the content")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	stamp_verify(map, SIZE, 1, 1);
	gpu_scan(1000);
	stamp_verify(map, SIZE, 1, 1);
	bo_verify(&bo, 1);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
}

TEST(by_import, .name = "virtio/evict-import", EVICTS,
     .about = "another device that imports an evicted BO finds the content, "
	      "and keeps it")
{
	GPU(fd);
	PAN(pan);
	BO(bo, bo_evicted(fd, PAGES, 1));
	int dmabuf = drm_export(fd, bo.handle);
	PAN_BO(theirs, pan_bo_import(pan, dmabuf));
	PAN_BO(out, pan_bo_mapped(pan, SIZE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(pan));

	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	chain_use(&chain, &theirs);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, theirs.va, SIZE);
	chain_run(&chain);
	stamp_verify(out.map, SIZE, 1, 1);
	bo_verify(&bo, 1);
	chain_free(&chain);
	pan_bo_free(&out);
	pan_bo_free(&theirs);
	CHECK_SYS(close(dmabuf));
}

TEST(again, .name = "virtio/evict-again", EVICTS,
     .about = "a BO that is evicted and brought back many times loses nothing")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	for (uint32_t round = 1; round <= 20; round++) {
		stamp_fill(bo.map, SIZE, 1, round);
		if (round % 3)
			bo_to_host(&bo);
		gpu_scan_all();
		stamp_verify(bo.map, SIZE, 1, round);
		if (round % 2) {
			res_expect(&bo, 1, round);
			bo_to_host(&bo);
			res_forget(&bo);
		}
	}
}

TEST(close_evicted, .name = "virtio/evict-close", EVICTS,
     .about = "an evicted BO goes with its handle, and so does its memory")
{
	enum { ROUNDS = 8, BO_PAGES = 256 };
	GPU(fd);
	size_t before = mem_info("Shmem");

	for (int i = 0; i < ROUNDS; i++) {
		struct bo bo = bo_evicted(fd, BO_PAGES, 1);

		bo_close_wait(&bo);
	}
	WAIT_UNTIL(mem_info("Shmem") < before + 2 * BO_PAGES * PAGE);
}

TEST(evicted_info, .name = "virtio/evict-queries", EVICTS,
     .about = "queries about an evicted BO are answered and do not bring it "
	      "back")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));
	struct bo same = bo_of_handle(fd, bo.handle);

	CHECK_EQ(same.res, bo.res);
	CHECK_EQ(same.size, bo.size);
	bo_wait(&bo);
	CHECK(!bo_busy(&bo));
	bo_map_offset(&bo);
	bo_unmap(&bo);
	bo_map(&bo);
	CHECK(bo_willneed(&bo));
	CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(res_pages(bo.res), 0);
	bo_verify(&bo, 1);
}

TEST(purge, .name = "virtio/purge", .needs = "virtio-shrinker",
     .about = "a purged BO gives its memory back at once and can no longer be "
	      "used")
{
	GPU(fd);
	size_t before;
	struct bo bo;

	mem_settle();
	before = mem_info("Shmem");
	bo = bo_used(fd, 2048, 1);
	CHECK_CMP(mem_info("Shmem"), >, before + bo.size / 8 * 7);
	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), 2048);
	gpu_scan(1);
	CHECK_EQ(gpu_count(), 0);
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	bo_verify_purged(&bo);
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	bo_close_wait(&bo);
}

TEST(purge_show, .name = "virtio/purge-scanout", .needs = "virtio-shrinker",
     .about = "a purged buffer cannot be shown, and what is shown stays")
{
	struct display display = display_open();
	BO(screen, bo_screen(&display));
	BO(bo, bo_screen(&display));
	BO(pointer, bo_cursor(&display));
	uint32_t fb = fb_screen(&display, &screen);
	uint32_t gone = fb_screen(&display, &bo);

	stamp_fill(pointer.map, pointer.size, 3, 1);
	bo_to_host(&pointer);
	stamp_fill(screen.map, screen.size, 1, 1);
	display_show(&display, fb);
	stamp_fill(bo.map, bo.size, 2, 1);
	bo_to_host(&bo);
	CHECK(bo_dontneed(&bo));
	CHECK(bo_dontneed(&pointer));
	gpu_scan_all();

	CHECK_EQ(display_try_show(&display, gone), -1);
	CHECK_EQ(display_try_cursor(&display, DRM_MODE_CURSOR_BO, &pointer, 0,
				    0),
		 -1);
	CHECK_EQ(scanout_resource(0), screen.res);
	CHECK_EQ(cursor_resource(0), 0);
	bo_verify_purged(&bo);
	bo_verify_purged(&pointer);
	/* The next buffer can be shown. */
	display_off(&display);
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), screen.res);
	display_off(&display);
	fb_remove(display.fd, gone);
	fb_remove(display.fd, fb);
}

TEST(purge_export, .name = "virtio/purge-export", .needs = "virtio-shrinker",
     .about = "a purged BO exports no pages as a dma-buf")
{
	int fd = gpu_render(), other = gpu_render();
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct bo bo = bo_used(fd, PAGES, 1);
	BO(last, bo_buffer(fd, SIZE));
	unsigned int asked = cmd_seen("RESOURCE_ASSIGN_UUID");
	struct drm_prime_handle arg = {
		.handle = bo.handle,
		.flags = DRM_RDWR | DRM_CLOEXEC,
	};
	uint32_t handle = 0;

	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	/* The export may fail; if not, using the dma-buf must fail. */
	if (!drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg)) {
		struct bo theirs;
		void *map;

		CHECK_CMP(drm_try_import(vgem, arg.fd, &handle), !=, 0);
		CHECK_EQ(handle, 0);
		map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   arg.fd, 0);
		if (map != MAP_FAILED) {
			CHECK(mem_bus_error(map, false));
			CHECK_SYS(munmap(map, SIZE));
		}
		theirs = bo_of_handle(other, drm_import(other, arg.fd));
		CHECK(!bo_willneed(&theirs));
		CHECK_SYS(close(arg.fd));
	} else {
		CHECK_EQ(errno, EINVAL);
	}
	/* The host is not asked about a resource that is gone. */
	bo_to_host(&last);
	if (!res_exists(bo.res))
		CHECK_EQ(cmd_seen("RESOURCE_ASSIGN_UUID"), asked);
	bo_verify_purged(&bo);
	CHECK_SYS(close(other));
	CHECK_SYS(close(vgem));
	bo_close_wait(&bo);
}

TEST(purge_close, .name = "virtio/purge-close", .needs = "virtio-shrinker",
     .about = "closing handles of a purged BO causes no violation")
{
	enum { USERS = 4 };
	int fd[USERS];
	struct drm_gem_flink name;
	struct drm_gem_open opened;
	struct bo bo;

	fd[0] = gpu_card();
	bo = bo_used_dumb(fd[0], PAGES, 1);
	name.handle = bo.handle;
	CHECK_SYS(drm_ioctl(fd[0], DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	for (int i = 1; i < USERS - 1; i++) {
		fd[i] = gpu_card();
		CHECK_SYS(drm_ioctl(fd[i], DRM_IOCTL_GEM_OPEN, &opened));
	}
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	/* A later user can only ask whether it is retained. */
	fd[USERS - 1] = gpu_card();
	if (!drm_ioctl(fd[USERS - 1], DRM_IOCTL_GEM_OPEN, &opened)) {
		struct bo theirs = bo_of_handle(fd[USERS - 1], opened.handle);

		CHECK(!bo_willneed(&theirs));
	}
	bo_close(&bo);
	/* One user has closed its handle, the others close their files. */
	for (int i = 0; i < USERS; i++)
		CHECK_SYS(close(fd[i]));
	WAIT_UNTIL(!res_exists(bo.res));
	CHECK_EQ(violations_count(), 0);
}

TEST(evicted_dontneed, .name = "virtio/evict-dontneed", EVICTS,
     .about = "an evicted BO that is not needed is whole or gone, and madvise "
	      "says which")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));

	/* There was no scan in between. */
	CHECK(bo_dontneed(&bo));
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	evict(&bo);
	CHECK(bo_dontneed(&bo));
	gpu_scan(1000);
	if (bo_willneed(&bo))
		bo_verify(&bo, 1);
	else
		bo_verify_purged(&bo);
}

TEST(evicted_purge, .name = "virtio/evict-then-purge", EVICTS,
     .about = "a BO that was evicted, came back and is not needed is purged")
{
	GPU(fd);
	BO(bo, bo_evicted(fd, PAGES, 1));
	BO(second, bo_evicted(fd, PAGES, 2));

	/* Once after the host has used it, and once after only the CPU has. */
	bo_verify(&bo, 1);
	stamp_verify(second.map, SIZE, 2, 1);
	CHECK_EQ(gpu_count(), 2 * PAGES);
	CHECK(bo_dontneed(&bo));
	CHECK(bo_dontneed(&second));
	gpu_scan_all();
	bo_verify_purged(&bo);
	bo_verify_purged(&second);
}

TEST(no_handle, .name = "virtio/evict-no-handle", EVICTS,
     .about = "a BO that only a mapping keeps alive is evicted and purged like "
	      "any other")
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);
	struct bo second = bo_used(fd, PAGES, 2);

	CHECK(bo_dontneed(&second));
	drm_gem_close(fd, bo.handle);
	drm_gem_close(fd, second.handle);
	CHECK_SYS(close(fd));
	CHECK_EQ(gpu_count(), 2 * PAGES);
	gpu_scan_all();
	CHECK(!bo_attached(&bo));
	stamp_verify(bo.map, SIZE, 1, 1);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK(mem_bus_error(second.map, false));
	bo_unmap(&bo);
	bo_unmap(&second);
	WAIT_UNTIL(!res_exists(bo.res));
	WAIT_UNTIL(!res_exists(second.res));
	WAIT_UNTIL(!gpu_count());
}
