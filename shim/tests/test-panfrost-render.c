// SPDX-License-Identifier: GPL-2.0-or-later
/* The Mali model: jobs of real command streams, and the memory that they access. */
#include <glib.h>
#include <string.h>

#include "models/panfrost/descriptor.h"
#include "panfrost-guest.h"
#include "rig.h"

#define RAM_SIZE (8u << 20)
#define PAGE 4096ull
#define JOB_NS 200000ull
#define VA 0x12345000ull
#define CLEAR 0x44332211u

typedef struct {
	Rig rig;
	PanfrostGuest driver;
	PanfrostScene scene;
	uint64_t root;
} Test;

static void write_ram(void *user, uint64_t pa, const void *bytes, size_t len)
{
	Test *test = user;

	g_assert_true(ram_write(test->rig.guest, pa, bytes, len));
}

static void write_register(void *user, uint32_t offset, uint32_t value)
{
	Test *test = user;

	rig_write(&test->rig, offset, value);
}

static void *at(Test *test, uint32_t offset)
{
	return test->rig.ram + test->scene.pa + offset;
}

static Draw *draw(Test *test, uint32_t job)
{
	return at(test, job + JOB_DRAW_OFFSET);
}

static FragmentPayload *payload(Test *test)
{
	return at(test, SCENE_FRAGMENT_JOB + JOB_FRAGMENT_OFFSET);
}

static Framebuffer *framebuffer(Test *test)
{
	return at(test, SCENE_FRAMEBUFFER);
}

static ZsExtension *extension(Test *test)
{
	return at(test, SCENE_FRAMEBUFFER + sizeof(Framebuffer));
}

static RenderTarget *target(Test *test)
{
	return at(test, SCENE_FRAMEBUFFER + sizeof(Framebuffer) +
				sizeof(ZsExtension));
}

static void map(Test *test, uint32_t offset, uint64_t bits)
{
	panfrost_map(&test->driver, test->root, VA + offset,
		     test->scene.pa + offset, bits);
}

static void unmap(Test *test, uint32_t offset)
{
	panfrost_set_entry(&test->driver, test->root, VA + offset, 3, 0);
	panfrost_flush(&test->driver, 0, VA + offset, 15, AS_COMMAND_FLUSH_PT);
}

static void setup(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_init(&test->rig, "panfrost", RAM_SIZE);
	test->driver = (PanfrostGuest){
		.write_ram = write_ram,
		.write_register = write_register,
		.user = test,
		.free_page = 16 * PAGE,
	};
	panfrost_guest_init(&test->driver);
	test->root = panfrost_page(&test->driver);
	test->scene = (PanfrostScene){.va = VA, .clear = CLEAR};
	for (uint32_t i = 0; i < SCENE_SIZE; i += PAGE) {
		uint64_t pa = panfrost_page(&test->driver);

		test->scene.pa = i ? test->scene.pa : pa;
	}
	for (uint32_t i = 0; i < SCENE_SIZE; i += PAGE)
		map(test, i, PANFROST_RW);
	panfrost_scene(&test->driver, &test->scene);
	for (unsigned int i = 0; i < 1024; i++)
		((uint8_t *)at(test, SCENE_TEXELS))[i] = (uint8_t)(i * 3);
	memset(at(test, SCENE_COLOR), 0xee, 2 * PAGE);
	memset(at(test, SCENE_DEPTH), 0xee, 2 * PAGE);
	rig_write(&test->rig, GPU_CMD, GPU_CMD_SOFT_RESET);
	rig_write(&test->rig, GPU_INT_CLEAR, ~0u);
	panfrost_power_on(&test->driver);
	rig_write(&test->rig, JOB_INT_MASK, ~0u);
	rig_write(&test->rig, MMU_INT_MASK, ~0u);
	panfrost_set_root(&test->driver, 0, test->root);
	rig_raised(&test->rig);
}

static void teardown(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	panfrost_guest_clear(&test->driver);
	rig_clear(&test->rig);
}

