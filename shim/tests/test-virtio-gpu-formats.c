// SPDX-License-Identifier: GPL-2.0-or-later
/* Formats: sizes of pixels, and the pixels that clears write. */
#include <glib.h>
#include <string.h>

#include "models/virtio-gpu/format.h"

#define ONE 0x3f800000u /* 1.0f */
#define HALF 0x3f000000u
#define MINUS 0xbf800000u
#define BIG 0x47c35000u /* 100000.0f */
#define NOT_A_NUMBER 0x7fc00000u

static void test_bpp(void)
{
	static const struct {
		uint32_t format, bpp;
	} rows[] = {
		{0, 0},	  {1, 4},    {5, 2},	{8, 4},	  {9, 1},   {11, 0},
		{16, 2},  {18, 4},   {23, 1},	{28, 4},  {30, 12}, {31, 16},
		{50, 6},  {66, 3},   {91, 2},	{104, 4}, {105, 0}, {124, 4},
		{126, 8}, {200, 16}, {9999, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpuint(gpu_format_bpp(rows[i].format), ==,
				 rows[i].bpp);
}

static void test_color(void)
{
	static const struct {
		uint32_t format, rgba[4], len;
		uint8_t value[16], mask[16];
	} rows[] = {
		{1,
		 {ONE, HALF, 0, ONE},
		 4,
		 {0, 128, 255, 255},
		 {[0 ... 3] = 255}},
		/* The fourth byte is left alone. */
		{2, {ONE, HALF, 0, ONE}, 4, {0, 128, 255, 0}, {255, 255, 255}},
		{67,
		 {MINUS, BIG, NOT_A_NUMBER, HALF},
		 4,
		 {0, 255, 0, 128},
		 {[0 ... 3] = 255}},
		/* 11111 000000 00000, from the lowest bit: blue, green, red */
		{7, {ONE, 0, 0, 0}, 2, {0, 0xf8}, {255, 255}},
		{5, {0, ONE, 0, ONE}, 2, {0xe0, 0x83}, {255, 255}},
		{8, {0, 0, ONE, ONE}, 4, {0, 0, 0xf0, 0xff}, {[0 ... 3] = 255}},
		{104,
		 {HALF, 0, ONE, HALF},
		 4,
		 {188, 0, 255, 128},
		 {[0 ... 3] = 255}},
		{94,
		 {ONE, HALF, BIG, MINUS},
		 8,
		 {0, 0x3c, 0, 0x38, 0, 0x7c, 0, 0xbc},
		 {[0 ... 7] = 255}},
		/* 1.0 is 0x3c0 of 11 bits, 0.5 is 0x1c0 of 10 bits. */
		{124,
		 {ONE, MINUS, HALF, 0},
		 4,
		 {0xc0, 3, 0, 0x70},
		 {[0 ... 3] = 255}},
		{28,
		 {MINUS, 0, 0, 0},
		 4,
		 {0, 0, 0x80, 0xbf},
		 {[0 ... 3] = 255}},
		{77,
		 {MINUS, ONE, 0, HALF},
		 4,
		 {0x81, 0x7f, 0, 0x40},
		 {[0 ... 3] = 255}},
		{180, {1, 2, 0x1ff, 3}, 4, {1, 2, 0xff, 3}, {[0 ... 3] = 255}},
		{9, {HALF, 0, 0, 0}, 1, {128}, {255}},
		{10, {0, 0, 0, ONE}, 1, {255}, {255}},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GpuPixel pixel = gpu_format_color(rows[i].format, rows[i].rgba);

		g_test_message("row %zu", i);
		g_assert_cmpuint(gpu_format_bpp(rows[i].format), ==,
				 rows[i].len);
		g_assert_cmpmem(pixel.value, 16, rows[i].value, 16);
		g_assert_cmpmem(pixel.mask, 16, rows[i].mask, 16);
	}
}

static void test_depth(void)
{
	static const struct {
		uint32_t format;
		bool with_depth, with_stencil;
		uint8_t value[8], mask[8];
	} rows[] = {
		{19, true, true, {255, 255, 255, 7}, {255, 255, 255, 255}},
		{19, true, false, {255, 255, 255}, {255, 255, 255}},
		{19, false, true, {0, 0, 0, 7}, {0, 0, 0, 255}},
		{20, false, true, {7}, {255}},
		{22, true, true, {0, 255, 255, 255}, {0, 255, 255, 255}},
		{16, true, true, {255, 255}, {255, 255}},
		{23, true, true, {7}, {255}},
		{126,
		 true,
		 true,
		 {0, 0, 0x80, 0x3f, 7},
		 {255, 255, 255, 255, 255}},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GpuPixel pixel =
			gpu_format_depth(rows[i].format, rows[i].with_depth,
					 1.5, rows[i].with_stencil, 7);

		g_test_message("row %zu", i);
		g_assert_cmpmem(pixel.value, 8, rows[i].value, 8);
		g_assert_cmpmem(pixel.mask, 8, rows[i].mask, 8);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/virtio-gpu-formats/bpp", test_bpp);
	g_test_add_func("/virtio-gpu-formats/color", test_color);
	g_test_add_func("/virtio-gpu-formats/depth", test_depth);
	return g_test_run();
}
