// SPDX-License-Identifier: GPL-2.0-or-later
/* dma-bufs imported by devices: attach, map, close in any order. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/panfrost-chain.h"
#include "lib/virtio-gpu.h"
#include "lib/exporter.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/* Number of pages in which the GPU finds the expected stamp. */
static uint64_t gpu_good_pages(const struct pan_bo *bo, uint32_t number,
			       uint32_t generation)
{
	struct pan_bo out = pan_bo_mapped(bo->fd, PAGE, PANFROST_BO_NOEXEC);
	struct chain chain = chain_new(bo->fd);
	uint64_t good;

	chain_use(&chain, bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo->va, bo->size, number,
			   generation);
	chain_run(&chain);
	good = *(uint64_t *)out.map;
	chain_free(&chain);
	pan_bo_free(&out);
	return good;
}

TEST(panfrost, .name = "dmabuf/panfrost",
     .about = "panfrost's GPU reads and writes the pages of any dma-buf")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = exporters[i].create(SIZE);
		char *map = dmabuf_mmap(dmabuf);
		int fd = pan_open();
		struct pan_bo bo = pan_bo_import(fd, dmabuf);
		struct pan_bo src = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
		struct chain chain = chain_new(fd);

		test_note("%s", exporters[i].name);
		CHECK_EQ(bo.size, SIZE);
		stamp_fill(map, SIZE, i, 1);
		CHECK_EQ(gpu_good_pages(&bo, i, 1), PAGES);
		/* A wrong stamp is noticed. */
		CHECK_EQ(gpu_good_pages(&bo, i, 2), 0);

		stamp_fill(src.map, SIZE, i, 3);
		chain_use(&chain, &bo);
		chain_use(&chain, &src);
		chain_copy(&chain, bo.va, src.va, SIZE);
		chain_run(&chain);
		stamp_verify(map, SIZE, i, 3);
		chain_free(&chain);
		pan_bo_free(&bo);
		pan_bo_free(&src);
		CHECK_SYS(close(fd));
		CHECK_SYS(munmap(map, SIZE));
		CHECK_SYS(close(dmabuf));
	}
}

TEST(vgem, .name = "dmabuf/vgem",
     .about =
	     "vgem imports any dma-buf, once per file, and gives the same back")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = exporters[i].create(SIZE);
		int vgem = drm_open(DRM_VGEM, DRM_CARD);
		char *map = dmabuf_mmap(dmabuf);
		uint32_t handle = drm_import(vgem, dmabuf);
		char *again;
		int back;

		test_note("%s", exporters[i].name);
		CHECK_EQ(drm_import(vgem, dmabuf), handle);
		stamp_fill(map, SIZE, i, 1);
		CHECK_SYS(munmap(map, SIZE));
		CHECK_SYS(close(dmabuf));
		back = drm_export(vgem, handle);
		again = dmabuf_mmap(back);
		stamp_verify(again, SIZE, i, 1);
		drm_gem_close(vgem, handle);
		stamp_verify(again, SIZE, i, 1);
		CHECK_SYS(munmap(again, SIZE));
		CHECK_SYS(close(back));
		CHECK_SYS(close(vgem));
	}
}

TEST(counts, .name = "dmabuf/attachments",
     .about = "an import is one attachment until its last handle is closed")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		unsigned int buffers = dmabuf_count();
		unsigned int attachments = dmabuf_attachments();
		int dmabuf = exporters[i].create(SIZE);
		/*
		 * An import into the exporting file gives the original BO, without
		 * an attachment.
		 */
		unsigned int vgem_has = !strstr(exporters[i].name, "vgem");
		unsigned int pan_has = !strstr(exporters[i].name, "panfrost");
		int vgem = drm_open(DRM_VGEM, DRM_CARD);
		int fd = pan_open();
		uint32_t first, second;

		test_note("%s", exporters[i].name);
		CHECK_EQ(dmabuf_count(), buffers + 1);
		CHECK_EQ(dmabuf_attachments(), attachments);
		first = drm_import(vgem, dmabuf);
		CHECK_EQ(drm_import(vgem, dmabuf), first);
		CHECK_EQ(dmabuf_attachments(), attachments + vgem_has);
		if (!exporters[i].shared) {
			drm_gem_close(vgem, first);
			vgem_has = 0;
		}
		second = drm_import(fd, dmabuf);
		CHECK_EQ(dmabuf_attachments(),
			 attachments + vgem_has + pan_has);
		if (exporters[i].shared)
			drm_gem_close(vgem, first);
		CHECK_EQ(dmabuf_attachments(), attachments + pan_has);
		CHECK_SYS(close(dmabuf));
		CHECK_EQ(dmabuf_count(), buffers + 1);
		drm_gem_close(fd, second);
		CHECK_EQ(dmabuf_count(), buffers);
		CHECK_EQ(dmabuf_attachments(), attachments);
		CHECK_SYS(close(vgem));
		CHECK_SYS(close(fd));
	}
}

/*
 * Four things can hold a buffer; dropping the last of them frees it. They are
 * dropped in each of the 24 orders.
 */
