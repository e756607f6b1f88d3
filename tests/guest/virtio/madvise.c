// SPDX-License-Identifier: GPL-2.0-or-later
/* What DRM_IOCTL_VIRTGPU_MADVISE guarantees, and to which users of a BO. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/caps.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

static int try_madvise(int fd, struct drm_virtgpu_madvise arg)
{
	return drm_ioctl(fd, DRM_IOCTL_VIRTGPU_MADVISE, &arg);
}

TEST(errors, .name = "virtio/madvise-errors", .needs = "virtio-madvise",
     .about = "bad advice, handles and padding are refused, and change nothing")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	const struct drm_virtgpu_madvise good = {
		.bo_handle = bo.handle,
		.retained = 77,
		.madv = VIRTGPU_MADV_DONTNEED,
	};
	struct drm_virtgpu_madvise arg = good;

	arg.bo_handle = bo.handle + 1;
	CHECK_ERRNO(try_madvise(fd, arg), ENOENT);
	arg.bo_handle = 0;
	CHECK_ERRNO(try_madvise(fd, arg), ENOENT);
	arg = good;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		arg.madv = VIRTGPU_MADV_DONTNEED + bit;
		CHECK_ERRNO(try_madvise(fd, arg), EINVAL);
		arg.madv = UINT32_MAX - bit;
		CHECK_ERRNO(try_madvise(fd, arg), EINVAL);
	}
	arg = good;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		arg.pad = bit;
		CHECK_ERRNO(try_madvise(fd, arg), EINVAL);
	}
	CHECK_ERRNO(ioctl(fd, DRM_IOCTL_VIRTGPU_MADVISE, NULL), EFAULT);

	/* None of these calls had an effect. */
	if (caps_has("virtio-shrinker"))
		gpu_scan(PAGES);
	bo_verify(&bo, 1);
	bo_close(&bo);
	arg = good;
	CHECK_ERRNO(try_madvise(fd, arg), ENOENT);
}

TEST(retained, .name = "virtio/madvise-retained", .needs = "virtio-shrinker",
     .about = "a BO is retained until it is purged, and never afterwards")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	CHECK(bo_willneed(&bo));
	CHECK(bo_dontneed(&bo));
	CHECK(bo_dontneed(&bo));
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), PAGES);
	gpu_scan_all();
	for (int i = 0; i < 3; i++)
		bo_verify_purged(&bo);
	/* Advice does not bring a purged BO back, and it is not counted again. */
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(PAGES);
	bo_verify_purged(&bo);
}

TEST(willneed, .name = "virtio/madvise-willneed-again",
     .needs = "virtio-shrinker",
     .about = "content that was not purged while it was not needed is intact")
{
	GPU(fd);
	BO(bo, bo_used(fd, 64, 1));

	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), 64);
	CHECK(bo_willneed(&bo));
	CHECK_EQ(gpu_count(), 64);
	/* Without swap space, the shrinker cannot reclaim a BO that is needed. */
	gpu_scan(1000);
	mem_drop_caches();
	CHECK_EQ(gpu_count(), 64);
	bo_verify(&bo, 1);
}

TEST(toggled, .name = "virtio/madvise-toggle", .needs = "virtio-shrinker",
     .about = "a BO counts once, however often the advice changes")
{
	enum { COUNT = 5 };
	GPU(fd);
	struct bo bo[COUNT];
	unsigned long pages = 0;
	uint32_t seed = 1;

	for (unsigned int i = 0; i < COUNT; i++) {
		bo[i] = bo_used(fd, i + 1, i);
		pages += i + 1;
	}
	for (unsigned int i = 0; i < 200; i++) {
		seed = seed * 1664525u + 1013904223u;
		CHECK(bo_madvise(&bo[(seed >> 16) % COUNT], seed >> 31));
		CHECK_EQ(gpu_count(), pages);
	}
	for (unsigned int i = 0; i < COUNT; i++)
		CHECK(bo_dontneed(&bo[i]));
	gpu_scan_all();
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify_purged(&bo[i]);
		bo_close_wait(&bo[i]);
	}
	WAIT_UNTIL(!gpu_count());
}

TEST(unused, .name = "virtio/madvise-unused", .needs = "virtio-shrinker",
     .about = "a BO without pages takes advice, and has nothing to be purged")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	CHECK(bo_willneed(&bo));
	stamp_fill(bo.map, SIZE, 1, 1);
	/* The shrinker does not count pages that only the CPU has used either. */
	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), PAGES);
}

TEST(later, .name = "virtio/madvise-before-use", .needs = "virtio-shrinker",
     .about = "advice given before the first use holds after it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	bo_wait(&bo);
	CHECK(bo_dontneed(&bo));
	CHECK(!mem_bus_error(bo.map, true));
	/* Once the host has used the BO, it can be reclaimed. */
	CHECK(bo_willneed(&bo));
	bo_to_host(&bo);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	bo_verify_purged(&bo);
}

/* Open @bo in another file by a global name, without exporting it. */
static struct bo flink(const struct bo *bo, int other)
{
	struct drm_gem_flink name = {.handle = bo->handle};
	struct drm_gem_open opened = {0};
	struct bo theirs;

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	CHECK_SYS(drm_ioctl(other, DRM_IOCTL_GEM_OPEN, &opened));
	theirs = bo_of_handle(other, opened.handle);
	bo_map(&theirs);
	return theirs;
}

