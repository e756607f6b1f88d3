// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-gpu when memory runs out half-way through calls on a BO, in each state of
 * the BO. A call that fails must leave the BO in its old state, or in the one that
 * the call leads to, unlocked and idle. The content must stay.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "lib/caps.h"
#include "lib/fail-nth.h"
#include "lib/cgroup.h"
#include "lib/virtio-reclaim.h"

#define PAGES 4
#define SIZE (PAGES * PAGE)
#define GROUP "virtio-fail-nth"

/**
 * struct scene - the state that the calls work on
 * @fd: file of the BO
 * @other: another file of the device
 * @shrinks: does the driver have a shrinker?
 * @scan_fd: file to scan the shrinker, opened while there is memory
 * @drop_fd: file of drop_caches, likewise
 * @bo: the BO, new for each call, with the stamps of BO 1
 * @used: the host has used the BO
 * @resources: of the device, without the BO's
 * @seen: number of commands before the call, of the kind that the call sends
 * @dmabuf: of the BO, or -1
 * @handle: handle in @other
 */
struct scene {
	int fd, other;
	bool shrinks;
	int scan_fd, drop_fd;
	struct bo bo;
	bool used;
	unsigned int resources;
	unsigned int seen;
	int dmabuf;
	uint32_t handle;
};

static struct drm_virtgpu_3d_box line(void)
{
	return (struct drm_virtgpu_3d_box){.w = SIZE, .h = 1, .d = 1};
}

/* Commands by which the host uses a BO. */
static unsigned int uses_seen(void)
{
	return cmd_seen("TRANSFER_TO_HOST_3D") +
	       cmd_seen("TRANSFER_FROM_HOST_3D") + cmd_seen("SUBMIT_3D");
}

static void set_out(struct scene *scene)
{
	scene->dmabuf = -1;
	scene->handle = 0;
	scene->seen = uses_seen();
}

/* The host has not used the BO, and it has no pages. */
static void fresh(void *arg)
{
	struct scene *scene = arg;

	scene->bo = bo_buffer_unmapped(scene->fd, SIZE);
	scene->used = false;
	bo_wait(&scene->bo);
	set_out(scene);
}

/* The BO has pages, and the host has them, too. */
static void used(void *arg)
{
	struct scene *scene = arg;

	scene->bo = bo_used(scene->fd, PAGES, 1);
	scene->used = true;
	bo_wait(&scene->bo);
	if (scene->shrinks)
		CHECK_EQ(gpu_count(), PAGES);
	set_out(scene);
}

static void not_needed(void *arg)
{
	struct scene *scene = arg;

	used(arg);
	CHECK(bo_dontneed(&scene->bo));
}

static void evicted(void *arg)
{
	used(arg);
	gpu_scan_all();
}

/* The BO is unchanged and unlocked. */
static void kept(void *arg)
{
	struct scene *scene = arg;
	size_t host = res_pages(scene->bo.res);
	unsigned long count;

	CHECK(!bo_busy(&scene->bo));
	CHECK_EQ(uses_seen(), scene->seen);
	CHECK(host == 0 || host == PAGES);
	if (!scene->shrinks)
		return;
	count = gpu_count();
	CHECK(count == 0 || count == PAGES);
	/* The host has no pages but those of the BO. */
	CHECK_CMP(host, <=, count);
	CHECK(bo_willneed(&scene->bo));
	CHECK_EQ(gpu_count(), count);
}

/* Likewise, and it was neither evicted nor detached. */
static void untouched(void *arg)
{
	kept(arg);
	CHECK_EQ(res_pages(((struct scene *)arg)->bo.res), PAGES);
	if (((struct scene *)arg)->shrinks)
		CHECK_EQ(gpu_count(), PAGES);
}

