// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's panfrost driver could do, as inputs. */
#include <string.h>

#include "fuzz.h"
#include "ops.h"
#include "tests/panfrost-guest.h"

#define PANFROST OPS_PANFROST
#define TABLES_PA 0x40000ull /* the root, then the tables below it */
#define JOBS_PA 0x50000ull
#define DATA_PA 0x60000ull
#define DATA_PAGES 8u
#define SCENE_PA (DATA_PA + DATA_PAGES * 4096ull)
#define SCENE_VA 0x20000000ull
#define VA 0x123456000ull /* jobs, then a hole, then the data */
#define DATA_VA (VA + 0x2000)
#define HOLE_VA (VA + 0x1000)
#define OTHER_CHAIN 16u /* first job of a second chain */
#define JOB_NS 1000000ull /* more than any job takes */

static void write_ram(void *user, uint64_t pa, const void *bytes, size_t len)
{
	ops_ram(user, pa, bytes, len);
}

static void write_register(void *user, uint32_t offset, uint32_t value)
{
	ops_write(user, PANFROST, offset, value);
}

/* A driver that writes its accesses to @input. */
static PanfrostGuest driver_new(GByteArray *input)
{
	PanfrostGuest driver = {
		.write_ram = write_ram,
		.write_register = write_register,
		.user = input,
		.free_page = TABLES_PA + 4096,
	};

	panfrost_guest_init(&driver);
	return driver;
}

static void power_on(PanfrostGuest *driver)
{
	GByteArray *input = driver->user;

	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_SOFT_RESET);
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, GPU_INT_RAWSTAT);
	ops_write(input, PANFROST, GPU_INT_CLEAR, ~0u);
	ops_write(input, PANFROST, GPU_INT_MASK, ~0u);
	ops_write(input, PANFROST, JOB_INT_MASK, ~0u);
	ops_write(input, PANFROST, MMU_INT_MASK, ~0u);
	panfrost_power_on(driver);
	ops_tick(input, PANFROST, JOB_NS);
}

static void map_page(PanfrostGuest *driver, uint64_t va, uint64_t pa)
{
	panfrost_map(driver, TABLES_PA, va, pa, PANFROST_RW);
}

static void flush(PanfrostGuest *driver, guint space, uint32_t command)
{
	panfrost_flush(driver, space, VA, 31, command);
	ops_read(driver->user, PANFROST, panfrost_as(space, AS_STATUS));
}

static void make_space(PanfrostGuest *driver, guint space)
{
	map_page(driver, VA, JOBS_PA);
	for (guint i = 0; i < DATA_PAGES; i++)
		map_page(driver, DATA_VA + i * 4096, DATA_PA + i * 4096);
	panfrost_set_root(driver, space, TABLES_PA);
}

/* Job number @n, which waits for the one before unless it is the first. */
static void put_job(PanfrostGuest *driver, guint n, PanfrostJob job, bool last)
{
	job.control |= (n + 1) << 16;
	if (n && n != OTHER_CHAIN)
		job.depends[0] = (uint16_t)n;
	job.next = last ? 0 : VA + (n + 1) * PANFROST_JOB_SIZE;
	write_ram(driver->user, JOBS_PA + n * PANFROST_JOB_SIZE, &job,
		  sizeof(job));
}

static void submit(PanfrostGuest *driver, guint slot, guint space, guint first)
{
	panfrost_submit(driver, slot, VA + first * PANFROST_JOB_SIZE, space);
}

static void take_job_irq(PanfrostGuest *driver)
{
	GByteArray *input = driver->user;

	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, JOB_INT_RAWSTAT);
	ops_read(input, PANFROST, panfrost_js(1, JS_STATUS));
	ops_write(input, PANFROST, JOB_INT_CLEAR, ~0u);
}

