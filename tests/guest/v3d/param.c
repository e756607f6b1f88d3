// SPDX-License-Identifier: GPL-2.0-or-later
/* What the GPU says about itself, and its counters. */
#include <errno.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"

TEST(params, .name = "v3d/get-param", V3D,
     .about = "the parameters are those of a V3D 4.2; unknown ones and bad "
	      "arguments are refused")
{
	V3D_FILE(fd);
	struct drm_v3d_get_param bad = {.param = 1000};

	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_UIFCFG), 0x45);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_HUB_IDENT1), 0xe1124);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_HUB_IDENT2), 0x100);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_HUB_IDENT3), 0xe00);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_CORE0_IDENT0), 0x04443356);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_CORE0_IDENT1), 0x81001422);
	CHECK_EQ(v3d_param(fd, DRM_V3D_PARAM_V3D_CORE0_IDENT2), 0x40078121);
	for (uint32_t i = DRM_V3D_PARAM_SUPPORTS_TFU;
	     i <= DRM_V3D_PARAM_SUPPORTS_CPU_QUEUE; i++)
		CHECK_EQ(v3d_param(fd, i), 1);
	CHECK_CMP(v3d_param(fd, DRM_V3D_PARAM_MAX_PERF_COUNTERS), >=, 87);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_GET_PARAM, &bad), EINVAL);
	bad = (struct drm_v3d_get_param){.pad = 1};
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_GET_PARAM, &bad), EINVAL);
	bad = (struct drm_v3d_get_param){.value = 1};
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_GET_PARAM, &bad), EINVAL);
}

static uint32_t perfmon_new(int fd, uint8_t first, uint8_t second)
{
	struct drm_v3d_perfmon_create create = {
		.ncounters = 2,
		.counters = {first, second},
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_CREATE, &create));
	return create.id;
}

static int try_values(int fd, uint32_t id, uint64_t values[2])
{
	struct drm_v3d_perfmon_get_values get = {
		.id = id,
		.values_ptr = (uintptr_t)values,
	};

	return drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_GET_VALUES, &get);
}

TEST(perfmon, .name = "v3d/perfmon", V3D,
     .about = "a performance monitor counts the cycles of its jobs, not those "
	      "of others")
{
	V3D_FILE(fd);
	uint32_t id = perfmon_new(fd, V3D_PERFCNT_CYCLE_COUNT,
				  V3D_PERFCNT_RDR_ACTIVE);
	struct drm_v3d_perfmon_destroy destroy = {.id = id};
	uint64_t values[2], before;

	for (int round = 1; round <= 2; round++) {
		V3D_JOB(job, v3d_job(fd, V3D_RENDER));
		V3D_JOB(other, v3d_job(fd, V3D_RENDER));

		job.perfmon = id;
		v3d_run(&job);
		v3d_run(&other);
		CHECK_SYS(try_values(fd, id, values));
		/* A job takes 200 us at 500 MHz. */
		CHECK_CMP(values[1], >=, round * UINT64_C(100000));
		CHECK_CMP(values[0], >=, values[1]);
		before = values[0];
		v3d_run(&other);
		CHECK_SYS(try_values(fd, id, values));
		CHECK_EQ(values[0], before);
	}
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_DESTROY, &destroy));
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_DESTROY, &destroy),
		    EINVAL);
	CHECK_ERRNO(try_values(fd, id, values), EINVAL);
}

TEST(perfmon_errors, .name = "v3d/perfmon-errors", V3D, .virtual_time = true,
     .about = "counters that do not exist and monitors of other files are "
	      "refused; one that is destroyed while its job runs counts on")
{
	V3D_FILE(fd);
	V3D_FILE(other);
	struct drm_v3d_perfmon_create bad = {.ncounters = 1, .counters = {200}};
	struct drm_v3d_perfmon_destroy destroy;
	uint64_t values[2];
	uint32_t id = perfmon_new(fd, 0, 1);
	V3D_JOB(job, v3d_job(fd, V3D_CSD));
	V3D_JOB(theirs, v3d_job(other, V3D_RENDER));

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_CREATE, &bad), EINVAL);
	bad.ncounters = 0;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_CREATE, &bad), EINVAL);
	bad.ncounters = DRM_V3D_MAX_PERF_COUNTERS + 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_CREATE, &bad), EINVAL);
	CHECK_ERRNO(try_values(other, id, values), EINVAL);
	theirs.perfmon = id;
	CHECK_EQ(v3d_try_submit(&theirs, .in = 0), ENOENT);
	job.perfmon = id;
	device_write("faults", "hold v3d CSD");
	v3d_submit(&job, .in = 0);
	WAIT_UNTIL(v3d_runs(V3D_CSD));
	destroy.id = id;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_PERFMON_DESTROY, &destroy));
	device_write("faults", "clear");
	v3d_bo_wait(&job.list);
	job.perfmon = 0;
	v3d_run(&job);
}
