// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../virtio/gpu.h"
#include "stub.h"

struct sb_stub_info stub_info(int fd)
{
	struct sb_stub_info info;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_STUB_INFO, &info));
	return info;
}

bool stub_has(uint32_t what)
{
	int fd = drm_open(SB_STUB_DRIVER, DRM_RENDER);
	bool has = stub_info(fd).has & what;

	CHECK_SYS(close(fd));
	return has;
}

int stub_open(unsigned int index)
{
	int fd = drm_open_nth(SB_STUB_DRIVER, DRM_RENDER, index);

	CHECK_EQ(stub_info(fd).index, index);
	return fd;
}

static char *shrinker(int fd)
{
	char *name;

	CHECK_SYS(asprintf(&name, "drm-shmem:%s.%u", SB_STUB_DRIVER,
			   stub_info(fd).index));
	return name;
}

unsigned long stub_count(int fd)
{
	char *name = shrinker(fd);
	unsigned long count = shrinker_count(name);

	free(name);
	return count;
}

void stub_scan(int fd, unsigned long pages)
{
	char *name = shrinker(fd);

	shrinker_scan(name, pages);
	free(name);
}

struct scan {
	int fd;
	unsigned long pages;
};

static void scan_child(void *arg)
{
	const struct scan *scan = arg;

	stub_scan(scan->fd, scan->pages);
}

pid_t stub_scan_start(int fd, unsigned long pages)
{
	struct scan scan = {fd, pages};

	return child_start(scan_child, &scan);
}

struct stub_bo stub_bo(int fd, size_t pages, uint32_t flags)
{
	struct sb_stub_create arg = {.size = pages * PAGE, .flags = flags};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_STUB_CREATE, &arg));
	return (struct stub_bo){
		.fd = fd,
		.handle = arg.handle,
		.id = arg.id,
		.size = arg.size,
		.offset = arg.offset,
	};
}

struct stub_bo stub_bo_used(int fd, size_t pages, uint32_t flags,
			    uint32_t number)
{
	struct stub_bo bo = stub_bo(fd, pages, flags);

	stub_do(&bo, SB_STUB_ATTACH);
	stub_fill(&bo, SB_STUB_DEVICE, number);
	return bo;
}

void stub_bo_map(struct stub_bo *bo)
{
	bo->map = drm_mmap(bo->fd, bo->offset, bo->size);
}

void stub_bo_unmap(struct stub_bo *bo)
{
	CHECK_SYS(munmap(bo->map, bo->size));
	bo->map = NULL;
}

void stub_bo_close(struct stub_bo *bo)
{
	if (bo->map)
		stub_bo_unmap(bo);
	drm_gem_close(bo->fd, bo->handle);
	bo->handle = 0;
}

int stub_try(const struct stub_bo *bo, enum sb_stub_op op, uint64_t arg)
{
	struct sb_stub_do what = {.handle = bo->handle, .op = op, .arg = arg};

	return drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_DO, &what) ? errno : 0;
}

static void do_device(int fd, enum sb_stub_op op, uint64_t arg)
{
	struct sb_stub_do what = {.op = op, .arg = arg};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_STUB_DO, &what));
}

void stub_fail(int fd, uint32_t what)
{
	do_device(fd, SB_STUB_FAIL, what);
}

void stub_go(int fd, uint32_t id)
{
	do_device(fd, SB_STUB_EVICT_GO, id);
}

bool stub_madvise(const struct stub_bo *bo, uint32_t madv)
{
	struct sb_stub_madvise arg = {
		.handle = bo->handle,
		.madv = madv,
		.retained = 12345,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_MADVISE, &arg));
	CHECK(arg.retained == 0 || arg.retained == 1);
	return arg.retained;
}

int stub_try_access(const struct stub_bo *bo, uint32_t flags, uint64_t offset,
		    void *buf, size_t len)
{
	struct sb_stub_access arg = {
		.handle = bo->handle,
		.flags = flags,
		.offset = offset,
		.len = len,
		.ptr = (uintptr_t)buf,
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_ACCESS, &arg) ? errno : 0;
}

