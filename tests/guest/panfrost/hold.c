// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Races of panfrost, built with hold points: two threads on one file, and the shrinker.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/hold.h"
#include "lib/mem.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-shrink.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/thread.h"

#define SIZE (4 * PAGE)
#define ALL 100000

/**
 * struct request - an ioctl that a thread makes
 * @fd: the file
 * @number: of the ioctl
 * @arg: its argument
 * @err: 0 or an errno
 */
struct request {
	int fd;
	unsigned long number;
	void *arg;
	int err;
};

static void make_request(void *arg)
{
	struct request *request = arg;

	request->err = drm_ioctl(request->fd, request->number, request->arg)
			       ? errno
			       : 0;
}

static void close_bo(void *arg)
{
	const struct pan_bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

enum { WAIT, MMAP, OFFSET, ADVISE, SUBMIT, EXPORT, REQUESTS };

/**
 * union arguments - those of the ioctls that take a handle
 */
union arguments {
	struct drm_panfrost_wait_bo wait;
	struct drm_panfrost_mmap_bo mmap;
	struct drm_panfrost_get_bo_offset offset;
	struct drm_panfrost_madvise advice;
	struct drm_panfrost_submit submit;
	struct drm_prime_handle prime;
};

/* Each points at its lookup, which may be of several handles. */
static struct request request_of(int which, int fd, const uint32_t *handle,
				 const struct chain *chain,
				 union arguments *arg)
{
	struct request request = {.fd = fd, .arg = arg};

	memset(arg, 0, sizeof(*arg));
	switch (which) {
	case WAIT:
		request.number = DRM_IOCTL_PANFROST_WAIT_BO;
		arg->wait.handle = *handle;
		break;
	case MMAP:
		request.number = DRM_IOCTL_PANFROST_MMAP_BO;
		arg->mmap.handle = *handle;
		break;
	case OFFSET:
		request.number = DRM_IOCTL_PANFROST_GET_BO_OFFSET;
		arg->offset.handle = *handle;
		break;
	case ADVISE:
		request.number = DRM_IOCTL_PANFROST_MADVISE;
		arg->advice.handle = *handle;
		break;
	case SUBMIT:
		request.number = DRM_IOCTL_PANFROST_SUBMIT;
		arg->submit.jc = chain->bo.va;
		arg->submit.bo_handles = (uintptr_t)handle;
		arg->submit.bo_handle_count = 1;
		break;
	default:
		request.number = DRM_IOCTL_PRIME_HANDLE_TO_FD;
		arg->prime.handle = *handle;
		arg->prime.fd = -1;
	}
	return request;
}

/* Close the handle while the ioctl is at @point; returns its result. */
static int close_at(int which, const char *point)
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));
	struct pan_bo bo = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	union arguments arg;
	struct request request =
		request_of(which, fd, &bo.handle, &chain, &arg);
	HOLD(hold, "%s task caller", point);
	struct thread *caller, *closer;

	caller = thread_start("caller", make_request, &request);
	hold_wait(hold);
	closer = thread_start("closer", close_bo, &bo);
	/* An export has the lock of the handles that are shared. */
	thread_sleeps(closer);
	hold_release(hold);
	thread_join(caller);
	thread_join(closer);
	if (which == EXPORT && !request.err)
		CHECK_SYS(close(arg.prime.fd));
	return request.err;
}

TEST(close_ioctl, .name = "panfrost/hold-close-ioctl", .needs = "race",
     .about = "a handle is closed while each ioctl uses it: if it has looked "
	      "the handle up, it "
	      "succeeds, unless it needs the mapping that went; else there is "
	      "no such handle")
{
	static const int mapping_gone[REQUESTS] = {
		[OFFSET] = EINVAL, [SUBMIT] = EINVAL};

	for (int which = 0; which < REQUESTS; which++) {
		const char *lookup = which == SUBMIT ? "drm_gem_objects_lookup"
						     : "drm_gem_object_lookup";
		char after[64];

		test_note("ioctl %d", which);
		strcat(strcpy(after, lookup), "+exit");
		CHECK_EQ(close_at(which, lookup), ENOENT);
		CHECK_EQ(close_at(which, after), mapping_gone[which]);
	}
}

TEST(close_create, .name = "panfrost/hold-close-create", .needs = "race",
     .about = "another thread closes a handle before its creation has ended: "
	      "that fails with EINVAL, and the BO and its address are gone")
{
	PAN(fd);
	struct pan_bo last = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	struct drm_panfrost_create_bo arg = {.size = SIZE,
					     .flags = PANFROST_BO_NOEXEC};
	struct request create = {fd, DRM_IOCTL_PANFROST_CREATE_BO, &arg, 0};
	struct pan_bo created = {.fd = fd, .handle = last.handle + 1};
	struct thread *creator;
	struct pan_bo next;

	{
		HOLD(hold, "drm_gem_handle_create+exit task creator");

		creator = thread_start("creator", make_request, &create);
		hold_wait(hold);
		close_bo(&created);
		hold_release(hold);
		thread_join(creator);
	}
	CHECK_EQ(create.err, EINVAL);
	next = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	CHECK_EQ(next.handle, created.handle);
	CHECK_EQ(next.va, last.va + SIZE);
	pan_bo_free(&next);
	pan_bo_free(&last);
}

