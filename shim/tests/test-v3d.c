// SPDX-License-Identifier: GPL-2.0-or-later
/* The V3D 4.2 model, driven through its registers as v3d drives it. */
#include <errno.h>
#include <string.h>

#include "rig.h"
#include "v3d-guest.h"

#define RAM_SIZE (16u << 20)
#define PAGE 4096u
#define JOB_NS 200000ull

#define LISTS_PA (32 * PAGE)
#define DATA_PA (64 * PAGE)
#define TABLE (4u << 20)

#define LISTS_VA 0x00020000u /* two pages of commands */
#define DATA_VA 0x00800000u /* sixteen pages of data */
#define POOL_VA 0xfff00000u /* the data once more */
#define HOLE_VA 0x00404000u /* nothing is mapped here */

#define CORE(reg) (CORE_BASE + (reg))
#define SW_INIT (BRIDGE_BASE + BRIDGE_SW_INIT_0)

typedef struct sb_command Command;

typedef struct {
	Rig rig;
	V3dGuest driver;
} Test;

static uint32_t rd(Test *test, uint32_t offset)
{
	return rig_read(&test->rig, offset);
}

static void wr(Test *test, uint32_t offset, uint32_t value)
{
	rig_write(&test->rig, offset, value);
}

static void violations(Test *test, guint count, const char *last)
{
	rig_violations(&test->rig, count, last);
}

static void pass_time(Test *test, uint64_t ns)
{
	rig_pass_time(&test->rig, ns);
}

/* Macros, so that a failure names the line of the test. */
#define assert_reads(test, reg, value) g_assert_cmphex(rd(test, reg), ==, value)
#define assert_raised(test, lines)                                             \
	g_assert_cmphex(rig_raised(&(test)->rig), ==, lines)
/* The bank at @base has these bits, and they are cleared. */
#define assert_irq(test, base, bits)                                           \
	do {                                                                   \
		assert_raised(test, 1);                                        \
		assert_reads(test, (base) + INT_STS, bits);                    \
		wr(test, (base) + INT_CLR, bits);                              \
		assert_raised(test, 0);                                        \
	} while (0)
/* The same, when the time of a job is over */
#define assert_done(test, base, bits)                                          \
	do {                                                                   \
		pass_time(test, JOB_NS);                                       \
		assert_irq(test, base, bits);                                  \
	} while (0)

static void write_ram(void *user, uint64_t pa, const void *bytes, size_t len)
{
	Test *test = user;

	g_assert_true(ram_write(test->rig.guest, pa, bytes, len));
}

static void write_register(void *user, uint32_t offset, uint32_t value)
{
	wr(user, offset, value);
}

static uint32_t *data(Test *test, uint32_t offset)
{
	return (uint32_t *)(test->rig.ram + DATA_PA + offset);
}

/* Put a command into place @n of the lists; returns the address after it. */
static uint32_t command(Test *test, unsigned int n, Command command)
{
	command.magic = SB_COMMAND_MAGIC;
	write_ram(test, LISTS_PA + n * sizeof(command), &command,
		  sizeof(command));
	return LISTS_VA + (n + 1) * sizeof(command);
}

static uint32_t fill(Test *test, unsigned int n, uint32_t dst, uint32_t len,
		     uint32_t value)
{
	return command(test, n,
		       (Command){.op = SB_COMMAND_FILL,
				 .dst = dst,
				 .len = len,
				 .value = value});
}

static uint32_t alloc(Test *test, unsigned int n, uint32_t pages)
{
	return command(test, n,
		       (Command){.op = SB_COMMAND_ALLOC,
				 .dst = DATA_VA + 8,
				 .len = pages * PAGE,
				 .value = 100});
}

static void render(Test *test, uint32_t end)
{
	v3d_run_render(&test->driver, LISTS_VA, end);
}

static void setup(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_init(&test->rig, "v3d", RAM_SIZE);
	test->driver = (V3dGuest){
		.write_ram = write_ram,
		.write_register = write_register,
		.user = test,
		.table = TABLE,
	};
	for (uint32_t i = 0; i < 2; i++)
		v3d_map(&test->driver, LISTS_VA + i * PAGE,
			LISTS_PA + i * PAGE);
	for (uint32_t i = 0; i < 16; i++) {
		v3d_map(&test->driver, DATA_VA + i * PAGE, DATA_PA + i * PAGE);
		v3d_map(&test->driver, POOL_VA + i * PAGE, DATA_PA + i * PAGE);
	}
	v3d_power_on(&test->driver);
	assert_raised(test, 0);
	violations(test, 0, NULL);
}

static void teardown(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_clear(&test->rig);
}

/* Registers */

