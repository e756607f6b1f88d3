// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/virtio-reclaim.h"
#include "bo-kind.h"
#include "content.h"
#include "panfrost-bos.h"
#include "virtio-bos.h"

int any_bo_try(const struct bo_kind *kind, int fd, size_t size,
	       struct any_bo *bo)
{
	*bo = (struct any_bo){.kind = kind, .fd = fd, .size = size};
	return kind->create(fd, bo);
}

struct any_bo any_bo_mapped(const struct bo_kind *kind, int fd, size_t size)
{
	struct any_bo bo;

	errno = any_bo_try(kind, fd, size, &bo);
	if (errno)
		FAIL("a BO of %zu bytes: %s", size, test_errno());
	kind->map(&bo);
	return bo;
}

static int virtio_create(int fd, struct any_bo *bo)
{
	return virtio_try_buffer(fd, bo->size, &bo->virtio);
}

static void virtio_close(struct any_bo *bo)
{
	bo_close(&bo->virtio);
}

static void *virtio_map(struct any_bo *bo)
{
	if (!bo->virtio.map)
		bo_map(&bo->virtio);
	return bo->virtio.map;
}

static void virtio_fill(const struct any_bo *stage, const struct any_bo *bo,
			uint32_t number)
{
	const struct virtio_stage with = {stage->virtio};

	virtio_stage_fill(&with, &bo->virtio, number, 1);
}

static void virtio_verify(const struct any_bo *stage, const struct any_bo *bo,
			  uint32_t number)
{
	const struct virtio_stage with = {stage->virtio};

	virtio_stage_verify(&with, &bo->virtio, number, 1);
}

static bool virtio_madvise(const struct any_bo *bo, bool needed)
{
	return bo_madvise(&bo->virtio, needed ? VIRTGPU_MADV_WILLNEED
					      : VIRTGPU_MADV_DONTNEED);
}

static bool virtio_resident(const struct any_bo *bo)
{
	return bo_attached(&bo->virtio);
}

const struct bo_kind kind_virtio = {
	.evicts = true,
	.open = gpu_render,
	.create = virtio_create,
	.close = virtio_close,
	.map = virtio_map,
	.fill = virtio_fill,
	.verify = virtio_verify,
	.madvise = virtio_madvise,
	.resident = virtio_resident,
};

static int panfrost_create(int fd, struct any_bo *bo)
{
	return pan_bo_try(fd, bo->size, PANFROST_BO_NOEXEC, &bo->panfrost);
}

static void panfrost_close(struct any_bo *bo)
{
	pan_bo_free(&bo->panfrost);
}

static void *panfrost_map(struct any_bo *bo)
{
	if (!bo->panfrost.map)
		pan_bo_map(&bo->panfrost);
	return bo->panfrost.map;
}

static void panfrost_fill(const struct any_bo *stage, const struct any_bo *bo,
			  uint32_t number)
{
	const struct panfrost_stage with = {stage->panfrost};

	panfrost_stage_fill(&with, &bo->panfrost, number, 1);
}

static void panfrost_verify(const struct any_bo *stage, const struct any_bo *bo,
			    uint32_t number)
{
	const struct panfrost_stage with = {stage->panfrost};

	panfrost_stage_verify(&with, &bo->panfrost, number, 1);
}

static bool panfrost_madvise(const struct any_bo *bo, bool needed)
{
	return pan_madvise(&bo->panfrost, needed ? PANFROST_MADV_WILLNEED
						 : PANFROST_MADV_DONTNEED);
}

const struct bo_kind kind_panfrost = {
	.open = pan_open,
	.create = panfrost_create,
	.close = panfrost_close,
	.map = panfrost_map,
	.fill = panfrost_fill,
	.verify = panfrost_verify,
	.madvise = panfrost_madvise,
};

static int helper_open_first(void)
{
	return helper_open(0);
}

/* Attaching the BO allocates its pages. */
static int helper_create(int fd, struct any_bo *bo)
{
	int err;

	bo->helper = helper_bo(fd, bo->size / PAGE, 0);
	err = helper_try(&bo->helper, SB_HELPER_ATTACH, 0);
	if (err)
		helper_bo_close(&bo->helper);
	return err;
}

static void helper_close(struct any_bo *bo)
{
	helper_bo_close(&bo->helper);
}

static void *helper_map(struct any_bo *bo)
{
	if (!bo->helper.map)
		helper_bo_map(&bo->helper);
	return bo->helper.map;
}

/*
 * The device's copy of a part of a BO. A buffer for a whole BO would not fit into a
 * memory cgroup that is full of BOs: the process would swap in and out without end.
 */
static char part[SB_HELPER_ACCESS_MAX];

static size_t part_size(const struct any_bo *bo, size_t at)
{
	return bo->size - at < sizeof(part) ? bo->size - at : sizeof(part);
}

static void helper_fill_content(const struct any_bo *stage,
				const struct any_bo *bo, uint32_t number)
{
	(void)stage;
	for (size_t at = 0; at < bo->size; at += sizeof(part)) {
		size_t size = part_size(bo, at);

		content_fill_pages(part, size, number, 1, at / PAGE);
		CHECK_EQ(helper_try_access(&bo->helper,
					   SB_HELPER_WRITE | SB_HELPER_DEVICE,
					   at, part, size),
			 0);
	}
	helper_expect(&bo->helper, number);
}

static void helper_verify_all(const struct any_bo *stage,
			      const struct any_bo *bo, uint32_t number)
{
	(void)stage;
	helper_do(&bo->helper, SB_HELPER_ATTACH);
	for (size_t at = 0; at < bo->size; at += sizeof(part)) {
		size_t size = part_size(bo, at);

		CHECK_EQ(helper_try_access(&bo->helper, SB_HELPER_DEVICE, at,
					   part, size),
			 0);
		content_verify_pages(part, size, number, 1, at / PAGE);
	}
}

static bool helper_madvise_bo(const struct any_bo *bo, bool needed)
{
	return helper_madvise(&bo->helper, needed ? 0 : 1);
}

static bool helper_resident(const struct any_bo *bo)
{
	return helper_attached(&bo->helper);
}

const struct bo_kind kind_helper = {
	.evicts = true,
	.open = helper_open_first,
	.create = helper_create,
	.close = helper_close,
	.map = helper_map,
	.fill = helper_fill_content,
	.verify = helper_verify_all,
	.madvise = helper_madvise_bo,
	.resident = helper_resident,
};
