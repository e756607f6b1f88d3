/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the V3D 4.2 model.
 *
 * Each file calls only those above it in this list:
 *
 *   irq.c    interrupts of hub and core, which share a line
 *   mmu.c    the MMU and its registers (core/space)
 *   lists.c  control lists of real command streams
 *   exec.c   command lists, those of tests too
 *   perf.c   performance counters
 *   jobs.c   what the four queues run
 *   core.c   registers of the core: control lists, caches, binner memory, compute
 *   hub.c    registers of the hub, with the TFU, and of the bridge, which resets
 *   tree.c   the files that people and tests read
 *   v3d.c    register dispatch and time
 */
#ifndef MODELS_V3D_V3D_H
#define MODELS_V3D_V3D_H

#include "core/hold.h"
#include "core/irq.h"
#include "core/list.h"
#include "core/space.h"
#include "models/v3d/regs.h"
#include "protocol.h"

#define V3D_NAME "v3d"

/* Guest time that a job takes; a `delay` rule adds to it. */
#define V3D_JOB_NS 200000ull
/* Guest time of a clock cycle */
#define V3D_CYCLE_NS 2ull
/* Longest range of a command, and longest list; more is malformed. */
#define V3D_HISTORY 256u
/* How much of a list's data a prefetch looks at */
#define V3D_PREFETCH_BYTES (16ull << 20)

typedef struct V3d V3d;

/* The first two are also the numbers of the control-list threads. */
typedef enum {
	V3D_QUEUE_BIN,
	V3D_QUEUE_RENDER,
	V3D_QUEUE_TFU,
	V3D_QUEUE_CSD,
	V3D_QUEUES,
} V3dQueueId;

/**
 * V3dMmu - the MMU
 *
 * @base: PT_PA_BASE: page number of the table
 * @cache_flushes: flushes of the cache by MMUC_CONTROL that no TLB_CLEAR has followed. Each
 *	thread of the driver does one, then the other.
 * @client: who accesses memory now, for VIO_ID
 * @hold: clearing the TLB
 */
typedef struct {
	Space space;
	uint32_t ctl;
	uint32_t base;
	uint32_t cache;
	uint32_t cap;
	uint32_t illegal;
	uint32_t vio_id;
	uint32_t vio_addr;
	unsigned int cache_flushes;
	uint32_t client;
	Hold hold;
} V3dMmu;

typedef enum {
	V3D_WAIT_NONE,
	V3D_WAIT_MEMORY, /* for more memory of the binner */
	V3D_WAIT_STUCK, /* for a reset */
} V3dWait;

/**
 * V3dJob - what a queue runs
 *
 * @fault: the fault rule that applies
 */
typedef struct {
	bool active;
	Hold hold;
	Fault fault;
	V3dWait wait;
	List list;
	uint64_t number;
	uint64_t started_ns;
} V3dJob;

/**
 * V3dQueue - a queue, which runs one job at a time
 *
 * @flushed, @sliced: the caches have been invalidated since the last job was started
 */
typedef struct {
	V3d *v3d;
	V3dQueueId n;
	const char *name; /* "BIN" and so on; also the kind of fault */
	uint32_t client; /* of the MMU */
	bool flushed;
	bool sliced;
	V3dJob job;
} V3dQueue;

typedef struct {
	uint64_t number;
	const char *queue;
	uint32_t start;
	uint32_t commands;
	const char *end; /* done, killed */
	uint64_t started_ns;
	uint64_t ended_ns;
} V3dHistory;

typedef enum {
	COUNT_BIN_JOBS,
	COUNT_RENDER_JOBS,
	COUNT_TFU_JOBS,
	COUNT_CSD_JOBS,
	COUNT_JOBS_KILLED,
	COUNT_COMMANDS,
	COUNT_OUT_OF_MEMORY,
	COUNT_MMU_FAULTS,
	COUNT_TLB_CLEARS,
	COUNT_RESETS,
	V3D_COUNTERS
} V3dCounter;

/**
 * V3d - the device
 *
 * @pool, @pool_size: what is left of the binner's memory (BPCA, BPCS)
 * @more, @more_size: memory that it takes next (BPOA, BPOS)
 * @disturbed: a fault rule has kept a reset or a flush from being carried out. The
 *	driver goes on all the same, so what it does then is no violation.
 */
struct V3d {
	Device dev;

	Irq hub_irq;
	Irq core_irq;
	V3dMmu mmu;
	SpaceCounters tlb;
	V3dQueue queue[V3D_QUEUES];

	uint32_t axicfg;
	uint32_t tfu[TFU_WORDS];
	uint32_t tfu_icfg;
	uint32_t tfu_su;
	uint32_t misccfg;
	uint32_t l2t_start;
	uint32_t l2t_end;
	uint32_t list_start[2];
	uint32_t list_end[2];
	uint32_t qma;
	uint32_t qms;
	uint32_t qts;
	uint32_t pool;
	uint32_t pool_size;
	uint32_t more;
	uint32_t more_size;
	uint32_t csd[CSD_WORDS];
	uint32_t csd_current[CSD_WORDS];
	uint32_t gmp_cfg;
	uint32_t err_stat;

