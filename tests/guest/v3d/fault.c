// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that fault, hang or run out of memory: timeouts, resets, and what comes after. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

/* The GPU has nothing there. */
#define NOWHERE 0xf0000000u
/* What the driver gives to binning that has run out of memory */
#define MORE (256 * KIB)

static const char *const kinds[V3D_LIST_QUEUES] = {"BIN", "RENDER", "TFU",
						   "CSD"};

/*
 * Status of a submit whose job was cancelled. Those of binning and compute are followed
 * by jobs that run all the same, and whose fence it is.
 */
static int cancelled(int queue)
{
	return queue == V3D_RENDER || queue == V3D_TFU ? -ECANCELED : 1;
}

/* All queues run new jobs, of this file and of others. */
static void still_works(int fd)
{
	V3D_FILE(other);
	int fds[] = {fd, other};

	for (int i = 0; i < 2 * V3D_LIST_QUEUES; i++) {
		int file = fds[i / V3D_LIST_QUEUES];
		GPU_BO(out, v3d_bo_mapped(file, PAGE));
		V3D_JOB(job, v3d_job(file, i % V3D_LIST_QUEUES));

		v3d_use(&job, &out);
		commands_fill(&job.commands, out.va, PAGE, 100 + i);
		v3d_run(&job);
		CHECK_EQ(*(uint32_t *)out.map, 100 + i);
	}
}

TEST(mmu_fault, .name = "v3d/fault-mmu", V3D, .virtual_time = true,
     .about = "an access to an unmapped address ends the job by a reset, and "
	      "the next ones work")
{
	V3D_FILE(fd);

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		uint64_t faults = v3d_counter("mmu-faults");
		uint64_t resets = v3d_counter("resets");
		V3D_JOB(job, v3d_job(fd, queue));

		if (queue % 2)
			commands_fill(&job.commands, NOWHERE, 4, 1);
		else
			commands_copy(&job.commands, job.list.va + 3 * PAGE,
				      NOWHERE, 4);
		CHECK_EQ(v3d_result(&job), cancelled(queue));
		CHECK_EQ(v3d_counter("mmu-faults"), faults + 1);
		CHECK_EQ(v3d_counter("resets"), resets + 1);
		still_works(fd);
	}
}

TEST(freed, .name = "v3d/fault-freed-bo", V3D, .virtual_time = true,
     .about = "the GPU does not reach a BO any more once it is closed")
{
	V3D_FILE(fd);
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));
	struct gpu_bo bo = v3d_bo(fd, 4 * PAGE);

	commands_fill(&job.commands, bo.va, bo.size, 1);
	v3d_run(&job);
	gpu_bo_free(&bo);
	CHECK_EQ(v3d_result(&job), -ECANCELED);
	still_works(fd);
}

TEST(timeout, .name = "v3d/timeout", V3D, .virtual_time = true,
     .about = "a job that makes no progress is cancelled after a while; those "
	      "behind it run")
{
	V3D_FILE(fd);
	V3D_FILE(other);

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		GPU_BO(out, v3d_bo_mapped(other, PAGE));
		V3D_JOB(job, v3d_job(fd, queue));
		V3D_JOB(same, v3d_job(fd, queue));
		V3D_JOB(behind, v3d_job(other, queue));
		uint32_t failed = syncobj_new(fd), works = syncobj_new(fd);
		uint32_t too = syncobj_new(other);
		uint64_t resets = v3d_counter("resets");

		commands_fill(&job.commands, job.list.va + 3 * PAGE, 4, 1);
		v3d_use(&behind, &out);
		commands_fill(&behind.commands, out.va, 4, 9);
		/* One that fails does nothing any more, and says nothing. */
		device_write("faults", "fail v3d %s 1", kinds[queue]);
		v3d_submit(&job, .out = failed);
		WAIT_UNTIL(v3d_runs(queue));
		v3d_submit(&same, .out = works);
		v3d_submit(&behind, .out = too);
		CHECK(!syncobj_wait(fd, failed, 400));
		CHECK(syncobj_wait(fd, failed, 20000));
		CHECK_EQ(syncobj_status(fd, failed), cancelled(queue));
		CHECK(syncobj_wait(fd, works, 20000));
		CHECK(syncobj_wait(other, too, 20000));
		CHECK_EQ(syncobj_status(fd, works), 1);
		CHECK_EQ(syncobj_status(other, too), 1);
		CHECK_EQ(v3d_counter("resets"), resets + 1);
		CHECK_EQ(*(uint32_t *)out.map, 9);
		device_write("faults", "clear");
		still_works(fd);
	}
}

/* Submit a dispatch of @batches batches. */
static void submit_batches(const struct v3d_job *job, uint32_t batches,
			   uint32_t out)
{
	struct v3d_sync sync = {.out = out};
	struct drm_v3d_submit_csd args = v3d_csd_args(job, &sync);

	args.cfg[4] = batches - 1;
	CHECK_SYS(drm_ioctl(job->list.fd, DRM_IOCTL_V3D_SUBMIT_CSD, &args));
}

