// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/map.h"

#define HEX48 "0x%012" G_GINT64_MODIFIER "x"
/* Longest map, in lines; the rest is left out. */
#define MAP_LINES_MAX 65536u

/* The map being written */
typedef struct {
	GString *out;
	PgtableMapping all; /* blocks joined so far; ->len 0: none */
	unsigned int lines;
} Range;

static void end_range(Range *range)
{
	const PgtableMapping *all = &range->all;

	if (all->len && range->lines++ < MAP_LINES_MAX)
		g_string_append_printf(range->out,
				       HEX48 " "
					     "%" G_GUINT64_FORMAT
					     " pages pa " HEX48 " %c%c%c\n",
				       all->va, all->len / RAM_PAGE_SIZE,
				       all->pa,
				       all->rights & PGTABLE_READ ? 'r' : '-',
				       all->rights & PGTABLE_WRITE ? 'w' : '-',
				       all->rights & PGTABLE_EXEC ? 'x' : '-');
	range->all.len = 0;
}

static void add_block(void *user, const PgtableMapping *block)
{
	Range *range = user;
	PgtableMapping *all = &range->all;

	if (all->len && block->va == all->va + all->len &&
	    block->pa == all->pa + all->len && block->rights == all->rights) {
		all->len += block->len;
		return;
	}
	end_range(range);
	*all = *block;
}

void map_show(const Space *space, GString *out)
{
	Range range = {.out = out};
	bool whole = space_each(space, add_block, &range);

	end_range(&range);
	if (!whole || range.lines > MAP_LINES_MAX)
		g_string_append(out, "(cut short)\n");
}
