// SPDX-License-Identifier: GPL-2.0-or-later
/* Register tables: a block with one register of each type. */
#include <glib.h>

#include "core/register.h"

typedef struct {
	uint32_t plain;
	uint64_t wide;
	uint32_t masked;
	uint32_t raw;
	uint32_t array[3];
	uint32_t fixed;
	GString *calls;
} Block;

static uint32_t read_word(void *block, uint32_t word)
{
	Block *b = block;

	g_string_append_printf(b->calls, "read %u\n", word);
	return 100 + word;
}

/* It is called after the write has changed the value. */
static void write_word(void *block, uint32_t word, uint32_t value)
{
	Block *b = block;

	g_string_append_printf(b->calls, "write %u 0x%x raw 0x%x\n", word,
			       value, b->raw);
}

static const Register registers[] = {
	{0x00, .reset = 0x1234},
	{0x04, .reset = 7, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(Block, plain)},
	{0x08, .words = 2, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(Block, wide)},
	{0x10, .reset = 0xff, .writable = 0x0f0,
	 .field = REGISTER_FIELD(Block, masked)},
	{0x14, .field = REGISTER_FIELD(Block, raw)},
	{0x18, .clears = 0xff, .field = REGISTER_FIELD(Block, raw),
	 .read = register_zero, .write = write_word},
	{0x20, .words = 3, .reset = 5, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(Block, array)},
	{0x30, .words = 2, .read = read_word},
	{0x40, .write = write_word},
	{0x44, .writable = REGISTER_RW},
	{0x48, .reset = 9, .field = REGISTER_FIELD(Block, fixed)},
};

static const RegisterTable table = REGISTER_TABLE(registers);

typedef struct {
	const char *name;
	uint32_t offset;
	uint32_t value; /* written */
	RegisterResult write;
	uint32_t after; /* what it reads as then */
	const char *calls;
} Case;

static const Case cases[] = {
	{"constant", 0x00, 1, REGISTER_READ_ONLY, 0x1234, ""},
	{"plain", 0x04, 0xdeadbeef, REGISTER_OK, 0xdeadbeef, ""},
	{"low-word", 0x08, 0x11111111, REGISTER_OK, 0x11111111, ""},
	{"high-word", 0x0c, 0x22222222, REGISTER_OK, 0x22222222, ""},
	{"masked", 0x10, 0xfffff050, REGISTER_OK, 0x05f, ""},
	{"read-only", 0x14, 1, REGISTER_READ_ONLY, 0xf0f, ""},
	{"clear", 0x18, 0xffffff03, REGISTER_OK, 0,
	 "write 0 0xffffff03 raw 0xf0c\n"},
	{"array", 0x28, 77, REGISTER_OK, 77, ""},
	{"callback", 0x34, 1, REGISTER_READ_ONLY, 101, "read 1\n"},
	{"command", 0x40, 3, REGISTER_OK, 0, "write 0 0x3 raw 0xf0f\n"},
	{"dropped", 0x44, 3, REGISTER_OK, 0, ""},
	{"reset-value", 0x48, 3, REGISTER_READ_ONLY, 9, ""},
};

static void block_init(Block *block)
{
	*block = (Block){.calls = g_string_new(NULL)};
	register_reset(&table, block);
	block->raw = 0xf0f;
}

static void test_access(gconstpointer data)
{
	const Case *c = data;
	uint32_t value = 55;
	Block block;

	block_init(&block);
	g_assert_cmpint(register_write(&table, &block, c->offset, c->value), ==,
			c->write);
	g_assert_cmpint(register_read(&table, &block, c->offset, &value), ==,
			REGISTER_OK);
	g_assert_cmphex(value, ==, c->after);
	g_assert_cmpstr(block.calls->str, ==, c->calls);
	g_string_free(block.calls, TRUE);
}

static void test_unknown(void)
{
	static const uint64_t unknown[] = {
		0x1c,	    0x2c,	0x38,
		0x4c,	    0x05,	0x06,
		0xfffffffc, 1ull << 32, (1ull << 32) + 4,
	};
	Block block, before;
	uint32_t value = 55;

	block_init(&block);
	before = block;
	for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
		g_assert_cmpint(
			register_read(&table, &block, unknown[i], &value), ==,
			REGISTER_UNKNOWN);
		g_assert_cmpint(register_write(&table, &block, unknown[i], 1),
				==, REGISTER_UNKNOWN);
	}
	g_assert_cmphex(value, ==, 55);
	g_assert_cmpmem(&block, sizeof(block), &before, sizeof(before));
	g_string_free(block.calls, TRUE);
}

static void test_reset(void)
{
	Block block;

	block_init(&block);
	for (uint32_t offset = 0; offset < 0x50; offset += 4)
		register_write(&table, &block, offset, 0xffffffff);
	register_reset(&table, &block);
	g_assert_cmphex(block.plain, ==, 7);
	g_assert_cmphex(block.wide, ==, 0);
	g_assert_cmphex(block.masked, ==, 0xff);
	g_assert_cmphex(block.raw, ==, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(block.array); i++)
		g_assert_cmphex(block.array[i], ==, 5);
	g_string_free(block.calls, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strconcat("/register/", cases[i].name, NULL);

		g_test_add_data_func(path, &cases[i], test_access);
	}
	g_test_add_func("/register/reset", test_reset);
	g_test_add_func("/register/unknown", test_unknown);
	return g_test_run();
}
