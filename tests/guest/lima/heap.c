// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Heaps: BOs that have a few pages at first. When the PLBU has used them up, the driver
 * doubles the heap while the task waits (lima_heap_alloc()).
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/fail-nth.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/process.h"
#include "lib/test.h"

/* What a heap has at first: lima.heap_init_nr_pages */
#define FIRST 8
/* Where the driver has one allocation of page tables: 32 MiB of addresses */
#define BLOCK (32 * MIB)

static struct gpu_bo heap_bo(int fd, unsigned int pages)
{
	return lima_bo(fd, pages * PAGE, LIMA_BO_FLAG_HEAP);
}

/* A task that takes @pages from @heap; page i is filled with @value + i. */
static struct lima_task taker(const struct gpu_bo *heap,
			      const struct gpu_bo *out, unsigned int pages,
			      uint32_t value)
{
	struct lima_task task = lima_task(heap->fd, LIMA_PIPE_GP);

	lima_use_heap(&task, heap);
	lima_use(&task, out, LIMA_SUBMIT_BO_WRITE);
	commands_alloc(&task.commands, out->va, pages, value);
	return task;
}

/* The heap has what such a task has written. The CPU cannot map a heap. */
static void verify(const struct gpu_bo *heap, unsigned int pages,
		   uint32_t value)
{
	GPU_BO(copy, lima_bo_mapped(heap->fd, pages * PAGE));
	LIMA_TASK(task, lima_task(heap->fd, LIMA_PIPE_PP));
	const uint32_t *words = copy.map;

	lima_use(&task, heap, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &copy, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, copy.va, heap->va, copy.size);
	lima_run(&task);
	for (unsigned int i = 0; i < pages; i++)
		for (unsigned int j = 0; j < PAGE / 4; j += 97)
			CHECK_EQ(words[i * PAGE / 4 + j], value + i);
}

TEST(grow, .name = "lima/heap-grow", LIMA,
     .about = "a heap doubles as often as the PLBU runs out of it, takes no "
	      "more memory than that, and gives it all back")
{
	LIMA_FILE(fd);
	size_t before;

	mem_settle();
	before = mem_info("Shmem");
	for (unsigned int round = 0; round < 2; round++) {
		GPU_BO(out, lima_bo_mapped(fd, PAGE));
		GPU_BO(heap, heap_bo(fd, 300));
		LIMA_TASK(task, taker(&heap, &out, 100, 1000));
		uint64_t growths = lima_counter("out-of-memory");
		size_t with = mem_info("Shmem");

		lima_run(&task);
		/* 8, 16, 32, 64, 128 */
		CHECK_EQ(lima_counter("out-of-memory"), growths + 4);
		WAIT_UNTIL(mem_info("Shmem") == with + (128 - FIRST) * PAGE);
		CHECK_EQ(*(uint32_t *)out.map, heap.va + 100 * PAGE);
		verify(&heap, 100, 1000);
		/* The next task finds it as large as it is. */
		lima_run(&task);
		CHECK_EQ(lima_counter("out-of-memory"), growths + 4);
		lima_task_free(&task);
		/* Not twice as large, but as large as the BO */
		task = taker(&heap, &out, 300, 5000);
		lima_run(&task);
		CHECK_EQ(lima_counter("out-of-memory"), growths + 6);
		WAIT_UNTIL(mem_info("Shmem") == with + (300 - FIRST) * PAGE);
		verify(&heap, 300, 5000);
		lima_task_free(&task);
		gpu_bo_free(&heap);
		gpu_bo_free(&out);
		WAIT_UNTIL(mem_info("Shmem") <= before);
	}
}

TEST(used_up, .name = "lima/heap-used-up", LIMA, .virtual_time = true,
     .about = "a task that needs more than all of the heap fails, as does one "
	      "without a heap; the heap still works")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	GPU_BO(heap, heap_bo(fd, 20));
	LIMA_TASK(large, taker(&heap, &out, 21, 1));
	LIMA_TASK(right, taker(&heap, &out, 20, 3));
	LIMA_TASK(none, taker(&heap, &out, 1, 1));

	CHECK_EQ(lima_result(&large), -ECANCELED);
	lima_run(&right);
	verify(&heap, 20, 3);
	none.heap = 0;
	none.heap_size = 0;
	CHECK_EQ(lima_result(&none), -ECANCELED);
	lima_run(&right);
	verify(&heap, 20, 3);
}

