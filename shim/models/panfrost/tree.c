// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-T860: its files in the tree, and what counts as a leak. */
#include "models/panfrost/panfrost.h"

#include "core/map.h"
#include "models/panfrost/regs.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"
#define HEX48 "0x%012" G_GINT64_MODIFIER "x"
#define U64 "%" G_GUINT64_FORMAT

static void show_irq(GString *out, const char *name, const Irq *irq)
{
	g_string_append_printf(out,
			       "irq %s: rawstat 0x%x mask 0x%x stat 0x%x\n",
			       name, irq->raw, irq->mask, irq->raw & irq->mask);
}

static void show_status(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	g_string_append(out, "gpu: Mali-T860\n");
	for (unsigned int i = 0; i < PANFROST_DOMAINS; i++) {
		const PanfrostDomain *domain = &panfrost->domain[i];

		g_string_append_printf(out,
				       "power %s: present " HEX " ready " HEX
				       " changing " HEX "\n",
				       domain->name, domain->present,
				       domain->ready, domain->on | domain->off);
	}
	show_irq(out, "gpu", &panfrost->gpu_irq);
	show_irq(out, "job", &panfrost->job_irq);
	show_irq(out, "mmu", &panfrost->mmu_irq);
	g_string_append_printf(out, "reset: %s\n",
			       panfrost->reset.active ? "under way" : "no");
	g_string_append_printf(out, "fault: 0x%x at " HEX "\n",
			       panfrost->gpu_fault_status,
			       panfrost->gpu_fault_address);
	g_string_append_printf(out, "cycles: " U64 " %s\n",
			       panfrost_cycles(panfrost),
			       panfrost->cycles_on ? "counting" : "stopped");
	g_string_append_printf(
		out,
		"performance counters: %s, AS %u address " HEX " samples %u\n",
		PERFCNT_MODE(panfrost->perfcnt_cfg) ? "on" : "off",
		PERFCNT_AS(panfrost->perfcnt_cfg), panfrost->perfcnt_base,
		panfrost->perfcnt_samples);
}

static void show_counters(Device *device, uint32_t n G_GNUC_UNUSED,
			  GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	const uint64_t *counter = panfrost->counter;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{"chains", counter[COUNT_CHAINS]},
		{"chains-failed", counter[COUNT_CHAINS_FAILED]},
		{"jobs", counter[COUNT_JOBS]},
		{"page-faults", counter[COUNT_PAGE_FAULTS]},
		{"bus-faults", counter[COUNT_BUS_FAULTS]},
		{"tlb-hits", panfrost->tlb.hits},
		{"tlb-misses", panfrost->tlb.misses},
		{"tlb-flushed", panfrost->tlb.flushed},
		{"as-commands", counter[COUNT_AS_COMMANDS]},
		{"resets", counter[COUNT_RESETS]},
		{"power-changes", counter[COUNT_POWER_CHANGES]},
		{"perfcnt-samples", counter[COUNT_PERFCNT_SAMPLES]},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_string_append_printf(out, "%s " U64 "\n", rows[i].name,
				       rows[i].value);
}

static void show_jobs(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	uint64_t first = panfrost->ended > PANFROST_HISTORY
				 ? panfrost->ended - PANFROST_HISTORY
				 : 0;

	for (uint64_t i = first; i < panfrost->ended; i++) {
		const PanfrostHistory *job =
			&panfrost->history[i % PANFROST_HISTORY];

		g_string_append_printf(
			out,
			U64 " slot %u as %u head " HEX
			    " jobs %u status 0x%x %s start " U64 " end " U64
			    " %s\n",
			job->number, job->slot, job->as, job->head, job->jobs,
			job->status, panfrost_exception_name(job->status),
			job->started_ns, job->ended_ns, job->end);
	}
}