/* Run the chain at @job; its status */
static uint32_t run(Test *test, unsigned int slot, uint32_t job)
{
	panfrost_submit(&test->driver, slot, VA + job, 0);
	rig_pass_time(&test->rig, JOB_NS);
	rig_write(&test->rig, JOB_INT_CLEAR,
		  rig_read(&test->rig, JOB_INT_RAWSTAT));
	return rig_read(&test->rig, panfrost_js(slot, JS_STATUS));
}

#define assert_draws(test)                                                     \
	g_assert_cmphex(run(test, 1, SCENE_VERTEX_JOB), ==, PANFROST_DONE)
#define assert_paints(test)                                                    \
	g_assert_cmphex(run(test, 0, SCENE_FRAGMENT_JOB), ==, PANFROST_DONE)
#define assert_invalid(test, slot, job)                                        \
	g_assert_cmphex(run(test, slot, job), ==, PANFROST_DATA_INVALID_FAULT)

static uint32_t color(Test *test, uint32_t index)
{
	return ((uint32_t *)at(test, SCENE_COLOR))[index];
}

static void test_clear_linear(Test *test)
{
	assert_paints(test);
	for (uint32_t y = 0; y < SCENE_HEIGHT; y++)
		for (uint32_t x = 0; x < 48; x++)
			g_assert_cmphex(color(test, y * 48 + x), ==,
					x < SCENE_WIDTH ? CLEAR : 0xeeeeeeee);
	g_assert_cmphex(color(test, SCENE_HEIGHT * 48), ==, 0xeeeeeeee);

	/* depth is 1, stencil 0x5a beside it */
	g_assert_cmphex(*(uint16_t *)at(test, SCENE_DEPTH), ==, 0xffff);
	g_assert_cmphex(*(uint16_t *)at(test, SCENE_DEPTH + 80), ==, 0xeeee);
	g_assert_cmphex(*(uint8_t *)at(test, SCENE_DEPTH + 96 + 39), ==, 0x5a);
	g_assert_cmphex(*(uint8_t *)at(test, SCENE_DEPTH + 96), ==, 0x5a);
	/* a checksum for each of 3 by 2 tiles */
	g_assert_cmphex(*(uint64_t *)at(test, SCENE_CRC + 64 + 16), !=,
			0xeeeeeeeeeeeeeeee);
	g_assert_cmphex(*(uint64_t *)at(test, SCENE_CRC + 24), ==,
			0xeeeeeeeeeeeeeeee);
}

static void test_clear_tiled(Test *test)
{
	test->scene.tiled = true;
	panfrost_scene(&test->driver, &test->scene);
	assert_paints(test);
	/* 3 by 2 whole tiles of 16 by 16 pixels */
	for (uint32_t i = 0; i < 6 * 256; i++)
		g_assert_cmphex(color(test, i), ==, CLEAR);
	g_assert_cmphex(color(test, 6 * 256), ==, 0xeeeeeeee);
}

/* The job only covers the tiles that it says. */
static void test_tiles(Test *test)
{
	payload(test)->min = 1;
	payload(test)->max = 1 | 1 << 16;
	assert_paints(test);
	g_assert_cmphex(color(test, 15), ==, 0xeeeeeeee);
	g_assert_cmphex(color(test, 16), ==, CLEAR);
	g_assert_cmphex(color(test, 31), ==, CLEAR);
	g_assert_cmphex(color(test, 32), ==, 0xeeeeeeee);
	g_assert_cmphex(color(test, 23 * 48 + 16), ==, CLEAR);
	g_assert_cmphex(color(test, 24 * 48 + 16), ==, 0xeeeeeeee);
}

/* Without clear and draws nothing is written, and without "write enable". */
static void test_no_write(Test *test)
{
	target(test)->format &= ~(1u << 31);
	extension(test)->formats &= ~(1u << 10);
	framebuffer(test)->zs &= ~(1u << 31);
	assert_paints(test);
	g_assert_cmphex(color(test, 0), ==, 0xeeeeeeee);
	target(test)->format |= 1u << 31;
	target(test)->format &= ~1u;
	assert_paints(test);
	g_assert_cmphex(color(test, 0), ==, 0xeeeeeeee);
	target(test)->format |= 1;
	assert_paints(test);
	g_assert_cmphex(color(test, 0), ==, CLEAR);
	g_assert_cmphex(*(uint16_t *)at(test, SCENE_DEPTH), ==, 0xeeee);
	g_assert_cmphex(*(uint8_t *)at(test, SCENE_CRC), ==, 0xee);
}

