// SPDX-License-Identifier: GPL-2.0-or-later
#include "render.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/virtio-gpu.h"
#include "random.h"
#include "worker.h"

#define FILES 3
#define BOS 12
#define PAGES 16 /* of the largest BO */
#define JOBS 48
#define HEAP_PAGES 64
#define LONG_MS 20000

enum kind { NORMAL, IMPORTED, HEAP };

/**
 * struct item - a BO
 * @live: this entry is in use
 * @number: BO number in the stamps, never reused
 * @generation: of the last stamp that was written
 * @page: what it holds after all jobs that were submitted
 * @value: of a heap: what each of its pages is filled with
 * @allocated: of a heap: pages that have such a value
 * @in: what each file has of it; no handle: nothing
 * @held: a job that waits for the gate uses it
 * @written: such a job writes it
 */
struct item {
	bool live;
	enum kind kind;
	unsigned int pages;
	uint32_t number;
	uint32_t generation;
	struct fuzz_page page[PAGES];
	uint32_t value[HEAP_PAGES];
	unsigned int allocated;
	struct gpu_bo in[FILES];
	bool held;
	bool written;
};

/**
 * struct run - the state
 * @virtio: its commands are the gate: while the host holds one, jobs wait for its fence
 * @vgem: makes what is imported
 * @gate: this fence, or -1
 * @sync: in each file, the sync object with this fence
 * @blocked: jobs of this file and queue wait for the gate
 * @job: what was submitted and is not freed yet
 */
struct run {
	const struct render_gpu *gpu;
	uint64_t seed;
	unsigned int index;
	bool verbose;
	char words[200];
	uint32_t numbers;
	int file[FILES];
	struct item bo[BOS];
	int virtio, vgem;
	int gate;
	uint32_t sync[FILES];
	bool blocked[FILES][4];
	union render_job job[JOBS];
	unsigned int jobs;
};

static struct run run;

#define BAD(...) bad(__FILE__, __LINE__, __VA_ARGS__)

static void bad(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

static void bad(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	test_fail(file, line, "seed %llu, operation %u, %s: %s",
		  (unsigned long long)run.seed, run.index, run.words, text);
}

/* Print what is about to be done. */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(run.words, sizeof(run.words), fmt, args);
	va_end(args);
	if (run.verbose)
		test_note("operation %u: %s", run.index, run.words);
}

static unsigned int index_of(const struct item *bo)
{
	return (unsigned int)(bo - run.bo);
}

/*
 * Targets: the first that fits, from a random one on
 */

typedef bool (*filter)(const struct item *bo);

static bool any(const struct item *bo)
{
	(void)bo;
	return true;
}

static bool has_pages(const struct item *bo)
{
	return bo->kind != HEAP;
}

static bool cpu_may_use(const struct item *bo)
{
	return bo->kind != HEAP && !bo->held;
}

static bool is_heap(const struct item *bo)
{
	return bo->kind == HEAP && !bo->held;
}

static bool is_mapped(const struct item *bo)
{
	for (unsigned int i = 0; i < FILES; i++)
		if (bo->in[i].map)
			return true;
	return false;
}

static struct item *find(uint32_t from, filter suits)
{
	for (unsigned int i = 0; i < BOS; i++) {
		struct item *bo = &run.bo[(from + i) % BOS];

		if (bo->live && suits(bo))
			return bo;
	}
	return NULL;
}

/* A file that has the BO, or one that does not have it; -1: there is none */
static int file_of(const struct item *bo, uint32_t from, bool has)
{
	for (unsigned int i = 0; i < FILES; i++) {
		unsigned int file = (from + i) % FILES;

		if (!bo->in[file].handle != has)
			return (int)file;
	}
	return -1;
}

/*
 * Jobs
 */

static void free_jobs(void)
{
	for (unsigned int i = 0; i < run.jobs; i++)
		run.gpu->free(&run.job[i]);
	run.jobs = 0;
}

