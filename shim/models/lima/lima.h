/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the Mali-400 MP1 model.
 *
 * Each file calls only those above it in this list:
 *
 *   mmu.c    registers of the two MMUs (core/space)
 *   stream.c streams of real jobs
 *   exec.c   command lists, those of tests too
 *   jobs.c   the job that GP or PP runs
 *   gp.c     registers of the geometry processor
 *   pp.c     registers of the pixel processor
 *   pmu.c    power domains and the L2 cache
 *   tree.c   the files that people and tests read
 *   lima.c   register dispatch and time
 */
#ifndef MODELS_LIMA_LIMA_H
#define MODELS_LIMA_LIMA_H

#include "core/hold.h"
#include "core/irq.h"
#include "core/list.h"
#include "core/space.h"
#include "models/lima/regs.h"
#include "protocol.h"

#define LIMA_NAME "lima"

/* Guest time that a command list takes; a `delay` rule adds to it. */
#define LIMA_JOB_NS 200000ull
/* Longest range of a command, and longest list; more is malformed. */
#define LIMA_HISTORY 256u
/* How much of a stream's data a prefetch looks at */
#define LIMA_PREFETCH_BYTES (16ull << 20)

typedef struct Lima Lima;

/* The two processors; each has an MMU of its own. */
typedef enum {
	LIMA_GP,
	LIMA_PP,
	LIMA_CORES,
} LimaCoreId;

/**
 * LimaMmu - an MMU
 *
 * @n: which, also the number of its address space in rules of core/stamps
 * @dte: address of the page directory, as written
 * @zapped: the TLB was cleared after @dte was written
 * @fault: an access waits because of a page fault
 * @disturbed: a fault rule has kept a command from being carried out. The driver goes
 *	on all the same, so what it does then is no violation.
 */
typedef struct {
	Lima *lima;
	LimaCoreId n;
	const char *name; /* in the journal */
	Space space;
	Irq irq;
	uint32_t dte;
	bool paging;
	bool stalled;
	bool zapped;
	bool fault;
	bool fault_write;
	uint32_t fault_address;
	Hold hold; /* the command under way */
	bool disturbed;
	uint32_t command;
} LimaMmu;

typedef enum {
	LIMA_WAIT_NONE,
	LIMA_WAIT_FAULT, /* for the MMU's fault to be answered */
	LIMA_WAIT_MEMORY, /* for more heap */
} LimaWait;

/**
 * LimaJob - what a processor does
 *
 * @active: it runs a job
 * @fault: the fault rule that applies
 * @plbu: the list is that of the PLBU, which may allocate
 * @next_start, @next_end: the PLBU list that runs after the VS list; equal: none
 * @heap: what is left of it
 */
typedef struct {
	bool active;
	Hold hold;
	Fault fault;
	LimaWait wait;
	bool plbu;
	uint32_t next_start;
	uint32_t next_end;
	List list;
	ListHeap heap;
	uint64_t number;
	uint64_t started_ns;
} LimaJob;

/**
 * LimaCore - GP or PP
 *
 * @frame: the registers that describe the job, as written
 * @wb: write-back units of the PP
 * @heap, @heap_end: heap of the PLBU, as of the last UPDATE_PLBU_ALLOC
 * @reset: a reset under way; until it is done, writes to other registers are lost
 * @soft: it is a soft reset
 * @bus_stopped: it may not start anything until it was reset
 * @l2_cleared: the L2 cache has been cleared since the last job was started
 */
typedef struct {
	Lima *lima;
	LimaCoreId n;
	const char *name; /* "GP", "PP"; also the kind of fault */
	Irq irq;
	uint32_t frame[PP_FRAME_WORDS];
	uint32_t wb[PP_WBS][PP_WB_WORDS];
	uint32_t counters[8];
	uint32_t write_bound;
	uint32_t heap;
	uint32_t heap_end;
	Hold reset;
	bool soft;
	bool bus_stopped;
	bool l2_cleared;
	LimaJob job;
} LimaCore;

typedef struct {
	uint64_t number;
	const char *core;
	uint32_t start;
	uint32_t commands;
	const char *end; /* done, failed, killed */
	uint64_t started_ns;
	uint64_t ended_ns;
} LimaHistory;

typedef enum {
	COUNT_GP_JOBS,
	COUNT_PP_JOBS,
	COUNT_JOBS_FAILED,
	COUNT_COMMANDS,
	COUNT_OUT_OF_MEMORY,
	COUNT_PAGE_FAULTS,
	COUNT_MMU_COMMANDS,
	COUNT_L2_CLEARS,
	COUNT_SOFT_RESETS,
	COUNT_HARD_RESETS,
	COUNT_POWER_CHANGES,
	LIMA_COUNTERS
} LimaCounter;

struct Lima {
	Device dev;

	LimaMmu mmu[LIMA_CORES];
	LimaCore core[LIMA_CORES];
	SpaceCounters tlb;

	uint32_t on; /* PMU_GP and so on: the domains that have power */
	uint32_t pmu_raw;
	uint32_t pmu_mask;
	uint32_t pmu_delay;
	Hold power; /* a power-up under way */
	uint32_t powering_up;

	uint32_t l2_enable;
	uint32_t l2_max_reads;

