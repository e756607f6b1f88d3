// SPDX-License-Identifier: GPL-2.0-or-later
/* The Mali-400 model, driven through its registers as lima drives it. */
#include <errno.h>
#include <string.h>

#include "lima-guest.h"
#include "rig.h"

#define RAM_SIZE (16u << 20)
#define PAGE 4096u
#define JOB_NS 200000ull

#define DIRECTORY (16 * PAGE)
#define TABLES (17 * PAGE)
#define LISTS_PA (32 * PAGE)
#define DATA_PA (64 * PAGE)
#define DATA_PAGES 16u

#define LISTS_VA 0x00400000u /* two pages of commands */
#define DATA_VA 0x00800000u /* sixteen pages of data */
#define HEAP_VA 0x00c00000u /* the data once more */
#define HOLE_VA 0x00404000u /* nothing is mapped here */

#define GP_LINE (1u << SB_IRQ_LIMA_GP)
#define GPMMU_LINE (1u << SB_IRQ_LIMA_GPMMU)
#define PP_LINE (1u << SB_IRQ_LIMA_PP0)
#define PPMMU_LINE (1u << SB_IRQ_LIMA_PPMMU0)

typedef struct sb_command Command;

typedef struct {
	Rig rig;
	LimaGuest driver;
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

static uint64_t long_at(Test *test, uint32_t offset)
{
	uint64_t value;

	memcpy(&value, data(test, offset), sizeof(value));
	return value;
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

static void end_list(Test *test, unsigned int n)
{
	command(test, n, (Command){.op = SB_COMMAND_END});
}

/* Start the PLBU list up to @end, with @pages of heap. */
static void run_plbu(Test *test, uint32_t end, uint32_t pages)
{
	lima_switch(&test->driver, GPMMU_BASE);
	lima_run_gp(&test->driver,
		    &(LimaGpJob){.plbu = LISTS_VA,
				 .plbu_end = end,
				 .heap = HEAP_VA,
				 .heap_end = HEAP_VA + pages * PAGE});
}

static void run_vs(Test *test, uint32_t end)
{
	lima_switch(&test->driver, GPMMU_BASE);
	lima_run_gp(&test->driver, &(LimaGpJob){.vs = LISTS_VA, .vs_end = end});
}

static void run_pp(Test *test)
{
	lima_switch(&test->driver, PPMMU_BASE);
	lima_run_pp(&test->driver, LISTS_VA);
}

/* When its time is over, the GP has these bits, and nothing else happened. */
#define assert_gp(test, bits)                                                  \
	do {                                                                   \
		pass_time(test, JOB_NS);                                       \
		assert_raised(test, GP_LINE);                                  \
		assert_reads(test, GP_INT_STAT, bits);                         \
		wr(test, GP_INT_CLEAR, bits);                                  \
	} while (0)

#define assert_pp(test, bits)                                                  \
	do {                                                                   \
		pass_time(test, JOB_NS);                                       \
		assert_raised(test, PP_LINE);                                  \
		assert_reads(test, PP_BASE + PP_INT_STATUS, bits);             \
		wr(test, PP_BASE + PP_INT_CLEAR, bits);                        \
	} while (0)

static void setup(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_init(&test->rig, "lima", RAM_SIZE);
	test->driver = (LimaGuest){
		.write_ram = write_ram,
		.write_register = write_register,
		.user = test,
		.directory = DIRECTORY,
		.tables = TABLES,
	};
	for (uint32_t i = 0; i < 2; i++)
		lima_map(&test->driver, LISTS_VA + i * PAGE,
			 LISTS_PA + i * PAGE);
	for (uint32_t i = 0; i < DATA_PAGES; i++) {
		lima_map(&test->driver, DATA_VA + i * PAGE, DATA_PA + i * PAGE);
		lima_map(&test->driver, HEAP_VA + i * PAGE, DATA_PA + i * PAGE);
	}
	lima_power_on(&test->driver);
	rig_raised(&test->rig);
	violations(test, 0, NULL);
}

static void teardown(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_clear(&test->rig);
}

/* Registers and power */

static void test_probe(Test *test)
{
	assert_reads(test, GP_VERSION, 0x0b070101);
	assert_reads(test, PP_BASE + PP_VERSION, 0xcd070101);
	assert_reads(test, L2_BASE + L2_CACHE_SIZE, 0x06100206);
	assert_reads(test, L2_BASE + L2_STATUS, 0);
	assert_reads(test, PMU_BASE + PMU_STATUS, 0);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_HARD_RESET);
	wr(test, GPMMU_BASE + MMU_DTE_ADDR, 0xcafebabe);
	assert_reads(test, GPMMU_BASE + MMU_DTE_ADDR, 0xcafeb000);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_HARD_RESET);
	assert_reads(test, GPMMU_BASE + MMU_DTE_ADDR, 0);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_PAGING);
	g_assert_true(rd(test, GPMMU_BASE + MMU_STATUS) &
		      MMU_STATUS_PAGING_ENABLED);
	wr(test, GP_CMD, GP_CMD_SOFT_RESET);
	assert_reads(test, GP_INT_RAWSTAT, GP_IRQ_RESET_COMPLETED);
	wr(test, PP_BASE + PP_INT_MASK, 0);
	wr(test, PP_BASE + PP_INT_RAWSTAT, PP_IRQ_ALL);
	assert_reads(test, PP_BASE + PP_INT_RAWSTAT, PP_IRQ_ALL);
	wr(test, PP_BASE + PP_CTRL, PP_CTRL_SOFT_RESET);
	assert_reads(test, PP_BASE + PP_INT_RAWSTAT, PP_IRQ_RESET_COMPLETED);
	assert_raised(test, 0);
}

