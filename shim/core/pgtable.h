/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GPU page tables in guest RAM. A format is data, so that every model uses the
 * same walk; the sources of the formats in use today and of those in the unit
 * tests are named beside them. Entries are little-endian.
 */
#ifndef SHIM_PGTABLE_H
#define SHIM_PGTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ram.h"

#define PGTABLE_LEVELS_MAX 4

/* What a mapping allows. */
#define PGTABLE_READ 0x1u
#define PGTABLE_WRITE 0x2u
#define PGTABLE_EXEC 0x4u

/**
 * PgtableBits - a property that an entry has if (entry & @mask) == @value
 *
 * PGTABLE_ALWAYS and PGTABLE_NEVER do not depend on the entry.
 */
typedef struct {
	uint64_t mask;
	uint64_t value;
} PgtableBits;

#define PGTABLE_ALWAYS                                                         \
	{                                                                      \
		0, 0                                                           \
	}
#define PGTABLE_NEVER                                                          \
	{                                                                      \
		0, 1                                                           \
	}

/**
 * PgtableLevel - the tables of one level
 *
 * @shift: lowest bit of the address that selects an entry, at least 12. A leaf
 *	maps 2^@shift bytes.
 * @bits: how many bits of the address select the entry
 * @leaf: the entry maps memory
 * @table: the entry points to a table of the next level; PGTABLE_NEVER at the
 *	last level
 */
typedef struct {
	unsigned int shift;
	unsigned int bits;
	PgtableBits leaf;
	PgtableBits table;
} PgtableLevel;

/**
 * PgtableFormat - a page-table format
 *
 * @va_bits: width of an address; the levels together use all of it
 * @entry_size: bytes of an entry, 4 or 8
 * @address: bits of an entry that are the address of a page or table
 * @address_shift: that address is shifted left by this (0 if the entry has the
 *	bits in their place)
 * @absent: the entry maps nothing. One that is neither absent nor leaf nor
 *	table is malformed.
 * @read, @write, @exec: what a leaf allows
 */
typedef struct {
	unsigned int va_bits;
	unsigned int entry_size;
	uint64_t address;
	unsigned int address_shift;
	PgtableBits absent;
	PgtableBits read;
	PgtableBits write;
	PgtableBits exec;
	unsigned int levels;
	PgtableLevel level[PGTABLE_LEVELS_MAX];
} PgtableFormat;

/**
 * PgtableMapping - where an address leads
 *
 * @va: first address of the block; for pgtable_walk() that of the page
 * @pa: physical address of the same byte
 * @len: bytes; for pgtable_walk() RAM_PAGE_SIZE
 * @rights: PGTABLE_READ and so on
 * @level: of the last entry that was read, 0 is the root's
 */
typedef struct {
	uint64_t va;
	uint64_t pa;
	uint64_t len;
	unsigned int rights;
	unsigned int level;
} PgtableMapping;

typedef enum {
	PGTABLE_MAPPED,
	PGTABLE_ABSENT,
	PGTABLE_MALFORMED, /* an entry of no known type, or a misaligned leaf */
	PGTABLE_OUTSIDE, /* a table that is not in RAM */
} PgtableResult;

/*
 * Look up the page of @va in the table at @root. @va has at most
 * format->va_bits bits. Without PGTABLE_MAPPED only ->va and ->level are valid.
 * The physical address may be outside RAM.
 */
PgtableResult pgtable_walk(const PgtableFormat *format, Ram *ram, uint64_t root,
			   uint64_t va, PgtableMapping *to);

typedef void (*PgtableFn)(void *user, const PgtableMapping *block);

/*
 * Call @fn for each block that @root maps, in order of addresses; @root 0 maps
 * nothing. False if the tables are so many that the rest was left out, as when
 * they form a loop.
 */
bool pgtable_each(const PgtableFormat *format, Ram *ram, uint64_t root,
		  PgtableFn fn, void *user);

/* Pages of RAM_PAGE_SIZE that @root maps, as pgtable_each() finds them. */
uint64_t pgtable_count(const PgtableFormat *format, Ram *ram, uint64_t root);

#endif
