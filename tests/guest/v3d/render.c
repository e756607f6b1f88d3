// SPDX-License-Identifier: GPL-2.0-or-later
/* Control lists as a Mesa client submits them, and the pixels that they write. */
#include <errno.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define WIDTH 100u
#define HEIGHT 50u
#define STRIDE 512u
#define COLOR 0x80402010u

/* Append a packet with @len bytes of fields, the first 8 of which are @low. */
static size_t put(struct v3d_job *job, size_t at, uint8_t code, uint64_t low,
		  uint32_t high, size_t len)
{
	char *to = (char *)job->list.map + at;
	const uint64_t fields[2] = {low, high};

	*to = (char)code;
	memcpy(to + 1, fields, len);
	return at + 1 + len;
}

/* A list that clears the image at @va; returns its length. */
static size_t put_lists(struct v3d_job *job, uint32_t va)
{
	const size_t tile = 512; /* where the list for each tile is */
	size_t end, at = 0;

	/* store a raster image of R8G8B8A8 */
	end = put(job, tile, 29, 27 << 12 | (uint64_t)STRIDE << 28, va, 12);
	end = put(job, end, 18, 0, 0, 0);
	at = put(job, at, 121, WIDTH << 8 | (uint64_t)HEIGHT << 24, 0, 8);
	at = put(job, at, 121, 3 | (uint64_t)COLOR << 8, 0, 8);
	/* 2 by 1 tiles; nothing was binned */
	at = put(job, at, 122, (uint64_t)2 << 32 | (uint64_t)1 << 44, 0, 8);
	at = put(job, at, 20,
		 (job->list.va + tile) | (uint64_t)(job->list.va + end) << 32,
		 0, 8);
	at = put(job, at, 23, 0, 0, 2);
	return put(job, at, 13, 0, 0, 0);
}

/* Run it. As syncobj_status() */
static int clear(struct v3d_job *job, uint32_t va)
{
	uint32_t done = syncobj_new(job->list.fd);
	struct drm_v3d_submit_cl args = {
		.rcl_start = job->list.va,
		.rcl_end = job->list.va + (uint32_t)put_lists(job, va),
		.out_sync = done,
		.bo_handles = (uintptr_t)job->bos,
		.bo_handle_count = job->bo_count,
	};
	int status;

	CHECK_SYS(drm_ioctl(job->list.fd, DRM_IOCTL_V3D_SUBMIT_CL, &args));
	CHECK(syncobj_wait(job->list.fd, done, 20000));
	status = syncobj_status(job->list.fd, done);
	syncobj_free(job->list.fd, done);
	return status;
}

TEST(render_clear, .name = "v3d/render-clear", V3D, .swap_mib = 16,
     .about =
	     "a list for rendering clears every pixel of its image, also after "
	     "memory pressure, and writes nothing beside it")
{
	V3D_FILE(fd);
	GPU_BO(out, v3d_bo_mapped(fd, 7 * PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));
	const uint32_t *words = out.map;

	v3d_use(&job, &out);
	for (int i = 0; i < 2; i++) {
		memset(out.map, 0xee, out.size);
		if (i) {
			mem_drop_caches();
			mem_pressure(NULL, NULL);
		}
		CHECK_EQ(clear(&job, out.va), 1);
		for (size_t at = 0; at < out.size / 4; at++) {
			bool inside = at % (STRIDE / 4) < WIDTH &&
				      at / (STRIDE / 4) < HEIGHT;

			CHECK_EQ(words[at], inside ? COLOR : 0xeeeeeeee);
		}
	}
}

TEST(render_fault, .name = "v3d/render-fault", V3D, .virtual_time = true,
     .about = "a list that stores an image where nothing is mapped fails; the "
	      "next one works")
{
	V3D_FILE(fd);
	GPU_BO(out, v3d_bo_mapped(fd, 7 * PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));

	v3d_use(&job, &out);
	CHECK_CMP(clear(&job, 0xe0000000), <, 0);
	CHECK_EQ(clear(&job, out.va), 1);
	CHECK_EQ(*(uint32_t *)out.map, COLOR);
}