/* A new job in @file. It uses @bo, which it writes, and @other. */
static union render_job *new_job(unsigned int file, unsigned int queue,
				 const struct item *bo,
				 const struct item *other)
{
	union render_job *job;

	if (run.jobs == JOBS && run.gate == -1)
		free_jobs();
	if (run.jobs == JOBS)
		return NULL;
	job = &run.job[run.jobs];
	*job = run.gpu->job(run.file[file], queue);
	run.gpu->use(job, &bo->in[file], true);
	if (other)
		run.gpu->use(job, &other->in[file], false);
	return job;
}

/* Submit the last job. */
static void submit(uint32_t in, uint32_t out)
{
	int err = run.gpu->submit(&run.job[run.jobs], in, out);

	if (err)
		BAD("the submit fails: %s", strerrorname_np(err));
	run.jobs++;
}

/* The fence of the last job, once it is signalled: 1 or a negative errno */
static int submit_and_wait(unsigned int file)
{
	int fd = run.file[file], status;
	uint32_t done = syncobj_new(fd);

	submit(0, done);
	if (!syncobj_wait(fd, done, LONG_MS))
		BAD("the job does not end");
	status = syncobj_status(fd, done);
	syncobj_free(fd, done);
	return status;
}

/* Wait for the jobs that use a BO, which is not held. */
static void settle(const struct item *bo)
{
	int file = file_of(bo, 0, true);
	int err = run.gpu->try_wait(&bo->in[file], LONG_MS);

	if (err)
		BAD("BO %u does not become idle: %s", index_of(bo),
		    strerrorname_np(err));
}

/*
 * Contents
 */

static char *map(struct item *bo, unsigned int file)
{
	struct gpu_bo *in = &bo->in[file];

	return in->map ?: run.gpu->map(in);
}

static void check_pages(const struct item *bo, const char *at)
{
	char text[160];

	for (unsigned int i = 0; i < bo->pages; i++)
		if (!fuzz_page_is(at + i * PAGE, &bo->page[i], i, text))
			BAD("BO %u: %s", index_of(bo), text);
}

static void check_heap(const struct item *heap, unsigned int file)
{
	struct gpu_bo copy;
	union render_job job;
	const uint32_t *words;
	int status;

	if (!heap->allocated)
		return;
	copy = run.gpu->bo(run.file[file], heap->allocated * PAGE);
	words = run.gpu->map(&copy);
	if (run.jobs == JOBS)
		free_jobs();
	job = run.gpu->job(run.file[file], run.gpu->queues - 1);
	run.gpu->use(&job, &heap->in[file], false);
	run.gpu->use(&job, &copy, true);
	commands_copy(run.gpu->commands(&job), copy.va, heap->in[file].va,
		      copy.size);
	run.job[run.jobs] = job;
	status = submit_and_wait(file);
	if (status != 1)
		BAD("the heap cannot be copied: %d", status);
	for (unsigned int i = 0; i < heap->allocated; i++)
		if (words[i * PAGE / 4 + 7] != heap->value[i])
			BAD("heap %u: page %u holds %u, must be %u",
			    index_of(heap), i, words[i * PAGE / 4 + 7],
			    heap->value[i]);
	gpu_bo_free(&copy);
}

static void check(struct item *bo)
{
	int file = file_of(bo, 0, true);

	settle(bo);
	if (bo->kind == HEAP)
		check_heap(bo, (unsigned int)file);
	else
		check_pages(bo, map(bo, (unsigned int)file));
}

/*
 * Operations
 */

