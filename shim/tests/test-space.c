// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An address space with the two-level tables of lima, as a model would use it:
 * what accesses return, what listeners are told, and what is a violation.
 */
#include <glib.h>
#include <string.h>

#include "core/space.h"
#include "protocol.h"
#include "util.h"

#define PAGE ((uint64_t)RAM_PAGE_SIZE)
#define RAM_SIZE (1u << 20)
#define ROOT 0x10000ull
#define TABLE 0x11000ull
#define OTHER_ROOT 0x12000ull
#define DATA 0x20000ull /* sixteen pages */
#define VA 0x00400000ull /* where the data is mapped */
#define HOLE (VA + 16 * PAGE)
#define PRESENT 0x1u
#define READ 0x2u
#define WRITE 0x4u
#define RW (PRESENT | READ | WRITE)

/* drivers/gpu/drm/lima/lima_vm.c */
static const PgtableFormat format = {
	.va_bits = 32,
	.entry_size = 4,
	.address = 0xfffff000,
	.absent = {PRESENT, 0},
	.read = {READ, READ},
	.write = {WRITE, WRITE},
	.exec = PGTABLE_ALWAYS,
	.levels = 2,
	.level = {{22, 10, PGTABLE_NEVER, {PRESENT, PRESENT}},
		  {12, 10, {PRESENT, PRESENT}, PGTABLE_NEVER}},
};

typedef struct {
	Ram *ram;
	uint8_t *bytes;
	Journal *journal;
	Stamps *stamps;
	SpaceCounters counters;
	Space space;
	GString *events; /* since the last look */
	guint violations; /* expected so far */
} Test;

static void set_entry(Test *test, uint64_t table, uint64_t index,
		      uint64_t value)
{
	g_assert_true(ram_write(test->ram, table + index * format.entry_size,
				&value, format.entry_size));
}

/* Map page @n of the data, or anything else. */
static void map(Test *test, guint n, uint64_t entry)
{
	set_entry(test, TABLE, n, entry);
}

static void on_event(void *user, Space *space, const SpaceEvent *event)
{
	static const char *const faults[] = {"absent", "permission", "range",
					     "table"};
	Test *test = user;

	g_assert_true(space == &test->space);
	switch (event->type) {
	case SPACE_EVENT_FAULT:
		g_string_append_printf(
			test->events,
			"fault %s %s 0x%" G_GINT64_MODIFIER "x level %u\n",
			faults[event->fault],
			event->access == SPACE_WRITE ? "write" : "read",
			event->va, event->level);
		break;
	case SPACE_EVENT_TABLE:
		g_string_append_printf(test->events,
				       "table 0x%" G_GINT64_MODIFIER
				       "x for 0x%" G_GINT64_MODIFIER "x%s\n",
				       event->root, space->root,
				       space->faulted ? " faulted" : "");
		break;
	case SPACE_EVENT_RESOLVED:
		g_string_append(test->events, "resolved\n");
		break;
	case SPACE_EVENT_UNLOCKED:
		g_string_append(test->events, "unlocked\n");
		break;
	}
}

/* What the listener was told since the last call. */
static void events(Test *test, const char *text)
{
	g_assert_cmpstr(test->events->str, ==, text);
	g_string_truncate(test->events, 0);
}

/* There was one more violation, which says @text. */
static void violation(Test *test, const char *text)
{
	test->violations++;
	g_assert_cmpuint(journal_violation_count(test->journal), ==,
			 test->violations);
	g_assert_true(
		contains_text(journal_violations_text(test->journal), text));
}

static void no_violation(Test *test)
{
	g_assert_cmpuint(journal_violation_count(test->journal), ==,
			 test->violations);
}

static void setup(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	test->bytes = g_aligned_alloc0(RAM_SIZE, 1, PAGE);
	test->ram = ram_new();
	ram_set(test->ram, test->bytes, RAM_SIZE);
	test->journal = journal_new();
	test->stamps = stamps_new(test->journal);
	test->events = g_string_new(NULL);
	space_init(&test->space, &(SpaceConfig){
					 .format = &format,
					 .ram = test->ram,
					 .journal = test->journal,
					 .stamps = test->stamps,
					 .counters = &test->counters,
					 .device = "panfrost",
					 .name = "MMU 3",
					 .number = 3,
				 });
	space_listen(&test->space, on_event, test);
	set_entry(test, ROOT, VA >> 22, TABLE | PRESENT);
	for (guint i = 0; i < 16; i++)
		map(test, i, (DATA + i * PAGE) | RW);
	space_set_root(&test->space, ROOT);
	events(test, "table 0x10000 for 0x0\nresolved\n");
}

static void teardown(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	no_violation(test);
	events(test, "");
	space_clear(&test->space);
	g_string_free(test->events, TRUE);
	stamps_free(test->stamps);
	journal_free(test->journal);
	ram_free(test->ram);
	g_aligned_free(test->bytes);
}

static SpaceStatus read8(Test *test, uint64_t va)
{
	uint64_t value;

	return space_load(&test->space, va, &value, sizeof(value));
}