static void test_probe(Test *test)
{
	uint32_t ident = rd(test, HUB_IDENT1), info = rd(test, MMU_DEBUG_INFO);

	g_assert_cmphex(ident & 0xfff, ==, 0x124); /* 4.2, one core */
	g_assert_cmpuint(30 + (info >> 8 & 0xf), ==, 36);
	g_assert_cmpuint(30 + (info >> 4 & 0xf), ==, 32);
	assert_reads(test, CORE(CTL_IDENT0), 0x04443356);
	assert_reads(test, BRIDGE_BASE + BRIDGE_REVISION, 0x200);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER);
	assert_reads(test, MMUC_CONTROL, MMUC_CONTROL_ENABLE);
	assert_reads(test, CORE(CTL_L2TCACTL), 0);
	assert_reads(test, CORE(INT_MSK_STS), ~INT_USED);
	assert_reads(test, INT_MSK_STS, ~HUB_INT_USED);
}

static void test_bad_registers(Test *test)
{
	const DeviceModel *model = test->rig.device->model;
	uint64_t value = 0;

	g_assert_cmpint(model->read(test->rig.device, 0x18, &value, 4), ==,
			-EINVAL);
	g_assert_cmpint(model->read(test->rig.device, HUB_IDENT1, &value, 8),
			==, -EINVAL);
	g_assert_cmpint(model->write(test->rig.device, 0x3ffc, &value, 4), ==,
			-EINVAL);
	violations(test, 3, "no such register");
	wr(test, HUB_IDENT1, 1);
	wr(test, CORE(CLE_CTCA(0)), 1);
	wr(test, MMU_VIO_ADDR, 1);
	violations(test, 3, "read-only");
}

static void test_irq(Test *test)
{
	wr(test, CORE(INT_MSK_SET), ~0u);
	wr(test, CORE(INT_SET), INT_FRDONE);
	assert_raised(test, 0);
	assert_reads(test, CORE(INT_STS), INT_FRDONE);
	wr(test, CORE(INT_MSK_CLR), INT_FRDONE);
	assert_raised(test, 1);
	/* The line is shared: what is left in the hub raises it again. */
	wr(test, INT_SET, HUB_INT_TFUC);
	rig_raised(&test->rig);
	wr(test, CORE(INT_CLR), INT_FRDONE);
	assert_raised(test, 1);
	wr(test, INT_CLR, HUB_INT_TFUC);
	assert_raised(test, 0);
}

/* Jobs */

static void test_commands(Test *test)
{
	uint64_t sum;
	uint32_t end;

	fill(test, 0, DATA_VA + 16, 2 * PAGE, 0x01020304);
	command(test, 1,
		(Command){.op = SB_COMMAND_COPY,
			  .src = DATA_VA + 16,
			  .dst = DATA_VA + 4 * PAGE - 8,
			  .len = 16});
	end = command(test, 2,
		      (Command){.op = SB_COMMAND_CHECKSUM,
				.src = DATA_VA + 4 * PAGE - 8,
				.dst = DATA_VA + 8 * PAGE,
				.len = 3});
	render(test, end);
	pass_time(test, JOB_NS - 1);
	assert_reads(test, CORE(CLE_CTCS(1)), CLE_CTCS_RUN);
	rig_shows(&test->rig, "queues/1",
		  "queue: RENDER\nstate: running\n"
		  "list: 0x00020000");
	rig_leaks(&test->rig, "RENDER: list 0x00020000 running");
	assert_raised(test, 0);
	g_assert_cmphex(*data(test, 16), ==, 0);
	assert_done(test, CORE_BASE, INT_FRDONE);
	assert_reads(test, CORE(CLE_CTCS(1)), 0);
	assert_reads(test, CORE(CLE_CTCA(1)), end);
	g_assert_cmphex(*data(test, 12), ==, 0);
	g_assert_cmphex(*data(test, 16), ==, 0x01020304);
	g_assert_cmphex(*data(test, 2 * PAGE + 12), ==, 0x01020304);
	g_assert_cmphex(*data(test, 2 * PAGE + 16), ==, 0);
	g_assert_cmphex(*data(test, 4 * PAGE + 4), ==, 0x01020304);
	g_assert_cmphex(*data(test, 4 * PAGE + 8), ==, 0);
	memcpy(&sum, data(test, 8 * PAGE), sizeof(sum));
	g_assert_cmphex(sum, ==, 0xb69cf61858668ef6);
	rig_shows(&test->rig, "jobs", "1 RENDER list 0x00020000 commands 3");
	rig_shows(&test->rig, "counters", "render-jobs 1\n");
}

