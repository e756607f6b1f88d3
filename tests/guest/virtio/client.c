// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel draws itself, as its emulation of fbdev does (drivers-stub/client/). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "display.h"
#include "drivers-stub/client/ioctl.h"
#include "lib/fail-nth.h"
#include "lib/virtio-reclaim.h"

/* A client with a framebuffer that fills the display. @size: bytes of it. */
static int client_make(uint32_t *size)
{
	struct display display = display_open();
	struct sb_client_create create = {
		.fd = display.fd,
		.width = display.mode.hdisplay,
		.height = display.mode.vdisplay,
	};
	int fd;

	CHECK_SYS(fd = open("/dev/drm-client", O_RDWR | O_CLOEXEC));
	CHECK_SYS(ioctl(fd, SB_CLIENT_CREATE, &create));
	/* It would be the master. */
	CHECK_SYS(close(display.fd));
	CHECK_CMP(create.size, >=, 4 * create.width * create.height);
	*size = create.size;
	return fd;
}

static void client_fill(int fd, uint32_t size, uint32_t generation)
{
	void *data = aligned_alloc(PAGE, size);

	CHECK(data);
	stamp_fill(data, size, 1, generation);
	CHECK_EQ(pwrite(fd, data, size, 0), size);
	free(data);
}

static void client_check(int fd, uint32_t size, uint32_t generation)
{
	void *data = aligned_alloc(PAGE, size);

	CHECK(data);
	CHECK_EQ(pread(fd, data, size, 0), size);
	stamp_verify(data, size, 1, generation);
	free(data);
}

/* Show it. Returns its resource. */
static uint32_t client_show(int fd)
{
	CHECK_SYS(ioctl(fd, SB_CLIENT_SHOW));
	WAIT_UNTIL(scanout_resource(0));
	return scanout_resource(0);
}

static void host_check(uint32_t res, uint32_t size, uint32_t generation)
{
	void *data = res_data(res, 0, size);

	stamp_verify(data, size, 1, generation);
	free(data);
}

TEST(draw, .name = "virtio/client-draw", .needs = "drm-client",
     .about =
	     "what the kernel draws is shown, and its framebuffer goes with it")
{
	uint32_t size, res;
	int fd = client_make(&size);

	client_fill(fd, size, 1);
	res = client_show(fd);
	host_check(res, size, 1);
	client_fill(fd, size, 2);
	host_check(res, size, 1);
	CHECK_SYS(ioctl(fd, SB_CLIENT_FLUSH));
	host_check(res, size, 2);
	client_check(fd, size, 2);
	CHECK_SYS(close(fd));
	CHECK_EQ(scanout_resource(0), 0);
	WAIT_UNTIL(!res_exists(res));
}

/* A client whose framebuffer was shown, and which the shrinker can evict. */
static int client_evictable(uint32_t *size, uint32_t *res)
{
	int fd = client_make(size);
	struct display display;

	client_fill(fd, *size, 1);
	*res = client_show(fd);
	display = display_open();
	display_off(&display);
	CHECK_SYS(close(display.fd));
	return fd;
}

TEST(evict, .name = "virtio/client-evict",
     .needs = "drm-client virtio-shrinker", .swap_mib = 16,
     .about = "what the kernel draws on is not evicted while it is mapped, and "
	      "is when it is not")
{
	uint32_t size, res;
	int fd = client_evictable(&size, &res);

	CHECK_SYS(ioctl(fd, SB_CLIENT_VMAP));
	CHECK_EQ(gpu_count(), 0);
	gpu_scan(size / PAGE);
	CHECK_EQ(res_pages(res), size / PAGE);
	CHECK_SYS(ioctl(fd, SB_CLIENT_VUNMAP));
	CHECK_EQ(gpu_count(), size / PAGE);
	gpu_scan_all();
	CHECK_EQ(res_pages(res), 0);

	/* It comes back for a short mapping, and for a long one. */
	client_check(fd, size, 1);
	CHECK_EQ(gpu_count(), size / PAGE);
	gpu_scan_all();
	CHECK_SYS(ioctl(fd, SB_CLIENT_VMAP));
	CHECK_EQ(gpu_count(), 0);
	client_check(fd, size, 1);
	/* Deleted while it is mapped. */
	CHECK_SYS(close(fd));
	WAIT_UNTIL(!res_exists(res));
}

struct scene {
	int fd;
	uint32_t size;
	uint32_t res;
};

static void evicted(void *data)
{
	gpu_scan_all();
	(void)data;
}

static int map_long(void *data)
{
	const struct scene *scene = data;

	return ioctl(scene->fd, SB_CLIENT_VMAP) ? errno : 0;
}

static int map_short(void *data)
{
	const struct scene *scene = data;
	char byte;

	return pread(scene->fd, &byte, 1, 0) < 0 ? errno : 0;
}

/* It is neither pinned nor locked. */
static void is_free(void *data)
{
	const struct scene *scene = data;

	client_check(scene->fd, scene->size, 1);
	CHECK_EQ(gpu_count(), scene->size / PAGE);
}

static void unmap(void *data)
{
	const struct scene *scene = data;

	CHECK_SYS(ioctl(scene->fd, SB_CLIENT_VUNMAP));
	is_free(data);
}

TEST(no_memory, .name = "virtio/client-fail-nth",
     .needs = "drm-client virtio-shrinker " INJECT_NEEDS, .swap_mib = 16,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails of the kernel's mapping of its "
	      "framebuffer, it is not mapped, and can be")
{
	static const struct inject_call calls[] = {
		{.name = "vmap",
		 .setup = evicted,
		 .call = map_long,
		 .refused = is_free,
		 .done = unmap,
		 .refusable = true},
		{.name = "vmap_local",
		 .setup = evicted,
		 .call = map_short,
		 .refused = is_free,
		 .done = is_free,
		 .refusable = true},
	};
	struct scene scene;

	inject_begin();
	scene.fd = client_evictable(&scene.size, &scene.res);
	INJECT_EACH(calls, &scene);
	CHECK_SYS(close(scene.fd));
}