void seed_jobs(GByteArray *input)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 0, 1,
				       ~(9u ^ 0u ^ 1u)};
	const struct sb_panfrost_job copy = {
		.op = SB_PANFROST_COPY,
		.src = DATA_VA + 0x800,
		.dst = DATA_VA + 0x2ff0,
		.len = 0x1000,
	};
	const struct sb_panfrost_job checksum = {
		.op = SB_PANFROST_CHECKSUM,
		.src = DATA_VA + 4,
		.dst = DATA_VA + 0x5000,
		.len = 0x1800,
	};
	const struct sb_panfrost_job check_stamps = {
		.op = SB_PANFROST_CHECK_STAMPS,
		.bo = 9,
		.generation = 1,
		.src = DATA_VA,
		.dst = DATA_VA + 0x5008,
		.len = 0x1000,
	};
	g_auto(PanfrostGuest) driver = driver_new(input);

	power_on(&driver);
	make_space(&driver, 2);
	ops_ram(input, DATA_PA, &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect panfrost 2 123458000 1 9 1");
	put_job(&driver, 0, panfrost_job(JOB_TYPE_NULL, 0), false);
	put_job(&driver, 1,
		panfrost_write_job(0, DATA_VA + 0x1008,
				   WRITE_VALUE_IMMEDIATE_64,
				   0x1122334455667788),
		false);
	put_job(&driver, 2, panfrost_job(JOB_TYPE_CACHE_FLUSH, 0), false);
	put_job(&driver, 3, panfrost_our_job(0, copy), false);
	put_job(&driver, 4, panfrost_our_job(0, checksum), false);
	put_job(&driver, 5, panfrost_our_job(0, check_stamps), false);
	put_job(&driver, 6, panfrost_job(JOB_TYPE_TILER, 0), true);
	put_job(&driver, OTHER_CHAIN, panfrost_job(JOB_TYPE_NULL, 0), false);
	put_job(&driver, OTHER_CHAIN + 1, panfrost_job(JOB_TYPE_FRAGMENT, 0),
		true);
	submit(&driver, 1, 2, 0);
	submit(&driver, 0, 2, OTHER_CHAIN);
	for (guint i = 0; i < 3; i++)
		take_job_irq(&driver);
	flush(&driver, 2, AS_COMMAND_FLUSH_MEM);
	panfrost_set_root(&driver, 2, 0);
}

/* A frame that is drawn, linear and tiled; then a chain without end */
void seed_frame(GByteArray *input)
{
	PanfrostScene scene = {.va = SCENE_VA, .pa = SCENE_PA, .clear = 0x11};
	PanfrostJob loop = panfrost_job(JOB_TYPE_NULL, 1);
	g_auto(PanfrostGuest) driver = driver_new(input);

	power_on(&driver);
	make_space(&driver, 0);
	for (guint i = 0; i < SCENE_SIZE; i += 4096)
		map_page(&driver, SCENE_VA + i, SCENE_PA + i);
	for (guint i = 0; i < 2; i++) {
		scene.tiled = i;
		panfrost_scene(&driver, &scene);
		panfrost_submit(&driver, 1, SCENE_VA + SCENE_VERTEX_JOB, 0);
		take_job_irq(&driver);
		panfrost_submit(&driver, 0, SCENE_VA + SCENE_FRAGMENT_JOB, 0);
		take_job_irq(&driver);
	}
	loop.next = VA;
	write_ram(input, JOBS_PA, &loop, sizeof(loop));
	submit(&driver, 1, 0, 0);
	ops_tick(input, PANFROST, JOB_NS);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, panfrost_js(1, JS_COMMAND),
		  JS_COMMAND_HARD_STOP);
	take_job_irq(&driver);
	panfrost_set_root(&driver, 0, 0);
}

/* A fault that the driver resolves, then one after which it gives up */
void seed_fault(GByteArray *input)
{
	PanfrostJob job = panfrost_write_job(0, HOLE_VA + 16,
					     WRITE_VALUE_IMMEDIATE_32, 77);
	g_auto(PanfrostGuest) driver = driver_new(input);

	power_on(&driver);
	make_space(&driver, 1);
	put_job(&driver, 0, job, true);
	submit(&driver, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, MMU_INT_RAWSTAT);
	ops_read(input, PANFROST, panfrost_as(1, AS_FAULTSTATUS));
	ops_read(input, PANFROST, panfrost_as(1, AS_FAULTADDRESS));
	map_page(&driver, HOLE_VA, DATA_PA + 0x7000);
	ops_write(input, PANFROST, MMU_INT_CLEAR, ~0u);
	flush(&driver, 1, AS_COMMAND_FLUSH_PT);
	take_job_irq(&driver);

	job.write.address = HOLE_VA + 0x100000000ull;
	put_job(&driver, 0, job, true);
	submit(&driver, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	panfrost_set_root(&driver, 1, 0);
	take_job_irq(&driver);

	/* A hang: the job ignores both stops until the rule is gone */
	make_space(&driver, 1);
	ops_text(input, OP_FAULTS, "hang panfrost JOB");
	put_job(&driver, 0, panfrost_job(JOB_TYPE_NULL, 0), true);
	submit(&driver, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, panfrost_js(1, JS_COMMAND),
		  JS_COMMAND_SOFT_STOP);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, panfrost_js(1, JS_COMMAND),
		  JS_COMMAND_HARD_STOP);
	ops_tick(input, PANFROST, JOB_NS);
	ops_text(input, OP_FAULTS, "clear");
	take_job_irq(&driver);
	panfrost_set_root(&driver, 1, 0);
}

