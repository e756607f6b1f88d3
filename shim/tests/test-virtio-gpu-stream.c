// SPDX-License-Identifier: GPL-2.0-or-later
/* The command stream of virgl: what it does, and what is refused. */
#include <string.h>

#include "gpu-guest.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER

/* Header of a command with @len words; of one that creates an object. */
#define CMD(number, len) ((number) | (uint32_t)(len) << 16)
#define CREATE(type, len) (CMD(1, len) | (type) << 8)

#define SURFACE 8
#define QUERY 9
#define ONE 0x3f800000u /* 1.0f */

/* B8G8R8A8: 16x8 pixels, two levels and three layers; and three buffers. */
#define TEXTURE 1
#define WIDTH 16u
#define HEIGHT 8u
#define LEVEL_1 (WIDTH * HEIGHT * 4 * 3)
#define TEXTURE_SIZE (LEVEL_1 + LEVEL_1 / 4)
#define BUFFER 2 /* 8 KiB */
#define STAGING 3 /* 8 KiB */
#define OTHER 4 /* not attached to the context */
#define DEPTH 5 /* Z24S8, 4x4 */
#define BLOB 6 /* guest blob of two pages */
#define NEVER 99

static uint32_t submit(Guest *guest, const uint32_t *words, size_t count)
{
	struct virtio_gpu_cmd_submit cmd = {
		.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.hdr.ctx_id = 1,
		.size = (uint32_t)(count * sizeof(*words)),
	};

	return guest_do(guest, &cmd, sizeof(cmd), words,
			count * sizeof(*words));
}

/* Submit these words, which must succeed. */
#define SUBMIT(guest, ...)                                                     \
	do {                                                                   \
		const uint32_t words_[] = {__VA_ARGS__};                       \
		uint32_t got_ = submit(guest, words_, G_N_ELEMENTS(words_));   \
		guest_no_violation(guest);                                     \
		g_assert_cmphex(got_, ==, OK);                                 \
	} while (0)

static void create_texture(Guest *guest, uint32_t id, uint32_t format,
			   uint32_t width, uint32_t height, uint32_t layers,
			   uint32_t levels)
{
	struct virtio_gpu_resource_create_3d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = id,
		.target = layers > 1 ? 7 : 2,
		.format = format,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = layers,
		.last_level = levels - 1,
	};

	EXPECT_OK(guest, &create);
	guest_bind(guest, 1, id);
}

static void create_blob(Guest *guest)
{
	struct virtio_gpu_resource_create_blob cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
		.resource_id = BLOB,
		.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
		.nr_entries = 1,
		.size = 8192,
	};
	struct virtio_gpu_mem_entry entry = {guest_page(8), 8192, 0};

	guest_expect(guest, OK, NULL, &cmd, sizeof(cmd), &entry, sizeof(entry));
	guest_bind(guest, 1, BLOB);
}

static Guest *start(void)
{
	Guest *guest = guest_running();

	guest_context(guest, 1);
	create_texture(guest, TEXTURE, 1, WIDTH, HEIGHT, 3, 2);
	guest_create_buffer(guest, BUFFER, 8192);
	guest_bind(guest, 1, BUFFER);
	guest_create_buffer(guest, STAGING, 8192);
	guest_bind(guest, 1, STAGING);
	guest_attach(guest, STAGING, 4, 2);
	guest_create_buffer(guest, OTHER, 8192);
	create_texture(guest, DEPTH, 19, 4, 4, 1, 1);
	create_blob(guest);
	return guest;
}

/* Bytes of resource @id, of which there are @size; owned. */
static uint8_t *bytes_of(Guest *guest, uint32_t id, size_t size)
{
	g_autofree char *path = g_strdup_printf("resources/%u/data", id);
	g_autoptr(GBytes) data = node_show(guest->device, path);

	g_assert_cmpuint(g_bytes_get_size(data), ==, size);
	return g_memdup2(g_bytes_get_data(data, NULL), size);
}