static void test_bad_registers(Test *test)
{
	const DeviceModel *model = test->rig.device->model;
	uint64_t value = 0;

	g_assert_cmpint(model->read(test->rig.device, 0x5000, &value, 4), ==,
			-EINVAL);
	g_assert_cmpint(model->read(test->rig.device, GP_VERSION, &value, 8),
			==, -EINVAL);
	g_assert_cmpint(model->read(test->rig.device, 0x38, &value, 4), ==,
			-EINVAL);
	g_assert_cmpint(model->write(test->rig.device, 0xf000, &value, 4), ==,
			-EINVAL);
	violations(test, 4, "no such register");
	wr(test, GP_VERSION, 1);
	wr(test, PP_BASE + PP_STATUS, 1);
	violations(test, 2, "read-only");
	wr(test, GP_CMD, 1u << 6);
	wr(test, PP_BASE + PP_CTRL, 2);
	wr(test, L2_BASE + L2_COMMAND, 2);
	wr(test, GPMMU_BASE + MMU_COMMAND, 7);
	violations(test, 4, "GP MMU: unknown command 0x7");
	wr(test, PMU_BASE + PMU_POWER_UP, 8);
	violations(test, 1, "no such domain");
}

static void test_power(Test *test)
{
	wr(test, PMU_BASE + PMU_POWER_DOWN, PMU_PP);
	assert_reads(test, PMU_BASE + PMU_STATUS, PMU_PP);
	assert_reads(test, PMU_BASE + PMU_INT_RAWSTAT, PMU_INT_CMD);
	wr(test, PMU_BASE + PMU_INT_CLEAR, PMU_INT_CMD);
	rd(test, GP_STATUS);
	violations(test, 0, NULL);
	rd(test, PP_BASE + PP_STATUS);
	wr(test, PPMMU_BASE + MMU_INT_MASK, 0);
	violations(test, 2, "accessed while it is powered off");
	lima_power_off(&test->driver);
	assert_reads(test, PMU_BASE + PMU_INT_RAWSTAT, 0);
	rig_shows(&test->rig, "status", "GP off, PP off, L2 off");
	wr(test, GP_CMD, GP_CMD_START_PLBU);
	wr(test, L2_BASE + L2_ENABLE, 1);
	violations(test, 2, "accessed while it is powered off");
	rig_rule(&test->rig, "hold lima POWER");
	wr(test, PMU_BASE + PMU_POWER_UP, PMU_ALL);
	assert_reads(test, PMU_BASE + PMU_STATUS, PMU_ALL);
	rig_rule(&test->rig, "clear");
	assert_reads(test, PMU_BASE + PMU_STATUS, 0);
	assert_reads(test, GP_INT_MASK, 0);
	assert_reads(test, GPMMU_BASE + MMU_DTE_ADDR, 0);
	assert_reads(test, L2_BASE + L2_ENABLE, 0);
	rig_rule(&test->rig, "fail lima POWER 1");
	wr(test, PMU_BASE + PMU_POWER_DOWN, PMU_GP);
	wr(test, PMU_BASE + PMU_POWER_UP, PMU_GP);
	assert_reads(test, PMU_BASE + PMU_STATUS, PMU_GP);
	wr(test, PMU_BASE + PMU_INT_CLEAR, PMU_INT_CMD);
	wr(test, PMU_BASE + PMU_INT_MASK, PMU_INT_CMD);
	wr(test, PMU_BASE + PMU_POWER_UP, PMU_GP);
	assert_raised(test, 1u << SB_IRQ_LIMA_PMU);
}

static void test_power_while_running(Test *test)
{
	run_plbu(test, fill(test, 0, DATA_VA, 4, 7), 0);
	wr(test, PMU_BASE + PMU_POWER_DOWN, PMU_GP);
	violations(test, 1, "GP: powered down while a job runs");
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	g_assert_cmphex(*data(test, 0), ==, 0);
	rig_shows(&test->rig, "jobs", "killed by power-off");
}

static void test_irq_level(Test *test)
{
	wr(test, GP_INT_MASK, 0);
	run_plbu(test, fill(test, 0, DATA_VA, 4, 7), 0);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	assert_reads(test, GP_INT_RAWSTAT, GP_IRQ_PLBU_END);
	assert_reads(test, GP_INT_STAT, 0);
	wr(test, GP_INT_MASK, GP_IRQ_USED);
	assert_raised(test, GP_LINE);
	assert_reads(test, GP_INT_STAT, GP_IRQ_PLBU_END);
	wr(test, GP_INT_CLEAR, GP_IRQ_PLBU_END);
	assert_raised(test, 0);
}

/* Jobs */

