// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs without memory for the pages that the host is to use. They are in a memory
 * cgroup that is too small. Only a page fault may have a process killed for it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cgroup.h"
#include "lib/virtio-reclaim.h"

#define PAGES 1024
#define SIZE (PAGES * PAGE)
#define GROUP "virtio-nomem"
/* Memory of the cgroup for everything but BOs. */
#define ROOM (512 * KIB)

/* Each way to let the host use the BO fails with @err, and changes nothing. */
static void check_refused(const struct bo *bo, int err)
{
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)&bo->handle,
		.num_bo_handles = 1,
	};
	const struct {
		unsigned long request;
		void *arg;
	} uses[] = {
		{DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to},
		{DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from},
		{DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit},
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		CHECK_ERRNO(drm_ioctl(bo->fd, uses[i].request, uses[i].arg),
			    err);
		CHECK_EQ(gpu_count(), 0);
		CHECK_EQ(res_pages(bo->res), 0);
		/* Neither locked nor busy. */
		CHECK(bo_willneed(bo));
		CHECK(!bo_busy(bo));
		gpu_scan(1);
	}
}

/* An evicted BO, for which the cgroup has too little memory to bring it back. */
static struct bo evicted_bo(void)
{
	struct bo bo;

	cgroup_enter(GROUP);
	bo = bo_used(gpu_render(), PAGES, 1);
	gpu_scan_all();
	for (int i = 0; cgroup_size(GROUP, "memory.current") > ROOM; i++) {
		CHECK_CMP(i, <, 100);
		cgroup_reclaim(GROUP, SIZE / 4);
	}
	cgroup_limit(GROUP, 2 * ROOM);
	return bo;
}

static void evicted_child(void *arg)
{
	BO(bo, evicted_bo());

	(void)arg;
	check_refused(&bo, ENOMEM);
	cgroup_unlimit(GROUP);
	bo_verify(&bo, 1);
}

TEST(evicted, .name = "virtio/evict-no-memory", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "the use of an evicted BO fails with ENOMEM if there is no "
	      "memory for it, and works when there is")
{
	cgroup_new(GROUP, 0);
	child_wait(child_start(evicted_child, NULL));
	cgroup_remove(GROUP);
}

/* A process that the OOM killer must not kill, so it fails instead. */
static void untouchable_child(void *arg)
{
	BO(bo, evicted_bo());

	(void)arg;
	file_write("/proc/self/oom_score_adj", "-1000");
	CHECK(mem_bus_error(bo.map, false));
	/*
	 * check_refused() only makes calls that can fail, so no process is killed.
	 */
	file_write("/proc/self/oom_score_adj", "0");
	check_refused(&bo, ENOMEM);
	cgroup_unlimit(GROUP);
	bo_verify(&bo, 1);
}

TEST(untouchable, .name = "virtio/evict-no-memory-fault",
     .needs = "virtio-shrinker", .swap_mib = 32, .seconds = 120,
     .about = "a page fault ends in SIGBUS when there is no memory for the BO "
	      "and nobody to be killed for it; later calls end in ENOMEM again")
{
	cgroup_new(GROUP, 0);
	child_wait(child_start(untouchable_child, NULL));
	CHECK_EQ(cgroup_event(GROUP, "oom_kill"), 0);
	cgroup_remove(GROUP);
}

/* The one that the OOM killer chooses: it locks as much memory as the BO has. */
static void victim(void *arg)
{
	int ready = *(int *)arg;

	file_write("/proc/self/oom_score_adj", "1000");
	CHECK_SYS(mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
	CHECK_EQ(CHECK_SYS(write(ready, "", 1)), 1);
	for (;;)
		pause();
}

/*
 * The kernel may take memory that the victim is about to give back for used, and choose
 * another process (exit_mmap() sets MMF_OOM_SKIP before the pages are free). That must not
 * be the one that faults.
 */
static void bystander(void *arg)
{
	(void)arg;
	file_write("/proc/self/oom_score_adj", "999");
	for (;;)
		pause();
}

static void faulting_child(void *arg)
{
	BO(bo, evicted_bo());
	int ready[2], status;
	char byte;
	pid_t pid, other;

	(void)arg;
	cgroup_limit(GROUP, SIZE + 3 * ROOM);
	CHECK_SYS(pipe(ready));
	other = child_start(bystander, NULL);
	pid = child_start(victim, &ready[1]);
	CHECK_SYS(close(ready[1]));
	CHECK_EQ(CHECK_SYS(read(ready[0], &byte, 1)), 1);
	CHECK(!mem_bus_error(bo.map, false));
	CHECK_EQ(CHECK_SYS(waitpid(pid, &status, 0)), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK_SYS(kill(other, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(other, &status, 0)), other);
	bo_verify(&bo, 1);
	CHECK_SYS(close(ready[0]));
}

TEST(kills, .name = "virtio/evict-no-memory-kills", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "a page fault on an evicted BO has another process killed for "
	      "memory, and then finds the content")
{
	cgroup_new(GROUP, 0);
	child_wait(child_start(faulting_child, NULL));
	CHECK_CMP(cgroup_event(GROUP, "oom_kill"), >=, 1);
	cgroup_remove(GROUP);
}

static void fresh_child(void *arg)
{
	struct bo bo;

	(void)arg;
	cgroup_enter(GROUP);
	bo = bo_buffer_unmapped(gpu_render(), SIZE);
	bo_wait(&bo);
	check_refused(&bo, ENOMEM);
	cgroup_unlimit(GROUP);
	bo_to_host(&bo);
	CHECK_EQ(gpu_count(), PAGES);
	bo_map(&bo);
	for (size_t i = 0; i < SIZE; i++)
		CHECK_EQ(((char *)bo.map)[i], 0);
	bo_close_wait(&bo);
}

TEST(fresh, .name = "virtio/attach-no-memory", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "the first use of a BO fails with ENOMEM if there is no memory "
	      "for it, and works when there is")
{
	cgroup_new(GROUP, 2 * ROOM);
	child_wait(child_start(fresh_child, NULL));
	cgroup_remove(GROUP);
}