static void pattern(uint8_t *at, size_t len, unsigned int seed)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(i * 7 + i / 251 + seed);
}

/* Fill the texture through its backing, which is then detached. */
static void fill_texture(Guest *guest, uint8_t *want)
{
	struct virtio_gpu_resource_detach_backing detach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = TEXTURE,
	};

	pattern(want, TEXTURE_SIZE, 3);
	memcpy(guest_page_at(guest, 0), want, TEXTURE_SIZE);
	guest_attach(guest, TEXTURE, 0, 1);
	for (uint32_t level = 0; level < 2; level++)
		SUBMIT(guest, CMD(43, 13), TEXTURE, level, 0, 0, 0, 0, 0, 0,
		       WIDTH >> level, HEIGHT >> level, 3, level ? LEVEL_1 : 0,
		       1);
	EXPECT_OK(guest, &detach);
}

static void test_clear(void)
{
	Guest *guest = start();
	uint8_t want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL, *again = NULL;

	fill_texture(guest, want);
	/* Layers 1 and 2 of level 1, a single target. */
	SUBMIT(guest, CREATE(SURFACE, 5), 10, TEXTURE, 1, 1, 2 << 16 | 1,
	       CMD(5, 3), 1, 0, 10, CMD(7, 8), 4, ONE, 0, ONE, ONE, 0, 0, 0);
	for (size_t i = LEVEL_1 + 128; i < TEXTURE_SIZE; i += 4)
		memcpy(want + i, "\xff\x00\xff\xff", 4);
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);

	/* Another target, depth alone, or a destroyed surface: it stays. */
	SUBMIT(guest, CMD(7, 8), 8, 0, 0, 0, 0, 0, 0, 0);
	SUBMIT(guest, CMD(7, 8), 1, 0, 0, 0, 0, 0, 0, 0);
	SUBMIT(guest, CMD(3, 1), 10, CMD(7, 8), 4, 0, 0, 0, 0, 0, 0, 0);
	again = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(again, TEXTURE_SIZE, want, TEXTURE_SIZE);
	guest_free(guest);
}

static void test_clear_depth(void)
{
	Guest *guest = start();
	uint8_t want[64];
	g_autofree uint8_t *first = NULL, *second = NULL;

	/* 0.0 is eight bytes of zero, 1.0 is 0x3ff00000 00000000. */
	SUBMIT(guest, CREATE(SURFACE, 5), 7, DEPTH, 19, 0, 0, CMD(5, 2), 0, 7,
	       CMD(7, 8), 1, 0, 0, 0, 0, 0, 0x3ff00000, 9);
	for (size_t i = 0; i < 64; i++)
		want[i] = i % 4 == 3 ? 0 : 0xff;
	first = bytes_of(guest, DEPTH, 64);
	g_assert_cmpmem(first, 64, want, 64);
	SUBMIT(guest, CMD(7, 8), 2, 0, 0, 0, 0, 0, 0, 9);
	for (size_t i = 3; i < 64; i += 4)
		want[i] = 9;
	second = bytes_of(guest, DEPTH, 64);
	g_assert_cmpmem(second, 64, want, 64);
	guest_free(guest);
}

static void test_clear_texture(void)
{
	Guest *guest = start();
	uint8_t want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL;

	fill_texture(guest, want);
	SUBMIT(guest, CMD(47, 12), TEXTURE, 0, 3, 2, 1, 5, 4, 2, 0x44332211, 0,
	       0, 0);
	for (size_t z = 1; z < 3; z++)
		for (size_t y = 2; y < 6; y++)
			for (size_t x = 3; x < 8; x++)
				memcpy(want + ((z * HEIGHT + y) * WIDTH + x) *
						       4,
				       "\x11\x22\x33\x44", 4);
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);
	guest_free(guest);
}

