// SPDX-License-Identifier: GPL-2.0-or-later
#include "models/virtio-gpu/format.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef enum { UNORM, SRGB, SNORM, UINT, SINT, FLOAT } Type;

/*
 * @channels: from the lowest bits of the pixel up: r, g, b, a; l luminance; z depth,
 *	s stencil; x is neither read nor written
 * @bits: of each channel
 */
typedef struct {
	uint16_t id;
	uint8_t use;
	Type type;
	char channels[5];
	uint8_t bits[4];
} Format;

#define S GPU_FORMAT_SAMPLER
#define T (GPU_FORMAT_SAMPLER | GPU_FORMAT_TARGET)
#define D (GPU_FORMAT_SAMPLER | GPU_FORMAT_DEPTH)
#define SHOWN (T | GPU_FORMAT_SCANOUT)

/* One to four channels of @bits from @id on. */
#define PLAIN(id, use, type, bits)                                             \
	{id, use, type, "r", {bits}}, {id + 1, use, type, "rg", {bits, bits}}, \
		{id + 2,                                                       \
		 (use) & ~GPU_FORMAT_TARGET,                                   \
		 type,                                                         \
		 "rgb",                                                        \
		 {bits, bits, bits}},                                          \
	{                                                                      \
		id + 3, use, type, "rgba",                                     \
		{                                                              \
			bits, bits, bits, bits                                 \
		}                                                              \
	}

static const Format formats[] = {
	{1, SHOWN, UNORM, "bgra", {8, 8, 8, 8}},
	{2, SHOWN, UNORM, "bgrx", {8, 8, 8, 8}},
	{3, T, UNORM, "argb", {8, 8, 8, 8}},
	{4, T, UNORM, "xrgb", {8, 8, 8, 8}},
	{5, T, UNORM, "bgra", {5, 5, 5, 1}},
	{6, T, UNORM, "bgra", {4, 4, 4, 4}},
	{7, T, UNORM, "bgr", {5, 6, 5}},
	{8, T, UNORM, "rgba", {10, 10, 10, 2}},
	{9, S, UNORM, "l", {8}},
	{10, S, UNORM, "a", {8}},
	{12, S, UNORM, "la", {8, 8}},
	{16, D, UNORM, "z", {16}},
	{17, D, UNORM, "z", {32}},
	{18, D, FLOAT, "z", {32}},
	{19, D, UNORM, "zs", {24, 8}},
	{20, D, UNORM, "sz", {8, 24}},
	{21, D, UNORM, "zx", {24, 8}},
	{22, D, UNORM, "xz", {8, 24}},
	{23, D, UINT, "s", {8}},
	PLAIN(28, T, FLOAT, 32),
	PLAIN(32, 0, UNORM, 32),
	PLAIN(48, T, UNORM, 16),
	PLAIN(56, S, SNORM, 16),
	PLAIN(64, T, UNORM, 8),
	{68, T, UNORM, "xbgr", {8, 8, 8, 8}},
	PLAIN(74, S, SNORM, 8),
	PLAIN(91, T, FLOAT, 16),
	{97, S, SRGB, "rgb", {8, 8, 8}},
	{98, T, SRGB, "abgr", {8, 8, 8, 8}},
	{99, T, SRGB, "xbgr", {8, 8, 8, 8}},
	{100, T, SRGB, "bgra", {8, 8, 8, 8}},
	{101, T, SRGB, "bgrx", {8, 8, 8, 8}},
	{102, T, SRGB, "argb", {8, 8, 8, 8}},
	{103, T, SRGB, "xrgb", {8, 8, 8, 8}},
	{104, T, SRGB, "rgba", {8, 8, 8, 8}},
	{121, T, UNORM, "abgr", {8, 8, 8, 8}},
	{122, T, UNORM, "bgrx", {5, 5, 5, 1}},
	{124, T, FLOAT, "rgb", {11, 11, 10}},
	{125, S, FLOAT, "x", {32}}, /* R9G9B9E5 */
	{126, D, FLOAT, "zsx", {32, 8, 24}},
	{131, T, UNORM, "bgra", {10, 10, 10, 2}},
	{134, T, UNORM, "rgbx", {8, 8, 8, 8}},
	PLAIN(177, T, UINT, 8),
	PLAIN(181, T, SINT, 8),
	PLAIN(185, T, UINT, 16),
	PLAIN(189, T, SINT, 16),
	PLAIN(193, T, UINT, 32),
	PLAIN(197, T, SINT, 32),
	{225, T, UINT, "bgra", {10, 10, 10, 2}},
	{230, T, SRGB, "rgbx", {8, 8, 8, 8}},
	{253, T, UINT, "rgba", {10, 10, 10, 2}},
};

