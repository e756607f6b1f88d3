// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs between drivers when memory runs out half-way. A call that fails must
 * leave nothing behind.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fail-nth.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"
#include "lib/virtio-gpu.h"
#include "lib/exporter.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/**
 * struct scene - the state that the calls work on
 * @fd: file that imports, or has the BO
 * @dmabuf: to be imported, or of the BO
 * @handle: of the BO
 * @attachments: of other importers
 * @buffers: other dma-bufs
 */
struct scene {
	int fd, dmabuf;
	uint32_t handle;
	unsigned int attachments, buffers;
};

static int import(void *arg)
{
	struct scene *scene = arg;

	return drm_try_import(scene->fd, scene->dmabuf, &scene->handle);
}

static void not_imported(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(dmabuf_attachments(), scene->attachments);
}

static void end_imported(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(dmabuf_attachments(), scene->attachments + 1);
	drm_gem_close(scene->fd, scene->handle);
	CHECK_EQ(dmabuf_attachments(), scene->attachments);
}

static void import_all(int fd, const char *own)
{
	struct scene scene = {.fd = fd};
	unsigned int buffers = dmabuf_count();

	inject_begin();
	for (unsigned int i = 0; i < exporter_count; i++) {
		const struct inject_call call = {
			.name = exporters[i].name,
			.call = import,
			.refused = not_imported,
			.done = end_imported,
			.refusable = true,
		};
		char *map;

		if (strstr(exporters[i].name, own))
			continue;
		scene.dmabuf = exporters[i].create(SIZE);
		map = dmabuf_mmap(scene.dmabuf);
		stamp_fill(map, SIZE, i, 1);
		scene.attachments = dmabuf_attachments();
		inject_each(&call, 1, &scene);
		stamp_verify(map, SIZE, i, 1);
		CHECK_SYS(munmap(map, SIZE));
		CHECK_SYS(close(scene.dmabuf));
		CHECK_EQ(dmabuf_count(), buffers);
	}
	close(fd);
}

TEST(into_panfrost, .name = "dmabuf/fail-import-panfrost",
     .needs = INJECT_NEEDS, .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails, an import into panfrost leaves no "
	      "attachment behind, and the next one works")
{
	import_all(pan_open(), "panfrost");
	shrink_settle();
}

TEST(into_vgem, .name = "dmabuf/fail-import-vgem", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails, an import into vgem leaves no "
	      "attachment behind, and the next one works")
{
	import_all(drm_open(DRM_VGEM, DRM_CARD), "vgem");
}

static void panfrost_bo(void *arg)
{
	struct scene *scene = arg;

	scene->handle = pan_bo(scene->fd, SIZE, PANFROST_BO_NOEXEC).handle;
}

static void vgem_bo(void *arg)
{
	struct scene *scene = arg;

	scene->handle = vgem_create(scene->fd, SIZE);
}

static void virtio_blob(void *arg)
{
	struct scene *scene = arg;
	struct bo bo = bo_blob(scene->fd, SIZE);

	bo_unmap(&bo);
	scene->handle = bo.handle;
}

static int export(void *arg)
{
	struct scene *scene = arg;

	return inject_export(scene->fd, scene->handle, &scene->dmabuf);
}

/* The DRM core may have cached the dma-buf for the next export. */
static void not_exported(void *arg)
{
	CHECK_CMP(dmabuf_count() - ((struct scene *)arg)->buffers, <=, 1);
}

static void end_exported(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(dmabuf_count(), scene->buffers + 1);
	CHECK_EQ(dmabuf_size(scene->dmabuf), SIZE);
	drm_gem_close(scene->fd, scene->handle);
	CHECK_SYS(close(scene->dmabuf));
	CHECK_EQ(dmabuf_count(), scene->buffers);
}

static void export_each(const char *name, int fd, void (*create)(void *scene))
{
	struct scene scene = {.fd = fd, .buffers = dmabuf_count()};
	const struct inject_call call = {
		.name = name,
		.setup = create,
		.call = export,
		.refused = not_exported,
		.done = end_exported,
		.refusable = true,
	};

	inject_each(&call, 1, &scene);
	CHECK_SYS(close(fd));
}

TEST(out_of, .name = "dmabuf/fail-export", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails, a BO whose export failed can be "
	      "exported afterwards, and goes when it is closed")
{
	unsigned int resources = res_count();

	inject_begin();
	export_each("panfrost", pan_open(), panfrost_bo);
	export_each("vgem", drm_open(DRM_VGEM, DRM_CARD), vgem_bo);
	export_each("virtio-gpu blob", gpu_render(), virtio_blob);
	shrink_settle();
	WAIT_UNTIL(res_count() == resources);
}