static void test_queues(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	command(test, 1, (Command){.op = SB_COMMAND_END});
	v3d_run_bin(&test->driver, LISTS_VA, end, 0, 0);
	assert_done(test, CORE_BASE, INT_FLDONE);
	g_assert_cmphex(*data(test, 0), ==, 1);
	fill(test, 0, DATA_VA, 4, 2);
	v3d_run_tfu(&test->driver, LISTS_VA);
	assert_reads(test, TFU_CS, TFU_CS_BUSY);
	assert_done(test, HUB_BASE, HUB_INT_TFUC);
	assert_reads(test, TFU_CS, 0);
	g_assert_cmphex(*data(test, 0), ==, 2);
	fill(test, 0, DATA_VA, 4, 3);
	v3d_run_csd(&test->driver, LISTS_VA, 1);
	assert_reads(test, CORE(CSD_STATUS), CSD_STATUS_CURRENT);
	assert_done(test, CORE_BASE, INT_CSDDONE);
	g_assert_cmphex(*data(test, 0), ==, 3);
	/* All at once */
	v3d_run_bin(&test->driver, LISTS_VA, end, 0, 0);
	render(test, end);
	v3d_run_csd(&test->driver, LISTS_VA, 1);
	v3d_run_tfu(&test->driver, 0);
	pass_time(test, JOB_NS);
	assert_raised(test, 1);
	assert_reads(test, CORE(INT_STS),
		     INT_FLDONE | INT_FRDONE | INT_CSDDONE);
	assert_reads(test, INT_STS, HUB_INT_TFUC);
}

static void test_other_streams(Test *test)
{
	/* a packet of nine bytes, then the end */
	static const uint32_t words[] = {0x12345678, 0, 0, 0};

	write_ram(test, LISTS_PA, words, sizeof(words));
	render(test, LISTS_VA + sizeof(words));
	assert_done(test, CORE_BASE, INT_FRDONE);
	render(test, LISTS_VA + 2 * PAGE);
	assert_done(test, CORE_BASE, INT_FRDONE);
	v3d_run_tfu(&test->driver, LISTS_VA);
	assert_done(test, HUB_BASE, HUB_INT_TFUC);
	v3d_run_csd(&test->driver, 0, 1);
	assert_done(test, CORE_BASE, INT_CSDDONE);
	/* Every byte of it is read, here NOPs. */
	memset(test->rig.ram + LISTS_PA, 1, 2 * PAGE);
	render(test, LISTS_VA + 2 * PAGE + 8);
	assert_done(test, HUB_BASE, HUB_INT_MMU_PTI);
}

static void test_stamps(Test *test)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 3, 1,
				       ~(9u ^ 3u ^ 1u)};
	uint32_t end;

	write_ram(test, DATA_PA + PAGE, &stamp, sizeof(stamp));
	end = command(test, 0,
		      (Command){.op = SB_COMMAND_CHECK_STAMPS,
				.src = DATA_VA,
				.dst = DATA_VA + 8 * PAGE,
				.len = 3 * PAGE,
				.value = 9,
				.first_page = 2,
				.generation = 1});
	rig_stamps(&test->rig, "expect v3d 0 801000 1 9 1");
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	g_assert_cmpuint(*data(test, 8 * PAGE), ==, 1);
	violations(test, 1, "expected BO 9 page 0");
}

static void test_memory(Test *test)
{
	uint32_t end = alloc(test, 0, 4);

	v3d_run_bin(&test->driver, LISTS_VA, end, POOL_VA, 4 * PAGE);
	assert_done(test, CORE_BASE, INT_FLDONE);
	g_assert_cmphex(*data(test, 3 * PAGE + 4), ==, 103);
	g_assert_cmphex(*data(test, 8), ==, POOL_VA + 4 * PAGE);

	v3d_run_bin(&test->driver, LISTS_VA, end, POOL_VA, 2 * PAGE);
	assert_done(test, CORE_BASE, INT_OUTOMEM);
	rig_shows(&test->rig, "queues/0", "state: waiting for memory");
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	v3d_give_memory(&test->driver, POOL_VA + 8 * PAGE, PAGE);
	assert_done(test, CORE_BASE, INT_OUTOMEM);
	v3d_give_memory(&test->driver, POOL_VA + 9 * PAGE, PAGE);
	assert_done(test, CORE_BASE, INT_FLDONE);
	g_assert_cmphex(*data(test, 8 * PAGE), ==, 102);
	g_assert_cmphex(*data(test, 9 * PAGE), ==, 103);
	g_assert_cmphex(*data(test, 8), ==, POOL_VA + 10 * PAGE);
	rig_shows(&test->rig, "counters", "out-of-memory 2");
	/* What comes too late is for the next job, unless the driver clears it. */
	v3d_give_memory(&test->driver, POOL_VA + 8 * PAGE, 2 * PAGE);
	v3d_run_bin(&test->driver, LISTS_VA, end, POOL_VA, 2 * PAGE);
	assert_done(test, CORE_BASE, INT_OUTOMEM);
	v3d_hard_reset(&test->driver);
	rig_shows(&test->rig, "jobs", "killed by reset");
}

