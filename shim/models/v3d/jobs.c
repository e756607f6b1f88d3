// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: the job that a queue runs. It takes V3D_JOB_NS of guest time. When it starts, the
 * translations that it will use are fetched into the TLB; when the time is over, it
 * runs at once. So the model notices if the driver takes pages away from a running job:
 * unmapped pages fault, and pages that were unmapped without a flush are found in the
 * TLB.
 *
 * The driver has no other means to end a job than a reset.
 */
#include "models/v3d/v3d.h"

static void end(V3dQueue *queue, const char *how)
{
	V3d *v3d = queue->v3d;
	V3dJob *job = &queue->job;

	v3d_perf_count(v3d);
	v3d->history[v3d->ended++ % V3D_HISTORY] = (V3dHistory){
		.number = job->number,
		.queue = queue->name,
		.start = job->list.start,
		.commands = job->list.commands,
		.end = how,
		.started_ns = job->started_ns,
		.ended_ns = v3d->dev.now_ns,
	};
	v3d_trace(v3d, "%s: list 0x%08x %s, %u commands", queue->name,
		  job->list.start, how, job->list.commands);
	job->active = false;
	job->hold.active = false;
	job->wait = V3D_WAIT_NONE;
}

static void check_start(V3dQueue *queue)
{
	V3d *v3d = queue->v3d;

	/* The TFU does not use these caches. */
	if (queue->n != V3D_QUEUE_TFU && !queue->flushed)
		v3d_violation(v3d, "%s: started without a flush of the L2T",
			      queue->name);
	if (queue->n != V3D_QUEUE_TFU && !queue->sliced)
		v3d_violation(v3d,
			      "%s: started without invalidating the caches of "
			      "the slices",
			      queue->name);
	v3d_mmu_check_start(v3d, queue->name);
}

void v3d_job_start(V3dQueue *queue, uint32_t start, uint32_t end_address)
{
	V3d *v3d = queue->v3d;

	if (queue->job.active) {
		if (!v3d->disturbed)
			v3d_violation(v3d, "%s: started while a job runs",
				      queue->name);
		end(queue, "killed by the next job");
	}
	v3d_perf_count(v3d);
	check_start(queue);
	queue->job = (V3dJob){
		.active = true,
		.list = {.start = start, .end = end_address, .at = start},
		.number = ++v3d->jobs,
		.started_ns = v3d->dev.now_ns,
	};
	queue->job.fault =
		v3d_begin(v3d, &queue->job.hold, queue->name, V3D_JOB_NS);
	queue->flushed = false;
	queue->sliced = false;
	v3d->counter[COUNT_BIN_JOBS + queue->n]++;
	v3d_exec_prefetch(queue);
}

static void done(V3dQueue *queue)
{
	static const uint32_t bits[V3D_QUEUES] = {
		[V3D_QUEUE_BIN] = INT_FLDONE,
		[V3D_QUEUE_RENDER] = INT_FRDONE,
		[V3D_QUEUE_TFU] = HUB_INT_TFUC,
		[V3D_QUEUE_CSD] = INT_CSDDONE,
	};
	V3d *v3d = queue->v3d;
	bool hub = queue->n == V3D_QUEUE_TFU;

	end(queue, "done");
	if (!hub || v3d->tfu_icfg & TFU_ICFG_IOC)
		irq_set(hub ? &v3d->hub_irq : &v3d->core_irq, bits[queue->n]);
}

static void stuck(V3dQueue *queue, uint32_t status)
{
	queue->job.wait = V3D_WAIT_STUCK;
	queue->v3d->err_stat |= status;
	v3d_trace(queue->v3d, "%s: list 0x%08x stuck at 0x%08x", queue->name,
		  queue->job.list.start, queue->job.list.at);
}

/* The time of the list is over. */
static void run(V3dQueue *queue)
{
	V3d *v3d = queue->v3d;
	V3dJob *job = &queue->job;

	job->hold.active = false;
	if (job->fault.kind == FAULT_FAIL) {
		stuck(queue, job->fault.arg ? (uint32_t)job->fault.arg
					    : ERR_STAT_VPAEABB);
		return;
	}
	/* It says that it is done, and has done nothing. */
	if (job->fault.kind == FAULT_GARBAGE) {
		done(queue);
		return;
	}
	switch (v3d_exec(queue)) {
	case LIST_DONE:
		done(queue);
		return;
	case LIST_MEMORY:
		job->wait = V3D_WAIT_MEMORY;
		v3d->counter[COUNT_OUT_OF_MEMORY]++;
		v3d_trace(v3d, "%s: out of memory", queue->name);
		irq_set(&v3d->core_irq, INT_OUTOMEM);
		return;
	default:
		break;
	}
	stuck(queue, 0);
}

void v3d_job_advance(V3dQueue *queue)
{
	if (queue->job.active && queue->job.wait == V3D_WAIT_NONE &&
	    hold_due(&queue->v3d->dev, &queue->job.hold))
		run(queue);
}

void v3d_job_more_memory(V3dQueue *queue)
{
	V3dJob *job = &queue->job;

	if (!job->active || job->wait != V3D_WAIT_MEMORY)
		return;
	job->wait = V3D_WAIT_NONE;
	job->hold.due_ns = queue->v3d->dev.now_ns + V3D_JOB_NS;
	job->hold.active = true;
}

void v3d_job_kill(V3dQueue *queue, const char *how)
{
	if (!queue->job.active)
		return;
	queue->v3d->counter[COUNT_JOBS_KILLED]++;
	end(queue, how);
}

uint64_t v3d_job_progress(const V3dQueue *queue, uint64_t total)
{
	const Device *device = &queue->v3d->dev;
	const V3dJob *job = &queue->job;
	uint64_t took = device->now_ns - job->started_ns;
	uint64_t all;

	if (!job->active || !job->hold.active || hold_held(device, &job->hold))
		return 0;
	all = job->hold.due_ns - job->started_ns;
	return all ? (uint64_t)((double)total * (double)MIN(took, all) /
				(double)all)
		   : 0;
}
