// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams as a Mesa client submits them, and the pixels that they write. */
#include <errno.h>
#include <string.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/test.h"

#define WIDTH 100u
#define HEIGHT 50u
#define TILE 16u
#define ACROSS ((WIDTH + TILE - 1) / TILE)
#define DOWN ((HEIGHT + TILE - 1) / TILE)
#define COLOR 0x80402010u
#define TILED_BYTES (ACROSS * DOWN * TILE * TILE * 4ul)

/* A stream that lists all tiles and their blocks, which are in @blocks */
static void put_tiles(struct lima_task *task, const struct gpu_bo *blocks)
{
	uint32_t *words = task->list.map;

	for (uint32_t i = 0; i < ACROSS * DOWN; i++) {
		*words++ = 0;
		*words++ = 0xb8000000 | i % ACROSS | i / ACROSS << 8;
		*words++ = 0xe0000002 | (blocks->va >> 3 & ~0xe0000003u);
		*words++ = 0xb0000000;
	}
	*words++ = 0;
	*words++ = 0xbc000000;
}

/* Clear @out, which is tiled. As syncobj_status() */
static int clear(struct lima_task *task, const struct gpu_bo *out)
{
	uint32_t done = syncobj_new(out->fd);
	const struct lima_sync sync = {.out = done};
	union lima_frame frame = {
		.pp = {
			.num_pp = 1,
			.plbu_array_address = {task->list.va},
			.frame = {[6] = COLOR,
				  [10] = WIDTH - 1,
				  [11] = HEIGHT - 1},
			/* a colour buffer of 32 bits, tiled */
			.wb = {2, out->va, 3, 0, 2, ACROSS, 4},
		}};
	struct drm_lima_gem_submit args = lima_submit_args(task, &frame, &sync);
	int status;

	CHECK_SYS(drm_ioctl(out->fd, DRM_IOCTL_LIMA_GEM_SUBMIT, &args));
	CHECK(syncobj_wait(out->fd, done, 20000));
	status = syncobj_status(out->fd, done);
	syncobj_free(out->fd, done);
	return status;
}

TEST(render_clear, .name = "lima/render-clear", LIMA, .swap_mib = 16,
     .about = "a PP stream clears every pixel of the tiles that it lists, also "
	      "after memory pressure, and writes nothing beyond them")
{
	LIMA_FILE(fd);
	GPU_BO(blocks, lima_bo(fd, PAGE, 0));
	GPU_BO(out, lima_bo_mapped(fd, 10 * PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_PP));
	const uint32_t *words = out.map;

	put_tiles(&task, &blocks);
	lima_use(&task, &blocks, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	for (int i = 0; i < 2; i++) {
		memset(out.map, 0xee, out.size);
		if (i) {
			mem_drop_caches();
			mem_pressure(NULL, NULL);
		}
		CHECK_EQ(clear(&task, &out), 1);
		for (size_t at = 0; at < out.size / 4; at++)
			CHECK_EQ(words[at],
				 at < TILED_BYTES / 4 ? COLOR : 0xeeeeeeee);
	}
}

TEST(render_fault, .name = "lima/render-fault", LIMA, .virtual_time = true,
     .about = "a stream that writes beyond its buffer, or that lists a tile "
	      "beyond the frame, fails; the next one works")
{
	LIMA_FILE(fd);
	GPU_BO(blocks, lima_bo(fd, PAGE, 0));
	GPU_BO(out, lima_bo_mapped(fd, 10 * PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_PP));
	struct gpu_bo nowhere = out;
	uint32_t *words = task.list.map;

	lima_use(&task, &blocks, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	put_tiles(&task, &blocks);
	nowhere.va = 0x30000000;
	CHECK_CMP(clear(&task, &nowhere), <, 0);
	words[1] = 0xb8000000 | ACROSS;
	CHECK_CMP(clear(&task, &out), <, 0);
	words[1] = 0xb8000000;
	CHECK_EQ(clear(&task, &out), 1);
	CHECK_EQ(*(uint32_t *)out.map, COLOR);
}
