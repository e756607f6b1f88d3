// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples of what the kernel and its shrinkers count.
 */

#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "timeline.h"

#define SB_SHRINKERS_MAX 64

/**
 * struct sb_counted - what a shrinker counted last
 * @shrinker: which; only compared
 * @count: objects
 */
struct sb_counted {
	const struct shrinker *shrinker;
	unsigned long count;
};

static struct sb_counted *counted;
static unsigned int num_counted;

static unsigned long kib(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

/**
 * sb_sample_memory_init - allocate what samples need
 *
 * Return: 0, or -ENOMEM.
 */
int sb_sample_memory_init(void)
{
	counted = kcalloc(SB_SHRINKERS_MAX, sizeof(*counted), GFP_KERNEL);
	return counted ? 0 : -ENOMEM;
}

static const char *name_of(const struct shrinker *shrinker)
{
#ifdef CONFIG_SHRINKER_DEBUG
	return shrinker->name;
#else
	return NULL;
#endif
}

/* Caches of files are many, and not what the bench is about. */
static bool is_wanted(const struct shrinker *shrinker)
{
	const char *name = name_of(shrinker);

	return name && strncmp(name, "sb-", 3);
}

static void note_count(const struct shrinker *shrinker, unsigned long count)
{
	unsigned int i;

	for (i = 0; i < num_counted; i++)
		if (counted[i].shrinker == shrinker)
			break;
	if (i == num_counted) {
		if (i == SB_SHRINKERS_MAX)
			return;
		counted[num_counted++].shrinker = shrinker;
	} else if (counted[i].count == count) {
		return;
	}
	counted[i].count = count;
	sb_sample_line("shrinker %lu %s", count, name_of(shrinker));
}

/* As shrink_slab() walks them, but none is asked to scan. */
static void sample_shrinkers(void)
{
	struct shrinker *shrinker;

	rcu_read_lock();
	list_for_each_entry_rcu(shrinker, &shrinker_list, list) {
		struct shrink_control sc = { .gfp_mask = GFP_KERNEL };
		unsigned long count;

		if (!is_wanted(shrinker) || !shrinker_try_get(shrinker))
			continue;
		rcu_read_unlock();
		count = shrinker->count_objects(shrinker, &sc);
		note_count(shrinker, count == SHRINK_EMPTY ? 0 : count);
		rcu_read_lock();
		shrinker_put(shrinker);
	}
	rcu_read_unlock();
}

/**
 * sb_sample_memory - note what has changed in memory and in the shrinkers' counts
 *
 * Context: the sampler only.
 */
void sb_sample_memory(void)
{
	static unsigned long last[3];
	unsigned long now[] = {
		kib(global_zone_page_state(NR_FREE_PAGES)),
		kib(global_node_page_state(NR_SHMEM)),
		kib(total_swap_pages - get_nr_swap_pages()),
	};

	if (memcmp(last, now, sizeof(now))) {
		memcpy(last, now, sizeof(now));
		sb_sample_line("mem %lu %lu %lu", now[0], now[1], now[2]);
	}
	sample_shrinkers();
}
