// SPDX-License-Identifier: GPL-2.0-or-later
#include "model.h"

#include <string.h>

/* Pages of the BO with a job's own data, which counts like any other BO. */
#define JOB_PAGES 8

enum fuzz_device fuzz_device(const struct fuzz_bo *bo)
{
	return bo->kind < FUZZ_NORMAL ? FUZZ_VIRTIO : FUZZ_PANFROST;
}

bool fuzz_is_virtio(const struct fuzz_bo *bo)
{
	return fuzz_device(bo) == FUZZ_VIRTIO;
}

bool fuzz_busy(const struct fuzz_bo *bo)
{
	return bo->readers || bo->written;
}

bool fuzz_countable(const struct fuzz_bo *bo)
{
	return bo->live && bo->device_used && !bo->shared && !bo->purged &&
	       bo->kind != FUZZ_BLOB && bo->kind != FUZZ_HEAP;
}

bool fuzz_evictable(const struct fuzz_bo *bo)
{
	return fuzz_countable(bo) && bo->gone == GONE_NO;
}

void fuzz_count(const struct fuzz *fuzz, enum fuzz_device device,
		unsigned long *least, unsigned long *most)
{
	*least = *most = 0;
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		const struct fuzz_bo *bo = &fuzz->bo[i];

		if (!fuzz_countable(bo) || fuzz_device(bo) != device)
			continue;
		if (bo->gone == GONE_NO)
			*least += bo->pages;
		if (bo->gone != GONE_YES)
			*most += bo->pages;
	}
	if (device == FUZZ_PANFROST) {
		*least += fuzz->job_count * JOB_PAGES;
		*most += fuzz->job_count * JOB_PAGES;
	}
}

void fuzz_touch(struct fuzz *fuzz, struct fuzz_bo *bo)
{
	bo->used = ++fuzz->clock;
	bo->order_vague = false;
}

void fuzz_used_by_device(struct fuzz *fuzz, struct fuzz_bo *bo)
{
	bo->device_used = true;
	bo->gone = GONE_NO;
	bo->attached = fuzz_is_virtio(bo);
	fuzz_touch(fuzz, bo);
}

/* The page tables of all processes have none of its pages any more. */
static void unmap_all(struct fuzz_bo *bo)
{
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++) {
		bo->map[i].present = 0;
		bo->map[i].vague = false;
	}
	bo->attached = false;
	bo->gone = GONE_YES;
}

void fuzz_evict(struct fuzz_bo *bo)
{
	unmap_all(bo);
}

void fuzz_purge(struct fuzz_bo *bo)
{
	unmap_all(bo);
	bo->purged = true;
}

void fuzz_accessed(struct fuzz *fuzz, struct fuzz_bo *bo, struct fuzz_map *map,
		   unsigned int first, unsigned int count)
{
	uint64_t bits = (count < 64 ? (1ull << count) - 1 : ~0ull) << first;
	bool faulted = bits & ~map->present;

	map->present |= bits;
	if (!bo->device_used || bo->purged)
		return;
	if (bo->gone == GONE_YES || (faulted && !map->vague))
		fuzz_touch(fuzz, bo);
	else if (map->vague || bo->gone == GONE_MAYBE)
		bo->order_vague = true;
	/* If it was evicted before, the host does not have these pages. */
	if (bo->gone == GONE_MAYBE)
		bo->attached = false;
	if (bo->gone == GONE_YES)
		bo->gone = GONE_NO;
}

void fuzz_drop(struct fuzz_bo *bo)
{
	bool used = fuzz_busy(bo);

	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++)
		used |= bo->map[i].address || bo->map[i].dmabuf != -1;
	for (unsigned int i = 0; i < FUZZ_FILES; i++)
		used |= bo->user[i].handle || bo->user[i].import;
	if (!used)
		bo->live = false;
}

void fuzz_doubt(struct fuzz *fuzz)
{
	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[i];

		if (!fuzz_evictable(bo) || fuzz_busy(bo) ||
		    (!fuzz_is_virtio(bo) && !bo->dontneed))
			continue;
		bo->gone = GONE_MAYBE;
		for (unsigned int p = 0; p < FUZZ_PROCESSES; p++)
			bo->map[p].vague = true;
	}
}

/* The idle BO with that advice that was used least recently. */
static struct fuzz_bo *next_victim(struct fuzz *fuzz, enum fuzz_device device,
				   bool dontneed, struct fuzz_bo **taken,
				   unsigned int count)
{
	struct fuzz_bo *best = NULL;

	for (unsigned int i = 0; i < FUZZ_BOS; i++) {
		struct fuzz_bo *bo = &fuzz->bo[i];
		bool is_taken = false;

		for (unsigned int j = 0; j < count; j++)
			is_taken |= taken[j] == bo;
		if (!is_taken && fuzz_evictable(bo) && !fuzz_busy(bo) &&
		    fuzz_device(bo) == device && bo->dontneed == dontneed &&
		    (!best || bo->used < best->used))
			best = bo;
	}
	return best;
}

unsigned int fuzz_scan(struct fuzz *fuzz, enum fuzz_device device,
		       unsigned long pages, struct fuzz_bo *which[FUZZ_BOS])
{
	unsigned int count = 0;
	unsigned long freed = 0;

	for (int dontneed = 1; dontneed >= 0; dontneed--) {
		/* Panfrost evicts nothing. */
		if (!dontneed && device == FUZZ_PANFROST)
			break;
		while (freed < pages) {
			struct fuzz_bo *bo = next_victim(fuzz, device, dontneed,
							 which, count);

			if (!bo)
				break;
			which[count++] = bo;
			freed += bo->pages;
		}
	}
	return count;
}
