// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs of every queue, sync objects, waiting. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"

static const char *const kinds[V3D_LIST_QUEUES] = {"BIN", "RENDER", "TFU",
						   "CSD"};

TEST(queues, .name = "v3d/job-queues", V3D,
     .about = "every queue runs its jobs, and nothing else runs them")
{
	static const char *const counters[V3D_LIST_QUEUES] = {
		"bin-jobs", "render-jobs", "tfu-jobs", "csd-jobs"};
	V3D_FILE(fd);

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		GPU_BO(out, v3d_bo_mapped(fd, PAGE));
		V3D_JOB(job, v3d_job(fd, queue));
		uint64_t before[V3D_LIST_QUEUES];

		for (int i = 0; i < V3D_LIST_QUEUES; i++)
			before[i] = v3d_counter(counters[i]);
		v3d_use(&job, &out);
		commands_fill(&job.commands, out.va, PAGE, 50 + queue);
		job.clean = queue == V3D_RENDER;
		v3d_run(&job);
		CHECK_EQ(((uint32_t *)out.map)[PAGE / 4 - 1], 50 + queue);
		for (int i = 0; i < V3D_LIST_QUEUES; i++)
			/* Binning is always followed by rendering. */
			CHECK_EQ(v3d_counter(counters[i]),
				 before[i] + (i == queue || (queue == V3D_BIN &&
							     i == V3D_RENDER)));
	}
}

TEST(bin_render, .name = "v3d/job-bin-render", V3D, .virtual_time = true,
     .about = "rendering waits for the binning of the same submit, and sees "
	      "what it wrote")
{
	V3D_FILE(fd);
	GPU_BO(out, v3d_bo_mapped(fd, 2 * PAGE));
	V3D_JOB(bin, v3d_job(fd, V3D_BIN));
	V3D_JOB(render, v3d_job(fd, V3D_RENDER));
	struct v3d_sync none = {};
	struct drm_v3d_submit_cl args, rcl;

	v3d_use(&bin, &render.list);
	v3d_use(&bin, &out);
	commands_fill(&bin.commands, out.va, PAGE, 5);
	commands_copy(&render.commands, out.va + PAGE, out.va, PAGE);
	args = v3d_cl_args(&bin, &none);
	rcl = v3d_cl_args(&render, &none);
	args.rcl_start = rcl.rcl_start;
	args.rcl_end = rcl.rcl_end;
	device_write("faults", "hold v3d BIN");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &args));
	WAIT_UNTIL(v3d_runs(V3D_BIN));
	CHECK(!v3d_runs(V3D_RENDER));
	CHECK_EQ(v3d_bo_try_wait(&out, 0), ETIME);
	device_write("faults", "clear");
	v3d_bo_wait(&out);
	CHECK_EQ(((uint32_t *)out.map)[2 * PAGE / 4 - 1], 5);
}

TEST(bad, .name = "v3d/job-errors", V3D,
     .about = "submits with unknown flags, handles or none are refused, and "
	      "leave nothing behind")
{
	V3D_FILE(fd);
	V3D_FILE(other);
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));
	V3D_JOB(compute, v3d_job(fd, V3D_CSD));
	V3D_JOB(tfu, v3d_job(fd, V3D_TFU));
	GPU_BO(theirs, v3d_bo(other, PAGE));
	GPU_BO(filler, v3d_bo(other, PAGE));
	GPU_BO(more, v3d_bo(other, PAGE));
	GPU_BO(last, v3d_bo(other, PAGE));
	struct v3d_sync none = {};
	struct drm_v3d_submit_cl cl;
	struct drm_v3d_submit_csd csd;
	struct drm_v3d_submit_tfu args;

	cl = v3d_cl_args(&job, &none);
	cl.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl), EINVAL);
	cl = v3d_cl_args(&job, &none);
	cl.flags = 1 << 5;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl), EINVAL);
	cl = v3d_cl_args(&job, &none);
	cl.bo_handle_count = 0;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl), EINVAL);
	cl = v3d_cl_args(&job, &none);
	cl.bo_handles = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl), EFAULT);
	cl = v3d_cl_args(&job, &none);
	cl.perfmon_id = 77;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl), ENOENT);
	csd = v3d_csd_args(&compute, &none);
	csd.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CSD, &csd), EINVAL);
	csd = v3d_csd_args(&compute, &none);
	csd.flags = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CSD, &csd), EINVAL);
	args = v3d_tfu_args(&tfu, &none);
	args.flags = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_TFU, &args), EINVAL);
	/* A handle of the other file only */
	v3d_use(&job, &last);
	v3d_use(&compute, &last);
	v3d_use(&tfu, &last);
	CHECK_EQ(v3d_try_submit(&job, .in = 0), ENOENT);
	CHECK_EQ(v3d_try_submit(&compute, .in = 0), ENOENT);
	CHECK_EQ(v3d_try_submit(&tfu, .in = 0), ENOENT);
	job.bo_count = 1;
	compute.bo_count = 1;
	tfu.bo_count = 1;
	v3d_run(&job);
	v3d_run(&compute);
	v3d_run(&tfu);
}

