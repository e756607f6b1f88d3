// SPDX-License-Identifier: GPL-2.0-or-later
/* Fences: out-fences, in-fences, held ones, and what happens to them on errors. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <linux/sync_file.h>

#include "lib/virtio-gpu.h"

#define SIZE (4 * PAGE)

TEST(out, .name = "virtio/fence-out",
     .about = "the out fence signals when the work is done, and not before")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_fill(&bo, 0, SIZE, 0x55aa55aa);
	uint32_t *data;
	int fence;

	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	CHECK_EQ(sync_file_status(fence), 0);
	CHECK(!sync_file_wait(fence, 0));
	CHECK(bo_busy(&bo));
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fence, 10000));
	CHECK_EQ(sync_file_status(fence), 1);
	CHECK(!bo_busy(&bo));
	data = res_data(bo.res, 0, SIZE);
	CHECK_EQ(data[0], 0x55aa55aa);
	CHECK_EQ(data[SIZE / 4 - 1], 0x55aa55aa);
	free(data);
	CHECK_SYS(close(fence));
}

TEST(busy, .name = "virtio/fence-busy",
     .about = "only the BOs of the held job are busy; waiting ends at release")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	BO(other, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_nop();

	bo_wait(&bo);
	bo_wait(&other);
	CHECK(!bo_busy(&bo));
	CHECK(!bo_busy(&other));
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(close(gpu_exec_fence(fd, &exec, 1, bos, 1, -1)));
	CHECK(bo_busy(&bo));
	CHECK(!bo_busy(&other));
	cmd_release("SUBMIT_3D");
	bo_wait(&bo);
	CHECK(!bo_busy(&bo));
}

TEST(in_order, .name = "virtio/fence-order",
     .about = "when a later fence has signalled, so have those before it")
{
	enum { COUNT = 20 };
	GPU(fd);
	struct sb_exec exec = exec_nop();
	int fences[COUNT];

	cmd_hold("SUBMIT_3D");
	for (int i = 0; i < COUNT; i++)
		fences[i] = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	for (int i = 0; i < COUNT; i++)
		CHECK_EQ(sync_file_status(fences[i]), 0);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fences[COUNT - 1], 10000));
	for (int i = 0; i < COUNT; i++) {
		CHECK_EQ(sync_file_status(fences[i]), 1);
		CHECK_SYS(close(fences[i]));
	}
}

TEST(timeline, .name = "virtio/fence-timeline",
     .about = "a fence does not overtake one that was sent before it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo.handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct sb_exec exec = exec_nop();
	int first;

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	first = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	/* The transfer itself is not held; it waits because it comes later. */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg));
	CHECK(bo_busy(&bo));
	CHECK_EQ(sync_file_status(first), 0);
	cmd_release("SUBMIT_3D");
	bo_wait(&bo);
	CHECK_EQ(sync_file_status(first), 1);
	CHECK_SYS(close(first));
}

static uint64_t fence_time(int fence)
{
	struct sync_fence_info info = {0};
	struct sync_file_info arg = {
		.num_fences = 1,
		.sync_fence_info = (uintptr_t)&info,
	};

	CHECK_SYS(drm_ioctl(fence, SYNC_IOC_FILE_INFO, &arg));
	CHECK_EQ(arg.num_fences, 1);
	/* 7.3 does not tell the driver of a fence that has signalled. */
	CHECK(!strcmp(info.driver_name, "virtio_gpu") ||
	      (info.status == 1 &&
	       !strcmp(info.driver_name, "detached-driver")));
	return info.timestamp_ns;
}

TEST(delayed, .name = "virtio/fence-delayed",
     .about = "the fence of work that takes a while signals after that while")
{
	enum { MS = 30 };
	GPU(fd);
	struct sb_exec exec = exec_nop();
	struct timespec before;
	int fence;

	device_write("faults", "delay virtio-gpu SUBMIT_3D %u\n", MS * 1000000);
	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &before));
	fence = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK(sync_file_wait(fence, 10000));
	/*
	 * A lower bound only: the device guarantees it, however slow the machine
	 * is.
	 */
	CHECK_CMP(fence_time(fence), >=,
		  (uint64_t)before.tv_sec * 1000000000u +
			  (uint64_t)before.tv_nsec + MS * 1000000);
	CHECK_SYS(close(fence));
	device_write("faults", "clear\n");
}

/* A job that another thread submits, and that a fence of vgem blocks. */
struct late {
	int fd;
	int in_fence;
	int out_fence;
	pid_t tid;
	struct bo *bo;
};

static void *late_submit(void *arg)
{
	struct late *late = arg;
	const struct bo *bos[] = {late->bo};
	struct sb_exec exec = exec_fill(late->bo, 0, SIZE, 0x77777777);

	__atomic_store_n(&late->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_SEQ_CST);
	late->out_fence =
		gpu_exec_fence(late->fd, &exec, 1, bos, 1, late->in_fence);
	return NULL;
}

