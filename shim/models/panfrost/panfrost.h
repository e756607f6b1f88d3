/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the Mali-T860 model.
 *
 * Each file calls only those above it in this list:
 *
 *   mmu.c       registers of the address spaces (core/space)
 *   perfcnt.c   cycle counter and performance counters
 *   power.c     power domains
 *   draw.c      draws that jobs name
 *   frame.c     framebuffers, and jobs that render
 *   exec.c      one job
 *   jobs.c      job slots
 *   gpu.c       GPU control: features, commands, reset
 *   tree.c      the files that people and tests read
 *   panfrost.c  register dispatch and time
 *
 * What a lower part has to tell a higher one goes through the listeners of an
 * address space.
 */
#ifndef MODELS_PANFROST_PANFROST_H
#define MODELS_PANFROST_PANFROST_H

#include "core/hold.h"
#include "core/irq.h"
#include "core/register.h"
#include "core/space.h"

#define PANFROST_NAME "panfrost"
#define PANFROST_SLOTS 3u
#define PANFROST_SPACES 8u
#define PANFROST_DOMAINS 3u

/* Guest time that a job chain takes; a `delay` rule adds to it. */
#define PANFROST_JOB_NS 200000ull
/* GPU clock: 500 MHz */
#define PANFROST_CYCLE_NS 2ull

#define PANFROST_INDICES 65536u /* of the jobs of a chain */

/*
 * A chain runs in slices of this many jobs or bytes, so that the daemon serves others in
 * between, and a chain without end can be stopped. A pause in guest time follows.
 */
#define PANFROST_SLICE_JOBS 1024u
#define PANFROST_SLICE_BYTES (64ull << 20)
#define PANFROST_SLICE_NS 1000000ull
/* Longest copy, checksum or stamp check; a longer one is a config fault. */
#define PANFROST_RANGE_MAX (256ull << 20)
#define PANFROST_HISTORY 256u

typedef struct Panfrost Panfrost;

typedef struct {
	Panfrost *panfrost;
	const char *name;
	uint64_t present;
	uint64_t ready;
	uint64_t on; /* bits on their way to ready, while @hold is active */
	uint64_t off;
	Hold hold;
} PanfrostDomain;

/**
 * PanfrostAs - an address space and its registers
 *
 * @n: its number
 * @transtab, @memattr, @lockaddr, @transcfg: registers as written
 * @command: the command under way, @command_transtab, @command_transcfg and
 *	@command_lockaddr the registers when it was written
 * @garbage: what AS_STATUS reads as the next time, for a `garbage` rule
 */
typedef struct {
	Panfrost *panfrost;
	unsigned int n;
	char name[8]; /* in the journal */
	Space space;
	uint64_t transtab;
	uint64_t memattr;
	uint64_t lockaddr;
	uint64_t transcfg;
	uint32_t fault_status;
	uint64_t fault_address;
	Hold hold;
	uint32_t command;
	uint64_t command_transtab;
	uint64_t command_transcfg;
	uint64_t command_lockaddr;
	uint32_t garbage;
} PanfrostAs;

/**
 * PanfrostSlot - a job slot: the chain that runs, and the next one
 *
 * @n: its number
 * @active: a chain runs
 * @fault: the fault rule that applies to it
 * @wait: SPACE_FAULT or SPACE_LOCKED while it waits for the MMU, else SPACE_OK
 * @wait_access: the access that @wait is about
 * @fault_va: address whose access made the chain wait or fail
 * @at: address of the job that runs next
 * @jobs: how many have completed
 * @seen: a bit for each job index that has completed
 * @resumed: it continues a soft-stopped chain; which indices completed before
 *	that is not known
 * @stopped_root, @stopped_at: page table and address at which the last
 *	soft-stopped chain is to go on. A GPU reset keeps them, because the driver
 *	continues the chain after it.
 */
typedef struct {
	Panfrost *panfrost;
	unsigned int n;

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
	Hold hold;
	Fault fault;
	SpaceStatus wait;
	SpaceAccess wait_access;
	uint64_t fault_va;
	uint64_t at;
	uint32_t jobs;
	uint8_t seen[PANFROST_INDICES / 8];
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
	COUNT_AS_COMMANDS,
	COUNT_RESETS,
	COUNT_POWER_CHANGES,
	COUNT_PERFCNT_SAMPLES,
	PANFROST_COUNTERS
} PanfrostCounter;

struct Panfrost {
	Device dev;

	Irq gpu_irq;
	Irq job_irq;
	Irq mmu_irq;

	PanfrostDomain domain[PANFROST_DOMAINS];
	Hold reset;
	uint32_t gpu_fault_status;
	uint64_t gpu_fault_address;
	uint32_t flush_id;
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
	SpaceCounters tlb;

	PanfrostHistory history[PANFROST_HISTORY];
	uint64_t chains; /* ever started */
	uint64_t ended; /* ever; entry i % PANFROST_HISTORY is chain i + 1 */
	uint64_t exec_bytes; /* that jobs have accessed */
	uint64_t counter[PANFROST_COUNTERS];
};

#define panfrost_trace(panfrost, ...)                                          \
	journal_trace((panfrost)->dev.journal, PANFROST_NAME, __VA_ARGS__)