TEST(progress, .name = "v3d/timeout-progress", V3D, .virtual_time = true,
     .about = "a job that takes long but makes progress is left alone; the TFU "
	      "cannot show progress")
{
	V3D_FILE(fd);

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		GPU_BO(out, v3d_bo_mapped(fd, PAGE));
		V3D_JOB(job, v3d_job(fd, queue));
		uint32_t done = syncobj_new(fd);
		uint64_t resets = v3d_counter("resets");
		bool cancel = queue == V3D_TFU;

		v3d_use(&job, &out);
		for (int i = 0; i < 200; i++)
			commands_fill(&job.commands, out.va + 4 * i, 4, 7);
		device_write("faults", "delay v3d %s 3000000000", kinds[queue]);
		if (queue == V3D_CSD)
			submit_batches(&job, 1000, done);
		else
			v3d_submit(&job, .out = done);
		CHECK(syncobj_wait(fd, done, 20000));
		CHECK_EQ(syncobj_status(fd, done), cancel ? -ECANCELED : 1);
		CHECK_EQ(v3d_counter("resets"), resets + cancel);
		CHECK_EQ(((uint32_t *)out.map)[199], cancel ? 0 : 7);
		device_write("faults", "clear");
		syncobj_free(fd, done);
		still_works(fd);
	}
}

TEST(restart, .name = "v3d/reset-restarts", V3D, .virtual_time = true,
     .about = "a reset because of one job starts those of other queues again")
{
	V3D_FILE(fd);
	V3D_FILE(other);
	GPU_BO(out, v3d_bo_mapped(other, PAGE));
	V3D_JOB(bad, v3d_job(fd, V3D_RENDER));
	V3D_JOB(good, v3d_job(other, V3D_CSD));
	uint32_t failed = syncobj_new(fd), works = syncobj_new(other);
	uint64_t started = v3d_counter("csd-jobs");

	v3d_use(&good, &out);
	commands_fill(&good.commands, out.va, 4, 3);
	device_write("faults", "fail v3d RENDER 1\ndelay v3d CSD 700000000");
	v3d_submit(&bad, .out = failed);
	CHECK(!syncobj_wait(fd, failed, 600));
	submit_batches(&good, 1000, works);
	CHECK(syncobj_wait(fd, failed, 20000));
	CHECK_EQ(syncobj_status(fd, failed), -ECANCELED);
	CHECK_EQ(*(uint32_t *)out.map, 0);
	CHECK(syncobj_wait(other, works, 20000));
	CHECK_EQ(syncobj_status(other, works), 1);
	CHECK_EQ(*(uint32_t *)out.map, 3);
	CHECK_EQ(v3d_counter("csd-jobs"), started + 2);
	device_write("faults", "clear");
	still_works(fd);
}

TEST(injected, .name = "v3d/fault-injected", V3D, .virtual_time = true,
     .about = "what the hardware loses or does not do ends the job, and the "
	      "next ones work")
{
	static const struct {
		const char *rule;
		int queue;
	} rules[] = {
		{"fail v3d RENDER 1 0x40", V3D_RENDER},
		{"fail v3d BIN 1", V3D_BIN},
		{"garbage v3d RENDER 1", V3D_RENDER},
		{"garbage v3d CSD 1", V3D_CSD},
		{"lose-irq v3d 1", V3D_RENDER},
		{"lose-irq v3d 1", V3D_TFU},
		{"hang v3d TFU", V3D_TFU},
		{"hold v3d CSD", V3D_CSD},
		/* The reset does nothing; the next job takes the place. */
		{"fail v3d RENDER 1\nfail v3d RESET 1", V3D_RENDER},
		{"fail v3d TFU 1\ndelay v3d RESET 100000", V3D_TFU},
	};
	V3D_FILE(fd);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		V3D_JOB(job, v3d_job(fd, rules[i].queue));
		int status;

		test_note("%s", rules[i].rule);
		commands_fill(&job.commands, job.list.va + 3 * PAGE, 4, 1);
		device_write("faults", "%s", rules[i].rule);
		status = v3d_result(&job);
		if (strstr(rules[i].rule, "garbage"))
			CHECK_EQ(status, 1);
		else
			CHECK_EQ(status, cancelled(rules[i].queue));
		device_write("faults", "clear");
		/* A reset that comes late takes what runs next with it. */
		if (strstr(rules[i].rule, "delay v3d RESET"))
			v3d_result(&job);
		still_works(fd);
	}
}

