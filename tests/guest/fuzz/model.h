/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reference model: the state that kernel and devices must have after the calls that
 * the processes have made so far. A BO is in one of five states:
 *
 *   no pages     !device_used
 *   pinned       device_used, but shared, or of a kind that is never counted
 *   evictable    fuzz_evictable()
 *   evicted      gone is GONE_YES, not purged
 *   purged       purged
 *
 * Pages that only the CPU has used make no visible difference, so they count as "no
 * pages". After memory pressure, the model does not know which BOs were reclaimed: gone
 * is GONE_MAYBE until something shows it. Only BOs that could be evictable can be
 * GONE_MAYBE.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "worker.h"

#define FUZZ_BOS 16
#define FUZZ_JOBS 64

enum fuzz_gone { GONE_NO, GONE_MAYBE, GONE_YES };

/**
 * struct fuzz_map - a mapping in a process
 * @address: 0 when there is none
 * @present: pages that the process's page tables have
 * @vague: @present is not known
 * @dmabuf: descriptor, or -1
 */
struct fuzz_map {
	uint64_t address;
	uint64_t present;
	bool vague;
	int dmabuf;
};

/**
 * struct fuzz_user - what a file has of a BO
 * @handle: GEM handle in the BO's own device, or 0
 * @va: GPU address of @handle (panfrost)
 * @import: handle of a virtio-gpu BO in panfrost, or 0
 * @import_va: GPU address of @import
 */
struct fuzz_user {
	uint32_t handle;
	uint64_t va;
	uint32_t import;
	uint64_t import_va;
};

/**
 * struct fuzz_bo - a BO
 * @live: this entry is in use
 * @number: BO number in the stamps, never reused
 * @generation: of the last stamp that was written
 * @page: what it holds
 * @host: what the host's copy of it holds (virtio-gpu)
 * @used: time of the last use, for the order in which BOs are reclaimed
 * @order_vague: the last use may have been later
 * @device_used: has pages that the device has, or had
 * @attached: the host has its pages as backing; if gone is GONE_MAYBE: the host had
 *	them, and only an eviction can have changed that
 * @shared: was exported
 * @dontneed: the advice
 * @readers: held work that reads it
 * @written: held work writes it
 */
struct fuzz_bo {
	bool live;
	enum fuzz_kind kind;
	unsigned int pages;
	uint32_t number;
	uint32_t generation;
	uint32_t resource;
	struct fuzz_page page[FUZZ_PAGES];
	struct fuzz_page host[FUZZ_PAGES];
	struct fuzz_map map[FUZZ_PROCESSES];
	struct fuzz_user user[FUZZ_FILES];
	uint64_t used;
	bool order_vague;
	bool device_used;
	bool attached;
	bool shared;
	bool dontneed;
	bool purged;
	enum fuzz_gone gone;
	unsigned int readers;
	bool written;
};

/* A job that waits for the gate. */
struct fuzz_job {
	unsigned int process;
	unsigned int number;
};

/**
 * struct fuzz - the whole state
 * @clock: counts uses
 * @held: the host holds fenced commands
 * @gate: sync file of the first of these, -1 if not @held
 * @gpu: the master's own file
 * @jobs: panfrost jobs that wait for @gate
 * @pressure: process that keeps memory short, or 0
 */
struct fuzz {
	uint64_t seed;
	unsigned int index;
	bool verbose;
	char words[256];
	uint32_t numbers;
	uint64_t clock;
	struct fuzz_bo bo[FUZZ_BOS];
	bool held;
	int gate;
	int gpu;
	struct fuzz_job job[FUZZ_JOBS];
	unsigned int job_count;
	pid_t pressure;
};

enum fuzz_device fuzz_device(const struct fuzz_bo *bo);
bool fuzz_is_virtio(const struct fuzz_bo *bo);
bool fuzz_busy(const struct fuzz_bo *bo);

/* Counted by the shrinker, unless it is gone. */
bool fuzz_countable(const struct fuzz_bo *bo);
bool fuzz_evictable(const struct fuzz_bo *bo);
/* The range of counts that the shrinker may report, in pages. */
void fuzz_count(const struct fuzz *fuzz, enum fuzz_device device,
		unsigned long *least, unsigned long *most);

/* Update the model after these events. */
void fuzz_touch(struct fuzz *fuzz, struct fuzz_bo *bo);
void fuzz_used_by_device(struct fuzz *fuzz, struct fuzz_bo *bo);
void fuzz_evict(struct fuzz_bo *bo);
void fuzz_purge(struct fuzz_bo *bo);
/* Pages from @first on were accessed through @map. */
void fuzz_accessed(struct fuzz *fuzz, struct fuzz_bo *bo, struct fuzz_map *map,
		   unsigned int first, unsigned int count);
/* Forget a BO that nothing refers to any more. */
void fuzz_drop(struct fuzz_bo *bo);

/* After memory pressure: any BO that is evictable may be gone. */
void fuzz_doubt(struct fuzz *fuzz);

/*
 * The BOs that a scan of @device for @pages pages reclaims, in order: idle BOs that
 * are not needed, then, if these are not enough, other idle BOs. Returns their
 * number.
 */
unsigned int fuzz_scan(struct fuzz *fuzz, enum fuzz_device device,
		       unsigned long pages, struct fuzz_bo *which[FUZZ_BOS]);

#endif
