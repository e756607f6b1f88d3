// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page-table walk, with the formats of four drivers' GPUs: two levels of
 * 32-bit entries, one flat table of page frame numbers, and two of four levels
 * of 64-bit entries that differ in their leaves and permissions.
 */
#include <glib.h>
#include <string.h>

#include "core/pgtable.h"

#define PAGE ((uint64_t)RAM_PAGE_SIZE)
#define RAM_SIZE (16u << 20)
#define RW (PGTABLE_READ | PGTABLE_WRITE)
#define RWX (RW | PGTABLE_EXEC)

/* drivers/gpu/drm/lima/lima_vm.c */
static const PgtableFormat lima = {
	.va_bits = 32,
	.entry_size = 4,
	.address = 0xfffff000,
	.absent = {0x1, 0},
	.read = {0x2, 0x2},
	.write = {0x4, 0x4},
	.exec = PGTABLE_ALWAYS,
	.levels = 2,
	.level = {{22, 10, PGTABLE_NEVER, {0x1, 0x1}},
		  {12, 10, {0x1, 0x1}, PGTABLE_NEVER}},
};

/* drivers/gpu/drm/v3d/v3d_mmu.c: valid is bit 28, writable bit 29 */
static const PgtableFormat v3d = {
	.va_bits = 32,
	.entry_size = 4,
	.address = 0x00ffffff,
	.address_shift = 12,
	.absent = {1u << 28, 0},
	.read = PGTABLE_ALWAYS,
	.write = {1u << 29, 1u << 29},
	.exec = PGTABLE_ALWAYS,
	.levels = 1,
	.level = {{12, 20, {1u << 28, 1u << 28}, PGTABLE_NEVER}},
};

#define LPAE_TYPE(type)                                                        \
	{                                                                      \
		3, type                                                        \
	}

/* ARM_MALI_LPAE of drivers/iommu/io-pgtable-arm.c */
static const PgtableFormat panfrost = {
	.va_bits = 48,
	.entry_size = 8,
	.address = 0x0000fffffffff000,
	.absent = LPAE_TYPE(0),
	.read = {1 << 6, 1 << 6},
	.write = {1 << 7, 1 << 7},
	.exec = {3ull << 53, 0},
	.levels = 4,
	.level = {{39, 9, PGTABLE_NEVER, LPAE_TYPE(3)},
		  {30, 9, LPAE_TYPE(1), LPAE_TYPE(3)},
		  {21, 9, LPAE_TYPE(1), LPAE_TYPE(3)},
		  {12, 9, LPAE_TYPE(1), PGTABLE_NEVER}},
};

/* ARM_64_LPAE_S1 of the same file, which panthor uses */
static const PgtableFormat panthor = {
	.va_bits = 48,
	.entry_size = 8,
	.address = 0x0000fffffffff000,
	.absent = {1, 0},
	.read = PGTABLE_ALWAYS,
	.write = {1 << 7, 0},
	.exec = {3ull << 53, 0},
	.levels = 4,
	.level = {{39, 9, PGTABLE_NEVER, LPAE_TYPE(3)},
		  {30, 9, LPAE_TYPE(1), LPAE_TYPE(3)},
		  {21, 9, LPAE_TYPE(1), LPAE_TYPE(3)},
		  {12, 9, LPAE_TYPE(3), PGTABLE_NEVER}},
};

/* An entry of a table in RAM. */
typedef struct {
	uint64_t table;
	uint64_t index;
	uint64_t value;
} Entry;

#define ROOT 0x10000ull

/**
 * Case - one look-up in the tables of @entries
 *
 * @pa, @rights: of PGTABLE_MAPPED
 */
typedef struct {
	const char *name;
	const PgtableFormat *format;
	Entry entries[4];
	uint64_t va;
	PgtableResult result;
	unsigned int level;
	uint64_t pa;
	unsigned int rights;
} Case;