TEST(flush, .name = "v3d/fault-tlb", V3D, .virtual_time = true,
     .about = "the driver waits for a TLB that is slow or never cleared, but "
	      "not for ever; then BOs are created and freed as before")
{
	static const char *const rules[] = {
		"delay v3d TLB_CLEAR 1000000",
		"fail v3d TLB_CLEAR 1",
		"fail v3d TLB_CLEAR 2",
	};
	V3D_FILE(fd);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct gpu_bo bo;

		device_write("faults", "%s", rules[i]);
		bo = v3d_bo(fd, PAGE);
		gpu_bo_free(&bo);
		device_write("faults", "clear");
		still_works(fd);
	}
}

TEST(storm, .name = "v3d/fault-storm", V3D, .virtual_time = true,
     .about = "fault after fault of several files on all queues harms no other")
{
	enum { FILES = V3D_LIST_QUEUES };
	V3D_FILE(good);
	int fd[FILES];
	struct v3d_job bad[FILES];

	for (int i = 0; i < FILES; i++) {
		fd[i] = v3d_open();
		bad[i] = v3d_job(fd[i], i);
		commands_fill(&bad[i].commands, NOWHERE + i * PAGE, 4, 1);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < FILES; i++)
			v3d_submit(&bad[i], .in = 0);
		for (int i = 0; i < FILES; i++)
			v3d_bo_wait(&bad[i].list);
		still_works(good);
	}
	for (int i = 0; i < FILES; i++) {
		v3d_job_free(&bad[i]);
		still_works(fd[i]);
		close(fd[i]);
	}
}

static void other_process(void *arg)
{
	V3D_FILE(fd);

	(void)arg;
	for (int i = 0; i < 3; i++)
		still_works(fd);
}

TEST(processes, .name = "v3d/fault-processes", V3D, .virtual_time = true,
     .about = "jobs of one process that time out do not fail those of another")
{
	V3D_FILE(fd);
	V3D_JOB(bad, v3d_job(fd, V3D_TFU));
	pid_t pid = child_start(other_process, NULL);

	commands_fill(&bad.commands, NOWHERE, 4, 1);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(v3d_result(&bad), -ECANCELED);
	child_wait(pid);
	still_works(fd);
}

/* Memory of the binner */

TEST(memory, .name = "v3d/memory", V3D, .virtual_time = true,
     .about =
	     "binning that needs more memory gets it while it runs; the memory "
	     "lives as long as the submit")
{
	enum { OWN = 4, PAGES = OWN + MORE / PAGE + 10 };
	V3D_FILE(fd);
	GPU_BO(own, v3d_bo_mapped(fd, OWN * PAGE));
	GPU_BO(out, v3d_bo_mapped(fd, PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_BIN));
	V3D_JOB(look, v3d_job(fd, V3D_TFU));
	uint64_t times = v3d_counter("out-of-memory");
	size_t pages = v3d_pages();
	uint32_t *words = out.map;

	job.memory = own.va;
	job.memory_size = own.size;
	v3d_use(&job, &own);
	commands_alloc(&job.commands, job.list.va + 3 * PAGE, PAGES, 1000);
	device_write("faults", "hold v3d RENDER");
	v3d_submit(&job, .in = 0);
	WAIT_UNTIL(v3d_runs(V3D_RENDER));
	CHECK_EQ(v3d_counter("out-of-memory"), times + 2);
	CHECK_EQ(v3d_pages(), pages + 2 * MORE / PAGE);
	for (int i = 0; i < OWN; i++)
		CHECK_EQ(((uint32_t *)own.map)[i * PAGE / 4], 1000 + i);
	/* The last page that it took is still there. */
	v3d_use(&look, &out);
	commands_copy(&look.commands, out.va,
		      ((uint32_t *)job.list.map)[3 * PAGE / 4] - PAGE, PAGE);
	v3d_run(&look);
	CHECK_EQ(words[PAGE / 4 - 1], 1000 + PAGES - 1);
	device_write("faults", "clear");
	v3d_bo_wait(&job.list);
	WAIT_UNTIL(v3d_pages() == pages);
}

TEST(memory_reset, .name = "v3d/memory-reset", V3D, .virtual_time = true,
     .about = "binning that faults after it got more memory leaves none of it "
	      "behind")
{
	V3D_FILE(fd);
	GPU_BO(own, v3d_bo(fd, PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_BIN));
	size_t pages = v3d_pages();

	v3d_use(&job, &own);
	job.memory = own.va;
	job.memory_size = PAGE;
	commands_alloc(&job.commands, job.list.va + 3 * PAGE, 3 * MORE / PAGE,
		       1);
	commands_fill(&job.commands, NOWHERE, 4, 1);
	for (int i = 0; i < 3; i++) {
		uint64_t times = v3d_counter("out-of-memory");

		CHECK_EQ(v3d_result(&job), 1);
		CHECK_CMP(v3d_counter("out-of-memory"), >=, times + 3);
		WAIT_UNTIL(v3d_pages() == pages);
		still_works(fd);
	}
}