void seed_gpu(GByteArray *input)
{
	g_auto(PanfrostGuest) driver = driver_new(input);

	power_on(&driver);
	make_space(&driver, 0);
	for (uint32_t reg = 0; reg < 0x340; reg += 0x14)
		ops_read(input, PANFROST, reg);
	ops_write64(input, PANFROST, GPU_PERFCNT_BASE, DATA_VA);
	ops_write(input, PANFROST, GPU_PRFCNT_JM_EN, ~0u);
	ops_write(input, PANFROST, GPU_PRFCNT_SHADER_EN, ~0u);
	ops_write(input, PANFROST, GPU_PRFCNT_TILER_EN, ~0u);
	ops_write(input, PANFROST, GPU_PRFCNT_MMU_L2_EN, ~0u);
	ops_write(input, PANFROST, GPU_PERFCNT_CFG, 0 << 4 | 1);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_PERFCNT_CLEAR);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_CYCLE_COUNT_START);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_CLEAN_INV_CACHES);
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, GPU_INT_RAWSTAT);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_CYCLE_COUNT_STOP);
	ops_write(input, PANFROST, GPU_INT_CLEAR, ~0u);
	ops_write(input, PANFROST, GPU_PERFCNT_CFG, 0);
	panfrost_set_root(&driver, 0, 0);
	ops_write(input, PANFROST, GPU_PWROFF, 0xf);
	ops_write(input, PANFROST, GPU_PWROFF + 0x10, 1);
	ops_write(input, PANFROST, GPU_PWROFF + 0x20, 1);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_HARD_RESET);
	ops_tick(input, PANFROST, JOB_NS);
}

static guint64 counter(Bus *bus, const char *name)
{
	return fuzz_counter(bus_device(bus, PANFROST), name);
}

const char *check_jobs(Bus *bus, const uint8_t *memory)
{
	uint64_t value, good;

	memcpy(&value, memory + DATA_PA + 0x1008, sizeof(value));
	memcpy(&good, memory + DATA_PA + 0x5008, sizeof(good));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "chains") != 2 || counter(bus, "chains-failed"))
		return "the chains did not run";
	if (counter(bus, "jobs") != 9)
		return "not all jobs ran";
	if (value != 0x1122334455667788 || good != 1)
		return "the jobs did not do their work";
	return NULL;
}

const char *check_frame(Bus *bus, const uint8_t *memory)
{
	uint32_t pixel, next;

	memcpy(&pixel, memory + SCENE_PA + SCENE_COLOR, sizeof(pixel));
	memcpy(&next, memory + SCENE_PA + SCENE_COLOR + 4, sizeof(next));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "chains") != 5 || counter(bus, "chains-failed") != 1)
		return "the frames were not drawn";
	if (counter(bus, "jobs") <= 2000)
		return "the endless chain did not run";
	if (!pixel || pixel == 0x11 || pixel == next)
		return "the render target has no picture";
	return NULL;
}

const char *check_fault(Bus *bus, const uint8_t *memory)
{
	uint32_t value;

	memcpy(&value, memory + DATA_PA + 0x7010, sizeof(value));
	if (counter(bus, "page-faults") < 2)
		return "no page faults";
	if (value != 77)
		return "the faulted job was not tried again";
	if (counter(bus, "chains") != 3)
		return "not three chains";
	return NULL;
}

/* Reading everywhere, it has violations. */
const char *check_gpu(Bus *bus, const uint8_t *memory G_GNUC_UNUSED)
{
	if (counter(bus, "perfcnt-samples") != 1)
		return "no performance counters were written";
	return counter(bus, "resets") < 2 ? "no resets" : NULL;
}