TEST(no_groups, .name = "v3d/job-no-workgroups", V3D,
     .about = "a dispatch without workgroups is not given to the GPU, and "
	      "signals")
{
	V3D_FILE(fd);
	V3D_JOB(job, v3d_job(fd, V3D_CSD));
	uint32_t done = syncobj_new(fd);
	struct v3d_sync sync = {.out = done};
	uint64_t before = v3d_counter("csd-jobs");

	for (int i = 0; i < 3; i++) {
		struct drm_v3d_submit_csd args = v3d_csd_args(&job, &sync);

		args.cfg[i] = 0;
		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CSD, &args));
		CHECK(syncobj_wait(fd, done, 10000));
		CHECK_EQ(syncobj_status(fd, done), 1);
	}
	CHECK_EQ(v3d_counter("csd-jobs"), before);
	syncobj_free(fd, done);
}

TEST(syncobjs, .name = "v3d/job-syncobj", V3D, .virtual_time = true,
     .about = "a job waits for the sync object that it is given, and signals "
	      "the other one when it ends, not before")
{
	V3D_FILE(fd);

	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		/* The first one is rendered; rendering holds itself up as well. */
		int first = queue == V3D_CSD ? V3D_TFU : V3D_CSD;
		GPU_BO(out, v3d_bo_mapped(fd, PAGE));
		V3D_JOB(before, v3d_job(fd, first));
		V3D_JOB(after, v3d_job(fd, queue));
		uint32_t in = syncobj_new(fd), done = syncobj_new(fd);

		v3d_use(&after, &out);
		commands_fill(&after.commands, out.va, 4, 1);
		device_write("faults", "hold v3d %s", kinds[first]);
		v3d_submit(&before, .out = in);
		WAIT_UNTIL(v3d_runs(first));
		v3d_submit(&after, .in = in, .out = done);
		CHECK(!syncobj_wait(fd, done, 100));
		CHECK(!v3d_runs(queue));
		CHECK_EQ(*(uint32_t *)out.map, 0);
		device_write("faults", "clear");
		CHECK(syncobj_wait(fd, done, 10000));
		CHECK_EQ(syncobj_status(fd, in), 1);
		CHECK_EQ(*(uint32_t *)out.map, 1);
		syncobj_free(fd, in);
		syncobj_free(fd, done);
	}
}

TEST(multisync, .name = "v3d/job-multisync", V3D, .virtual_time = true,
     .about = "several sync objects in and out: the job waits for all, and "
	      "signals all")
{
	V3D_FILE(fd);
	V3D_JOB(one, v3d_job(fd, V3D_CSD));
	V3D_JOB(two, v3d_job(fd, V3D_TFU));
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));
	struct drm_v3d_sem in[2] = {{.handle = syncobj_new(fd)},
				    {.handle = syncobj_new(fd)}};
	struct drm_v3d_sem out[2] = {{.handle = syncobj_new(fd)},
				     {.handle = syncobj_new(fd)}};
	struct drm_v3d_multi_sync ext = {
		.base.id = DRM_V3D_EXT_ID_MULTI_SYNC,
		.in_syncs = (uintptr_t)in,
		.out_syncs = (uintptr_t)out,
		.in_sync_count = 2,
		.out_sync_count = 2,
		.wait_stage = V3D_RENDER,
	};
	struct v3d_sync none = {};
	struct drm_v3d_submit_cl args = v3d_cl_args(&job, &none);

	args.flags = DRM_V3D_SUBMIT_EXTENSION;
	args.extensions = (uintptr_t)&ext;
	device_write("faults", "hold v3d CSD\nhold v3d TFU");
	v3d_submit(&one, .out = in[0].handle);
	v3d_submit(&two, .out = in[1].handle);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &args));
	device_write("faults", "release v3d CSD");
	CHECK(syncobj_wait(fd, in[0].handle, 10000));
	CHECK(!syncobj_wait(fd, out[0].handle, 100));
	device_write("faults", "clear");
	for (int i = 0; i < 2; i++) {
		CHECK(syncobj_wait(fd, out[i].handle, 10000));
		CHECK_EQ(syncobj_status(fd, out[i].handle), 1);
	}
	/* What is refused leaves the sync objects alone. */
	ext.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &args), EINVAL);
	ext.pad = 0;
	out[1].handle = 777;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &args), EINVAL);
	ext.base.id = 99;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &args), EINVAL);
}

