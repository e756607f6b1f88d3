/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the Mali-T860 model; the outside is panfrost_new() in device.h.
 * panfrost.c dispatches registers, gpu.c is the GPU control block, mmu.c the
 * address spaces, jobs.c the job slots, exec.c one job, tree.c what people can
 * read.
 */
#ifndef MODELS_PANFROST_PANFROST_H
#define MODELS_PANFROST_PANFROST_H

#include "core/device.h"
#include "core/pgtable.h"

#define PANFROST_NAME "panfrost"
#define PANFROST_SLOTS 3u
#define PANFROST_SPACES 8u
#define PANFROST_DOMAINS 3u
#define PANFROST_TEXTURE_FEATURES 4u

/* Guest time that a job chain takes; a `delay` rule adds to it. */
#define PANFROST_JOB_NS 200000ull
/* While work is held the guest ticks this often, and so sees a release. */
#define PANFROST_POLL_NS 10000000ull
/* GPU clock: 500 MHz */
#define PANFROST_CYCLE_NS 2ull

/* A chain with more jobs than there are indices is a loop. */
#define PANFROST_CHAIN_MAX 65536u
/* Longest copy, checksum or stamp check; a longer one is a config fault. */
#define PANFROST_RANGE_MAX (256ull << 20)
#define PANFROST_HISTORY 256u

typedef struct Panfrost Panfrost;

/**
 * PanfrostPending - something that takes time, and that faults.h can hold back
 *
 * @kind: as in faults.h
 * @held: a rule holds it back, for as long as one holds @kind
 * @due_ns: guest time; G_MAXUINT64 for never (only a reset ends it)
 */
typedef struct {
	bool active;
	bool held;
	const char *kind;
	uint64_t due_ns;
} PanfrostPending;

/* One of the three interrupt register banks, level-triggered. */
typedef struct {
	uint32_t raw;
	uint32_t mask;
	unsigned int line;
} PanfrostIrq;

typedef struct {
	const char *name;
	uint64_t present;
	uint64_t ready;
	uint64_t on; /* bits on their way to ready, while @pending */
	uint64_t off;
	PanfrostPending pending;
} PanfrostDomain;

/* Values are those of the access type in AS_FAULTSTATUS. */
typedef enum {
	PANFROST_READ = 2,
	PANFROST_WRITE = 3,
} PanfrostAccess;

/**
 * PanfrostMmuStatus - how an access through an address space ended
 *
 * MMU_FAULT: the driver has been told (MMU interrupt); wait until it has
 *	mapped the page, or has taken the table away
 * MMU_LOCKED: the page is in the locked region; wait until it is unlocked
 * MMU_BUS: the entry points outside RAM; the access fails now
 * MMU_NO_TABLE: the address space is off; likewise
 */
typedef enum {
	MMU_OK,
	MMU_FAULT,
	MMU_LOCKED,
	MMU_BUS,
	MMU_NO_TABLE,
} PanfrostMmuStatus;

/**
 * PanfrostAs - an address space
 *
 * @transtab, @memattr, @lockaddr: registers as written
 * @root: physical address of the table in effect, since the last UPDATE; 0:
 *	none
 * @access_va: address of the last access
 * @faulted: a fault has been reported that nobody has resolved
 * @killed: switched off because of a fault: that jobs still start on it is
 *	the driver's right, they just fail
 * @locked, @lock_first, @lock_last: locked region, both ends included
 * @tlb: VA page number -> cached translation, until it is flushed
 * @command: what @pending will do, with the registers as they were
 * @garbage: nonsense that AS_STATUS shall read as, once
 */
typedef struct {
	uint64_t transtab;
	uint64_t memattr;
	uint64_t lockaddr;
	uint32_t fault_status;
	uint64_t fault_address;
	uint64_t access_va;
	uint64_t root;
	bool faulted;
	bool killed;
	bool locked;
	uint64_t lock_first;
	uint64_t lock_last;
	GHashTable *tlb;
	PanfrostPending pending;
	uint32_t command;
	uint64_t command_transtab;
	uint64_t command_lockaddr;
	uint32_t garbage;
} PanfrostAs;

/**
 * PanfrostSlot - a job slot: the chain that runs, and the next one
 *
 * @active: a chain runs; @fault says what shall become of it
 * @wait: MMU_FAULT or MMU_LOCKED while it waits for the MMU, else MMU_OK
 * @wait_access: the access that waits
 * @fault_va: address whose access made the chain wait or fail
 * @at: job that runs or will run next
 * @jobs: how many have completed
 * @seen: indices that have completed, a bit each
 * @resumed: continues a soft-stopped chain, whose earlier indices are unknown
 * @stopped_root, @stopped_at: where the last soft-stopped chain goes on.
 *	Survives a GPU reset, as the chain does.
 */
