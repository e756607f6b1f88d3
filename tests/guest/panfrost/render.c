// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames as a Mesa client submits them: pixels, before and after memory pressure. */
#include <errno.h>
#include <string.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-frame.h"
#include "lib/panfrost-shrink.h"

#define WIDTH 200u
#define HEIGHT 120u
#define RED 0xff0000ffu
#define BLUE 0xffff0000u

TEST(render_clear, .name = "panfrost/render-clear",
     .about =
	     "a fragment job writes the clear colour to each pixel of a linear "
	     "and of a tiled target, and to nothing beyond it")
{
	PAN(fd);

	for (int tiled = 0; tiled < 2; tiled++) {
		FRAME(frame, frame_new(fd, WIDTH, HEIGHT, tiled));
		const uint8_t *bytes = frame.color.map;
		size_t used = (size_t)frame.stride *
			      (tiled ? (HEIGHT + 15) / 16 : HEIGHT);

		memset(frame.color.map, 0xee, frame.color.size);
		frame_render(&frame, RED, false);
		frame_check_clear(&frame, RED);
		for (size_t i = used; i < frame.color.size; i++)
			CHECK_EQ(bytes[i], 0xee);
		frame_render(&frame, BLUE, false);
		frame_check_clear(&frame, BLUE);
	}
}

TEST(render_draw, .name = "panfrost/render-draw",
     .about = "what a draw reads is in the picture: the same bytes give the "
	      "same picture, in both layouts, and each changed byte another")
{
	PAN(fd);
	FRAME(frame, frame_new(fd, WIDTH, HEIGHT, false));
	FRAME(tiled, frame_new(fd, WIDTH, HEIGHT, true));
	uint8_t *texel = frame.texture.map;
	uint8_t *vertex = frame.vertices.map;
	uint64_t sum;

	frame_render(&frame, RED, true);
	sum = frame_sum(&frame);
	CHECK_CMP(frame_pixel(&frame, 0, 0), !=, frame_pixel(&frame, 1, 0));
	frame_render(&tiled, RED, true);
	CHECK_EQ(frame_sum(&tiled), sum);
	texel[frame.texture.size - 1] ^= 1;
	frame_render(&frame, RED, true);
	CHECK_CMP(frame_sum(&frame), !=, sum);
	texel[frame.texture.size - 1] ^= 1;
	vertex[FRAME_VERTICES * 16 - 1] ^= 1;
	frame_render(&frame, RED, true);
	CHECK_CMP(frame_sum(&frame), !=, sum);
	vertex[FRAME_VERTICES * 16 - 1] ^= 1;
	frame_render(&frame, RED, true);
	CHECK_EQ(frame_sum(&frame), sum);
	frame_render(&frame, RED, false);
	frame_check_clear(&frame, RED);
}

TEST(render_pressure, .name = "panfrost/render-pressure",
     .about = "scans and pressure change no pixel of a target and no byte that "
	      "a draw reads; BOs that are not needed are purged meanwhile",
     .swap_mib = 16, .seconds = 120)
{
	PAN(fd);
	FRAME(frame, frame_new(fd, WIDTH, HEIGHT, true));
	uint64_t sum;

	frame_render(&frame, RED, true);
	sum = frame_sum(&frame);
	for (int i = 0; i < 3; i++) {
		PAN_BO(cached, pan_bo_mapped(fd, MIB, PANFROST_BO_NOEXEC));

		memset(cached.map, 0x55, cached.size);
		CHECK(pan_madvise(&cached, PANFROST_MADV_DONTNEED));
		shrink_scan(100000);
		mem_drop_caches();
		mem_pressure(NULL, NULL);
		CHECK(!pan_madvise(&cached, PANFROST_MADV_WILLNEED));
		CHECK_EQ(frame_sum(&frame), sum);
		frame_render(&frame, RED, false);
		frame_check_clear(&frame, RED);
		frame_render(&frame, RED, true);
		CHECK_EQ(frame_sum(&frame), sum);
	}
}

/* The submit does not name the target, as a faulty client's. */
TEST(render_purged, .name = "panfrost/render-purged",
     .about = "a fragment job whose target was purged faults, and writes to "
	      "nobody's memory; with another target it works")
{
	PAN(fd);
	FRAME(frame, frame_new(fd, WIDTH, HEIGHT, false));
	FRAME(other, frame_new(fd, WIDTH, HEIGHT, false));

	frame_render(&frame, RED, false);
	frame_render(&other, BLUE, false);
	CHECK(pan_madvise(&frame.color, PANFROST_MADV_DONTNEED));
	WAIT_UNTIL(
		(shrink_scan(100000), mem_bus_error(frame.color.map, false)));
	CHECK(!pan_madvise(&frame.color, PANFROST_MADV_WILLNEED));
	CHECK_CMP(frame_try_render(&frame, RED, false, false), <, 0);
	frame_check_clear(&other, BLUE);
	frame_render(&other, RED, false);
	frame_check_clear(&other, RED);
	device_forget_faults();
}

TEST(render_heap, .name = "panfrost/render-heap",
     .about = "the heap of the tiler has no memory until a draw needs it")
{
	struct frame frame;
	size_t before;
	PAN(fd);

	/* The BOs of earlier tests go first. */
	mem_settle();
	frame = frame_new(fd, WIDTH, HEIGHT, false);
	frame_render(&frame, RED, false);
	before = mem_info("Shmem");
	frame_render(&frame, RED, true);
	CHECK_CMP(mem_info("Shmem"), >=, before + 2 * MIB);
	frame_free(&frame);
}

TEST(render_endless, .name = "panfrost/render-endless",
     .about =
	     "an endless chain runs until the job timeout ends it; other files "
	     "use the device meanwhile, and the next chain works",
     .virtual_time = true)
{
	PAN(fd);
	PAN(other);
	CHAIN(chain, chain_new(fd));
	FRAME(frame, frame_new(other, WIDTH, HEIGHT, true));
	uint32_t done = syncobj_new(fd);
	uint64_t jobs = device_counter("jobs");

	chain_job(&chain, JOB_NULL)->next = chain.bo.va;
	chain_submit(&chain, .out_sync = done);
	WAIT_UNTIL(device_counter("jobs") > jobs + 70000);
	CHECK_EQ(syncobj_status(fd, done), 0);
	CHECK_EQ(chain_result(&chain), -ECANCELED);
	frame_render(&frame, BLUE, false);
	frame_check_clear(&frame, BLUE);
}
