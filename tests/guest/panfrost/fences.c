// SPDX-License-Identifier: GPL-2.0-or-later
/* Fences of submitted chains: on BOs, in sync objects, and waits for them. */
#include <drm/drm.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

TEST(wait_bo, .name = "panfrost/wait-bo",
     .about = "a BO is busy until the chain that names it has completed",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(used, pan_bo(fd, PAGE, 0));
	PAN_BO(unused, pan_bo(fd, PAGE, 0));
	struct drm_panfrost_wait_bo wait = {.handle = 12345};

	CHECK_EQ(pan_bo_try_wait(&used, 0), 0);
	chain_use(&chain, &used);
	chain_job(&chain, JOB_NULL);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	CHECK_EQ(pan_bo_try_wait(&used, 0), EBUSY);
	CHECK_EQ(pan_bo_try_wait(&used, 20), ETIMEDOUT);
	CHECK_EQ(pan_bo_try_wait(&unused, 0), 0);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&used);
	CHECK_EQ(pan_bo_try_wait(&used, 0), 0);
	chain_check_done(&chain);

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait), ENOENT);
	wait.handle = used.handle;
	wait.pad = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_WAIT_BO, &wait), EINVAL);
}

TEST(syncobj_out, .name = "panfrost/syncobj-out",
     .about = "the out-fence is pending until the chain completes, then says "
	      "success",
     .virtual_time = true)
{
	PAN(fd);
	uint32_t done = syncobj_new(fd);
	CHAIN(chain, chain_null(fd));

	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain, .out_sync = done);
	CHECK_EQ(syncobj_status(fd, done), 0);
	CHECK(!syncobj_wait(fd, done, 20));
	device_write("faults", "release panfrost JOB");
	CHECK(syncobj_wait(fd, done, 20000));
	CHECK_EQ(syncobj_status(fd, done), 1);
	chain_check_done(&chain);
	syncobj_free(fd, done);
}

TEST(syncobj_in, .name = "panfrost/syncobj-in",
     .about = "a chain does not start before all its in-fences are signalled",
     .virtual_time = true)
{
	/*
	 * Two chains of slot 1 are held; one of slot 0 waits for both. It must
	 * not reach the device, though its slot is free.
	 */
	int fd = pan_open(), second = pan_open();
	struct chain first = chain_new(fd), last = chain_new(fd);
	struct chain elsewhere = chain_new(second);
	uint32_t waits[2] = {syncobj_new(fd)};
	uint32_t theirs = syncobj_new(second);
	struct drm_syncobj_handle pass = {.handle = theirs, .fd = -1};

	CHECK_SYS(drm_ioctl(second, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &pass));
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &pass));
	close(pass.fd);
	waits[1] = pass.handle;

	chain_job(&first, JOB_NULL);
	chain_job(&elsewhere, JOB_NULL);
	chain_job(&last, JOB_NULL);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&first, .out_sync = waits[0]);
	chain_submit(&elsewhere, .out_sync = theirs);
	chain_submit(&last, .requirements = PANFROST_JD_REQ_FS,
		     .in_syncs = waits, .in_sync_count = 2);
	CHECK_EQ(pan_bo_try_wait(&last.bo, 20), ETIMEDOUT);
	CHECK(device_job_in_slot(1));
	CHECK(!device_job_in_slot(0));
	CHECK_EQ(((struct job *)last.bo.map)->exception_status,
		 STATUS_NOT_STARTED);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&last.bo);
	CHECK_EQ(syncobj_status(fd, waits[0]), 1);
	CHECK_EQ(syncobj_status(fd, waits[1]), 1);
	chain_check_done(&first);
	chain_check_done(&elsewhere);
	chain_check_done(&last);
	close(second);
	close(fd);
}

TEST(implicit_order, .name = "panfrost/implicit-order",
     .about = "chains of two files that name the same BO run one after the "
	      "other, in submission order",
     .virtual_time = true)
{
	PAN(a);
	PAN(b);
	PAN_BO(in_a, pan_bo_mapped(a, PAGE, PANFROST_BO_NOEXEC));
	int dmabuf = drm_export(a, in_a.handle);
	PAN_BO(in_b, pan_bo_import(b, dmabuf));
	CHAIN(write, chain_new(a));
	CHAIN(copy, chain_new(b));
	uint32_t *words = in_a.map;

	/* Other slots, so only the BO's fence can order the two. */
	chain_use(&write, &in_a);
	chain_write(&write, in_a.va, WRITE_IMMEDIATE_32, 0x1234);
	chain_use(&copy, &in_b);
	chain_copy(&copy, in_b.va + 4, in_b.va, 4);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&write);
	chain_submit(&copy, .requirements = PANFROST_JD_REQ_FS);
	CHECK_EQ(pan_bo_try_wait(&copy.bo, 20), ETIMEDOUT);
	CHECK(device_job_in_slot(1));
	CHECK(!device_job_in_slot(0));
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&copy.bo);
	pan_bo_wait(&in_a);
	CHECK_EQ(words[1], 0x1234);
	close(dmabuf);
}

TEST(submit_errors, .name = "panfrost/submit-errors",
     .about = "a submission that makes no sense is refused and leaves nothing "
	      "busy")
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, PAGE, 0);
	uint32_t handles[2] = {bo.handle, 12345};
	uint32_t twice[2] = {bo.handle, bo.handle};
	uint32_t empty = syncobj_new(fd), no_syncobj = 12345;
	struct {
		struct drm_panfrost_submit args;
		int error;
	} bad[] = {
		{{.jc = 0}, EINVAL},
		{{.jc = bo.va, .requirements = 1u << 31}, EINVAL},
		{{.jc = bo.va, .out_sync = 12345}, ENODEV},
		{{.jc = bo.va,
		  .in_syncs = (uintptr_t)&no_syncobj,
		  .in_sync_count = 1},
		 ENOENT},
		/* This sync object has no fence. */
		{{.jc = bo.va,
		  .in_syncs = (uintptr_t)&empty,
		  .in_sync_count = 1},
		 EINVAL},
		{{.jc = bo.va, .in_syncs = 8, .in_sync_count = 1}, EFAULT},
		{{.jc = bo.va, .bo_handles = 8, .bo_handle_count = 1}, EFAULT},
		{{.jc = bo.va,
		  .bo_handles = (uintptr_t)handles,
		  .bo_handle_count = 2},
		 ENOENT},
		{{.jc = bo.va,
		  .bo_handles = (uintptr_t)twice,
		  .bo_handle_count = 2},
		 EALREADY},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		test_note("case %zu", i);
		CHECK_ERRNO(
			drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &bad[i].args),
			bad[i].error);
		CHECK_EQ(pan_bo_try_wait(&bo, 0), 0);
	}

	/* The failed calls have left no reference: the BO can be purged. */
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_scan(1);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));

	struct chain chain = chain_null(fd);

	chain_run(&chain);
	close(fd);
}