/* Clear colours as they are in memory */
static void test_formats(Test *test)
{
	static const struct {
		uint32_t internal;
		uint32_t format;
		uint32_t swizzle;
		uint32_t bytes;
		uint32_t clear;
		uint32_t expect;
	} formats[] = {
		{1, COLOR_R8G8B8A8, 03210, 4, 0x44332211, 0x44332211},
		{1, COLOR_R8G8B8A8, 03012, 4, 0x44332211, 0x44112233},
		{1, COLOR_R8G8B8A8, 05410, 4, 0x44332211, 0xff002211},
		{1, COLOR_R8, 03210, 1, 0x44332211, 0x11},
		{1, COLOR_R8G8, 03210, 2, 0x44332211, 0x2211},
		{5, COLOR_R5G6B5, 03210, 2, 31u << 5 | 1u << 25, 0x081f},
		{4, COLOR_R4G4B4A4, 03210, 2, 0xc0000050, 0xc005},
		{6, COLOR_R5G5B5A1, 03210, 2, 1u << 31 | 3 << 5, 0x8003},
		{2, COLOR_R10G10B10A2, 03210, 4, 0xc00003ff, 0xc00003ff},
		{34, COLOR_RAW8 + 3, 03210, 4, 0x44332211, 0x44332211},
		{33, COLOR_RAW8 + 1, 03210, 2, 0x22112211, 0x2211},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		uint32_t expect = 0xeeeeeeee;

		g_test_message("%zu", i);
		memset(at(test, SCENE_COLOR), 0xee, PAGE);
		target(test)->internal = formats[i].internal << 26;
		target(test)->format = 1 | formats[i].format << 3 |
				       BLOCK_LINEAR << 10 |
				       formats[i].swizzle << 16 | 1u << 31;
		target(test)->clear[0] = formats[i].clear;
		assert_paints(test);
		/* the last pixel of a row, and what follows */
		memcpy(&expect, &formats[i].expect, formats[i].bytes);
		g_assert_cmpmem((uint8_t *)at(test, SCENE_COLOR) +
					(SCENE_WIDTH - 1) * formats[i].bytes,
				4, &expect, 4);
	}
	target(test)->format = 1 | 23 << 3 | BLOCK_LINEAR << 10 | 1u << 31;
	assert_invalid(test, 0, SCENE_FRAGMENT_JOB);
}

/* Paint it; the pixels, owned */
static uint8_t *picture(Test *test)
{
	*(uint64_t *)at(test, SCENE_POLYGONS) = 0;
	assert_draws(test);
	assert_paints(test);
	return g_memdup2(at(test, SCENE_COLOR), 2 * PAGE);
}

/* Every byte that a draw reads changes the picture; the same bytes do not. */
static void test_draw(Test *test)
{
	static const struct {
		const char *what;
		uint32_t offset;
	} reads[] = {
		{"vertices", SCENE_VERTICES + 40},
		{"last vertex", SCENE_VERTICES + 47},
		{"uniforms", SCENE_UNIFORMS + 15},
		{"indices", SCENE_INDICES + 5},
		{"texels", SCENE_TEXELS},
		{"last texel", SCENE_TEXELS + 1023},
		{"shader", SCENE_SHADER + 3},
		{"sampler", SCENE_SAMPLER + 8},
		{"viewport", SCENE_VIEWPORT + 31},
	};
	g_autofree uint8_t *first = picture(test);
	uint32_t clear = CLEAR;

	g_assert_cmpint(memcmp(first, &clear, 4), !=, 0);
	/* each pixel is different, but for those beyond the width */
	for (uint32_t i = 1; i < SCENE_WIDTH; i++)
		g_assert_cmphex(color(test, i), !=, color(test, i - 1));
	g_assert_cmphex(color(test, SCENE_WIDTH), ==, 0xeeeeeeee);
	g_assert_cmphex(*(uint64_t *)at(test, SCENE_OCCLUSION), !=, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(reads); i++) {
		uint8_t *byte = at(test, reads[i].offset);
		g_autofree uint8_t *other = NULL;
		g_autofree uint8_t *again = NULL;

		g_test_message("%s", reads[i].what);
		*byte ^= 0x10;
		other = picture(test);
		*byte ^= 0x10;
		again = picture(test);
		g_assert_cmpint(memcmp(first, other, 160), !=, 0);
		g_assert_cmpmem(first, 2 * PAGE, again, 2 * PAGE);
	}
	/* read, but it says nothing about the picture */
	*(uint8_t *)at(test, SCENE_CRC) ^= 1;
	/* not read: behind the vertices, the texels and so on */
	*(uint8_t *)at(test, SCENE_VERTICES + 48) ^= 1;
	*(uint8_t *)at(test, SCENE_TEXELS + 1024) ^= 1;
	*(uint8_t *)at(test, SCENE_INDICES + 6) ^= 1;
	g_free(picture(test));
	g_assert_cmpmem(first, 2 * PAGE, at(test, SCENE_COLOR), 2 * PAGE);
}

