// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level driver: BOs and commands. What no driver may
 * request is refused, and is a violation.
 */
#include "models/helper/helper.h"

#include <errno.h>
#include <string.h>

#define U64 "%" G_GUINT64_FORMAT
#define HEX "0x%" G_GINT64_MODIFIER "x"

/* Note a violation by a command; its status. */
#define refuse(helper, cmd, err, fmt, ...)                                     \
	(helper_violation(helper, "%s of BO %u: " fmt,                         \
			  helper_op_name((cmd)->op), (cmd)->bo,                \
			  ##__VA_ARGS__),                                      \
	 (err))

const char *helper_op_name(uint32_t op)
{
	static const char *const names[HELPER_OPS] = {
		[0] = "other",
		[SB_HELPER_CMD_ATTACH] = "ATTACH",
		[SB_HELPER_CMD_DETACH] = "DETACH",
		[SB_HELPER_CMD_READ] = "READ",
		[SB_HELPER_CMD_WRITE] = "WRITE",
		[SB_HELPER_CMD_JOB] = "JOB",
		[SB_HELPER_CMD_STOP] = "STOP",
		[SB_HELPER_CMD_BYE] = "BYE",
	};

	return names[op < HELPER_OPS ? op : 0];
}

static gint by_id(gconstpointer a, gconstpointer b, gpointer user G_GNUC_UNUSED)
{
	guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);

	return (x > y) - (x < y);
}

static void free_bo(gpointer data)
{
	HelperBo *bo = data;

	g_array_unref(bo->pages);
	g_free(bo);
}

void helper_bos_reset(Helper *helper)
{
	g_clear_pointer(&helper->bos, g_tree_unref);
	helper->bos = g_tree_new_full(by_id, NULL, NULL, free_bo);
}

HelperBo *helper_bo_find(Helper *helper, uint32_t id)
{
	return g_tree_lookup(helper->bos, GUINT_TO_POINTER(id));
}

static uint64_t attached(const HelperBo *bo)
{
	return (uint64_t)bo->pages->len * RAM_PAGE_SIZE;
}

/* The page of the byte at @offset, or NULL. */
static uint8_t *page_at(Helper *helper, const HelperBo *bo, uint64_t offset)
{
	if (offset >= attached(bo))
		return NULL;
	return ram_at(
		helper->dev.ram,
		g_array_index(bo->pages, uint64_t, offset / RAM_PAGE_SIZE),
		RAM_PAGE_SIZE);
}

void helper_bo_check(Helper *helper, const HelperBo *bo, uint64_t offset,
		     uint64_t len)
{
	uint64_t end = MIN(offset + len, attached(bo));

	offset -= offset % RAM_PAGE_SIZE;
	for (; offset < end; offset += RAM_PAGE_SIZE)
		stamps_check_resource(helper->dev.stamps, helper->dev.name,
				      bo->id, offset / RAM_PAGE_SIZE,
				      page_at(helper, bo, offset));
}

/* Add the pages of a run. */
static bool add_run(Helper *helper, HelperBo *bo,
		    const struct sb_helper_run *run)
{
	if (!run->len || run->addr % RAM_PAGE_SIZE ||
	    run->len % RAM_PAGE_SIZE || run->len > bo->size - attached(bo) ||
	    !ram_at(helper->dev.ram, run->addr, run->len))
		return false;
	for (uint64_t at = 0; at < run->len; at += RAM_PAGE_SIZE) {
		uint64_t page = run->addr + at;

		g_array_append_val(bo->pages, page);
	}
	return true;
}

/* A valid command that a rule fails with @status. */
static uint32_t fail(Helper *helper, const struct sb_helper_command *cmd,
		     uint32_t status)
{
	helper_trace(helper, "%s of BO %u fails (fault)",
		     helper_op_name(cmd->op), cmd->bo);
	return status;
}

/* Forget what the current ATTACH has added to the @before pages of @bo. */
static void attach_undo(Helper *helper, HelperBo *bo, guint before)
{
	g_array_set_size(bo->pages, before);
	if (!before)
		g_tree_remove(helper->bos, GUINT_TO_POINTER(bo->id));
}

