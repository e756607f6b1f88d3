// SPDX-License-Identifier: GPL-2.0-only
/*
 * From names to sites: the blocks of a function are where it calls the callback.
 */
#include <linux/kallsyms.h>
#include <linux/unaligned.h>

#include "race.h"

#define CALL 0xe8 /* call rel32 */
#define CALL_SIZE 5

/**
 * struct search - a search for a block
 * @block: its number
 * @symbols: functions of the name
 * @instrumented: those with blocks
 * @function: the first of them
 * @address: that of the block in it, or 0
 */
struct search {
	unsigned int block;
	unsigned int symbols;
	unsigned int instrumented;
	unsigned long function;
	unsigned long address;
};

static bool is_call(unsigned long at)
{
	const u8 *code = (const u8 *)at;

	return *code == CALL &&
	       at + CALL_SIZE + (s32)get_unaligned_le32(code + 1) ==
		       (unsigned long)__sanitizer_cov_trace_pc;
}

static int look_at(void *data, unsigned long function)
{
	struct search *search = data;
	unsigned long size, offset, at;
	unsigned int blocks = 0;

	search->symbols++;
	if (!kallsyms_lookup_size_offset(function, &size, &offset))
		return 0;
	for (at = function; at + CALL_SIZE <= function + size; at++) {
		if (!is_call(at))
			continue;
		if (!search->instrumented && blocks == search->block)
			search->address = at + CALL_SIZE;
		blocks++;
	}
	if (blocks && !search->instrumented++)
		search->function = function;
	return 0;
}

enum race_error race_find(const char *function, bool exit, unsigned int block,
			  struct race_site *site)
{
	struct search search = { .block = exit ? 0 : block };

	kallsyms_on_each_match_symbol(look_at, function, &search);
	if (!search.symbols)
		return RACE_NO_FUNCTION;
	if (!search.instrumented)
		return RACE_NOT_INSTRUMENTED;
	if (search.instrumented > 1)
		return RACE_AMBIGUOUS;
	if (!search.address)
		return RACE_NO_BLOCK;
	site->exit = exit;
	site->address = exit ? search.function : search.address;
	return RACE_FOUND;
}
