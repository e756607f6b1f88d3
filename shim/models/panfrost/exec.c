// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: one job. A job first translates all addresses that it will access
 * and only then accesses them, so that a job that has to wait for the MMU can be
 * run again from its start.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "core/dma.h"
#include "models/panfrost/regs.h"
#include "models/panfrost/render.h"
#include "protocol.h"

#define JOB_ALIGN 64u
/* How many jobs of a chain and how much of their data a prefetch looks at */
#define PREFETCH_JOBS 256u
#define PREFETCH_BYTES (16ull << 20)

/* Job Header, the first 32 bytes of a job descriptor */
typedef struct {
	uint32_t status;
	uint32_t first_incomplete;
	uint64_t fault_pointer;
	uint32_t control;
	uint16_t depends[2];
	uint64_t next;
} Header;

typedef struct {
	uint64_t address;
	uint32_t type;
	uint32_t pad;
	uint64_t immediate;
} WriteValue;

/* What a job is, once read. */
typedef struct {
	Header header;
	unsigned int type;
	union {
		uint8_t payload[40];
		WriteValue write;
		struct sb_panfrost_job ours;
	};
	uint64_t read_va, read_len;
	uint64_t write_va, write_len;
} Job;

G_STATIC_ASSERT(sizeof(Header) == 32);
G_STATIC_ASSERT(sizeof(WriteValue) == 24);
G_STATIC_ASSERT(sizeof(struct sb_panfrost_job) == 40);

static PanfrostExec failed(uint32_t code)
{
	return (PanfrostExec){.kind = EXEC_FAIL, .code = code};
}

/* What becomes of a job whose access ended with @status. */
static PanfrostExec from_mmu(SpaceStatus status, SpaceAccess access)
{
	switch (status) {
	case SPACE_OK:
		break;
	case SPACE_FAULT:
	case SPACE_LOCKED:
		return (PanfrostExec){
			.kind = EXEC_WAIT, .wait = status, .access = access};
	case SPACE_OUTSIDE:
		return failed(PANFROST_JOB_BUS_FAULT);
	case SPACE_OFF:
		return failed(access == SPACE_WRITE ? PANFROST_JOB_WRITE_FAULT
						    : PANFROST_JOB_READ_FAULT);
	}
	return (PanfrostExec){.kind = EXEC_OK};
}

static size_t payload_size(unsigned int type)
{
	if (type == JOB_TYPE_WRITE_VALUE)
		return sizeof(WriteValue);
	if (type == SB_PANFROST_JOB_TYPE)
		return sizeof(struct sb_panfrost_job);
	return 0;
}

static uint64_t value_size(uint32_t type)
{
	switch (type) {
	case WRITE_VALUE_CYCLE_COUNTER:
	case WRITE_VALUE_TIMESTAMP:
	case WRITE_VALUE_ZERO:
	case WRITE_VALUE_IMMEDIATE_64:
		return 8;
	case WRITE_VALUE_IMMEDIATE_32:
		return 4;
	case WRITE_VALUE_IMMEDIATE_16:
		return 2;
	case WRITE_VALUE_IMMEDIATE_8:
		return 1;
	}
	return 0;
}

/* Work out which memory the job uses. False: the job is malformed. */
static bool plan(Job *job)
{
	const struct sb_panfrost_job *ours = &job->ours;

	job->read_len = 0;
	job->write_len = 0;
	if (job->type == JOB_TYPE_WRITE_VALUE) {
		job->write_va = job->write.address;
		job->write_len = value_size(job->write.type);
		return job->write_len;
	}
	if (job->type != SB_PANFROST_JOB_TYPE)
		return true;

	if (ours->len > PANFROST_RANGE_MAX)
		return false;
	job->read_va = ours->src;
	job->read_len = ours->len;
	job->write_va = ours->dst;
	switch (ours->op) {
	case SB_PANFROST_COPY:
		job->write_len = ours->len;
		return true;
	case SB_PANFROST_CHECKSUM:
		job->write_len = 8;
		return true;
	case SB_PANFROST_CHECK_STAMPS:
		job->write_len = 8;
		return !(ours->src % RAM_PAGE_SIZE);
	}
	return false;
}

/* The address space that @slot uses; NULL if there is none of that number. */
static Space *space_of(Panfrost *panfrost, const PanfrostSlot *slot)
{
	unsigned int as = JS_CONFIG_AS(slot->config);

	return as < PANFROST_SPACES ? &panfrost->as[as].space : NULL;
}

