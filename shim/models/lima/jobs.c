// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: the job that GP or PP runs. It takes LIMA_JOB_NS of guest time. When it
 * starts, the translations that it will use are fetched into the TLB; when the time is
 * over, it runs at once. So the model notices if the driver takes pages away from a
 * running job: unmapped pages fault, and pages that were unmapped without a flush are
 * found in the TLB.
 */
#include "models/lima/lima.h"

#include <string.h>

static void end(LimaCore *core, const char *how)
{
	Lima *lima = core->lima;
	LimaJob *job = &core->job;

	lima->history[lima->ended++ % LIMA_HISTORY] = (LimaHistory){
		.number = job->number,
		.core = core->name,
		.start = job->list.start,
		.commands = job->list.commands,
		.end = how,
		.started_ns = job->started_ns,
		.ended_ns = lima->dev.now_ns,
	};
	lima_trace(lima, "%s: list 0x%08x %s, %u commands", core->name,
		   job->list.start, how, job->list.commands);
	job->active = false;
	job->hold.active = false;
	job->wait = LIMA_WAIT_NONE;
}

static void check_start(LimaCore *core)
{
	Lima *lima = core->lima;

	if (core->bus_stopped)
		lima_violation(lima, "%s: started while the bus is stopped",
			       core->name);
	if (!(lima->on & PMU_L2) || !(lima->l2_enable & L2_ENABLE_ACCESS))
		lima_violation(lima, "%s: started while the L2 cache is off",
			       core->name);
	else if (!core->l2_cleared)
		lima_violation(lima,
			       "%s: started without clearing the L2 cache",
			       core->name);
	lima_mmu_check_start(&lima->mmu[core->n]);
}

void lima_job_start(LimaCore *core, const LimaJob *job)
{
	Lima *lima = core->lima;

	if (core->reset.active) {
		lima_trace(lima, "%s: start lost, a reset is under way",
			   core->name);
		return;
	}
	if (core->job.active) {
		/* After a hang, the driver could not stop the one before. */
		if (!lima_job_hung(core))
			lima_violation(lima, "%s: started while a job runs",
				       core->name);
		end(core, "killed by the next job");
	}
	check_start(core);
	core->job = *job;
	core->job.active = true;
	core->job.list.at = job->list.start;
	core->job.heap = (ListHeap){core->heap, core->heap_end};
	core->job.number = ++lima->jobs;
	core->job.started_ns = lima->dev.now_ns;
	core->job.fault =
		lima_begin(lima, &core->job.hold, core->name, LIMA_JOB_NS);
	core->l2_cleared = false;
	lima->counter[core->n == LIMA_GP ? COUNT_GP_JOBS : COUNT_PP_JOBS]++;
	if (lima->mmu[core->n].space.root)
		lima_exec_prefetch(lima, core->n);
}

/* The VS list is done; go on with that of the PLBU. */
static void next_list(LimaCore *core)
{
	LimaJob *job = &core->job;

	job->list.start = job->next_start;
	job->list.end = job->next_end;
	job->next_start = job->next_end;
	job->list.at = job->list.start;
	job->plbu = true;
	job->hold.due_ns = core->lima->dev.now_ns + LIMA_JOB_NS;
	job->hold.active = true;
	lima_exec_prefetch(core->lima, core->n);
}

static LimaJobEvent failed(LimaCore *core, LimaJobEvent event)
{
	core->lima->counter[COUNT_JOBS_FAILED]++;
	end(core, "failed");
	return event;
}

/* The time of the list is over. */
static LimaJobEvent run(LimaCore *core)
{
	LimaJob *job = &core->job;

	job->hold.active = false;
	if (job->fault.kind == FAULT_FAIL)
		return failed(core, LIMA_JOB_FAILED);
	if (job->fault.kind == FAULT_GARBAGE)
		return failed(core, LIMA_JOB_GARBAGE);
	switch (lima_exec(core->lima, core->n)) {
	case LIST_DONE:
		if (job->next_start != job->next_end) {
			next_list(core);
			return LIMA_JOB_VS_DONE;
		}
		end(core, "done");
		return LIMA_JOB_DONE;
	case LIST_FAULT:
		job->wait = LIMA_WAIT_FAULT;
		return LIMA_JOB_NOTHING;
	case LIST_MEMORY:
		job->wait = LIMA_WAIT_MEMORY;
		core->lima->counter[COUNT_OUT_OF_MEMORY]++;
		lima_trace(core->lima, "%s: heap used up at 0x%08x", core->name,
			   (uint32_t)job->heap.at);
		return LIMA_JOB_MEMORY;
	case LIST_INVALID:
		return failed(core, LIMA_JOB_INVALID);
	case LIST_FOREIGN:
	case LIST_BUS:
		break;
	}
	return failed(core, LIMA_JOB_BUS);
}

LimaJobEvent lima_job_advance(LimaCore *core)
{
	LimaJob *job = &core->job;
	bool ready = lima_mmu_ready(&core->lima->mmu[core->n]);

	if (!job->active || core->bus_stopped || !ready)
		return LIMA_JOB_NOTHING;
	if (job->wait == LIMA_WAIT_FAULT)
		job->wait = LIMA_WAIT_NONE;
	else if (job->wait != LIMA_WAIT_NONE ||
		 (job->hold.active && !hold_due(&core->lima->dev, &job->hold)))
		return LIMA_JOB_NOTHING;
	return run(core);
}

void lima_job_set_heap(LimaCore *core)
{
	LimaJob *job = &core->job;

	if (!job->active)
		return;
	job->heap = (ListHeap){core->heap, core->heap_end};
	if (job->wait != LIMA_WAIT_MEMORY)
		return;
	job->wait = LIMA_WAIT_NONE;
	job->hold.due_ns = core->lima->dev.now_ns + LIMA_JOB_NS;
	job->hold.active = true;
}

void lima_job_kill(LimaCore *core, const char *how)
{
	if (core->job.active)
		end(core, how);
}

void lima_core_reset_start(LimaCore *core, bool soft)
{
	Lima *lima = core->lima;
	Fault fault = lima_begin(lima, &core->reset, "RESET", 0);

	lima->counter[soft ? COUNT_SOFT_RESETS : COUNT_HARD_RESETS]++;
	core->soft = soft;
	/* One that fails is never over. Only the next one ends that. */
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		core->reset.due_ns = HOLD_NEVER;
}

bool lima_core_reset_due(LimaCore *core)
{
	if (!hold_due(&core->lima->dev, &core->reset))
		return false;
	lima_job_kill(core, "killed by reset");
	core->reset.active = false;
	core->bus_stopped = false;
	irq_reset(&core->irq);
	memset(core->frame, 0, sizeof(core->frame));
	memset(core->wb, 0, sizeof(core->wb));
	memset(core->counters, 0, sizeof(core->counters));
	core->write_bound = 0;
	core->heap = 0;
	core->heap_end = 0;
	return true;
}

void lima_core_clear(LimaCore *core)
{
	lima_job_kill(core, "killed by power-off");
	*core = (LimaCore){
		.lima = core->lima,
		.n = core->n,
		.name = core->name,
		.irq = {core->irq.device, core->irq.line, 0, 0},
	};
}