static void test_copy_region(void)
{
	Guest *guest = start();
	uint8_t before[TEXTURE_SIZE], want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL;

	fill_texture(guest, before);
	/* 6x4 pixels of layers 0 and 1: down and right by one, and one layer. */
	SUBMIT(guest, CMD(17, 13), TEXTURE, 0, 3, 2, 1, TEXTURE, 0, 2, 1, 0, 6,
	       4, 2);
	memcpy(want, before, sizeof(want));
	for (size_t z = 0; z < 2; z++)
		for (size_t y = 0; y < 4; y++)
			memcpy(want + (((z + 1) * HEIGHT + y + 2) * WIDTH + 3) *
					       4,
			       before + ((z * HEIGHT + y + 1) * WIDTH + 2) * 4,
			       6 * 4);
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);
	guest_free(guest);
}

/* The pages of a guest blob are read and written, and their stamps are checked. */
static void test_copy_blob(void)
{
	Guest *guest = start();
	g_autofree uint8_t *got = NULL;

	pattern(guest_page_at(guest, 8), 8192, 5);
	SUBMIT(guest, CMD(17, 13), BUFFER, 0, 100, 0, 0, BLOB, 0, 4000, 0, 0,
	       200, 1, 1, CMD(17, 13), BLOB, 0, 8000, 0, 0, BUFFER, 0, 100, 0,
	       0, 100, 1, 1);
	got = bytes_of(guest, BUFFER, 8192);
	g_assert_cmpmem(got + 100, 200, guest_page_at(guest, 8) + 4000, 200);
	g_assert_cmpmem(guest_page_at(guest, 8) + 8000, 100, got + 100, 100);
	g_assert_cmpint(
		stamps_command(guest->stamps, "expect virtio-gpu 6 1 1", 23),
		==, 0);
	g_assert_cmphex(
		submit(guest,
		       (const uint32_t[]){CMD(17, 13), BUFFER, 0, 0, 0, 0, BLOB,
					  0, 5000, 0, 0, 100, 1, 1},
		       14),
		==, OK);
	guest_violation(guest, "page 1");
	guest_free(guest);
}

static void test_blit(void)
{
	Guest *guest = start();
	uint8_t before[TEXTURE_SIZE], want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL;
	uint32_t *pixels = (uint32_t *)want, *old = (uint32_t *)before;

	fill_texture(guest, before);
	memcpy(want, before, sizeof(want));
	/* 4x2 of layer 0 to 8x2 of layer 2, upside down. */
	SUBMIT(guest, CMD(16, 21), 0xf, 0, 0, TEXTURE, 0, 1, 2, 3, 2, 8, 2, 1,
	       TEXTURE, 0, 1, 1, 3, 0, 4, (uint32_t)-2, 1);
	for (size_t y = 0; y < 2; y++)
		for (size_t x = 0; x < 8; x++)
			pixels[(2 * HEIGHT + 3 + y) * WIDTH + 2 + x] =
				old[(2 - y) * WIDTH + 1 + x / 2];
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);
	/* To pixels of another size: nothing is written, and nothing wrong. */
	SUBMIT(guest, CMD(16, 21), 0xf, 0, 0, BUFFER, 0, 64, 0, 0, 0, 8, 1, 1,
	       TEXTURE, 0, 1, 0, 0, 0, 8, 1, 1);
	guest_free(guest);
}

static void test_inline_write(void)
{
	Guest *guest = start();
	uint8_t want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL, *buffer = NULL;

	/* 2x2 pixels with rows 12 bytes apart. */
	fill_texture(guest, want);
	SUBMIT(guest, CMD(9, 11 + 5), TEXTURE, 0, 0, 12, 0, 4, 5, 1, 2, 2, 1,
	       0x11111111, 0x22222222, 0x99999999, 0x33333333, 0x44444444);
	memcpy(want + ((HEIGHT + 5) * WIDTH + 4) * 4,
	       "\x11\x11\x11\x11\x22\x22\x22\x22", 8);
	memcpy(want + ((HEIGHT + 6) * WIDTH + 4) * 4,
	       "\x33\x33\x33\x33\x44\x44\x44\x44", 8);
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);
	/* Three bytes of a buffer. */
	SUBMIT(guest, CMD(9, 11 + 1), BUFFER, 0, 0, 0, 0, 8000, 0, 0, 3, 1, 1,
	       0x00636261);
	buffer = bytes_of(guest, BUFFER, 8192);
	g_assert_cmpstr((const char *)buffer + 8000, ==, "abc");
	guest_free(guest);
}