/* The content is intact, and closing the BO leaves nothing behind. */
static void end(void *arg)
{
	struct scene *scene = arg;
	struct bo *bo = &scene->bo;

	WAIT_UNTIL(!bo_busy(bo));
	if (scene->used) {
		bo_verify(bo, 1);
	} else {
		if (!bo->map)
			bo_map(bo);
		for (size_t i = 0; i < SIZE; i++)
			CHECK_EQ(((char *)bo->map)[i], 0);
		bo_to_host(bo);
	}
	if (scene->dmabuf != -1)
		CHECK_SYS(close(scene->dmabuf));
	else if (scene->shrinks)
		CHECK_EQ(gpu_count(), PAGES);
	bo_close_wait(bo);
	WAIT_UNTIL(res_count() == scene->resources);
	if (scene->shrinks)
		WAIT_UNTIL(!gpu_count());
}

/* Likewise, and the host has executed the command. */
static void end_used(void *arg)
{
	struct scene *scene = arg;

	bo_wait(&scene->bo);
	CHECK_EQ(uses_seen(), scene->seen + 1);
	CHECK_EQ(res_pages(scene->bo.res), PAGES);
	if (scene->shrinks)
		CHECK_EQ(gpu_count(), PAGES);
	end(arg);
}

static int to_host(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = scene->bo.handle,
		.box = line(),
	};

	return inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
}

static int from_host(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = scene->bo.handle,
		.box = line(),
	};

	return inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
			    &from);
}

static int exec(void *arg)
{
	struct scene *scene = arg;
	struct sb_exec nop = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)&scene->bo.handle,
		.num_bo_handles = 1,
	};

	return inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit);
}

static int wait_idle(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_3d_wait wait = {.handle = scene->bo.handle};

	return inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

/* A call that succeeds must give the right result, even if an allocation failed. */
static int info(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_resource_info info = {
		.bo_handle = scene->bo.handle,
	};
	int err =
		inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info);

	if (!err) {
		CHECK_EQ(info.res_handle, scene->bo.res);
		CHECK_EQ(info.size, SIZE);
	}
	return err;
}

static int map_offset(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_map map = {.handle = scene->bo.handle};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_MAP, &map);

	if (!err)
		CHECK_EQ(map.offset, bo_map_offset(&scene->bo));
	return err;
}

/* Another mapping; the one that the BO has stays. */
static int map(void *arg)
{
	struct scene *scene = arg;
	void *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			scene->fd, (off_t)bo_map_offset(&scene->bo));

	if (at == MAP_FAILED)
		return errno;
	if (scene->used)
		stamp_verify(at, SIZE, 1, 1);
	CHECK_SYS(munmap(at, SIZE));
	return 0;
}

/* A page fault without memory is retried, it does not fail. */
static int fault(void *arg)
{
	bo_fault_in(&((struct scene *)arg)->bo);
	return 0;
}

static int advise(struct scene *scene, uint32_t madv)
{
	struct drm_virtgpu_madvise advice = {
		.bo_handle = scene->bo.handle,
		.madv = madv,
	};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_MADVISE, &advice);

	if (!err)
		CHECK_EQ(advice.retained, 1);
	return err;
}

static int will_need(void *arg)
{
	return advise(arg, VIRTGPU_MADV_WILLNEED);
}

/* end_not_needed() takes the advice back. */
static int dont_need(void *arg)
{
	return advise(arg, VIRTGPU_MADV_DONTNEED);
}

static void end_not_needed(void *arg)
{
	CHECK(bo_willneed(&((struct scene *)arg)->bo));
	end(arg);
}

/* Closing a BO never fails. */
static int close_bo(void *arg)
{
	bo_close(&((struct scene *)arg)->bo);
	return 0;
}

static void end_closed(void *arg)
{
	struct scene *scene = arg;

	WAIT_UNTIL(res_count() == scene->resources);
	if (scene->shrinks)
		WAIT_UNTIL(!gpu_count());
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		__VA_ARGS__                                                    \
	}
/*
 * For every BO array that it cannot allocate, the driver reports unknown handles.
 */
#define REFUSABLE .refusable = true, .also = ENOENT

