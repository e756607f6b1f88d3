// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System sleep. Hibernation is for the host a reset: it knows no resource and no scanout
 * afterwards. With 3D, the driver refuses it.
 */
#include <errno.h>
#include <unistd.h>

#include "display.h"
#include "lib/sleep.h"
#include "lib/virtio-reclaim.h"
#include "plain.h"

#define PAGES 8

#define HIBERNATES .boot_needs = "virtio-hibernate", .last = true
#define HIBERNATES_AND_EVICTS                                                  \
	.boot_needs = "virtio-hibernate", .needs = "virtio-shrinker",          \
	.swap_mib = 16, .last = true

/*
 * The device that was reset gets a command for each resource that it had: @count. The
 * driver notifies it of them with the next one.
 */
static void hibernate(int fd, unsigned int count)
{
	struct bo next;

	CHECK_EQ(sleep_system("hibernate"), 0);
	next = bo_dumb(fd, 32, 32);
	WAIT_UNTIL(res_exists(next.res));
	CHECK_EQ(cmd_seen("RESOURCE_CREATE_2D"), count + 1);
	bo_close_wait(&next);
	CHECK_EQ(res_count(), count);
}

TEST(refused, .name = "virtio/hibernate-3d", HIBERNATES,
     .about = "with 3D, the driver refuses hibernation, and works on")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	CHECK_EQ(sleep_system("hibernate"), EPERM);
	bo_verify(&bo, 1);
}

TEST(content, .name = "virtio/hibernate", HIBERNATES,
     .about = "after hibernation, the host has each resource again, and gets "
	      "its content")
{
	char *name = plain_begin();
	int fd = gpu_card();
	struct bo used = bo_used_dumb(fd, PAGES, 1);
	struct bo fresh = bo_dumb(fd, 32, 32);

	for (int round = 0; round < 3; round++) {
		hibernate(fd, 2);
		CHECK(res_exists(used.res));
		CHECK(res_exists(fresh.res));
		bo_verify(&used, 1);
	}
	bo_close_wait(&fresh);
	bo_close_wait(&used);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(evicted, .name = "virtio/hibernate-evicted", HIBERNATES_AND_EVICTS,
     .about = "evicted, purged and unused BOs are so after hibernation, too, "
	      "and "
	      "what was evicted comes back")
{
	char *name = plain_begin();
	int fd = gpu_card();
	struct bo evicted = bo_used_dumb(fd, PAGES, 1);
	struct bo purged = bo_used_dumb(fd, PAGES, 2);
	struct bo used, unneeded;

	CHECK(bo_dontneed(&purged));
	gpu_scan_all();
	used = bo_used_dumb(fd, PAGES, 3);
	unneeded = bo_used_dumb(fd, PAGES, 4);
	CHECK(bo_dontneed(&unneeded));
	for (int round = 0; round < 2; round++) {
		hibernate(fd, 3);
		CHECK(!bo_attached(&evicted));
		CHECK(!bo_attached(&purged));
		CHECK_EQ(gpu_count(), 2 * PAGES);
	}
	gpu_scan_all();
	CHECK(!bo_willneed(&unneeded));
	CHECK(!bo_willneed(&purged));
	mem_all_bus_errors(purged.map, purged.size);
	mem_all_bus_errors(unneeded.map, unneeded.size);
	bo_verify(&evicted, 1);
	bo_verify(&used, 3);
	bo_close_wait(&evicted);
	bo_close_wait(&purged);
	bo_close_wait(&used);
	bo_close_wait(&unneeded);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(blob, .name = "virtio/hibernate-blob", HIBERNATES,
     .about = "after hibernation, the host has each blob again, in the pages "
	      "where it was")
{
	char *name = plain_bind_without("lack virtio-gpu VIRGL\n");
	int fd = gpu_card();
	struct bo blob = bo_dumb(fd, 64, 64), next;
	void *data;

	stamp_fill(blob.map, blob.size, 1, 1);
	CHECK_EQ(sleep_system("hibernate"), 0);
	/* The host gets to know of the blob with the next command. */
	next = bo_dumb(fd, 32, 32);
	WAIT_UNTIL(res_exists(next.res));
	CHECK(res_exists(blob.res));
	CHECK_EQ(res_pages(blob.res), blob.size / PAGE);
	stamp_verify(blob.map, blob.size, 1, 1);
	data = res_data(blob.res, 0, blob.size);
	stamp_verify(data, blob.size, 1, 1);
	free(data);
	bo_close_wait(&next);
	bo_close_wait(&blob);
	CHECK_EQ(res_count(), 0);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(shown, .name = "virtio/hibernate-shown", HIBERNATES,
     .about = "after hibernation, the screen shows what it did before")
{
	char *name = plain_begin();
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);
	void *data;

	stamp_fill(bo.map, bo.size, 1, 1);
	display_show(&display, fb);
	hibernate(display.fd, 1);
	CHECK_EQ(scanout_resource(0), bo.res);
	data = res_data(bo.res, 0, bo.size);
	stamp_verify(data, bo.size, 1, 1);
	free(data);
	display_off(&display);
	fb_remove(display.fd, fb);
	bo_close_wait(&bo);
	CHECK_SYS(close(display.fd));
	plain_end(name);
}