static void test_commands(Test *test)
{
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
	run_plbu(test, end, 0);
	pass_time(test, JOB_NS - 1);
	assert_reads(test, GP_STATUS, GP_STATUS_PLBU_ACTIVE);
	rig_shows(&test->rig, "gp", "state: running\nlist: 0x00400000");
	rig_leaks(&test->rig, "GP: list 0x00400000 running");
	assert_raised(test, 0);
	g_assert_cmphex(*data(test, 16), ==, 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	assert_reads(test, GP_STATUS, 0);
	g_assert_cmphex(*data(test, 12), ==, 0);
	g_assert_cmphex(*data(test, 16), ==, 0x01020304);
	g_assert_cmphex(*data(test, 2 * PAGE + 12), ==, 0x01020304);
	g_assert_cmphex(*data(test, 2 * PAGE + 16), ==, 0);
	g_assert_cmphex(*data(test, 4 * PAGE + 4), ==, 0x01020304);
	g_assert_cmphex(*data(test, 4 * PAGE + 8), ==, 0);
	g_assert_cmphex(long_at(test, 8 * PAGE), ==, 0xb69cf61858668ef6);
	rig_shows(&test->rig, "jobs", "1 GP list 0x00400000 commands 3");
	rig_shows(&test->rig, "counters", "gp-jobs 1\npp-jobs 0\n");
}

static void test_stamp_commands(Test *test)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 3, 1,
				       ~(9u ^ 3u ^ 1u)};

	write_ram(test, DATA_PA + PAGE, &stamp, sizeof(stamp));
	command(test, 0,
		(Command){.op = SB_COMMAND_CHECK_STAMPS,
			  .src = DATA_VA,
			  .dst = DATA_VA + 8 * PAGE,
			  .len = 3 * PAGE,
			  .value = 9,
			  .first_page = 2,
			  .generation = 1});
	end_list(test, 1);
	rig_stamps(&test->rig, "expect lima 1 801000 1 9 1");
	run_pp(test);
	assert_pp(test, PP_IRQ_END_OF_FRAME);
	g_assert_cmpuint(long_at(test, 8 * PAGE), ==, 1);
	violations(test, 1, "expected BO 9 page 0");
}

static void test_other_streams(Test *test)
{
	/* the viewport, then nothing */
	static const uint32_t words[] = {0x12345678, 0x10000107, 0, 0};

	write_ram(test, LISTS_PA, words, sizeof(words));
	run_plbu(test, LISTS_VA + sizeof(words), 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	run_plbu(test, LISTS_VA + 2 * PAGE, 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	run_pp(test);
	assert_pp(test, PP_IRQ_END_OF_FRAME);
	/* Every page of it is read. */
	run_plbu(test, LISTS_VA + 2 * PAGE + 8, 0);
	pass_time(test, JOB_NS);
	assert_raised(test, GPMMU_LINE);
	lima_hard_reset(&test->driver, GP_BASE);
}

static void test_vs_then_plbu(Test *test)
{
	uint32_t middle = fill(test, 0, DATA_VA, 4, 1);
	uint32_t end = fill(test, 1, DATA_VA + 4, 4, 2);

	lima_switch(&test->driver, GPMMU_BASE);
	lima_run_gp(&test->driver, &(LimaGpJob){.vs = LISTS_VA,
						.vs_end = middle,
						.plbu = middle,
						.plbu_end = end});
	assert_reads(test, GP_STATUS, GP_STATUS_VS_ACTIVE);
	assert_gp(test, GP_IRQ_VS_END);
	assert_reads(test, GP_STATUS, GP_STATUS_PLBU_ACTIVE);
	g_assert_cmphex(*data(test, 0), ==, 1);
	g_assert_cmphex(*data(test, 4), ==, 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	g_assert_cmphex(*data(test, 4), ==, 2);
	run_vs(test, middle);
	assert_gp(test, GP_IRQ_VS_END);
	assert_reads(test, GP_STATUS, 0);
}

static void test_both_cores(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	end_list(test, 1);
	run_plbu(test, end, 0);
	run_pp(test);
	assert_reads(test, PP_BASE + PP_STATUS, PP_STATUS_RENDERING_ACTIVE);
	pass_time(test, JOB_NS);
	assert_raised(test, GP_LINE | PP_LINE);
}

static void test_heap(Test *test)
{
	uint32_t end = alloc(test, 0, 4);

	run_plbu(test, end, 4);
	assert_gp(test, GP_IRQ_PLBU_END);
	g_assert_cmphex(*data(test, 3 * PAGE + 4), ==, 103);
	g_assert_cmphex(*data(test, 8), ==, HEAP_VA + 4 * PAGE);

	run_plbu(test, end, 2);
	assert_gp(test, GP_IRQ_OUT_OF_MEM);
	assert_reads(test, GP_STATUS, GP_STATUS_PLBU_ACTIVE);
	rig_shows(&test->rig, "gp", "waiting for more heap");
	pass_time(test, 10 * JOB_NS);
	assert_raised(test, 0);
	lima_grow_heap(&test->driver, HEAP_VA + 2 * PAGE, HEAP_VA + 3 * PAGE);
	assert_gp(test, GP_IRQ_OUT_OF_MEM);
	lima_grow_heap(&test->driver, HEAP_VA + 8 * PAGE, HEAP_VA + 9 * PAGE);
	assert_gp(test, GP_IRQ_PLBU_END);
	g_assert_cmphex(*data(test, 8 * PAGE), ==, 103);
	g_assert_cmphex(*data(test, 8), ==, HEAP_VA + 9 * PAGE);
	rig_shows(&test->rig, "counters", "out-of-memory 2");
}

static void test_malformed(Test *test)
{
	static const Command bad[] = {
		{.op = SB_COMMAND_ALLOC + 1},
		{.op = SB_COMMAND_FILL, .dst = DATA_VA + 2, .len = 4},
		{.op = SB_COMMAND_FILL, .dst = DATA_VA, .len = 3},
		{.op = SB_COMMAND_COPY, .len = (256u << 20) + 1},
		{.op = SB_COMMAND_CHECK_STAMPS, .src = DATA_VA + 8},
		{.op = SB_COMMAND_ALLOC, .dst = DATA_VA, .len = 4},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		run_plbu(test, command(test, 0, bad[i]), 1);
		assert_gp(test, GP_IRQ_PLB_INVALID_CMD);
		lima_hard_reset(&test->driver, GP_BASE);
		run_pp(test);
		assert_pp(test, PP_IRQ_INVALID_PLIST_COMMAND);
		lima_hard_reset(&test->driver, PP_BASE);
	}
	/* A heap is only for the PLBU. */
	run_vs(test, alloc(test, 0, 1));
	assert_gp(test, GP_IRQ_VS_INVALID_CMD);
	/* A list that ends within a command */
	fill(test, 0, DATA_VA, 4, 1);
	run_plbu(test, LISTS_VA + sizeof(Command) + 8, 1);
	assert_gp(test, GP_IRQ_PLB_INVALID_CMD);
	/* A second command without the magic */
	write_ram(test, LISTS_PA + sizeof(Command), "xxxx", 4);
	run_plbu(test, LISTS_VA + 2 * sizeof(Command), 1);
	assert_gp(test, GP_IRQ_PLB_INVALID_CMD);
	violations(test, 0, NULL);
	/* What the driver refuses itself */
	lima_switch(&test->driver, GPMMU_BASE);
	wr(test, GP_PLBUCL_END, LISTS_VA - 4);
	wr(test, GP_CMD, GP_CMD_START_PLBU);
	violations(test, 1, "ends where it begins or before");
}

static void test_bad_start(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);
	const LimaGpJob job = {.plbu = LISTS_VA, .plbu_end = end};

	lima_run_gp(&test->driver, &job);
	violations(test, 1, "without ZAP_CACHE since DTE_ADDR");
	assert_gp(test, GP_IRQ_PLBU_END);
	lima_run_gp(&test->driver, &job);
	violations(test, 2, "without clearing the L2 cache");
	wr(test, GP_PLBUCL_START, 0);
	violations(test, 1, "list addresses written while a job runs");
	run_plbu(test, end, 0);
	violations(test, 6, "GP: started while a job runs");
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_HARD_RESET);
	violations(test, 1, "GP MMU: reset while a job runs");
	assert_gp(test, GP_IRQ_AXI_BUS_ERROR);

	wr(test, L2_BASE + L2_ENABLE, 0);
	wr(test, L2_BASE + L2_COMMAND, L2_COMMAND_CLEAR_ALL);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ZAP_CACHE);
	lima_run_gp(&test->driver, &job);
	violations(test, 2, "started while paging is off");
	violations(test, 0, "started while the L2 cache is off");
	assert_gp(test, GP_IRQ_AXI_BUS_ERROR);
	wr(test, L2_BASE + L2_ENABLE, 3);

	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_STALL);
	violations(test, 1, "stalled while paging is off");
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_HARD_RESET);
	wr(test, GPMMU_BASE + MMU_DTE_ADDR, 0xcafeb000);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_PAGING);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ZAP_CACHE);
	wr(test, L2_BASE + L2_COMMAND, L2_COMMAND_CLEAR_ALL);
	lima_run_gp(&test->driver, &job);
	violations(test, 1, "outside RAM");
	pass_time(test, JOB_NS);
	assert_reads(test, GPMMU_BASE + MMU_INT_RAWSTAT,
		     MMU_INT_READ_BUS_ERROR);
	violations(test, 1, "table of level 0 is outside RAM");
	lima_hard_reset(&test->driver, GP_BASE);
	wr(test, GP_CMD, GP_CMD_STOP_BUS);
	lima_mmu_recover(&test->driver, GPMMU_BASE);
	run_plbu(test, end, 0);
	violations(test, 1, "GP: started while the bus is stopped");
	lima_hard_reset(&test->driver, GP_BASE);
	run_pp(test);
	wr(test, PP_BASE + PP_FRAME, 0);
	violations(test, 1, "PP: frame written while a job runs");
}

