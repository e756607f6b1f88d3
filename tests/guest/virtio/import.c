// SPDX-License-Identifier: GPL-2.0-or-later
/* What a device with blobs and without 3D imports, and shows in place; 7.3 can. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "display.h"
#include "lib/caps.h"
#include "lib/exporter.h"
#include "lib/mem.h"
#include "lib/sleep.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/virtio-reclaim.h"
#include "plain.h"

#define BLOBS_ONLY "lack virtio-gpu VIRGL\n"

/* A buffer that fills the display, with stamps of BO @number, and its import. */
struct imported {
	int dmabuf;
	char *map;
	struct bo bo;
	uint32_t fb;
};

static struct imported import(const struct display *display,
			      int (*create)(size_t size), uint32_t number)
{
	size_t size =
		(size_t)display->mode.hdisplay * display->mode.vdisplay * 4;
	struct imported buffer = {.dmabuf = create(size)};

	buffer.map = dmabuf_mmap(buffer.dmabuf);
	stamp_fill(buffer.map, size, number, 1);
	buffer.bo = bo_of_handle(display->fd,
				 drm_import(display->fd, buffer.dmabuf));
	buffer.bo.size = size;
	buffer.fb = fb_screen(display, &buffer.bo);
	/* The driver notifies the device of it with the next command. */
	display_show(display, buffer.fb);
	display_off(display);
	return buffer;
}

/* The device must read the stamps, and read them again after a change. */
static void show(const struct display *display, struct imported *buffer,
		 uint32_t number, uint32_t generation)
{
	stamp_fill(buffer->map, buffer->bo.size, number, generation);
	res_expect(&buffer->bo, number, generation);
	display_show(display, buffer->fb);
	CHECK_EQ(scanout_resource(0), buffer->bo.res);
	display_off(display);
	res_forget(&buffer->bo);
}

static void release(struct imported *buffer, uint32_t number,
		    uint32_t generation)
{
	uint32_t res = buffer->bo.res;

	fb_remove(buffer->bo.fd, buffer->fb);
	drm_gem_close(buffer->bo.fd, buffer->bo.handle);
	WAIT_UNTIL(!res_exists(res));
	stamp_verify(buffer->map, buffer->bo.size, number, generation);
	CHECK_SYS(munmap(buffer->map, buffer->bo.size));
	CHECK_SYS(close(buffer->dmabuf));
}

TEST(shown, .name = "virtio/import-show", .needs = "virtio-import",
     .about = "a device with blobs and without 3D shows the pages of any "
	      "dma-buf, and lets go of them")
{
	char *name = plain_bind_without(BLOBS_ONLY);
	struct display display = display_open();

	for (unsigned int i = 0; i < exporter_count; i++) {
		struct imported buffer;

		/* The device itself. */
		if (!strncmp(exporters[i].name, "virtio", 6))
			continue;
		test_note("%s", exporters[i].name);
		buffer = import(&display, exporters[i].create, i);
		CHECK_EQ(res_pages(buffer.bo.res), buffer.bo.size / PAGE);
		show(&display, &buffer, i, 1);
		show(&display, &buffer, i, 2);
		if (caps_has("virtio-shrinker"))
			gpu_scan(1000);
		mem_drop_caches();
		show(&display, &buffer, i, 3);
		release(&buffer, i, 3);
	}
	CHECK_SYS(close(display.fd));
	plain_end(name);
}

TEST(slept, .name = "virtio/import-hibernate", .needs = "virtio-import",
     .boot_needs = "virtio-hibernate", .last = true,
     .about = "after hibernation, the device shows an imported buffer again")
{
	char *name = plain_bind_without(BLOBS_ONLY);
	struct display display = display_open();
	struct imported buffer = import(&display, dmabuf_from_udmabuf, 1);

	show(&display, &buffer, 1, 1);
	CHECK_EQ(sleep_system("hibernate"), 0);
	show(&display, &buffer, 1, 2);
	release(&buffer, 1, 2);
	CHECK_SYS(close(display.fd));
	plain_end(name);
}
