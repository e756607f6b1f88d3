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

/* Pages that the device's shrinker counts, and asking it for some. */
unsigned long helper_count(int fd);
void helper_scan(int fd, unsigned long pages);
/* A process that does helper_scan() and ends; for child_wait(). */
pid_t helper_scan_start(int fd, unsigned long pages);

/* A BO of @pages pages; @flags: SB_HELPER_PURGE_ONLY, SB_HELPER_NO_EVICT. */
struct helper_bo helper_bo(int fd, size_t pages, uint32_t flags);
/*
 * The same, attached to the device, which has written the stamps of BO @number,
 * generation 1, to it.
 */
struct helper_bo helper_bo_used(int fd, size_t pages, uint32_t flags,
				uint32_t number);
void helper_bo_map(struct helper_bo *bo);
void helper_bo_unmap(struct helper_bo *bo);
/* Close the handle; a mapping goes first. */
void helper_bo_close(struct helper_bo *bo);
/* HELPER_BO(bo, helper_bo(fd, PAGES, 0)): closed when the block ends, if it is not yet. */
#define HELPER_BO(name, ...)                                                   \
	CLEANUP(helper_bo_cleanup) struct helper_bo name = (__VA_ARGS__)
void helper_bo_cleanup(struct helper_bo *bo);

/* An operation: 0, or the errno of the refusal. */
int helper_try(const struct helper_bo *bo, enum sb_helper_op op, uint64_t arg);
/* One that must succeed. */
#define helper_do(bo, op) CHECK_EQ(helper_try(bo, op, 0), 0)
#define helper_do_arg(bo, op, arg) CHECK_EQ(helper_try(bo, op, arg), 0)
/* SB_HELPER_FAIL of the device. */
void helper_fail(int fd, uint32_t what);
/* SB_HELPER_EVICT_GO */
void helper_go(int fd, uint32_t id);
/* drm_gem_shmem_madvise(): retained? */
bool helper_madvise(const struct helper_bo *bo, uint32_t madv);

/* 0, or the errno of the refusal. @flags: SB_HELPER_WRITE, SB_HELPER_DEVICE. */
int helper_try_access(const struct helper_bo *bo, uint32_t flags,
		      uint64_t offset, void *buf, size_t len);
/*
 * Stamps: write them to all of it, and check that they are all there. From
 * helper_fill() on the device looks at them itself, whenever it uses a page and
 * when it is told to give it back; who writes others by any other way must say
 * so by helper_expect().
 */
void helper_fill(const struct helper_bo *bo, uint32_t flags, uint32_t number);
void helper_expect(const struct helper_bo *bo, uint32_t number);
/* For BOs that the device may not have used since; @why. */
void helper_forget_unused(const struct helper_bo *bo, const char *why);
void helper_verify(const struct helper_bo *bo, uint32_t flags, uint32_t number);
/* The content is there, after whatever it takes to bring it back. */
void helper_verify_content(const struct helper_bo *bo, uint32_t number);
/* Nothing of it is there, nor is any way to it. */
void helper_verify_purged(const struct helper_bo *bo);

struct sb_helper_state helper_state(const struct helper_bo *bo);
/*
 * It is one of the five, with all that belongs to it, and nobody holds its lock.
 */
void helper_check_legal(const struct helper_bo *bo);
bool helper_attached(const struct helper_bo *bo);
/* Text of a file of the device that @fd is open for; NULL if there is none. */
char *helper_device_file(int fd, const char *file);
/* A rule for the device: "hold", "JOB" for instance. */
void helper_fault(int fd, const char *verb, const char *rest);
/*
 * A BO that has been used, is busy, and for which @madv was said, stays as it is
 * whoever asks for memory. It holds the stamps of BO 1.
 */
void helper_check_stays(const struct helper_bo *bo, uint32_t madv);
/* Some fence of it is unsignalled. */
bool helper_is_busy(const struct helper_bo *bo);

/*
 * All of the state must be this. On kernels without the shrinker, lists are
 * not looked at; nor are pins on those that do not count them.
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

/* What a BO with an SG table and nothing else has; attached: also the device. */
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
 * Each list's count is the sum of its objects, and the shrinker's is that of
 * the evictable ones. Without a shrinker there is nothing to check.
 */
void helper_check_lists(int fd);
/* Likewise, and the list has as many BOs and pages. */
void helper_check_list(int fd, enum sb_helper_lru lru, uint32_t objects,
		       int64_t pages);

#endif