	uint32_t pctr_en;
	uint32_t pctr_overflow;
	uint32_t pctr_src[PCTR_SRCS];
	uint32_t pctr[PCTRS];
	uint64_t pctr_ns; /* guest time up to which they count */

	uint32_t sw_init;
	Hold reset;
	bool disturbed;

	V3dHistory history[V3D_HISTORY];
	uint64_t jobs; /* ever started */
	uint64_t ended; /* ever; entry i % V3D_HISTORY is the i-th to end */
	uint64_t counter[V3D_COUNTERS];
};

#define v3d_trace(v3d, ...)                                                    \
	journal_trace((v3d)->dev.journal, V3D_NAME, __VA_ARGS__)
#define v3d_violation(v3d, ...)                                                \
	journal_violation((v3d)->dev.journal, V3D_NAME, __VA_ARGS__)

/* As hold_begin(), and trace that a fault rule applies. */
static inline Fault v3d_begin(V3d *v3d, Hold *hold, const char *kind,
			      uint64_t ns)
{
	Fault fault = hold_begin(&v3d->dev, hold, kind, ns);

	if (fault.kind != FAULT_NONE)
		v3d_trace(v3d, "%s: fault rule applies", kind);
	return fault;
}

/* irq.c; offsets count from the start of the window, INT_STS to INT_MSK_CLR */
void v3d_irq_init(V3d *v3d);
RegisterResult v3d_irq_read(Irq *irq, uint64_t offset, uint32_t *value);
RegisterResult v3d_irq_write(V3d *v3d, Irq *irq, uint64_t offset,
			     uint32_t value);

/* mmu.c */
void v3d_mmu_init(V3d *v3d);
void v3d_mmu_free(V3d *v3d);
/* Power-on state */
void v3d_mmu_reset(V3d *v3d);
void v3d_mmu_advance(V3d *v3d);
/* Report what makes it wrong to start a job of @name now. */
void v3d_mmu_check_start(V3d *v3d, const char *name);
RegisterResult v3d_mmu_read(V3d *v3d, uint64_t offset, uint32_t *value);
RegisterResult v3d_mmu_write(V3d *v3d, uint64_t offset, uint32_t value);

/* lists.c */
/* Run the control list of the binner or the renderer; ends as v3d_exec() */
ListEnd v3d_lists_run(V3dQueue *queue);
/* Fetch the translations that it will use into the TLB. */
void v3d_lists_prefetch(V3dQueue *queue);

/* exec.c */
/*
 * Run the list of the job from where it is. It can be called again after a wait. Any end
 * but LIST_DONE and LIST_MEMORY leaves the queue stuck.
 */
ListEnd v3d_exec(V3dQueue *queue);
/* Fetch the translations that the list will use into the TLB. */
void v3d_exec_prefetch(V3dQueue *queue);

/* perf.c */
/* Count up to now. Called before a job starts or ends, and before an access. */
void v3d_perf_count(V3d *v3d);
void v3d_perf_enable(V3d *v3d, uint32_t mask);
void v3d_perf_clear(V3d *v3d, uint32_t mask);

/* jobs.c */
/* Run the list; @end 0: to SB_COMMAND_END. @start 0: none, the job just takes its time. */
void v3d_job_start(V3dQueue *queue, uint32_t start, uint32_t end);
/* Run it if it is due, and raise the interrupt. */
void v3d_job_advance(V3dQueue *queue);
/* The binner has got more memory. */
void v3d_job_more_memory(V3dQueue *queue);
/* End it without telling the driver; nothing if there is none. */
void v3d_job_kill(V3dQueue *queue, const char *how);
/* How much of @total a job has done, by the time that it takes */
uint64_t v3d_job_progress(const V3dQueue *queue, uint64_t total);

/* core.c */
RegisterResult v3d_core_read(V3d *v3d, uint64_t offset, uint32_t *value);
RegisterResult v3d_core_write(V3d *v3d, uint64_t offset, uint32_t value);

/* hub.c */
RegisterResult v3d_hub_read(V3d *v3d, uint64_t offset, uint32_t *value);
RegisterResult v3d_hub_write(V3d *v3d, uint64_t offset, uint32_t value);
RegisterResult v3d_bridge_read(V3d *v3d, uint64_t offset, uint32_t *value);
RegisterResult v3d_bridge_write(V3d *v3d, uint64_t offset, uint32_t value);
void v3d_bridge_advance(V3d *v3d);
/* Power-on state of everything */
void v3d_hub_reset(V3d *v3d);

/* tree.c */
extern const Node v3d_nodes[];
void v3d_leaks(Device *device, GString *out);

#endif
