// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: job slots. A chain takes MALI_JOB_NS of guest time: when it
 * starts, the translations that it will use are fetched into the TLB, and
 * when the time is over its jobs run, all at once. So whatever the driver takes
 * away from a running chain is missed: unmapped pages fault, and pages whose
 * unmapping was not flushed are found in the TLB.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

static void promote(Mali *mali, unsigned int n);

static void end_chain(Mali *mali, unsigned int n, uint32_t status,
		      const char *how)
{
	MaliSlot *slot = &mali->slot[n];
	unsigned int as = JS_CONFIG_AS(slot->config);
	MaliHistory *entry = &mali->history[mali->ended++ % MALI_HISTORY];

	slot->active = false;
	slot->pending.active = false;
	slot->wait = MMU_OK;
	slot->status = status;
	*entry = (MaliHistory){
		.number = mali->ended,
		.slot = n,
		.as = as,
		.head = slot->head,
		.jobs = slot->jobs,
		.status = status,
		.end = how,
		.started_ns = slot->started_ns,
		.ended_ns = mali->dev.now_ns,
	};
	mali_trace(mali,
		   "slot %u: chain 0x%" G_GINT64_MODIFIER
		   "x on AS %u %s, status 0x%x %s, %u jobs",
		   n, slot->head, as, how, status, mali_exception_name(status),
		   slot->jobs);
}

static void succeed(Mali *mali, unsigned int n)
{
	mali->slot[n].tail = mali->slot[n].at;
	end_chain(mali, n, MALI_DONE, "done");
	mali_irq_set(mali, &mali->job_irq, JOB_INT_DONE(n));
	promote(mali, n);
}

/* The next chain waits until the driver has acknowledged the failure. */
static void fail(Mali *mali, unsigned int n, uint32_t status, const char *how)
{
	mali->slot[n].tail = mali->slot[n].at;
	mali->counter[COUNT_CHAINS_FAILED]++;
	end_chain(mali, n, status, how);
	mali_irq_set(mali, &mali->job_irq, JOB_INT_ERR(n));
}

/* What no driver may do: start a chain here and now. */
static void check_start(Mali *mali, unsigned int n)
{
	MaliSlot *slot = &mali->slot[n];
	unsigned int as = JS_CONFIG_AS(slot->config);

	if (!mali_gpu_powered(mali, slot->affinity))
		mali_violation(mali,
			       "slot %u: job started while L2 or shader cores "
			       "are not ready",
			       n);
	if (as >= MALI_SPACES)
		mali_violation(mali, "slot %u: job started on AS %u: no such",
			       n, as);
	else if (!mali->as[as].root && !mali->as[as].killed)
		mali_violation(mali,
			       "slot %u: job started on AS %u, which has no "
			       "table",
			       n, as);
}

static uint64_t root_of(Mali *mali, const MaliSlot *slot)
{
	unsigned int as = JS_CONFIG_AS(slot->config);

	return as < MALI_SPACES ? mali->as[as].root : 0;
}

/* Make the next chain the current one, if there is one and it may run. */
static void promote(Mali *mali, unsigned int n)
{
	MaliSlot *slot = &mali->slot[n];

	if (slot->active || slot->command_next != JS_COMMAND_START ||
	    mali->job_irq.raw & JOB_INT_ERR(n))
		return;
	slot->command_next = JS_COMMAND_NOP;
	slot->head = slot->head_next;
	slot->tail = slot->head_next;
	slot->affinity = slot->affinity_next;
	slot->config = slot->config_next;
	slot->xaffinity = slot->xaffinity_next;
	slot->status = MALI_ACTIVE;
	slot->active = true;
	slot->wait = MMU_OK;
	slot->at = slot->head;
	slot->jobs = 0;
	slot->fault_va = 0;
	memset(slot->seen, 0, sizeof(slot->seen));
	slot->resumed = slot->stopped_root &&
			slot->stopped_root == root_of(mali, slot) &&
			slot->stopped_at == slot->head;
	slot->stopped_root = 0;
	slot->started_ns = mali->dev.now_ns;
	mali->chains++;
	mali->counter[COUNT_CHAINS]++;
	mali_begin(mali, &slot->pending, "JOB", MALI_JOB_NS, &slot->fault);
	check_start(mali, n);
	if (root_of(mali, slot))
		mali_exec_prefetch(mali, n);
}

