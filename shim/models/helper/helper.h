/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of the device behind the helper-level driver; protocol.h says what it
 * does. helper.c has its registers and the end of jobs, commands.c the commands,
 * jobs.c the beginning of jobs, tree.c the files for people.
 */
#ifndef MODELS_HELPER_HELPER_H
#define MODELS_HELPER_HELPER_H

#include "core/hold.h"
#include "protocol.h"

/* Guest time that a job takes; a `delay` rule adds to it. */
#define HELPER_JOB_NS 200000ull
/* Far more than any test needs; limits for a faulty guest. */
#define HELPER_BOS_MAX 16384u
#define HELPER_BO_SIZE_MAX (1ull << 32)
#define HELPER_JOBS_MAX 1024u

/**
 * HelperBo - a BO that is attached
 *
 * @size: bytes that it will have
 * @pages: addresses of those that are there, of uint64_t
 * @kept: every job may use it, not only those that name it
 */
typedef struct {
	uint32_t id;
	uint64_t size;
	GArray *pages;
	bool kept;
} HelperBo;

/**
 * HelperJob - a job that is under way, or has ended and is not acknowledged
 *
 * @hold: active while it is under way
 * @error: errno that it ends with
 */
typedef struct {
	uint32_t number;
	uint32_t bo;
	Hold hold;
	uint32_t error;
} HelperJob;

#define HELPER_OPS (SB_HELPER_CMD_BYE + 1)

typedef struct {
	Device dev;
	GTree *bos; /* id -> HelperBo, owned */
	GArray *jobs; /* of HelperJob; those that have ended in that order */
	uint64_t done[HELPER_OPS]; /* commands by their op; [0]: of none */
	uint64_t refused[HELPER_OPS];
} Helper;

#define helper_trace(helper, ...)                                              \
	journal_trace((helper)->dev.journal, (helper)->dev.name, __VA_ARGS__)
#define helper_violation(helper, ...)                                          \
	journal_violation((helper)->dev.journal, (helper)->dev.name,           \
			  __VA_ARGS__)

/* jobs.c */
/* Begin a job. */
void helper_job_start(Helper *helper, uint32_t number, uint32_t bo);
/* A job under way on @bo; 0: on any BO. NULL if there is none. */
const HelperJob *helper_job_on(Helper *helper, uint32_t bo);

/* commands.c */
HelperBo *helper_bo_find(Helper *helper, uint32_t id);
/* Check the stamps of the pages of @len bytes at @offset. */
void helper_bo_check(Helper *helper, const HelperBo *bo, uint64_t offset,
		     uint64_t len);
/* Forget all BOs. */
void helper_bos_reset(Helper *helper);
/* Execute the command at @addr, and store its status there. */
void helper_command(Helper *helper, uint64_t addr);
const char *helper_op_name(uint32_t op);

/* tree.c */
extern const Node helper_nodes[];
void helper_leaks(Device *device, GString *out);

#endif
