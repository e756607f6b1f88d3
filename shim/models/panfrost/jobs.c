// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: job slots. A chain takes PANFROST_JOB_NS of guest time. When it
 * starts, the translations that it will use are fetched into the TLB; when the
 * time is over, its jobs run at once; those of a very long chain run in slices.
 * So the model notices if the driver takes pages away from a running chain:
 * unmapped pages fault, and pages that were unmapped without a flush are found in
 * the TLB.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

static void promote(Panfrost *panfrost, unsigned int n);

const char *panfrost_exception_name(uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *name;
	} names[] = {
		{PANFROST_OK, "OK"},
		{PANFROST_DONE, "DONE"},
		{PANFROST_STOPPED, "STOPPED"},
		{PANFROST_TERMINATED, "TERMINATED"},
		{PANFROST_ACTIVE, "ACTIVE"},
		{PANFROST_JOB_CONFIG_FAULT, "JOB_CONFIG_FAULT"},
		{PANFROST_JOB_POWER_FAULT, "JOB_POWER_FAULT"},
		{PANFROST_JOB_READ_FAULT, "JOB_READ_FAULT"},
		{PANFROST_JOB_WRITE_FAULT, "JOB_WRITE_FAULT"},
		{PANFROST_JOB_BUS_FAULT, "JOB_BUS_FAULT"},
		{PANFROST_DATA_INVALID_FAULT, "DATA_INVALID_FAULT"},
		{PANFROST_OUT_OF_MEMORY, "OUT_OF_MEMORY"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "other";
}

static void end_chain(Panfrost *panfrost, unsigned int n, uint32_t status,
		      const char *how)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	unsigned int as = JS_CONFIG_AS(slot->config);
	PanfrostHistory *entry =
		&panfrost->history[panfrost->ended++ % PANFROST_HISTORY];

	slot->active = false;
	slot->hold.active = false;
	slot->wait = SPACE_OK;
	slot->status = status;
	*entry = (PanfrostHistory){
		.number = panfrost->ended,
		.slot = n,
		.as = as,
		.head = slot->head,
		.jobs = slot->jobs,
		.status = status,
		.end = how,
		.started_ns = slot->started_ns,
		.ended_ns = panfrost->dev.now_ns,
	};
	panfrost_trace(panfrost,
		       "slot %u: chain 0x%" G_GINT64_MODIFIER
		       "x on AS %u %s, status 0x%x %s, %u jobs",
		       n, slot->head, as, how, status,
		       panfrost_exception_name(status), slot->jobs);
}

static void succeed(Panfrost *panfrost, unsigned int n)
{
	panfrost->slot[n].tail = panfrost->slot[n].at;
	end_chain(panfrost, n, PANFROST_DONE, "done");
	irq_set(&panfrost->job_irq, JOB_INT_DONE(n));
	promote(panfrost, n);
}

/* The next chain waits until the driver has acknowledged the failure. */
static void fail(Panfrost *panfrost, unsigned int n, uint32_t status,
		 const char *how)
{
	panfrost->slot[n].tail = panfrost->slot[n].at;
	panfrost->counter[COUNT_CHAINS_FAILED]++;
	end_chain(panfrost, n, status, how);
	irq_set(&panfrost->job_irq, JOB_INT_ERR(n));
}

/* Report what makes it wrong to start a chain now. */
static void check_start(Panfrost *panfrost, unsigned int n)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	unsigned int as = JS_CONFIG_AS(slot->config);

	if (!panfrost_powered(panfrost, slot->affinity))
		panfrost_violation(
			panfrost,
			"slot %u: job started while L2 or shader cores "
			"are not ready",
			n);
	if (as >= PANFROST_SPACES)
		panfrost_violation(panfrost,
				   "slot %u: job started on AS %u: no such", n,
				   as);
	else if (!panfrost->as[as].space.root && !panfrost->as[as].space.killed)
		panfrost_violation(
			panfrost,
			"slot %u: job started on AS %u, which has no "
			"table",
			n, as);
}

static uint64_t root_of(Panfrost *panfrost, const PanfrostSlot *slot)
{
	unsigned int as = JS_CONFIG_AS(slot->config);

	return as < PANFROST_SPACES ? panfrost->as[as].space.root : 0;
}