static uint32_t attach(Helper *helper, const struct sb_helper_command *cmd,
		       uint32_t rule)
{
	const uint8_t *runs = ram_at(helper->dev.ram, cmd->data,
				     cmd->count * sizeof(struct sb_helper_run));
	HelperBo *bo = helper_bo_find(helper, cmd->bo);
	guint before;

	if (!cmd->bo || !cmd->len || cmd->len % RAM_PAGE_SIZE ||
	    cmd->len > HELPER_BO_SIZE_MAX || cmd->flags & ~SB_HELPER_CMD_KEPT)
		return refuse(helper, cmd, EINVAL,
			      "no such BO can be: size " U64 ", flags 0x%x",
			      (guint64)cmd->len, cmd->flags);
	if (!runs || !cmd->count)
		return refuse(helper, cmd, EFAULT,
			      "%u runs at " HEX " are not in RAM", cmd->count,
			      (guint64)cmd->data);
	if (bo && (!cmd->offset || attached(bo) == bo->size))
		return refuse(helper, cmd, EEXIST, "it is attached already");
	if (bo ? cmd->offset != attached(bo) || cmd->len != bo->size ||
			    !(cmd->flags & SB_HELPER_CMD_KEPT) != !bo->kept
	       : cmd->offset)
		return refuse(helper, cmd, EINVAL,
			      "does not go on from where it ended: offset " U64,
			      (guint64)cmd->offset);
	if (!bo) {
		if (g_tree_nnodes(helper->bos) >= (gint)HELPER_BOS_MAX)
			return refuse(helper, cmd, ENOSPC, "too many BOs");
		bo = g_new0(HelperBo, 1);
		bo->id = cmd->bo;
		bo->size = cmd->len;
		bo->kept = cmd->flags & SB_HELPER_CMD_KEPT;
		bo->pages = g_array_new(FALSE, FALSE, sizeof(uint64_t));
		g_tree_insert(helper->bos, GUINT_TO_POINTER(bo->id), bo);
	}

	before = bo->pages->len;
	for (uint32_t i = 0; i < cmd->count; i++) {
		struct sb_helper_run run;

		memcpy(&run, runs + i * sizeof(run), sizeof(run));
		if (add_run(helper, bo, &run))
			continue;
		attach_undo(helper, bo, before);
		return refuse(helper, cmd, EFAULT,
			      "run %u, " U64 " bytes at " HEX
			      ", is not of whole pages in RAM, or beyond the "
			      "end",
			      i, (guint64)run.len, (guint64)run.addr);
	}
	if (rule) {
		attach_undo(helper, bo, before);
		return fail(helper, cmd, rule);
	}
	helper_trace(helper, "ATTACH BO %u: " U64 " of " U64 " pages%s", bo->id,
		     (guint64)bo->pages->len, bo->size / RAM_PAGE_SIZE,
		     bo->kept ? ", kept" : "");
	return 0;
}

/*
 * The BO of a command. The device has its pages until it is detached; it can be
 * used once it is completely attached.
 */
static uint32_t find(Helper *helper, const struct sb_helper_command *cmd,
		     bool whole, HelperBo **bo)
{
	*bo = helper_bo_find(helper, cmd->bo);
	if (!*bo)
		return refuse(helper, cmd, ENXIO, "it is not attached");
	if (whole && attached(*bo) != (*bo)->size)
		return refuse(helper, cmd, ENXIO,
			      "only " U64 " of its " U64 " bytes are attached",
			      attached(*bo), (*bo)->size);
	return 0;
}

static uint32_t detach(Helper *helper, const struct sb_helper_command *cmd,
		       uint32_t rule)
{
	const HelperJob *job;
	HelperBo *bo;
	uint32_t status = find(helper, cmd, false, &bo);

	if (status)
		return status;
	job = helper_job_on(helper, bo->id);
	if (job)
		return refuse(helper, cmd, EBUSY, "job %u is using it",
			      job->number);
	if (rule)
		return fail(helper, cmd, rule);
	helper_bo_check(helper, bo, 0, bo->size);
	helper_trace(helper, "DETACH BO %u", bo->id);
	g_tree_remove(helper->bos, GUINT_TO_POINTER(cmd->bo));
	return 0;
}

static uint32_t access_bo(Helper *helper, const struct sb_helper_command *cmd,
			  uint32_t rule)
{
	bool write = cmd->op == SB_HELPER_CMD_WRITE;
	uint64_t at = cmd->offset, left = cmd->len;
	uint8_t *data;
	HelperBo *bo;
	uint32_t status = find(helper, cmd, true, &bo);

	if (status)
		return status;
	if (at > bo->size || left > bo->size - at)
		return refuse(helper, cmd, EINVAL,
			      U64 " bytes at " U64 " are beyond its end", left,
			      at);
	data = ram_at(helper->dev.ram, cmd->data, left);
	if (!data)
		return refuse(helper, cmd, EFAULT,
			      U64 " bytes at " HEX " are not in RAM", left,
			      (guint64)cmd->data);
	if (rule)
		return fail(helper, cmd, rule);
	helper_bo_check(helper, bo, at, left);
	while (left) {
		uint64_t skip = at % RAM_PAGE_SIZE;
		uint64_t part = MIN(left, RAM_PAGE_SIZE - skip);
		uint8_t *page = page_at(helper, bo, at);

		if (!page)
			return refuse(helper, cmd, EFAULT,
				      "its page at " U64 " is not in RAM", at);
		/* A faulty guest may make them overlap. */
		memmove(write ? page + skip : data, write ? data : page + skip,
			part);
		at += part;
		data += part;
		left -= part;
	}
	helper_trace(helper, "%s BO %u: " U64 " bytes at " U64,
		     helper_op_name(cmd->op), bo->id, (guint64)cmd->len,
		     (guint64)cmd->offset);
	return 0;
}

