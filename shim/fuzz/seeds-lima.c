// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's lima driver could do, as inputs. */
#include <string.h>

#include "fuzz.h"
#include "ops.h"
#include "tests/lima-guest.h"

#define LIMA OPS_LIMA
#define DIRECTORY 0x40000u
#define TABLES 0x41000u
#define LISTS_PA 0x50000u
#define DATA_PA 0x60000u
#define DATA_PAGES 8u
#define VA 0x00400000u /* commands, then a hole, then the data */
#define HOLE_VA (VA + 0x1000)
#define DATA_VA (VA + 0x2000)
#define JOB_NS 1000000ull /* more than any job takes */

typedef struct sb_command Command;

static void write_ram(void *user, uint64_t pa, const void *bytes, size_t len)
{
	ops_ram(user, pa, bytes, len);
}

static void write_register(void *user, uint32_t offset, uint32_t value)
{
	ops_write(user, LIMA, offset, value);
}

/* A driver that writes its accesses to @input, with the device switched on. */
static LimaGuest start(GByteArray *input)
{
	LimaGuest driver = {
		.write_ram = write_ram,
		.write_register = write_register,
		.user = input,
		.directory = DIRECTORY,
		.tables = TABLES,
	};

	lima_power_on(&driver);
	lima_map(&driver, VA, LISTS_PA);
	for (guint i = 0; i < DATA_PAGES; i++)
		lima_map(&driver, DATA_VA + i * 4096, DATA_PA + i * 4096);
	return driver;
}

/* Put @command into place @n; returns the address after it. */
static uint32_t put(LimaGuest *driver, guint n, Command command)
{
	command.magic = SB_COMMAND_MAGIC;
	write_ram(driver->user, LISTS_PA + n * sizeof(command), &command,
		  sizeof(command));
	return VA + (n + 1) * sizeof(command);
}

static void take_irq(LimaGuest *driver)
{
	GByteArray *input = driver->user;

	ops_tick(input, LIMA, JOB_NS);
	ops_read(input, LIMA, GP_INT_STAT);
	ops_read(input, LIMA, GP_STATUS);
	ops_read(input, LIMA, PP_BASE + PP_INT_STATUS);
	ops_write(input, LIMA, GP_INT_CLEAR, ~0u);
	ops_write(input, LIMA, PP_BASE + PP_INT_CLEAR, ~0u);
}

/* Frames of real command streams, the second one without a heap at first */
void seed_lima_frames(GByteArray *input)
{
	LimaGuest driver = start(input);
	LimaScene scene = {
		.va = DATA_VA, .pa = DATA_PA, .draw = true, .clear = 0x11};

	for (guint i = 0; i < 2; i++) {
		scene.tiled = i;
		lima_scene(&driver, &scene);
		lima_switch(&driver, GPMMU_BASE);
		lima_scene_gp(&driver, &scene, i ? 0 : 0x1000);
		take_irq(&driver);
		take_irq(&driver);
		if (i) {
			lima_grow_heap(&driver, DATA_VA + SCENE_HEAP,
				       DATA_VA + SCENE_HEAP + 0x1000);
			take_irq(&driver);
		}
		lima_switch(&driver, PPMMU_BASE);
		lima_scene_pp(&driver, &scene);
		take_irq(&driver);
	}
}

void seed_lima_jobs(GByteArray *input)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 0, 1,
				       ~(9u ^ 0u ^ 1u)};
	LimaGuest driver = start(input);
	uint32_t vs, plbu;

	ops_ram(input, DATA_PA, &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect lima * 402000 1 9 1");
	vs = put(&driver, 0,
		 (Command){.op = SB_COMMAND_FILL,
			   .dst = DATA_VA + 0x1ff8,
			   .len = 16,
			   .value = 0x11223344});
	put(&driver, 1,
	    (Command){.op = SB_COMMAND_COPY,
		      .src = DATA_VA + 0x1ff8,
		      .dst = DATA_VA + 0x3002,
		      .len = 0x1004});
	put(&driver, 2,
	    (Command){.op = SB_COMMAND_CHECKSUM,
		      .src = DATA_VA + 4,
		      .dst = DATA_VA + 0x5000,
		      .len = 0x1800});
	plbu = put(&driver, 3,
		   (Command){.op = SB_COMMAND_CHECK_STAMPS,
			     .src = DATA_VA,
			     .dst = DATA_VA + 0x5008,
			     .len = 0x1000,
			     .value = 9,
			     .generation = 1});
	put(&driver, 4, (Command){.op = SB_COMMAND_END});
	lima_switch(&driver, GPMMU_BASE);
	lima_run_gp(&driver, &(LimaGpJob){VA, vs, vs, plbu, 0, 0});
	take_irq(&driver);
	take_irq(&driver);
	lima_soft_reset(&driver, GP_BASE);
	lima_switch(&driver, PPMMU_BASE);
	lima_run_pp(&driver, VA);
	take_irq(&driver);
	lima_soft_reset(&driver, PP_BASE);
	lima_power_off(&driver);
}

