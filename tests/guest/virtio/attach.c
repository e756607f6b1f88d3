// SPDX-License-Identifier: GPL-2.0-or-later
/* When the host gets the pages of a BO: at the first use that needs them. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "display.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)
#define LATE .needs = "virtio-late-attach"

static void check_host(const struct bo *bo, uint32_t number)
{
	void *data = res_data(bo->res, 0, bo->size);

	stamp_verify(data, bo->size, number, 1);
	free(data);
}

TEST(fresh, .name = "virtio/attach-fresh", LATE,
     .about = "a new BO of any kind but a blob has no pages, and the host has "
	      "none of it")
{
	struct bo bo, dumb, texture;
	GPU_CARD(fd);
	size_t before;

	mem_settle();
	before = mem_info("Shmem");
	bo = bo_buffer_unmapped(fd, 8 * KIB * KIB);
	dumb = bo_dumb(fd, 64, 64);
	texture = bo_texture(fd, 64, 64);
	bo_wait(&bo);
	bo_wait(&dumb);
	bo_wait(&texture);
	CHECK_EQ(res_pages(bo.res), 0);
	CHECK_EQ(res_pages(dumb.res), 0);
	CHECK_EQ(res_pages(texture.res), 0);
	CHECK_CMP(mem_info("Shmem"), <, before + bo.size / 8);
	bo_to_host(&bo);
	bo_to_host(&dumb);
	bo_to_host(&texture);
	CHECK_EQ(res_pages(bo.res), bo.size / PAGE);
	CHECK_EQ(res_pages(dumb.res), dumb.size / PAGE);
	CHECK_EQ(res_pages(texture.res), texture.size / PAGE);
	CHECK_CMP(mem_info("Shmem"), >, before + bo.size / 8 * 7);
	bo_close_wait(&bo);
	bo_close_wait(&dumb);
	bo_close_wait(&texture);
	WAIT_UNTIL(mem_info("Shmem") < before + bo.size / 8);
}

TEST(mapped, .name = "virtio/attach-not-mapped", LATE,
     .about = "what the CPU does to a BO does not concern the host")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	unsigned int attached;

	bo_wait(&bo);
	attached = cmd_seen("RESOURCE_ATTACH_BACKING");
	stamp_fill(bo.map, SIZE, 1, 1);
	stamp_verify(bo.map, SIZE, 1, 1);
	CHECK_SYS(close(drm_export(fd, bo.handle)));
	CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached);
	CHECK_EQ(res_pages(bo.res), 0);
	bo_close_wait(&bo);
	/* It was destroyed without ever having been attached. */
	CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached);
}

TEST(to_host, .name = "virtio/attach-to-host",
     .about = "what was written before the first transfer is in it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	CHECK_EQ(res_pages(bo.res), PAGES);
	check_host(&bo, 1);
}

TEST(from_host, .name = "virtio/attach-from-host",
     .about = "the first transfer of a BO may be one from the host")
{
	const struct drm_virtgpu_3d_box box = {
		.x = 2 * PAGE,
		.w = 3 * PAGE,
		.h = 1,
		.d = 1,
	};
	GPU(fd);
	BO(src, bo_buffer(fd, SIZE));
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&src};
	struct sb_exec exec = exec_copy(&bo, 0, &src, 0, SIZE);

	stamp_fill(src.map, SIZE, 1, 1);
	bo_to_host(&src);
	/* The job copies within host storage, and does not name the other BO. */
	gpu_exec(fd, &exec, 1, bos, 1);
	bo_from_host_box(&bo, box, box.x);
	CHECK_EQ(res_pages(bo.res), PAGES);
	for (size_t i = 0; i < 2 * PAGE; i++)
		CHECK_EQ(((char *)bo.map)[i], 0);
	stamp_verify_pages((char *)bo.map + box.x, box.w, 1, 1, 2);
}