/* MMUs */

static void test_page_fault(Test *test)
{
	run_plbu(test, fill(test, 0, HOLE_VA + 8, 4, 1), 0);
	pass_time(test, JOB_NS);
	assert_raised(test, GPMMU_LINE);
	assert_reads(test, GPMMU_BASE + MMU_INT_STATUS, MMU_INT_PAGE_FAULT);
	assert_reads(test, GPMMU_BASE + MMU_PAGE_FAULT_ADDR, HOLE_VA + 8);
	assert_reads(test, GPMMU_BASE + MMU_STATUS,
		     MMU_STATUS_PAGING_ENABLED | MMU_STATUS_PAGE_FAULT_ACTIVE |
			     MMU_STATUS_REPLAY_BUFFER_EMPTY |
			     MMU_STATUS_PAGE_FAULT_IS_WRITE);
	rig_shows(&test->rig, "gp", "waiting for a page fault");
	rig_shows(&test->rig, "mmu/0/info", "fault: 0x00404008, write");
	wr(test, GPMMU_BASE + MMU_INT_MASK, 0);
	wr(test, GPMMU_BASE + MMU_INT_CLEAR, MMU_INT_PAGE_FAULT);
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	lima_hard_reset(&test->driver, GP_BASE);
	lima_mmu_recover(&test->driver, GPMMU_BASE);
	assert_raised(test, 0);
	run_plbu(test, fill(test, 0, DATA_VA, 4, 1), 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	violations(test, 0, NULL);

	/* One that is resolved: the command runs again. */
	run_plbu(test, fill(test, 0, HOLE_VA + 8, 4, 5), 0);
	pass_time(test, JOB_NS);
	assert_raised(test, GPMMU_LINE);
	lima_map(&test->driver, HOLE_VA, DATA_PA);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_PAGE_FAULT_DONE);
	assert_raised(test, GP_LINE);
	g_assert_cmphex(*data(test, 8), ==, 5);
}