/* The chain's time is over: run it from where it is to where it gets. */
static void run(Mali *mali, unsigned int n)
{
	MaliSlot *slot = &mali->slot[n];
	uint32_t code = MALI_OK;

	if (!mali_gpu_powered(mali, slot->affinity))
		code = MALI_JOB_POWER_FAULT;
	else if (JS_CONFIG_AS(slot->config) >= MALI_SPACES)
		code = MALI_JOB_CONFIG_FAULT;
	else if (slot->fault.kind == FAULT_FAIL)
		code = slot->fault.arg ? (uint32_t)slot->fault.arg
				       : MALI_DATA_INVALID_FAULT;
	else if (slot->fault.kind == FAULT_GARBAGE)
		code = (uint32_t)slot->fault.arg;

	if (slot->fault.kind == FAULT_GARBAGE && code) {
		fail(mali, n, code, "failed (garbage)");
		return;
	}
	while (code == MALI_OK) {
		MaliExec done = mali_exec(mali, n);

		slot->fault_va = mali->as[JS_CONFIG_AS(slot->config)].access_va;
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
		mali->counter[COUNT_JOBS]++;
		mali->perfcnt_jobs++;
		if (!done.next) {
			succeed(mali, n);
			return;
		}
		slot->at = done.next;
		if (slot->jobs >= MALI_CHAIN_MAX)
			code = MALI_JOB_CONFIG_FAULT;
	}
	mali_exec_write_back(mali, n, code);
	fail(mali, n, code, "failed");
}

void mali_jobs_advance(Mali *mali)
{
	for (;;) {
		MaliSlot *first = NULL;

		for (unsigned int i = 0; i < MALI_SLOTS; i++) {
			MaliSlot *slot = &mali->slot[i];

			if (slot->active && slot->wait == MMU_OK &&
			    mali_due(mali, &slot->pending) &&
			    (!first ||
			     slot->pending.due_ns < first->pending.due_ns))
				first = slot;
		}
		if (!first)
			return;
		run(mali, first - mali->slot);
	}
}

void mali_jobs_retry(Mali *mali, unsigned int as, MaliMmuStatus wait)
{
	for (unsigned int i = 0; i < MALI_SLOTS; i++) {
		MaliSlot *slot = &mali->slot[i];

		if (slot->active && slot->wait == wait &&
		    JS_CONFIG_AS(slot->config) == as)
			slot->wait = MMU_OK; /* long due: runs next */
	}
}

void mali_jobs_kill(Mali *mali, unsigned int as)
{
	for (unsigned int i = 0; i < MALI_SLOTS; i++) {
		MaliSlot *slot = &mali->slot[i];

		uint32_t code = slot->wait_access == MALI_WRITE
					? MALI_JOB_WRITE_FAULT
					: MALI_JOB_READ_FAULT;

		if (!slot->active || slot->wait == MMU_OK ||
		    JS_CONFIG_AS(slot->config) != as)
			continue;
		mali_exec_write_back(mali, i, code);
		fail(mali, i, code, "failed");
	}
}

int mali_jobs_on(Mali *mali, unsigned int as)
{
	for (unsigned int i = 0; i < MALI_SLOTS; i++)
		if (mali->slot[i].active &&
		    JS_CONFIG_AS(mali->slot[i].config) == as)
			return (int)i;
	return -1;
}