/* A page that lost its bytes between two jobs changes the picture, too. */
static void test_lost(Test *test)
{
	static const uint32_t lost[] = {
		SCENE_VARYINGS + 20, SCENE_POLYGONS + 0x3f8, SCENE_HEAP + 40};
	g_autofree uint8_t *first = picture(test);

	for (size_t i = 0; i < G_N_ELEMENTS(lost); i++) {
		*(uint64_t *)at(test, SCENE_POLYGONS) = 0;
		assert_draws(test);
		*(uint8_t *)at(test, lost[i]) ^= 1;
		assert_paints(test);
		g_assert_cmpint(memcmp(first, at(test, SCENE_COLOR), 160), !=,
				0);
	}
}

/* The tiled picture has the pixels of the linear one, in another order. */
static void test_draw_tiled(Test *test)
{
	g_autofree uint32_t *linear = (uint32_t *)picture(test);

	test->scene.tiled = true;
	panfrost_scene(&test->driver, &test->scene);
	g_free(picture(test));
	for (uint32_t y = 0; y < SCENE_HEIGHT; y++)
		for (uint32_t x = 0; x < SCENE_WIDTH; x++) {
			static const uint8_t spread[16] = {
				0,  1,	4,  5,	16, 17, 20, 21,
				64, 65, 68, 69, 80, 81, 84, 85};
			uint32_t in_tile =
				(spread[y % 16] * 3u) ^ spread[x % 16];
			uint32_t tile = y / 16 * 3 + x / 16;

			g_assert_cmphex(color(test, tile * 256 + in_tile), ==,
					linear[y * 48 + x]);
		}
}

/* A draw more makes another picture; the heap is used up after 128 of 64 bytes. */
static void test_heap(Test *test)
{
	g_autofree uint8_t *first = picture(test);

	assert_draws(test);
	assert_paints(test);
	g_assert_cmpint(memcmp(first, at(test, SCENE_COLOR), 160), !=, 0);
	for (unsigned int i = 2; i < 128; i++)
		assert_draws(test);
	g_assert_cmphex(run(test, 1, SCENE_VERTEX_JOB), ==,
			PANFROST_OUT_OF_MEMORY);
	assert_paints(test);
}