static SpaceStatus write8(Test *test, uint64_t va, uint64_t value)
{
	return space_store(&test->space, va, &value, sizeof(value));
}

static uint64_t data8(Test *test, uint64_t offset)
{
	uint64_t value;

	memcpy(&value, test->bytes + DATA + offset, sizeof(value));
	return value;
}

static void test_copy(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	uint8_t in[2 * PAGE], out[2 * PAGE];

	for (guint i = 0; i < sizeof(in); i++)
		in[i] = i * 7 + i / 256;
	g_assert_cmpint(space_store(&test->space, VA + 100, in, sizeof(in)), ==,
			SPACE_OK);
	g_assert_cmpmem(test->bytes + DATA + 100, sizeof(in), in, sizeof(in));
	g_assert_cmpint(space_load(&test->space, VA + 100, out, sizeof(out)),
			==, SPACE_OK);
	g_assert_cmpmem(in, sizeof(in), out, sizeof(out));
	g_assert_cmpint(space_load(&test->space, HOLE, out, 0), ==, SPACE_OK);
	g_assert_cmpuint(space_tlb_size(&test->space), ==, 3);
	g_assert_cmpuint(space_mapped(&test->space), ==, 16);
	g_assert_cmphex(test->space.access_va, ==, VA + 2 * PAGE);

	/* all or nothing */
	map(test, 9, 0);
	g_assert_cmpint(
		space_store(&test->space, VA + 8 * PAGE, in, sizeof(in)), ==,
		SPACE_FAULT);
	g_assert_cmphex(data8(test, 8 * PAGE), ==, 0);
	events(test, "fault absent write 0x409000 level 1\n");
}

/* One access that does not succeed. */
typedef struct {
	const char *name;
	uint64_t va;
	bool write;
	uint64_t entry; /* of VA's page; 0: leave it */
	uint64_t table; /* of VA's directory entry; 0: leave it */
	SpaceStatus status;
	const char *event;
	const char *violation;
} Failure;

static const Failure failures[] = {
	{"absent", HOLE + 8, false, 0, 0, SPACE_FAULT,
	 "fault absent read 0x410008 level 1\n", NULL},
	{"no-table", 0x800000, true, 0, 0, SPACE_FAULT,
	 "fault absent write 0x800000 level 0\n", NULL},
	{"range", 1ull << 32, false, 0, 0, SPACE_FAULT,
	 "fault range read 0x100000000 level 0\n", NULL},
	{"read-only", VA + 8, true, DATA | PRESENT | READ, 0, SPACE_FAULT,
	 "fault permission write 0x400008 level 1\n", NULL},
	{"write-only", VA + 8, false, DATA | PRESENT | WRITE, 0, SPACE_FAULT,
	 "fault permission read 0x400008 level 1\n", NULL},
	{"outside", VA + 8, false, 0xf0000000 | RW, 0, SPACE_OUTSIDE, "",
	 "MMU 3 address 0x400000 is mapped to 0xf0000000, outside RAM"},
	{"table-outside", VA + 8, false, 0, 0xf0000000 | PRESENT, SPACE_FAULT,
	 "fault table read 0x400008 level 1\n",
	 "MMU 3 address 0x400000: table of level 1 is outside RAM"},
};

static void test_failure(Test *test, gconstpointer data)
{
	const Failure *f = data;

	if (f->entry)
		map(test, 0, f->entry);
	if (f->table)
		set_entry(test, ROOT, VA >> 22, f->table);
	/* ahead of time, nobody is told */
	g_assert_false(space_prefetch(&test->space, f->va,
				      f->write ? SPACE_WRITE : SPACE_READ, NULL,
				      8));
	no_violation(test);
	events(test, "");
	g_assert_false(test->space.faulted);

	g_assert_cmpint(f->write ? write8(test, f->va, 1) : read8(test, f->va),
			==, f->status);
	g_assert_true(test->space.faulted == (f->status == SPACE_FAULT));
	events(test, f->event);
	if (f->violation)
		violation(test, f->violation);
	g_assert_cmpuint(space_tlb_size(&test->space), ==, 0);
}

static void test_stale(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	g_assert_cmpint(write8(test, VA, 1), ==, SPACE_OK);
	g_assert_cmpuint(test->counters.misses, ==, 1);
	/* remapped: the old page is read, a write is lost, one violation */
	map(test, 0, (DATA + 5 * PAGE) | RW);
	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	violation(test, "stale TLB entry used: MMU 3 address 0x400000: "
			"physical 0x20000 was cached, the table has 0x25000 "
			"now");
	g_assert_cmpint(write8(test, VA, 2), ==, SPACE_OK);
	g_assert_cmphex(data8(test, 0), ==, 1);
	g_assert_cmphex(data8(test, 5 * PAGE), ==, 0);
	/* the flush of another page does not help */
	space_flush(&test->space, VA + PAGE, VA + 2 * PAGE - 1);
	g_assert_cmpint(write8(test, VA, 2), ==, SPACE_OK);
	g_assert_cmphex(data8(test, 5 * PAGE), ==, 0);
	g_assert_cmpuint(test->counters.flushed, ==, 0);
	space_flush(&test->space, VA, VA);
	g_assert_cmpint(write8(test, VA, 2), ==, SPACE_OK);
	g_assert_cmphex(data8(test, 5 * PAGE), ==, 2);
	g_assert_cmpuint(test->counters.flushed, ==, 1);
	no_violation(test);

	/* rights that were taken away; an entry that is gone */
	map(test, 0, (DATA + 5 * PAGE) | PRESENT | READ);
	g_assert_cmpint(write8(test, VA, 3), ==, SPACE_OK);
	violation(test, "the table has 0x25000 now");
	g_assert_cmphex(data8(test, 5 * PAGE), ==, 2);
	space_flush(&test->space, 0, G_MAXUINT64);
	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	map(test, 0, 0);
	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	violation(test, "the table maps nothing, 0x0 now");
}