static void stop(Mali *mali, unsigned int n, bool hard)
{
	MaliSlot *slot = &mali->slot[n];

	if (!slot->active)
		return;
	if (slot->fault.kind == FAULT_HANG) {
		mali_trace(mali, "slot %u: deaf to %s stop (fault)", n,
			   hard ? "hard" : "soft");
		return;
	}
	if (hard) {
		mali_exec_write_back(mali, n, MALI_TERMINATED);
		fail(mali, n, MALI_TERMINATED, "hard-stopped");
	} else {
		slot->stopped_root = root_of(mali, slot);
		slot->stopped_at = slot->at;
		fail(mali, n, MALI_STOPPED, "soft-stopped");
	}
}

static void command(Mali *mali, unsigned int n, uint32_t value)
{
	bool flag = mali->slot[n].config & JS_CONFIG_CHAIN_FLAG;

	switch (value) {
	case JS_COMMAND_NOP:
		break;
	case JS_COMMAND_SOFT_STOP:
		stop(mali, n, false);
		break;
	case JS_COMMAND_HARD_STOP:
		stop(mali, n, true);
		break;
	case JS_COMMAND_SOFT_STOP_0:
	case JS_COMMAND_SOFT_STOP_1:
		if (flag == (value == JS_COMMAND_SOFT_STOP_1))
			stop(mali, n, false);
		break;
	case JS_COMMAND_HARD_STOP_0:
	case JS_COMMAND_HARD_STOP_1:
		if (flag == (value == JS_COMMAND_HARD_STOP_1))
			stop(mali, n, true);
		break;
	default:
		mali_violation(mali, "slot %u: unknown command 0x%x", n, value);
	}
}

static void command_next(Mali *mali, unsigned int n, uint32_t value)
{
	MaliSlot *slot = &mali->slot[n];

	switch (value) {
	case JS_COMMAND_NOP:
		slot->command_next = JS_COMMAND_NOP;
		break;
	case JS_COMMAND_START:
		if (slot->command_next == JS_COMMAND_START)
			mali_violation(mali,
				       "slot %u: START while the next chain is "
				       "still waiting",
				       n);
		slot->command_next = JS_COMMAND_START;
		promote(mali, n);
		break;
	default:
		mali_violation(mali, "slot %u: unknown next command 0x%x", n,
			       value);
	}
}

/*
 * JS_STATE is a sample: writing a bit of a slot to JOB_INT_CLEAR takes it for
 * that slot (see panfrost_job_handle_irq()).
 */
static void clear(Mali *mali, uint32_t bits)
{
	mali->job_irq.raw &= ~bits;
	for (unsigned int i = 0; i < MALI_SLOTS; i++) {
		if (!(bits & JOB_INT_SLOT(i)))
			continue;
		promote(mali, i);
		mali->js_state &= ~JOB_INT_SLOT(i);
		if (mali->slot[i].active)
			mali->js_state |= JOB_INT_DONE(i);
		if (mali->slot[i].command_next == JS_COMMAND_START)
			mali->js_state |= JOB_INT_ERR(i);
	}
}

static MaliSlot *slot_at(Mali *mali, uint64_t offset, unsigned int *n)
{
	if (offset < JS_BASE || offset >= JS_BASE + MALI_SLOTS * JS_STRIDE)
		return NULL;
	*n = (offset - JS_BASE) / JS_STRIDE;
	return &mali->slot[*n];
}