/* An access that faults waits; when the driver has mapped the page, the job runs. */
static void test_refault(Test *test)
{
	static const struct {
		uint32_t job;
		unsigned int slot;
		uint32_t page;
		uint32_t access;
	} faults[] = {
		{SCENE_VERTEX_JOB, 1, SCENE_VERTICES, AS_FAULTSTATUS_READ},
		{SCENE_VERTEX_JOB, 1, SCENE_VARYINGS, AS_FAULTSTATUS_WRITE},
		{SCENE_VERTEX_JOB, 1, SCENE_POLYGONS, AS_FAULTSTATUS_READ},
		{SCENE_VERTEX_JOB, 1, SCENE_HEAP, AS_FAULTSTATUS_WRITE},
		{SCENE_FRAGMENT_JOB, 0, SCENE_TEXELS, AS_FAULTSTATUS_READ},
		{SCENE_FRAGMENT_JOB, 0, SCENE_HEAP, AS_FAULTSTATUS_READ},
		{SCENE_FRAGMENT_JOB, 0, SCENE_COLOR, AS_FAULTSTATUS_WRITE},
		{SCENE_FRAGMENT_JOB, 0, SCENE_COLOR + PAGE,
		 AS_FAULTSTATUS_WRITE},
		{SCENE_FRAGMENT_JOB, 0, SCENE_DEPTH, AS_FAULTSTATUS_WRITE},
		{SCENE_FRAGMENT_JOB, 0, SCENE_CRC, AS_FAULTSTATUS_WRITE},
	};
	g_autofree uint8_t *first = NULL;

	test->scene.tiled = true;
	panfrost_scene(&test->driver, &test->scene);
	first = picture(test);
	for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_test_message("%zu", i);
		*(uint64_t *)at(test, SCENE_POLYGONS) = 0;
		if (faults[i].job == SCENE_FRAGMENT_JOB)
			assert_draws(test);
		unmap(test, faults[i].page);
		g_assert_cmphex(run(test, faults[i].slot, faults[i].job), ==,
				PANFROST_ACTIVE);
		g_assert_cmphex(
			rig_read(&test->rig, panfrost_as(0, AS_FAULTSTATUS)) &
				0x3ff,
			==,
			(PANFROST_TRANSLATION_FAULT + 3) | faults[i].access);
		g_assert_cmphex(
			rig_read(&test->rig, panfrost_as(0, AS_FAULTADDRESS)) &
				~0xfffu,
			==, VA + faults[i].page);
		map(test, faults[i].page, PANFROST_RW);
		rig_write(&test->rig, MMU_INT_CLEAR, ~0u);
		panfrost_flush(&test->driver, 0, VA + faults[i].page, 15,
			       AS_COMMAND_FLUSH_PT);
		rig_pass_time(&test->rig, JOB_NS);
		g_assert_cmphex(rig_read(&test->rig, panfrost_js(faults[i].slot,
								 JS_STATUS)),
				==, PANFROST_DONE);
		rig_write(&test->rig, JOB_INT_CLEAR, ~0u);
	}
	g_assert_cmpmem(first, 160, at(test, SCENE_COLOR), 160);
}

/* A page without the right to write is no render target. */
static void test_read_only(Test *test)
{
	map(test, SCENE_COLOR, PTE_READ);
	panfrost_flush(&test->driver, 0, VA, 31, AS_COMMAND_FLUSH_PT);
	g_assert_cmphex(run(test, 0, SCENE_FRAGMENT_JOB), ==, PANFROST_ACTIVE);
	g_assert_cmphex(rig_read(&test->rig, panfrost_as(0, AS_FAULTSTATUS)) &
				0xff,
			==, PANFROST_PERMISSION_FAULT + 3);
	panfrost_set_root(&test->driver, 0, 0);
	rig_pass_time(&test->rig, JOB_NS);
	g_assert_cmphex(rig_read(&test->rig, panfrost_js(0, JS_STATUS)), ==,
			PANFROST_JOB_WRITE_FAULT);
}

/* A table that changes under a running job is noticed: the TLB has the old pages. */
static void test_stale(Test *test)
{
	panfrost_submit(&test->driver, 0, VA + SCENE_FRAGMENT_JOB, 0);
	panfrost_set_entry(&test->driver, test->root, VA + SCENE_COLOR, 3, 0);
	rig_pass_time(&test->rig, JOB_NS);
	rig_violations(&test->rig, 1, "0x1234c000");
}

static void test_stamps(Test *test)
{
	struct sb_stamp stamp = {SB_STAMP_MAGIC, 7, 0, 1, ~(7u ^ 0u ^ 1u)};

	memcpy(at(test, SCENE_TEXELS), &stamp, sizeof(stamp));
	rig_stamps(&test->rig, "expect panfrost 0 12348000 1 7 1");
	assert_draws(test);
	assert_paints(test);
	rig_violations(&test->rig, 0, NULL);
	memset(at(test, SCENE_TEXELS), 0, sizeof(stamp));
	assert_paints(test);
	rig_violations(&test->rig, 1, "stamp");
}

