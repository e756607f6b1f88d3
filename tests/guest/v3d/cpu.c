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
TEST(indirect, .name = "v3d/cpu-indirect", V3D,
     .fixed_with = "v3d-cpu-unlocked", .virtual_time = true,
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

/* A query of @sync is good: its job runs. Frees @sync. */
static void check_query(int fd, const struct gpu_bo *bo,
			struct drm_v3d_timestamp_query *query, uint32_t sync)
{
	CHECK_EQ(try_cpu(fd, query, &bo->handle, 1), 0);
	v3d_bo_wait(bo);
	CHECK(syncobj_wait(fd, sync, 10000));
	syncobj_free(fd, sync);
}

TEST(errors, .name = "v3d/cpu-errors", V3D,
     .about = "a CPU job with an unknown BO is refused, and the next one runs")
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, PAGE));
	uint32_t offset = 0, sync = syncobj_new(fd), unknown = 999;
	struct drm_v3d_timestamp_query query = one_query(&offset, &sync);

	CHECK_EQ(try_cpu(fd, &query, &unknown, 1), ENOENT);
	check_query(fd, &bo, &query, sync);
}

/* Every kind of CPU job, with what makes its parsing fail, first or second query. */
static void check_bad_queries(int fd, uint32_t handle)
{
	uint32_t bos[2] = {handle, handle}, offsets[2] = {0, 8}, id = 1;
	uint32_t good = syncobj_new(fd), syncs[3] = {good, 999, good};
	uint64_t ids[2] = {(uintptr_t)&id, (uintptr_t)&id};
	uint64_t bad_ids[2] = {(uintptr_t)&id, 1};
	struct drm_v3d_timestamp_query times = {
		.base.id = DRM_V3D_EXT_ID_CPU_TIMESTAMP_QUERY,
		.offsets = (uintptr_t)offsets,
		.syncs = (uintptr_t)syncs,
		.count = 2,
	};
	struct drm_v3d_reset_timestamp_query reset_times = {
		.base.id = DRM_V3D_EXT_ID_CPU_RESET_TIMESTAMP_QUERY,
		.syncs = (uintptr_t)syncs,
		.count = 2,
	};
	struct drm_v3d_copy_timestamp_query copy_times = {
		.base.id = DRM_V3D_EXT_ID_CPU_COPY_TIMESTAMP_QUERY,
		.offsets = (uintptr_t)offsets,
		.syncs = (uintptr_t)syncs,
		.count = 2,
	};
	struct drm_v3d_reset_performance_query reset_counts = {
		.base.id = DRM_V3D_EXT_ID_CPU_RESET_PERFORMANCE_QUERY,
		.syncs = (uintptr_t)syncs,
		.kperfmon_ids = (uintptr_t)ids,
		.nperfmons = 1,
		.count = 2,
	};
	struct drm_v3d_copy_performance_query copy_counts = {
		.base.id = DRM_V3D_EXT_ID_CPU_COPY_PERFORMANCE_QUERY,
		.syncs = (uintptr_t)syncs,
		.kperfmon_ids = (uintptr_t)ids,
		.nperfmons = 1,
		.count = 2,
	};
	const struct {
		void *ext;
		__u64 *syncs;
		uint32_t bos;
	} kinds[] = {
		{&times, &times.syncs, 1},
		{&reset_times, &reset_times.syncs, 1},
		{&copy_times, &copy_times.syncs, 2},
		{&reset_counts, &reset_counts.syncs, 0},
		{&copy_counts, &copy_counts.syncs, 1},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		test_note("kind %zu", i);
		CHECK_EQ(try_cpu(fd, kinds[i].ext, bos, kinds[i].bos), ENOENT);
		/* The first is unknown. */
		*kinds[i].syncs = (uintptr_t)&syncs[1];
		CHECK_EQ(try_cpu(fd, kinds[i].ext, bos, kinds[i].bos), ENOENT);
		*kinds[i].syncs = 1;
		CHECK_EQ(try_cpu(fd, kinds[i].ext, bos, kinds[i].bos), EFAULT);
		*kinds[i].syncs = (uintptr_t)syncs;
	}
	syncs[1] = good;
	reset_counts.kperfmon_ids = copy_counts.kperfmon_ids =
		(uintptr_t)bad_ids;
	CHECK_EQ(try_cpu(fd, &reset_counts, NULL, 0), EFAULT);
	CHECK_EQ(try_cpu(fd, &copy_counts, bos, 1), EFAULT);
	times.offsets = copy_times.offsets = 1;
	CHECK_EQ(try_cpu(fd, &times, bos, 1), EFAULT);
	CHECK_EQ(try_cpu(fd, &copy_times, bos, 2), EFAULT);
	times.pad = 1;
	copy_times.pad = copy_counts.pad = 1;
	CHECK_EQ(try_cpu(fd, &times, bos, 1), EINVAL);
	CHECK_EQ(try_cpu(fd, &copy_times, bos, 2), EINVAL);
	CHECK_EQ(try_cpu(fd, &copy_counts, bos, 1), EINVAL);
	syncobj_free(fd, good);
}

static void check_bad_jobs(void)
{
	V3D_FILE(fd);
	GPU_BO(bo, v3d_bo_mapped(fd, PAGE));
	uint32_t offset = 0, sync = syncobj_new(fd);
	struct drm_v3d_timestamp_query query = one_query(&offset, &sync);
	struct drm_v3d_timestamp_query two = query;

	CHECK_EQ(try_cpu(fd, NULL, &bo.handle, 1), EINVAL);
	two.base.next = (uintptr_t)&query;
	CHECK_EQ(try_cpu(fd, &two, &bo.handle, 1), EINVAL);
	CHECK_EQ(try_cpu(fd, &query, &bo.handle, 0), EINVAL);
	check_bad_queries(fd, bo.handle);
	check_query(fd, &bo, &query, sync);
}

TEST(bad, .name = "v3d/cpu-errors-all", V3D, .needs = "v3d-cpu-errors",
     .about =
	     "CPU jobs of no kind or of two kinds, with too few BOs, unknown "
	     "sync objects, bad addresses or padding are refused, and the next "
	     "one runs")
{
	check_bad_jobs();
}

/* tests/KERNEL-BUGS.md */
TEST(bad_early, .name = "v3d/cpu-errors-early", V3D, .hidden = true,
     .about = "v3d/cpu-errors-all, for kernels that do not promise it")
{
	check_bad_jobs();
}