static void test_malformed(Test *test)
{
	static const Command bad[] = {
		{.op = SB_COMMAND_ALLOC + 1},
		{.op = SB_COMMAND_FILL, .dst = DATA_VA + 2, .len = 4},
		{.op = SB_COMMAND_FILL, .dst = DATA_VA, .len = 3},
		{.op = SB_COMMAND_COPY, .len = (256u << 20) + 1},
		{.op = SB_COMMAND_CHECK_STAMPS, .src = DATA_VA + 8},
		{.op = SB_COMMAND_ALLOC, .dst = DATA_VA, .len = PAGE},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		render(test, command(test, 0, bad[i]));
		pass_time(test, 100 * JOB_NS);
		assert_raised(test, 0);
		rig_shows(&test->rig, "queues/1", "state: stuck");
		v3d_hard_reset(&test->driver);
	}
	/* A list that ends within a command */
	fill(test, 0, DATA_VA, 4, 1);
	render(test, LISTS_VA + sizeof(Command) + 8);
	pass_time(test, JOB_NS);
	rig_shows(&test->rig, "queues/1", "state: stuck");
	v3d_hard_reset(&test->driver);
	violations(test, 0, NULL);
	/* What the driver refuses itself */
	v3d_invalidate(&test->driver);
	wr(test, CORE(CSD_QUEUED(1)), 1u << 16);
	wr(test, CORE(CSD_QUEUED(0)), 1u << 16);
	violations(test, 1, "CSD: dispatched with no workgroups");
}

static void test_bad_start(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	wr(test, CORE(CLE_CTQBA(1)), LISTS_VA);
	wr(test, CORE(CLE_CTQEA(1)), end);
	violations(test, 2, "RENDER: started without invalidating");
	render(test, end);
	violations(test, 1, "RENDER: started while a job runs");
	wr(test, MMU_PT_PA_BASE, TABLE >> 12);
	violations(test, 1, "RENDER: page table replaced while a job runs");
	assert_done(test, CORE_BASE, INT_FRDONE);
	wr(test, CORE(CTL_L2TFLSTA), PAGE);
	v3d_invalidate(&test->driver);
	violations(test, 1, "L2T: flushed from 0x1000");
	wr(test, MMU_CTL, 0);
	render(test, end);
	violations(test, 2, "RENDER: started while the MMU is off");
	pass_time(test, JOB_NS);
	rig_shows(&test->rig, "queues/1", "state: stuck");
	v3d_hard_reset(&test->driver);
	wr(test, MMU_PT_PA_BASE, RAM_SIZE >> 12);
	render(test, end);
	violations(test, 1, "page table outside RAM");
	pass_time(test, JOB_NS);
	violations(test, 1, "table of level 0 is outside RAM");
}

/* MMU */

static void test_mmu_fault(Test *test)
{
	uint32_t end = fill(test, 0, HOLE_VA + 8, 4, 1);

	render(test, end);
	pass_time(test, JOB_NS);
	assert_raised(test, 1);
	assert_reads(test, INT_STS, HUB_INT_MMU_PTI);
	assert_reads(test, MMU_VIO_ADDR, HOLE_VA + 8);
	g_assert_cmpuint(rd(test, MMU_VIO_ID) >> 5, ==, 4); /* CLE */
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_PT_INVALID);
	wr(test, MMU_CTL, rd(test, MMU_CTL));
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER);
	wr(test, INT_CLR, HUB_INT_USED);
	rig_raised(&test->rig);
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	assert_reads(test, CORE(CLE_CTCA(1)), LISTS_VA);
	rig_shows(&test->rig, "queues/1", "state: stuck");
	v3d_hard_reset(&test->driver);
	rig_shows(&test->rig, "counters", "mmu-faults 1");
	render(test, fill(test, 0, DATA_VA, 4, 1));
	assert_done(test, CORE_BASE, INT_FRDONE);
	violations(test, 0, NULL);
}

static void test_rights(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	v3d_set_entry(&test->driver, DATA_VA, DATA_PA >> 12 | PTE_VALID);
	render(test, end);
	pass_time(test, JOB_NS);
	assert_reads(test, INT_STS, HUB_INT_MMU_WRV);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_WRITE_VIOLATION);
	v3d_hard_reset(&test->driver);
	/* Marks of contiguous pages, as newer kernels set them */
	v3d_set_entry(&test->driver, DATA_VA,
		      DATA_PA >> 12 | PTE_DRIVER | PTE_BIGPAGE);
	rig_raised(&test->rig);
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	v3d_set_entry(&test->driver, HOLE_VA, DATA_PA >> 12);
	render(test, fill(test, 0, HOLE_VA, 4, 1));
	pass_time(test, JOB_NS);
	violations(test, 1, "malformed entry");
	v3d_hard_reset(&test->driver);
	v3d_map(&test->driver, HOLE_VA, RAM_SIZE);
	render(test, fill(test, 0, HOLE_VA, 4, 1));
	pass_time(test, JOB_NS);
	violations(test, 1, "outside RAM");
}