	LimaHistory history[LIMA_HISTORY];
	uint64_t jobs; /* ever started */
	uint64_t ended; /* ever; entry i % LIMA_HISTORY is the i-th to end */
	uint64_t counter[LIMA_COUNTERS];
};

#define lima_trace(lima, ...)                                                  \
	journal_trace((lima)->dev.journal, LIMA_NAME, __VA_ARGS__)
#define lima_violation(lima, ...)                                              \
	journal_violation((lima)->dev.journal, LIMA_NAME, __VA_ARGS__)

/* As hold_begin(), and trace that a fault rule applies. */
static inline Fault lima_begin(Lima *lima, Hold *hold, const char *kind,
			       uint64_t ns)
{
	Fault fault = hold_begin(&lima->dev, hold, kind, ns);

	if (fault.kind != FAULT_NONE)
		lima_trace(lima, "%s: fault rule applies", kind);
	return fault;
}

/* Domain of the power controller that @core and its MMU belong to */
static inline uint32_t lima_domain(LimaCoreId core)
{
	return core == LIMA_GP ? PMU_GP : PMU_PP;
}

/* Is its job hung by a fault rule, so that the driver cannot stop it? */
static inline bool lima_job_hung(const LimaCore *core)
{
	return core->job.active && core->job.fault.kind == FAULT_HANG &&
	       hold_held(&core->lima->dev, &core->job.hold);
}

/* mmu.c */
void lima_mmu_init(Lima *lima);
void lima_mmu_free(Lima *lima);
/* Power-on state */
void lima_mmu_reset(LimaMmu *mmu);
void lima_mmu_advance(LimaMmu *mmu);
/* Can the processor access memory now? */
bool lima_mmu_ready(const LimaMmu *mmu);
/* Report what makes it wrong to start a job now. */
void lima_mmu_check_start(LimaMmu *mmu);
RegisterResult lima_mmu_read(LimaMmu *mmu, uint64_t offset, uint32_t *value);
RegisterResult lima_mmu_write(LimaMmu *mmu, uint64_t offset, uint32_t value);

/* stream.c */
/* Run the stream of the job; ends as lima_exec(). */
ListEnd lima_stream_run(LimaCore *core, Space *space);
/* Fetch the translations that it will use into the TLB. */
void lima_stream_prefetch(LimaCore *core, Space *space);

/* exec.c */
/* Run the list of the job from where it is. It can be called again after a wait. */
ListEnd lima_exec(Lima *lima, LimaCoreId core);
/* Fetch the translations that the list will use into the TLB. */
void lima_exec_prefetch(Lima *lima, LimaCoreId core);

/* jobs.c */
/* What a core has to tell the driver */
typedef enum {
	LIMA_JOB_NOTHING,
	LIMA_JOB_VS_DONE, /* and the PLBU list has begun */
	LIMA_JOB_DONE,
	LIMA_JOB_MEMORY,
	LIMA_JOB_INVALID,
	LIMA_JOB_BUS,
	LIMA_JOB_FAILED, /* by a fault rule: job.fault.arg has the status, or 0 */
	LIMA_JOB_GARBAGE, /* likewise: job.fault.arg is the status */
} LimaJobEvent;

/* Start @job; its list, heap and so on are set, everything else is zero. */
void lima_job_start(LimaCore *core, const LimaJob *job);
/* The heap is now [heap, heap_end); a job that waits for it goes on. */
void lima_job_set_heap(LimaCore *core);
/* Run it if it is due. After an error it is over. */
LimaJobEvent lima_job_advance(LimaCore *core);
/* End it without telling the driver; nothing if there is none. */
void lima_job_kill(LimaCore *core, const char *how);
/* Begin a reset. Unless a fault rule applies, it is due at once. */
void lima_core_reset_start(LimaCore *core, bool soft);
/*
 * Is a reset due? It is then over: job and registers are gone. The caller tells the
 * driver.
 */
bool lima_core_reset_due(LimaCore *core);
/* Power-on state */
void lima_core_clear(LimaCore *core);

/* gp.c */
RegisterResult lima_gp_read(Lima *lima, uint64_t offset, uint32_t *value);
RegisterResult lima_gp_write(Lima *lima, uint64_t offset, uint32_t value);
void lima_gp_advance(Lima *lima);

/* pp.c */
RegisterResult lima_pp_read(Lima *lima, uint64_t offset, uint32_t *value);
RegisterResult lima_pp_write(Lima *lima, uint64_t offset, uint32_t value);
void lima_pp_advance(Lima *lima);

/* pmu.c */
RegisterResult lima_pmu_read(Lima *lima, uint64_t offset, uint32_t *value);
RegisterResult lima_pmu_write(Lima *lima, uint64_t offset, uint32_t value);
RegisterResult lima_l2_read(Lima *lima, uint64_t offset, uint32_t *value);
RegisterResult lima_l2_write(Lima *lima, uint64_t offset, uint32_t value);
void lima_pmu_advance(Lima *lima);
/* Power-on state of everything: the domains are off. */
void lima_pmu_reset(Lima *lima);

/* tree.c */
extern const Node lima_nodes[];
void lima_leaks(Device *device, GString *out);

#endif
