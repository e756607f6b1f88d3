// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that use BOs as a Mesa driver does: a cache of BOs that are not needed for now,
 * and frames that are drawn, looked at and drawn again, while memory is short and the
 * shrinker scans. They know nothing of the kernel but what a client is told: every byte
 * that is lost must be seen by them (tests/clients/bugs/).
 */
#include <string.h>

#include "lib/mem.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-frame.h"
#include "lib/panfrost-shrink.h"
#include "lib/test.h"
#include "virtio-bos.h"

#define ROUNDS 3

/* Panfrost */

#define FRAMES 6
#define CACHED 4 /* frames from here on go to the cache after each use */
#define WIDTH 96u
#define HEIGHT 64u

struct client_frame {
	struct frame frame;
	uint64_t sum; /* of its picture, as it was left */
};

/* What the cache hands out again has its content, or is made anew: then false. */
static bool take_frame(int fd, struct client_frame *client, bool cached)
{
	bool color, texture;

	if (cached) {
		color = pan_madvise(&client->frame.color,
				    PANFROST_MADV_WILLNEED);
		texture = pan_madvise(&client->frame.texture,
				      PANFROST_MADV_WILLNEED);
		if (!color || !texture) {
			frame_free(&client->frame);
			client->frame = frame_new(fd, WIDTH, HEIGHT, true);
			return false;
		}
	}
	CHECK_EQ(frame_sum(&client->frame), client->sum);
	return true;
}

/* Clear, draw, draw with another texture; back with the old one. */
static void use_frame(struct client_frame *client, uint64_t picture)
{
	uint32_t *texel = client->frame.texture.map;

	frame_render(&client->frame, 0xff00ff00, false);
	frame_check_clear(&client->frame, 0xff00ff00);
	frame_render(&client->frame, 0, true);
	CHECK_EQ(frame_sum(&client->frame), picture);
	*texel ^= 1;
	frame_render(&client->frame, 0, true);
	CHECK_CMP(frame_sum(&client->frame), !=, picture);
	*texel ^= 1;
}

/* The picture of the last frame comes when its BOs are in the cache already. */
static void leave_frame(struct client_frame *client, bool cached, bool scan)
{
	uint32_t done = frame_start(&client->frame, 0, true);

	if (cached) {
		CHECK(pan_madvise(&client->frame.color,
				  PANFROST_MADV_DONTNEED));
		CHECK(pan_madvise(&client->frame.texture,
				  PANFROST_MADV_DONTNEED));
	}
	if (scan)
		shrink_scan(100000);
	CHECK_EQ(frame_result(&client->frame, done), 0);
}

TEST(client_panfrost, .name = "pressure/client-panfrost", .swap_mib = 32,
     .seconds = 120,
     .about =
	     "a client that draws, with a cache of BOs, gets every pixel right "
	     "while memory is short")
{
	struct client_frame frames[FRAMES];
	unsigned int purged = 0, kept = 0;
	uint64_t picture;
	PAN(fd);

	for (int i = 0; i < FRAMES; i++) {
		frames[i].frame = frame_new(fd, WIDTH, HEIGHT, true);
		frame_render(&frames[i].frame, 0, true);
		frames[i].sum = frame_sum(&frames[i].frame);
	}
	picture = frames[0].sum;
	device_write("faults", "delay panfrost JOB 3000000");
	for (int round = 0; round < ROUNDS; round++) {
		/* In every other round there is pressure. */
		bool pressure = !(round % 2);

		for (int i = 0; i < FRAMES; i++) {
			bool cached = round && i >= CACHED;

			if (!take_frame(fd, &frames[i], cached))
				purged++;
			else if (cached)
				kept++;
		}
		for (int i = 0; i < FRAMES; i++) {
			if (pressure)
				shrink_scan(100000);
			use_frame(&frames[i], picture);
			leave_frame(&frames[i], i >= CACHED, pressure);
			frames[i].sum = picture;
		}
		if (!pressure)
			continue;
		mem_drop_caches();
		mem_pressure(NULL, NULL);
		shrink_scan(100000);
	}
	device_write("faults", "clear");
	/* The cache has given memory back, and has kept some. */
	CHECK_CMP(purged, >, 0);
	CHECK_CMP(kept, >, 0);
	for (int i = 0; i < FRAMES; i++)
		frame_free(&frames[i].frame);
}

/* Virtio-gpu */

#define BUFFERS 6
#define KEPT 4 /* buffers from here on go to the cache after each use */
#define BUFFER_SIZE (32 * PAGE)

struct client_buffer {
	struct bo bo;
	uint32_t generation;
};

static bool advise(const struct bo *bo, uint32_t madv)
{
	struct drm_virtgpu_madvise args = {.bo_handle = bo->handle,
					   .madv = madv};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_MADVISE, &args));
	return args.retained;
}

static void take_buffer(int fd, struct client_buffer *buffer, int number,
			bool cached)
{
	if (cached && !advise(&buffer->bo, VIRTGPU_MADV_WILLNEED)) {
		bo_close(&buffer->bo);
		buffer->bo = bo_buffer(fd, BUFFER_SIZE);
		return;
	}
	stamp_verify(buffer->bo.map, BUFFER_SIZE, number, buffer->generation);
}

/* Write it, have the device read it, write it again; the device's copy comes back. */
static void use_buffer(struct client_buffer *buffer, int number, bool pressure)
{
	buffer->generation++;
	stamp_fill(buffer->bo.map, BUFFER_SIZE, number, buffer->generation);
	bo_to_host(&buffer->bo);
	if (pressure) {
		virtio_evict_all();
		stamp_verify(buffer->bo.map, BUFFER_SIZE, number,
			     buffer->generation);
	}
	memset(buffer->bo.map, 0x5a, BUFFER_SIZE);
	if (pressure)
		virtio_evict_all();
	bo_from_host(&buffer->bo);
	stamp_verify(buffer->bo.map, BUFFER_SIZE, number, buffer->generation);
	/* The mapping and the device still mean the same pages. */
	if (pressure)
		virtio_evict_all();
	buffer->generation++;
	stamp_fill(buffer->bo.map, BUFFER_SIZE, number, buffer->generation);
	bo_to_host(&buffer->bo);
	bo_from_host(&buffer->bo);
	stamp_verify(buffer->bo.map, BUFFER_SIZE, number, buffer->generation);
}

TEST(client_virtio, .name = "pressure/client-virtio", .swap_mib = 32,
     .seconds = 120, .needs = "virtio-shrinker",
     .about =
	     "a client with buffers and a cache of them finds every byte while "
	     "memory is short")
{
	struct client_buffer buffers[BUFFERS];
	GPU(fd);

	for (int i = 0; i < BUFFERS; i++) {
		buffers[i] = (struct client_buffer){
			.bo = bo_buffer(fd, BUFFER_SIZE)};
		stamp_fill(buffers[i].bo.map, BUFFER_SIZE, i, 0);
	}
	for (int round = 0; round < ROUNDS; round++) {
		bool pressure = !(round % 2);

		for (int i = 0; i < BUFFERS; i++)
			take_buffer(fd, &buffers[i], i, round && i >= KEPT);
		for (int i = 0; i < BUFFERS; i++)
			use_buffer(&buffers[i], i, pressure);
		for (int i = KEPT; i < BUFFERS; i++)
			CHECK(advise(&buffers[i].bo, VIRTGPU_MADV_DONTNEED));
		if (!pressure)
			continue;
		virtio_evict_all();
		mem_drop_caches();
		mem_pressure(NULL, NULL);
	}
	for (int i = 0; i < BUFFERS; i++)
		bo_close(&buffers[i].bo);
}