/* A heap that grows, one that does not, page faults, and a hang */
void seed_lima_faults(GByteArray *input)
{
	LimaGuest driver = start(input);
	uint32_t heap = DATA_VA + 0x4000;
	uint32_t end = put(&driver, 0,
			   (Command){.op = SB_COMMAND_ALLOC,
				     .dst = DATA_VA,
				     .len = 0x3000,
				     .value = 7});
	const LimaGpJob job = {.plbu = VA,
			       .plbu_end = end,
			       .heap = heap,
			       .heap_end = heap + 0x1000};

	lima_switch(&driver, GPMMU_BASE);
	lima_run_gp(&driver, &job);
	take_irq(&driver);
	lima_grow_heap(&driver, heap + 0x1000, heap + 0x3000);
	take_irq(&driver);
	lima_soft_reset(&driver, GP_BASE);
	lima_switch(&driver, GPMMU_BASE);
	lima_run_gp(&driver, &job);
	take_irq(&driver);
	lima_hard_reset(&driver, GP_BASE);

	end = put(&driver, 0,
		  (Command){.op = SB_COMMAND_FILL, .dst = HOLE_VA, .len = 4});
	lima_switch(&driver, GPMMU_BASE);
	lima_run_gp(&driver, &(LimaGpJob){.plbu = VA, .plbu_end = end});
	take_irq(&driver);
	ops_read(input, LIMA, GPMMU_BASE + MMU_INT_STATUS);
	ops_read(input, LIMA, GPMMU_BASE + MMU_PAGE_FAULT_ADDR);
	lima_hard_reset(&driver, GP_BASE);
	lima_mmu_recover(&driver, GPMMU_BASE);

	ops_text(input, OP_FAULTS, "hang lima PP\nfail lima RESET 1");
	lima_switch(&driver, PPMMU_BASE);
	lima_run_pp(&driver, VA);
	take_irq(&driver);
	lima_hard_reset(&driver, PP_BASE);
	ops_text(input, OP_FAULTS, "clear");
	lima_hard_reset(&driver, PP_BASE);
}

static guint64 counter(Bus *bus, const char *name)
{
	return fuzz_counter(bus_device(bus, LIMA), name);
}

const char *check_lima_frames(Bus *bus, const uint8_t *memory)
{
	uint32_t pixel;

	memcpy(&pixel, memory + DATA_PA + SCENE_COLOR, sizeof(pixel));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "gp-jobs") != 2 || counter(bus, "pp-jobs") != 2 ||
	    counter(bus, "jobs-failed"))
		return "the jobs did not run";
	if (counter(bus, "out-of-memory") != 1)
		return "the heap was not used up once";
	return pixel && pixel != 0x11 ? NULL : "there is no picture";
}

const char *check_lima_jobs(Bus *bus, const uint8_t *memory)
{
	uint32_t value;
	uint64_t good;

	memcpy(&value, memory + DATA_PA + 0x3002, sizeof(value));
	memcpy(&good, memory + DATA_PA + 0x5008, sizeof(good));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "gp-jobs") != 1 || counter(bus, "pp-jobs") != 1 ||
	    counter(bus, "jobs-failed"))
		return "the jobs did not run";
	if (counter(bus, "commands") != 8)
		return "not all commands ran";
	if (value != 0x11223344 || good != 1)
		return "the commands did not do their work";
	return NULL;
}

const char *check_lima_faults(Bus *bus, const uint8_t *memory)
{
	uint32_t value;

	memcpy(&value, memory + DATA_PA + 0x6ffc, sizeof(value));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "out-of-memory") != 2)
		return "the heap was not used up twice";
	if (value != 9)
		return "the heap was not grown";
	if (counter(bus, "page-faults") != 2)
		return "not two page faults";
	return counter(bus, "hard-resets") == 4 ? NULL : "not four hard resets";
}