static void test_rights(Test *test)
{
	lima_set_entry(&test->driver, HOLE_VA, DATA_PA | PTE_PRESENT);
	command(test, 0,
		(Command){.op = SB_COMMAND_COPY,
			  .src = HOLE_VA,
			  .dst = DATA_VA + 64,
			  .len = 4});
	end_list(test, 1);
	run_pp(test);
	pass_time(test, JOB_NS);
	assert_raised(test, PPMMU_LINE);
	rig_shows(&test->rig, "mmu/1/info", "fault: 0x00404000, read");
	lima_hard_reset(&test->driver, PP_BASE);
	lima_mmu_recover(&test->driver, PPMMU_BASE);
	lima_set_entry(&test->driver, HOLE_VA,
		       DATA_PA | PTE_PRESENT | PTE_READ);
	run_pp(test);
	assert_pp(test, PP_IRQ_END_OF_FRAME);
	fill(test, 0, HOLE_VA, 4, 1);
	run_pp(test);
	pass_time(test, JOB_NS);
	assert_raised(test, PPMMU_LINE);
	rig_shows(&test->rig, "mmu/1/info", "fault: 0x00404000, write");
	rig_shows(&test->rig, "mmu/1/map", "0x000000404000 1 pages");
	rig_shows(&test->rig, "mmu/1/map", "r--");
	rig_leaks(&test->rig, "PP MMU: 35 pages mapped");
}

static void test_malformed_tables(Test *test)
{
	uint32_t entry = TABLES + 3 * PAGE;

	lima_set_entry(&test->driver, HOLE_VA, DATA_PA | PTE_READ);
	run_plbu(test, fill(test, 0, HOLE_VA, 4, 1), 0);
	pass_time(test, JOB_NS);
	violations(test, 1, "malformed entry at level 1");
	lima_hard_reset(&test->driver, GP_BASE);
	lima_mmu_recover(&test->driver, GPMMU_BASE);
	write_ram(test, DIRECTORY + 5 * 4, &entry, sizeof(entry));
	run_plbu(test, fill(test, 0, 5u << 22, 4, 1), 0);
	pass_time(test, JOB_NS);
	violations(test, 1, "malformed entry at level 0");
	lima_hard_reset(&test->driver, GP_BASE);
	lima_mmu_recover(&test->driver, GPMMU_BASE);
	lima_set_entry(&test->driver, HOLE_VA, RAM_SIZE | PTE_DRIVER);
	rig_raised(&test->rig);
	run_plbu(test, fill(test, 0, HOLE_VA, 4, 1), 0);
	assert_gp(test, GP_IRQ_AXI_BUS_ERROR);
	violations(test, 1, "outside RAM");
}

static void test_stale(Test *test)
{
	run_plbu(test, fill(test, 0, DATA_VA, 4, 1), 0);
	lima_set_entry(&test->driver, DATA_VA, 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	violations(test, 1, "stale TLB entry used: GP MMU address 0x800000");
	g_assert_cmphex(*data(test, 0), ==, 0);
	/* With the TLB cleared, it is a page fault. */
	run_plbu(test, fill(test, 0, DATA_VA, 4, 1), 0);
	pass_time(test, JOB_NS);
	assert_raised(test, GPMMU_LINE);
	lima_hard_reset(&test->driver, GP_BASE);
	lima_mmu_recover(&test->driver, GPMMU_BASE);
	/* One line only */
	lima_map(&test->driver, DATA_VA, DATA_PA);
	run_plbu(test, fill(test, 0, DATA_VA, 4, 2), 0);
	lima_map(&test->driver, DATA_VA, DATA_PA + PAGE);
	wr(test, GPMMU_BASE + MMU_ZAP_ONE_LINE, DATA_VA);
	assert_gp(test, GP_IRQ_PLBU_END);
	g_assert_cmphex(*data(test, PAGE), ==, 2);
}

static void test_directory(Test *test)
{
	wr(test, GPMMU_BASE + MMU_DTE_ADDR, DIRECTORY);
	violations(test, 1, "while paging is on, without a stall");
	run_plbu(test, fill(test, 0, DATA_VA, 4, 1), 0);
	wr(test, GPMMU_BASE + MMU_DTE_ADDR, DIRECTORY);
	violations(test, 1, "DTE_ADDR written while a job runs");
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_STALL);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_DISABLE_STALL);
	assert_raised(test, GP_LINE);
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_DISABLE_PAGING);
	assert_reads(test, GPMMU_BASE + MMU_STATUS,
		     MMU_STATUS_IDLE | MMU_STATUS_REPLAY_BUFFER_EMPTY);
	run_pp(test);
	wr(test, PPMMU_BASE + MMU_COMMAND, MMU_COMMAND_DISABLE_PAGING);
	violations(test, 1, "PP MMU: paging disabled while a job runs");
}