TEST(exec, .name = "virtio/attach-exec",
     .about = "a job has the pages of every BO that it names")
{
	GPU(fd);
	BO(src, bo_buffer(fd, SIZE));
	BO(dst, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&src, &dst, &src};
	struct sb_exec exec = exec_copy(&dst, 0, &src, 0, SIZE);

	exec.flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	stamp_fill(src.map, SIZE, 1, 1);
	res_expect(&src, 1, 1);
	gpu_exec(fd, &exec, 1, bos, 2);
	CHECK_EQ(res_pages(src.res), PAGES);
	CHECK_EQ(res_pages(dst.res), PAGES);
	stamp_verify(dst.map, SIZE, 1, 1);
}

TEST(show, .name = "virtio/attach-scanout",
     .about = "a buffer whose first use is to be shown is shown with its "
	      "content")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	BO(pointer, bo_cursor(&display));
	uint32_t fb = fb_screen(&display, &bo);

	stamp_fill(bo.map, bo.size, 1, 1);
	stamp_fill(pointer.map, pointer.size, 2, 1);
	res_expect(&bo, 1, 1);
	res_expect(&pointer, 2, 1);
	display_show(&display, fb);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &pointer, 0, 0);
	CHECK_EQ(res_pages(bo.res), bo.size / PAGE);
	check_host(&bo, 1);
	check_host(&pointer, 2);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	display_off(&display);
	fb_remove(display.fd, fb);
}

TEST(show_untouched, .name = "virtio/attach-scanout-untouched",
     .about = "a buffer that nobody ever touched is shown as zeroes")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	uint32_t fb = fb_screen(&display, &bo);
	char *data;

	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	data = res_data(bo.res, 0, bo.size);
	for (size_t i = 0; i < bo.size; i++)
		CHECK_EQ(data[i], 0);
	free(data);
	stamp_fill(bo.map, bo.size, 1, 1);
	display_off(&display);
	display_show(&display, fb);
	check_host(&bo, 1);
	fb_remove(display.fd, fb);
}

TEST(once, .name = "virtio/attach-once",
     .about = "a BO is attached once, however often and in whatever way it is "
	      "used")
{
	GPU_CARD(fd);
	GPU_CARD(other);
	unsigned int attached = cmd_seen("RESOURCE_ATTACH_BACKING");
	unsigned int detached = cmd_seen("RESOURCE_DETACH_BACKING");
	BO(bo, bo_dumb(fd, 32, 32 * PAGES));
	const struct bo *bos[] = {&bo};
	struct drm_gem_flink name = {.handle = bo.handle};
	struct drm_gem_open opened = {0};
	struct sb_exec exec = exec_nop();
	struct bo theirs;

	for (int i = 0; i < 3; i++) {
		bo_to_host(&bo);
		gpu_exec(fd, &exec, 1, bos, 1);
		bo_from_host(&bo);
	}
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	CHECK_SYS(drm_ioctl(other, DRM_IOCTL_GEM_OPEN, &opened));
	theirs = bo_of_handle(other, opened.handle);
	theirs.pitch = bo.pitch;
	bo_to_host(&theirs);
	CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached + 1);
	CHECK_EQ(cmd_seen("RESOURCE_DETACH_BACKING"), detached);
	drm_gem_close(other, theirs.handle);
}

TEST(with_purged, .name = "virtio/attach-with-purged",
     .needs = "virtio-shrinker",
     .about = "a job that is refused because one of its BOs is purged attaches "
	      "the others in time")
{
	GPU(fd);
	BO(fresh, bo_buffer_unmapped(fd, SIZE));
	BO(purged, bo_used(fd, PAGES, 1));
	struct sb_exec nop = exec_nop();
	uint32_t handles[] = {fresh.handle, purged.handle};
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = 2,
	};

	CHECK(bo_dontneed(&purged));
	gpu_scan_all();
	CHECK(!bo_willneed(&purged));
	mem_settle();
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec), EINVAL);
	/* If it has pages, the host gets them without another command. */
	if (mem_info("Shmem"))
		WAIT_UNTIL(res_pages(fresh.res) == PAGES);
}