MaliReg mali_jobs_read(Mali *mali, uint64_t offset, uint32_t *value)
{
	unsigned int n;
	MaliSlot *slot = slot_at(mali, offset, &n);
	uint64_t reg = offset % JS_STRIDE;

	if (offset == JOB_INT_JS_STATE) {
		*value = mali->js_state;
		return REG_OK;
	}
	if (offset == JOB_INT_THROTTLE) {
		*value = mali->throttle;
		return REG_OK;
	}
	if (!slot)
		return REG_UNKNOWN;
	switch (reg) {
	case JS_HEAD:
	case JS_HEAD + 4:
		*value = mali_half(slot->head, reg);
		break;
	case JS_TAIL:
	case JS_TAIL + 4:
		*value = mali_half(slot->tail, reg);
		break;
	case JS_AFFINITY:
	case JS_AFFINITY + 4:
		*value = mali_half(slot->affinity, reg);
		break;
	case JS_CONFIG:
		*value = slot->config;
		break;
	case JS_XAFFINITY:
		*value = slot->xaffinity;
		break;
	case JS_COMMAND: /* takes effect at once */
		*value = JS_COMMAND_NOP;
		break;
	case JS_STATUS:
		*value = slot->status;
		break;
	case JS_HEAD_NEXT:
	case JS_HEAD_NEXT + 4:
		*value = mali_half(slot->head_next, reg);
		break;
	case JS_AFFINITY_NEXT:
	case JS_AFFINITY_NEXT + 4:
		*value = mali_half(slot->affinity_next, reg);
		break;
	case JS_CONFIG_NEXT:
		*value = slot->config_next;
		break;
	case JS_XAFFINITY_NEXT:
		*value = slot->xaffinity_next;
		break;
	case JS_COMMAND_NEXT:
		*value = slot->command_next;
		break;
	case JS_FLUSH_ID_NEXT:
		*value = slot->flush_id_next;
		break;
	default:
		return REG_UNKNOWN;
	}
	return REG_OK;
}

MaliReg mali_jobs_write(Mali *mali, uint64_t offset, uint32_t value)
{
	unsigned int n;
	MaliSlot *slot = slot_at(mali, offset, &n);
	uint64_t reg = offset % JS_STRIDE;

	if (offset == JOB_INT_CLEAR) {
		clear(mali, value);
		return REG_OK;
	}
	if (offset == JOB_INT_JS_STATE)
		return REG_READ_ONLY;
	if (offset == JOB_INT_THROTTLE) {
		mali->throttle = value;
		return REG_OK;
	}
	if (!slot)
		return REG_UNKNOWN;
	if (reg >= JS_HEAD_NEXT && reg != JS_COMMAND_NEXT &&
	    slot->command_next == JS_COMMAND_START)
		mali_violation(mali,
			       "slot %u: register 0x%" G_GINT64_MODIFIER
			       "x of the next chain changed while it waits",
			       n, reg);
	switch (reg) {
	case JS_COMMAND:
		command(mali, n, value);
		break;
	case JS_HEAD_NEXT:
	case JS_HEAD_NEXT + 4:
		mali_set_half(&slot->head_next, reg, value);
		break;
	case JS_AFFINITY_NEXT:
	case JS_AFFINITY_NEXT + 4:
		mali_set_half(&slot->affinity_next, reg, value);
		break;
	case JS_CONFIG_NEXT:
		slot->config_next = value;
		break;
	case JS_XAFFINITY_NEXT:
		slot->xaffinity_next = value;
		break;
	case JS_COMMAND_NEXT:
		command_next(mali, n, value);
		break;
	case JS_FLUSH_ID_NEXT:
		slot->flush_id_next = value;
		break;
	case JS_HEAD:
	case JS_HEAD + 4:
	case JS_TAIL:
	case JS_TAIL + 4:
	case JS_AFFINITY:
	case JS_AFFINITY + 4:
	case JS_CONFIG:
	case JS_XAFFINITY:
	case JS_STATUS:
		return REG_READ_ONLY;
	default:
		return REG_UNKNOWN;
	}
	return REG_OK;
}

void mali_jobs_reset(Mali *mali)
{
	for (unsigned int i = 0; i < MALI_SLOTS; i++) {
		MaliSlot *slot = &mali->slot[i];
		uint64_t root = slot->stopped_root, at = slot->stopped_at;

		if (slot->active)
			end_chain(mali, i, slot->status, "killed by reset");
		memset(slot, 0, sizeof(*slot));
		slot->stopped_root = root;
		slot->stopped_at = at;
	}
	mali->js_state = 0;
	mali->throttle = 0;
	mali->job_irq.raw = 0;
	mali->job_irq.mask = 0;
}