static void run(const struct inject_call *calls, size_t count)
{
	struct scene scene = {.shrinks = caps_has("virtio-shrinker")};

	inject_begin();
	if (scene.shrinks)
		scene.scan_fd = shrinker_open(drm_shrinker(DRM_VIRTIO));
	scene.drop_fd = CHECK_SYS(
		open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC));
	scene.fd = gpu_render();
	scene.other = gpu_render();
	/* Or it may be given back (tests/KERNEL-BUGS.md, 2). */
	if (!caps_has("virtio-exec-descriptor"))
		CHECK_SYS(close(STDIN_FILENO));
	scene.resources = res_count();
	inject_each(calls, count, &scene);
}
#define RUN(calls) run(calls, sizeof(calls) / sizeof(*(calls)))

TEST(fresh_bo, .name = "virtio/fail-nth-fresh", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on a BO without pages fails, the "
	      "next try succeeds, and nothing is left of it when it is closed")
{
	static const struct inject_call calls[] = {
		CALL("transfer to host", fresh, to_host, end_used,
		     .refused = kept, REFUSABLE),
		CALL("transfer from host", fresh, from_host, end_used,
		     .refused = kept, REFUSABLE),
		CALL("execbuffer", fresh, exec, end_used, .refused = kept,
		     REFUSABLE),
		CALL("wait", fresh, wait_idle, end, .refused = kept),
		CALL("resource info", fresh, info, end, .refused = kept),
		CALL("map", fresh, map_offset, end, .refused = kept),
		CALL("mmap", fresh, map, end, .refused = kept,
		     .refusable = true),
		CALL("close", fresh, close_bo, end_closed),
	};

	RUN(calls);
}

TEST(used_bo, .name = "virtio/fail-nth-used", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on a BO that the host has fails, "
	      "it stays as it is, with its content, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("transfer to host", used, to_host, end_used,
		     .refused = untouched, REFUSABLE),
		CALL("transfer from host", used, from_host, end_used,
		     .refused = untouched, REFUSABLE),
		CALL("execbuffer", used, exec, end_used, .refused = untouched,
		     REFUSABLE),
		CALL("wait", used, wait_idle, end, .refused = untouched),
		CALL("resource info", used, info, end, .refused = untouched),
		CALL("map", used, map_offset, end, .refused = untouched),
		CALL("mmap", used, map, end, .refused = untouched,
		     .refusable = true),
		CALL("fault", used, fault, end),
		CALL("close", used, close_bo, end_closed),
	};

	RUN(calls);
}

TEST(evicted_bo, .name = "virtio/fail-nth-evicted", .swap_mib = 16,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on an evicted BO fails, it keeps "
	      "its content, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("transfer to host", evicted, to_host, end_used,
		     .refused = kept, REFUSABLE),
		CALL("transfer from host", evicted, from_host, end_used,
		     .refused = kept, REFUSABLE),
		CALL("execbuffer", evicted, exec, end_used, .refused = kept,
		     REFUSABLE),
		CALL("wait", evicted, wait_idle, end, .refused = kept),
		CALL("resource info", evicted, info, end, .refused = kept),
		CALL("map", evicted, map_offset, end, .refused = kept),
		CALL("mmap", evicted, map, end, .refused = kept,
		     .refusable = true),
		CALL("fault", evicted, fault, end),
		CALL("needed", evicted, will_need, end),
		CALL("not needed", evicted, dont_need, end_not_needed),
		CALL("close", evicted, close_bo, end_closed),
	};

	RUN(calls);
}

/* Its pages are only in swap space. */
static void swapped(void *arg)
{
	struct scene *scene = arg;
	size_t shmem = mem_info("Shmem");

	evicted(arg);
	for (int i = 0; mem_info("Shmem") > shmem; i++) {
		CHECK_CMP(i, <, 100);
		cgroup_reclaim(GROUP, 64 * KIB);
	}
	scene->seen = uses_seen();
}