static bool op_create(const struct fuzz_op *op)
{
	unsigned int file = op->process % FILES;
	struct item *bo = NULL;
	int fd = run.file[file], dmabuf;
	uint32_t vgem;

	for (unsigned int i = 0; i < BOS && !bo; i++)
		if (!run.bo[i].live)
			bo = &run.bo[i];
	if (!bo)
		return false;
	*bo = (struct item){
		.live = true,
		.kind = op->x % 8 == 0			  ? IMPORTED
			: op->x % 8 == 1 && run.gpu->heap ? HEAP
							  : NORMAL,
		.pages = 1 + op->y % PAGES,
		.number = ++run.numbers,
	};
	say("file %u creates BO %u, %u pages%s", file, index_of(bo), bo->pages,
	    bo->kind == HEAP	   ? ", a heap"
	    : bo->kind == IMPORTED ? ", of vgem"
				   : "");
	switch (bo->kind) {
	case NORMAL:
		bo->in[file] = run.gpu->bo(fd, bo->pages * PAGE);
		break;
	case IMPORTED:
		vgem = vgem_create(run.vgem, bo->pages * PAGE);
		dmabuf = drm_export(run.vgem, vgem);
		drm_gem_close(run.vgem, vgem);
		bo->in[file] = run.gpu->import(fd, dmabuf);
		CHECK_SYS(close(dmabuf));
		break;
	case HEAP:
		bo->in[file] = run.gpu->heap(fd, HEAP_PAGES * PAGE);
	}
	return true;
}

/* The BO is gone with its last handle; jobs that use it still end well. */
static bool op_close(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, any);
	int file;

	if (!bo)
		return false;
	file = file_of(bo, op->process, true);
	say("file %d closes BO %u%s", file, index_of(bo),
	    bo->held ? ", which a job uses" : "");
	gpu_bo_free(&bo->in[file]);
	bo->live = file_of(bo, 0, true) != -1;
	return true;
}

static bool op_share(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, has_pages);
	int from, to, dmabuf;

	if (!bo)
		return false;
	from = file_of(bo, op->x, true);
	to = file_of(bo, op->process, false);
	if (to == -1)
		return false;
	say("file %d imports BO %u from file %d", to, index_of(bo), from);
	dmabuf = drm_export(run.file[from], bo->in[from].handle);
	bo->in[to] = run.gpu->import(run.file[to], dmabuf);
	CHECK_SYS(close(dmabuf));
	return true;
}

static bool op_unmap(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, is_mapped);

	if (!bo)
		return false;
	say("BO %u is unmapped", index_of(bo));
	for (unsigned int i = 0; i < FILES; i++)
		gpu_bo_unmap(&bo->in[i]);
	return true;
}

static bool op_write(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, cpu_may_use);
	unsigned int first, count;
	int file;
	char *at;

	if (!bo)
		return false;
	file = file_of(bo, op->process, true);
	first = op->x % bo->pages;
	count = 1 + op->y % (bo->pages - first);
	say("file %d writes pages %u to %u of BO %u", file, first,
	    first + count - 1, index_of(bo));
	settle(bo);
	at = map(bo, (unsigned int)file);
	bo->generation++;
	stamp_fill_pages(at + first * PAGE, count * PAGE, bo->number,
			 bo->generation, first);
	for (unsigned int i = first; i < first + count; i++)
		bo->page[i] = (struct fuzz_page){bo->number, i, bo->generation};
	return true;
}

static bool op_read(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, cpu_may_use);
	int file;

	if (!bo)
		return false;
	file = file_of(bo, op->process, true);
	say("file %d reads BO %u", file, index_of(bo));
	settle(bo);
	check_pages(bo, map(bo, (unsigned int)file));
	return true;
}

static void read_all(void *arg)
{
	check_pages(arg, map(arg, (unsigned int)file_of(arg, 0, true)));
}

static bool op_fork(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, cpu_may_use);

	if (!bo)
		return false;
	say("a child reads BO %u", index_of(bo));
	settle(bo);
	child_wait(child_start(read_all, bo));
	return true;
}

