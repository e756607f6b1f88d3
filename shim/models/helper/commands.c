// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level stub driver: BOs and commands. What no
 * driver may ask for is refused, and a violation.
 */
#include "models/helper/helper.h"

#include <errno.h>
#include <string.h>

#define U64 "%" G_GUINT64_FORMAT
#define HEX "0x%" G_GINT64_MODIFIER "x"

/* Of a command: what is wrong with it, as a violation; its status. */
#define refuse(stub, cmd, err, fmt, ...)                                       \
	(stub_violation(stub, "%s of BO %u: " fmt, stub_op_name((cmd)->op),    \
			(cmd)->bo, ##__VA_ARGS__),                             \
	 (err))

const char *stub_op_name(uint32_t op)
{
	static const char *const names[STUB_OPS] = {
		[0] = "other",
		[SB_STUB_CMD_ATTACH] = "ATTACH",
		[SB_STUB_CMD_DETACH] = "DETACH",
		[SB_STUB_CMD_READ] = "READ",
		[SB_STUB_CMD_WRITE] = "WRITE",
		[SB_STUB_CMD_JOB] = "JOB",
		[SB_STUB_CMD_STOP] = "STOP",
		[SB_STUB_CMD_BYE] = "BYE",
	};

	return names[op < STUB_OPS ? op : 0];
}

static gint by_id(gconstpointer a, gconstpointer b, gpointer user G_GNUC_UNUSED)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return (x > y) - (x < y);
}

static void free_bo(gpointer data)
{
	StubBo *bo = data;

	g_array_unref(bo->pages);
	g_free(bo);
}

void stub_bos_reset(Stub *stub)
{
	g_clear_pointer(&stub->bos, g_tree_unref);
	stub->bos = g_tree_new_full(by_id, NULL, NULL, free_bo);
}

StubBo *stub_bo_find(Stub *stub, uint32_t id)
{
	return g_tree_lookup(stub->bos, GUINT_TO_POINTER(id));
}

static uint64_t attached(const StubBo *bo)
{
	return (uint64_t)bo->pages->len * RAM_PAGE_SIZE;
}

/* The page of the byte at @offset, or NULL. */
static uint8_t *page_at(Stub *stub, const StubBo *bo, uint64_t offset)
{
	if (offset >= attached(bo))
		return NULL;
	return ram_at(
		stub->dev.ram,
		g_array_index(bo->pages, uint64_t, offset / RAM_PAGE_SIZE),
		RAM_PAGE_SIZE);
}

void stub_bo_check(Stub *stub, const StubBo *bo, uint64_t offset, uint64_t len)
{
	uint64_t end = MIN(offset + len, attached(bo));

	offset -= offset % RAM_PAGE_SIZE;
	for (; offset < end; offset += RAM_PAGE_SIZE)
		stamps_check_resource(stub->dev.stamps, stub->ops.name, bo->id,
				      offset / RAM_PAGE_SIZE,
				      page_at(stub, bo, offset));
}

/* Add the pages of a run. */
static bool add_run(Stub *stub, StubBo *bo, const struct sb_stub_run *run)
{
	if (!run->len || run->addr % RAM_PAGE_SIZE ||
	    run->len % RAM_PAGE_SIZE || run->len > bo->size - attached(bo) ||
	    !ram_at(stub->dev.ram, run->addr, run->len))
		return false;
	for (uint64_t at = 0; at < run->len; at += RAM_PAGE_SIZE) {
		uint64_t page = run->addr + at;

		g_array_append_val(bo->pages, page);
	}
	return true;
}