static void test_mmu_faults(Test *test)
{
	rig_rule(&test->rig, "fail lima MMU_COMMAND 1");
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_STALL);
	g_assert_false(rd(test, GPMMU_BASE + MMU_STATUS) &
		       MMU_STATUS_STALL_ACTIVE);
	/* What follows is not the driver's fault. */
	lima_switch(&test->driver, GPMMU_BASE);
	rig_rule(&test->rig, "fail lima MMU_COMMAND 1");
	lima_switch(&test->driver, GPMMU_BASE);
	violations(test, 0, NULL);
	rig_rule(&test->rig, "delay lima MMU_COMMAND 1000");
	wr(test, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ENABLE_STALL);
	g_assert_false(rd(test, GPMMU_BASE + MMU_STATUS) &
		       MMU_STATUS_STALL_ACTIVE);
	pass_time(test, 1000);
	g_assert_true(rd(test, GPMMU_BASE + MMU_STATUS) &
		      MMU_STATUS_STALL_ACTIVE);
}

/* Faults and resets */

static void test_hold(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	rig_rule(&test->rig, "hold lima GP");
	run_plbu(test, end, 0);
	pass_time(test, 100 * JOB_NS);
	assert_raised(test, 0);
	rig_shows(&test->rig, "gp", "state: held");
	rig_rule(&test->rig, "release lima GP");
	assert_raised(test, GP_LINE);
	wr(test, GP_INT_CLEAR, GP_IRQ_ALL);
	rig_rule(&test->rig, "delay lima GP 1000");
	run_plbu(test, end, 0);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	pass_time(test, 1000);
	assert_raised(test, GP_LINE);
	/* The PP has a rule of its own. */
	rig_rule(&test->rig, "hold lima PP");
	wr(test, GP_INT_CLEAR, GP_IRQ_ALL);
	end_list(test, 1);
	run_pp(test);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	rig_shows(&test->rig, "pp", "state: held");
	rig_rule(&test->rig, "clear");
	assert_raised(test, PP_LINE);
}

static void test_hang(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	rig_rule(&test->rig, "hang lima GP");
	run_plbu(test, end, 0);
	wr(test, GP_CMD, GP_CMD_STOP_BUS);
	assert_reads(test, GP_STATUS, GP_STATUS_PLBU_ACTIVE);
	rig_shows(&test->rig, "gp", "state: hung");
	/* The driver gives up, and starts the next one. */
	rig_rule(&test->rig, "hold lima RESET");
	run_plbu(test, end, 0);
	rig_shows(&test->rig, "jobs", "killed by the next job");
	rig_rule(&test->rig, "clear");
	assert_raised(test, 0);
	assert_gp(test, GP_IRQ_PLBU_END);
	violations(test, 0, NULL);
}

static void test_fail(Test *test)
{
	uint32_t end = fill(test, 0, DATA_VA, 4, 1);

	end_list(test, 1);
	rig_rule(&test->rig, "fail lima GP 1");
	run_plbu(test, end, 0);
	assert_gp(test, GP_IRQ_WRITE_BOUND_ERR);
	rig_rule(&test->rig, "fail lima GP 1 0x40");
	run_plbu(test, end, 0);
	assert_gp(test, 0x40);
	rig_rule(&test->rig, "fail lima PP 1");
	run_pp(test);
	assert_pp(test, PP_IRQ_WRITE_BOUNDARY_ERROR);
	rig_rule(&test->rig, "garbage lima PP 1\ngarbage lima GP 1");
	run_pp(test);
	run_plbu(test, end, 0);
	pass_time(test, JOB_NS);
	assert_reads(test, GP_STATUS, 0);
	assert_reads(test, PP_BASE + PP_STATUS, 0);
	g_assert_cmphex(*data(test, 0), ==, 0);
	rig_shows(&test->rig, "counters", "jobs-failed 5");
	rig_rule(&test->rig, "lose-irq lima 1 0");
	wr(test, GP_INT_CLEAR, GP_IRQ_ALL);
	rig_raised(&test->rig);
	run_plbu(test, end, 0);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	assert_reads(test, GP_INT_STAT, GP_IRQ_PLBU_END);
}

static void test_hard_reset(Test *test)
{
	run_plbu(test, fill(test, 0, DATA_VA, 4, 1), 0);
	wr(test, GP_PERF_CNT_0_LIMIT, RESET_MAGIC_BEFORE);
	wr(test, GP_INT_MASK, 0);
	wr(test, GP_CMD, GP_CMD_STOP_BUS);
	assert_reads(test, GP_STATUS,
		     GP_STATUS_PLBU_ACTIVE | GP_STATUS_BUS_STOPPED);
	pass_time(test, JOB_NS);
	g_assert_cmphex(*data(test, 0), ==, 0);
	rig_rule(&test->rig, "hold lima RESET");
	wr(test, GP_CMD, GP_CMD_RESET);
	wr(test, GP_PERF_CNT_0_LIMIT, RESET_MAGIC_AFTER);
	assert_reads(test, GP_PERF_CNT_0_LIMIT, RESET_MAGIC_BEFORE);
	rig_shows(&test->rig, "gp", "reset under way");
	rig_rule(&test->rig, "clear");
	assert_reads(test, GP_PERF_CNT_0_LIMIT, 0);
	wr(test, GP_PERF_CNT_0_LIMIT, RESET_MAGIC_AFTER);
	assert_reads(test, GP_PERF_CNT_0_LIMIT, RESET_MAGIC_AFTER);
	assert_reads(test, GP_STATUS, 0);
	rig_shows(&test->rig, "jobs", "killed by reset");
	violations(test, 0, NULL);

	/* One that fails: the core does nothing until the next one. */
	rig_rule(&test->rig, "fail lima RESET 1");
	wr(test, PP_BASE + PP_CTRL, PP_CTRL_SOFT_RESET);
	assert_reads(test, PP_BASE + PP_INT_RAWSTAT, 0);
	run_pp(test);
	pass_time(test, JOB_NS);
	assert_raised(test, 0);
	lima_hard_reset(&test->driver, PP_BASE);
	end_list(test, 1);
	run_pp(test);
	assert_pp(test, PP_IRQ_END_OF_FRAME);
}

