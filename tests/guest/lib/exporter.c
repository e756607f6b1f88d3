// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/panfrost.h"
#include "lib/virtio-gpu.h"
#include "lib/exporter.h"

#define BUFINFO "/sys/kernel/debug/dma_buf/bufinfo"

static int from_virtio(size_t size)
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, size);
	int dmabuf = drm_export(fd, bo.handle);

	bo_close(&bo);
	CHECK_SYS(close(fd));
	return dmabuf;
}

static int from_virtio_blob(size_t size)
{
	int fd = gpu_render();
	struct bo bo = bo_blob(fd, size);
	int dmabuf = drm_export(fd, bo.handle);

	bo_close(&bo);
	CHECK_SYS(close(fd));
	return dmabuf;
}

static int from_panfrost(size_t size)
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, size, PANFROST_BO_NOEXEC);
	int dmabuf = drm_export(fd, bo.handle);

	pan_bo_free(&bo);
	CHECK_SYS(close(fd));
	return dmabuf;
}

static int from_vgem(size_t size)
{
	int fd = drm_open(DRM_VGEM, DRM_CARD);
	uint32_t handle = vgem_create(fd, size);
	int dmabuf = drm_export(fd, handle);

	CHECK_SYS(close(fd));
	return dmabuf;
}

const struct exporter exporters[] = {
	{"virtio-gpu buffer", from_virtio, true},
	{"virtio-gpu guest blob", from_virtio_blob, true},
	{"panfrost BO", from_panfrost, true},
	{"vgem BO", from_vgem, true},
	{"system heap", dmabuf_from_heap, false},
	{"udmabuf", dmabuf_from_udmabuf, false},
};
const unsigned int exporter_count = sizeof(exporters) / sizeof(*exporters);

/* Sum of N in the lines "Total N WHAT" of the list. */
static unsigned int total(const char *what)
{
	unsigned int sum = 0;
	char *text, *save;

	if (access(BUFINFO, R_OK))
		test_skip("the kernel has no list of dma-bufs in debugfs");
	text = file_read(BUFINFO);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned int number;
		char word[16];

		if (sscanf(line, "Total %u %15s", &number, word) == 2 &&
		    !strncmp(word, what, strlen(what)))
			sum += number;
	}
	free(text);
	return sum;
}

unsigned int dmabuf_count(void)
{
	return total("objects");
}

unsigned int dmabuf_attachments(void)
{
	return total("devices");
}
