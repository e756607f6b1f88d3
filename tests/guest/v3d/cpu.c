// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that the driver itself runs on the CPU, in kernel mappings of BOs. */
#include <errno.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"

static int try_cpu(int fd, void *ext, const uint32_t *bos, uint32_t count)
{
	struct drm_v3d_submit_cpu args = {
		.bo_handles = (uintptr_t)bos,
		.bo_handle_count = count,
		.flags = DRM_V3D_SUBMIT_EXTENSION,
		.extensions = (uintptr_t)ext,
	};

	return drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CPU, &args) ? errno : 0;
}

TEST(timestamp, .name = "v3d/cpu-timestamp", V3D,
     .about = "timestamps are written, copied and reset in the BOs named")
{
	V3D_FILE(fd);
	GPU_BO(stamps, v3d_bo_mapped(fd, PAGE));
	GPU_BO(copy, v3d_bo_mapped(fd, PAGE));
	uint32_t syncs[2] = {syncobj_new(fd), syncobj_new(fd)};
	uint32_t offsets[2] = {16, 64};
	uint32_t bos[2] = {copy.handle, stamps.handle};
	struct drm_v3d_timestamp_query query = {
		.base.id = DRM_V3D_EXT_ID_CPU_TIMESTAMP_QUERY,
		.offsets = (uintptr_t)offsets,
		.syncs = (uintptr_t)syncs,
		.count = 2,
	};
	struct drm_v3d_copy_timestamp_query results = {
		.base.id = DRM_V3D_EXT_ID_CPU_COPY_TIMESTAMP_QUERY,
		.do_64bit = 1,
		.availability_bit = 1,
		.offset = 32,
		.stride = 16,
		.count = 2,
		.offsets = (uintptr_t)offsets,
		.syncs = (uintptr_t)syncs,
	};
	struct drm_v3d_reset_timestamp_query reset = {
		.base.id = DRM_V3D_EXT_ID_CPU_RESET_TIMESTAMP_QUERY,
		.syncs = (uintptr_t)syncs,
		.offset = 16,
		.count = 1,
	};
	uint64_t *time = stamps.map, *to = copy.map;

	memset(stamps.map, 0xff, PAGE);
	CHECK_EQ(try_cpu(fd, &query, &stamps.handle, 1), 0);
	/* The syncobjs get their fences when the job runs. */
	v3d_bo_wait(&stamps);
	CHECK(syncobj_wait(fd, syncs[0], 10000));
	CHECK(syncobj_wait(fd, syncs[1], 10000));
	CHECK(time[2] && time[2] != UINT64_MAX);
	CHECK_EQ(time[8], 0);
	CHECK_EQ(time[3], UINT64_MAX);
	v3d_bo_wait(&stamps);
	CHECK_EQ(try_cpu(fd, &results, bos, 2), 0);
	v3d_bo_wait(&copy);
	CHECK_EQ(to[4], time[2]);
	CHECK_EQ(to[5], 1);
	CHECK_EQ(to[6], 0);
	CHECK_EQ(to[7], 1);
	CHECK_EQ(to[8], 0);
	CHECK_EQ(try_cpu(fd, &reset, &stamps.handle, 1), 0);
	v3d_bo_wait(&stamps);
	CHECK_EQ(time[2], 0);
}

/* tests/KERNEL-BUGS.md */
TEST(indirect, .name = "v3d/cpu-indirect", V3D, .hidden = true,
     .virtual_time = true,
     .about = "an indirect dispatch takes its workgroups from a BO, and waits "
	      "for who writes them")
{
	V3D_FILE(fd);
	GPU_BO(counts, v3d_bo_mapped(fd, PAGE));
	GPU_BO(out, v3d_bo_mapped(fd, PAGE));
	V3D_JOB(fill, v3d_job(fd, V3D_RENDER));
	V3D_JOB(job, v3d_job(fd, V3D_CSD));
	struct v3d_sync none = {};
	struct drm_v3d_indirect_csd ext = {
		.base.id = DRM_V3D_EXT_ID_CPU_INDIRECT_CSD,
		.indirect = job.list.handle,
		.offset = 64,
		.wg_size = 1,
		/* Into the last page of the list */
		.wg_uniform_offsets = {3 * PAGE / 4, 3 * PAGE / 4 + 1,
				       0xffffffff},
	};
	uint32_t *words = job.list.map;
	uint64_t before = v3d_counter("csd-jobs");

	v3d_use(&job, &out);
	commands_fill(&job.commands, out.va, 4, 6);
	ext.submit = v3d_csd_args(&job, &none);
	v3d_use(&fill, &counts);
	commands_fill(&fill.commands, counts.va + 64, 12, 2);
	device_write("faults", "hold v3d RENDER");
	v3d_submit(&fill, .in = 0);
	WAIT_UNTIL(v3d_runs(V3D_RENDER));
	CHECK_EQ(try_cpu(fd, &ext, &counts.handle, 1), 0);
	CHECK_EQ(v3d_bo_try_wait(&out, 100), ETIME);
	CHECK_EQ(v3d_counter("csd-jobs"), before);
	device_write("faults", "clear");
	v3d_bo_wait(&out);
	CHECK_EQ(*(uint32_t *)out.map, 6);
	CHECK_EQ(words[3 * PAGE / 4], 2);
	CHECK_EQ(words[3 * PAGE / 4 + 1], 2);
	CHECK_EQ(words[3 * PAGE / 4 + 2], 0);
	CHECK_EQ(v3d_counter("csd-jobs"), before + 1);
}

static struct drm_v3d_timestamp_query one_query(const uint32_t *offset,
						const uint32_t *sync)
{
	return (struct drm_v3d_timestamp_query){
		.base.id = DRM_V3D_EXT_ID_CPU_TIMESTAMP_QUERY,
		.offsets = (uintptr_t)offset,
		.syncs = (uintptr_t)sync,
		.count = 1,
	};
}

TEST(errors, .name = "v3d/cpu-errors", V3D,
     .about = "a CPU job with an unknown BO is refused, and the next one runs")
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, PAGE));
	uint32_t offset = 0, sync = syncobj_new(fd), unknown = 999;
	struct drm_v3d_timestamp_query query = one_query(&offset, &sync);

	CHECK_EQ(try_cpu(fd, &query, &unknown, 1), ENOENT);
	CHECK_EQ(try_cpu(fd, &query, &bo.handle, 1), 0);
	v3d_bo_wait(&bo);
	CHECK(syncobj_wait(fd, sync, 10000));
	syncobj_free(fd, sync);
}

/* tests/KERNEL-BUGS.md */
TEST(bad, .name = "v3d/cpu-errors-early", V3D, .hidden = true,
     .about = "CPU jobs of no kind or of two kinds, with too few BOs, or with "
	      "unknown sync objects are refused")
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, PAGE));
	uint32_t offset = 0, sync = syncobj_new(fd), unknown = 999;
	struct drm_v3d_timestamp_query query = one_query(&offset, &sync);
	struct drm_v3d_timestamp_query two = query;

	CHECK_EQ(try_cpu(fd, NULL, &bo.handle, 1), EINVAL);
	two.base.next = (uintptr_t)&query;
	CHECK_EQ(try_cpu(fd, &two, &bo.handle, 1), EINVAL);
	CHECK_EQ(try_cpu(fd, &query, &bo.handle, 0), EINVAL);
	query.syncs = (uintptr_t)&unknown;
	CHECK_EQ(try_cpu(fd, &query, &bo.handle, 1), ENOENT);
	query.syncs = 1;
	CHECK_EQ(try_cpu(fd, &query, &bo.handle, 1), EFAULT);
}
