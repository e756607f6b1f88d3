// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/virtio-gpu.h"
#include "lib/helper.h"

struct sb_helper_info helper_info(int fd)
{
	struct sb_helper_info info;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_INFO, &info));
	return info;
}

bool helper_has(uint32_t what)
{
	int fd = drm_open(SB_HELPER_DRIVER, DRM_RENDER);
	bool has = helper_info(fd).has & what;

	CHECK_SYS(close(fd));
	return has;
}

int helper_open(unsigned int index)
{
	int fd = drm_open_nth(SB_HELPER_DRIVER, DRM_RENDER, index);

	CHECK_EQ(helper_info(fd).index, index);
	return fd;
}

void helper_device_cleanup(const int *fd)
{
	/* A worker drops the references of jobs that have ended. */
	WAIT_UNTIL(helper_info(*fd).bos == 0);
	CHECK_SYS(close(*fd));
}

static char *shrinker(int fd)
{
	char *name;

	CHECK_SYS(asprintf(&name, "drm-shmem:%s.%u", SB_HELPER_DRIVER,
			   helper_info(fd).index));
	return name;
}

unsigned long helper_count(int fd)
{
	char *name = shrinker(fd);
	unsigned long count = shrinker_count(name);

	free(name);
	return count;
}

void helper_scan(int fd, unsigned long pages)
{
	char *name = shrinker(fd);

	shrinker_scan(name, pages);
	free(name);
}

struct sb_helper_scan helper_scan_objects(int fd, uint64_t pages)
{
	struct sb_helper_scan scan = {.pages = pages};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_SCAN, &scan));
	return scan;
}

struct scan {
	int fd;
	unsigned long pages;
};

static void scan_child(void *arg)
{
	const struct scan *scan = arg;

	helper_scan(scan->fd, scan->pages);
}

pid_t helper_scan_start(int fd, unsigned long pages)
{
	struct scan scan = {fd, pages};

	return child_start(scan_child, &scan);
}

struct helper_bo helper_bo(int fd, size_t pages, uint32_t flags)
{
	struct sb_helper_create arg = {.size = pages * PAGE, .flags = flags};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_CREATE, &arg));
	return (struct helper_bo){
		.fd = fd,
		.handle = arg.handle,
		.id = arg.id,
		.size = arg.size,
		.offset = arg.offset,
	};
}

struct helper_bo helper_bo_used(int fd, size_t pages, uint32_t flags,
				uint32_t number)
{
	struct helper_bo bo = helper_bo(fd, pages, flags);

	/* Reclaim that an earlier test has begun must not take it before it is filled. */
	helper_do(&bo, SB_HELPER_PIN);
	helper_do(&bo, SB_HELPER_ATTACH);
	helper_fill(&bo, SB_HELPER_DEVICE, number);
	helper_do(&bo, SB_HELPER_UNPIN);
	return bo;
}

void helper_bo_map(struct helper_bo *bo)
{
	bo->map = drm_mmap(bo->fd, bo->offset, bo->size);
}

void helper_bo_unmap(struct helper_bo *bo)
{
	CHECK_SYS(munmap(bo->map, bo->size));
	bo->map = NULL;
}

void helper_bo_close(struct helper_bo *bo)
{
	if (bo->map)
		helper_bo_unmap(bo);
	drm_gem_close(bo->fd, bo->handle);
	bo->handle = 0;
}

void helper_bo_cleanup(struct helper_bo *bo)
{
	if (bo->handle)
		helper_bo_close(bo);
}

int helper_try(const struct helper_bo *bo, enum sb_helper_op op, uint64_t arg)
{
	struct sb_helper_do what = {.handle = bo->handle, .op = op, .arg = arg};

	return drm_ioctl(bo->fd, DRM_IOCTL_SB_HELPER_DO, &what) ? errno : 0;
}

static void do_device(int fd, enum sb_helper_op op, uint64_t arg)
{
	struct sb_helper_do what = {.op = op, .arg = arg};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_DO, &what));
}

void helper_fail(int fd, uint32_t what)
{
	do_device(fd, SB_HELPER_FAIL, what);
}

void helper_go(int fd, uint32_t id)
{
	do_device(fd, SB_HELPER_EVICT_GO, id);
}

bool helper_madvise(const struct helper_bo *bo, uint32_t madv)
{
	struct sb_helper_madvise arg = {
		.handle = bo->handle,
		.madv = madv,
		.retained = 12345,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_SB_HELPER_MADVISE, &arg));
	CHECK(arg.retained == 0 || arg.retained == 1);
	return arg.retained;
}

int helper_try_access(const struct helper_bo *bo, uint32_t flags,
		      uint64_t offset, void *buf, size_t len)
{
	struct sb_helper_access arg = {
		.handle = bo->handle,
		.flags = flags,
		.offset = offset,
		.len = len,
		.ptr = (uintptr_t)buf,
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_SB_HELPER_ACCESS, &arg) ? errno : 0;
}