static void stamps(const char *verb, const struct stub_bo *bo,
		   const char *number)
{
	device_write("stamps", "%s stub.%u %u%s\n", verb,
		     stub_info(bo->fd).index, stub_state(bo).id, number);
}

void stub_expect(const struct stub_bo *bo, uint32_t number)
{
	char text[32];

	snprintf(text, sizeof(text), " %u 1", number);
	stamps("expect", bo, text);
}

/* In pieces, as large as the driver takes them. */
void stub_fill(const struct stub_bo *bo, uint32_t flags, uint32_t number)
{
	static char __attribute__((aligned(PAGE))) buf[SB_STUB_ACCESS_MAX];

	stamps("forget", bo, "");
	for (size_t at = 0; at < bo->size; at += sizeof(buf)) {
		size_t len = bo->size - at;

		if (len > sizeof(buf))
			len = sizeof(buf);
		stamp_fill_pages(buf, len, number, 1, at / PAGE);
		CHECK_EQ(stub_try_access(bo, flags | SB_STUB_WRITE, at, buf,
					 len),
			 0);
	}
	stub_expect(bo, number);
}

void stub_verify(const struct stub_bo *bo, uint32_t flags, uint32_t number)
{
	static char __attribute__((aligned(PAGE))) buf[SB_STUB_ACCESS_MAX];

	for (size_t at = 0; at < bo->size; at += sizeof(buf)) {
		size_t len = bo->size - at;

		if (len > sizeof(buf))
			len = sizeof(buf);
		memset(buf, 0x55, len);
		CHECK_EQ(stub_try_access(bo, flags, at, buf, len), 0);
		stamp_verify_pages(buf, len, number, 1, at / PAGE);
	}
}

void stub_verify_content(const struct stub_bo *bo, uint32_t number)
{
	stub_do(bo, SB_STUB_ATTACH);
	stub_verify(bo, SB_STUB_DEVICE, number);
	if (bo->map)
		stamp_verify(bo->map, bo->size, number, 1);
}

void stub_verify_purged(const struct stub_bo *bo)
{
	char byte;

	CHECK(!stub_madvise(bo, 0));
	CHECK(!stub_madvise(bo, 1));
	CHECK(stub_try(bo, SB_STUB_PURGE, 0));
	CHECK_EQ(stub_try_access(bo, SB_STUB_DEVICE, 0, &byte, 1), ENXIO);
	if (bo->map)
		mem_all_bus_errors(bo->map, bo->size);
	if (!stub_has(SB_STUB_HAS_SHRINKER))
		return;
	CHECK_EQ(stub_try(bo, SB_STUB_ATTACH, 0), EINVAL);
	CHECK_EQ(stub_try(bo, SB_STUB_PIN, 0), EINVAL);
	CHECK_EQ(stub_try(bo, SB_STUB_VMAP, 0), EINVAL);
	CHECK_EQ(stub_try(bo, SB_STUB_SWAPIN, 0), EINVAL);
	CHECK_EQ(stub_try(bo, SB_STUB_EVICT, 0), EBUSY);
}

struct sb_stub_state stub_state(const struct stub_bo *bo)
{
	struct sb_stub_state state = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_STATE, &state));
	return state;
}

char *stub_device_file(int fd, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "stub.%u/%s", stub_info(fd).index, file);
	return device_read(path);
}

void stub_fault(int fd, const char *verb, const char *rest)
{
	device_write("faults", "%s stub.%u %s\n", verb, stub_info(fd).index,
		     rest);
}

bool stub_is_busy(const struct stub_bo *bo)
{
	return stub_state(bo).flags & SB_STUB_BUSY_FENCE;
}

/* The device knows nothing else than the driver. */
static void check_device(const struct stub_bo *bo,
			 const struct sb_stub_state *state)
{
	char file[32], *text;

	snprintf(file, sizeof(file), "bos/%u", state->id);
	text = stub_device_file(bo->fd, file);
	CHECK_EQ(!text, !(state->flags & SB_STUB_ATTACHED));
	free(text);
}