uint32_t panfrost_js_features(unsigned int slot)
{
	/* fragment jobs; all others; all others but tiler jobs */
	static const uint32_t features[PANFROST_SLOTS] = {0x20e, 0x1fe, 0x7e};

	return slot < PANFROST_SLOTS ? features[slot] : 0;
}

static bool seen(const PanfrostSlot *slot, unsigned int index)
{
	return slot->seen[index / 8] >> (index % 8) & 1;
}

/*
 * Jobs run in the order of the chain: a dependency is met if the job that it
 * names came before. If not, it never will be. Barriers are always met.
 */
static bool depends_ok(const PanfrostSlot *slot, const Header *header)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(header->depends); i++) {
		unsigned int on = header->depends[i];

		if (on && !seen(slot, on) && !slot->resumed)
			return false;
	}
	return true;
}

static bool known(unsigned int slot, unsigned int type)
{
	return type == SB_PANFROST_JOB_TYPE ||
	       (type < 32 && panfrost_js_features(slot) >> type & 1);
}

static uint64_t next_of(const Header *header)
{
	return JOB_IS_64B(header->control) ? header->next
					   : (uint32_t)header->next;
}

static SpaceStatus write_value(Panfrost *panfrost, Space *space, const Job *job)
{
	uint64_t value = job->write.immediate;

	if (job->write.type == WRITE_VALUE_CYCLE_COUNTER)
		value = panfrost_cycles(panfrost);
	else if (job->write.type == WRITE_VALUE_TIMESTAMP)
		value = panfrost->dev.now_ns;
	else if (job->write.type == WRITE_VALUE_ZERO)
		value = 0;
	return space_store(space, job->write_va, &value, job->write_len);
}

static SpaceStatus act(Panfrost *panfrost, Space *space, const Job *job)
{
	const struct sb_panfrost_job *ours = &job->ours;

	if (job->type == JOB_TYPE_WRITE_VALUE)
		return write_value(panfrost, space, job);
	if (job->type == JOB_TYPE_CACHE_FLUSH)
		panfrost->flush_id++;
	if (job->type != SB_PANFROST_JOB_TYPE)
		return SPACE_OK;
	switch (ours->op) {
	case SB_PANFROST_COPY:
		return dma_copy(space, ours->dst, ours->src, ours->len);
	case SB_PANFROST_CHECKSUM:
		return dma_checksum(space, ours->dst, ours->src, ours->len);
	default:
		return dma_check_stamps(space, ours->dst, ours->src, ours->len,
					ours->bo, ours->first_page,
					ours->generation);
	}
}

static bool writes_back(const PanfrostSlot *slot)
{
	return !(slot->config & JS_CONFIG_DISABLE_WRITE_BACK);
}

/* Can the job write its status to its header? */
static SpaceStatus probe_header(const PanfrostSlot *slot, Space *space)
{
	return writes_back(slot) ? space_probe(space, slot->at,
					       sizeof(uint64_t), SPACE_WRITE)
				 : SPACE_OK;
}

/* A job that is no rendering. The status of the header is not yet written. */
static PanfrostExec exec_simple(Panfrost *panfrost, const PanfrostSlot *slot,
				Space *space, Job *job)
{
	SpaceStatus status;

	status = space_load(space, slot->at + sizeof(Header), job->payload,
			    payload_size(job->type));
	if (status != SPACE_OK)
		return from_mmu(status, SPACE_READ);
	if (!plan(job))
		return failed(PANFROST_JOB_CONFIG_FAULT);
	status = space_probe(space, job->read_va, job->read_len, SPACE_READ);
	if (status != SPACE_OK)
		return from_mmu(status, SPACE_READ);
	status = space_probe(space, job->write_va, job->write_len, SPACE_WRITE);
	if (status == SPACE_OK)
		status = probe_header(slot, space);
	if (status != SPACE_OK)
		return from_mmu(status, SPACE_WRITE);

	/*
	 * Nothing of this can fail now, unless the job overwrites the page
	 * tables that it runs on.
	 */
	panfrost->exec_bytes += job->read_len + job->write_len;
	return from_mmu(act(panfrost, space, job), SPACE_WRITE);
}

