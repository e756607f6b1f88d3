// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/gpu-share.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/panfrost-chain.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/virtio-gpu.h"

#define SIZE (SHARE_PAGES * PAGE)

void share_import(const struct gpu *gpu)
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		FD(dmabuf, exporters[i].create(SIZE));
		unsigned int attachments = dmabuf_attachments();
		FD(fd, gpu->open());
		struct gpu_bo bo = gpu->import(fd, dmabuf);
		GPU_BO(src, gpu->bo(fd, SIZE));
		char *map = dmabuf_mmap(dmabuf);

		test_note("%s", exporters[i].name);
		CHECK_EQ(dmabuf_attachments(), attachments + 1);
		CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
		stamp_fill(map, SIZE, i, 1);
		gpu->verify(&bo, NULL, i);
		stamp_fill(src.map, SIZE, 50 + i, 1);
		gpu->verify(&src, &bo, 50 + i);
		stamp_verify(map, SIZE, 50 + i, 1);
		CHECK_SYS(munmap(map, SIZE));
		gpu_bo_free(&bo);
		WAIT_UNTIL(dmabuf_attachments() == attachments);
	}
}

void share_panfrost(const struct gpu *gpu)
{
	FD(fd, gpu->open());
	GPU_BO(bo, gpu->bo(fd, SIZE));
	FD(dmabuf, drm_export(fd, bo.handle));
	PAN(pan);
	PAN_BO(theirs, pan_bo_import(pan, dmabuf));
	PAN_BO(copy, pan_bo_mapped(pan, SIZE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(pan));

	stamp_fill(bo.map, SIZE, 1, 1);
	chain_use(&chain, &theirs);
	chain_use(&chain, &copy);
	chain_copy(&chain, copy.va, theirs.va, SIZE);
	chain_run(&chain);
	stamp_verify(copy.map, SIZE, 1, 1);
	stamp_fill(copy.map, SIZE, 2, 1);
	chain.jobs = 0;
	chain_copy(&chain, theirs.va, copy.va, SIZE);
	chain_run(&chain);
	stamp_verify(bo.map, SIZE, 2, 1);
	gpu->verify(&bo, NULL, 2);
}

void share_others(const struct gpu *gpu)
{
	FD(fd, gpu->open());
	FD(other, gpu->open());
	GPU_BO(bo, gpu->bo(fd, SIZE));
	FD(dmabuf, drm_export(fd, bo.handle));
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	GPU(virtio);
	uint32_t handle = drm_import(vgem, dmabuf), theirs;
	FD(back, drm_export(vgem, handle));
	struct gpu_bo again;
	int err;

	stamp_fill(bo.map, SIZE, 5, 1);
	drm_gem_close(vgem, handle);
	/* It is the driver's own: the same object. */
	again = gpu->import(other, back);
	if (gpu->pages)
		CHECK_EQ(again.va, bo.va);
	gpu->verify(&again, NULL, 5);
	gpu_bo_free(&again);
	err = drm_try_import(virtio, dmabuf, &theirs);
	if (err)
		CHECK_EQ(err, ENODEV);
	else
		drm_gem_close(virtio, theirs);
	gpu->verify(&bo, NULL, 5);
}

struct peer {
	const struct gpu *gpu;
	int dmabuf;
	uint32_t va; /* in the other process */
	int go[2], done[2];
};

static void tell(int fd)
{
	CHECK_EQ(CHECK_SYS(write(fd, "", 1)), 1);
}

static void hear(int fd)
{
	char byte;

	CHECK_EQ(CHECK_SYS(read(fd, &byte, 1)), 1);
}

static void peer_main(void *arg)
{
	struct peer *peer = arg;
	const struct gpu *gpu = peer->gpu;
	FD(fd, gpu->open());
	/* So that addresses of different address spaces differ */
	GPU_BO(filler, gpu->bo(fd, 3 * PAGE));
	struct gpu_bo bo = gpu->import(fd, peer->dmabuf);

	CHECK_EQ(bo.va == peer->va, gpu->pages != NULL);
	gpu->verify(&bo, NULL, 1);
	gpu->map(&bo);
	stamp_fill(bo.map, SIZE, 2, 1);
	tell(peer->done[1]);
	hear(peer->go[0]);
	/* The other process has closed it. */
	gpu->verify(&bo, NULL, 3);
	gpu_bo_free(&bo);
}

void share_processes(const struct gpu *gpu)
{
	FD(fd, gpu->open());
	struct gpu_bo bo = gpu->bo(fd, SIZE);
	struct peer peer = {.gpu = gpu, .va = bo.va};
	pid_t pid;

	stamp_fill(bo.map, SIZE, 1, 1);
	peer.dmabuf = drm_export(fd, bo.handle);
	CHECK_SYS(pipe(peer.go));
	CHECK_SYS(pipe(peer.done));
	pid = child_start(peer_main, &peer);
	hear(peer.done[0]);
	gpu->verify(&bo, NULL, 2);
	stamp_fill(bo.map, SIZE, 3, 1);
	gpu_bo_free(&bo);
	CHECK_SYS(close(peer.dmabuf));
	tell(peer.go[1]);
	child_wait(pid);
}

void share_again(const struct gpu *gpu)
{
	unsigned int buffers = dmabuf_count();
	unsigned int attachments = dmabuf_attachments();
	FD(dmabuf, exporters[0].create(SIZE));
	FD(fd, gpu->open());
	size_t pages = gpu->pages ? gpu->pages() : 0;
	uint32_t va = 0;

	for (int i = 0; i < 100; i++) {
		struct gpu_bo bo = gpu->import(fd, dmabuf);

		/* To look takes a while. */
		if (gpu->pages && i % 25 == 1)
			CHECK_EQ(gpu->pages(), pages + SHARE_PAGES);
		/* Addresses are given back, too. */
		if (i)
			CHECK_EQ(bo.va, va);
		va = bo.va;
		gpu_bo_free(&bo);
	}
	if (gpu->pages)
		CHECK_EQ(gpu->pages(), pages);
	CHECK_EQ(dmabuf_attachments(), attachments);
	CHECK_EQ(dmabuf_count(), buffers + 1);
}
