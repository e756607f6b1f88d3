// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs that files, processes and drivers share. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/helper.h"
#include "lib/lima.h"
#include "lib/panfrost-chain.h"
#include "lib/process.h"
#include "lib/virtio-gpu.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/* The GPU finds the stamps of BO @number in @bo, then copies it to @to. */
static void gpu_verify(const struct gpu_bo *bo, const struct gpu_bo *to,
		       uint32_t number)
{
	GPU_BO(out, lima_bo_mapped(bo->fd, PAGE));
	LIMA_TASK(task, lima_task(bo->fd, LIMA_PIPE_PP));

	lima_use(&task, bo, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_check_stamps(&task.commands, out.va, bo->va, SIZE, number, 1);
	if (to) {
		lima_use(&task, to, LIMA_SUBMIT_BO_WRITE);
		commands_copy(&task.commands, to->va, bo->va, SIZE);
	}
	lima_run(&task);
	CHECK_EQ(*(uint64_t *)out.map, PAGES);
}

TEST(import, .name = "lima/share-import", LIMA,
     .about = "lima's GPU reads and writes the pages of any dma-buf")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		FD(dmabuf, exporters[i].create(SIZE));
		unsigned int attachments = dmabuf_attachments();
		LIMA_FILE(fd);
		struct gpu_bo bo = lima_bo_import(fd, dmabuf);
		GPU_BO(src, lima_bo_mapped(fd, SIZE));
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

TEST(panfrost, .name = "lima/share-panfrost", LIMA,
     .about = "panfrost's GPU reads and writes a BO of lima")
{
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, SIZE));
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

TEST(helper, .name = "lima/share-helper",
     .kernel_args = "shrinkbench.gpus=lima shrinkbench.helpers=2",
     .about = "the helper-level driver has the pages and a kernel mapping of a "
	      "BO of lima, and lima those of its BO")
{
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, SIZE));
	HELPER_DEVICE(helper, 0);
	int dmabuf = drm_export(fd, bo.handle);
	struct helper_bo theirs = {.fd = helper,
				   .handle = drm_import(helper, dmabuf),
				   .size = SIZE};
	struct helper_bo used;
	struct gpu_bo ours;

	CHECK_SYS(close(dmabuf));
	stamp_fill(bo.map, SIZE, 7, 1);
	helper_do(&theirs, SB_HELPER_ATTACH);
	helper_verify(&theirs, SB_HELPER_DEVICE, 7);
	helper_do(&theirs, SB_HELPER_VMAP);
	helper_verify(&theirs, 0, 7);
	helper_fill(&theirs, 0, 8);
	stamp_verify(bo.map, SIZE, 8, 1);
	helper_do(&theirs, SB_HELPER_VUNMAP);
	gpu_verify(&bo, NULL, 8);
	helper_bo_close(&theirs);

	used = helper_bo_used(helper, PAGES, 0, 3);
	dmabuf = drm_export(helper, used.handle);
	ours = lima_bo_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
	gpu_verify(&ours, NULL, 3);
	gpu_bo_free(&ours);
	helper_bo_close(&used);
}

TEST(others, .name = "lima/share-others", LIMA,
     .about = "vgem imports a BO of lima and gives it back; virtio-gpu imports "
	      "it or says that it cannot")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	GPU_BO(bo, lima_bo_mapped(fd, SIZE));
	FD(dmabuf, drm_export(fd, bo.handle));
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	GPU(gpu);
	uint32_t handle = drm_import(vgem, dmabuf), virtio;
	FD(back, drm_export(vgem, handle));
	struct gpu_bo again;
	int err;

	stamp_fill(bo.map, SIZE, 5, 1);
	drm_gem_close(vgem, handle);
	again = lima_bo_import(other, back);
	gpu_verify(&again, NULL, 5);
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
	LIMA_FILE(fd);
	/* So that the GPU addresses differ */
	GPU_BO(filler, lima_bo(fd, 3 * PAGE, 0));
	struct gpu_bo bo = lima_bo_import(fd, peer->dmabuf);

	CHECK_CMP(bo.va, !=, 0);
	gpu_verify(&bo, NULL, 1);
	lima_bo_map(&bo);
	stamp_fill(bo.map, SIZE, 2, 1);
	tell(peer->done[1]);
	hear(peer->go[0]);
	/* The other process has closed it. */
	gpu_verify(&bo, NULL, 3);
	gpu_bo_free(&bo);
}

TEST(processes, .name = "lima/share-processes", LIMA,
     .about = "two processes have a BO by its dma-buf, each at an address of "
	      "its own; it lives as long as either")
{
	struct peer peer;
	LIMA_FILE(fd);
	struct gpu_bo bo = lima_bo_mapped(fd, SIZE);
	pid_t pid;

	CHECK_EQ(bo.va, 0);
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

TEST(again, .name = "lima/share-again", LIMA,
     .about = "a hundred imports and closes leave nothing behind")
{
	unsigned int buffers = dmabuf_count();
	unsigned int attachments = dmabuf_attachments();
	FD(dmabuf, exporters[0].create(SIZE));
	LIMA_FILE(fd);

	for (int i = 0; i < 100; i++) {
		struct gpu_bo bo = lima_bo_import(fd, dmabuf);

		CHECK_EQ(bo.va, 0);
		gpu_bo_free(&bo);
	}
	CHECK_EQ(dmabuf_attachments(), attachments);
	CHECK_EQ(dmabuf_count(), buffers + 1);
}