static PanfrostExec exec_render(Panfrost *panfrost, const PanfrostSlot *slot,
				Space *space, unsigned int type)
{
	SpaceAccess access = SPACE_READ;
	g_auto(Render) render;
	SpaceStatus status;

	render_init(&render, space, type, false);
	status = render_plan(&render, slot->at);
	if (status == SPACE_OK && render.code)
		return failed(render.code);
	if (status == SPACE_OK)
		status = render_probe(&render, &access);
	if (status != SPACE_OK)
		return from_mmu(status, access);
	status = probe_header(slot, space);
	if (status != SPACE_OK)
		return from_mmu(status, SPACE_WRITE);
	panfrost->exec_bytes += render.touch.bytes + render.pixels.bytes;
	return from_mmu(render_act(&render), SPACE_WRITE);
}

PanfrostExec panfrost_exec(Panfrost *panfrost, unsigned int n)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	Space *space = space_of(panfrost, slot);
	uint32_t done[2] = {PANFROST_DONE, 0};
	SpaceStatus status;
	PanfrostExec result;
	Job job;

	if (slot->at % JOB_ALIGN)
		return failed(PANFROST_JOB_CONFIG_FAULT);
	status = space_load(space, slot->at, &job.header, sizeof(job.header));
	if (status != SPACE_OK)
		return from_mmu(status, SPACE_READ);
	job.type = JOB_TYPE(job.header.control);
	if (!known(n, job.type) || !depends_ok(slot, &job.header))
		return failed(PANFROST_JOB_CONFIG_FAULT);
	result = render_has(job.type)
			 ? exec_render(panfrost, slot, space, job.type)
			 : exec_simple(panfrost, slot, space, &job);
	if (result.kind == EXEC_OK && writes_back(slot))
		result = from_mmu(
			space_store(space, slot->at, done, sizeof(done)),
			SPACE_WRITE);
	if (result.kind != EXEC_OK)
		return result;
	slot->seen[JOB_INDEX(job.header.control) / 8] |=
		1u << JOB_INDEX(job.header.control) % 8;
	result.next = next_of(&job.header);
	return result;
}

void panfrost_exec_write_back(Panfrost *panfrost, unsigned int n,
			      uint32_t status)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	Space *space = space_of(panfrost, slot);
	Header *header;
	uint8_t *page;

	/* Not if that would fault. */
	if (!writes_back(slot) || !space || slot->at % JOB_ALIGN ||
	    !space_prefetch(space, slot->at, SPACE_WRITE, NULL,
			    sizeof(Header)) ||
	    space_page(space, slot->at, SPACE_WRITE, &page) != SPACE_OK)
		return;
	header = (Header *)(page + slot->at % RAM_PAGE_SIZE);
	header->status = status;
	if (status == PANFROST_JOB_READ_FAULT ||
	    status == PANFROST_JOB_WRITE_FAULT ||
	    status == PANFROST_JOB_BUS_FAULT)
		header->fault_pointer = slot->fault_va;
}

/* The data of the job at @at, if that is not more than @bytes; else @bytes becomes 0. */
static void prefetch_render(Space *space, uint64_t at, unsigned int type,
			    uint64_t *bytes)
{
	SpaceAccess access;
	g_auto(Render) render;
	uint64_t used;

	render_init(&render, space, type, true);
	if (render_plan(&render, at) != SPACE_OK || render.code)
		return;
	used = render.touch.bytes + render.pixels.bytes;
	if (used <= *bytes)
		render_probe(&render, &access);
	*bytes -= MIN(used, *bytes);
}

static void prefetch_simple(Space *space, uint64_t at, Job *job,
			    uint64_t *bytes)
{
	if (!space_prefetch(space, at + sizeof(Header), SPACE_READ,
			    job->payload, payload_size(job->type)) ||
	    !plan(job) || job->read_len + job->write_len > *bytes)
		return;
	space_prefetch(space, job->read_va, SPACE_READ, NULL, job->read_len);
	space_prefetch(space, job->write_va, SPACE_WRITE, NULL, job->write_len);
	*bytes -= job->read_len + job->write_len;
}

void panfrost_exec_prefetch(Panfrost *panfrost, unsigned int n)
{
	PanfrostSlot *slot = &panfrost->slot[n];
	Space *space = space_of(panfrost, slot);
	uint64_t at = slot->head;
	uint64_t bytes = PREFETCH_BYTES;

	for (unsigned int i = 0; at && bytes && i < PREFETCH_JOBS; i++) {
		Job job;

		if (at % JOB_ALIGN ||
		    !space_prefetch(space, at, SPACE_READ, &job.header,
				    sizeof(job.header)))
			return;
		job.type = JOB_TYPE(job.header.control);
		if (render_has(job.type))
			prefetch_render(space, at, job.type, &bytes);
		else
			prefetch_simple(space, at, &job, &bytes);
		at = next_of(&job.header);
	}
}