static void test_transfer(void)
{
	Guest *guest = start();
	g_autofree uint8_t *got = NULL;
	/* guest_attach() has the pages backwards. */
	uint8_t *second = guest_page_at(guest, 4);
	uint8_t *first = guest_page_at(guest, 5);

	pattern(first, 4096, 1);
	pattern(second, 4096, 2);
	SUBMIT(guest, CMD(43, 13), STAGING, 0, 0, 0, 0, 0, 0, 0, 200, 1, 1,
	       4000, 1);
	got = bytes_of(guest, STAGING, 8192);
	g_assert_cmpmem(got, 96, first + 4000, 96);
	g_assert_cmpmem(got + 96, 104, second, 104);
	memset(second, 0, 4096);
	SUBMIT(guest, CMD(43, 13), STAGING, 0, 0, 0, 0, 96, 0, 0, 104, 1, 1,
	       4096 + 8, 2);
	g_assert_cmpmem(second + 8, 104, got + 96, 104);
	g_assert_cmpuint(second[7] + second[112], ==, 0);
	guest_free(guest);
}

static void test_copy_transfer(void)
{
	Guest *guest = start();
	uint8_t want[TEXTURE_SIZE];
	g_autofree uint8_t *got = NULL;
	uint8_t *first = guest_page_at(guest, 5);

	fill_texture(guest, want);
	pattern(first, 4096, 1);
	/* 3x2 pixels from rows that are 20 bytes apart, at byte 8 of the pages. */
	SUBMIT(guest, CMD(45, 14), TEXTURE, 0, 0, 20, 0, 1, 1, 0, 3, 2, 1,
	       STAGING, 8, 1);
	for (size_t y = 0; y < 2; y++)
		memcpy(want + ((y + 1) * WIDTH + 1) * 4, first + 8 + y * 20,
		       12);
	got = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
	g_assert_cmpmem(got, TEXTURE_SIZE, want, TEXTURE_SIZE);
	/* And back. */
	SUBMIT(guest, CMD(45, 14), TEXTURE, 0, 0, 0, 0, 0, 7, 2, 16, 1, 1,
	       STAGING, 2000, 3);
	g_assert_cmpmem(first + 2000, 64, want + (2 * HEIGHT + 7) * WIDTH * 4,
			64);
	guest_free(guest);
}

static void test_query(void)
{
	Guest *guest = start();
	uint8_t *first = guest_page_at(guest, 5);

	memset(first, 0xee, 4096);
	SUBMIT(guest, CREATE(QUERY, 4), 3, 0, 16, STAGING, CMD(19, 1), 3,
	       CMD(20, 1), 3, CMD(21, 2), 3, 1);
	g_assert_cmpmem(first + 16, 16, "\1\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0",
			16);
	g_assert_cmphex(first[15] + first[32], ==, 2 * 0xee);
	guest_free(guest);
}

/* Handles of one sub-context are unknown in another. */
static void test_sub_contexts(void)
{
	Guest *guest = start();
	static const uint32_t bind[] = {CMD(5, 3), 1, 0, 10};

	SUBMIT(guest, CMD(29, 1), 1, CMD(28, 1), 1, CREATE(SURFACE, 5), 10,
	       TEXTURE, 1, 0, 0, CMD(5, 3), 1, 0, 10);
	SUBMIT(guest, CMD(28, 1), 0);
	g_assert_cmphex(submit(guest, bind, 4), ==, BAD_PARAMETER);
	guest_refusal(guest, "no surface 10");
	SUBMIT(guest, CMD(28, 1), 1, CMD(5, 3), 1, 0, 10);
	SUBMIT(guest, CMD(30, 1), 1);
	g_assert_cmphex(submit(guest, bind, 4), ==, BAD_PARAMETER);
	guest_refusal(guest, "no surface 10");
	/* Created again, it is empty. */
	SUBMIT(guest, CMD(29, 1), 1, CMD(28, 1), 1);
	g_assert_cmphex(submit(guest, bind, 4), ==, BAD_PARAMETER);
	guest_refusal(guest, "no surface 10");
	guest_free(guest);
}