static uint32_t attach(Stub *stub, const struct sb_stub_command *cmd)
{
	const uint8_t *runs = ram_at(stub->dev.ram, cmd->data,
				     cmd->count * sizeof(struct sb_stub_run));
	StubBo *bo = stub_bo_find(stub, cmd->bo);
	guint before;

	if (!cmd->bo || !cmd->len || cmd->len % RAM_PAGE_SIZE ||
	    cmd->len > STUB_BO_SIZE_MAX || cmd->flags & ~SB_STUB_CMD_KEPT)
		return refuse(stub, cmd, EINVAL,
			      "no such BO can be: size " U64 ", flags 0x%x",
			      (guint64)cmd->len, cmd->flags);
	if (!runs || !cmd->count)
		return refuse(stub, cmd, EFAULT,
			      "%u runs at " HEX " are not in RAM", cmd->count,
			      (guint64)cmd->data);
	if (bo && (!cmd->offset || attached(bo) == bo->size))
		return refuse(stub, cmd, EEXIST, "it is attached already");
	if (bo ? cmd->offset != attached(bo) || cmd->len != bo->size ||
			    !(cmd->flags & SB_STUB_CMD_KEPT) != !bo->kept
	       : cmd->offset)
		return refuse(stub, cmd, EINVAL,
			      "does not go on from where it ended: offset " U64,
			      (guint64)cmd->offset);
	if (!bo) {
		if (g_tree_nnodes(stub->bos) >= (gint)STUB_BOS_MAX)
			return refuse(stub, cmd, ENOSPC, "too many BOs");
		bo = g_new0(StubBo, 1);
		bo->id = cmd->bo;
		bo->size = cmd->len;
		bo->kept = cmd->flags & SB_STUB_CMD_KEPT;
		bo->pages = g_array_new(FALSE, FALSE, sizeof(uint64_t));
		g_tree_insert(stub->bos, GUINT_TO_POINTER(bo->id), bo);
	}

	before = bo->pages->len;
	for (uint32_t i = 0; i < cmd->count; i++) {
		struct sb_stub_run run;

		memcpy(&run, runs + i * sizeof(run), sizeof(run));
		if (add_run(stub, bo, &run))
			continue;
		g_array_set_size(bo->pages, before);
		if (!before)
			g_tree_remove(stub->bos, GUINT_TO_POINTER(cmd->bo));
		return refuse(stub, cmd, EFAULT,
			      "run %u, " U64 " bytes at " HEX
			      ", is not of whole pages in RAM, or beyond the "
			      "end",
			      i, (guint64)run.len, (guint64)run.addr);
	}
	stub_trace(stub, "ATTACH BO %u: " U64 " of " U64 " pages%s", bo->id,
		   (guint64)bo->pages->len, bo->size / RAM_PAGE_SIZE,
		   bo->kept ? ", kept" : "");
	return 0;
}

/*
 * The BO of a command. Until it is detached its pages are the device's; until
 * it is attached as a whole it is of no use.
 */
static uint32_t find(Stub *stub, const struct sb_stub_command *cmd, bool whole,
		     StubBo **bo)
{
	*bo = stub_bo_find(stub, cmd->bo);
	if (!*bo)
		return refuse(stub, cmd, ENXIO, "it is not attached");
	if (whole && attached(*bo) != (*bo)->size)
		return refuse(stub, cmd, ENXIO,
			      "only " U64 " of its " U64 " bytes are attached",
			      attached(*bo), (*bo)->size);
	return 0;
}

static uint32_t detach(Stub *stub, const struct sb_stub_command *cmd)
{
	const StubJob *job;
	StubBo *bo;
	uint32_t status = find(stub, cmd, false, &bo);

	if (status)
		return status;
	job = stub_job_on(stub, bo->id);
	if (job)
		return refuse(stub, cmd, EBUSY, "job %u is using it",
			      job->number);
	stub_bo_check(stub, bo, 0, bo->size);
	stub_trace(stub, "DETACH BO %u", bo->id);
	g_tree_remove(stub->bos, GUINT_TO_POINTER(cmd->bo));
	return 0;
}

static uint32_t access_bo(Stub *stub, const struct sb_stub_command *cmd)
{
	bool write = cmd->op == SB_STUB_CMD_WRITE;
	uint64_t at = cmd->offset, left = cmd->len;
	uint8_t *data;
	StubBo *bo;
	uint32_t status = find(stub, cmd, true, &bo);

	if (status)
		return status;
	if (at > bo->size || left > bo->size - at)
		return refuse(stub, cmd, EINVAL,
			      U64 " bytes at " U64 " are beyond its end", left,
			      at);
	data = ram_at(stub->dev.ram, cmd->data, left);
	if (!data)
		return refuse(stub, cmd, EFAULT,
			      U64 " bytes at " HEX " are not in RAM", left,
			      (guint64)cmd->data);
	stub_bo_check(stub, bo, at, left);
	while (left) {
		uint64_t skip = at % RAM_PAGE_SIZE;
		uint64_t part = MIN(left, RAM_PAGE_SIZE - skip);
		uint8_t *page = page_at(stub, bo, at);

		if (!page)
			return refuse(stub, cmd, EFAULT,
				      "its page at " U64 " is not in RAM", at);
		/* They may overlap, if the guest is mad. */
		memmove(write ? page + skip : data, write ? data : page + skip,
			part);
		at += part;
		data += part;
		left -= part;
	}
	stub_trace(stub, "%s BO %u: " U64 " bytes at " U64,
		   stub_op_name(cmd->op), bo->id, (guint64)cmd->len,
		   (guint64)cmd->offset);
	return 0;
}