static const char *slot_state(Panfrost *panfrost, const PanfrostSlot *slot)
{
	if (!slot->active)
		return "idle";
	if (slot->wait == SPACE_FAULT)
		return "waiting for a page fault to be resolved";
	if (slot->wait == SPACE_LOCKED)
		return "waiting for a region to be unlocked";
	if (hold_held(&panfrost->dev, &slot->hold))
		return slot->fault.kind == FAULT_HANG ? "hung" : "held";
	return "running";
}

static void show_slot(Device *device, uint32_t n, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	const PanfrostSlot *slot = &panfrost->slot[n];

	g_string_append_printf(out,
			       "state: %s\n"
			       "head: " HEX "\n"
			       "tail: " HEX "\n"
			       "as: %u\n"
			       "config: 0x%x\n"
			       "affinity: " HEX "\n"
			       "status: 0x%x %s\n",
			       slot_state(panfrost, slot), slot->head,
			       slot->tail, JS_CONFIG_AS(slot->config),
			       slot->config, slot->affinity, slot->status,
			       panfrost_exception_name(slot->status));
	if (slot->active)
		g_string_append_printf(out,
				       "at: " HEX "\n"
				       "jobs: %u\n"
				       "started: " U64 "\n",
				       slot->at, slot->jobs, slot->started_ns);
	if (slot->command_next == JS_COMMAND_START)
		g_string_append_printf(out, "next: " HEX " as %u\n",
				       slot->head_next,
				       JS_CONFIG_AS(slot->config_next));
	else
		g_string_append(out, "next: none\n");
}

static void show_as(Device *device, uint32_t n, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	const PanfrostAs *as = &panfrost->as[n];
	const Space *space = &as->space;

	g_string_append_printf(out,
			       "transtab: " HEX "\n"
			       "memattr: " HEX "\n"
			       "table: " HEX "%s\n"
			       "mapped: " U64 " pages\n"
			       "tlb: %u pages\n"
			       "fault: 0x%x at " HEX "\n",
			       as->transtab, as->memattr, space->root,
			       space->killed ? " (taken away after a fault)"
					     : "",
			       space_mapped(space), space_tlb_size(space),
			       as->fault_status, as->fault_address);
	if (space->locked)
		g_string_append_printf(out, "locked: " HEX48 "-" HEX48 "\n",
				       space->lock_first, space->lock_last);
	if (as->hold.active)
		g_string_append_printf(out, "command: %u under way\n",
				       as->command);
}

static void show_map(Device *device, uint32_t n, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;
	map_show(&panfrost->as[n].space, out);
}

const Node panfrost_nodes[] = {
	{.path = "as/%u/info", .show = show_as, .count = PANFROST_SPACES},
	{.path = "as/%u/map", .show = show_map, .count = PANFROST_SPACES},
	{.path = "counters", .show = show_counters},
	{.path = "jobs", .show = show_jobs},
	{.path = "slots/%u", .show = show_slot, .count = PANFROST_SLOTS},
	{.path = "status", .show = show_status},
	{.path = NULL},
};

void panfrost_leaks(Device *device, GString *out)
{
	Panfrost *panfrost = (Panfrost *)device;

	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		const PanfrostSlot *slot = &panfrost->slot[i];

		if (slot->active)
			g_string_append_printf(
				out, "slot %u: chain " HEX " %s\n", i,
				slot->head, slot_state(panfrost, slot));
		if (slot->command_next == JS_COMMAND_START)
			g_string_append_printf(
				out, "slot %u: chain " HEX " waits to run\n", i,
				slot->head_next);
	}
	for (unsigned int i = 0; i < PANFROST_SPACES; i++) {
		uint64_t pages = space_mapped(&panfrost->as[i].space);

		/* An empty table is no leak: panfrost keeps those of idle spaces. */
		if (pages)
			g_string_append_printf(
				out, "AS %u: " U64 " pages mapped\n", i, pages);
	}
	if (PERFCNT_MODE(panfrost->perfcnt_cfg))
		g_string_append(out, "performance counters are on\n");
}
