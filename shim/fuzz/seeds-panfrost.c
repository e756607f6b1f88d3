// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's panfrost driver could do, as inputs. */
#include <string.h>

#include "fuzz.h"
#include "models/panfrost/regs.h"
#include "ops.h"
#include "protocol.h"

#define PANFROST OPS_PANFROST
#define TABLES_AT 0x40000ull /* four levels, a page each */
#define JOBS_PA 0x50000ull
#define DATA_PA 0x60000ull
#define DATA_PAGES 8u
#define VA 0x123456000ull /* jobs, then a hole, then the data */
#define DATA_VA (VA + 0x2000)
#define HOLE_VA (VA + 0x1000)
#define JOB_SIZE 128u
#define OTHER_CHAIN 16u /* first job of a second chain */
#define JOB_NS 1000000ull /* more than any job takes */

typedef struct {
	uint32_t status;
	uint32_t first_incomplete;
	uint64_t fault_pointer;
	uint32_t control;
	uint16_t depends[2];
	uint64_t next;
	union {
		struct {
			uint64_t address;
			uint32_t type;
			uint32_t pad;
			uint64_t value;
		} write;
		struct sb_panfrost_job ours;
	};
} Job;

G_STATIC_ASSERT(sizeof(Job) <= JOB_SIZE);

static uint32_t js(guint slot, uint32_t reg)
{
	return JS_BASE + slot * JS_STRIDE + reg;
}

static uint32_t as(guint space, uint32_t reg)
{
	return AS_BASE + space * AS_STRIDE + reg;
}

static void power_on(GByteArray *input)
{
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_SOFT_RESET);
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, GPU_INT_RAWSTAT);
	ops_write(input, PANFROST, GPU_INT_CLEAR, ~0u);
	ops_write(input, PANFROST, GPU_INT_MASK, ~0u);
	ops_write(input, PANFROST, JOB_INT_MASK, ~0u);
	ops_write(input, PANFROST, MMU_INT_MASK, ~0u);
	ops_write(input, PANFROST, GPU_PWRON + 0x20, 1);
	ops_write(input, PANFROST, GPU_PWRON, 0xf);
	ops_write(input, PANFROST, GPU_PWRON + 0x10, 1);
	ops_tick(input, PANFROST, JOB_NS);
}

static void entry(GByteArray *input, guint level, uint64_t va, uint64_t value)
{
	ops_ram(input,
		TABLES_AT + level * 4096 + (va >> PTE_SHIFT(level) & 511) * 8,
		&value, sizeof(value));
}

static void map_page(GByteArray *input, uint64_t va, uint64_t pa)
{
	entry(input, 3, va, pa | PTE_READ | PTE_WRITE | PTE_TYPE_LEAF);
}

static void command(GByteArray *input, guint space, uint32_t cmd)
{
	ops_write64(input, PANFROST, as(space, AS_LOCKADDR),
		    (VA & ~0xfffull) | 30);
	ops_write(input, PANFROST, as(space, AS_COMMAND), AS_COMMAND_LOCK);
	ops_write(input, PANFROST, as(space, AS_COMMAND), cmd);
	ops_read(input, PANFROST, as(space, AS_STATUS));
}

static void set_table(GByteArray *input, guint space, uint64_t root)
{
	ops_write64(input, PANFROST, as(space, AS_TRANSTAB),
		    root ? root | 7 : 0);
	ops_write64(input, PANFROST, as(space, AS_MEMATTR),
		    root ? 0x888d88 : 0);
	ops_write(input, PANFROST, as(space, AS_COMMAND), AS_COMMAND_UPDATE);
}

static void make_space(GByteArray *input, guint space)
{
	for (guint level = 0; level < 3; level++)
		entry(input, level, VA,
		      (TABLES_AT + (level + 1) * 4096) | PTE_TYPE_TABLE);
	map_page(input, VA, JOBS_PA);
	for (guint i = 0; i < DATA_PAGES; i++)
		map_page(input, DATA_VA + i * 4096, DATA_PA + i * 4096);
	set_table(input, space, TABLES_AT);
}

/* Job number @n, which waits for the one before unless it is the first. */
static void put_job(GByteArray *input, guint n, guint type, Job job, bool last)
{
	job.control = 1 | type << 1 | (n + 1) << 16;
	if (n && n != OTHER_CHAIN)
		job.depends[0] = (uint16_t)n;
	job.next = last ? 0 : VA + (n + 1) * JOB_SIZE;
	ops_ram(input, JOBS_PA + n * JOB_SIZE, &job, sizeof(job));
}

static void submit(GByteArray *input, guint slot, guint space, guint first)
{
	ops_write64(input, PANFROST, js(slot, JS_HEAD_NEXT),
		    VA + first * JOB_SIZE);
	ops_write64(input, PANFROST, js(slot, JS_AFFINITY_NEXT), 0xf);
	ops_write(input, PANFROST, js(slot, JS_CONFIG_NEXT),
		  space | 8 << 16 | 0x3300);
	ops_write(input, PANFROST, js(slot, JS_COMMAND_NEXT), JS_COMMAND_START);
}

