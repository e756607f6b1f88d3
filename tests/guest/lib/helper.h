/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper-level driver (drivers-stub/helper/ioctl.h says what it can
 * do), and what must hold for the state of its BOs. As in drm.h, an error fails
 * the test.
 */
#ifndef GUEST_HELPER_H
#define GUEST_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drivers-stub/helper/ioctl.h"
#include "lib/cleanup.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"

/* For struct test: two stub devices; with the shrinker, and swap space. */
#define HELPER .kernel_args = "shrinkbench.helpers=2"
#define HELPER_SHRINKS HELPER, .needs = "shmem-shrinker"
#define HELPER_EVICTS HELPER_SHRINKS, .swap_mib = 16, .seconds = 120

/**
 * struct helper_bo - a BO
 * @fd: DRM file, not owned
 * @handle: 0 once closed
 * @id: its number
 * @size: bytes
 * @offset: for mmap()
 * @map: mapping of all of it, or NULL
 */
struct helper_bo {
	int fd;
	uint32_t handle;
	uint32_t id;
	size_t size;
	uint64_t offset;
	char *map;
};

/* Device @index; a file descriptor, owned by the caller. */
int helper_open(unsigned int index);
/*
 * HELPER_DEVICE(fd, index): the same, open until the block ends, when no BO of
 * the device must be left.
 */
#define HELPER_DEVICE(fd, index)                                               \
	CLEANUP(helper_device_cleanup) int fd = helper_open(index)
void helper_device_cleanup(const int *fd);
struct sb_helper_info helper_info(int fd);
/* SB_HELPER_HAS_*: does the kernel have it? */
bool helper_has(uint32_t what);

/* The shrinker's count of the device, in pages; a scan for @pages pages. */
unsigned long helper_count(int fd);
void helper_scan(int fd, unsigned long pages);
/* The same, not through debugfs: what the shrinker's scan_objects() says. */
struct sb_helper_scan helper_scan_objects(int fd, uint64_t pages);
/* A process that does helper_scan() and ends; for child_wait(). */
pid_t helper_scan_start(int fd, unsigned long pages);

/* Create a BO of @pages pages; @flags: SB_HELPER_PURGE_ONLY, SB_HELPER_NO_EVICT. */
struct helper_bo helper_bo(int fd, size_t pages, uint32_t flags);
/*
 * The same, attached to the device, which has written the stamps of BO @number,
 * generation 1, to its pages.
 */
struct helper_bo helper_bo_used(int fd, size_t pages, uint32_t flags,
				uint32_t number);
void helper_bo_map(struct helper_bo *bo);
void helper_bo_unmap(struct helper_bo *bo);
/* Unmap the BO if it is mapped, and close the handle. */
void helper_bo_close(struct helper_bo *bo);
/* HELPER_BO(bo, helper_bo(fd, PAGES, 0)): closed when the block ends, if it is not yet. */
#define HELPER_BO(name, ...)                                                   \
	CLEANUP(helper_bo_cleanup) struct helper_bo name = (__VA_ARGS__)
void helper_bo_cleanup(struct helper_bo *bo);

/* An operation: 0, or the errno with which the driver refused it. */
int helper_try(const struct helper_bo *bo, enum sb_helper_op op, uint64_t arg);
/* An operation that must succeed. */
#define helper_do(bo, op) CHECK_EQ(helper_try(bo, op, 0), 0)
#define helper_do_arg(bo, op, arg) CHECK_EQ(helper_try(bo, op, arg), 0)
/* SB_HELPER_FAIL of the device. */
void helper_fail(int fd, uint32_t what);
/* SB_HELPER_EVICT_GO */
void helper_go(int fd, uint32_t id);
/* drm_gem_shmem_madvise(): is the content retained? */
bool helper_madvise(const struct helper_bo *bo, uint32_t madv);

