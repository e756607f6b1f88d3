// SPDX-License-Identifier: GPL-2.0-or-later
/* V3D: its files in the tree, and what counts as a leak. */
#include "models/v3d/v3d.h"

#include "core/map.h"

#define U64 "%" G_GUINT64_FORMAT

static void show_irq(GString *out, const char *name, const Irq *irq)
{
	g_string_append_printf(out,
			       "irq %s: raw 0x%x enabled 0x%x pending 0x%x\n",
			       name, irq->raw, irq->mask, irq->raw & irq->mask);
}

static const char *queue_state(const V3dQueue *queue)
{
	const V3dJob *job = &queue->job;

	if (!job->active)
		return "idle";
	if (job->wait == V3D_WAIT_STUCK)
		return "stuck";
	if (job->wait == V3D_WAIT_MEMORY)
		return "waiting for memory";
	return hold_held(&queue->v3d->dev, &job->hold) ? "held" : "running";
}

static void show_status(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	const V3d *v3d = (const V3d *)device;

	g_string_append(out, "gpu: V3D 4.2\n");
	show_irq(out, "hub", &v3d->hub_irq);
	show_irq(out, "core", &v3d->core_irq);
	g_string_append_printf(out,
			       "binner memory: 0x%08x, %u bytes; then 0x%08x, "
			       "%u bytes\n"
			       "reset: %s\n",
			       v3d->pool, v3d->pool_size, v3d->more,
			       v3d->more_size,
			       v3d->reset.active ? "under way" : "no");
	for (unsigned int i = 0; i < PCTRS; i++)
		if (v3d->pctr_en & 1u << i)
			g_string_append_printf(
				out, "counter %u: source %u, %u\n", i,
				v3d->pctr_src[i / 4] >> i % 4 * 8 & 0x7f,
				v3d->pctr[i]);
}

static void show_counters(Device *device, uint32_t n G_GNUC_UNUSED,
			  GString *out)
{
	const V3d *v3d = (const V3d *)device;
	static const char *const names[V3D_COUNTERS] = {
		[COUNT_BIN_JOBS] = "bin-jobs",
		[COUNT_RENDER_JOBS] = "render-jobs",
		[COUNT_TFU_JOBS] = "tfu-jobs",
		[COUNT_CSD_JOBS] = "csd-jobs",
		[COUNT_JOBS_KILLED] = "jobs-killed",
		[COUNT_COMMANDS] = "commands",
		[COUNT_OUT_OF_MEMORY] = "out-of-memory",
		[COUNT_MMU_FAULTS] = "mmu-faults",
		[COUNT_TLB_CLEARS] = "tlb-clears",
		[COUNT_RESETS] = "resets",
	};

	for (guint i = 0; i < V3D_COUNTERS; i++)
		g_string_append_printf(out, "%s " U64 "\n", names[i],
				       v3d->counter[i]);
	g_string_append_printf(
		out,
		"tlb-hits " U64 "\ntlb-misses " U64 "\ntlb-flushed " U64 "\n",
		v3d->tlb.hits, v3d->tlb.misses, v3d->tlb.flushed);
}

static void show_jobs(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	const V3d *v3d = (const V3d *)device;
	uint64_t first =
		v3d->ended > V3D_HISTORY ? v3d->ended - V3D_HISTORY : 0;

	for (uint64_t i = first; i < v3d->ended; i++) {
		const V3dHistory *job = &v3d->history[i % V3D_HISTORY];

		g_string_append_printf(
			out,
			U64 " %s list 0x%08x commands %u start " U64 " end " U64
			    " %s\n",
			job->number, job->queue, job->start, job->commands,
			job->started_ns, job->ended_ns, job->end);
	}
}

static void show_queue(Device *device, uint32_t n, GString *out)
{
	const V3dQueue *queue = &((const V3d *)device)->queue[n];
	const V3dJob *job = &queue->job;

	g_string_append_printf(out, "queue: %s\nstate: %s\n", queue->name,
			       queue_state(queue));
	if (!job->active)
		return;
	g_string_append_printf(out,
			       "list: 0x%08x\n"
			       "at: 0x%08x\n"
			       "commands: %u\n"
			       "started: " U64 "\n",
			       job->list.start, job->list.at,
			       job->list.commands, job->started_ns);
}

static void show_mmu(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	const V3dMmu *mmu = &((const V3d *)device)->mmu;

	g_string_append_printf(
		out,
		"table: page 0x%x\n"
		"on: %s\n"
		"mapped: " U64 " pages\n"
		"tlb: %u pages\n"
		"last fault: 0x%08x, client 0x%x\n",
		mmu->base, mmu->ctl & MMU_CTL_ENABLE ? "yes" : "no",
		space_mapped(&mmu->space), space_tlb_size(&mmu->space),
		mmu->vio_addr, mmu->vio_id);
}

static void show_map(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	map_show(&((const V3d *)device)->mmu.space, out);
}

const Node v3d_nodes[] = {
	{.path = "counters", .show = show_counters},
	{.path = "jobs", .show = show_jobs},
	{.path = "mmu/info", .show = show_mmu},
	{.path = "mmu/map", .show = show_map},
	{.path = "queues/%u", .show = show_queue, .count = V3D_QUEUES},
	{.path = "status", .show = show_status},
	{.path = NULL},
};

void v3d_leaks(Device *device, GString *out)
{
	const V3d *v3d = (const V3d *)device;
	uint64_t pages = space_mapped(&v3d->mmu.space);

	for (V3dQueueId i = 0; i < V3D_QUEUES; i++)
		if (v3d->queue[i].job.active)
			g_string_append_printf(out, "%s: list 0x%08x %s\n",
					       v3d->queue[i].name,
					       v3d->queue[i].job.list.start,
					       queue_state(&v3d->queue[i]));
	if (pages)
		g_string_append_printf(out, "MMU: " U64 " pages mapped\n",
				       pages);
}