static void test_stale(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	render(test, end);
	v3d_set_entry(&test->driver, DATA_VA, 0);
	assert_done(test, CORE_BASE, INT_FRDONE);
	violations(test, 1, "stale TLB entry used: MMU address 0x800000");
	g_assert_cmphex(*data(test, 0), ==, 0);
	v3d_map(&test->driver, DATA_VA, DATA_PA);
	v3d_flush(&test->driver);
	render(test, end);
	v3d_set_entry(&test->driver, DATA_VA, 0);
	v3d_flush(&test->driver);
	pass_time(test, JOB_NS);
	assert_reads(test, INT_STS, HUB_INT_MMU_PTI);
	violations(test, 0, NULL);
	/* Two threads at the same time */
	wr(test, MMUC_CONTROL, MMUC_CONTROL_FLUSH | MMUC_CONTROL_ENABLE);
	v3d_flush(&test->driver);
	wr(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_TLB_CLEAR);
	violations(test, 0, NULL);
	wr(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_TLB_CLEAR);
	violations(test, 1, "without a flush of the MMU cache");
}

static void test_tlb_clear(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	rig_rule(&test->rig, "delay v3d TLB_CLEAR 1000");
	v3d_flush(&test->driver);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_TLB_CLEARING);
	pass_time(test, 1000);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER);
	rig_rule(&test->rig, "clear\nfail v3d TLB_CLEAR 1");
	v3d_flush(&test->driver);
	pass_time(test, 100 * JOB_NS);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_TLB_CLEARING);
	/* The driver says so, and goes on. */
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	v3d_flush(&test->driver);
	assert_reads(test, MMU_CTL, MMU_CTL_DRIVER);
}

/* Faults and resets */

static void test_hold(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1), half;

	rig_rule(&test->rig, "hold v3d RENDER");
	render(test, end);
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	/* No progress */
	assert_reads(test, CORE(CLE_CTCA(1)), LISTS_VA);
	rig_shows(&test->rig, "queues/1", "state: held");
	rig_rule(&test->rig, "release v3d RENDER");
	assert_irq(test, CORE_BASE, INT_FRDONE);
	/* Progress */
	rig_rule(&test->rig, "delay v3d RENDER 1000000000");
	render(test, end);
	pass_time(test, 500000000);
	half = rd(test, CORE(CLE_CTCA(1))) - LISTS_VA;
	g_assert_cmpuint(half, >, 12);
	g_assert_cmpuint(half, <, 20);
	pass_time(test, 600000000);
	assert_irq(test, CORE_BASE, INT_FRDONE);
	rig_rule(&test->rig, "clear\ndelay v3d CSD 1000000000");
	v3d_run_csd(&test->driver, 0, 101);
	assert_reads(test, CORE(CSD_CURRENT(CSD_BATCHES)), 100);
	pass_time(test, 500000000);
	half = rd(test, CORE(CSD_CURRENT(CSD_BATCHES)));
	g_assert_cmpuint(half, >, 40);
	g_assert_cmpuint(half, <, 60);
	pass_time(test, 600000000);
	assert_irq(test, CORE_BASE, INT_CSDDONE);
	assert_reads(test, CORE(CSD_CURRENT(CSD_BATCHES)), 0);
}

static void test_fail(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	rig_rule(&test->rig, "fail v3d RENDER 1");
	render(test, end);
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	assert_reads(test, CORE(ERR_STAT), ERR_STAT_VPAEABB);
	v3d_hard_reset(&test->driver);
	assert_reads(test, CORE(ERR_STAT), 0);
	rig_rule(&test->rig, "fail v3d TFU 1 0x40");
	v3d_run_tfu(&test->driver, LISTS_VA);
	pass_time(test, JOB_NS);
	assert_reads(test, CORE(ERR_STAT), 0x40);
	v3d_hard_reset(&test->driver);
	rig_rule(&test->rig, "garbage v3d RENDER 1");
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	g_assert_cmphex(*data(test, 0), ==, 0);
	rig_rule(&test->rig, "lose-irq v3d 1 0");
	render(test, end);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	assert_reads(test, CORE(INT_STS), INT_FRDONE);
}