/* A surface keeps the storage of its resource, but clears do not touch another. */
static void test_surface_outlives(void)
{
	Guest *guest = start();
	g_autofree uint8_t *got = NULL;
	uint8_t zeroes[64] = {0};

	SUBMIT(guest, CREATE(SURFACE, 5), 7, DEPTH, 19, 0, 0, CMD(5, 2), 0, 7);
	guest_unref(guest, DEPTH);
	create_texture(guest, DEPTH, 19, 4, 4, 1, 1);
	SUBMIT(guest, CMD(7, 8), 3, 0, 0, 0, 0, 0, 0x3ff00000, 9);
	got = bytes_of(guest, DEPTH, 64);
	g_assert_cmpmem(got, 64, zeroes, 64);
	guest_free(guest);
}

/* A state that is only checked, and every length and resource of it. */
static void test_state(void)
{
	Guest *guest = start();

	SUBMIT(guest, CMD(0, 0), CMD(0, 1), 77, CMD(4, 7), 0, 1, 2, 3, 4, 5, 6,
	       CMD(6, 6), 16, 0, BUFFER, 0, 0, 0, CMD(11, 1), 0, CMD(11, 3),
	       BUFFER, 2, 0, CMD(27, 5), 0, 0, 0, 16, BUFFER, CMD(44, 2), 5, 6);
	SUBMIT(guest, CMD(8, 12), 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0);
	SUBMIT(guest, CREATE(4, 6), 1, 0, 0, 1, 0, 0x41414141, CREATE(6, 6), 2,
	       TEXTURE, 1, 0, 0, 0, CREATE(10, 4), 3, BUFFER, 0, 16);
	guest_free(guest);
}

typedef struct {
	const char *why;
	uint32_t type;
	bool violation;
	uint32_t count;
	uint32_t words[24];
} BadStream;

