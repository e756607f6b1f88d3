// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/pgtable.h"

#include <glib.h>
#include <string.h>

/* More tables than this in one address space are taken for a loop. */
#define TABLES_MAX 16384u

static bool has(uint64_t entry, const PgtableBits *bits)
{
	return (entry & bits->mask) == bits->value;
}

static bool load_entry(const PgtableFormat *format, Ram *ram, uint64_t table,
		       uint64_t index, uint64_t *entry)
{
	*entry = 0;
	return ram_read(ram, table + index * format->entry_size, entry,
			format->entry_size);
}

static uint64_t address_of(const PgtableFormat *format, uint64_t entry)
{
	return (entry & format->address) << format->address_shift;
}

static unsigned int rights_of(const PgtableFormat *format, uint64_t entry)
{
	return (has(entry, &format->read) ? PGTABLE_READ : 0) |
	       (has(entry, &format->write) ? PGTABLE_WRITE : 0) |
	       (has(entry, &format->exec) ? PGTABLE_EXEC : 0);
}

PgtableResult pgtable_walk(const PgtableFormat *format, Ram *ram, uint64_t root,
			   uint64_t va, PgtableMapping *to)
{
	uint64_t table = root;

	memset(to, 0, sizeof(*to));
	to->va = va - va % RAM_PAGE_SIZE;
	to->len = RAM_PAGE_SIZE;
	for (to->level = 0; to->level < format->levels; to->level++) {
		const PgtableLevel *level = &format->level[to->level];
		uint64_t index =
			va >> level->shift & ((1ull << level->bits) - 1);
		uint64_t in_block = (1ull << level->shift) - 1;
		uint64_t entry;

		if (!load_entry(format, ram, table, index, &entry))
			return PGTABLE_OUTSIDE;
		if (has(entry, &level->leaf)) {
			if (address_of(format, entry) & in_block)
				return PGTABLE_MALFORMED;
			to->pa =
				address_of(format, entry) | (to->va & in_block);
			to->rights = rights_of(format, entry);
			return PGTABLE_MAPPED;
		}
		if (!has(entry, &level->table))
			return has(entry, &format->absent) ? PGTABLE_ABSENT
							   : PGTABLE_MALFORMED;
		table = address_of(format, entry);
	}
	g_assert_not_reached();
}

typedef struct {
	const PgtableFormat *format;
	Ram *ram;
	PgtableFn fn;
	void *user;
	unsigned int tables; /* left to visit */
} Each;

static void each_entry(Each *each, uint64_t table, unsigned int n, uint64_t va)
{
	const PgtableFormat *format = each->format;
	const PgtableLevel *level = &format->level[n];

	for (uint64_t i = 0; i < 1ull << level->bits && each->tables; i++) {
		uint64_t at = va | i << level->shift;
		uint64_t entry;

		if (!load_entry(format, each->ram, table, i, &entry))
			return;
		if (has(entry, &level->leaf)) {
			const PgtableMapping block = {
				.va = at,
				.pa = address_of(format, entry),
				.len = 1ull << level->shift,
				.rights = rights_of(format, entry),
				.level = n,
			};

			each->fn(each->user, &block);
		} else if (has(entry, &level->table)) {
			each->tables--;
			each_entry(each, address_of(format, entry), n + 1, at);
		}
	}
}

bool pgtable_each(const PgtableFormat *format, Ram *ram, uint64_t root,
		  PgtableFn fn, void *user)
{
	Each each = {format, ram, fn, user, TABLES_MAX};

	if (root)
		each_entry(&each, root, 0, 0);
	return each.tables > 0;
}

static void add_pages(void *user, const PgtableMapping *block)
{
	uint64_t *pages = user;

	*pages += block->len / RAM_PAGE_SIZE;
}

uint64_t pgtable_count(const PgtableFormat *format, Ram *ram, uint64_t root)
{
	uint64_t pages = 0;

	pgtable_each(format, ram, root, add_pages, &pages);
	return pages;
}