static void break_tag(Test *test)
{
	payload(test)->fbd &= ~1ull;
}

static void break_bounds(Test *test)
{
	payload(test)->min = 3;
}

static void break_target(Test *test)
{
	framebuffer(test)->size = 0xffffffff;
	target(test)->row_stride = 1u << 20;
	payload(test)->max = 0x0fff0fff;
}

static void break_depth(Test *test)
{
	extension(test)->formats |= 8;
}

static void break_used(Test *test)
{
	*(uint32_t *)at(test, SCENE_POLYGONS) = 0x3000;
}

static void break_record(Test *test)
{
	*(uint32_t *)at(test, SCENE_POLYGONS) = 64;
}

static void test_bad_frames(Test *test)
{
	static void (*const breaks[])(Test * test) = {
		break_tag,   break_bounds, break_target,
		break_depth, break_used,   break_record,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(breaks); i++) {
		g_test_message("%zu", i);
		panfrost_scene(&test->driver, &test->scene);
		breaks[i](test);
		assert_invalid(test, 0, SCENE_FRAGMENT_JOB);
	}
}

static void test_bad_draws(Test *test)
{
	draw(test, SCENE_TILER_JOB)->storage &= ~1ull;
	assert_invalid(test, 1, SCENE_VERTEX_JOB);
	panfrost_scene(&test->driver, &test->scene);
	framebuffer(test)->hierarchy_mask = 0x1000;
	assert_invalid(test, 1, SCENE_VERTEX_JOB);
	panfrost_scene(&test->driver, &test->scene);
	framebuffer(test)->polygon_list_size = 4;
	assert_invalid(test, 1, SCENE_VERTEX_JOB);
	panfrost_scene(&test->driver, &test->scene);
	framebuffer(test)->heap_end = framebuffer(test)->heap_start - 1;
	g_assert_cmphex(run(test, 1, SCENE_VERTEX_JOB), ==,
			PANFROST_OUT_OF_MEMORY);
	panfrost_scene(&test->driver, &test->scene);
	((AttributeBuffer *)at(test, SCENE_ATTRIBUTE_BUFFER))->size = ~0u;
	assert_invalid(test, 1, SCENE_VERTEX_JOB);
	panfrost_scene(&test->driver, &test->scene);
	/* Special ones have no buffer; jobs without state are empty. */
	((AttributeBuffer *)at(test, SCENE_ATTRIBUTE_BUFFER))->pointer = 0x22;
	((AttributeBuffer *)at(test, SCENE_ATTRIBUTE_BUFFER))->size = ~0u;
	assert_draws(test);
	draw(test, SCENE_VERTEX_JOB)->state = 0;
	draw(test, SCENE_TILER_JOB)->state = 0;
	draw(test, SCENE_TILER_JOB)->storage = 0;
	assert_draws(test);
	payload(test)->fbd = 0;
	assert_paints(test);
}

RIG_DEFINE_TESTS()

int main(int argc, char **argv)
{
	static const RigTest tests[] = {
		{"/panfrost-render/bad-draws", test_bad_draws},
		{"/panfrost-render/bad-frames", test_bad_frames},
		{"/panfrost-render/clear-linear", test_clear_linear},
		{"/panfrost-render/clear-tiled", test_clear_tiled},
		{"/panfrost-render/draw", test_draw},
		{"/panfrost-render/draw-tiled", test_draw_tiled},
		{"/panfrost-render/formats", test_formats},
		{"/panfrost-render/heap", test_heap},
		{"/panfrost-render/lost", test_lost},
		{"/panfrost-render/no-write", test_no_write},
		{"/panfrost-render/read-only", test_read_only},
		{"/panfrost-render/refault", test_refault},
		{"/panfrost-render/stale", test_stale},
		{"/panfrost-render/stamps", test_stamps},
		{"/panfrost-render/tiles", test_tiles},
	};

	g_test_init(&argc, &argv, NULL);
	rig_add_tests(tests, G_N_ELEMENTS(tests));
	return g_test_run();
}