static void swapped_child(void *arg)
{
	static const struct inject_call calls[] = {
		CALL("transfer to host", swapped, to_host, end_used,
		     .refused = kept, REFUSABLE),
		CALL("execbuffer", swapped, exec, end_used, .refused = kept,
		     REFUSABLE),
		CALL("fault", swapped, fault, end),
	};

	(void)arg;
	cgroup_enter(GROUP);
	RUN(calls);
}

TEST(swapped_bo, .name = "virtio/fail-nth-swapped", .swap_mib = 32,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on a BO in swap space fails, it "
	      "keeps its content, and the next try succeeds")
{
	cgroup_new(GROUP, 0);
	child_wait(child_start(swapped_child, NULL));
	cgroup_remove(GROUP);
}

/* The scan takes what it can; a BO that it cannot take stays as it is. */
static int scan(void *arg)
{
	shrinker_scan_fd(((struct scene *)arg)->scan_fd, 2 * PAGES);
	return 0;
}

/* The same as reclaim does it. */
static int drop_caches(void *arg)
{
	return write(((struct scene *)arg)->drop_fd, "2", 1) == 1 ? 0 : errno;
}

static void end_scanned(void *arg)
{
	struct scene *scene = arg;
	unsigned long count = gpu_count();

	CHECK(!bo_busy(&scene->bo));
	CHECK(count == 0 || count == PAGES);
	CHECK_EQ(res_pages(scene->bo.res), count);
	CHECK_EQ(uses_seen(), scene->seen);
	/* With memory, a scan can take all. */
	gpu_scan_all();
	CHECK_EQ(res_pages(scene->bo.res), 0);
	end(arg);
}

static void end_purged(void *arg)
{
	struct scene *scene = arg;
	unsigned long count = gpu_count();

	CHECK(!bo_busy(&scene->bo));
	CHECK(count == 0 || count == PAGES);
	CHECK_EQ(bo_attached(&scene->bo), count != 0);
	CHECK_EQ(bo_dontneed(&scene->bo), count != 0);
	CHECK_EQ(uses_seen(), scene->seen);
	if (count)
		stamp_verify(scene->bo.map, SIZE, 1, 1);
	gpu_scan_all();
	bo_verify_purged(&scene->bo);
	bo_close_wait(&scene->bo);
	WAIT_UNTIL(res_count() == scene->resources);
	WAIT_UNTIL(!gpu_count());
}

TEST(shrink, .name = "virtio/fail-nth-scan", .swap_mib = 16,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about =
	     "whichever allocation of a scan fails, BOs are purged, evicted or "
	     "as they were, and the next scan has them")
{
	static const struct inject_call calls[] = {
		CALL("needed", used, will_need, end, .refused = untouched),
		CALL("not needed", used, dont_need, end_not_needed,
		     .refused = untouched),
		CALL("needed again", not_needed, will_need, end,
		     .refused = untouched),
		CALL("evict", used, scan, end_scanned),
		CALL("evict by drop_caches", used, drop_caches, end_scanned),
		CALL("purge", not_needed, scan, end_purged),
		CALL("purge by drop_caches", not_needed, drop_caches,
		     end_purged),
	};

	RUN(calls);
}

static void exported(void *arg)
{
	struct scene *scene = arg;

	used(arg);
	scene->dmabuf = drm_export(scene->fd, scene->bo.handle);
}

static int export(void *arg)
{
	struct scene *scene = arg;

	return inject_export(scene->fd, scene->bo.handle, &scene->dmabuf);
}

/* The DRM core may have cached the dma-buf for the next export. */
static void not_exported(void *arg)
{
	struct scene *scene = arg;
	unsigned long count;

	CHECK(!bo_busy(&scene->bo));
	CHECK_EQ(uses_seen(), scene->seen);
	if (!scene->shrinks)
		return;
	count = gpu_count();
	CHECK(count == 0 || count == res_pages(scene->bo.res));
	CHECK(bo_willneed(&scene->bo));
}