TEST(unused, .name = "virtio/attach-unused", LATE,
     .about = "BOs that are made and closed unused cost no attach, and no "
	      "memory")
{
	/* Half a GiB in total, several times the RAM. */
	enum { COUNT = 32 };
	GPU(fd);
	unsigned int attached = cmd_seen("RESOURCE_ATTACH_BACKING");
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_buffer_unmapped(fd, 16 * KIB * KIB);
	CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached);
	for (unsigned int i = 0; i < COUNT; i++)
		bo_close(&bo[i]);
	WAIT_UNTIL(!res_exists(bo[COUNT - 1].res));
	CHECK_EQ(cmd_seen("RESOURCE_ATTACH_BACKING"), attached);
}

TEST(fails, .name = "virtio/attach-fails",
     .about = "a BO that the host failed to attach can be used and closed")
{
	GPU(fd);
	struct bo bo, other;

	cmd_fail("RESOURCE_ATTACH_BACKING");
	bo = bo_buffer(fd, SIZE);
	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	bo_to_host(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
	other = bo_buffer(fd, SIZE);
	stamp_fill(other.map, SIZE, 2, 1);
	bo_to_host(&other);
	check_host(&other, 2);
	bo_close_wait(&bo);
	bo_close_wait(&other);
}

/* Several processes create, use and scan BOs at once. */

static void race_child(void *arg)
{
	uint32_t number = *(uint32_t *)arg;
	int fd = gpu_card();

	for (uint32_t i = 0; i < 12; i++) {
		struct bo bo = bo_buffer(fd, (1 + (i + number) % 9) * PAGE);

		stamp_fill(bo.map, bo.size, number, 1);
		if (i % 3)
			bo_verify(&bo, number);
		gpu_scan(4);
		stamp_verify(bo.map, bo.size, number, 1);
		bo_verify(&bo, number);
		if (i % 4 == 1)
			CHECK(bo_dontneed(&bo));
		bo_close(&bo);
	}
}

TEST(race, .name = "virtio/attach-race", EVICTS, .seconds = 120,
     .about = "processes that create, use and scan BOs at once do not disturb "
	      "each other")
{
	enum { PROCESSES = 4 };
	unsigned int before = res_count();
	pid_t pids[PROCESSES];

	for (uint32_t i = 0; i < PROCESSES; i++)
		pids[i] = child_start(race_child, &i);
	for (unsigned int i = 0; i < PROCESSES; i++)
		child_wait(pids[i]);
	WAIT_UNTIL(res_count() == before);
	WAIT_UNTIL(!gpu_count());
}

/* Several processes use one BO for the first time at the same time. */
static void first_child(void *arg)
{
	const struct bo *bo = arg;

	for (int i = 0; i < 5; i++) {
		struct drm_virtgpu_3d_transfer_to_host to = {
			.bo_handle = bo->handle,
			.box = {.w = SIZE, .h = 1, .d = 1},
		};

		CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST,
				    &to));
		bo_wait(bo);
		gpu_scan(PAGES);
	}
}

TEST(first, .name = "virtio/attach-first-race", EVICTS, .seconds = 60,
     .about = "a BO that several use for the first time at once is attached as "
	      "if by one")
{
	enum { PROCESSES = 4, ROUNDS = 5 };
	GPU(fd);

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct bo bo = bo_buffer(fd, SIZE);
		pid_t pids[PROCESSES];

		stamp_fill(bo.map, SIZE, round, 1);
		res_expect(&bo, round, 1);
		cmd_hold("RESOURCE_ATTACH_BACKING");
		for (unsigned int i = 0; i < PROCESSES; i++)
			pids[i] = child_start(first_child, &bo);
		WAIT_UNTIL(cmd_pending("RESOURCE_ATTACH_BACKING"));
		cmd_release("RESOURCE_ATTACH_BACKING");
		for (unsigned int i = 0; i < PROCESSES; i++)
			child_wait(pids[i]);
		res_forget(&bo);
		bo_verify(&bo, round);
		check_host(&bo, round);
		bo_close_wait(&bo);
	}
	WAIT_UNTIL(!gpu_count());
}