/* The GPU copies pages from one BO to another, now or when the gate opens. */
static bool op_copy(const struct fuzz_op *op)
{
	struct item *to = find(op->bo, has_pages), *from = NULL;
	unsigned int queue = op->x % run.gpu->queues, first, at, count;
	union render_job *job;
	bool waits = run.gate != -1 && op->y % 2;
	int file = -1;

	if (!to)
		return false;
	for (unsigned int i = 0; i < BOS * FILES && !from; i++) {
		struct item *bo = &run.bo[(op->other + i / FILES) % BOS];

		file = (int)((op->process + i) % FILES);
		if (bo->live && bo != to && has_pages(bo) &&
		    bo->in[file].handle && to->in[file].handle)
			from = bo;
	}
	if (!from)
		return false;
	first = op->x / 8 % from->pages;
	at = op->x / 512 % to->pages;
	count = from->pages - first < to->pages - at ? from->pages - first
						     : to->pages - at;
	if (run.gpu->unordered & 1u << queue) {
		if (to->held || from->held)
			return false;
		settle(to);
		settle(from);
	}
	job = new_job((unsigned int)file, queue, to, from);
	if (!job)
		return false;
	say("queue %u copies %u pages of BO %u, from %u on, to BO %u at %u, "
	    "for file %d%s",
	    queue, count, index_of(from), first, index_of(to), at, file,
	    waits ? ", when the gate opens" : "");
	commands_copy(run.gpu->commands(job), to->in[file].va + at * PAGE,
		      from->in[file].va + first * PAGE, count * PAGE);
	submit(waits ? run.sync[file] : 0, 0);
	memcpy(&to->page[at], &from->page[first],
	       count * sizeof(struct fuzz_page));
	if (run.gate == -1)
		return true;
	/* It may also wait for a job that does. */
	waits |= to->held || from->written ||
		 (run.gpu->in_order && run.blocked[file][queue]);
	to->held |= waits;
	to->written |= waits;
	from->held |= waits;
	from->written |= waits && !run.gpu->reads;
	run.blocked[file][queue] |= waits;
	return true;
}

static bool op_alloc(const struct fuzz_op *op)
{
	struct item *heap = find(op->bo, is_heap);
	unsigned int pages = 1 + op->y % HEAP_PAGES;
	int file, status;
	union render_job *job;

	if (!heap)
		return false;
	file = file_of(heap, 0, true);
	if (run.jobs == JOBS && run.gate != -1)
		return false;
	if (run.jobs == JOBS)
		free_jobs();
	say("file %d allocates %u pages of heap %u", file, pages,
	    index_of(heap));
	job = &run.job[run.jobs];
	*job = run.gpu->job(run.file[file], 0);
	run.gpu->alloc(job, &heap->in[file], pages, op->x % 1000000);
	status = submit_and_wait((unsigned int)file);
	if (status != 1)
		BAD("the job ends with %d", status);
	for (unsigned int i = 0; i < pages; i++)
		heap->value[i] = op->x % 1000000 + i;
	if (heap->allocated < pages)
		heap->allocated = pages;
	check_heap(heap, (unsigned int)file);
	return true;
}

/* Whether a BO is busy is known if jobs wait for the gate, or after waiting. */
static bool op_busy(const struct fuzz_op *op)
{
	struct item *bo = find(op->bo, any);
	int file, err;

	if (!bo)
		return false;
	file = file_of(bo, op->process, true);
	say("file %d asks whether BO %u is busy", file, index_of(bo));
	if (!bo->held)
		settle(bo);
	err = run.gpu->try_wait(&bo->in[file], 0);
	if (err != (bo->held ? run.gpu->busy : 0))
		BAD("errno %d, but %s job uses it", err, bo->held ? "a" : "no");
	return true;
}

static bool op_close_gate(const struct fuzz_op *op)
{
	struct sb_exec exec = exec_nop();

	(void)op;
	if (run.gate != -1)
		return false;
	say("the gate closes");
	/* Their fences would be in the way of what has to be known. */
	free_jobs();
	cmd_hold("SUBMIT_3D");
	run.gate = gpu_exec_fence(run.virtio, &exec, 1, NULL, 0, -1);
	for (unsigned int i = 0; i < FILES; i++)
		syncobj_import(run.file[i], run.sync[i], run.gate);
	return true;
}