static const Case cases[] = {
	{"lima/page",
	 &lima,
	 {{ROOT, 0x3ff, 0x20001}, {0x20000, 0x3fe, 0x1234f007}},
	 0xffffe123,
	 PGTABLE_MAPPED,
	 1,
	 0x1234f000,
	 RWX},
	{"lima/read-only",
	 &lima,
	 {{ROOT, 1, 0x20001}, {0x20000, 2, 0x30003}},
	 0x00402000,
	 PGTABLE_MAPPED,
	 1,
	 0x30000,
	 PGTABLE_READ | PGTABLE_EXEC},
	{"lima/no-table",
	 &lima,
	 {{ROOT, 1, 0x20000}, {0x20000, 2, 0x30007}},
	 0x00402000,
	 PGTABLE_ABSENT,
	 0,
	 0,
	 0},
	{"lima/no-page",
	 &lima,
	 {{ROOT, 1, 0x20001}, {0x20000, 3, 0x30007}},
	 0x00402000,
	 PGTABLE_ABSENT,
	 1,
	 0,
	 0},
	{"lima/table-outside",
	 &lima,
	 {{ROOT, 1, 0xf0000001}},
	 0x00402000,
	 PGTABLE_OUTSIDE,
	 1,
	 0,
	 0},

	{"v3d/page",
	 &v3d,
	 {{ROOT, 0xabcde, 0x30abcdef}},
	 0xabcde004,
	 PGTABLE_MAPPED,
	 0,
	 0xabcdef000,
	 RWX},
	{"v3d/read-only",
	 &v3d,
	 {{ROOT, 1, 0x10000020}},
	 0x1000,
	 PGTABLE_MAPPED,
	 0,
	 0x20000,
	 PGTABLE_READ | PGTABLE_EXEC},
	{"v3d/invalid",
	 &v3d,
	 {{ROOT, 1, 0x20000020}},
	 0x1000,
	 PGTABLE_ABSENT,
	 0,
	 0,
	 0},

	{"panfrost/page",
	 &panfrost,
	 {{ROOT, 1, 0x20003},
	  {0x20000, 2, 0x21003},
	  {0x21000, 3, 0x22003},
	  {0x22000, 4, 0x300c1}},
	 1ull << 39 | 2ull << 30 | 3ull << 21 | 4ull << 12 | 0x123,
	 PGTABLE_MAPPED,
	 3,
	 0x30000,
	 RWX},
	{"panfrost/no-exec",
	 &panfrost,
	 {{ROOT, 1, 0x20003},
	  {0x20000, 2, 0x21003},
	  {0x21000, 3, 0x22003},
	  {0x22000, 4, 0x30081 | 3ull << 53}},
	 1ull << 39 | 2ull << 30 | 3ull << 21 | 4ull << 12,
	 PGTABLE_MAPPED,
	 3,
	 0x30000,
	 PGTABLE_WRITE},
	{"panfrost/block",
	 &panfrost,
	 {{ROOT, 0, 0x20003}, {0x20000, 0, 0x21003}, {0x21000, 1, 0x4000c1}},
	 0x323456,
	 PGTABLE_MAPPED,
	 2,
	 0x523000,
	 RWX},
	{"panfrost/misaligned-block",
	 &panfrost,
	 {{ROOT, 0, 0x20003}, {0x20000, 0, 0x21003}, {0x21000, 1, 0x4010c1}},
	 0x323456,
	 PGTABLE_MALFORMED,
	 2,
	 0,
	 0},
	{"panfrost/block-at-root",
	 &panfrost,
	 {{ROOT, 0, 0xc1}},
	 0x1000,
	 PGTABLE_MALFORMED,
	 0,
	 0,
	 0},
	{"panfrost/table-at-last",
	 &panfrost,
	 {{ROOT, 0, 0x20003},
	  {0x20000, 0, 0x21003},
	  {0x21000, 0, 0x22003},
	  {0x22000, 1, 0x300c3}},
	 0x1000,
	 PGTABLE_MALFORMED,
	 3,
	 0,
	 0},
	{"panfrost/absent",
	 &panfrost,
	 {{ROOT, 0, 0x20003}, {0x20000, 0, ~3ull}},
	 0x1000,
	 PGTABLE_ABSENT,
	 1,
	 0,
	 0},

	{"panthor/page",
	 &panthor,
	 {{ROOT, 0, 0x20003},
	  {0x20000, 0, 0x21003},
	  {0x21000, 0, 0x22003},
	  {0x22000, 1, 0x30f43}},
	 0x1000,
	 PGTABLE_MAPPED,
	 3,
	 0x30000,
	 RWX},
	{"panthor/read-only",
	 &panthor,
	 {{ROOT, 0, 0x20003},
	  {0x20000, 0, 0x21003},
	  {0x21000, 0, 0x22003},
	  {0x22000, 1, 0x30fc3 | 3ull << 53}},
	 0x1000,
	 PGTABLE_MAPPED,
	 3,
	 0x30000,
	 PGTABLE_READ},
	{"panthor/block-at-last",
	 &panthor,
	 {{ROOT, 0, 0x20003},
	  {0x20000, 0, 0x21003},
	  {0x21000, 0, 0x22003},
	  {0x22000, 1, 0x30f41}},
	 0x1000,
	 PGTABLE_MALFORMED,
	 3,
	 0,
	 0},
};

typedef struct {
	Ram *ram;
	uint8_t *bytes;
} Memory;

static void memory_init(Memory *memory)
{
	memory->bytes = g_aligned_alloc0(RAM_SIZE, 1, PAGE);
	memory->ram = ram_new();
	ram_set(memory->ram, memory->bytes, RAM_SIZE);
}

static void memory_clear(Memory *memory)
{
	ram_free(memory->ram);
	g_aligned_free(memory->bytes);
}

