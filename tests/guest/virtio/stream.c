// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command streams of virgl (lib/virgl.h), as a Mesa client sends them: what they do to
 * the bytes of BOs, also of BOs that were evicted.
 */
#include <string.h>

#include "lib/virgl.h"
#include "lib/virtio-reclaim.h"

#define WIDTH 64
#define HEIGHT 32
#define SIZE (8 * PAGE)
#define ONE 0x3f800000u /* 1.0f */
#define STAGING_OFFSET (3 * PAGE + 100)

/* The pixels of @bo, all @color but for the box of @other; wholly mapped. */
static void check_pixels(const struct bo *bo, uint32_t color, uint32_t x,
			 uint32_t y, uint32_t w, uint32_t h, uint32_t other)
{
	const uint32_t *pixels = bo->map;

	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
		bool in = i % WIDTH - x < w && i / WIDTH - y < h;
		uint32_t want = in ? other : color;

		if (pixels[i] != want)
			FAIL("pixel %u,%u is 0x%08x, not 0x%08x", i % WIDTH,
			     i / WIDTH, pixels[i], want);
	}
}

static void clear_to(int fd, const struct bo *bo, uint32_t red, uint32_t blue)
{
	const struct bo *bos[] = {bo};

	VIRGL_EXEC(fd, bos, VIRGL_CREATE(VIRGL_SURFACE, 5), 1, bo->res,
		   VIRGL_B8G8R8A8, 0, 0, VIRGL_HEADER(VIRGL_SET_FRAMEBUFFER, 3),
		   1, 0, 1, VIRGL_HEADER(VIRGL_CLEAR, 8), VIRGL_CLEAR_COLOR0,
		   red, 0, blue, ONE, 0, 0, 0);
}

TEST(clear, .name = "virtio/stream-clear",
     .about = "CLEAR gives each pixel of the render target the color")
{
	GPU(fd);
	BO(bo, bo_texture(fd, WIDTH, HEIGHT));

	memset(bo.map, 0x55, bo.size);
	bo_to_host(&bo);
	clear_to(fd, &bo, ONE, 0);
	bo_from_host(&bo);
	check_pixels(&bo, 0xffff0000, 0, 0, 0, 0, 0);
	clear_to(fd, &bo, 0, ONE);
	/* What the CPU sees changes only with a transfer. */
	check_pixels(&bo, 0xffff0000, 0, 0, 0, 0, 0);
	bo_from_host(&bo);
	check_pixels(&bo, 0xff0000ff, 0, 0, 0, 0, 0);
	CHECK_EQ(refused_count(), 0);
}

TEST(copy, .name = "virtio/stream-copy",
     .about = "RESOURCE_COPY_REGION copies a box from one BO to another")
{
	GPU(fd);
	BO(src, bo_texture(fd, WIDTH, HEIGHT));
	BO(dst, bo_texture(fd, WIDTH, HEIGHT));
	const struct bo *bos[] = {&src, &dst};

	clear_to(fd, &src, ONE, 0);
	clear_to(fd, &dst, 0, ONE);
	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_COPY_REGION, 13), dst.res, 0, 5,
		   7, 0, src.res, 0, 1, 2, 0, 20, 11, 1);
	bo_from_host(&dst);
	check_pixels(&dst, 0xff0000ff, 5, 7, 20, 11, 0xffff0000);
	CHECK_EQ(refused_count(), 0);
}

/* Transfer @len bytes at @offset of a buffer by a command of the stream. */
static void transfer_part(int fd, const struct bo *bo, uint32_t offset,
			  uint32_t len, uint32_t direction)
{
	const struct bo *bos[] = {bo};

	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_TRANSFER, 13), bo->res, 0, 0, 0,
		   0, offset, 0, 0, len, 1, 1, offset, direction);
}

TEST(transfer, .name = "virtio/stream-transfer",
     .about = "TRANSFER3D moves what it names between pages and host, and the "
	      "device checks the pages")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	char *map = bo.map, *data;

	stamp_fill(map, SIZE, 1, 1);
	res_expect(&bo, 1, 1);
	transfer_part(fd, &bo, 0, SIZE, VIRGL_TO_HOST);
	stamp_fill(map, SIZE, 1, 2);
	res_expect(&bo, 1, 2);
	transfer_part(fd, &bo, 2 * PAGE, 3 * PAGE, VIRGL_TO_HOST);
	data = res_data(bo.res, 0, SIZE);
	stamp_verify_pages(data, 2 * PAGE, 1, 1, 0);
	stamp_verify_pages(data + 2 * PAGE, 3 * PAGE, 1, 2, 2);
	stamp_verify_pages(data + 5 * PAGE, 3 * PAGE, 1, 1, 5);
	free(data);
	stamp_fill(map, SIZE, 1, 3);
	res_expect(&bo, 1, 3);
	transfer_part(fd, &bo, 4 * PAGE, 2 * PAGE, VIRGL_FROM_HOST);
	stamp_verify_pages(map, 4 * PAGE, 1, 3, 0);
	stamp_verify_pages(map + 4 * PAGE, PAGE, 1, 2, 4);
	stamp_verify_pages(map + 5 * PAGE, PAGE, 1, 1, 5);
	stamp_verify_pages(map + 6 * PAGE, 2 * PAGE, 1, 3, 6);
	CHECK_EQ(refused_count(), 0);
}