/* Start the next chain if there is one and the slot is free. */
static void promote(Panfrost *panfrost, unsigned int n)
{
	PanfrostSlot *slot = &panfrost->slot[n];

	if (slot->active || slot->command_next != JS_COMMAND_START ||
	    panfrost->job_irq.raw & JOB_INT_ERR(n))
		return;
	slot->command_next = JS_COMMAND_NOP;
	slot->head = slot->head_next;
	slot->tail = slot->head_next;
	slot->affinity = slot->affinity_next;
	slot->config = slot->config_next;
	slot->xaffinity = slot->xaffinity_next;
	slot->status = PANFROST_ACTIVE;
	slot->active = true;
	slot->wait = SPACE_OK;
	slot->at = slot->head;
	slot->jobs = 0;
	slot->fault_va = 0;
	memset(slot->seen, 0, sizeof(slot->seen));
	slot->resumed = slot->stopped_root &&
			slot->stopped_root == root_of(panfrost, slot) &&
			slot->stopped_at == slot->head;
	slot->stopped_root = 0;
	slot->started_ns = panfrost->dev.now_ns;
	panfrost->chains++;
	panfrost->counter[COUNT_CHAINS]++;
	slot->fault =
		panfrost_begin(panfrost, &slot->hold, "JOB", PANFROST_JOB_NS);
	check_start(panfrost, n);
	if (root_of(panfrost, slot))
		panfrost_exec_prefetch(panfrost, n);
}

/* The chain's time is over: run its jobs until one waits or fails, or the slice ends. */
static void run(Panfrost *panfrost, unsigned int n)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	uint32_t first = slot->jobs;
	uint64_t bytes = panfrost->exec_bytes;
	uint32_t code = PANFROST_OK;

	if (!panfrost_powered(panfrost, slot->affinity))
		code = PANFROST_JOB_POWER_FAULT;
	else if (JS_CONFIG_AS(slot->config) >= PANFROST_SPACES)
		code = PANFROST_JOB_CONFIG_FAULT;
	else if (slot->fault.kind == FAULT_FAIL)
		code = slot->fault.arg ? (uint32_t)slot->fault.arg
				       : PANFROST_DATA_INVALID_FAULT;
	else if (slot->fault.kind == FAULT_GARBAGE)
		code = (uint32_t)slot->fault.arg;

	if (slot->fault.kind == FAULT_GARBAGE && code) {
		fail(panfrost, n, code, "failed (garbage)");
		return;
	}
	while (code == PANFROST_OK) {
		PanfrostExec done = panfrost_exec(panfrost, n);

		slot->fault_va = panfrost->as[JS_CONFIG_AS(slot->config)]
					 .space.access_va;
		if (done.kind == EXEC_WAIT) {
			slot->wait = done.wait;
			slot->wait_access = done.access;
			return;
		}
		if (done.kind == EXEC_FAIL) {
			code = done.code;
			break;
		}
		slot->jobs++;
		panfrost->counter[COUNT_JOBS]++;
		panfrost->perfcnt_jobs++;
		if (!done.next) {
			succeed(panfrost, n);
			return;
		}
		slot->at = done.next;
		if (slot->jobs - first >= PANFROST_SLICE_JOBS ||
		    panfrost->exec_bytes - bytes >= PANFROST_SLICE_BYTES) {
			slot->hold.due_ns =
				panfrost->dev.now_ns + PANFROST_SLICE_NS;
			return;
		}
	}
	panfrost_exec_write_back(panfrost, n, code);
	fail(panfrost, n, code, "failed");
}

void panfrost_jobs_advance(Panfrost *panfrost)
{
	for (;;) {
		PanfrostSlot *first = NULL;

		for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
			PanfrostSlot *slot = &panfrost->slot[i];

			if (slot->active && slot->wait == SPACE_OK &&
			    hold_due(&panfrost->dev, &slot->hold) &&
			    (!first || slot->hold.due_ns < first->hold.due_ns))
				first = slot;
		}
		if (!first)
			return;
		run(panfrost, first - panfrost->slot);
	}
}

/* Let the chains go on that wait for @wait on the address space. */
static void retry(Panfrost *panfrost, unsigned int as, SpaceStatus wait)
{
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		PanfrostSlot *slot = &panfrost->slot[i];

		if (slot->active && slot->wait == wait &&
		    JS_CONFIG_AS(slot->config) == as)
			slot->wait = SPACE_OK; /* runs at the next advance */
	}
}

/* Fail the chains that wait on the address space. */
static void fail_waiting(Panfrost *panfrost, unsigned int as)
{
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		PanfrostSlot *slot = &panfrost->slot[i];

		uint32_t code = slot->wait_access == SPACE_WRITE
					? PANFROST_JOB_WRITE_FAULT
					: PANFROST_JOB_READ_FAULT;

		if (!slot->active || slot->wait == SPACE_OK ||
		    JS_CONFIG_AS(slot->config) != as)
			continue;
		panfrost_exec_write_back(panfrost, i, code);
		fail(panfrost, i, code, "failed");
	}
}