static void test_reset(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	rig_rule(&test->rig, "hang v3d RENDER");
	render(test, end);
	wr(test, SW_INIT, BRIDGE_SW_INIT);
	wr(test, SW_INIT, 0);
	assert_reads(test, MMU_CTL, 0);
	assert_reads(test, CORE(INT_MSK_STS), ~0u);
	assert_reads(test, CORE(CLE_CTCS(1)), 0);
	assert_reads(test, CORE(CTL_L2TFLEND), 0);
	rig_shows(&test->rig, "jobs", "killed by reset");
	rig_rule(&test->rig, "clear");
	v3d_hard_reset(&test->driver);
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	rig_shows(&test->rig, "counters", "resets 2");

	/* One that does nothing: what the driver does then is not its fault. */
	rig_rule(&test->rig, "fail v3d RESET 1\nhold v3d RENDER");
	render(test, end);
	v3d_hard_reset(&test->driver);
	rig_shows(&test->rig, "queues/1", "state: held");
	render(test, end);
	violations(test, 0, NULL);
	rig_rule(&test->rig, "clear\nhold v3d RESET");
	v3d_hard_reset(&test->driver);
	rig_shows(&test->rig, "status", "reset: under way");
	rig_rule(&test->rig, "clear");
	rig_shows(&test->rig, "status", "reset: no");
	v3d_hard_reset(&test->driver);
	rig_raised(&test->rig);
	render(test, end);
	assert_done(test, CORE_BASE, INT_FRDONE);
	violations(test, 0, NULL);
}

static void test_counters(Test *test)
{
	wr(test, CORE(PCTR_SRC),
	   PCTR_CYCLES | PCTR_RENDER_ACTIVE << 8 | PCTR_BIN_ACTIVE << 16 |
		   5u << 24);
	wr(test, CORE(PCTR_EN), 0xf);
	wr(test, CORE(PCTR_CLR), 0xf);
	wr(test, CORE(PCTR_OVERFLOW), 0xf);
	pass_time(test, 1000);
	render(test, fill(test, 0, DATA_VA, 4, 1));
	assert_done(test, CORE_BASE, INT_FRDONE);
	pass_time(test, 1000);
	assert_reads(test, CORE(PCTR_VALUE), (JOB_NS + 2000) / 2);
	assert_reads(test, CORE(PCTR_VALUE + 4), JOB_NS / 2);
	assert_reads(test, CORE(PCTR_VALUE + 8), 0);
	assert_reads(test, CORE(PCTR_VALUE + 12), 0);
	rig_shows(&test->rig, "status", "counter 1: source 29, 100000");
	wr(test, CORE(PCTR_EN), 0);
	pass_time(test, 1000);
	assert_reads(test, CORE(PCTR_VALUE), (JOB_NS + 2000) / 2);
	wr(test, CORE(PCTR_EN), 1);
	pass_time(test, 2ull << 32);
	assert_reads(test, CORE(PCTR_VALUE), (JOB_NS + 2000) / 2);
	assert_reads(test, CORE(PCTR_OVERFLOW), 1);
	wr(test, CORE(PCTR_CLR), 1);
	assert_reads(test, CORE(PCTR_VALUE), 0);
}

static void test_tree(Test *test)
{
	rig_shows(&test->rig, "status", "gpu: V3D 4.2\nirq hub: raw 0x0");
	rig_shows(&test->rig, "mmu/info", "table: page 0x400\non: yes\n");
	rig_shows(&test->rig, "mmu/map",
		  "0x000000020000 2 pages pa "
		  "0x000000020000 rw-");
	rig_shows(&test->rig, "queues/3", "queue: CSD\nstate: idle");
	rig_leaks(&test->rig, "MMU: 34 pages mapped");
	for (uint32_t i = 0; i < 2; i++)
		v3d_set_entry(&test->driver, LISTS_VA + i * PAGE, 0);
	for (uint32_t i = 0; i < 16; i++) {
		v3d_set_entry(&test->driver, DATA_VA + i * PAGE, 0);
		v3d_set_entry(&test->driver, POOL_VA + i * PAGE, 0);
	}
	rig_leaks(&test->rig, NULL);
	test->rig.device->model->reset(test->rig.device);
	rig_shows(&test->rig, "counters", "tlb-clears 0");
}

/* Frames of real command streams, whose memory is that of the data */

#define CLEAR 0x44332211u
#define SCENE_MEMORY (2 * PAGE)

static V3dScene scene_new(Test *test, bool draw, uint32_t memory)
{
	V3dScene scene = {
		.va = DATA_VA,
		.pa = DATA_PA,
		.memory = memory,
		.draw = draw,
		.clear = CLEAR,
	};

	v3d_scene(&test->driver, &scene);
	memset(data(test, SCENE_COLOR), 0xee, 3 * PAGE);
	return scene;
}