static void put(Memory *memory, const PgtableFormat *format, const Entry *entry)
{
	g_assert_true(ram_write(
		memory->ram, entry->table + entry->index * format->entry_size,
		&entry->value, format->entry_size));
}

static void test_walk(gconstpointer data)
{
	const Case *c = data;
	PgtableMapping to;
	Memory memory;

	memory_init(&memory);
	for (guint i = 0; i < G_N_ELEMENTS(c->entries); i++)
		if (c->entries[i].table)
			put(&memory, c->format, &c->entries[i]);
	g_assert_cmpint(pgtable_walk(c->format, memory.ram, ROOT, c->va, &to),
			==, c->result);
	g_assert_cmpuint(to.level, ==, c->level);
	g_assert_cmphex(to.va, ==, c->va & ~(PAGE - 1));
	if (c->result == PGTABLE_MAPPED) {
		g_assert_cmphex(to.pa, ==, c->pa);
		g_assert_cmphex(to.rights, ==, c->rights);
		g_assert_cmpuint(to.len, ==, PAGE);
	}
	/* the same tables, not in RAM */
	g_assert_cmpint(
		pgtable_walk(c->format, memory.ram, RAM_SIZE, c->va, &to), ==,
		PGTABLE_OUTSIDE);
	g_assert_cmpuint(to.level, ==, 0);
	memory_clear(&memory);
}

static void add_line(void *user, const PgtableMapping *block)
{
	g_string_append_printf(user,
			       "%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
			       "x %" G_GINT64_MODIFIER "x %x %u\n",
			       block->va, block->pa, block->len, block->rights,
			       block->level);
}

static void assert_blocks(Memory *memory, const PgtableFormat *format,
			  const char *text, uint64_t pages)
{
	g_autoptr(GString) lines = g_string_new(NULL);

	g_assert_true(pgtable_each(format, memory->ram, ROOT, add_line, lines));
	g_assert_cmpstr(lines->str, ==, text);
	g_assert_cmpuint(pgtable_count(format, memory->ram, ROOT), ==, pages);
}

static void test_each(void)
{
	static const Entry two_level[] = {
		{ROOT, 0, 0x20001},	   {0x20000, 5, 0x30007},
		{0x20000, 6, 0x31003},	   {ROOT, 0x3ff, 0x21001},
		{0x21000, 0x3ff, 0x30007}, {ROOT, 3, 0xf0000001},
	};
	static const Entry four_level[] = {
		{ROOT, 511, 0x20003},  {0x20000, 0, 0x21003},
		{0x20000, 1, 0xc1},    {0x21000, 2, 0x4000c1},
		{0x21000, 3, 0x22003}, {0x22000, 0, 0x30041},
	};
	Memory memory;

	memory_init(&memory);
	assert_blocks(&memory, &lima, "", 0);
	for (guint i = 0; i < G_N_ELEMENTS(two_level); i++)
		put(&memory, &lima, &two_level[i]);
	assert_blocks(&memory, &lima,
		      "5000 30000 1000 7 1\n"
		      "6000 31000 1000 5 1\n"
		      "fffff000 30000 1000 7 1\n",
		      3);
	memory_clear(&memory);

	memory_init(&memory);
	for (guint i = 0; i < G_N_ELEMENTS(four_level); i++)
		put(&memory, &panfrost, &four_level[i]);
	assert_blocks(&memory, &panfrost,
		      "ff8000400000 400000 200000 7 2\n"
		      "ff8000600000 30000 1000 5 3\n"
		      "ff8040000000 0 40000000 7 1\n",
		      512 + 1 + 512 * 512);
	g_assert_cmpuint(pgtable_count(&panfrost, memory.ram, 0), ==, 0);
	memory_clear(&memory);
}

/* The walk ends even if tables point to themselves. */
static void test_loop(void)
{
	uint64_t pages;
	Memory memory;

	memory_init(&memory);
	for (guint i = 0; i < 512; i++)
		put(&memory, &panfrost, &(Entry){ROOT, i, ROOT | 3});
	g_assert_false(
		pgtable_each(&panfrost, memory.ram, ROOT, add_line, NULL));
	g_assert_cmpuint(pgtable_count(&panfrost, memory.ram, ROOT), ==, 0);
	for (guint i = 0; i < 512; i += 2)
		put(&memory, &panfrost, &(Entry){ROOT, i, ROOT | 0xc1});
	pages = pgtable_count(&panfrost, memory.ram, ROOT);
	g_assert_cmpuint(pages, >, 0);
	memory_clear(&memory);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strconcat("/pgtable/walk/", cases[i].name, NULL);

		g_test_add_data_func(path, &cases[i], test_walk);
	}
	g_test_add_func("/pgtable/each", test_each);
	g_test_add_func("/pgtable/loop", test_loop);
	return g_test_run();
}