static void test_tree(Test *test)
{
	rig_shows(&test->rig, "status", "gpu: Mali-400 MP1\npower: GP on");
	rig_shows(&test->rig, "status", "irq PP MMU: rawstat 0x0 mask 0x3");
	rig_shows(&test->rig, "mmu/0/info", "of: GP\ndirectory: 0x00010000");
	rig_shows(&test->rig, "mmu/0/map",
		  "0x000000400000 2 pages pa "
		  "0x000000020000 rw-");
	rig_shows(&test->rig, "pp", "state: idle");
	for (uint32_t i = 0; i < 16; i++)
		lima_set_entry(&test->driver, DATA_VA + i * PAGE, 0);
	rig_leaks(&test->rig, "GP MMU: 18 pages mapped");
	lima_power_off(&test->driver);
	rig_leaks(&test->rig, NULL);
	test->rig.device->model->reset(test->rig.device);
	rig_shows(&test->rig, "counters", "l2-clears 0");
}

/* Frames of real command streams, whose memory is that of the data */

#define CLEAR 0x44332211u

static LimaScene scene_new(Test *test, bool draw, bool tiled)
{
	LimaScene scene = {
		.va = DATA_VA,
		.pa = DATA_PA,
		.draw = draw,
		.tiled = tiled,
		.clear = CLEAR,
	};

	lima_scene(&test->driver, &scene);
	memset(data(test, SCENE_COLOR), 0xee, 4 * PAGE);
	return scene;
}

static void start_gp(Test *test, const LimaScene *scene, uint32_t heap)
{
	lima_switch(&test->driver, GPMMU_BASE);
	lima_scene_gp(&test->driver, scene, heap);
}

static void start_pp(Test *test, const LimaScene *scene)
{
	lima_switch(&test->driver, PPMMU_BASE);
	lima_scene_pp(&test->driver, scene);
}

/* A macro, so that a failure names the line of the test. */
#define assert_frame(test, scene)                                              \
	do {                                                                   \
		start_gp(test, scene, PAGE);                                   \
		assert_gp(test, GP_IRQ_VS_END);                                \
		assert_gp(test, GP_IRQ_PLBU_END);                              \
		start_pp(test, scene);                                         \
		assert_pp(test, PP_IRQ_END_OF_FRAME);                          \
	} while (0)

static void test_frame_clear(Test *test)
{
	LimaScene scene = scene_new(test, false, false);

	assert_frame(test, &scene);
	for (uint32_t y = 0; y < SCENE_HEIGHT; y++)
		for (uint32_t x = 0; x < 48; x++) {
			uint32_t at = y * SCENE_STRIDE + x * 4;

			g_assert_cmphex(*data(test, SCENE_COLOR + at), ==,
					x < 40 ? CLEAR : 0xeeeeeeee);
			g_assert_cmphex(*data(test, SCENE_DEPTH + at), ==,
					x < 40 ? 0x5affffff : 0xeeeeeeee);
		}
	g_assert_cmphex(*data(test, SCENE_COLOR + SCENE_HEIGHT * SCENE_STRIDE),
			==, 0xeeeeeeee);
	/* the tiler has written to each block */
	for (uint32_t i = 0; i < 6; i++)
		g_assert_cmphex(*data(test, SCENE_BLOCKS + i * 512 + 508), !=,
				0);

	scene = scene_new(test, false, true);
	assert_frame(test, &scene);
	for (uint32_t i = 0; i < 6 * 256; i++)
		g_assert_cmphex(*data(test, SCENE_COLOR + i * 4), ==, CLEAR);
	g_assert_cmphex(*data(test, SCENE_COLOR + 6 * 1024), ==, 0xeeeeeeee);
}

/* Every byte that a draw reads changes the picture; the same bytes do not. */
static void test_frame_draw(Test *test)
{
	static const uint32_t reads[] = {
		SCENE_VERTICES,	    SCENE_VERTICES + 5 * 16 + 3,
		SCENE_VS_CODE + 31, SCENE_UNIFORMS + 15,
		SCENE_PP_CODE + 31, SCENE_TEXELS,
		SCENE_TEXELS + 255,
	};
	LimaScene scene = scene_new(test, true, false);
	uint32_t first[SCENE_WIDTH];

	assert_frame(test, &scene);
	memcpy(first, data(test, SCENE_COLOR), sizeof(first));
	g_assert_cmphex(first[0], !=, CLEAR);
	g_assert_cmphex(first[0], !=, first[1]);
	for (size_t i = 0; i < G_N_ELEMENTS(reads); i++) {
		uint8_t *byte = test->rig.ram + DATA_PA + reads[i];

		g_test_message("%zu", i);
		*byte ^= 1;
		assert_frame(test, &scene);
		g_assert_cmpint(
			memcmp(first, data(test, SCENE_COLOR), sizeof(first)),
			!=, 0);
		*byte ^= 1;
		assert_frame(test, &scene);
		g_assert_cmpmem(first, sizeof(first), data(test, SCENE_COLOR),
				sizeof(first));
	}
	/* a block, and a record in the heap, that are lost before the PP runs */
	for (uint32_t lost = SCENE_BLOCKS + 5 * 512 + 500; lost;
	     lost = lost == SCENE_HEAP + 60 ? 0 : SCENE_HEAP + 60) {
		start_gp(test, &scene, PAGE);
		assert_gp(test, GP_IRQ_VS_END);
		assert_gp(test, GP_IRQ_PLBU_END);
		*data(test, lost) ^= 1;
		start_pp(test, &scene);
		assert_pp(test, PP_IRQ_END_OF_FRAME);
		g_assert_cmpint(
			memcmp(first, data(test, SCENE_COLOR), sizeof(first)),
			!=, 0);
	}
}

