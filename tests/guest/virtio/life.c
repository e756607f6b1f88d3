// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs whose process ends, and BOs during memory pressure. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)
#define COUNT 10

/* Memory that parent and child both see. */
struct report {
	uint32_t res[COUNT];
	uint32_t ready;
};

static struct report *report_new(void)
{
	return CHECK_SYS(mmap(NULL, sizeof(struct report),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

/* BOs of all kinds, mapped, and some of them exported. */
static void make_some(struct report *report)
{
	int fd = gpu_card();

	for (unsigned int i = 0; i < COUNT; i++) {
		struct bo bo = i % 3 == 0   ? bo_dumb(fd, 64, 64)
			       : i % 3 == 1 ? bo_buffer(fd, SIZE)
					    : bo_blob(fd, SIZE);

		stamp_fill(bo.map, bo.size, i, 1);
		if (i % 2)
			drm_export(fd, bo.handle);
		if (i % 3 != 2)
			bo_to_host(&bo);
		report->res[i] = bo.res;
	}
}

static void hold_and_wait(void *arg)
{
	struct report *report = arg;
	struct sb_exec exec = exec_nop();
	const struct bo *bos[1];
	struct bo bo;
	int fd = gpu_render();

	make_some(report);
	bo = bo_buffer(fd, SIZE);
	bos[0] = &bo;
	report->res[0] = bo.res;
	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	__atomic_store_n(&report->ready, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

TEST(killed, .name = "virtio/killed",
     .about = "a process killed with BOs, exports and held work leaves nothing")
{
	struct report *report = report_new();
	unsigned int contexts = ctx_count();
	unsigned int resources = res_count();
	pid_t pid = child_start(hold_and_wait, report);

	WAIT_UNTIL(__atomic_load_n(&report->ready, __ATOMIC_SEQ_CST));
	for (int i = 0; i < COUNT; i++)
		CHECK(res_exists(report->res[i]));
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(pid, NULL, 0)), pid);
	/* The device still works on this BO. */
	CHECK(res_exists(report->res[0]));
	cmd_release("SUBMIT_3D");
	for (int i = 0; i < COUNT; i++)
		WAIT_UNTIL(!res_exists(report->res[i]));
	WAIT_UNTIL(res_count() == resources);
	WAIT_UNTIL(ctx_count() == contexts);
}

static void make_and_exit(void *arg)
{
	make_some(arg);
}

TEST(exits, .name = "virtio/exits",
     .about = "a process that ends without closing anything leaves nothing")
{
	struct report *report = report_new();
	unsigned int resources = res_count();

	for (int round = 0; round < 5; round++) {
		child_wait(child_start(make_and_exit, report));
		WAIT_UNTIL(res_count() == resources);
	}
}

TEST(kept_fd, .name = "virtio/exits-fd-kept",
     .about = "what a dead process created lives on in a file that another "
	      "process holds")
{
	GPU(fd);
	uint32_t *handle = CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = CHECK_SYS(fork());
	struct bo bo;

	if (!pid) {
		bo = bo_buffer(fd, SIZE);
		stamp_fill(bo.map, SIZE, 1, 1);
		*handle = bo.handle;
		_exit(TEST_PASS);
	}
	child_wait(pid);
	bo = bo_of_handle(fd, *handle);
	bo_map(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	bo_close(&bo);
}

TEST(drop_caches, .name = "virtio/drop-caches",
     .about = "drop_caches takes no page of a BO that is in use")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	BO(blob, bo_blob(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	stamp_fill(blob.map, SIZE, 2, 1);
	res_expect(&bo, 1, 1);
	res_expect(&blob, 2, 1);
	bo_to_host(&bo);
	for (int i = 0; i < 3; i++) {
		mem_drop_caches();
		CHECK_EQ(res_pages(bo.res), PAGES);
		stamp_verify(bo.map, SIZE, 1, 1);
		blob_verify(&blob, 2);
		bo_to_host(&bo);
	}
}

TEST(pressure, .name = "virtio/memory-pressure", .swap_mib = 24,
     .about = "memory pressure takes no page from under the device")
{
	GPU(fd);
	struct bo bo[8];
	const unsigned int count = sizeof(bo) / sizeof(*bo);

	for (unsigned int i = 0; i < count; i++) {
		bo[i] = bo_buffer(fd, 64 * PAGE);
		stamp_fill(bo[i].map, bo[i].size, i, 1);
		res_expect(&bo[i], i, 1);
	}
	mem_pressure(NULL, NULL);
	for (unsigned int i = 0; i < count; i++) {
		bo_to_host(&bo[i]);
		stamp_verify(bo[i].map, bo[i].size, i, 1);
		bo_close(&bo[i]);
	}
}

TEST(memory_back, .name = "virtio/memory-back",
     .about = "the memory of closed BOs is free: more than all RAM in turn")
{
	/* 144 MiB in total, in a guest of 96 MiB. */
	enum { BO_PAGES = 1024, ROUNDS = 36 };
	GPU(fd);

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct bo bo = bo_buffer(fd, BO_PAGES * PAGE);

		/* All its pages must exist, whether they were touched or not. */
		bo_to_host(&bo);
		CHECK_EQ(res_pages(bo.res), BO_PAGES);
		bo_close(&bo);
		WAIT_UNTIL(!res_exists(bo.res));
	}
}

TEST(too_large, .name = "virtio/create-too-large",
     .about = "the creation of a BO for which there is no memory fails with "
	      "ENOMEM, and kills nobody")
{
	GPU(fd);
	size_t before = mem_info("MemAvailable");
	unsigned int resources = res_count();
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = 2 * (mem_info("MemTotal") & ~(PAGE - 1ul)),
	};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg),
		    ENOMEM);
	CHECK_EQ(res_count(), resources);
	/* It took all the memory that there was, and gave it back. */
	WAIT_UNTIL(mem_info("MemAvailable") > before / 4 * 3);
}