#define assert_frame(test, scene)                                              \
	do {                                                                   \
		v3d_scene_bin(&(test)->driver, scene, SCENE_MEMORY);           \
		assert_done(test, CORE_BASE, INT_FLDONE);                      \
		v3d_scene_render(&(test)->driver, scene);                      \
		assert_done(test, CORE_BASE, INT_FRDONE);                      \
	} while (0)

static void test_frame_clear(Test *test)
{
	V3dScene scene = scene_new(test, false, 0);

	assert_frame(test, &scene);
	for (uint32_t y = 0; y < SCENE_HEIGHT; y++)
		for (uint32_t x = 0; x < 48; x++)
			g_assert_cmphex(
				*data(test,
				      SCENE_COLOR + y * SCENE_STRIDE + x * 4),
				==, x < 40 ? CLEAR : 0xeeeeeeee);
	g_assert_cmphex(*data(test, SCENE_COLOR + SCENE_HEIGHT * SCENE_STRIDE),
			==, 0xeeeeeeee);
	g_assert_cmphex(*data(test, SCENE_DEPTH + 76), ==, 0xffffffff);
	g_assert_cmphex(*data(test, SCENE_DEPTH + 80), ==, 0xeeeeeeee);
	/* each of the 15 tiles has a state, and a block in the binner's memory */
	g_assert_cmphex(*data(test, SCENE_TILE_STATE + 15 * 256 - 4), !=, 0);
	g_assert_cmphex(*data(test, SCENE_TILES + 15 * 64 - 4), !=, 0);
	g_assert_cmphex(*data(test, SCENE_TILES + 15 * 64), ==, 0);

	/* UIF: columns of 4 blocks of 8 by 8 pixels, 3 blocks high */
	scene = scene_new(test, false, 4);
	assert_frame(test, &scene);
	g_assert_cmphex(*data(test, SCENE_COLOR + 8 * 3 * 256 - 4), ==, CLEAR);
	g_assert_cmphex(*data(test, SCENE_COLOR + 8 * 3 * 256), ==, 0xeeeeeeee);
	/* 4 by 4 pixels */
	scene = scene_new(test, false, 1);
	assert_frame(test, &scene);
	g_assert_cmphex(*data(test, SCENE_COLOR + 10 * 6 * 64 - 4), ==, CLEAR);
	g_assert_cmphex(*data(test, SCENE_COLOR + 10 * 6 * 64), ==, 0xeeeeeeee);
}

/* Does the picture change with this byte of the scene, and back with it? */
static bool depends_on(Test *test, const V3dScene *scene, uint32_t offset)
{
	uint8_t *byte = test->rig.ram + DATA_PA + offset;
	uint32_t first[SCENE_WIDTH];
	bool depends;

	memcpy(first, data(test, SCENE_COLOR), sizeof(first));
	*byte ^= 1;
	assert_frame(test, scene);
	depends = memcmp(first, data(test, SCENE_COLOR), sizeof(first));
	*byte ^= 1;
	assert_frame(test, scene);
	g_assert_cmpmem(first, sizeof(first), data(test, SCENE_COLOR),
			sizeof(first));
	return depends;
}

