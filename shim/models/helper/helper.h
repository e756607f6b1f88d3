/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the device behind the helper-level stub driver; the outside is
 * stub_new() in device.h, and protocol.h says what it does. stub.c is its
 * registers and jobs, stub_commands.c the commands, stub_tree.c what people can
 * read.
 */
#ifndef SHIM_STUB_DEVICE_H
#define SHIM_STUB_DEVICE_H

#include "core/device.h"
#include "protocol.h"

/* Guest time that a job takes; a `delay` rule adds to it. */
#define STUB_JOB_NS 200000ull
/* While work is held the guest ticks this often, and so sees a release. */
#define STUB_POLL_NS 10000000ull
/* Far more than any test needs; bounds for what a wild guest may. */
#define STUB_BOS_MAX 16384u
#define STUB_BO_SIZE_MAX (1ull << 32)
#define STUB_JOBS_MAX 1024u

/**
 * StubBo - a BO that is attached
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
} StubBo;

/**
 * StubJob - a job that is under way, or has ended and is not acknowledged
 *
 * @held: a rule holds it back, for as long as one holds jobs
 * @error: errno that it ends with
 */
typedef struct {
	uint32_t number;
	uint32_t bo;
	uint64_t due_ns;
	bool held;
	bool ended;
	uint32_t error;
} StubJob;

#define STUB_OPS (SB_STUB_CMD_BYE + 1)

typedef struct {
	Device dev;
	DeviceOps ops;
	GTree *bos; /* id -> StubBo, owned */
	GArray *jobs; /* of StubJob; those that have ended in that order */
	uint64_t done[STUB_OPS]; /* commands by their op; [0]: of none */
	uint64_t refused[STUB_OPS];
} Stub;

#define stub_trace(stub, ...)                                                  \
	journal_trace((stub)->dev.journal, (stub)->ops.name, __VA_ARGS__)
#define stub_violation(stub, ...)                                              \
	journal_violation((stub)->dev.journal, (stub)->ops.name, __VA_ARGS__)

/* stub.c */
/* Begin a job. */
void stub_job_start(Stub *stub, uint32_t number, uint32_t bo);
/* A job that is under way on @bo; 0: on any. NULL when there is none. */
const StubJob *stub_job_on(Stub *stub, uint32_t bo);
bool stub_job_held(Stub *stub, const StubJob *job);

/* stub_commands.c */
StubBo *stub_bo_find(Stub *stub, uint32_t id);
/* Look at the stamps of the pages of @len bytes at @offset. */
void stub_bo_check(Stub *stub, const StubBo *bo, uint64_t offset, uint64_t len);
/* Forget all BOs. */
void stub_bos_reset(Stub *stub);
/* Carry out the command at @addr, and say there how it went. */
void stub_command(Stub *stub, uint64_t addr);
const char *stub_op_name(uint32_t op);

/* stub_tree.c */
char **stub_list(Device *device, const char *path);
GBytes *stub_show(Device *device, const char *path);
void stub_leaks(Device *device, GString *out);

#endif