enum { FILE_OF_EXPORTER, FD, IMPORT, MAPPING, HOLDERS };

static void close_in_order(const int order[HOLDERS])
{
	int fd = gpu_render();
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct bo bo = bo_buffer(fd, SIZE);
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t imported = drm_import(vgem, dmabuf);
	char *map = dmabuf_mmap(dmabuf);
	bool mapped = true;

	stamp_fill(map, SIZE, 1, 1);
	/* The host may get the pages only when it needs them. */
	bo_to_host(&bo);
	bo_unmap(&bo);
	for (int i = 0; i < HOLDERS; i++) {
		CHECK(res_exists(bo.res));
		CHECK_EQ(res_pages(bo.res), PAGES);
		switch (order[i]) {
		case FILE_OF_EXPORTER:
			CHECK_SYS(close(fd));
			break;
		case FD:
			CHECK_SYS(close(dmabuf));
			break;
		case IMPORT:
			drm_gem_close(vgem, imported);
			break;
		case MAPPING:
			CHECK_SYS(munmap(map, SIZE));
			mapped = false;
			break;
		}
		if (mapped)
			stamp_verify(map, SIZE, 1, 1);
	}
	CHECK_SYS(close(vgem));
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(orders, .name = "dmabuf/close-orders",
     .about = "file, dma-buf, import, mapping: the last to be closed frees it")
{
	unsigned int buffers = dmabuf_count();

	for (int n = 0; n < HOLDERS * HOLDERS * HOLDERS * HOLDERS; n++) {
		int order[HOLDERS] = {
			n % HOLDERS,
			n / HOLDERS % HOLDERS,
			n / HOLDERS / HOLDERS % HOLDERS,
			n / HOLDERS / HOLDERS / HOLDERS,
		};
		unsigned int seen = 0;

		for (int i = 0; i < HOLDERS; i++)
			seen |= 1u << order[i];
		if (seen != (1u << HOLDERS) - 1)
			continue;
		close_in_order(order);
		CHECK_EQ(dmabuf_count(), buffers);
	}
}

TEST(chain_of, .name = "dmabuf/three-devices",
     .about = "one buffer, three devices: virtio-gpu, panfrost and the CPU")
{
	GPU(fd);
	PAN(pan);
	BO(bo, bo_buffer(fd, SIZE));
	int dmabuf = drm_export(fd, bo.handle);
	PAN_BO(theirs, pan_bo_import(pan, dmabuf));
	PAN_BO(src, pan_bo_mapped(pan, SIZE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(pan));
	void *data;

	/* The CPU writes, panfrost's GPU copies, virtio-gpu transfers. */
	stamp_fill(src.map, SIZE, 7, 1);
	chain_use(&chain, &theirs);
	chain_use(&chain, &src);
	chain_copy(&chain, theirs.va, src.va, SIZE);
	chain_run(&chain);
	res_expect(&bo, 7, 1);
	bo_to_host(&bo);
	data = res_data(bo.res, 0, SIZE);
	stamp_verify(data, SIZE, 7, 1);
	free(data);
	/* And back again. */
	memset(bo.map, 0, SIZE);
	res_forget(&bo);
	bo_from_host(&bo);
	CHECK_EQ(gpu_good_pages(&theirs, 7, 1), PAGES);
	chain_free(&chain);
	pan_bo_free(&theirs);
	pan_bo_free(&src);
	CHECK_SYS(close(dmabuf));
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(again, .name = "dmabuf/import-again",
     .about = "a hundred imports and closes leave nothing behind")
{
	unsigned int buffers = dmabuf_count();
	unsigned int attachments = dmabuf_attachments();
	PAN(pan);
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	int dmabuf = dmabuf_from_heap(SIZE);

	for (int i = 0; i < 100; i++) {
		uint32_t in_vgem = drm_import(vgem, dmabuf);
		struct pan_bo bo;

		CHECK_EQ(dmabuf_attachments(), attachments + 1);
		drm_gem_close(vgem, in_vgem);
		bo = pan_bo_import(pan, dmabuf);
		CHECK_EQ(dmabuf_attachments(), attachments + 1);
		pan_bo_free(&bo);
		CHECK_EQ(dmabuf_attachments(), attachments);
	}
	CHECK_SYS(close(dmabuf));
	CHECK_EQ(dmabuf_count(), buffers);
}

TEST(not_ours, .name = "dmabuf/not-a-dmabuf",
     .about = "importers take nothing but a dma-buf")
{
	PAN(pan);
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	int ends[2];
	uint32_t handle = 0;

	CHECK_SYS(pipe(ends));
	CHECK_EQ(drm_try_import(pan, ends[0], &handle), EINVAL);
	CHECK_EQ(drm_try_import(vgem, ends[0], &handle), EINVAL);
	CHECK_EQ(drm_try_import(pan, -1, &handle), EBADF);
	CHECK_EQ(drm_try_import(vgem, -1, &handle), EBADF);
	CHECK_EQ(handle, 0);
}