/* Every byte that a draw reads changes the picture; the same bytes do not. */
static void test_frame_draw(Test *test)
{
	static const uint32_t reads[] = {
		SCENE_VERTICES,	   SCENE_VERTICES + 5 * 16 + 15,
		SCENE_INDICES + 4, SCENE_INDICES + 15,
		SCENE_CODE + 7,	   SCENE_UNIFORMS,
	};
	static const uint32_t others[] = {
		SCENE_VERTICES + 6 * 16,
		SCENE_INDICES + 3,
		SCENE_INDICES + 16,
	};
	V3dScene scene = scene_new(test, true, 0);
	uint32_t first[SCENE_WIDTH];

	assert_frame(test, &scene);
	memcpy(first, data(test, SCENE_COLOR), sizeof(first));
	g_assert_cmphex(first[0], !=, CLEAR);
	g_assert_cmphex(first[0], !=, first[1]);
	for (size_t i = 0; i < G_N_ELEMENTS(reads); i++)
		g_assert_true(depends_on(test, &scene, reads[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(depends_on(test, &scene, others[i]));
	/* a block that is lost between binning and rendering */
	v3d_scene_bin(&test->driver, &scene, SCENE_MEMORY);
	assert_done(test, CORE_BASE, INT_FLDONE);
	*data(test, SCENE_TILES + 14 * 64) ^= 1;
	v3d_scene_render(&test->driver, &scene);
	assert_done(test, CORE_BASE, INT_FRDONE);
	g_assert_cmpint(memcmp(first, data(test, SCENE_COLOR), sizeof(first)),
			!=, 0);
}

/* Without indices, it has 4 vertices from the third on. */
static void test_frame_array(Test *test)
{
	V3dScene scene = scene_new(test, true, 0);

	scene.array = true;
	v3d_scene(&test->driver, &scene);
	assert_frame(test, &scene);
	g_assert_cmphex(*data(test, SCENE_COLOR), !=, CLEAR);
	g_assert_true(depends_on(test, &scene, SCENE_VERTICES + 5 * 16 + 15));
	g_assert_false(depends_on(test, &scene, SCENE_VERTICES + 6 * 16));
	g_assert_false(depends_on(test, &scene, SCENE_INDICES + 4));
}

/* A draw takes a page of the binner's memory behind the blocks of the tiles. */
static void test_frame_memory(Test *test)
{
	V3dScene scene = scene_new(test, true, 0);

	v3d_scene_bin(&test->driver, &scene, PAGE);
	assert_done(test, CORE_BASE, INT_OUTOMEM);
	v3d_give_memory(&test->driver, DATA_VA + 9 * PAGE, PAGE);
	assert_done(test, CORE_BASE, INT_FLDONE);
	g_assert_cmphex(*data(test, 9 * PAGE), !=, 0);
	assert_reads(test, CORE(PTB_BPCS), 0);
}

static void test_frame_faults(Test *test)
{
	static const uint32_t pages[] = {SCENE_VERTICES, SCENE_TILE_STATE,
					 SCENE_TILES, SCENE_COLOR, SCENE_DEPTH};
	V3dScene scene = scene_new(test, true, 0);

	for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
		g_test_message("%zu", i);
		v3d_set_entry(&test->driver, DATA_VA + pages[i], 0);
		v3d_flush(&test->driver);
		if (pages[i] < SCENE_COLOR)
			v3d_scene_bin(&test->driver, &scene, SCENE_MEMORY);
		else
			v3d_scene_render(&test->driver, &scene);
		pass_time(test, JOB_NS);
		assert_reads(test, INT_STS, HUB_INT_MMU_PTI);
		assert_reads(test, CORE(INT_STS), 0);
		v3d_hard_reset(&test->driver);
		v3d_map(&test->driver, DATA_VA + pages[i], DATA_PA + pages[i]);
		v3d_flush(&test->driver);
		rig_raised(&test->rig);
	}
	assert_frame(test, &scene);
}

static void test_frame_bad(Test *test)
{
	V3dScene scene = scene_new(test, false, 0);

	/* an unknown packet, a sub-list too deep, an image without a format */
	static const uint8_t bad[][6] = {
		{2}, {17, 0, 0, 0x80, 0}, {18}, {0xff}};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		write_ram(test, DATA_PA, bad[i], sizeof(bad[i]));
		v3d_scene_bin(&test->driver, &scene, SCENE_MEMORY);
		pass_time(test, JOB_NS);
		assert_reads(test, CORE(INT_STS), 0);
		rig_shows(&test->rig, "queues/0", "stuck");
		v3d_hard_reset(&test->driver);
		rig_raised(&test->rig);
	}
}

RIG_DEFINE_TESTS()

int main(int argc, char **argv)
{
	static const RigTest tests[] = {
		{"/v3d/registers/bad", test_bad_registers},
		{"/v3d/registers/irq", test_irq},
		{"/v3d/registers/probe", test_probe},
		{"/v3d/jobs/bad-start", test_bad_start},
		{"/v3d/jobs/commands", test_commands},
		{"/v3d/jobs/counters", test_counters},
		{"/v3d/jobs/malformed", test_malformed},
		{"/v3d/jobs/memory", test_memory},
		{"/v3d/jobs/other-streams", test_other_streams},
		{"/v3d/jobs/queues", test_queues},
		{"/v3d/jobs/stamps", test_stamps},
		{"/v3d/mmu/fault", test_mmu_fault},
		{"/v3d/mmu/rights", test_rights},
		{"/v3d/mmu/stale", test_stale},
		{"/v3d/mmu/tlb-clear", test_tlb_clear},
		{"/v3d/faults/fail", test_fail},
		{"/v3d/faults/hold", test_hold},
		{"/v3d/faults/reset", test_reset},
		{"/v3d/frames/bad", test_frame_bad},
		{"/v3d/frames/clear", test_frame_clear},
		{"/v3d/frames/draw", test_frame_draw},
		{"/v3d/frames/array", test_frame_array},
		{"/v3d/frames/faults", test_frame_faults},
		{"/v3d/frames/memory", test_frame_memory},
		{"/v3d/tree", test_tree},
	};

	g_test_init(&argc, &argv, NULL);
	rig_add_tests(tests, G_N_ELEMENTS(tests));
	return g_test_run();
}