/* Slot that runs a chain on @as, or -1. */
static int slot_on(const Panfrost *panfrost, unsigned int as)
{
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++)
		if (panfrost->slot[i].active &&
		    JS_CONFIG_AS(panfrost->slot[i].config) == as)
			return (int)i;
	return -1;
}

static void table_changes(Panfrost *panfrost, const PanfrostAs *as,
			  uint64_t root)
{
	int slot = slot_on(panfrost, as->n);

	if (as->space.root && as->space.root != root && !as->space.faulted &&
	    slot >= 0)
		panfrost_violation(panfrost,
				   "%s: table taken away while slot %d runs a "
				   "job on it",
				   as->name, slot);
	/* The old table still works: the failed jobs can write their headers. */
	if (!root)
		fail_waiting(panfrost, as->n);
}

static void on_space_event(void *user, Space *space G_GNUC_UNUSED,
			   const SpaceEvent *event)
{
	const PanfrostAs *as = user;

	switch (event->type) {
	case SPACE_EVENT_FAULT:
		break; /* the job that faulted knows already */
	case SPACE_EVENT_TABLE:
		table_changes(as->panfrost, as, event->root);
		break;
	case SPACE_EVENT_RESOLVED:
		retry(as->panfrost, as->n, SPACE_FAULT);
		break;
	case SPACE_EVENT_UNLOCKED:
		retry(as->panfrost, as->n, SPACE_LOCKED);
		break;
	}
}

static void stop(Panfrost *panfrost, unsigned int n, bool hard)
{
	PanfrostSlot *slot = &panfrost->slot[n];

	if (!slot->active)
		return;
	if (slot->fault.kind == FAULT_HANG) {
		panfrost_trace(panfrost, "slot %u: deaf to %s stop (fault)", n,
			       hard ? "hard" : "soft");
		return;
	}
	if (hard) {
		panfrost_exec_write_back(panfrost, n, PANFROST_TERMINATED);
		fail(panfrost, n, PANFROST_TERMINATED, "hard-stopped");
	} else {
		slot->stopped_root = root_of(panfrost, slot);
		slot->stopped_at = slot->at;
		fail(panfrost, n, PANFROST_STOPPED, "soft-stopped");
	}
}

static void command(Panfrost *panfrost, unsigned int n, uint32_t value)
{
	bool flag = panfrost->slot[n].config & JS_CONFIG_CHAIN_FLAG;

	switch (value) {
	case JS_COMMAND_NOP:
		break;
	case JS_COMMAND_SOFT_STOP:
		stop(panfrost, n, false);
		break;
	case JS_COMMAND_HARD_STOP:
		stop(panfrost, n, true);
		break;
	case JS_COMMAND_SOFT_STOP_0:
	case JS_COMMAND_SOFT_STOP_1:
		if (flag == (value == JS_COMMAND_SOFT_STOP_1))
			stop(panfrost, n, false);
		break;
	case JS_COMMAND_HARD_STOP_0:
	case JS_COMMAND_HARD_STOP_1:
		if (flag == (value == JS_COMMAND_HARD_STOP_1))
			stop(panfrost, n, true);
		break;
	default:
		panfrost_violation(panfrost, "slot %u: unknown command 0x%x", n,
				   value);
	}
}

static void command_next(Panfrost *panfrost, unsigned int n, uint32_t value)
{
	PanfrostSlot *slot = &panfrost->slot[n];

	switch (value) {
	case JS_COMMAND_NOP:
		slot->command_next = JS_COMMAND_NOP;
		break;
	case JS_COMMAND_START:
		if (slot->command_next == JS_COMMAND_START)
			panfrost_violation(
				panfrost,
				"slot %u: START while the next chain is "
				"still waiting",
				n);
		slot->command_next = JS_COMMAND_START;
		promote(panfrost, n);
		break;
	default:
		panfrost_violation(panfrost,
				   "slot %u: unknown next command 0x%x", n,
				   value);
	}
}

/*
 * JOB_INT_CLEAR also samples JS_STATE, for each slot of which a bit is written
 * (see panfrost_job_handle_irq()).
 */
static void acknowledge(Panfrost *panfrost, uint32_t bits)
{
	register_write(&irq_table, &panfrost->job_irq, IRQ_CLEAR, bits);
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		if (!(bits & JOB_INT_SLOT(i)))
			continue;
		promote(panfrost, i);
		panfrost->js_state &= ~JOB_INT_SLOT(i);
		if (panfrost->slot[i].active)
			panfrost->js_state |= JOB_INT_DONE(i);
		if (panfrost->slot[i].command_next == JS_COMMAND_START)
			panfrost->js_state |= JOB_INT_ERR(i);
	}
}

