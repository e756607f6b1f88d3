// SPDX-License-Identifier: GPL-2.0-or-later
/* What the helper-level driver could do, as inputs. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "ops.h"
#include "protocol.h"

#define HELPER OPS_HELPER
#define COMMAND_PA 0x10000ull
#define RUNS_PA 0x11000ull
#define BUFFER_PA 0x12000ull
#define PAGE(n) (0x20000ull + (n)*0x1000ull)
#define JOB_NS 1000000ull /* more than any job takes */

static void do_command(GByteArray *input, struct sb_helper_command command)
{
	OpRegister doorbell = {.value = COMMAND_PA,
			       .offset = SB_HELPER_REG_COMMAND,
			       .device = HELPER,
			       .len = 8};

	ops_ram(input, COMMAND_PA, &command, sizeof(command));
	fuzz_add(input, OP_WRITE, &doorbell, sizeof(doorbell));
}

/* Two runs, the second of one page. */
static void attach(GByteArray *input, uint32_t bo, guint first, guint pages,
		   uint32_t flags)
{
	const struct sb_helper_run runs[] = {
		{PAGE(first), (pages - 1) * 0x1000ull},
		{PAGE(first + pages), 0x1000},
	};

	ops_ram(input, RUNS_PA, runs, sizeof(runs));
	do_command(input, (struct sb_helper_command){
				  .op = SB_HELPER_CMD_ATTACH,
				  .bo = bo,
				  .flags = flags,
				  .len = pages * 0x1000ull,
				  .data = RUNS_PA,
				  .count = 2,
			  });
}

static void access_bo(GByteArray *input, uint32_t op, uint32_t bo,
		      uint64_t offset, uint64_t len)
{
	do_command(input, (struct sb_helper_command){
				  .op = op,
				  .bo = bo,
				  .offset = offset,
				  .len = len,
				  .data = BUFFER_PA,
			  });
}

static void job(GByteArray *input, uint32_t bo, uint32_t number)
{
	do_command(input, (struct sb_helper_command){
				  .op = SB_HELPER_CMD_JOB,
				  .bo = bo,
				  .count = number,
			  });
}

static void simple(GByteArray *input, uint32_t op, uint32_t bo)
{
	do_command(input, (struct sb_helper_command){.op = op, .bo = bo});
}

static void end_job(GByteArray *input, uint32_t number)
{
	OpRegister ended = {.value = number,
			    .offset = SB_HELPER_REG_ENDED,
			    .device = HELPER,
			    .len = 8};

	fuzz_add(input, OP_READ, &ended, sizeof(ended));
	fuzz_add(input, OP_WRITE, &ended, sizeof(ended));
}

void seed_helper(GByteArray *input)
{
	static const char text[] = "written to the BO";
	const struct sb_stamp stamp = {SB_STAMP_MAGIC, 7, 0, 1, ~(7u ^ 1u)};

	attach(input, 1, 0, 4, 0);
	attach(input, 2, 8, 3, SB_HELPER_CMD_KEPT);
	ops_ram(input, BUFFER_PA, text, sizeof(text));
	access_bo(input, SB_HELPER_CMD_WRITE, 1, 0x2ffc, sizeof(text));
	access_bo(input, SB_HELPER_CMD_READ, 1, 0x2ff0, 64);
	ops_ram(input, PAGE(8), &stamp, sizeof(stamp));
	ops_text(input, OP_STAMPS, "expect helper.0 2 7 1\n");
	job(input, 1, 1);
	fuzz_add(input, OP_SHOW, NULL, 0);
	ops_tick(input, HELPER, JOB_NS);
	end_job(input, 1);
	simple(input, SB_HELPER_CMD_DETACH, 1);
	simple(input, SB_HELPER_CMD_DETACH, 2);
	simple(input, SB_HELPER_CMD_BYE, 0);
}

void seed_helper_faults(GByteArray *input)
{
	ops_text(input, OP_FAULTS,
		 "hold helper.0 JOB\nfail helper.0 ATTACH 1\n"
		 "fail helper.0 DETACH 2 16\n");
	attach(input, 1, 0, 4, SB_HELPER_CMD_KEPT);
	attach(input, 1, 0, 4, SB_HELPER_CMD_KEPT);
	job(input, 1, 1);
	job(input, 1, 2);
	ops_tick(input, HELPER, JOB_NS);
	simple(input, SB_HELPER_CMD_DETACH, 1); /* a job uses it */
	ops_text(input, OP_FAULTS, "release helper.0 *\nfail helper.0 JOB 1\n");
	end_job(input, 1);
	job(input, 1, 3);
	ops_tick(input, HELPER, JOB_NS);
	end_job(input, 2);
	job(input, 1, 4);
	simple(input, SB_HELPER_CMD_STOP, 0);
	simple(input, SB_HELPER_CMD_DETACH, 1); /* fails */
}

static bool shows(Bus *bus, const char *path, const char *part)
{
	Device *device = bus_device(bus, HELPER);
	g_autoptr(GBytes) bytes = node_show(device, path);
	g_autofree char *text = NULL;

	if (!bytes)
		return false;
	text = g_strndup(g_bytes_get_data(bytes, NULL),
			 g_bytes_get_size(bytes));
	return strstr(text, part) != NULL;
}

const char *check_helper(Bus *bus, const uint8_t *memory)
{
	/* The kept BO's second and third page have no stamp. */
	if (journal_violation_count(bus_journal(bus)) != 4)
		return "not the violations of two pages, twice";
	if (memcmp(memory + PAGE(2) + 0xffc, "writ", 4) != 0 ||
	    memcmp(memory + PAGE(4), "ten", 3) != 0)
		return "the BO has not been written";
	if (memcmp(memory + BUFFER_PA + 12, "written", 7) != 0)
		return "the BO has not been read";
	if (!shows(bus, "status", "JOB: 1 done") ||
	    !shows(bus, "status", "DETACH: 2 done") ||
	    !shows(bus, "status", "BYE: 1 done") ||
	    !shows(bus, "status", "bos: 0"))
		return "not all commands were carried out";
	return NULL;
}

const char *check_helper_faults(Bus *bus, const uint8_t *memory G_GNUC_UNUSED)
{
	if (journal_violation_count(bus_journal(bus)) != 1)
		return "not the violation of a BO in use";
	if (!shows(bus, "status", "ATTACH: 1 done, 1 refused") ||
	    !shows(bus, "status", "DETACH: 0 done, 2 refused") ||
	    !shows(bus, "status", "JOB: 4 done"))
		return "not all commands were carried out";
	return shows(bus, "status", "jobs: 0") ? NULL : "jobs are left";
}