void stub_check_legal(const struct stub_bo *bo)
{
	struct sb_stub_state state = stub_state(bo);
	enum sb_stub_lru lru = SB_STUB_LRU_NONE;
	uint32_t pages = state.flags & SB_STUB_PAGES;
	uint32_t sgt = state.flags & SB_STUB_SGT;

	check_device(bo, &state);
	CHECK(!(state.flags & (SB_STUB_LOCKED | SB_STUB_EVICTING)));
	if (state.flags & SB_STUB_IMPORTED) {
		CHECK_EQ(state.lru, SB_STUB_LRU_NONE);
		return;
	}
	if (state.flags & SB_STUB_EVICTED)
		lru = SB_STUB_LRU_EVICTED;
	else if (pages)
		lru = !sgt || state.pins || state.flags & SB_STUB_EXPORTED
			      ? SB_STUB_LRU_PINNED
			      : SB_STUB_LRU_EVICTABLE;
	if (lru == SB_STUB_LRU_EVICTED || state.madv < 0) {
		CHECK(!pages);
		CHECK(!(state.flags & SB_STUB_ATTACHED));
	} else {
		CHECK_EQ(!state.uses, !pages);
	}
	if (!pages)
		CHECK(!sgt && !state.vmaps);
	CHECK_EQ(!state.vmaps, !(state.flags & SB_STUB_VADDR));
	if (stub_info(bo->fd).has & SB_STUB_HAS_SHRINKER)
		CHECK_EQ(state.lru, lru);
}

bool stub_attached(const struct stub_bo *bo)
{
	return stub_state(bo).flags & SB_STUB_ATTACHED;
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

void stub_check_state(const char *file, int line, const struct stub_bo *bo,
		      struct stub_expect expect)
{
	static const char *const lists[] = {"none", "pinned", "evictable",
					    "evicted", "other"};
	struct sb_stub_state state = stub_state(bo);
	uint32_t has = stub_info(bo->fd).has;
	char is[128], want[128];

	check_device(bo, &state);
	if (!(has & SB_STUB_HAS_SHRINKER))
		expect.lru = SB_STUB_LRU_NONE;
	if (!(has & SB_STUB_HAS_PIN_COUNT))
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

static struct sb_stub_list get_list(int fd, enum sb_stub_lru lru)
{
	struct sb_stub_list list = {.lru = lru};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SB_STUB_LIST, &list));
	CHECK_EQ(list.count, list.sum);
	return list;
}

void stub_check_lists(int fd)
{
	if (!(stub_info(fd).has & SB_STUB_HAS_SHRINKER))
		return;
	get_list(fd, SB_STUB_LRU_PINNED);
	get_list(fd, SB_STUB_LRU_EVICTED);
	CHECK_EQ(get_list(fd, SB_STUB_LRU_EVICTABLE).count, stub_count(fd));
}

void stub_check_list(int fd, enum sb_stub_lru lru, uint32_t objects,
		     int64_t pages)
{
	struct sb_stub_list list;

	stub_check_lists(fd);
	if (!(stub_info(fd).has & SB_STUB_HAS_SHRINKER))
		return;
	list = get_list(fd, lru);
	CHECK_EQ(list.objects, objects);
	CHECK_EQ(list.count, pages);
}

void stub_check_stays(const struct stub_bo *bo, uint32_t madv)
{
	for (int i = 0; i < 3; i++) {
		stub_scan(bo->fd, 1000);
		mem_drop_caches();
		CHECK_STATE(bo, .flags = STUB_IN_USE | SB_STUB_BUSY_FENCE,
			    .uses = 1, .madv = madv,
			    .lru = SB_STUB_LRU_EVICTABLE);
		stub_check_list(bo->fd, SB_STUB_LRU_EVICTABLE, 1,
				(int64_t)(bo->size / PAGE));
	}
	CHECK_EQ(stub_state(bo).evict_calls, 0);
	stub_verify(bo, SB_STUB_DEVICE, 1);
}