static void take_job_irq(GByteArray *input)
{
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, JOB_INT_RAWSTAT);
	ops_read(input, PANFROST, js(1, JS_STATUS));
	ops_write(input, PANFROST, JOB_INT_CLEAR, ~0u);
}

void seed_jobs(GByteArray *input)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 0, 1,
				       ~(9u ^ 0u ^ 1u)};
	Job job = {0};

	power_on(input);
	make_space(input, 2);
	ops_ram(input, DATA_PA, &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect panfrost 2 123458000 1 9 1");
	put_job(input, 0, JOB_TYPE_NULL, job, false);
	job.write.address = DATA_VA + 0x1008;
	job.write.type = WRITE_VALUE_IMMEDIATE_64;
	job.write.value = 0x1122334455667788;
	put_job(input, 1, JOB_TYPE_WRITE_VALUE, job, false);
	put_job(input, 2, JOB_TYPE_CACHE_FLUSH, (Job){0}, false);
	job.ours = (struct sb_panfrost_job){.op = SB_PANFROST_COPY,
					    .src = DATA_VA + 0x800,
					    .dst = DATA_VA + 0x2ff0,
					    .len = 0x1000};
	put_job(input, 3, SB_PANFROST_JOB_TYPE, job, false);
	job.ours = (struct sb_panfrost_job){.op = SB_PANFROST_CHECKSUM,
					    .src = DATA_VA + 4,
					    .dst = DATA_VA + 0x5000,
					    .len = 0x1800};
	put_job(input, 4, SB_PANFROST_JOB_TYPE, job, false);
	job.ours = (struct sb_panfrost_job){.op = SB_PANFROST_CHECK_STAMPS,
					    .bo = 9,
					    .generation = 1,
					    .src = DATA_VA,
					    .dst = DATA_VA + 0x5008,
					    .len = 0x1000};
	put_job(input, 5, SB_PANFROST_JOB_TYPE, job, false);
	put_job(input, 6, JOB_TYPE_TILER, (Job){0}, true);
	put_job(input, OTHER_CHAIN, JOB_TYPE_NULL, (Job){0}, false);
	put_job(input, OTHER_CHAIN + 1, JOB_TYPE_FRAGMENT, (Job){0}, true);
	submit(input, 1, 2, 0);
	submit(input, 0, 2, OTHER_CHAIN);
	for (guint i = 0; i < 3; i++)
		take_job_irq(input);
	command(input, 2, AS_COMMAND_FLUSH_MEM);
	set_table(input, 2, 0);
}

/* A fault that the driver mends, then one after which it gives up. */
void seed_fault(GByteArray *input)
{
	Job job = {.write = {.address = HOLE_VA + 16,
			     .type = WRITE_VALUE_IMMEDIATE_32,
			     .value = 77}};

	power_on(input);
	make_space(input, 1);
	put_job(input, 0, JOB_TYPE_WRITE_VALUE, job, true);
	submit(input, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	ops_read(input, PANFROST, MMU_INT_RAWSTAT);
	ops_read(input, PANFROST, as(1, AS_FAULTSTATUS));
	ops_read(input, PANFROST, as(1, AS_FAULTADDRESS));
	map_page(input, HOLE_VA, DATA_PA + 0x7000);
	ops_write(input, PANFROST, MMU_INT_CLEAR, ~0u);
	command(input, 1, AS_COMMAND_FLUSH_PT);
	take_job_irq(input);

	job.write.address = HOLE_VA + 0x100000000ull;
	put_job(input, 0, JOB_TYPE_WRITE_VALUE, job, true);
	submit(input, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	set_table(input, 1, 0);
	take_job_irq(input);

	/* And a hang that only a hard stop, in the end, gets rid of. */
	make_space(input, 1);
	ops_text(input, OP_FAULTS, "hang panfrost JOB");
	put_job(input, 0, JOB_TYPE_NULL, (Job){0}, true);
	submit(input, 1, 1, 0);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, js(1, JS_COMMAND), JS_COMMAND_SOFT_STOP);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, js(1, JS_COMMAND), JS_COMMAND_HARD_STOP);
	ops_tick(input, PANFROST, JOB_NS);
	ops_text(input, OP_FAULTS, "clear");
	take_job_irq(input);
	set_table(input, 1, 0);
}

void seed_gpu(GByteArray *input)
{
	power_on(input);
	make_space(input, 0);
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
	set_table(input, 0, 0);
	ops_write(input, PANFROST, GPU_PWROFF, 0xf);
	ops_write(input, PANFROST, GPU_PWROFF + 0x10, 1);
	ops_write(input, PANFROST, GPU_PWROFF + 0x20, 1);
	ops_tick(input, PANFROST, JOB_NS);
	ops_write(input, PANFROST, GPU_CMD, GPU_CMD_HARD_RESET);
	ops_tick(input, PANFROST, JOB_NS);
}

static guint64 counter(Bus *bus, const char *name)
{
	Device *device = bus_device(bus, PANFROST);
	g_autoptr(GBytes) bytes = device->ops->show(device, "counters");
	g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL),
					  g_bytes_get_size(bytes));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], name) &&
		    lines[i][strlen(name)] == ' ')
			return g_ascii_strtoull(lines[i] + strlen(name), NULL,
						10);
	return G_MAXUINT64;
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