#define BAD(why, ...)                                                          \
	{                                                                      \
		why, BAD_PARAMETER, false,                                     \
			sizeof((uint32_t[]){__VA_ARGS__}) / 4,                 \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define BAD_ID(why, violation, ...)                                            \
	{                                                                      \
		why, BAD_RESOURCE, violation,                                  \
			sizeof((uint32_t[]){__VA_ARGS__}) / 4,                 \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

/* clang-format off */
static const BadStream bad_streams[] = {
	BAD("1 words, but 0 are left", CMD(2, 1)),
	BAD("65535 words, but 1 are left", CMD(0, 65535), 0),
	BAD("unknown, header 0x10035", CMD(53, 1), 0),
	BAD("unknown, header 0x100c01", CREATE(12, 16), [16] = 0),
	BAD("unknown, header 0x10001", CREATE(0, 1), 1),
	BAD("word 1, SET_VIEWPORT_STATE: 6 words", 0, CMD(4, 6), 0, 1, 2, 3, 4, 5),
	BAD("CLEAR: 7 words", CMD(7, 7), 4, 0, 0, 0, 0, 0, 0),
	BAD("CLEAR: 9 words", CMD(7, 9), 4, 0, 0, 0, 0, 0, 0, 0, 0),
	BAD("DRAW_VBO: 11 words", CMD(8, 11), [11] = 0),
	BAD("DRAW_VBO: 21 words", CMD(8, 21), [21] = 0),
	BAD("SET_INDEX_BUFFER: 2 words", CMD(11, 2), BUFFER, 2),
	BAD("RESOURCE_INLINE_WRITE: 11 words", CMD(9, 11), BUFFER, [11] = 0),
	BAD("surface: 4 words", CREATE(8, 4), 1, BUFFER, 1, 0),
	BAD("3 targets in 4 words", CMD(5, 4), 3, 0, 0, 0),
	BAD("9 targets in 11 words", CMD(5, 11), 9, [11] = 0),
	BAD("no surface 4", CMD(5, 3), 1, 0, 4),
	BAD("no query 4", CMD(21, 2), 4, 0),
	BAD("no sub-context 4", CMD(28, 1), 4),
	BAD("sub-context 0", CMD(30, 1), 0),
	BAD_ID("unknown resource 99", false, CMD(47, 12), NEVER, [12] = 0),
	BAD_ID("unknown resource 0", false, CMD(47, 12), 0, [12] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(47, 12), OTHER, [12] = 0),
	/* Each place that can name a resource. */
	BAD_ID("resource 4 is not attached", true, CMD(6, 6), 0, 0, BUFFER, 0, 0, OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(8, 20), [15] = OTHER, [20] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(8, 20), [20] = OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(9, 12), OTHER, [12] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(11, 3), OTHER, 2, 0),
	BAD_ID("resource 4 is not attached", true, CMD(16, 21), [4] = OTHER, [21] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(16, 21), [4] = BUFFER, [13] = OTHER,
	       [21] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(17, 13), OTHER, [13] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(17, 13), BUFFER, [6] = OTHER, [13] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(27, 5), 0, 0, 0, 0, OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(34, 8), [8] = OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(35, 7), [7] = OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(37, 8), [7] = OTHER, [8] = 0),
	BAD_ID("resource 4 is not attached", true, CMD(40, 7), [7] = OTHER),
	BAD_ID("resource 4 is not attached", true, CMD(42, 6), 0, OTHER, 0, 0, 0, 0),
	BAD_ID("resource 4 is not attached", true, CMD(43, 13), OTHER, [13] = 1),
	BAD_ID("resource 4 is not attached", true, CMD(45, 14), BUFFER, [12] = OTHER, [14] = 0),
	BAD_ID("resource 4 is not attached", true, CREATE(6, 6), 1, OTHER, 0, 0, 0, 0),
	BAD_ID("resource 4 is not attached", true, CREATE(8, 5), 1, OTHER, 1, 0, 0),
	BAD_ID("resource 4 is not attached", true, CREATE(9, 4), 1, 0, 0, OTHER),
	BAD_ID("resource 4 is not attached", true, CREATE(10, 4), 1, OTHER, 0, 0),
	/* Surfaces */
	BAD("format 28, level 1", CREATE(8, 5), 1, TEXTURE, 28, 1, 3),
	BAD("format 31, level 0", CREATE(8, 5), 1, TEXTURE, 31, 0, 0),
	BAD("level 2, layers 0 to 0", CREATE(8, 5), 1, TEXTURE, 1, 2, 0),
	BAD("layers 0 to 3", CREATE(8, 5), 1, TEXTURE, 1, 0, 3 << 16),
	BAD("layers 2 to 1", CREATE(8, 5), 1, TEXTURE, 1, 0, 1 << 16 | 2),
	BAD("has no host storage", CREATE(8, 5), 1, BLOB, 1, 0, 0),
	/* Boxes */
	BAD("box is empty", CMD(47, 12), TEXTURE, 0, 0, 0, 0, 0, 1, 1, [12] = 0),
	BAD("outside the resource", CMD(47, 12), TEXTURE, 0, 16, 0, 0, 1, 1, 1, [12] = 0),
	BAD("outside the resource", CMD(47, 12), TEXTURE, 1, 0, 0, 0, 9, 1, 1, [12] = 0),
	BAD("outside the resource", CMD(47, 12), TEXTURE, 0, 0, 0, 2, 1, 1, 2, [12] = 0),
	BAD("level does not exist", CMD(47, 12), TEXTURE, 2, 0, 0, 0, 1, 1, 1, [12] = 0),
	BAD("outside the resource", CMD(17, 13), BUFFER, 0, 8192, 0, 0, BUFFER, 0, 0, 0, 0,
	    1, 1, 1),
	BAD("outside the resource", CMD(17, 13), BUFFER, 0, 0, 0, 0, BUFFER, 0, ~0u, 0, 0,
	    2, 1, 1),
	BAD("pixels of 1 bytes to 4 bytes", CMD(17, 13), TEXTURE, 0, 0, 0, 0, BUFFER, 0, 0, 0,
	    0, 1, 1, 1),
	BAD("outside the resource", CMD(16, 21), 0, 0, 0, TEXTURE, 0, 1, 0, 0, 0, 1, 1, 1,
	    TEXTURE, 0, 1, 0, 0, 0, ~0u, 1, 1),
	BAD("box is empty", CMD(16, 21), 0, 0, 0, TEXTURE, 0, 1, 0, 0, 0, 1, 1, 1,
	    TEXTURE, 0, 1, 0, 0, 0, 1, 0, 1),
	/* Data and backing */
	BAD("backing is too short", CMD(9, 12), BUFFER, 0, 0, 0, 0, 0, 0, 0, 5, 1, 1, 0),
	BAD("stride is less than a row", CMD(9, 13), TEXTURE, 0, 0, 7, 0, 0, 0, 0, 2, 1, 1, 0,
	    0),
	BAD("backing is too short", CMD(43, 13), STAGING, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 8191,
	    1),
	BAD("direction 3", CMD(43, 13), STAGING, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 0, 3),
	BAD("direction 0", CMD(43, 13), STAGING, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 0, 0),
	BAD("backing is too short", CMD(45, 14), TEXTURE, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1,
	    STAGING, 8185, 1),
	BAD("16 bytes at 8177 of resource 3", CREATE(9, 4), 5, 0, 8177, STAGING, CMD(21, 2), 5,
	    0),
};
/* clang-format on */

static void test_bad(void)
{
	Guest *guest = start();
	g_autofree uint8_t *before = bytes_of(guest, TEXTURE, TEXTURE_SIZE);

	for (size_t i = 0; i < G_N_ELEMENTS(bad_streams); i++) {
		const BadStream *bad = &bad_streams[i];
		g_autofree uint8_t *after = NULL;
		/* A clear before it, which then does not happen. */
		uint32_t words[64] = {CMD(47, 12), TEXTURE, 0, 0, 0,
				      0,	   1,	    1, 1, ~0u};

		g_test_message("row %zu: %s", i, bad->why);
		g_assert_cmphex(submit(guest, bad->words, bad->count), ==,
				bad->type);
		if (bad->violation)
			guest_violation(guest, bad->why);
		else
			guest_refusal(guest, bad->why);
		memcpy(words + 13, bad->words, bad->count * sizeof(*words));
		g_assert_cmphex(submit(guest, words, 13 + bad->count), ==,
				bad->type);
		journal_clear_violations(guest->journal);
		journal_clear_refused(guest->journal);
		after = bytes_of(guest, TEXTURE, TEXTURE_SIZE);
		g_assert_cmpmem(before, TEXTURE_SIZE, after, TEXTURE_SIZE);
	}
	guest_free(guest);
}

/* What an evicted BO looks like to the device if the driver forgets to attach it. */
static void test_no_backing(void)
{
	Guest *guest = start();
	static const BadStream streams[] = {
		BAD("resource 2 has no backing", CMD(43, 13), BUFFER, 0, 0, 0,
		    0, 0, 0, 0, 2, 1, 1, 0, 1),
		BAD("resource 2 has no backing", CMD(45, 14), STAGING, 0, 0, 0,
		    0, 0, 0, 0, 2, 1, 1, BUFFER, 0, 1),
		BAD("resource 2 has no backing", CREATE(9, 4), 5, 0, 0, BUFFER,
		    CMD(21, 2), 5, 0),
	};

	for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
		g_assert_cmphex(
			submit(guest, streams[i].words, streams[i].count), ==,
			BAD_PARAMETER);
		guest_violation(guest, streams[i].why);
	}
	/* That of a resource that never existed is a process's mistake. */
	guest_unref(guest, OTHER);
	g_assert_cmphex(
		submit(guest, (const uint32_t[]){CMD(11, 3), OTHER, 0, 0}, 4),
		==, BAD_RESOURCE);
	guest_violation(guest, "unknown resource 4");
	guest_free(guest);
}

/* Work of one stream is limited, and so are objects. */
static void test_limits(void)
{
	Guest *guest = start();
	uint32_t words[1024] = {0}, code = OK;

	for (uint32_t i = 0; i <= 16384; i++) {
		const uint32_t create[] = {
			CREATE(SURFACE, 5), i + 1, TEXTURE, 1, 0, 0};

		memcpy(words + i % 128 * 6, create, sizeof(create));
		if (i % 128 == 127 || i == 16384) {
			guest_no_violation(guest);
			code = submit(guest, words, (i % 128 + 1) * 6);
		}
	}
	g_assert_cmphex(code, ==, BAD_PARAMETER);
	guest_refusal(guest, "more than 16384 objects");
	for (uint32_t i = 0; i < 300; i++) {
		words[2 * i] = CMD(29, 1);
		words[2 * i + 1] = i;
	}
	g_assert_cmphex(submit(guest, words, 600), ==, BAD_PARAMETER);
	guest_refusal(guest, "more than 256 sub-contexts");
	/* 64 MiB each time. */
	create_texture(guest, 20, 1, 4096, 4096, 1, 1);
	for (uint32_t i = 0; i < 17; i++) {
		const uint32_t clear[13] = {CMD(47, 12), 20,   0,    0, 0,
					    0,		 4096, 4096, 1};

		memcpy(words + i * 13, clear, sizeof(clear));
	}
	g_assert_cmphex(submit(guest, words, 17 * 13), ==, BAD_PARAMETER);
	guest_refusal(guest, "more than 1073741824 bytes in all");
	guest_free(guest);
}

/* What the context holds goes with it, and with the device. */
static void test_context_gone(void)
{
	Guest *guest = start();
	struct virtio_gpu_ctx_destroy destroy = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_DESTROY,
		.hdr.ctx_id = 1,
	};
	g_autofree char *status = NULL;

	SUBMIT(guest, CREATE(SURFACE, 5), 7, DEPTH, 19, 0, 0);
	for (uint32_t id = TEXTURE; id <= BLOB; id++)
		guest_unref(guest, id);
	EXPECT_OK(guest, &destroy);
	status = guest_show(guest, "status");
	g_assert_nonnull(strstr(status, "host 0 of "));
	guest_free(guest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/virtio-gpu-stream/clear", test_clear);
	g_test_add_func("/virtio-gpu-stream/clear-depth", test_clear_depth);
	g_test_add_func("/virtio-gpu-stream/clear-texture", test_clear_texture);
	g_test_add_func("/virtio-gpu-stream/copy-region", test_copy_region);
	g_test_add_func("/virtio-gpu-stream/copy-blob", test_copy_blob);
	g_test_add_func("/virtio-gpu-stream/blit", test_blit);
	g_test_add_func("/virtio-gpu-stream/inline-write", test_inline_write);
	g_test_add_func("/virtio-gpu-stream/transfer", test_transfer);
	g_test_add_func("/virtio-gpu-stream/copy-transfer", test_copy_transfer);
	g_test_add_func("/virtio-gpu-stream/query", test_query);
	g_test_add_func("/virtio-gpu-stream/sub-contexts", test_sub_contexts);
	g_test_add_func("/virtio-gpu-stream/surface-outlives",
			test_surface_outlives);
	g_test_add_func("/virtio-gpu-stream/state", test_state);
	g_test_add_func("/virtio-gpu-stream/bad", test_bad);
	g_test_add_func("/virtio-gpu-stream/no-backing", test_no_backing);
	g_test_add_func("/virtio-gpu-stream/limits", test_limits);
	g_test_add_func("/virtio-gpu-stream/context-gone", test_context_gone);
	return g_test_run();
}