/* A translation that a prefetch cached counts as well. */
static void test_prefetch(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	uint8_t bytes[16];

	g_assert_cmpint(write8(test, VA, 0x1122334455667788), ==, SPACE_OK);
	g_assert_true(space_prefetch(&test->space, VA, SPACE_READ, bytes, 8));
	g_assert_cmphex(bytes[0], ==, 0x88);
	g_assert_true(space_prefetch(&test->space, VA + PAGE - 8, SPACE_WRITE,
				     NULL, 16));
	map(test, 1, 0);
	g_assert_true(
		space_prefetch(&test->space, VA + PAGE, SPACE_WRITE, NULL, 8));
	no_violation(test);
	g_assert_cmpint(write8(test, VA + PAGE, 1), ==, SPACE_OK);
	violation(test, "stale TLB entry used");
}

static void test_lock(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	space_lock(&test->space, VA + PAGE, VA + 2 * PAGE - 1);
	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	g_assert_cmpint(read8(test, VA + PAGE), ==, SPACE_LOCKED);
	g_assert_cmpint(read8(test, VA + 2 * PAGE - 8), ==, SPACE_LOCKED);
	g_assert_cmpint(read8(test, VA + 2 * PAGE), ==, SPACE_OK);
	events(test, "");
	space_unlock(&test->space);
	events(test, "unlocked\n");
	g_assert_cmpint(read8(test, VA + PAGE), ==, SPACE_OK);
}

static void test_table(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	Space *space = &test->space;

	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	/* a switch of tables flushes nothing */
	space_set_root(space, OTHER_ROOT);
	events(test, "table 0x12000 for 0x10000\nresolved\n");
	g_assert_cmpint(read8(test, VA), ==, SPACE_OK);
	violation(test, "the table maps nothing");
	/* taken away without a fault, and with one */
	space_set_root(space, 0);
	events(test, "table 0x0 for 0x12000\n");
	g_assert_false(space->killed);
	g_assert_cmpint(read8(test, VA), ==, SPACE_OFF);
	space_set_root(space, ROOT);
	g_assert_cmpint(read8(test, HOLE), ==, SPACE_FAULT);
	space_resolve(space);
	g_assert_false(space->faulted);
	g_assert_cmpint(read8(test, HOLE), ==, SPACE_FAULT);
	space_set_root(space, 0);
	events(test, "table 0x10000 for 0x0\nresolved\n"
		     "fault absent read 0x410000 level 1\nresolved\n"
		     "fault absent read 0x410000 level 1\n"
		     "table 0x0 for 0x10000 faulted\n");
	g_assert_true(space->killed);
	g_assert_false(space->faulted);

	space_reset(space);
	events(test, "");
	g_assert_false(space->killed);
	g_assert_cmpuint(space_tlb_size(space), ==, 0);
}

static void test_stamps(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	static const char rule[] = "expect panfrost 3 400000 17 7 1";
	struct sb_stamp stamp = {SB_STAMP_MAGIC, 7, 0, 1, ~(7u ^ 0u ^ 1u)};

	g_assert_cmpint(stamps_command(test->stamps, rule, strlen(rule)), ==,
			0);
	memcpy(test->bytes + DATA, &stamp, sizeof(stamp));
	g_assert_cmpint(read8(test, VA + 100), ==, SPACE_OK);
	no_violation(test);
	g_assert_cmpint(write8(test, VA + PAGE + 100, 1), ==, SPACE_OK);
	violation(test, "expected BO 7 page 1");
	g_assert_cmpint(read8(test, HOLE), ==, SPACE_FAULT);
	violation(test, "found no page");
	events(test, "fault absent read 0x410000 level 1\n");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Test *test, gconstpointer unused);
	} tests[] = {
		{"/space/copy", test_copy},
		{"/space/lock", test_lock},
		{"/space/prefetch", test_prefetch},
		{"/space/stale", test_stale},
		{"/space/stamps", test_stamps},
		{"/space/table", test_table},
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, Test, NULL, setup, tests[i].run,
			   teardown);
	for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
		g_autofree char *path =
			g_strconcat("/space/fails/", failures[i].name, NULL);

		g_test_add(path, Test, &failures[i], setup, test_failure,
			   teardown);
	}
	return g_test_run();
}
