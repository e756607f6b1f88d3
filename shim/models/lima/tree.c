// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-400: its files in the tree, and what counts as a leak. */
#include "models/lima/lima.h"

#include "core/map.h"

#define U64 "%" G_GUINT64_FORMAT

static void show_irq(GString *out, const char *name, const Irq *irq)
{
	g_string_append_printf(out,
			       "irq %s: rawstat 0x%x mask 0x%x stat 0x%x\n",
			       name, irq->raw, irq->mask, irq->raw & irq->mask);
}

static const char *on_off(uint32_t on)
{
	return on ? "on" : "off";
}

static void show_status(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	const Lima *lima = (const Lima *)device;

	g_string_append_printf(out,
			       "gpu: Mali-400 MP1\n"
			       "power: GP %s, PP %s, L2 %s\n"
			       "L2 cache: %s\n",
			       on_off(lima->on & PMU_GP),
			       on_off(lima->on & PMU_PP),
			       on_off(lima->on & PMU_L2),
			       on_off(lima->l2_enable & L2_ENABLE_ACCESS));
	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		show_irq(out, lima->core[i].name, &lima->core[i].irq);
		show_irq(out, lima->mmu[i].name, &lima->mmu[i].irq);
	}
}

static void show_counters(Device *device, uint32_t n G_GNUC_UNUSED,
			  GString *out)
{
	const Lima *lima = (const Lima *)device;
	static const char *const names[LIMA_COUNTERS] = {
		[COUNT_GP_JOBS] = "gp-jobs",
		[COUNT_PP_JOBS] = "pp-jobs",
		[COUNT_JOBS_FAILED] = "jobs-failed",
		[COUNT_COMMANDS] = "commands",
		[COUNT_OUT_OF_MEMORY] = "out-of-memory",
		[COUNT_PAGE_FAULTS] = "page-faults",
		[COUNT_MMU_COMMANDS] = "mmu-commands",
		[COUNT_L2_CLEARS] = "l2-clears",
		[COUNT_SOFT_RESETS] = "soft-resets",
		[COUNT_HARD_RESETS] = "hard-resets",
		[COUNT_POWER_CHANGES] = "power-changes",
	};

	for (guint i = 0; i < LIMA_COUNTERS; i++)
		g_string_append_printf(out, "%s " U64 "\n", names[i],
				       lima->counter[i]);
	g_string_append_printf(
		out,
		"tlb-hits " U64 "\ntlb-misses " U64 "\ntlb-flushed " U64 "\n",
		lima->tlb.hits, lima->tlb.misses, lima->tlb.flushed);
}

static void show_jobs(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	const Lima *lima = (const Lima *)device;
	uint64_t first =
		lima->ended > LIMA_HISTORY ? lima->ended - LIMA_HISTORY : 0;

	for (uint64_t i = first; i < lima->ended; i++) {
		const LimaHistory *job = &lima->history[i % LIMA_HISTORY];

		g_string_append_printf(
			out,
			U64 " %s list 0x%08x commands %u start " U64 " end " U64
			    " %s\n",
			job->number, job->core, job->start, job->commands,
			job->started_ns, job->ended_ns, job->end);
	}
}

static const char *core_state(const LimaCore *core)
{
	const LimaJob *job = &core->job;

	if (core->reset.active)
		return "reset under way";
	if (!job->active)
		return core->bus_stopped ? "stopped" : "idle";
	if (lima_job_hung(core))
		return "hung";
	if (hold_held(&core->lima->dev, &job->hold))
		return "held";
	if (job->wait == LIMA_WAIT_MEMORY)
		return "waiting for more heap";
	if (core->lima->mmu[core->n].fault)
		return "waiting for a page fault to be resolved";
	return core->bus_stopped ? "stopped" : "running";
}

static void show_core(GString *out, const LimaCore *core)
{
	const LimaJob *job = &core->job;

	g_string_append_printf(out, "state: %s\n", core_state(core));
	if (!job->active)
		return;
	g_string_append_printf(out,
			       "list: 0x%08x\n"
			       "at: 0x%08x\n"
			       "commands: %u\n"
			       "started: " U64 "\n",
			       job->list.start, job->list.at,
			       job->list.commands, job->started_ns);
	if (core->n == LIMA_GP)
		g_string_append_printf(out, "heap: 0x%08x-0x%08x\n",
				       (uint32_t)job->heap.at,
				       (uint32_t)job->heap.end);
}

static void show_gp(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	show_core(out, &((const Lima *)device)->core[LIMA_GP]);
}

static void show_pp(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	show_core(out, &((const Lima *)device)->core[LIMA_PP]);
}

static void show_mmu(Device *device, uint32_t n, GString *out)
{
	const LimaMmu *mmu = &((const Lima *)device)->mmu[n];

	g_string_append_printf(
		out,
		"of: %s\n"
		"directory: 0x%08x\n"
		"paging: %s%s\n"
		"mapped: " U64 " pages\n"
		"tlb: %u pages\n",
		n == LIMA_GP ? "GP" : "PP", mmu->dte, on_off(mmu->paging),
		mmu->stalled ? ", stalled" : "", space_mapped(&mmu->space),
		space_tlb_size(&mmu->space));
	if (mmu->fault)
		g_string_append_printf(out, "fault: 0x%08x, %s\n",
				       mmu->fault_address,
				       mmu->fault_write ? "write" : "read");
}

static void show_map(Device *device, uint32_t n, GString *out)
{
	map_show(&((const Lima *)device)->mmu[n].space, out);
}

const Node lima_nodes[] = {
	{.path = "counters", .show = show_counters},
	{.path = "gp", .show = show_gp},
	{.path = "jobs", .show = show_jobs},
	{.path = "mmu/%u/info", .show = show_mmu, .count = LIMA_CORES},
	{.path = "mmu/%u/map", .show = show_map, .count = LIMA_CORES},
	{.path = "pp", .show = show_pp},
	{.path = "status", .show = show_status},
	{.path = NULL},
};

void lima_leaks(Device *device, GString *out)
{
	const Lima *lima = (const Lima *)device;

	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		const LimaCore *core = &lima->core[i];
		uint64_t pages = space_mapped(&lima->mmu[i].space);

		if (core->job.active)
			g_string_append_printf(out, "%s: list 0x%08x %s\n",
					       core->name, core->job.list.start,
					       core_state(core));
		/* An empty table is no leak: lima keeps that of the last job. */
		if (pages)
			g_string_append_printf(out,
					       "%s: " U64 " pages mapped\n",
					       lima->mmu[i].name, pages);
	}
}