TEST(close_mapping, .name = "panfrost/hold-close-mapping", .needs = "race",
     .about = "a handle is closed after a submit has looked up its mapping: "
	      "the job runs, and "
	      "the mapping goes when it is done")
{
	PAN(fd);
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	struct pan_bo bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	volatile uint64_t *good = out.map;
	struct drm_panfrost_submit submit = {
		.jc = chain.bo.va, .bo_handles = (uintptr_t)chain.bos};
	struct request submission = {fd, DRM_IOCTL_PANFROST_SUBMIT, &submit, 0};
	HOLD(hold, "panfrost_job_push task submitter");
	struct thread *submitter;

	stamp_fill(bo.map, bo.size, 1, 1);
	pan_bo_unmap(&bo);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo.va, bo.size, 1, 1);
	submit.bo_handle_count = chain.bo_count;
	submitter = thread_start("submitter", make_request, &submission);
	hold_wait(hold);
	close_bo(&bo);
	hold_release(hold);
	thread_join(submitter);
	CHECK_EQ(submission.err, 0);
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	CHECK_EQ(*good, SIZE / PAGE);
}

#define PANFROST_HOLDS .needs = "race panfrost-shrinker"

/* Give the BO up while a thread that submits it is at @point, and scan. */
static int submit_and_scan(const char *point, bool *purged)
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	volatile uint64_t *good = out.map;
	struct drm_panfrost_submit submit = {.bo_handles =
						     (uintptr_t)chain.bos};
	struct drm_panfrost_madvise arg = {.handle = bo.handle,
					   .madv = PANFROST_MADV_DONTNEED};
	struct request submission = {fd, DRM_IOCTL_PANFROST_SUBMIT, &submit, 0};
	struct request advice = {fd, DRM_IOCTL_PANFROST_MADVISE, &arg, 0};
	HOLD(hold, "%s task submitter", point);
	struct thread *submitter, *adviser;

	stamp_fill(bo.map, bo.size, 1, 1);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_check_stamps(&chain, out.va, bo.va, bo.size, 1, 1);
	submit.jc = chain.bo.va;
	submit.bo_handle_count = chain.bo_count;
	submitter = thread_start("submitter", make_request, &submission);
	hold_wait(hold);
	adviser = thread_start("adviser", make_request, &advice);
	thread_sleeps(adviser);
	shrink_scan(ALL);
	hold_release(hold);
	thread_join(submitter);
	thread_join(adviser);
	CHECK_EQ(advice.err, 0);
	pan_bo_wait(&chain.bo);
	if (!submission.err)
		CHECK_EQ(*good, SIZE / PAGE);
	*purged = !pan_madvise(&bo, PANFROST_MADV_WILLNEED);
	return submission.err;
}

TEST(submit_scan, .name = "panfrost/hold-submit-scan", PANFROST_HOLDS,
     .about = "a BO is given up, and there is a scan, during a submit: before "
	      "it has the lock "
	      "the BO is purged, and the submit refused; afterwards the job "
	      "finds the content")
{
	bool purged;

	CHECK_EQ(submit_and_scan("panfrost_ioctl_submit", &purged), EINVAL);
	CHECK(purged);
	CHECK_EQ(submit_and_scan("panfrost_job_push", &purged), EINVAL);
	CHECK(!purged);
	CHECK_EQ(submit_and_scan("drm_gem_lock_reservations+exit", &purged), 0);
	CHECK(!purged);
	CHECK_EQ(submit_and_scan("drm_sched_entity_push_job", &purged), 0);
	CHECK(!purged);
}

TEST(free_scan, .name = "panfrost/hold-free-scan", PANFROST_HOLDS,
     .about = "a scan passes over a BO that is being closed or freed")
{
	static const char *const points[] = {
		"panfrost_gem_close", "panfrost_gem_free_object",
		"panfrost_gem_mapping_release", "drm_gem_shmem_free"};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		PAN(fd);
		struct pan_bo bo = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
		HOLD(hold, "%s task closer", points[i]);
		struct thread *closer;

		test_note("%s", points[i]);
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
		closer = thread_start("closer", close_bo, &bo);
		hold_wait(hold);
		shrink_scan(ALL);
		hold_release(hold);
		thread_join(closer);
	}
	shrink_settle();
	CHECK_EQ(shrink_count(), 0);
}

#define CHUNK (2 * MIB)

TEST(heap_scan, .name = "panfrost/hold-heap-scan", PANFROST_HOLDS,
     .about = "there is a scan while a page fault of the GPU makes a heap "
	      "grow: the job "
	      "completes, and the heap keeps what it wrote")
{
	static const char *const points[] = {
		"panfrost_mmu_map_fault_addr",
		"panfrost_mmu_map_fault_addr+exit"};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		PAN(fd);
		PAN_BO(heap, pan_bo(fd, 2 * CHUNK,
				    PANFROST_BO_HEAP | PANFROST_BO_NOEXEC));
		PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
		CHAIN(chain, chain_new(fd));
		volatile uint64_t *word = out.map;
		struct drm_panfrost_madvise arg = {
			.handle = heap.handle, .madv = PANFROST_MADV_DONTNEED};
		struct request advice = {fd, DRM_IOCTL_PANFROST_MADVISE, &arg,
					 0};
		struct thread *adviser;
		FD(hold, hold_at("%s", points[i]));

		test_note("%s", points[i]);
		chain_use(&chain, &heap);
		chain_use(&chain, &out);
		chain_write(&chain, heap.va, WRITE_IMMEDIATE_64, 7);
		chain_copy(&chain, out.va, heap.va, 8);
		chain_submit(&chain);
		hold_wait(hold);
		adviser = thread_start("adviser", make_request, &advice);
		thread_sleeps(adviser);
		shrink_scan(ALL);
		hold_release(hold);
		thread_join(adviser);
		CHECK_EQ(advice.err, 0);
		pan_bo_wait(&chain.bo);
		chain_check_done(&chain);
		CHECK_EQ(*word, 7);
		CHECK(pan_madvise(&heap, PANFROST_MADV_WILLNEED));
	}
}