static const Format *find(uint32_t id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (formats[i].id == id)
			return &formats[i];
	return NULL;
}

uint32_t gpu_format_bpp(uint32_t format)
{
	const Format *f = find(format);

	return f ? (f->bits[0] + f->bits[1] + f->bits[2] + f->bits[3]) / 8u : 0;
}

void gpu_format_set(uint32_t set[GPU_FORMAT_WORDS], unsigned int use)
{
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (formats[i].use & use)
			set[formats[i].id / 32] |= 1u << formats[i].id % 32;
}

/* The linear value @x as an sRGB one (IEC 61966-2-1). */
static double srgb(double x)
{
	return x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
}

static double clamp(double x, double low, double high)
{
	/* Also turns a NaN into @low. */
	return !(x > low) ? low : x > high ? high : x;
}

/* The bits of an IEEE 754 float of 16 bits, rounded towards zero. */
static uint32_t half(float x)
{
	uint32_t bits, sign, fraction;
	int exponent;

	memcpy(&bits, &x, sizeof(bits));
	sign = bits >> 16 & 0x8000;
	exponent = (int)(bits >> 23 & 0xff) - 127 + 15;
	fraction = bits & 0x7fffff;
	if (exponent >= 31) /* infinity, or NaN */
		return sign | 0x7c00 |
		       (exponent == 255 - 127 + 15 && fraction ? 0x200 : 0);
	if (exponent < -10)
		return sign;
	if (exponent <= 0)
		return sign | (fraction | 0x800000) >> (14 - exponent);
	return sign | (uint32_t)exponent << 10 | fraction >> 13;
}

/*
 * The bits of a float of @bits bits: 10 and 11 have no sign, and fewer bits of the
 * fraction than 16.
 */
static uint32_t small_float(float x, unsigned int bits)
{
	uint32_t value = half(x);

	if (bits == 16)
		return value;
	return value & 0x8000 ? 0 : value >> (15 - bits);
}

/* The bits of a channel; @word is a float, or an integer for integer formats. */
static uint32_t encode(Type type, unsigned int bits, uint32_t word)
{
	const double top = (double)((1ull << bits) - 1);
	float x;

	memcpy(&x, &word, sizeof(x));
	switch (type) {
	case UNORM:
		return (uint32_t)(clamp(x, 0, 1) * top + 0.5);
	case SRGB:
		return (uint32_t)(srgb(clamp(x, 0, 1)) * top + 0.5);
	case SNORM:
		return (uint32_t)(int32_t)lround(
			clamp(x, -1, 1) * (double)((1u << (bits - 1)) - 1));
	case FLOAT:
		return bits < 32 ? small_float(x, bits) : word;
	default:
		return word;
	}
}

/* Set @bits bits of @pixel from bit @at on. */
static void put(GpuPixel *pixel, unsigned int at, unsigned int bits,
		uint32_t value)
{
	for (unsigned int i = 0; i < bits; i++, at++) {
		pixel->mask[at / 8] |= 1u << at % 8;
		pixel->value[at / 8] |= (value >> i & 1) << at % 8;
	}
}

GpuPixel gpu_format_color(uint32_t format, const uint32_t rgba[4])
{
	const Format *f = find(format);
	GpuPixel pixel = {{0}, {0}};
	unsigned int at = 0;

	g_assert(f);
	for (size_t i = 0; f->channels[i]; at += f->bits[i++]) {
		static const char names[] = "rgba";
		const char *which = strchr(names, f->channels[i]);
		size_t index = which ? (size_t)(which - names) : 0;
		/* Alpha is linear. */
		Type type = index == 3 && f->type == SRGB ? UNORM : f->type;

		if (which || f->channels[i] == 'l')
			put(&pixel, at, f->bits[i],
			    encode(type, f->bits[i], rgba[index]));
	}
	return pixel;
}

GpuPixel gpu_format_depth(uint32_t format, bool with_depth, double depth,
			  bool with_stencil, uint8_t stencil)
{
	const Format *f = find(format);
	GpuPixel pixel = {{0}, {0}};
	float x = (float)clamp(depth, 0, 1);
	unsigned int at = 0;
	uint32_t word;

	g_assert(f);
	memcpy(&word, &x, sizeof(word));
	for (size_t i = 0; f->channels[i]; at += f->bits[i++]) {
		if (f->channels[i] == 'z' && with_depth)
			put(&pixel, at, f->bits[i],
			    encode(f->type, f->bits[i], word));
		if (f->channels[i] == 's' && with_stencil)
			put(&pixel, at, f->bits[i], stencil);
	}
	return pixel;
}
