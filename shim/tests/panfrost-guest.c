// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panfrost-guest.h"

#define PAGE 4096u
/* A bit of a table entry that io-pgtable uses, and no hardware */
#define PTE_SW_SYNC (1ull << 55)
#define TRANSTAB_READ_INNER (1u << 2)
/* What else the driver sets: flush at start and end, thread priority */
#define CONFIG_DRIVER (8u << 16 | 0x3300)

typedef struct {
	uint64_t root;
	unsigned int level;
	uint64_t prefix; /* of the addresses that it maps */
	uint64_t pa;
} Table;

PanfrostJob panfrost_job(unsigned int type, unsigned int index)
{
	return (PanfrostJob){.control = 1 | type << 1 | index << 16};
}

PanfrostJob panfrost_write_job(unsigned int index, uint64_t va, uint32_t type,
			       uint64_t value)
{
	PanfrostJob job = panfrost_job(JOB_TYPE_WRITE_VALUE, index);

	job.write.address = va;
	job.write.type = type;
	job.write.value = value;
	return job;
}

PanfrostJob panfrost_our_job(unsigned int index, struct sb_panfrost_job ours)
{
	PanfrostJob job = panfrost_job(SB_PANFROST_JOB_TYPE, index);

	job.ours = ours;
	return job;
}

void panfrost_guest_init(PanfrostGuest *guest)
{
	guest->tables = g_array_new(FALSE, FALSE, sizeof(Table));
}

void panfrost_guest_clear(PanfrostGuest *guest)
{
	g_array_unref(guest->tables);
}

uint64_t panfrost_page(PanfrostGuest *guest)
{
	guest->free_page += PAGE;
	return guest->free_page - PAGE;
}

static uint64_t entry_in(uint64_t table, uint64_t va, unsigned int level)
{
	return table + (va >> PTE_SHIFT(level) & 511) * sizeof(uint64_t);
}

/* The table of @level for @va, whose entry is at @entry. */
static uint64_t find_table(PanfrostGuest *guest, uint64_t root, uint64_t va,
			   unsigned int level, uint64_t entry)
{
	Table table = {root, level, va >> PTE_SHIFT(level) >> 9, 0};
	uint64_t value;

	for (guint i = 0; i < guest->tables->len; i++) {
		const Table *t = &g_array_index(guest->tables, Table, i);

		if (t->root == root && t->level == level &&
		    t->prefix == table.prefix)
			return t->pa;
	}
	table.pa = panfrost_page(guest);
	g_array_append_val(guest->tables, table);
	value = table.pa | PTE_TYPE_TABLE | PTE_SW_SYNC;
	guest->write_ram(guest->user, entry, &value, sizeof(value));
	return table.pa;
}

uint64_t panfrost_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level)
{
	uint64_t entry = entry_in(root, va, 0);

	for (unsigned int l = 1; l <= level; l++)
		entry = entry_in(find_table(guest, root, va, l, entry), va, l);
	return entry;
}

void panfrost_set_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level, uint64_t value)
{
	guest->write_ram(guest->user, panfrost_entry(guest, root, va, level),
			 &value, sizeof(value));
}

void panfrost_map(PanfrostGuest *guest, uint64_t root, uint64_t va, uint64_t pa,
		  uint64_t bits)
{
	panfrost_set_entry(guest, root, va, 3, pa | bits | PTE_TYPE_LEAF);
}

uint32_t panfrost_js(unsigned int slot, uint32_t reg)
{
	return JS_BASE + slot * JS_STRIDE + reg;
}

uint32_t panfrost_as(unsigned int as, uint32_t reg)
{
	return AS_BASE + as * AS_STRIDE + reg;
}

static void write32(PanfrostGuest *guest, uint32_t reg, uint32_t value)
{
	guest->write_register(guest->user, reg, value);
}

void panfrost_write64(PanfrostGuest *guest, uint32_t reg, uint64_t value)
{
	write32(guest, reg, (uint32_t)value);
	write32(guest, reg + 4, (uint32_t)(value >> 32));
}

void panfrost_power_on(PanfrostGuest *guest)
{
	write32(guest, GPU_PWRON + 2 * POWER_STRIDE, 1);
	write32(guest, GPU_PWRON, (uint32_t)SHADER_PRESENT);
	write32(guest, GPU_PWRON + POWER_STRIDE, 1);
}

void panfrost_flush(PanfrostGuest *guest, unsigned int as, uint64_t va,
		    unsigned int log2, uint32_t command)
{
	panfrost_write64(guest, panfrost_as(as, AS_LOCKADDR),
			 (va & ~0xfffull) | (log2 - 1));
	write32(guest, panfrost_as(as, AS_COMMAND), AS_COMMAND_LOCK);
	write32(guest, panfrost_as(as, AS_COMMAND), command);
}

void panfrost_set_root(PanfrostGuest *guest, unsigned int as, uint64_t root)
{
	panfrost_write64(guest, panfrost_as(as, AS_TRANSTAB),
			 root ? root | TRANSTAB_READ_INNER | AS_TRANSTAB_TABLE
			      : 0);
	panfrost_write64(guest, panfrost_as(as, AS_MEMATTR),
			 root ? 0x888d88 : 0);
	write32(guest, panfrost_as(as, AS_COMMAND), AS_COMMAND_UPDATE);
}

void panfrost_submit(PanfrostGuest *guest, unsigned int slot, uint64_t head,
		     uint32_t config)
{
	panfrost_write64(guest, panfrost_js(slot, JS_HEAD_NEXT), head);
	panfrost_write64(guest, panfrost_js(slot, JS_AFFINITY_NEXT),
			 SHADER_PRESENT);
	write32(guest, panfrost_js(slot, JS_CONFIG_NEXT),
		config | CONFIG_DRIVER);
	write32(guest, panfrost_js(slot, JS_COMMAND_NEXT), JS_COMMAND_START);
}
