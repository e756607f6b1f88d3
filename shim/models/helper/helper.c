// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level stub driver: registers, and jobs. A job
 * uses the pages when its time is over, all at once, so that whatever the
 * driver takes away from a job under way is missed.
 */
#include "models/helper/helper.h"

#include <errno.h>
#include <string.h>

bool stub_job_held(Stub *stub, const StubJob *job)
{
	return job->held &&
	       faults_held(stub->dev.faults, stub->ops.name, "JOB");
}

const StubJob *stub_job_on(Stub *stub, uint32_t bo)
{
	for (guint i = 0; i < stub->jobs->len; i++) {
		const StubJob *job = &g_array_index(stub->jobs, StubJob, i);

		if (!job->ended && (!bo || job->bo == bo))
			return job;
	}
	return NULL;
}

void stub_job_start(Stub *stub, uint32_t number, uint32_t bo)
{
	Fault fault = faults_next(stub->dev.faults, stub->ops.name, "JOB");
	StubJob job = {
		.number = number,
		.bo = bo,
		.due_ns = stub->dev.now_ns + STUB_JOB_NS,
		.held = fault.kind == FAULT_HOLD || fault.kind == FAULT_HANG,
	};

	if (fault.kind == FAULT_DELAY)
		job.due_ns += fault.arg;
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		job.error = (uint32_t)fault.arg ?: EIO;
	if (fault.kind != FAULT_NONE)
		stub_trace(stub, "job %u: fault rule applies", number);
	g_array_append_val(stub->jobs, job);
}

static gboolean use_if_kept(gpointer key G_GNUC_UNUSED, gpointer value,
			    gpointer user)
{
	const StubBo *bo = value;

	if (bo->kept)
		stub_bo_check(user, bo, 0, bo->size);
	return FALSE;
}

/* Ends the job at @index, which goes behind those that ended before. */
static void end_job(Stub *stub, guint index)
{
	StubJob job = g_array_index(stub->jobs, StubJob, index);
	const StubBo *bo = stub_bo_find(stub, job.bo);

	if (!job.error) {
		if (bo && !bo->kept)
			stub_bo_check(stub, bo, 0, bo->size);
		g_tree_foreach(stub->bos, use_if_kept, stub);
	}
	job.ended = true;
	g_array_remove_index(stub->jobs, index);
	g_array_append_val(stub->jobs, job);
	stub_trace(stub, "job %u on BO %u ended: %s", job.number, job.bo,
		   g_strerror((int)job.error));
	device_raise(&stub->dev, SB_IRQ_STUB);
}

/* End what is due, and work out when to come back. */
static void advance(Device *device)
{
	Stub *stub = (Stub *)device;
	guint i = 0;

	device->deadline_ns = 0;
	while (i < stub->jobs->len) {
		const StubJob *job = &g_array_index(stub->jobs, StubJob, i);
		bool held = stub_job_held(stub, job);
		uint64_t at = job->due_ns;

		if (!job->ended && !held && at <= device->now_ns) {
			end_job(stub, i);
			continue;
		}
		i++;
		if (job->ended)
			continue;
		if (held)
			at = MAX(at, device->now_ns + STUB_POLL_NS);
		if (!device->deadline_ns || at < device->deadline_ns)
			device->deadline_ns = MAX(at, 1);
	}
}

/* The job that ended first; NULL when none waits for the driver. */
static const StubJob *first_ended(Stub *stub, guint *index)
{
	for (*index = 0; *index < stub->jobs->len; ++*index) {
		const StubJob *job =
			&g_array_index(stub->jobs, StubJob, *index);

		if (job->ended)
			return job;
	}
	return NULL;
}

static int stub_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Stub *stub = (Stub *)device;
	const StubJob *job;
	uint64_t value = 0;
	guint index;

	advance(device);
	if (len != sizeof(value) || offset > SB_STUB_REG_ENDED) {
		stub_violation(stub,
			       "read of %zu bytes at 0x%" G_GINT64_MODIFIER
			       "x: no such register",
			       len, offset);
		return -EINVAL;
	}
	if (offset == SB_STUB_REG_ID)
		value = SB_STUB_ID;
	job = offset == SB_STUB_REG_ENDED ? first_ended(stub, &index) : NULL;
	if (job)
		value = job->number | (uint64_t)job->error << 32;
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static void acknowledge(Stub *stub, uint64_t number)
{
	guint index;
	const StubJob *job = first_ended(stub, &index);

	if (job && job->number == number)
		g_array_remove_index(stub->jobs, index);
	else
		stub_violation(stub,
			       "acknowledged job %" G_GUINT64_FORMAT
			       ", which is not the first that ended",
			       number);
}

static int stub_write(Device *device, uint64_t offset, const void *buf,
		      size_t len)
{
	Stub *stub = (Stub *)device;
	uint64_t value;

	advance(device);
	if (len != sizeof(value) || offset > SB_STUB_REG_ENDED) {
		stub_violation(stub,
			       "write of %zu bytes at 0x%" G_GINT64_MODIFIER
			       "x: no such register",
			       len, offset);
		return -EINVAL;
	}
	memcpy(&value, buf, sizeof(value));
	if (offset == SB_STUB_REG_COMMAND)
		stub_command(stub, value);
	else if (offset == SB_STUB_REG_ENDED)
		acknowledge(stub, value);
	else
		stub_violation(stub, "write of the identification register");
	advance(device);
	return 0;
}

static void stub_reset(Device *device)
{
	Stub *stub = (Stub *)device;

	stub_bos_reset(stub);
	g_array_set_size(stub->jobs, 0);
	memset(stub->done, 0, sizeof(stub->done));
	memset(stub->refused, 0, sizeof(stub->refused));
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void stub_free(Device *device)
{
	Stub *stub = (Stub *)device;

	g_tree_unref(stub->bos);
	g_array_unref(stub->jobs);
	g_free(stub);
}

Device *stub_new(Ram *ram, Journal *journal, Faults *faults, Stamps *stamps,
		 unsigned int index)
{
	static const char *const names[SB_STUBS] = {"stub.0", "stub.1"};
	static uint32_t no_isr;
	Stub *stub = g_new0(Stub, 1);
	Device *device = &stub->dev;

	stub->ops = (DeviceOps){
		.name = names[index],
		.reg_file = "regs",
		.read = stub_read,
		.write = stub_write,
		.tick = advance,
		.release = advance,
		.reset = stub_reset,
		.leaks = stub_leaks,
		.list = stub_list,
		.show = stub_show,
		.free = stub_free,
	};
	device->ops = &stub->ops;
	device->ram = ram;
	device->journal = journal;
	device->faults = faults;
	device->stamps = stamps;
	device->isr = &no_isr;
	device->isr_reg = SB_NO_REG;
	device->ack_reg = SB_NO_REG;
	stub->jobs = g_array_new(FALSE, FALSE, sizeof(StubJob));
	stub_bos_reset(stub);
	return device;
}
