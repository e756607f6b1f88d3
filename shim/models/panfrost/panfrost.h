/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the Mali-T860 model; the outside is mali_new() in device.h.
 * mali.c dispatches registers, mali_gpu.c is the GPU control block,
 * mali_mmu.c the address spaces, mali_jobs.c the job slots, mali_exec.c one
 * job, mali_tree.c what people can read.
 */
#ifndef SHIM_MALI_H
#define SHIM_MALI_H

#include "core/device.h"

#define MALI_NAME "panfrost"
#define MALI_SLOTS 3u
#define MALI_SPACES 8u
#define MALI_DOMAINS 3u
#define MALI_TEXTURE_FEATURES 4u

/* Guest time that a job chain takes; a `delay` rule adds to it. */
#define MALI_JOB_NS 200000ull
/* While work is held the guest ticks this often, and so sees a release. */
#define MALI_POLL_NS 10000000ull
/* GPU clock: 500 MHz */
#define MALI_CYCLE_NS 2ull

/* A chain with more jobs than there are indices is a loop. */
#define MALI_CHAIN_MAX 65536u
/* Longest copy, checksum or stamp check; a longer one is a config fault. */
#define MALI_RANGE_MAX (256ull << 20)
#define MALI_HISTORY 256u

typedef struct Mali Mali;

/**
 * MaliPending - something that takes time, and that faults.h can hold back
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
} MaliPending;

/* One of the three interrupt register banks, level-triggered. */
typedef struct {
	uint32_t raw;
	uint32_t mask;
	unsigned int line;
} MaliIrq;

typedef struct {
	const char *name;
	uint64_t present;
	uint64_t ready;
	uint64_t on; /* bits on their way to ready, while @pending */
	uint64_t off;
	MaliPending pending;
} MaliDomain;

/* Values are those of the access type in AS_FAULTSTATUS. */
typedef enum {
	MALI_READ = 2,
	MALI_WRITE = 3,
} MaliAccess;

/**
 * MaliMmuStatus - how an access through an address space ended
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
} MaliMmuStatus;

/**
 * MaliAs - an address space
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
	MaliPending pending;
	uint32_t command;
	uint64_t command_transtab;
	uint64_t command_lockaddr;
	uint32_t garbage;
} MaliAs;

/**
 * MaliSlot - a job slot: the chain that runs, and the next one
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
	MaliPending pending;
	Fault fault;
	MaliMmuStatus wait;
	MaliAccess wait_access;
	uint64_t fault_va;
	uint64_t at;
	uint32_t jobs;
	uint8_t seen[MALI_CHAIN_MAX / 8];
	bool resumed;
	uint64_t started_ns;

	uint64_t stopped_root;
	uint64_t stopped_at;
} MaliSlot;

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
} MaliHistory;

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
	MALI_COUNTERS
} MaliCounter;

struct Mali {
	Device dev;

	MaliIrq gpu_irq;
	MaliIrq job_irq;
	MaliIrq mmu_irq;

	MaliDomain domain[MALI_DOMAINS];
	MaliPending reset;
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
	MaliSlot slot[MALI_SLOTS];

	MaliAs as[MALI_SPACES];
	uint8_t scratch[RAM_PAGE_SIZE]; /* takes writes through stale entries */

	MaliHistory history[MALI_HISTORY];
	uint64_t chains; /* ever started */
	uint64_t ended; /* ever ended; last one at history[(ended - 1) % N] */
	uint64_t counter[MALI_COUNTERS];
};

#define mali_trace(mali, ...)                                                  \
	journal_trace((mali)->dev.journal, MALI_NAME, __VA_ARGS__)
#define mali_violation(mali, ...)                                              \
	journal_violation((mali)->dev.journal, MALI_NAME, __VA_ARGS__)

/* What a register access did. */
typedef enum {
	REG_OK,
	REG_UNKNOWN,
	REG_READ_ONLY,
} MaliReg;

/* One word of a 64-bit register; bit 2 of @offset says which. */
static inline uint32_t mali_half(uint64_t value, uint64_t offset)
{
	return offset & 4 ? (uint32_t)(value >> 32) : (uint32_t)value;
}

static inline void mali_set_half(uint64_t *value, uint64_t offset,
				 uint32_t word)
{
	if (offset & 4)
		*value = (*value & 0xffffffffull) | (uint64_t)word << 32;
	else
		*value = (*value & ~0xffffffffull) | word;
}

/* mali.c */

/* Set @bits of RAWSTAT and raise the line if that makes it rise. */
void mali_irq_set(Mali *mali, MaliIrq *irq, uint32_t bits);

/*
 * Begin something of @kind (faults.h), to end @ns from now; *fault tells the
 * caller about FAULT_FAIL and FAULT_GARBAGE, which are the caller's.
 */
void mali_begin(Mali *mali, MaliPending *pending, const char *kind, uint64_t ns,
		Fault *fault);
/* Is it time? False also when nothing is pending. */
bool mali_due(Mali *mali, const MaliPending *pending);
/* Is it held back by a rule that is still in force? */
bool mali_held(Mali *mali, const MaliPending *pending);