typedef struct {
	uint64_t head_next;
	uint64_t affinity_next;
	uint32_t config_next;
	uint32_t xaffinity_next;
	uint32_t flush_id_next;
	uint32_t command_next;

	uint64_t head;
	uint64_t tail;
	uint64_t affinity;
	uint32_t config;
	uint32_t xaffinity;
	uint32_t status;

	bool active;
	PanfrostPending pending;
	Fault fault;
	PanfrostMmuStatus wait;
	PanfrostAccess wait_access;
	uint64_t fault_va;
	uint64_t at;
	uint32_t jobs;
	uint8_t seen[PANFROST_CHAIN_MAX / 8];
	bool resumed;
	uint64_t started_ns;

	uint64_t stopped_root;
	uint64_t stopped_at;
} PanfrostSlot;

typedef struct {
	uint64_t number;
	unsigned int slot;
	unsigned int as;
	uint64_t head;
	uint32_t jobs;
	uint32_t status;
	const char *end; /* done, failed, stopped, killed */
	uint64_t started_ns;
	uint64_t ended_ns;
} PanfrostHistory;

typedef enum {
	COUNT_CHAINS,
	COUNT_CHAINS_FAILED,
	COUNT_JOBS,
	COUNT_PAGE_FAULTS,
	COUNT_BUS_FAULTS,
	COUNT_TLB_HITS,
	COUNT_TLB_MISSES,
	COUNT_TLB_FLUSHED,
	COUNT_AS_COMMANDS,
	COUNT_RESETS,
	COUNT_POWER_CHANGES,
	COUNT_PERFCNT_SAMPLES,
	PANFROST_COUNTERS
} PanfrostCounter;

struct Panfrost {
	Device dev;

	PanfrostIrq gpu_irq;
	PanfrostIrq job_irq;
	PanfrostIrq mmu_irq;

	PanfrostDomain domain[PANFROST_DOMAINS];
	PanfrostPending reset;
	uint32_t gpu_fault_status;
	uint64_t gpu_fault_address;
	uint32_t flush_id;
	uint32_t pwr_key;
	uint32_t pwr_override[2];
	uint32_t config[4]; /* JM, shader, tiler, L2/MMU */

	bool cycles_on;
	uint64_t cycles; /* counted before cycles_since_ns */
	uint64_t cycles_since_ns;

	uint64_t perfcnt_base;
	uint32_t perfcnt_cfg;
	uint32_t perfcnt_en[5]; /* JM, shader, tiler, (none), MMU and L2 */
	uint32_t perfcnt_samples; /* since the counters were cleared */
	uint32_t perfcnt_jobs; /* likewise */
	bool perfcnt_waits; /* a sample waits for a locked region */

	uint32_t js_state;
	uint32_t throttle;
	PanfrostSlot slot[PANFROST_SLOTS];

	PanfrostAs as[PANFROST_SPACES];
	uint8_t scratch[RAM_PAGE_SIZE]; /* takes writes through stale entries */

	PanfrostHistory history[PANFROST_HISTORY];
	uint64_t chains; /* ever started */
	uint64_t ended; /* ever ended; last one at history[(ended - 1) % N] */
	uint64_t counter[PANFROST_COUNTERS];
};

#define panfrost_trace(panfrost, ...)                                          \
	journal_trace((panfrost)->dev.journal, PANFROST_NAME, __VA_ARGS__)
#define panfrost_violation(panfrost, ...)                                      \
	journal_violation((panfrost)->dev.journal, PANFROST_NAME, __VA_ARGS__)

/* What a register access did. */
typedef enum {
	REG_OK,
	REG_UNKNOWN,
	REG_READ_ONLY,
} PanfrostReg;

/* One word of a 64-bit register; bit 2 of @offset says which. */
static inline uint32_t panfrost_half(uint64_t value, uint64_t offset)
{
	return offset & 4 ? (uint32_t)(value >> 32) : (uint32_t)value;
}

static inline void panfrost_set_half(uint64_t *value, uint64_t offset,
				     uint32_t word)
{
	if (offset & 4)
		*value = (*value & 0xffffffffull) | (uint64_t)word << 32;
	else
		*value = (*value & ~0xffffffffull) | word;
}

/* panfrost.c */

/* Set @bits of RAWSTAT and raise the line if that makes it rise. */
void panfrost_irq_set(Panfrost *panfrost, PanfrostIrq *irq, uint32_t bits);

/*
 * Begin something of @kind (faults.h), to end @ns from now; *fault tells the
 * caller about FAULT_FAIL and FAULT_GARBAGE, which are the caller's.
 */
void panfrost_begin(Panfrost *panfrost, PanfrostPending *pending,
		    const char *kind, uint64_t ns, Fault *fault);
/* Is it time? False also when nothing is pending. */
bool panfrost_due(Panfrost *panfrost, const PanfrostPending *pending);
/* Is it held back by a rule that is still in force? */
bool panfrost_held(Panfrost *panfrost, const PanfrostPending *pending);

const char *panfrost_exception_name(uint32_t code);

/* gpu.c */
PanfrostReg panfrost_gpu_read(Panfrost *panfrost, uint64_t offset,
			      uint32_t *value);