#define panfrost_violation(panfrost, ...)                                      \
	journal_violation((panfrost)->dev.journal, PANFROST_NAME, __VA_ARGS__)

/* Word @word of a 64-bit register */
static inline uint32_t panfrost_word(uint64_t value, uint32_t word)
{
	return word ? (uint32_t)(value >> 32) : (uint32_t)value;
}

/* As hold_begin(), and trace that a fault rule applies. */
static inline Fault panfrost_begin(Panfrost *panfrost, Hold *hold,
				   const char *kind, uint64_t ns)
{
	Fault fault = hold_begin(&panfrost->dev, hold, kind, ns);

	if (fault.kind != FAULT_NONE)
		panfrost_trace(panfrost, "%s: fault rule applies", kind);
	return fault;
}

/* Does any slot run a chain? */
static inline bool panfrost_active(const Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
		if (panfrost->slot[i].active)
			return true;
	return false;
}

/* mmu.c */
RegisterResult panfrost_mmu_read(Panfrost *panfrost, uint64_t offset,
				 uint32_t *value);
RegisterResult panfrost_mmu_write(Panfrost *panfrost, uint64_t offset,
				  uint32_t value);
void panfrost_mmu_advance(Panfrost *panfrost);
void panfrost_mmu_init(Panfrost *panfrost);
void panfrost_mmu_reset(Panfrost *panfrost);
void panfrost_mmu_free(Panfrost *panfrost);
/* The L2 has lost power, and with it the TLBs and the tables in effect. */
void panfrost_mmu_power_lost(Panfrost *panfrost);

/* perfcnt.c */
void panfrost_perfcnt_init(Panfrost *panfrost);
void panfrost_perfcnt_reset(Panfrost *panfrost);
/* The GPU commands PERFCNT_CLEAR and PERFCNT_SAMPLE */
void panfrost_perfcnt_clear(Panfrost *panfrost);
void panfrost_perfcnt_sample(Panfrost *panfrost);
/* The GPU commands CYCLE_COUNT_START and CYCLE_COUNT_STOP */
void panfrost_count_cycles(Panfrost *panfrost, bool on);
uint64_t panfrost_cycles(Panfrost *panfrost);
/* Record a GPU fault and raise its interrupt. */
void panfrost_gpu_fault(Panfrost *panfrost, uint32_t status, uint64_t address);

/* power.c */
enum { PANFROST_SHADER, PANFROST_TILER, PANFROST_L2 };
/* Can a job run that wants the shader cores @affinity? */
bool panfrost_powered(Panfrost *panfrost, uint64_t affinity);
/* Registers from GPU_PRESENT up to GPU_COHERENCY_FEATURES */
RegisterResult panfrost_power_read(Panfrost *panfrost, uint64_t offset,
				   uint32_t *value);
RegisterResult panfrost_power_write(Panfrost *panfrost, uint64_t offset,
				    uint32_t value);
void panfrost_power_advance(Panfrost *panfrost);
void panfrost_power_init(Panfrost *panfrost);
void panfrost_power_reset(Panfrost *panfrost);

/* exec.c */
typedef struct {
	enum { EXEC_OK, EXEC_WAIT, EXEC_FAIL } kind;
	SpaceStatus wait; /* EXEC_WAIT */
	SpaceAccess access; /* EXEC_WAIT */
	uint32_t code; /* EXEC_FAIL: exception */
	uint64_t next; /* EXEC_OK: next job, or 0 */
} PanfrostExec;

/* Run the job at slot->at. With EXEC_WAIT it has done nothing yet. */
PanfrostExec panfrost_exec(Panfrost *panfrost, unsigned int slot);
/* Write @status and the faulting address to the header of the job, if mapped. */
void panfrost_exec_write_back(Panfrost *panfrost, unsigned int slot,
			      uint32_t status);
/* Fetch the translations that the chain will use into the TLB. */
void panfrost_exec_prefetch(Panfrost *panfrost, unsigned int slot);
/* JS_FEATURES: a bit for each job type that @slot takes */
uint32_t panfrost_js_features(unsigned int slot);

/* jobs.c */
RegisterResult panfrost_jobs_read(Panfrost *panfrost, uint64_t offset,
				  uint32_t *value);
RegisterResult panfrost_jobs_write(Panfrost *panfrost, uint64_t offset,
				   uint32_t value);
void panfrost_jobs_advance(Panfrost *panfrost);
void panfrost_jobs_init(Panfrost *panfrost);
void panfrost_jobs_reset(Panfrost *panfrost);
const char *panfrost_exception_name(uint32_t code);

/* gpu.c */
RegisterResult panfrost_gpu_read(Panfrost *panfrost, uint64_t offset,
				 uint32_t *value);
RegisterResult panfrost_gpu_write(Panfrost *panfrost, uint64_t offset,
				  uint32_t value);
/* Complete a reset that is due. */
void panfrost_gpu_advance(Panfrost *panfrost);
/* Power-on state of the whole GPU, jobs and address spaces included. */
void panfrost_gpu_reset(Panfrost *panfrost);

/* tree.c */
extern const Node panfrost_nodes[];
void panfrost_leaks(Device *device, GString *out);

#endif