TEST(shared, .name = "virtio/madvise-shared", .needs = "virtio-shrinker",
     .about = "what one user says of a shared BO holds for the other")
{
	GPU_CARD(fd);
	GPU_CARD(other);
	BO(bo, bo_used_dumb(fd, PAGES, 1));
	BO(theirs, flink(&bo, other));

	CHECK_EQ(gpu_count(), PAGES);
	CHECK(bo_dontneed(&bo));
	CHECK(bo_willneed(&theirs));
	gpu_scan(PAGES);
	bo_verify(&bo, 1);
	stamp_verify(theirs.map, theirs.size, 1, 1);
	CHECK(bo_dontneed(&theirs));
	gpu_scan_all();
	bo_verify_purged(&bo);
	bo_verify_purged(&theirs);
	bo_close(&bo);
	bo_verify_purged(&theirs);
}

TEST(shared_close, .name = "virtio/madvise-shared-close",
     .needs = "virtio-shrinker",
     .about = "if one user of a BO closes it, the advice of another one holds")
{
	GPU_CARD(fd);
	int other = gpu_card();
	BO(bo, bo_used_dumb(fd, PAGES, 1));
	struct bo theirs = flink(&bo, other);

	/* The file that did not need it closes the BO; the other one needs it. */
	CHECK(bo_dontneed(&theirs));
	CHECK(bo_willneed(&bo));
	bo_close(&theirs);
	CHECK_SYS(close(other));
	gpu_scan(PAGES);
	bo_verify(&bo, 1);

	/* The file that needed it closes the BO; the other one does not need it. */
	other = gpu_card();
	theirs = flink(&bo, other);
	CHECK(bo_willneed(&theirs));
	CHECK(bo_dontneed(&bo));
	bo_close(&theirs);
	CHECK_SYS(close(other));
	CHECK_EQ(gpu_count(), PAGES);
	gpu_scan_all();
	bo_verify_purged(&bo);
}

TEST(shared_prime, .name = "virtio/madvise-shared-prime",
     .needs = "virtio-shrinker",
     .about = "a BO shared as a dma-buf takes advice, and keeps its content")
{
	GPU(fd);
	GPU(other);
	BO(bo, bo_used(fd, PAGES, 1));
	int dmabuf = drm_export(fd, bo.handle);
	BO(theirs, bo_of_handle(other, drm_import(other, dmabuf)));

	bo_map(&theirs);
	CHECK(bo_dontneed(&theirs));
	CHECK(bo_dontneed(&bo));
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	mem_drop_caches();
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	bo_verify(&theirs, 1);
	/* The remaining user can override the advice of the other. */
	bo_close(&bo);
	CHECK(bo_willneed(&theirs));
	CHECK_SYS(close(dmabuf));
	gpu_scan(1000);
	bo_verify(&theirs, 1);
}

TEST(blob, .name = "virtio/madvise-blob", .needs = "virtio-shrinker",
     .about = "a guest blob takes advice but is never purged; a host blob "
	      "does not")
{
	GPU(fd);
	struct drm_virtgpu_resource_create_blob host = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = SIZE,
	};
	BO(blob, bo_blob(fd, SIZE));

	stamp_fill(blob.map, SIZE, 1, 1);
	res_expect(&blob, 1, 1);
	CHECK(bo_dontneed(&blob));
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
	mem_drop_caches();
	CHECK(bo_willneed(&blob));
	CHECK_EQ(res_pages(blob.res), PAGES);
	blob_verify(&blob, 1);
	bo_close_wait(&blob);

	/* The BO has a resource, but no guest memory. */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &host));
	blob = bo_of_handle(fd, host.bo_handle);
	for (uint32_t madv = 0; madv < 2; madv++)
		CHECK_ERRNO(try_madvise(fd,
					(struct drm_virtgpu_madvise){
						.bo_handle = blob.handle,
						.madv = madv,
					}),
			    EINVAL);
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(1000);
}

static volatile sig_atomic_t signalled;

static void on_signal(int signal)
{
	(void)signal;
	signalled = true;
}

/* A BO whose lock another process holds, and the result of a call on it. */
struct interrupted {
	struct bo *bo;
	bool *ready;
};

static void advise_interrupted(void *data)
{
	struct interrupted *arg = data;
	/* Without SA_RESTART, so that the call is interrupted. */
	struct sigaction action = {.sa_handler = on_signal};
	struct drm_virtgpu_madvise madvise = {
		.bo_handle = arg->bo->handle,
		.retained = 77,
		.madv = VIRTGPU_MADV_DONTNEED,
	};

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	__atomic_store_n(arg->ready, true, __ATOMIC_SEQ_CST);
	CHECK_ERRNO(ioctl(arg->bo->fd, DRM_IOCTL_VIRTGPU_MADVISE, &madvise),
		    EINTR);
	CHECK(signalled);
	CHECK_EQ(madvise.retained, 77);
	CHECK_EQ(madvise.madv, VIRTGPU_MADV_DONTNEED);
}

TEST(interrupt, .name = "virtio/madvise-interrupted", EVICTS,
     .about = "advice that a signal interrupts is not given, and says nothing "
	      "of the content")
{
	bool *ready = CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct interrupted arg = {.bo = &bo, .ready = ready};
	pid_t scan, advise;

	/* An eviction holds the BO's lock until the host has answered. */
	cmd_hold("RESOURCE_DETACH_BACKING");
	scan = gpu_scan_start(PAGES);
	WAIT_UNTIL(cmd_pending("RESOURCE_DETACH_BACKING"));
	advise = child_start(advise_interrupted, &arg);
	WAIT_UNTIL(__atomic_load_n(ready, __ATOMIC_SEQ_CST));
	WAIT_UNTIL(process_state(advise) == 'S');
	CHECK_SYS(kill(advise, SIGUSR1));
	child_wait(advise);
	cmd_release("RESOURCE_DETACH_BACKING");
	child_wait(scan);

	/* The BO was evicted, and is still needed. */
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(PAGES);
	bo_verify(&bo, 1);
	CHECK(bo_willneed(&bo));
}