static void write_command(void *block, uint32_t word G_GNUC_UNUSED,
			  uint32_t value)
{
	const PanfrostSlot *slot = block;

	command(slot->panfrost, slot->n, value);
}

static void write_command_next(void *block, uint32_t word G_GNUC_UNUSED,
			       uint32_t value)
{
	const PanfrostSlot *slot = block;

	command_next(slot->panfrost, slot->n, value);
}

#define SLOT_FIELD(name) REGISTER_FIELD(PanfrostSlot, name)

/* Registers of a PanfrostSlot. JS_COMMAND takes effect at once. */
static const Register slot_registers[] = {
	{JS_HEAD, 2, .field = SLOT_FIELD(head)},
	{JS_TAIL, 2, .field = SLOT_FIELD(tail)},
	{JS_AFFINITY, 2, .field = SLOT_FIELD(affinity)},
	{JS_CONFIG, .field = SLOT_FIELD(config)},
	{JS_XAFFINITY, .field = SLOT_FIELD(xaffinity)},
	{JS_COMMAND, .write = write_command},
	{JS_STATUS, .field = SLOT_FIELD(status)},
	{JS_HEAD_NEXT, 2, .writable = REGISTER_RW,
	 .field = SLOT_FIELD(head_next)},
	{JS_AFFINITY_NEXT, 2, .writable = REGISTER_RW,
	 .field = SLOT_FIELD(affinity_next)},
	{JS_CONFIG_NEXT, .writable = REGISTER_RW,
	 .field = SLOT_FIELD(config_next)},
	{JS_XAFFINITY_NEXT, .writable = REGISTER_RW,
	 .field = SLOT_FIELD(xaffinity_next)},
	{JS_COMMAND_NEXT, .field = SLOT_FIELD(command_next),
	 .write = write_command_next},
	{JS_FLUSH_ID_NEXT, .writable = REGISTER_RW,
	 .field = SLOT_FIELD(flush_id_next)},
};

static void write_clear(void *block, uint32_t word G_GNUC_UNUSED,
			uint32_t value)
{
	acknowledge(block, value);
}

/* Registers of the Panfrost */
static const Register registers[] = {
	{JOB_INT_CLEAR, .write = write_clear},
	{JOB_INT_JS_STATE, .field = REGISTER_FIELD(Panfrost, js_state)},
	{JOB_INT_THROTTLE, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(Panfrost, throttle)},
};

static const RegisterTable slot_table = REGISTER_TABLE(slot_registers);
static const RegisterTable table = REGISTER_TABLE(registers);

/* The slot whose register is at @offset, or NULL. */
static PanfrostSlot *slot_at(Panfrost *panfrost, uint64_t offset)
{
	if (offset < JS_BASE || offset >= JS_BASE + PANFROST_SLOTS * JS_STRIDE)
		return NULL;
	return &panfrost->slot[(offset - JS_BASE) / JS_STRIDE];
}

RegisterResult panfrost_jobs_read(Panfrost *panfrost, uint64_t offset,
				  uint32_t *value)
{
	PanfrostSlot *slot = slot_at(panfrost, offset);

	return slot ? register_read(&slot_table, slot, offset % JS_STRIDE,
				    value)
		    : register_read(&table, panfrost, offset, value);
}

RegisterResult panfrost_jobs_write(Panfrost *panfrost, uint64_t offset,
				   uint32_t value)
{
	PanfrostSlot *slot = slot_at(panfrost, offset);
	uint64_t reg = offset % JS_STRIDE;

	if (!slot)
		return register_write(&table, panfrost, offset, value);
	if (reg >= JS_HEAD_NEXT && reg != JS_COMMAND_NEXT &&
	    slot->command_next == JS_COMMAND_START)
		panfrost_violation(panfrost,
				   "slot %u: register 0x%" G_GINT64_MODIFIER
				   "x of the next chain changed while it waits",
				   slot->n, reg);
	return register_write(&slot_table, slot, reg, value);
}

void panfrost_jobs_init(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		space_listen(&panfrost->as[i].space, on_space_event,
			     &panfrost->as[i]);
}

void panfrost_jobs_reset(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SLOTS; i++) {
		PanfrostSlot *slot = &panfrost->slot[i];

		if (slot->active)
			end_chain(panfrost, i, slot->status, "killed by reset");
		*slot = (PanfrostSlot){
			.panfrost = panfrost,
			.n = i,
			.stopped_root = slot->stopped_root,
			.stopped_at = slot->stopped_at,
		};
	}
	panfrost->js_state = 0;
	panfrost->throttle = 0;
	irq_reset(&panfrost->job_irq);
}