/* A draw takes from the heap. */
static void test_frame_heap(Test *test)
{
	LimaScene scene = scene_new(test, true, false);

	start_gp(test, &scene, 0);
	assert_gp(test, GP_IRQ_VS_END);
	assert_gp(test, GP_IRQ_OUT_OF_MEM);
	lima_grow_heap(&test->driver, DATA_VA + SCENE_HEAP,
		       DATA_VA + SCENE_HEAP + PAGE);
	assert_gp(test, GP_IRQ_PLBU_END);
	g_assert_cmphex(*data(test, SCENE_HEAP), ==, DATA_VA + SCENE_STATE);
	start_pp(test, &scene);
	assert_pp(test, PP_IRQ_END_OF_FRAME);
	g_assert_cmphex(*data(test, SCENE_COLOR), !=, 0xeeeeeeee);
}

static void test_frame_faults(Test *test)
{
	static const uint32_t pages[] = {SCENE_POSITIONS, SCENE_BLOCKS,
					 SCENE_HEAP, SCENE_COLOR, SCENE_DEPTH};
	LimaScene scene = scene_new(test, true, false);

	for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
		bool gp = pages[i] < SCENE_HEAP;
		uint32_t mmu = gp ? GPMMU_BASE : PPMMU_BASE;

		g_test_message("%zu", i);
		start_gp(test, &scene, PAGE);
		assert_gp(test, GP_IRQ_VS_END);
		assert_gp(test, GP_IRQ_PLBU_END);
		lima_set_entry(&test->driver, DATA_VA + pages[i], 0);
		if (gp)
			start_gp(test, &scene, PAGE);
		else
			start_pp(test, &scene);
		pass_time(test, JOB_NS);
		pass_time(test, JOB_NS);
		g_assert_true(rd(test, mmu + MMU_STATUS) &
			      MMU_STATUS_PAGE_FAULT_ACTIVE);
		g_assert_cmphex(rd(test, mmu + MMU_PAGE_FAULT_ADDR) & ~0xfffu,
				==, DATA_VA + pages[i]);
		lima_hard_reset(&test->driver, gp ? GP_BASE : PP_BASE);
		lima_mmu_recover(&test->driver, mmu);
		lima_map(&test->driver, DATA_VA + pages[i], DATA_PA + pages[i]);
		rig_raised(&test->rig);
	}
	assert_frame(test, &scene);
}

static void test_frame_bad(Test *test)
{
	LimaScene scene = scene_new(test, false, false);
	const uint32_t outside[] = {0, 0xb8000003};

	/* a tile beyond the width */
	write_ram(test, DATA_PA + SCENE_PP, outside, sizeof(outside));
	start_pp(test, &scene);
	assert_pp(test, PP_IRQ_INVALID_PLIST_COMMAND);
	/* a stream that does not end at a command */
	scene.plbu_end = scene.va + SCENE_PLBU + 12;
	start_gp(test, &scene, PAGE);
	assert_gp(test, GP_IRQ_VS_END);
	assert_gp(test, GP_IRQ_PLB_INVALID_CMD);
}

RIG_DEFINE_TESTS()

int main(int argc, char **argv)
{
	static const RigTest tests[] = {
		{"/lima/registers/bad", test_bad_registers},
		{"/lima/registers/irq-level", test_irq_level},
		{"/lima/registers/probe", test_probe},
		{"/lima/power/off", test_power},
		{"/lima/power/while-running", test_power_while_running},
		{"/lima/jobs/bad-start", test_bad_start},
		{"/lima/jobs/both-cores", test_both_cores},
		{"/lima/jobs/commands", test_commands},
		{"/lima/jobs/heap", test_heap},
		{"/lima/jobs/malformed", test_malformed},
		{"/lima/jobs/other-streams", test_other_streams},
		{"/lima/jobs/stamps", test_stamp_commands},
		{"/lima/jobs/vs-then-plbu", test_vs_then_plbu},
		{"/lima/mmu/directory", test_directory},
		{"/lima/mmu/faults", test_mmu_faults},
		{"/lima/mmu/malformed", test_malformed_tables},
		{"/lima/mmu/page-fault", test_page_fault},
		{"/lima/mmu/rights", test_rights},
		{"/lima/mmu/stale", test_stale},
		{"/lima/faults/fail", test_fail},
		{"/lima/faults/hang", test_hang},
		{"/lima/faults/hard-reset", test_hard_reset},
		{"/lima/faults/hold", test_hold},
		{"/lima/frames/bad", test_frame_bad},
		{"/lima/frames/clear", test_frame_clear},
		{"/lima/frames/draw", test_frame_draw},
		{"/lima/frames/faults", test_frame_faults},
		{"/lima/frames/heap", test_frame_heap},
		{"/lima/tree", test_tree},
	};

	g_test_init(&argc, &argv, NULL);
	rig_add_tests(tests, G_N_ELEMENTS(tests));
	return g_test_run();
}