static uint32_t run_job(Stub *stub, const struct sb_stub_command *cmd)
{
	StubBo *bo;
	uint32_t status = find(stub, cmd, true, &bo);

	if (status)
		return status;
	for (guint i = 0; i < stub->jobs->len; i++)
		if (g_array_index(stub->jobs, StubJob, i).number == cmd->count)
			return refuse(stub, cmd, EEXIST,
				      "there is a job %u already", cmd->count);
	if (!cmd->count || stub->jobs->len >= STUB_JOBS_MAX)
		return refuse(stub, cmd, EINVAL,
			      "no number for a job, or too many jobs: %u",
			      cmd->count);
	stub_trace(stub, "JOB %u on BO %u", cmd->count, bo->id);
	stub_job_start(stub, cmd->count, bo->id);
	return 0;
}

static uint32_t bye(Stub *stub)
{
	gint bos = g_tree_nnodes(stub->bos);
	const StubJob *job = stub_job_on(stub, 0);

	stub_trace(stub, "BYE");
	if (job)
		stub_violation(stub, "BYE while job %u is under way",
			       job->number);
	if (bos)
		stub_violation(stub, "BYE with %d BOs attached", bos);
	stub_bos_reset(stub);
	g_array_set_size(stub->jobs, 0);
	return 0;
}

static uint32_t carry_out(Stub *stub, const struct sb_stub_command *cmd)
{
	static const char *const kinds[STUB_OPS] = {
		[SB_STUB_CMD_ATTACH] = "ATTACH",
		[SB_STUB_CMD_DETACH] = "DETACH",
		[SB_STUB_CMD_READ] = "ACCESS",
		[SB_STUB_CMD_WRITE] = "ACCESS",
	};
	const char *kind = cmd->op < STUB_OPS ? kinds[cmd->op] : NULL;

	if (kind) {
		Fault fault =
			faults_next(stub->dev.faults, stub->ops.name, kind);

		if (fault.kind == FAULT_FAIL) {
			stub_trace(stub, "%s of BO %u fails (fault)",
				   stub_op_name(cmd->op), cmd->bo);
			return (uint32_t)fault.arg ?: EIO;
		}
	}
	switch ((enum sb_stub_command_op)cmd->op) {
	case SB_STUB_CMD_ATTACH:
		return attach(stub, cmd);
	case SB_STUB_CMD_DETACH:
		return detach(stub, cmd);
	case SB_STUB_CMD_READ:
	case SB_STUB_CMD_WRITE:
		return access_bo(stub, cmd);
	case SB_STUB_CMD_JOB:
		return run_job(stub, cmd);
	case SB_STUB_CMD_STOP:
		stub_trace(stub, "STOP: %u jobs", stub->jobs->len);
		g_array_set_size(stub->jobs, 0);
		return 0;
	case SB_STUB_CMD_BYE:
		return bye(stub);
	}
	stub_violation(stub, "no such command: %u", cmd->op);
	return EINVAL;
}

void stub_command(Stub *stub, uint64_t addr)
{
	struct sb_stub_command cmd;
	uint32_t op, status;

	if (!ram_read(stub->dev.ram, addr, &cmd, sizeof(cmd))) {
		stub_violation(stub, "the command at " HEX " is not in RAM",
			       addr);
		return;
	}
	status = carry_out(stub, &cmd);
	op = cmd.op < STUB_OPS ? cmd.op : 0;
	if (status)
		stub->refused[op]++;
	else
		stub->done[op]++;
	ram_write(stub->dev.ram,
		  addr + offsetof(struct sb_stub_command, status), &status,
		  sizeof(status));
}