/* Is thread @tid of this process asleep? */
static bool asleep(pid_t tid)
{
	char path[64];
	char *text, *state;
	bool yes;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (access(path, F_OK))
		FAIL("the job was submitted in spite of its in-fence");
	text = file_read(path);
	state = strrchr(text, ')');
	CHECK(state);
	yes = !strncmp(state, ") S ", 4);
	free(text);
	return yes;
}

TEST(in, .name = "virtio/fence-in",
     .about = "work with a foreign in-fence does not start before that signals")
{
	GPU(fd);
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	uint32_t handle = vgem_create(vgem, PAGE);
	uint32_t lock = vgem_fence_attach(vgem, handle);
	int dmabuf = drm_export(vgem, handle);
	BO(bo, bo_buffer(fd, SIZE));
	struct late late = {
		.fd = fd,
		.in_fence = dmabuf_fences(dmabuf),
		.out_fence = -1,
		.bo = &bo,
	};
	pthread_t thread;
	uint32_t *data;

	bo_wait(&bo);
	CHECK_EQ(sync_file_status(late.in_fence), 0);
	CHECK(!pthread_create(&thread, NULL, late_submit, &late));
	WAIT_UNTIL(__atomic_load_n(&late.tid, __ATOMIC_SEQ_CST));
	/* From then on, the thread only makes the ioctl. */
	WAIT_UNTIL(asleep(late.tid));
	data = res_data(bo.res, 0, SIZE);
	CHECK_EQ(data[0], 0);
	free(data);
	CHECK(!bo_busy(&bo));

	vgem_fence_signal(vgem, lock);
	CHECK(!pthread_join(thread, NULL));
	CHECK(sync_file_wait(late.out_fence, 10000));
	CHECK_EQ(sync_file_status(late.in_fence), 1);
	data = res_data(bo.res, 0, SIZE);
	CHECK_EQ(data[0], 0x77777777);
	free(data);

	CHECK_SYS(close(late.in_fence));
	CHECK_SYS(close(late.out_fence));
	CHECK_SYS(close(dmabuf));
	CHECK_SYS(close(vgem));
}

TEST(in_signalled, .name = "virtio/fence-in-signalled",
     .about = "a signalled in-fence, or one of our own, delays nothing")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();
	int first = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	int second;

	CHECK(sync_file_wait(first, 10000));
	second = gpu_exec_fence(fd, &exec, 1, NULL, 0, first);
	CHECK(sync_file_wait(second, 10000));
	CHECK_SYS(close(first));

	/*
	 * The device executes its own jobs in order, so the kernel does not wait.
	 */
	cmd_hold("SUBMIT_3D");
	first = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK_SYS(close(second));
	second = gpu_exec_fence(fd, &exec, 1, NULL, 0, first);
	CHECK_EQ(sync_file_status(first), 0);
	CHECK_EQ(sync_file_status(second), 0);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(second, 10000));
	CHECK_EQ(sync_file_status(first), 1);
	CHECK_SYS(close(first));
	CHECK_SYS(close(second));
}

TEST(outlives, .name = "virtio/fence-outlives",
     .about = "a fence outlives file, context and BO of its job")
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_nop();
	int fence;

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	bo_close(&bo);
	CHECK_SYS(close(fd));
	/* The job still has a reference. */
	CHECK(res_exists(bo.res));
	CHECK_EQ(sync_file_status(fence), 0);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(fence, 10000));
	WAIT_UNTIL(!res_exists(bo.res));
	CHECK_SYS(close(fence));
}

TEST(merge, .name = "virtio/fence-merge",
     .about = "fences of two jobs, merged, signal when both have")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();
	struct sync_merge_data merge = {.name = "merged"};
	int first, second, merged;

	cmd_hold("SUBMIT_3D");
	first = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	second = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	merge.fd2 = second;
	CHECK_SYS(drm_ioctl(first, SYNC_IOC_MERGE, &merge));
	merged = merge.fence;
	CHECK_EQ(sync_file_status(merged), 0);
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(merged, 10000));
	CHECK_EQ(sync_file_status(first), 1);
	CHECK_EQ(sync_file_status(second), 1);
	CHECK_SYS(close(first));
	CHECK_SYS(close(second));
	CHECK_SYS(close(merged));
}

TEST(lost_irq, .name = "virtio/fence-lost-irq",
     .about = "a lost interrupt is made good by the next one")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();
	int first, second;

	/* The context exists now, so a submit sends exactly one command. */
	gpu_exec(fd, &exec, 1, NULL, 0);
	device_write("faults", "lose-irq virtio-gpu 1\n");
	first = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK_EQ(sync_file_status(first), 0);
	second = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK(sync_file_wait(first, 10000));
	CHECK(sync_file_wait(second, 10000));
	CHECK_SYS(close(first));
	CHECK_SYS(close(second));
}

TEST(create_fence, .name = "virtio/fence-create",
     .about = "a new BO is busy until the device has made its resource")
{
	GPU(fd);
	struct bo bo;

	cmd_hold("RESOURCE_CREATE_3D");
	bo = bo_buffer(fd, SIZE);
	CHECK(bo_busy(&bo));
	cmd_release("RESOURCE_CREATE_3D");
	bo_wait(&bo);
	CHECK(!bo_busy(&bo));
	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	bo_close(&bo);
}
