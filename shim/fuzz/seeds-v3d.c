// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's v3d driver could do, as inputs. */
#include <string.h>

#include "fuzz.h"
#include "ops.h"
#include "tests/v3d-guest.h"

#define V3D OPS_V3D
#define TABLE 0x40000u /* its beginning; the rest is outside RAM */
#define LISTS_PA 0x50000u
#define DATA_PA 0x60000u
#define DATA_PAGES 9u
#define VA 0x00020000u /* commands, then a hole, then the data */
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
	ops_write(user, V3D, offset, value);
}

/* A driver that writes its accesses to @input, with the device switched on. */
static V3dGuest start(GByteArray *input)
{
	V3dGuest driver = {
		.write_ram = write_ram,
		.write_register = write_register,
		.user = input,
		.table = TABLE,
	};

	v3d_map(&driver, VA, LISTS_PA);
	for (guint i = 0; i < DATA_PAGES; i++)
		v3d_map(&driver, DATA_VA + i * 4096, DATA_PA + i * 4096);
	v3d_power_on(&driver);
	return driver;
}

/* Put @command into place @n; returns the address after it. */
static uint32_t put(V3dGuest *driver, guint n, Command command)
{
	command.magic = SB_COMMAND_MAGIC;
	write_ram(driver->user, LISTS_PA + n * sizeof(command), &command,
		  sizeof(command));
	return VA + (n + 1) * sizeof(command);
}

static void take_irq(V3dGuest *driver)
{
	GByteArray *input = driver->user;

	ops_tick(input, V3D, JOB_NS);
	ops_read(input, V3D, CORE_BASE + INT_STS);
	ops_write(input, V3D, CORE_BASE + INT_CLR, INT_USED);
	ops_read(input, V3D, INT_STS);
	ops_write(input, V3D, INT_CLR, HUB_INT_USED);
}

void seed_v3d_jobs(GByteArray *input)
{
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 9, 0, 1,
				       ~(9u ^ 0u ^ 1u)};
	V3dGuest driver = start(input);
	uint32_t end;

	ops_ram(input, DATA_PA, &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect v3d * 22000 1 9 1");
	put(&driver, 0,
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
	end = put(&driver, 3,
		  (Command){.op = SB_COMMAND_CHECK_STAMPS,
			    .src = DATA_VA,
			    .dst = DATA_VA + 0x5008,
			    .len = 0x1000,
			    .value = 9,
			    .generation = 1});
	put(&driver, 4, (Command){.op = SB_COMMAND_END});
	ops_write(input, V3D, CORE_BASE + PCTR_SRC,
		  PCTR_CYCLES | PCTR_RENDER_ACTIVE << 8);
	ops_write(input, V3D, CORE_BASE + PCTR_EN, 3);
	v3d_run_bin(&driver, VA, end, DATA_VA, 0x1000);
	take_irq(&driver);
	v3d_run_render(&driver, VA, end);
	v3d_run_tfu(&driver, VA);
	ops_read(input, V3D, CORE_BASE + CLE_CTCA(1));
	take_irq(&driver);
	v3d_run_csd(&driver, VA, 4);
	ops_read(input, V3D, CORE_BASE + CSD_CURRENT(CSD_BATCHES));
	take_irq(&driver);
	ops_read(input, V3D, CORE_BASE + PCTR_VALUE);
}

/* Frames of real command streams, the second one with too little memory at first */
void seed_v3d_frames(GByteArray *input)
{
	V3dGuest driver = start(input);
	V3dScene scene = {
		.va = DATA_VA, .pa = DATA_PA, .draw = true, .clear = 0x11};

	v3d_scene(&driver, &scene);
	v3d_scene_bin(&driver, &scene, 0x2000);
	take_irq(&driver);
	v3d_scene_render(&driver, &scene);
	take_irq(&driver);
	scene.memory = 4;
	v3d_scene(&driver, &scene);
	v3d_scene_bin(&driver, &scene, 0x1000);
	take_irq(&driver);
	v3d_give_memory(&driver, DATA_VA + SCENE_TILES + 0x1000, 0x1000);
	take_irq(&driver);
	v3d_scene_render(&driver, &scene);
	take_irq(&driver);
}

/* Out of memory, page faults, a job that is stuck, and resets */
void seed_v3d_faults(GByteArray *input)
{
	V3dGuest driver = start(input);
	uint32_t memory = DATA_VA + 0x4000;
	uint32_t end = put(&driver, 0,
			   (Command){.op = SB_COMMAND_ALLOC,
				     .dst = DATA_VA,
				     .len = 0x3000,
				     .value = 7});

	v3d_run_bin(&driver, VA, end, memory, 0x1000);
	take_irq(&driver);
	v3d_give_memory(&driver, memory + 0x1000, 0x2000);
	take_irq(&driver);
	v3d_run_bin(&driver, VA, end, 0, 0);
	take_irq(&driver);
	v3d_hard_reset(&driver);

	end = put(&driver, 0,
		  (Command){.op = SB_COMMAND_FILL, .dst = HOLE_VA, .len = 4});
	v3d_run_render(&driver, VA, end);
	take_irq(&driver);
	ops_read(input, V3D, MMU_VIO_ADDR);
	ops_read(input, V3D, MMU_CTL);
	v3d_hard_reset(&driver);

	ops_text(input, OP_FAULTS, "fail v3d CSD 1\nfail v3d RESET 1");
	v3d_run_csd(&driver, 0, 1);
	take_irq(&driver);
	v3d_hard_reset(&driver);
	ops_text(input, OP_FAULTS, "clear\nfail v3d TLB_CLEAR 1");
	v3d_hard_reset(&driver);
	v3d_flush(&driver);
}

static guint64 counter(Bus *bus, const char *name)
{
	return fuzz_counter(bus_device(bus, V3D), name);
}

const char *check_v3d_jobs(Bus *bus, const uint8_t *memory)
{
	uint32_t value;
	uint64_t good;

	memcpy(&value, memory + DATA_PA + 0x3002, sizeof(value));
	memcpy(&good, memory + DATA_PA + 0x5008, sizeof(good));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "bin-jobs") != 1 || counter(bus, "render-jobs") != 1 ||
	    counter(bus, "tfu-jobs") != 1 || counter(bus, "csd-jobs") != 1)
		return "the jobs did not run";
	if (counter(bus, "commands") != 16)
		return "not all commands ran";
	if (value != 0x11223344 || good != 1)
		return "the commands did not do their work";
	return NULL;
}

const char *check_v3d_frames(Bus *bus, const uint8_t *memory)
{
	uint32_t pixel;

	memcpy(&pixel, memory + DATA_PA + SCENE_COLOR, sizeof(pixel));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "bin-jobs") != 2 || counter(bus, "render-jobs") != 2)
		return "the jobs did not run";
	if (counter(bus, "out-of-memory") != 1)
		return "the memory was not used up once";
	return pixel && pixel != 0x11 ? NULL : "there is no picture";
}

const char *check_v3d_faults(Bus *bus, const uint8_t *memory)
{
	uint32_t value;

	memcpy(&value, memory + DATA_PA + 0x6ffc, sizeof(value));
	if (journal_violation_count(bus_journal(bus)))
		return "violations";
	if (counter(bus, "out-of-memory") != 2)
		return "the memory was not used up twice";
	if (value != 9)
		return "there was no more memory";
	if (counter(bus, "mmu-faults") != 1)
		return "no page fault";
	return counter(bus, "resets") == 4 ? NULL : "not four resets";
}