/* 0, or the errno of the refusal. @flags: SB_HELPER_WRITE, SB_HELPER_DEVICE. */
int helper_try_access(const struct helper_bo *bo, uint32_t flags,
		      uint64_t offset, void *buf, size_t len);
/*
 * helper_fill() writes stamps to the whole BO. From then on, the device checks the
 * stamp of each page that it uses, and all of them when it is told to detach the
 * BO. After writing other stamps by other means, call helper_expect().
 */
void helper_fill(const struct helper_bo *bo, uint32_t flags, uint32_t number);
void helper_expect(const struct helper_bo *bo, uint32_t number);
/* Drop the rule of a BO that the device may not have used since. @why says why. */
void helper_forget_unused(const struct helper_bo *bo, const char *why);
void helper_verify(const struct helper_bo *bo, uint32_t flags, uint32_t number);
/* The whole content is intact, once it has been swapped in if necessary. */
void helper_verify_content(const struct helper_bo *bo, uint32_t number);
/* The content is gone, and no access to it is possible. */
void helper_verify_purged(const struct helper_bo *bo);

struct sb_helper_state helper_state(const struct helper_bo *bo);
/* The BO is in one of the five legal states, complete, and its lock is free. */
void helper_check_legal(const struct helper_bo *bo);
bool helper_attached(const struct helper_bo *bo);
/* Text of a file of the device behind @fd; NULL if there is none. Owned. */
char *helper_device_file(int fd, const char *file);
/* Set a fault rule for the device, for example "hold", "JOB". */
void helper_fault(int fd, const char *verb, const char *rest);
/*
 * Memory pressure of any kind leaves a busy BO alone, after it has been used and
 * advised @madv. It holds the stamps of BO 1.
 */
void helper_check_stays(const struct helper_bo *bo, uint32_t madv);
/* Is a fence of the BO unsignalled? */
bool helper_is_busy(const struct helper_bo *bo);

/*
 * The complete state that a BO must have. Kernels without the shrinker are not
 * checked for lists, and kernels that do not count pins are not checked for pins.
 */
struct helper_expect {
	uint32_t flags;
	uint32_t uses;
	uint32_t pins;
	uint32_t vmaps;
	int32_t madv;
	enum sb_helper_lru lru;
};
#define CHECK_STATE(bo, ...)                                                   \
	helper_check_state(__FILE__, __LINE__, bo,                             \
			   (struct helper_expect){__VA_ARGS__})
void helper_check_state(const char *file, int line, const struct helper_bo *bo,
			struct helper_expect expect);

/*
 * The flags of a BO that has an SG table and nothing else; and if it is attached,
 * too.
 */
#define HELPER_HAS_PAGES (SB_HELPER_PAGES | SB_HELPER_SGT | SB_HELPER_SGT_REF)
#define HELPER_IN_USE (HELPER_HAS_PAGES | SB_HELPER_ATTACHED)
#define HELPER_IS_EVICTED (SB_HELPER_EVICTED | SB_HELPER_SGT_REF)

#define CHECK_EVICTABLE(bo)                                                    \
	CHECK_STATE(bo, .flags = HELPER_IN_USE, .uses = 1,                     \
		    .lru = SB_HELPER_LRU_EVICTABLE)
#define CHECK_EVICTED(bo)                                                      \
	CHECK_STATE(bo, .flags = HELPER_IS_EVICTED, .uses = 1,                 \
		    .lru = SB_HELPER_LRU_EVICTED)
#define CHECK_PURGED(bo) CHECK_STATE(bo, .madv = -1)

/*
 * The count of each list is the sum of its objects, and the shrinker's count is
 * that of the evictable ones. Without the shrinker, nothing is checked.
 */
void helper_check_lists(int fd);
/* Likewise, and list @lru has exactly @objects BOs and @pages pages. */
void helper_check_list(int fd, enum sb_helper_lru lru, uint32_t objects,
		       int64_t pages);

#endif