/* Name of the device in the FUSE tree. */
static const char *host_name(const struct helper_bo *bo)
{
	static char name[16];

	snprintf(name, sizeof(name), "helper.%u", helper_info(bo->fd).index);
	return name;
}

void helper_expect(const struct helper_bo *bo, uint32_t number)
{
	stamp_expect(host_name(bo), helper_state(bo).id, number, 1);
}

void helper_forget_unused(const struct helper_bo *bo, const char *why)
{
	stamp_forget_unused(host_name(bo), helper_state(bo).id, why);
}

/* Split into the largest accesses that the driver accepts. */
void helper_fill(const struct helper_bo *bo, uint32_t flags, uint32_t number)
{
	static char __attribute__((aligned(PAGE))) buf[SB_HELPER_ACCESS_MAX];

	stamp_forget(host_name(bo), helper_state(bo).id);
	for (size_t at = 0; at < bo->size; at += sizeof(buf)) {
		size_t len = bo->size - at;

		if (len > sizeof(buf))
			len = sizeof(buf);
		stamp_fill_pages(buf, len, number, 1, at / PAGE);
		CHECK_EQ(helper_try_access(bo, flags | SB_HELPER_WRITE, at, buf,
					   len),
			 0);
	}
	helper_expect(bo, number);
}

void helper_verify(const struct helper_bo *bo, uint32_t flags, uint32_t number)
{
	static char __attribute__((aligned(PAGE))) buf[SB_HELPER_ACCESS_MAX];

	for (size_t at = 0; at < bo->size; at += sizeof(buf)) {
		size_t len = bo->size - at;

		if (len > sizeof(buf))
			len = sizeof(buf);
		memset(buf, 0x55, len);
		CHECK_EQ(helper_try_access(bo, flags, at, buf, len), 0);
		stamp_verify_pages(buf, len, number, 1, at / PAGE);
	}
}

void helper_verify_content(const struct helper_bo *bo, uint32_t number)
{
	helper_do(bo, SB_HELPER_ATTACH);
	helper_verify(bo, SB_HELPER_DEVICE, number);
	if (bo->map)
		stamp_verify(bo->map, bo->size, number, 1);
}

void helper_verify_purged(const struct helper_bo *bo)
{
	char byte;

	CHECK(!helper_madvise(bo, 0));
	CHECK(!helper_madvise(bo, 1));
	CHECK(helper_try(bo, SB_HELPER_PURGE, 0));
	CHECK_EQ(helper_try_access(bo, SB_HELPER_DEVICE, 0, &byte, 1), ENXIO);
	if (bo->map)
		mem_all_bus_errors(bo->map, bo->size);
	if (!helper_has(SB_HELPER_HAS_SHRINKER))
		return;
	CHECK_EQ(helper_try(bo, SB_HELPER_ATTACH, 0), EINVAL);
	CHECK_EQ(helper_try(bo, SB_HELPER_PIN, 0), EINVAL);
	CHECK_EQ(helper_try(bo, SB_HELPER_VMAP, 0), EINVAL);
	CHECK_EQ(helper_try(bo, SB_HELPER_SWAPIN, 0), EINVAL);
	CHECK_EQ(helper_try(bo, SB_HELPER_EVICT, 0), EBUSY);
}

struct sb_helper_state helper_state(const struct helper_bo *bo)
{
	struct sb_helper_state state = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_SB_HELPER_STATE, &state));
	return state;
}

char *helper_device_file(int fd, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "helper.%u/%s", helper_info(fd).index,
		 file);
	return device_read(path);
}

void helper_fault(int fd, const char *verb, const char *rest)
{
	device_write("faults", "%s helper.%u %s\n", verb, helper_info(fd).index,
		     rest);
}

bool helper_is_busy(const struct helper_bo *bo)
{
	return helper_state(bo).flags & SB_HELPER_BUSY_FENCE;
}

/* The device's list of the BO's pages is the same as the driver's. */
static void check_device(const struct helper_bo *bo,
			 const struct sb_helper_state *state)
{
	char file[32], *text;

	snprintf(file, sizeof(file), "bos/%u", state->id);
	text = helper_device_file(bo->fd, file);
	CHECK_EQ(!text, !(state->flags & SB_HELPER_ATTACHED));
	free(text);
}

