// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs that files, processes and drivers share. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/mem.h"
#include "lib/panfrost-chain.h"
#include "lib/process.h"
#include "lib/v3d.h"
#include "lib/virtio-gpu.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/* The GPU finds the stamps of BO @number in @bo, then copies it to @to. */
static void gpu_verify(const struct gpu_bo *bo, const struct gpu_bo *to,
		       uint32_t number)
{
	GPU_BO(out, v3d_bo_mapped(bo->fd, PAGE));
	V3D_JOB(job, v3d_job(bo->fd, V3D_RENDER));

	v3d_use(&job, bo);
	v3d_use(&job, &out);
	commands_check_stamps(&job.commands, out.va, bo->va, SIZE, number, 1);
	if (to) {
		v3d_use(&job, to);
		commands_copy(&job.commands, to->va, bo->va, SIZE);
	}
	v3d_run(&job);
	CHECK_EQ(*(uint64_t *)out.map, PAGES);
}

TEST(import, .name = "v3d/share-import", V3D,
     .about = "v3d's GPU reads and writes the pages of any dma-buf")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		FD(dmabuf, exporters[i].create(SIZE));
		unsigned int attachments = dmabuf_attachments();
		V3D_FILE(fd);
		struct gpu_bo bo = v3d_bo_import(fd, dmabuf);
		GPU_BO(src, v3d_bo_mapped(fd, SIZE));
		char *map = dmabuf_mmap(dmabuf);

		test_note("%s", exporters[i].name);
		CHECK_EQ(dmabuf_attachments(), attachments + 1);
		CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
		stamp_fill(map, SIZE, i, 1);
		gpu_verify(&bo, NULL, i);
		stamp_fill(src.map, SIZE, 50 + i, 1);
		gpu_verify(&src, &bo, 50 + i);
		stamp_verify(map, SIZE, 50 + i, 1);
		CHECK_SYS(munmap(map, SIZE));
		gpu_bo_free(&bo);
		WAIT_UNTIL(dmabuf_attachments() == attachments);
	}
}

TEST(panfrost, .name = "v3d/share-panfrost", V3D,
     .about = "panfrost's GPU reads and writes a BO of v3d")
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, SIZE));
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
	gpu_verify(&bo, NULL, 2);
}

TEST(others, .name = "v3d/share-others", V3D,
     .about = "vgem imports a BO of v3d and gives it back; virtio-gpu imports "
	      "it or says that it cannot")
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, SIZE));
	FD(dmabuf, drm_export(fd, bo.handle));
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	GPU(gpu);
	uint32_t handle = drm_import(vgem, dmabuf), virtio;
	FD(back, drm_export(vgem, handle));
	V3D_FILE(other);
	struct gpu_bo again;
	int err;

	stamp_fill(bo.map, SIZE, 5, 1);
	drm_gem_close(vgem, handle);
	/* It is v3d's own: the same object, at the same address. */
	again = v3d_bo_import(other, back);
	CHECK_EQ(again.va, bo.va);
	gpu_verify(&again, NULL, 5);
	gpu_bo_free(&again);
	err = drm_try_import(gpu, dmabuf, &virtio);
	if (err)
		CHECK_EQ(err, ENODEV);
	else
		drm_gem_close(gpu, virtio);
	gpu_verify(&bo, NULL, 5);
}

struct peer {
	int dmabuf;
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
	V3D_FILE(fd);
	struct gpu_bo bo = v3d_bo_import(fd, peer->dmabuf);

	gpu_verify(&bo, NULL, 1);
	v3d_bo_map(&bo);
	stamp_fill(bo.map, SIZE, 2, 1);
	tell(peer->done[1]);
	hear(peer->go[0]);
	/* The other process has closed it. */
	gpu_verify(&bo, NULL, 3);
	gpu_bo_free(&bo);
}

TEST(processes, .name = "v3d/share-processes", V3D,
     .about = "two processes have a BO by its dma-buf; it lives as long as "
	      "either")
{
	struct peer peer;
	V3D_FILE(fd);
	struct gpu_bo bo = v3d_bo_mapped(fd, SIZE);
	pid_t pid;

	stamp_fill(bo.map, SIZE, 1, 1);
	peer.dmabuf = drm_export(fd, bo.handle);
	CHECK_SYS(pipe(peer.go));
	CHECK_SYS(pipe(peer.done));
	pid = child_start(peer_main, &peer);
	hear(peer.done[0]);
	gpu_verify(&bo, NULL, 2);
	stamp_fill(bo.map, SIZE, 3, 1);
	gpu_bo_free(&bo);
	CHECK_SYS(close(peer.dmabuf));
	tell(peer.go[1]);
	child_wait(pid);
}

TEST(again, .name = "v3d/share-again", V3D,
     .about = "a hundred imports and closes leave nothing behind")
{
	unsigned int buffers = dmabuf_count();
	unsigned int attachments = dmabuf_attachments();
	FD(dmabuf, exporters[0].create(SIZE));
	V3D_FILE(fd);
	size_t pages = v3d_pages();

	for (int i = 0; i < 100; i++) {
		struct gpu_bo bo = v3d_bo_import(fd, dmabuf);

		CHECK_EQ(v3d_pages(), pages + PAGES);
		gpu_bo_free(&bo);
	}
	CHECK_EQ(v3d_pages(), pages);
	CHECK_EQ(dmabuf_attachments(), attachments);
	CHECK_EQ(dmabuf_count(), buffers + 1);
}