TEST(wait, .name = "v3d/job-wait", V3D, .virtual_time = true,
     .about = "WAIT_BO waits as long as it is told, for a BO in use by any "
	      "queue")
{
	V3D_FILE(fd);
	struct drm_v3d_wait_bo bad = {.handle = 999};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_WAIT_BO, &bad), EINVAL);
	bad = (struct drm_v3d_wait_bo){.pad = 1};
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_WAIT_BO, &bad), EINVAL);
	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		GPU_BO(idle, v3d_bo(fd, PAGE));
		V3D_JOB(job, v3d_job(fd, queue));

		/* An empty list is not even started. */
		commands_fill(&job.commands, job.list.va + 3 * PAGE, 4, 1);
		test_note("%s", kinds[queue]);
		CHECK_EQ(v3d_bo_try_wait(&job.list, 0), 0);
		device_write("faults", "delay v3d %s 300000000", kinds[queue]);
		v3d_submit(&job, .in = 0);
		CHECK_EQ(v3d_bo_try_wait(&job.list, 0), ETIME);
		CHECK_EQ(v3d_bo_try_wait(&job.list, 50), ETIME);
		CHECK_EQ(v3d_bo_try_wait(&idle, 0), 0);
		CHECK_EQ(v3d_bo_try_wait(&job.list, 10000), 0);
		device_write("faults", "clear");
	}
}

TEST(order, .name = "v3d/job-order", V3D,
     .about = "jobs of rendering and TFU that use the same BO run in order, of "
	      "whatever file")
{
	enum { JOBS = 12 };
	V3D_FILE(fd);
	V3D_FILE(other);
	GPU_BO(out, v3d_bo_mapped(fd, PAGE));
	FD(dmabuf, drm_export(fd, out.handle));
	GPU_BO(theirs, v3d_bo_import(other, dmabuf));
	struct v3d_job jobs[JOBS];

	for (int i = 0; i < JOBS; i++) {
		const struct gpu_bo *bo = i % 3 ? &out : &theirs;

		jobs[i] = v3d_job(bo->fd, i % 2 ? V3D_TFU : V3D_RENDER);
		v3d_use(&jobs[i], bo);
		/* Each adds a word, and takes over the one before. */
		commands_copy(&jobs[i].commands, out.va + 8 * i + 8,
			      out.va + 8 * i + 4, 4);
		commands_fill(&jobs[i].commands, out.va + 8 * i + 12, 4, i + 1);
	}
	for (int i = 0; i < JOBS; i++)
		v3d_submit(&jobs[i], .in = 0);
	v3d_bo_wait(&out);
	for (int i = 1; i < JOBS; i++)
		CHECK_EQ(((uint32_t *)out.map)[2 * i + 2], i);
	for (int i = 0; i < JOBS; i++)
		v3d_job_free(&jobs[i]);
}

TEST(close_running, .name = "v3d/close-running", V3D,
     .fixed_with = "v3d-client-stats",
     .about = "a file can be closed while the GPU runs a job of it")
{
	for (int queue = 0; queue < V3D_LIST_QUEUES; queue++) {
		int fd = v3d_open();
		struct v3d_job job = v3d_job(fd, queue);

		commands_fill(&job.commands, job.list.va + 3 * PAGE, 4, 1);
		device_write("faults",
			     "hold v3d BIN\nhold v3d RENDER\nhold v3d TFU\n"
			     "hold v3d CSD");
		CHECK_EQ(v3d_try_submit(&job, .in = 0), 0);
		gpu_bo_unmap(&job.list);
		CHECK_SYS(close(fd));
		device_write("faults", "clear");
		WAIT_UNTIL(!v3d_pages());
	}
}