const char *mali_exception_name(uint32_t code);

/* mali_gpu.c */
MaliReg mali_gpu_read(Mali *mali, uint64_t offset, uint32_t *value);
MaliReg mali_gpu_write(Mali *mali, uint64_t offset, uint32_t value);
/* Complete the reset and power changes that are due. */
void mali_gpu_advance(Mali *mali);
/* Power-on state of the whole GPU, jobs and address spaces included. */
void mali_gpu_reset(Mali *mali);
void mali_gpu_init(Mali *mali);
uint64_t mali_gpu_cycles(Mali *mali);
/* Take the sample that waited for an address space to be unlocked. */
void mali_gpu_retry(Mali *mali, unsigned int as);
uint32_t mali_js_features(unsigned int slot);
bool mali_gpu_powered(Mali *mali, uint64_t affinity);
enum { MALI_SHADER, MALI_TILER, MALI_L2 };

/* mali_mmu.c */
MaliReg mali_mmu_read(Mali *mali, uint64_t offset, uint32_t *value);
MaliReg mali_mmu_write(Mali *mali, uint64_t offset, uint32_t value);
void mali_mmu_advance(Mali *mali);
void mali_mmu_init(Mali *mali);
void mali_mmu_reset(Mali *mali);
void mali_mmu_free(Mali *mali);
/* The L2 has lost power: so have the TLBs and the tables in effect. */
void mali_mmu_power_lost(Mali *mali);

/*
 * Translate each page of @len bytes at @va, reporting the first fault; none
 * of the memory is touched. @len 0 is fine.
 */
MaliMmuStatus mali_mmu_probe(Mali *mali, unsigned int as, uint64_t va,
			     uint64_t len, MaliAccess access);
/*
 * Pointer to the RAM_PAGE_SIZE bytes of the page at @va, its stamp checked. A
 * write through a stale TLB entry gets a scratch page: it is a violation
 * already, and must not bring the guest down before that is read.
 */
MaliMmuStatus mali_mmu_page(Mali *mali, unsigned int as, uint64_t va,
			    MaliAccess access, uint8_t **page);
/* Copy; either all of it, or nothing. */
MaliMmuStatus mali_mmu_load(Mali *mali, unsigned int as, uint64_t va, void *buf,
			    size_t len);
MaliMmuStatus mali_mmu_store(Mali *mali, unsigned int as, uint64_t va,
			     const void *buf, size_t len);
/*
 * Translate ahead, as hardware does that prefetches: fills the TLB and tells
 * nobody. True when all of it is mapped; @buf (or NULL) then has the bytes.
 */
bool mali_mmu_prefetch(Mali *mali, unsigned int as, uint64_t va,
		       MaliAccess access, void *buf, uint64_t len);

/* One mapped block: @len bytes at @va, @bits of PTE_READ and so on. */
typedef void (*MaliMapFn)(void *user, uint64_t va, uint64_t pa, uint64_t len,
			  uint64_t bits);
/*
 * Call @fn for each block that @root maps, in order. False when the tables
 * are so many that the rest was left out.
 */
bool mali_mmu_each(Mali *mali, uint64_t root, MaliMapFn fn, void *user);
/* Pages of RAM_PAGE_SIZE that @root maps. */
uint64_t mali_mmu_count(Mali *mali, uint64_t root);

/* mali_jobs.c */
MaliReg mali_jobs_read(Mali *mali, uint64_t offset, uint32_t *value);
MaliReg mali_jobs_write(Mali *mali, uint64_t offset, uint32_t value);
void mali_jobs_advance(Mali *mali);
void mali_jobs_reset(Mali *mali);
/* An address space works again: go on with what waited for @wait on it. */
void mali_jobs_retry(Mali *mali, unsigned int as, MaliMmuStatus wait);
/* It has been switched off: fail what waits on it. */
void mali_jobs_kill(Mali *mali, unsigned int as);
/* Slot that runs a chain on @as, or -1. */
int mali_jobs_on(Mali *mali, unsigned int as);

/* mali_exec.c */
typedef struct {
	enum { EXEC_OK, EXEC_WAIT, EXEC_FAIL } kind;
	MaliMmuStatus wait; /* EXEC_WAIT */
	MaliAccess access; /* EXEC_WAIT */
	uint32_t code; /* EXEC_FAIL: exception */
	uint64_t next; /* EXEC_OK: next job, or 0 */
} MaliExec;

/* Run the job at slot->at to its end, or do nothing (EXEC_WAIT). */
MaliExec mali_exec(Mali *mali, unsigned int slot);
/* Write @status into that job's header, and where it failed, if that can be done at all. */
void mali_exec_write_back(Mali *mali, unsigned int slot, uint32_t status);
/* Translate what the chain will use. */
void mali_exec_prefetch(Mali *mali, unsigned int slot);

/* mali_tree.c */
char **mali_list(Device *device, const char *path);
GBytes *mali_show(Device *device, const char *path);
void mali_leaks(Device *device, GString *out);

#endif