TEST(two_tasks, .name = "lima/heap-two-tasks", LIMA, .virtual_time = true,
     .about = "tasks that wait behind one that grows the heap find it grown")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	GPU_BO(heap, heap_bo(fd, 64));
	LIMA_TASK(first, taker(&heap, &out, 20, 1));
	LIMA_TASK(second, taker(&heap, &out, 40, 7));
	uint64_t growths = lima_counter("out-of-memory");

	device_write("faults", "hold lima GP");
	lima_submit(&first);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	lima_submit(&second);
	device_write("faults", "clear");
	lima_bo_wait(&heap);
	CHECK_EQ(lima_counter("out-of-memory"), growths + 3);
	verify(&heap, 40, 7);
}

TEST(shared, .name = "lima/heap-shared", LIMA,
     .about = "a file that opens a heap after it has grown has all of its "
	      "pages, and frees them with the last handle")
{
	int fd = lima_open();
	LIMA_FILE(other);
	struct gpu_bo out = lima_bo_mapped(fd, PAGE), theirs;
	struct gpu_bo heap = heap_bo(fd, 64);
	struct lima_task task = taker(&heap, &out, 40, 1);
	size_t before;
	int dmabuf;

	lima_run(&task);
	dmabuf = drm_export(fd, heap.handle);
	theirs = lima_bo_import(other, dmabuf);
	CHECK_SYS(close(dmabuf));
	verify(&theirs, 40, 1);
	lima_task_free(&task);
	gpu_bo_unmap(&out);
	CHECK_SYS(close(fd));
	verify(&theirs, 40, 1);
	before = mem_info("Shmem");
	gpu_bo_free(&theirs);
	WAIT_UNTIL(mem_info("Shmem") <= before - 64 * PAGE);
}

TEST(refused, .name = "lima/heap-refused", LIMA,
     .about = "a heap can neither be mapped nor attached by another device, "
	      "before and after it has grown")
{
	LIMA_FILE(fd);
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	GPU_BO(heap, heap_bo(fd, 64));
	LIMA_TASK(task, taker(&heap, &out, 20, 1));
	FD(dmabuf, drm_export(fd, heap.handle));

	for (int i = 0; i < 2; i++) {
		uint32_t handle;

		CHECK_EQ(drm_try_import(vgem, dmabuf, &handle), EINVAL);
		mem_drop_caches();
		lima_run(&task);
		verify(&heap, 20, 1);
	}
}

TEST(closed, .name = "lima/heap-closed", LIMA, .virtual_time = true,
     .about = "a heap that is closed while a task waits for it to grow grows, "
	      "and is freed after the task")
{
	size_t before;
	int fd = lima_open();
	struct gpu_bo out, heap;
	struct lima_task task;

	mem_settle();
	before = mem_info("Shmem");
	out = lima_bo_mapped(fd, PAGE);
	heap = heap_bo(fd, 64);
	task = taker(&heap, &out, 60, 1);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	gpu_bo_free(&heap);
	device_write("faults", "clear");
	lima_bo_wait(&out);
	CHECK_EQ(*(uint32_t *)out.map, heap.va + 60 * PAGE);
	lima_task_free(&task);
	gpu_bo_free(&out);
	WAIT_UNTIL(mem_info("Shmem") <= before);
	CHECK_SYS(close(fd));
}

static void submit_and_wait(void *arg)
{
	LIMA_FILE(fd);
	struct gpu_bo out = lima_bo_mapped(fd, PAGE);
	struct gpu_bo heap = heap_bo(fd, 64);
	struct lima_task task = taker(&heap, &out, 60, 1);

	(void)arg;
	lima_submit(&task);
	lima_bo_wait(&heap);
	FAIL("the task has ended");
}

TEST(killed, .name = "lima/heap-killed", LIMA, .virtual_time = true,
     .about = "the heap of a process that is killed grows as long as its task "
	      "needs it, and is freed")
{
	uint64_t growths = lima_counter("out-of-memory");
	size_t before;
	pid_t pid;

	mem_settle();
	before = mem_info("Shmem");
	device_write("faults", "hold lima GP");
	pid = child_start(submit_and_wait, NULL);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	child_kill(pid);
	device_write("faults", "clear");
	WAIT_UNTIL(lima_counter("out-of-memory") == growths + 3);
	WAIT_UNTIL(!lima_runs(LIMA_PIPE_GP));
	WAIT_UNTIL(mem_info("Shmem") <= before);
}

/*
 * The heap begins 16 pages before the next block of page tables, which nothing else
 * uses: BOs that are made later fit before it. What lies before it is a heap as well,
 * which takes next to no memory.
 */
static struct gpu_bo heap_at_border(int fd, struct gpu_bo *before)
{
	struct gpu_bo hole = lima_bo(fd, BLOCK / 2, LIMA_BO_FLAG_HEAP), heap;

