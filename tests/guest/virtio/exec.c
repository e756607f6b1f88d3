// SPDX-License-Identifier: GPL-2.0-or-later
/* Execbuffer: the command stream of drivers-stub/protocol.h. */
#include <errno.h>
#include <string.h>

#include "lib/virtio-gpu.h"

#define SIZE (8 * PAGE)

TEST(fill, .name = "virtio/exec-fill",
     .about = "FILL writes the pattern where it was told to, and nowhere else")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct sb_exec exec = exec_fill(&bo, 2 * PAGE, 3 * PAGE, 0xdeadbeef);
	uint32_t *words = bo.map;

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	gpu_exec(fd, &exec, 1, bos, 1);
	bo_from_host(&bo);
	stamp_verify(bo.map, 2 * PAGE, 1, 1);
	for (size_t i = 2 * PAGE / 4; i < 5 * PAGE / 4; i++)
		CHECK_EQ(words[i], 0xdeadbeef);
	stamp_verify_pages((char *)bo.map + 5 * PAGE, 3 * PAGE, 1, 1, 5);
}

TEST(copy, .name = "virtio/exec-copy",
     .about = "COPY moves bytes from resource to resource, in stream order")
{
	GPU(fd);
	BO(src, bo_buffer(fd, SIZE));
	BO(dst, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&src, &dst};
	struct sb_exec exec[] = {
		exec_copy(&dst, PAGE, &src, 3 * PAGE, 4 * PAGE),
		/* This is overwritten by the next command: the order matters. */
		exec_copy(&dst, 0, &src, 0, PAGE),
		exec_copy(&dst, 0, &src, 2 * PAGE, PAGE),
	};

	stamp_fill(src.map, SIZE, 1, 1);
	bo_to_host(&src);
	gpu_exec(fd, exec, 3, bos, 2);
	bo_from_host(&dst);
	stamp_verify_pages(dst.map, 5 * PAGE, 1, 1, 2);
	for (size_t i = 5 * PAGE; i < SIZE; i++)
		CHECK_EQ(((char *)dst.map)[i], 0);
}

TEST(checksum, .name = "virtio/exec-checksum",
     .about = "CHECKSUM sees the bytes that the BO had when it was transferred")
{
	GPU(fd);
	BO(src, bo_buffer(fd, SIZE));
	BO(sum, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&src, &sum};
	struct sb_exec exec[] = {
		exec_checksum(&sum, 0, &src, 0, SIZE),
		exec_checksum(&sum, 8, &src, 123, 4567),
	};
	uint64_t *got = sum.map;

	stamp_fill(src.map, SIZE, 1, 1);
	bo_to_host(&src);
	gpu_exec(fd, exec, 2, bos, 2);
	bo_from_host(&sum);
	CHECK_EQ(got[0], stamp_fnv(src.map, SIZE));
	CHECK_EQ(got[1], stamp_fnv((char *)src.map + 123, 4567));
}

TEST(guest, .name = "virtio/exec-guest",
     .about = "a command can work on guest pages, and their stamps are checked")
{
	GPU(fd);
	BO(src, bo_buffer(fd, SIZE));
	BO(dst, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&src, &dst};
	struct sb_exec exec = exec_copy(&dst, 0, &src, 0, SIZE);

	exec.flags = SB_EXEC_SRC_GUEST | SB_EXEC_DST_GUEST;
	stamp_fill(src.map, SIZE, 1, 1);
	stamp_fill(dst.map, SIZE, 2, 1);
	res_expect(&src, 1, 1);
	res_expect(&dst, 2, 1);
	gpu_exec(fd, &exec, 1, bos, 2);
	stamp_verify(dst.map, SIZE, 1, 1);
}

TEST(empty, .name = "virtio/exec-empty",
     .about = "an empty stream, or one of a NOP, completes")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();

	gpu_exec(fd, &exec, 0, NULL, 0);
	gpu_exec(fd, &exec, 1, NULL, 0);
}