void helper_check_legal(const struct helper_bo *bo)
{
	struct sb_helper_state state = helper_state(bo);
	enum sb_helper_lru lru = SB_HELPER_LRU_NONE;
	uint32_t pages = state.flags & SB_HELPER_PAGES;
	uint32_t sgt = state.flags & SB_HELPER_SGT;

	check_device(bo, &state);
	CHECK(!(state.flags & (SB_HELPER_LOCKED | SB_HELPER_EVICTING)));
	if (state.flags & SB_HELPER_IMPORTED) {
		CHECK_EQ(state.lru, SB_HELPER_LRU_NONE);
		return;
	}
	if (state.flags & SB_HELPER_EVICTED)
		lru = SB_HELPER_LRU_EVICTED;
	else if (pages)
		lru = !sgt || state.pins || state.flags & SB_HELPER_EXPORTED
			      ? SB_HELPER_LRU_PINNED
			      : SB_HELPER_LRU_EVICTABLE;
	if (lru == SB_HELPER_LRU_EVICTED || state.madv < 0) {
		CHECK(!pages);
		CHECK(!(state.flags & SB_HELPER_ATTACHED));
	} else {
		CHECK_EQ(!state.uses, !pages);
	}
	if (!pages)
		CHECK(!sgt && !state.vmaps);
	CHECK_EQ(!state.vmaps, !(state.flags & SB_HELPER_VADDR));
	if (helper_info(bo->fd).has & SB_HELPER_HAS_SHRINKER)
		CHECK_EQ(state.lru, lru);
}

bool helper_attached(const struct helper_bo *bo)
{
	return helper_state(bo).flags & SB_HELPER_ATTACHED;
}

/* "pages sgt attached" */
static const char *flag_names(uint32_t flags, char text[128])
{
	static const char *const names[] = {
		"pages", "sgt",	 "evicted", "imported", "exported", "attached",
		"vaddr", "busy", "locked",  "evicting", "sgt-ref",
	};

	*text = '\0';
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!(flags & 1u << i))
			continue;
		if (*text)
			strcat(text, " ");
		strcat(text, names[i]);
	}
	return text;
}

void helper_check_state(const char *file, int line, const struct helper_bo *bo,
			struct helper_expect expect)
{
	static const char *const lists[] = {"none", "pinned", "evictable",
					    "evicted", "other"};
	struct sb_helper_state state = helper_state(bo);
	uint32_t has = helper_info(bo->fd).has;
	char is[128], want[128];

	check_device(bo, &state);
	if (!(has & SB_HELPER_HAS_SHRINKER))
		expect.lru = SB_HELPER_LRU_NONE;
	if (!(has & SB_HELPER_HAS_PIN_COUNT))
		expect.pins = 0;
	if (state.flags == expect.flags && state.uses == expect.uses &&
	    state.pins == expect.pins && state.vmaps == expect.vmaps &&
	    state.madv == expect.madv && state.lru == expect.lru)
		return;
	test_fail(file, line,
		  "state of the BO is: %s; uses %u, pins %u, vmaps %u, madv "
		  "%d, list %s; must be: %s; uses %u, pins %u, vmaps %u, madv "
		  "%d, list %s",
		  flag_names(state.flags, is), state.uses, state.pins,
		  state.vmaps, state.madv,
		  lists[state.lru % (sizeof(lists) / sizeof(*lists))],
		  flag_names(expect.flags, want), expect.uses, expect.pins,
		  expect.vmaps, expect.madv, lists[expect.lru]);
}

static struct sb_helper_list get_list(int fd, enum sb_helper_lru lru)
{
	struct sb_helper_list list = {.lru = lru};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_HELPER_LIST, &list));
	CHECK_EQ(list.count, list.sum);
	return list;
}

void helper_check_lists(int fd)
{
	if (!(helper_info(fd).has & SB_HELPER_HAS_SHRINKER))
		return;
	get_list(fd, SB_HELPER_LRU_PINNED);
	get_list(fd, SB_HELPER_LRU_EVICTED);
	CHECK_EQ(get_list(fd, SB_HELPER_LRU_EVICTABLE).count, helper_count(fd));
}

void helper_check_list(int fd, enum sb_helper_lru lru, uint32_t objects,
		       int64_t pages)
{
	struct sb_helper_list list;

	helper_check_lists(fd);
	if (!(helper_info(fd).has & SB_HELPER_HAS_SHRINKER))
		return;
	list = get_list(fd, lru);
	CHECK_EQ(list.objects, objects);
	CHECK_EQ(list.count, pages);
}

void helper_check_stays(const struct helper_bo *bo, uint32_t madv)
{
	for (int i = 0; i < 3; i++) {
		helper_scan(bo->fd, 1000);
		mem_drop_caches();
		CHECK_STATE(bo, .flags = HELPER_IN_USE | SB_HELPER_BUSY_FENCE,
			    .uses = 1, .madv = madv,
			    .lru = SB_HELPER_LRU_EVICTABLE);
		helper_check_list(bo->fd, SB_HELPER_LRU_EVICTABLE, 1,
				  (int64_t)(bo->size / PAGE));
	}
	CHECK_EQ(helper_state(bo).evict_calls, 0);
	helper_verify(bo, SB_HELPER_DEVICE, 1);
}