PanfrostReg panfrost_gpu_write(Panfrost *panfrost, uint64_t offset,
			       uint32_t value);
/* Complete the reset and power changes that are due. */
void panfrost_gpu_advance(Panfrost *panfrost);
/* Power-on state of the whole GPU, jobs and address spaces included. */
void panfrost_gpu_reset(Panfrost *panfrost);
void panfrost_gpu_init(Panfrost *panfrost);
uint64_t panfrost_gpu_cycles(Panfrost *panfrost);
/* Take the sample that waited for an address space to be unlocked. */
void panfrost_gpu_retry(Panfrost *panfrost, unsigned int as);
uint32_t panfrost_js_features(unsigned int slot);
bool panfrost_gpu_powered(Panfrost *panfrost, uint64_t affinity);
enum { PANFROST_SHADER, PANFROST_TILER, PANFROST_L2 };

/* mmu.c */
PanfrostReg panfrost_mmu_read(Panfrost *panfrost, uint64_t offset,
			      uint32_t *value);
PanfrostReg panfrost_mmu_write(Panfrost *panfrost, uint64_t offset,
			       uint32_t value);
void panfrost_mmu_advance(Panfrost *panfrost);
void panfrost_mmu_init(Panfrost *panfrost);
void panfrost_mmu_reset(Panfrost *panfrost);
void panfrost_mmu_free(Panfrost *panfrost);
/* The L2 has lost power: so have the TLBs and the tables in effect. */
void panfrost_mmu_power_lost(Panfrost *panfrost);

/*
 * Translate each page of @len bytes at @va, reporting the first fault; none
 * of the memory is touched. @len 0 is fine.
 */
PanfrostMmuStatus panfrost_mmu_probe(Panfrost *panfrost, unsigned int as,
				     uint64_t va, uint64_t len,
				     PanfrostAccess access);
/*
 * Pointer to the RAM_PAGE_SIZE bytes of the page at @va, its stamp checked. A
 * write through a stale TLB entry gets a scratch page: it is a violation
 * already, and must not bring the guest down before that is read.
 */
PanfrostMmuStatus panfrost_mmu_page(Panfrost *panfrost, unsigned int as,
				    uint64_t va, PanfrostAccess access,
				    uint8_t **page);
/* Copy; either all of it, or nothing. */
PanfrostMmuStatus panfrost_mmu_load(Panfrost *panfrost, unsigned int as,
				    uint64_t va, void *buf, size_t len);
PanfrostMmuStatus panfrost_mmu_store(Panfrost *panfrost, unsigned int as,
				     uint64_t va, const void *buf, size_t len);
/*
 * Translate ahead, as hardware does that prefetches: fills the TLB and tells
 * nobody. True when all of it is mapped; @buf (or NULL) then has the bytes.
 */
bool panfrost_mmu_prefetch(Panfrost *panfrost, unsigned int as, uint64_t va,
			   PanfrostAccess access, void *buf, uint64_t len);

extern const PgtableFormat panfrost_pgtable;

/* jobs.c */
PanfrostReg panfrost_jobs_read(Panfrost *panfrost, uint64_t offset,
			       uint32_t *value);
PanfrostReg panfrost_jobs_write(Panfrost *panfrost, uint64_t offset,
				uint32_t value);
void panfrost_jobs_advance(Panfrost *panfrost);
void panfrost_jobs_reset(Panfrost *panfrost);
/* An address space works again: go on with what waited for @wait on it. */
void panfrost_jobs_retry(Panfrost *panfrost, unsigned int as,
			 PanfrostMmuStatus wait);
/* It has been switched off: fail what waits on it. */
void panfrost_jobs_kill(Panfrost *panfrost, unsigned int as);
/* Slot that runs a chain on @as, or -1. */
int panfrost_jobs_on(Panfrost *panfrost, unsigned int as);

/* exec.c */
typedef struct {
	enum { EXEC_OK, EXEC_WAIT, EXEC_FAIL } kind;
	PanfrostMmuStatus wait; /* EXEC_WAIT */
	PanfrostAccess access; /* EXEC_WAIT */
	uint32_t code; /* EXEC_FAIL: exception */
	uint64_t next; /* EXEC_OK: next job, or 0 */
} PanfrostExec;

/* Run the job at slot->at to its end, or do nothing (EXEC_WAIT). */
PanfrostExec panfrost_exec(Panfrost *panfrost, unsigned int slot);
/* Write @status into that job's header, and where it failed, if that can be done at all. */
void panfrost_exec_write_back(Panfrost *panfrost, unsigned int slot,
			      uint32_t status);
/* Translate what the chain will use. */
void panfrost_exec_prefetch(Panfrost *panfrost, unsigned int slot);

/* tree.c */
char **panfrost_list(Device *device, const char *path);
GBytes *panfrost_show(Device *device, const char *path);
void panfrost_leaks(Device *device, GString *out);

#endif