TEST(large, .name = "virtio/exec-large",
     .about = "a stream larger than kmalloc() can return arrives complete")
{
	/* kmalloc() returns at most 4 MiB, so this is allocated page by page. */
	const size_t count = 5 * KIB * KIB / sizeof(struct sb_exec);
	struct sb_exec *exec = malloc(count * sizeof(*exec));
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&bo};
	uint32_t *words = bo.map;

	CHECK(exec);
	for (size_t i = 0; i < count; i++)
		exec[i] = exec_nop();
	for (size_t i = 0; i < PAGE / 4; i++)
		exec[i * (count / (PAGE / 4))] =
			exec_fill(&bo, i * 4, 4, (uint32_t)i + 1);
	gpu_exec(fd, exec, count, bos, 1);
	bo_from_host(&bo);
	for (size_t i = 0; i < PAGE / 4; i++)
		CHECK_EQ(words[i], i + 1);
	free(exec);
}

TEST(many_bos, .name = "virtio/exec-many-bos",
     .about =
	     "a job with many BOs, listed in any order, makes all of them busy")
{
	enum { COUNT = 64 };
	GPU(fd);
	struct bo bo[COUNT];
	uint32_t handles[COUNT];
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = COUNT,
	};

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_buffer(fd, PAGE);
	for (unsigned int i = 0; i < COUNT; i++)
		handles[i] = bo[i * 27 % COUNT].handle;
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	for (unsigned int i = 0; i < COUNT; i++)
		CHECK(bo_busy(&bo[i]));
	cmd_release("SUBMIT_3D");
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_wait(&bo[i]);
		CHECK(!bo_busy(&bo[i]));
		bo_close(&bo[i]);
	}
}

TEST(refused, .name = "virtio/exec-refused",
     .about = "bad flags, handles, pointers and rings are refused")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	uint32_t handles[] = {bo.handle, bo.handle + 1};
	struct sb_exec exec = exec_nop();
	const struct drm_virtgpu_execbuffer good = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = 1,
		.fence_fd = -1,
	};
	struct drm_virtgpu_execbuffer arg = good;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	arg.flags = 0x100;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EINVAL);
	arg = good;
	arg.flags = VIRTGPU_EXECBUF_RING_IDX;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EINVAL);
	arg = good;
	arg.flags = VIRTGPU_EXECBUF_FENCE_FD_IN;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EINVAL);
	arg = good;
	arg.num_bo_handles = 2;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), ENOENT);
	arg = good;
	arg.command = 0;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EFAULT);
	arg = good;
	arg.bo_handles = 8;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EFAULT);
	arg = good;
	arg.num_in_syncobjs = 1;
	arg.syncobj_stride = sizeof(struct drm_virtgpu_execbuffer_syncobj);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EFAULT);
	arg.num_in_syncobjs = 0;
	arg.num_out_syncobjs = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg), EFAULT);

	bo_wait(&bo);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(bad_stream, .name = "virtio/exec-bad-stream",
     .about = "the device refuses a malformed stream; the next one works")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	struct bo unknown = {.res = 0x7fffffff};
	struct sb_exec bad[] = {
		exec_fill(&unknown, 0, 4, 1),
		exec_fill(&bo, SIZE - 4, 8, 1),
		exec_fill(&bo, UINT64_MAX, 8, 1),
		exec_fill(&bo, 8, UINT64_MAX, 1),
		exec_nop(),
		exec_nop(),
	};
	struct sb_exec good = exec_fill(&bo, 0, 4, 1);

	bad[4].op = 0xffff;
	bad[5].words = 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		/* The fence signals the end of the job, not its result. */
		int fence = gpu_exec_fence(fd, &bad[i], 1, bos, 1, -1);

		CHECK(sync_file_wait(fence, 10000));
		CHECK_SYS(close(fence));
		CHECK_EQ(refused_take("SUBMIT_3D"), 1);
	}
	gpu_exec(fd, &good, 1, bos, 1);
	bo_from_host(&bo);
	CHECK_EQ(*(uint32_t *)bo.map, 1);
}