/* More than the control queue takes. */
#define MANY 400

static void fill_queue(void *arg)
{
	int fd = *(int *)arg, fence = -1;
	struct sb_exec exec = exec_nop();

	for (unsigned int i = 0; i < MANY; i++) {
		if (fence != -1)
			CHECK_SYS(close(fence));
		fence = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	}
	CHECK(sync_file_wait(fence, 10000));
}

static void first_use(void *arg)
{
	const struct bo *bo = arg;

	bo_to_host(bo);
	CHECK_EQ(res_pages(bo->res), PAGES);
}

TEST(full, .name = "virtio/attach-queue-full", EVICTS, .seconds = 60,
     .about = "a BO that waits to be attached because the queue is full does "
	      "not lose its pages")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	pid_t filler, user;

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_wait(&bo);
	res_expect(&bo, 1, 1);
	cmd_hold("SUBMIT_3D");
	filler = drm_child_start(fd, fill_queue, &fd);
	WAIT_UNTIL(process_state(filler) == 'D');
	user = drm_child_start(fd, first_use, &bo);
	WAIT_UNTIL(process_state(user) == 'D');
	/* No BO can be evicted now, and no scan waits for one. */
	for (int i = 0; i < 3; i++)
		gpu_scan(1000);
	CHECK_EQ(bo_fault_in(&bo), 0);
	cmd_release("SUBMIT_3D");
	child_wait(user);
	child_wait(filler);
	res_forget(&bo);
	bo_verify(&bo, 1);
}

static void submit_three(void *arg)
{
	int fd = *(int *)arg;
	struct sb_exec exec = exec_nop();

	for (int i = 0; i < 3; i++)
		CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, NULL, 0, -1)));
}

TEST(evict_room, .name = "virtio/evict-queue-room", EVICTS, .seconds = 60,
     .about = "a BO is evicted although the queue has hardly room for the "
	      "command")
{
	unsigned int seen = cmd_seen("SUBMIT_3D");
	struct sb_exec exec = exec_nop();
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t filler;

	cmd_hold("SUBMIT_3D");
	/* The kernel may want two descriptors, in case it gets no table. */
	for (int i = 0; i < GPU_QUEUE - 2; i++)
		CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, NULL, 0, -1)));
	gpu_scan_all();
	CHECK_EQ(res_pages(bo.res), 0);
	/* There was room for two indeed: the third waits. */
	filler = drm_child_start(fd, submit_three, &fd);
	WAIT_UNTIL(process_state(filler) == 'D');
	CHECK_EQ(cmd_seen("SUBMIT_3D") - seen, GPU_QUEUE);
	cmd_release("SUBMIT_3D");
	child_wait(filler);
	bo_verify(&bo, 1);
}

TEST(evict_full, .name = "virtio/evict-queue-full", EVICTS, .seconds = 60,
     .about = "a BO that is evicted while the queue is full is whole, then and "
	      "afterwards")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	pid_t filler, scan;

	cmd_hold("SUBMIT_3D");
	filler = drm_child_start(fd, fill_queue, &fd);
	WAIT_UNTIL(process_state(filler) == 'D');
	/* The scan may wait, or return without having evicted anything. */
	scan = gpu_scan_start(PAGES);
	WAIT_UNTIL(process_state(scan) == 'D' || process_state(scan) == 'Z');
	CHECK_EQ(res_pages(bo.res), PAGES);
	cmd_release("SUBMIT_3D");
	child_wait(scan);
	child_wait(filler);
	bo_verify(&bo, 1);
	gpu_scan_all();
	bo_verify(&bo, 1);
}