/* A BO must not be evicted while its dma-buf exists. */
static void end_exported(void *arg)
{
	struct scene *scene = arg;

	if (scene->shrinks)
		CHECK_EQ(gpu_count(), 0);
	CHECK_EQ(dmabuf_size(scene->dmabuf), SIZE);
	CHECK_EQ(drm_import(scene->fd, scene->dmabuf), scene->bo.handle);
	end(arg);
}

/* Into another file of the same device. */
static int import(void *arg)
{
	struct scene *scene = arg;

	return drm_try_import(scene->other, scene->dmabuf, &scene->handle);
}

static void end_imported(void *arg)
{
	struct scene *scene = arg;
	struct bo bo = bo_of_handle(scene->other, scene->handle);

	CHECK_EQ(bo.res, scene->bo.res);
	bo.size = SIZE;
	bo_to_host(&bo);
	bo_close(&bo);
	end(arg);
}

/* The driver warns when it requests a UUID again after a failed export. */
#define KNOWN_UUID                                                             \
	"virtio_gpu_cmd_resource_uuid_cb "                                     \
	"WARN_ON(obj->uuid_state != STATE_INITIALIZING)"

TEST(share, .name = "virtio/fail-nth-share", .needs = INJECT_NEEDS,
     .known = KNOWN_UUID, .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an export or import fails, the BO stays "
	      "as it is, with its content, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("export of a fresh BO", fresh, export, end_exported,
		     .refused = not_exported, .refusable = true),
		CALL("export", used, export, end_exported,
		     .refused = not_exported, .refusable = true),
		CALL("import", exported, import, end_imported,
		     .refusable = true),
	};

	RUN(calls);
}

/* Without the bug that KNOWN_UUID is of (tests/KERNEL-BUGS.md, 4). */
TEST(share_once, .name = "virtio/fail-nth-share-once",
     .needs = INJECT_NEEDS " virtio-uuid-once", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an export fails, the host is asked for "
	      "one UUID")
{
	static const struct inject_call calls[] = {
		CALL("export", used, export, end_exported,
		     .refused = not_exported, .refusable = true),
	};

	RUN(calls);
}

TEST(share_evicted, .name = "virtio/fail-nth-share-evicted", .swap_mib = 16,
     .needs = INJECT_NEEDS " virtio-shrinker", .known = KNOWN_UUID,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of the export of an evicted BO fails, it "
	      "keeps its content, and the next try succeeds")
{
	static const struct inject_call calls[] = {
		CALL("export", evicted, export, end_exported,
		     .refused = not_exported, .refusable = true),
	};

	RUN(calls);
}

/* Pages reclaimed so far; and: have a megabyte more been reclaimed since? */
static unsigned long reclaimed(void)
{
	return mem_vmstat("pgsteal_kswapd") + mem_vmstat("pgsteal_direct");
}

static bool has_reclaimed(void *arg)
{
	return reclaimed() > *(unsigned long *)arg + MIB / PAGE;
}

static bool nothing_counted(void *arg)
{
	(void)arg;
	return !gpu_count();
}

TEST(pressure, .name = "virtio/fail-reclaim", .swap_mib = 32,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about = "reclaim that gets no memory for its commands leaves BOs as they "
	      "are, and takes them later")
{
	static const char cache[] = "virtio-gpu-vbufs";
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	unsigned long before = reclaimed();

	inject_cache(cache, true);
	CHECK(mem_pressure(has_reclaimed, &before));
	gpu_scan(PAGES);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK_EQ(res_pages(bo.res), PAGES);
	/* The driver cannot purge the BO either. */
	CHECK(bo_dontneed(&bo));
	gpu_scan(PAGES);
	CHECK(bo_willneed(&bo));
	/*
	 * Commands outside of reclaim do not fail: the driver can wait for memory.
	 */
	bo_verify(&bo, 1);
	inject_cache(cache, false);
	CHECK(mem_pressure(nothing_counted, NULL));
	CHECK_EQ(res_pages(bo.res), 0);
	bo_verify(&bo, 1);
}
