/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper-level stub driver (drivers-stub/stub_protocol.h says what it can
 * do), and what must hold for the state of its BOs. As in drm.h, an error fails
 * the test.
 */
#ifndef GUEST_STUB_H
#define GUEST_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../../drivers-stub/stub_protocol.h"
#include "../drm.h"
#include "../mem.h"
#include "../stamp.h"
#include "../test.h"

/* For struct test: two stub devices; with the shrinker, and swap space. */
#define STUB .kernel_args = "shrinkbench.stubs=2"
#define STUB_SHRINKS STUB, .needs = "shmem-shrinker"
#define STUB_EVICTS STUB_SHRINKS, .swap_mib = 16, .seconds = 120

#define PAGE 4096u

/**
 * struct stub_bo - a BO
 * @fd: DRM file, not owned
 * @handle: 0 once closed
 * @id: its number
 * @size: bytes
 * @offset: for mmap()
 * @map: mapping of all of it, or NULL
 */
struct stub_bo {
	int fd;
	uint32_t handle;
	uint32_t id;
	size_t size;
	uint64_t offset;
	char *map;
};

/* Device @index; a file descriptor, owned by the caller. */
int stub_open(unsigned int index);
struct sb_stub_info stub_info(int fd);
/* SB_STUB_HAS_*: does the kernel have it? */
bool stub_has(uint32_t what);

/* Pages that the device's shrinker counts, and asking it for some. */
unsigned long stub_count(int fd);
void stub_scan(int fd, unsigned long pages);
/* A process that does stub_scan() and ends; for child_wait(). */
pid_t stub_scan_start(int fd, unsigned long pages);

/* A BO of @pages pages; @flags: SB_STUB_PURGE_ONLY, SB_STUB_NO_EVICT. */
struct stub_bo stub_bo(int fd, size_t pages, uint32_t flags);
/*
 * The same, attached to the device, which has written the stamps of BO @number,
 * generation 1, to it.
 */
struct stub_bo stub_bo_used(int fd, size_t pages, uint32_t flags,
			    uint32_t number);
void stub_bo_map(struct stub_bo *bo);
void stub_bo_unmap(struct stub_bo *bo);
/* Close the handle; a mapping goes first. */
void stub_bo_close(struct stub_bo *bo);

/* An operation: 0, or the errno of the refusal. */
int stub_try(const struct stub_bo *bo, enum sb_stub_op op, uint64_t arg);
/* One that must succeed. */
#define stub_do(bo, op) CHECK_EQ(stub_try(bo, op, 0), 0)
#define stub_do_arg(bo, op, arg) CHECK_EQ(stub_try(bo, op, arg), 0)
/* SB_STUB_FAIL of the device. */
void stub_fail(int fd, uint32_t what);
/* SB_STUB_EVICT_GO */
void stub_go(int fd, uint32_t id);
/* drm_gem_shmem_madvise(): retained? */
bool stub_madvise(const struct stub_bo *bo, uint32_t madv);

/* 0, or the errno of the refusal. @flags: SB_STUB_WRITE, SB_STUB_DEVICE. */
int stub_try_access(const struct stub_bo *bo, uint32_t flags, uint64_t offset,
		    void *buf, size_t len);
/*
 * Stamps: write them to all of it, and check that they are all there. From
 * stub_fill() on the device looks at them itself, whenever it uses a page and
 * when it is told to give it back; who writes others by any other way must say
 * so by stub_expect().
 */
void stub_fill(const struct stub_bo *bo, uint32_t flags, uint32_t number);
void stub_expect(const struct stub_bo *bo, uint32_t number);
void stub_verify(const struct stub_bo *bo, uint32_t flags, uint32_t number);
/* The content is there, after whatever it takes to bring it back. */
void stub_verify_content(const struct stub_bo *bo, uint32_t number);
/* Nothing of it is there, nor is any way to it. */
void stub_verify_purged(const struct stub_bo *bo);

struct sb_stub_state stub_state(const struct stub_bo *bo);
/*
 * It is one of the five, with all that belongs to it, and nobody holds its lock.
 */
void stub_check_legal(const struct stub_bo *bo);
bool stub_attached(const struct stub_bo *bo);
/* Text of a file of the device that @fd is open for; NULL if there is none. */
char *stub_device_file(int fd, const char *file);
/* A rule for the device: "hold", "JOB" for instance. */
void stub_fault(int fd, const char *verb, const char *rest);
/*
 * A BO that has been used, is busy, and for which @madv was said, stays as it is
 * whoever asks for memory. It holds the stamps of BO 1.
 */
void stub_check_stays(const struct stub_bo *bo, uint32_t madv);
/* Some fence of it is unsignalled. */
bool stub_is_busy(const struct stub_bo *bo);

/*
 * All of the state must be this. On kernels without the shrinker, lists are
 * not looked at; nor are pins on those that do not count them.
 */
struct stub_expect {
	uint32_t flags;
	uint32_t uses;
	uint32_t pins;
	uint32_t vmaps;
	int32_t madv;
	enum sb_stub_lru lru;
};
#define CHECK_STATE(bo, ...)                                                   \
	stub_check_state(__FILE__, __LINE__, bo,                               \
			 (struct stub_expect){__VA_ARGS__})
void stub_check_state(const char *file, int line, const struct stub_bo *bo,
		      struct stub_expect expect);

/* What a BO with an SG table and nothing else has; attached: also the device. */
#define STUB_HAS_PAGES (SB_STUB_PAGES | SB_STUB_SGT | SB_STUB_SGT_REF)
#define STUB_IN_USE (STUB_HAS_PAGES | SB_STUB_ATTACHED)
#define STUB_IS_EVICTED (SB_STUB_EVICTED | SB_STUB_SGT_REF)

#define CHECK_EVICTABLE(bo)                                                    \
	CHECK_STATE(bo, .flags = STUB_IN_USE, .uses = 1,                       \
		    .lru = SB_STUB_LRU_EVICTABLE)
#define CHECK_EVICTED(bo)                                                      \
	CHECK_STATE(bo, .flags = STUB_IS_EVICTED, .uses = 1,                   \
		    .lru = SB_STUB_LRU_EVICTED)
#define CHECK_PURGED(bo) CHECK_STATE(bo, .madv = -1)

/*
 * Each list's count is the sum of its objects, and the shrinker's is that of
 * the evictable ones. Without a shrinker there is nothing to check.
 */
void stub_check_lists(int fd);
/* Likewise, and the list has as many BOs and pages. */
void stub_check_list(int fd, enum sb_stub_lru lru, uint32_t objects,
		     int64_t pages);

#endif