static void open_gate(void)
{
	cmd_release("SUBMIT_3D");
	CHECK(sync_file_wait(run.gate, LONG_MS));
	CHECK_SYS(close(run.gate));
	run.gate = -1;
	free_jobs();
	for (unsigned int i = 0; i < BOS; i++)
		run.bo[i].held = run.bo[i].written = false;
	memset(run.blocked, 0, sizeof(run.blocked));
}

static bool op_open_gate(const struct fuzz_op *op)
{
	(void)op;
	if (run.gate == -1)
		return false;
	say("the gate opens");
	open_gate();
	return true;
}

/* A job that copies a page to itself fails, so the content is the same in any case. */
static bool op_fault(const struct fuzz_op *op)
{
	const struct render_fault *fault = run.gpu->faults;
	struct item *bo = find(op->bo, cpu_may_use);
	unsigned int count = 0;
	union render_job *job;
	int file, status;

	while (fault[count].rule)
		count++;
	fault += op->x % count;
	if (!bo || run.gate != -1)
		return false;
	file = file_of(bo, op->process, true);
	free_jobs();
	say("a job of file %d: %s", file, fault->rule);
	job = new_job((unsigned int)file, fault->queue, bo, NULL);
	commands_copy(run.gpu->commands(job), bo->in[file].va, bo->in[file].va,
		      PAGE);
	device_write("faults", "%s", fault->rule);
	status = submit_and_wait((unsigned int)file);
	device_write("faults", "clear\n");
	if (status != fault->status)
		BAD("it ends with %d", status);
	check(bo);
	return true;
}

static bool op_pressure(const struct fuzz_op *op)
{
	say("memory is short");
	if (op->x % 4)
		mem_drop_caches();
	else
		mem_pressure(NULL, NULL);
	return true;
}

static const struct {
	unsigned int weight;
	bool (*run)(const struct fuzz_op *op);
} operations[] = {
	{14, op_create}, {6, op_close},	     {6, op_share},
	{3, op_unmap},	 {16, op_write},     {14, op_read},
	{2, op_fork},	 {24, op_copy},	     {6, op_alloc},
	{6, op_busy},	 {4, op_close_gate}, {5, op_open_gate},
	{1, op_fault},	 {1, op_pressure},
};

#define OPERATIONS (sizeof(operations) / sizeof(*operations))

void render_begin(const struct render_gpu *gpu, uint64_t seed, bool verbose)
{
	run = (struct run){
		.gpu = gpu,
		.seed = seed,
		.verbose = verbose,
		.virtio = gpu_render(),
		.vgem = drm_open(DRM_VGEM, DRM_CARD),
		.gate = -1,
		.words = "the beginning",
	};
	for (unsigned int i = 0; i < FILES; i++) {
		run.file[i] = gpu->open();
		run.sync[i] = syncobj_new(run.file[i]);
	}
}

bool render_do(unsigned int index)
{
	unsigned int weights[OPERATIONS];
	struct fuzz_op op;

	for (size_t i = 0; i < OPERATIONS; i++)
		weights[i] = operations[i].weight;
	op = fuzz_draw(run.seed, index, weights, OPERATIONS);
	run.index = index;
	snprintf(run.words, sizeof(run.words), "nothing");
	return operations[op.kind].run(&op);
}

void render_end(void)
{
	snprintf(run.words, sizeof(run.words), "the end");
	if (run.gate != -1)
		open_gate();
	free_jobs();
	for (unsigned int i = 0; i < BOS; i++)
		if (run.bo[i].live)
			check(&run.bo[i]);
	free_jobs();
	for (unsigned int i = 0; i < BOS; i++)
		for (unsigned int j = 0; j < FILES; j++)
			if (run.bo[i].in[j].handle)
				gpu_bo_free(&run.bo[i].in[j]);
	for (unsigned int i = 0; i < FILES; i++) {
		syncobj_free(run.file[i], run.sync[i]);
		CHECK_SYS(close(run.file[i]));
	}
	CHECK_SYS(close(run.virtio));
	CHECK_SYS(close(run.vgem));
	CHECK_EQ(violations_count(), 0);
}