static uint32_t run_job(Helper *helper, const struct sb_helper_command *cmd)
{
	HelperBo *bo;
	uint32_t status = find(helper, cmd, true, &bo);

	if (status)
		return status;
	for (guint i = 0; i < helper->jobs->len; i++)
		if (g_array_index(helper->jobs, HelperJob, i).number ==
		    cmd->count)
			return refuse(helper, cmd, EEXIST,
				      "there is a job %u already", cmd->count);
	if (!cmd->count || helper->jobs->len >= HELPER_JOBS_MAX)
		return refuse(helper, cmd, EINVAL,
			      "no number for a job, or too many jobs: %u",
			      cmd->count);
	helper_trace(helper, "JOB %u on BO %u", cmd->count, bo->id);
	helper_job_start(helper, cmd->count, bo->id);
	return 0;
}

static uint32_t bye(Helper *helper)
{
	gint bos = g_tree_nnodes(helper->bos);
	const HelperJob *job = helper_job_on(helper, 0);

	helper_trace(helper, "BYE");
	if (job)
		helper_violation(helper, "BYE while job %u is under way",
				 job->number);
	if (bos)
		helper_violation(helper, "BYE with %d BOs attached", bos);
	helper_bos_reset(helper);
	g_array_set_size(helper->jobs, 0);
	return 0;
}

/* The status with which a rule fails @cmd, or 0. */
static uint32_t rule_status(Helper *helper, const struct sb_helper_command *cmd)
{
	static const char *const kinds[HELPER_OPS] = {
		[SB_HELPER_CMD_ATTACH] = "ATTACH",
		[SB_HELPER_CMD_DETACH] = "DETACH",
		[SB_HELPER_CMD_READ] = "ACCESS",
		[SB_HELPER_CMD_WRITE] = "ACCESS",
	};
	const char *kind = cmd->op < HELPER_OPS ? kinds[cmd->op] : NULL;
	Fault fault = {.kind = FAULT_NONE};

	if (kind)
		fault = faults_next(helper->dev.faults, helper->dev.name, kind);
	return fault.kind == FAULT_FAIL ? (uint32_t)fault.arg ?: EIO : 0;
}

static uint32_t carry_out(Helper *helper, const struct sb_helper_command *cmd)
{
	uint32_t rule = rule_status(helper, cmd);

	switch ((enum sb_helper_command_op)cmd->op) {
	case SB_HELPER_CMD_ATTACH:
		return attach(helper, cmd, rule);
	case SB_HELPER_CMD_DETACH:
		return detach(helper, cmd, rule);
	case SB_HELPER_CMD_READ:
	case SB_HELPER_CMD_WRITE:
		return access_bo(helper, cmd, rule);
	case SB_HELPER_CMD_JOB:
		return run_job(helper, cmd);
	case SB_HELPER_CMD_STOP:
		helper_trace(helper, "STOP: %u jobs", helper->jobs->len);
		g_array_set_size(helper->jobs, 0);
		return 0;
	case SB_HELPER_CMD_BYE:
		return bye(helper);
	}
	helper_violation(helper, "no such command: %u", cmd->op);
	return EINVAL;
}

void helper_command(Helper *helper, uint64_t addr)
{
	struct sb_helper_command cmd;
	uint32_t op, status;

	if (!ram_read(helper->dev.ram, addr, &cmd, sizeof(cmd))) {
		helper_violation(helper, "the command at " HEX " is not in RAM",
				 addr);
		return;
	}
	status = carry_out(helper, &cmd);
	op = cmd.op < HELPER_OPS ? cmd.op : 0;
	if (status)
		helper->refused[op]++;
	else
		helper->done[op]++;
	ram_write(helper->dev.ram,
		  addr + offsetof(struct sb_helper_command, status), &status,
		  sizeof(status));
}