TEST(copy_transfer, .name = "virtio/stream-copy-transfer",
     .about = "COPY_TRANSFER3D moves a box between a staging BO's pages and "
	      "another BO's host storage")
{
	GPU(fd);
	BO(staging, bo_buffer(fd, SIZE));
	BO(bo, bo_texture(fd, WIDTH, HEIGHT));
	const struct bo *bos[] = {&staging, &bo};
	uint32_t *pixels = (void *)((char *)staging.map + STAGING_OFFSET);

	clear_to(fd, &bo, ONE, 0);
	/* Six rows of 40 pixels, of which 30 are copied. */
	for (uint32_t i = 0; i < 6 * 40; i++)
		pixels[i] = i % 40 < 30 ? 0x12345678 : 0x99999999;
	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_COPY_TRANSFER, 14), bo.res, 0, 0,
		   40 * 4, 0, 3, 4, 0, 30, 6, 1, staging.res, STAGING_OFFSET,
		   1);
	bo_from_host(&bo);
	check_pixels(&bo, 0xffff0000, 3, 4, 30, 6, 0x12345678);
	/* Back: a row of the texture to another place. */
	memset(staging.map, 0, SIZE);
	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_COPY_TRANSFER, 14), bo.res, 0, 0,
		   0, 0, 0, 4, 0, WIDTH, 1, 1, staging.res, STAGING_OFFSET, 3);
	for (uint32_t i = 0; i < WIDTH; i++)
		CHECK_EQ(pixels[i], i - 3 < 30 ? 0x12345678 : 0xffff0000);
	CHECK_EQ(pixels[WIDTH], 0);
	CHECK_EQ(pixels[-1], 0);
	CHECK_EQ(refused_count(), 0);
}

TEST(inline_write, .name = "virtio/stream-inline-write",
     .about = "RESOURCE_INLINE_WRITE puts data of the stream where it was told")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&bo};
	char *data;

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_INLINE_WRITE, 13), bo.res, 0, 0,
		   0, 0, PAGE - 3, 0, 0, 7, 1, 1, 0x44434241, 0x48474645);
	data = res_data(bo.res, 0, SIZE);
	CHECK(!memcmp(data + PAGE - 3, "ABCDEFG", 7));
	memcpy(data + PAGE - 3, (char *)bo.map + PAGE - 3, 7);
	CHECK(!memcmp(data, bo.map, SIZE));
	free(data);
	CHECK_EQ(refused_count(), 0);
}

TEST(evicted, .name = "virtio/stream-evicted", EVICTS,
     .about = "a stream finds the pages of BOs that were evicted as they were")
{
	GPU(fd);
	BO(staging, bo_used(fd, SIZE / PAGE, 1));
	BO(bo, bo_buffer(fd, SIZE));
	const struct bo *bos[] = {&staging, &bo};
	char *data;

	gpu_scan_all();
	CHECK_EQ(res_pages(staging.res), 0);
	res_expect(&staging, 1, 1);
	VIRGL_EXEC(fd, bos, VIRGL_HEADER(VIRGL_COPY_TRANSFER, 14), bo.res, 0, 0,
		   0, 0, 0, 0, 0, SIZE, 1, 1, staging.res, 0, 1);
	data = res_data(bo.res, 0, SIZE);
	stamp_verify(data, SIZE, 1, 1);
	free(data);
	gpu_scan_all();
	CHECK_EQ(res_pages(staging.res), 0);
	transfer_part(fd, &staging, 0, SIZE, VIRGL_TO_HOST);
	CHECK_EQ(res_pages(staging.res), SIZE / PAGE);
	CHECK_EQ(refused_count(), 0);
}

TEST(not_listed, .name = "virtio/stream-not-listed", EVICTS,
     .about = "a stream that names an evicted BO without listing it reaches no "
	      "page, and the device notes it")
{
	GPU(fd);
	BO(bo, bo_used(fd, SIZE / PAGE, 1));

	gpu_scan_all();
	CHECK_EQ(res_pages(bo.res), 0);
	virgl_exec(fd,
		   (const uint32_t[]){VIRGL_HEADER(VIRGL_TRANSFER, 13), bo.res,
				      0, 0, 0, 0, 0, 0, 0, SIZE, 1, 1, 0,
				      VIRGL_FROM_HOST},
		   14, NULL, 0);
	CHECK_EQ(violations_take("has no backing attached"), 1);
	bo_verify(&bo, 1);
}