	CHECK_EQ(hole.va, 0);
	*before = lima_bo(fd, BLOCK / 2 - 16 * PAGE, LIMA_BO_FLAG_HEAP);
	heap = heap_bo(fd, 64);
	CHECK_EQ(heap.va, BLOCK - 16 * PAGE);
	gpu_bo_free(&hole);
	return heap;
}

TEST(border, .name = "lima/heap-border", LIMA,
     .about = "a heap grows across the end of a block of page tables")
{
	LIMA_FILE(fd);
	struct gpu_bo before, heap = heap_at_border(fd, &before);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, taker(&heap, &out, 64, 9));

	CHECK_CMP(out.va, <, heap.va);
	lima_run(&task);
	verify(&heap, 64, 9);
	gpu_bo_free(&heap);
	gpu_bo_free(&before);
}

/*
 * One allocation of the worker that grows the heap fails, if it makes that many. The
 * task is cancelled, the heap keeps what it had, and grows for the next task.
 */
static bool fails_at(unsigned int n, unsigned int *refused)
{
	LIMA_FILE(fd);
	struct gpu_bo before, heap = heap_at_border(fd, &before);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(small, taker(&heap, &out, FIRST, 50));
	LIMA_TASK(task, taker(&heap, &out, 64, 9));
	uint32_t done = syncobj_new(fd);
	bool hit;

	lima_run(&small);
	device_write("faults", "hold lima GP");
	lima_submit(&task, .out = done);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	inject_workers(n);
	device_write("faults", "clear");
	CHECK(syncobj_wait(fd, done, 30000));
	hit = inject_workers_hit();
	if (syncobj_status(fd, done) != 1) {
		CHECK_EQ(syncobj_status(fd, done), -ECANCELED);
		CHECK(hit);
		++*refused;
		/* The GPU has all pages that the heap had. */
		lima_run(&small);
		verify(&heap, FIRST, 50);
		lima_run(&task);
	}
	verify(&heap, 64, 9);
	gpu_bo_free(&heap);
	gpu_bo_free(&before);
	return hit;
}

TEST(fail_nth, .name = "lima/fail-nth-grow", LIMA, .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS, .virtual_time = true,
     .about = "whichever allocation of a heap's growth fails, its task is "
	      "cancelled, and the heap is as it was and grows later")
{
	unsigned int n = 1, refused = 0;
	size_t before;

	inject_begin();
	mem_settle();
	before = mem_info("Shmem");
	while (fails_at(n, &refused))
		CHECK_CMP(++n, <, 1000);
	test_note("%u allocations, refused for %u", n - 1, refused);
	/* Pages, the table of the pages, and the page tables */
	CHECK_CMP(refused, >=, 56);
	WAIT_UNTIL(mem_info("Shmem") <= before);
}

/* tests/KERNEL-BUGS.md has the next two. */
TEST(fail_import, .name = "lima/heap-fail-import", LIMA, .needs = INJECT_NEEDS,
     .hidden = true, .virtual_time = true,
     .about = "a heap whose growth has failed can be opened by another file")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	struct gpu_bo before, heap = heap_at_border(fd, &before), theirs;
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, taker(&heap, &out, 64, 9));
	FD(dmabuf, drm_export(fd, heap.handle));

	/* Page tables need eight pages in a row. */
	inject_begin();
	file_write("/sys/kernel/debug/fail_page_alloc/min-order", "3");
	file_write("/sys/kernel/debug/fail_page_alloc/times", "-1");
	file_write("/sys/kernel/debug/fail_page_alloc/probability", "100");
	CHECK_EQ(lima_result(&task), -ECANCELED);
	file_write("/sys/kernel/debug/fail_page_alloc/probability", "0");
	theirs = lima_bo_import(other, dmabuf);
	verify(&theirs, FIRST, 9);
}

TEST(grown_elsewhere, .name = "lima/heap-grown-elsewhere", LIMA, .hidden = true,
     .about = "a file can close a heap that another file has made grow")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	struct gpu_bo before, heap = heap_at_border(fd, &before), theirs;
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, taker(&heap, &out, 64, 9));
	FD(dmabuf, drm_export(fd, heap.handle));

	lima_bo(other, BLOCK - 16 * PAGE, LIMA_BO_FLAG_HEAP);
	theirs = lima_bo_import(other, dmabuf);
	CHECK_EQ(theirs.va, heap.va);
	lima_run(&task);
	gpu_bo_free(&theirs);
	verify(&heap, 64, 9);
}
