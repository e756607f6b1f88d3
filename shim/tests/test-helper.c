// SPDX-License-Identifier: GPL-2.0-or-later
/* The device behind the helper-level driver, on a bus, by its commands. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/bus.h"
#include "core/registry.h"
#include "protocol.h"
#include "util.h"

#define PAGE 4096ull
#define RAM_PAGES 64u
#define EVENT_PAGE 0
#define COMMAND (1 * PAGE)
#define RUNS (2 * PAGE)
#define DATA (3 * PAGE) /* two pages */
#define FREE 8u /* first page that BOs may have */
#define JOB_NS 200000ull

typedef struct {
	Bus *bus;
	uint8_t *ram;
	Device *device;
	guint expected; /* violations */
} Test;

static void setup(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	test->bus = bus_new();
	test->ram = g_aligned_alloc0(RAM_PAGES, PAGE, PAGE);
	ram_set(bus_ram(test->bus), test->ram, RAM_PAGES * PAGE);
	test->device = bus_add(test->bus, models_find("helper.0"));
	g_assert_cmpint(bus_attach(test->bus, 0, test, EVENT_PAGE), ==, 0);
}

static void violations(Test *test, guint count, const char *last)
{
	guint now = journal_violation_count(bus_journal(test->bus));
	GBytes *bytes = journal_violations_text(bus_journal(test->bus));
	g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL) ?: "",
					  g_bytes_get_size(bytes));
	const char *line;

	test->expected += count;
	if (now != test->expected)
		g_test_message("violations:\n%s", text);
	g_assert_cmpuint(now, ==, test->expected);
	if (text[0])
		text[strlen(text) - 1] = '\0';
	line = strrchr(text, '\n');
	if (last && !strstr(line ?: text, last)) {
		g_test_message("violations:\n%s", text);
		g_assert_cmpstr(line ?: text, ==, last);
	}
	g_bytes_unref(bytes);
}

static void teardown(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	violations(test, 0, NULL);
	bus_free(test->bus);
	g_aligned_free(test->ram);
}

/* Registers and commands */

static uint64_t rd(Test *test, uint64_t reg)
{
	uint64_t value;

	g_assert_cmpint(bus_read(test->bus, 0, reg, &value, sizeof(value)), ==,
			0);
	return value;
}

static void wr(Test *test, uint64_t reg, uint64_t value)
{
	g_assert_cmpint(
		bus_write(test->bus, 0, test, reg, &value, sizeof(value)), ==,
		0);
}

/* Status of the command; data are at DATA, runs at RUNS. */
static uint32_t command(Test *test, struct sb_helper_command cmd)
{
	uint32_t status;

	cmd.status = 0xdead;
	memcpy(test->ram + COMMAND, &cmd, sizeof(cmd));
	wr(test, SB_HELPER_REG_COMMAND, COMMAND);
	memcpy(&status,
	       test->ram + COMMAND + offsetof(struct sb_helper_command, status),
	       sizeof(status));
	return status;
}

/* @runs: first page and number of pages, each; ends with 0 pages. */
static uint32_t attach_runs(Test *test, struct sb_helper_command cmd,
			    const unsigned int (*runs)[2])
{
	cmd.op = SB_HELPER_CMD_ATTACH;
	cmd.data = RUNS;
	for (cmd.count = 0; runs[cmd.count][1]; cmd.count++) {
		const struct sb_helper_run run = {
			.addr = runs[cmd.count][0] * PAGE,
			.len = runs[cmd.count][1] * PAGE,
		};

		memcpy(test->ram + RUNS + cmd.count * sizeof(run), &run,
		       sizeof(run));
	}
	return command(test, cmd);
}

static uint32_t attach(Test *test, uint32_t bo, unsigned int first,
		       unsigned int pages, uint32_t flags)
{
	const unsigned int runs[][2] = {{first, pages}, {0, 0}};

	return attach_runs(test,
			   (struct sb_helper_command){
				   .bo = bo,
				   .flags = flags,
				   .len = pages * PAGE,
			   },
			   runs);
}

static uint32_t detach(Test *test, uint32_t bo)
{
	return command(test, (struct sb_helper_command){
				     .op = SB_HELPER_CMD_DETACH, .bo = bo});
}

static uint32_t access_bo(Test *test, uint32_t op, uint32_t bo, uint64_t offset,
			  uint64_t len)
{
	return command(test, (struct sb_helper_command){.op = op,
							.bo = bo,
							.offset = offset,
							.len = len,
							.data = DATA});
}

static uint32_t job(Test *test, uint32_t bo, uint32_t number)
{
	return command(test, (struct sb_helper_command){.op = SB_HELPER_CMD_JOB,
							.bo = bo,
							.count = number});
}

static struct sb_event_page *event_page(Test *test)
{
	return (struct sb_event_page *)(void *)(test->ram + EVENT_PAGE);
}

/* Let time pass as a guest does, with a tick if the device asked for one. */
static void pass_time(Test *test, uint64_t ns)
{
	struct sb_event_page *page = event_page(test);
	uint32_t zero = 0;

	page->now_ns += ns;
	if (page->deadline_ns && page->now_ns >= page->deadline_ns)
		g_assert_cmpint(bus_write(test->bus, 0, test, SB_CTL_TICK,
					  &zero, sizeof(zero)),
				==, 0);
}

static bool interrupt(Test *test)
{
	uint32_t lines = event_page(test)->irq_raise;

	event_page(test)->irq_raise = 0;
	g_assert_cmphex(lines & ~(1u << SB_IRQ_HELPER), ==, 0);
	return lines;
}

static void rule(Test *test, const char *text)
{
	g_assert_cmpint(bus_faults_command(test->bus, text, strlen(text)), ==,
			0);
}

static void expect(Test *test, const char *text)
{
	g_assert_cmpint(bus_stamps_command(test->bus, text, strlen(text)), ==,
			0);
}

static void stamp(Test *test, unsigned int page, uint32_t bo, uint32_t number)
{
	const struct sb_stamp s = {SB_STAMP_MAGIC, bo, number, 1,
				   ~(bo ^ number ^ 1)};

	memcpy(test->ram + page * PAGE, &s, sizeof(s));
}

static void shows(Test *test, const char *path, const char *text)
{
	GBytes *bytes = node_show(test->device, path);

	if (!text) {
		g_assert_null(bytes);
		return;
	}
	g_assert_nonnull(bytes);
	assert_text(bytes, text);
}

static void leaks(Test *test, const char *text)
{
	assert_text(bus_leaks_text(test->bus), text);
}

/* The tests */

static void test_registers(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	uint64_t value = 0;

	g_assert_cmphex(rd(test, SB_HELPER_REG_ID), ==, SB_HELPER_ID);
	g_assert_cmphex(rd(test, SB_HELPER_REG_COMMAND), ==, 0);
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 0);
	for (size_t len = 1; len < 8; len *= 2) {
		g_assert_cmpint(bus_read(test->bus, 0, 0, &value, len), ==,
				-EINVAL);
		g_assert_cmpint(bus_write(test->bus, 0, test,
					  SB_HELPER_REG_COMMAND, &value, len),
				==, -EINVAL);
		violations(test, 2, "no such register");
	}
	g_assert_cmpint(bus_read(test->bus, 0, 0x18, &value, 8), ==, -EINVAL);
	g_assert_cmpint(bus_write(test->bus, 0, test, 0x18, &value, 8), ==,
			-EINVAL);
	violations(test, 2, "no such register");
	wr(test, SB_HELPER_REG_ID, 1);
	violations(test, 1, "identification");
	wr(test, SB_HELPER_REG_COMMAND, RAM_PAGES * PAGE - 8);
	violations(test, 1, "not in RAM");
	g_assert_cmpuint(command(test, (struct sb_helper_command){0}), ==,
			 EINVAL);
	g_assert_cmpuint(command(test, (struct sb_helper_command){.op = 1000}),
			 ==, EINVAL);
	violations(test, 2, "no such command: 1000");
}

static void test_attach(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	static const unsigned int runs[][2] = {
		{20, 2}, {22, 1}, {9, 1}, {0, 0}};
	g_auto(GStrv) names = NULL;

	g_assert_cmpuint(attach(test, 7, FREE, 1, SB_HELPER_CMD_KEPT), ==, 0);
	g_assert_cmpuint(attach_runs(test,
				     (struct sb_helper_command){
					     .bo = 5, .len = 4 * PAGE},
				     runs),
			 ==, 0);
	names = node_list(test->device, "bos");
	g_assert_cmpuint(g_strv_length(names), ==, 2);
	g_assert_cmpstr(names[0], ==, "5");
	g_assert_cmpstr(names[1], ==, "7");
	shows(test, "bos/5",
	      "size: 16384\nkept: no\n0x14000 3 pages\n0x9000 1 pages\n");
	shows(test, "bos/7", "size: 4096\nkept: yes\n0x8000 1 pages\n");
	shows(test, "bos/6", NULL);
	shows(test, "bos/", NULL);
	shows(test, "bos/5x", NULL);
	shows(test, "status",
	      "bos: 2\npages: 5\njobs: 0\nATTACH: 2 done, 0 refused\n");
	leaks(test, "helper.0 BO 5: 4 pages attached\n"
		    "helper.0 BO 7: 1 pages attached\n");

	g_assert_cmpuint(detach(test, 5), ==, 0);
	shows(test, "bos/5", NULL);
	g_assert_cmpuint(detach(test, 5), ==, ENXIO);
	violations(test, 1, "DETACH of BO 5: it is not attached");
	g_assert_cmpuint(detach(test, 7), ==, 0);
	leaks(test, "");
	g_assert_cmpuint(attach(test, 5, FREE, 2, 0), ==, 0);
	g_assert_cmpuint(detach(test, 5), ==, 0);
}

static void test_attach_refused(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	static const unsigned int none[][2] = {{0, 0}};
	static const unsigned int long_runs[][2] = {{8, 1}, {9, 2}, {0, 0}};
	static const unsigned int outside[][2] = {
		{8, 1}, {RAM_PAGES, 1}, {0, 0}};
	const struct sb_helper_run odd[] = {
		{8 * PAGE + 1, PAGE}, {8 * PAGE, 100}, {8 * PAGE, 0}};
	struct sb_helper_command cmd = {.bo = 1, .len = 2 * PAGE};

	g_assert_cmpuint(attach(test, 0, FREE, 1, 0), ==, EINVAL);
	g_assert_cmpuint(attach(test, 1, FREE, 1, 2), ==, EINVAL);
	violations(test, 2, "no such BO can be");
	cmd.len = 100;
	g_assert_cmpuint(attach_runs(test, cmd, long_runs), ==, EINVAL);
	cmd.len = 0;
	g_assert_cmpuint(attach_runs(test, cmd, long_runs), ==, EINVAL);
	cmd.len = 1ull << 40;
	g_assert_cmpuint(attach_runs(test, cmd, long_runs), ==, EINVAL);
	violations(test, 3, "no such BO can be");
	cmd.len = 2 * PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, none), ==, EFAULT);
	violations(test, 1, "0 runs");
	g_assert_cmpuint(attach_runs(test, cmd, long_runs), ==, EFAULT);
	violations(test, 1, "beyond the end");
	g_assert_cmpuint(attach_runs(test, cmd, outside), ==, EFAULT);
	violations(test, 1, "run 1");
	cmd.op = SB_HELPER_CMD_ATTACH;
	for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
		memcpy(test->ram + RUNS, &odd[i], sizeof(odd[i]));
		cmd.data = RUNS;
		cmd.count = 1;
		g_assert_cmpuint(command(test, cmd), ==, EFAULT);
		violations(test, 1, "not of whole pages");
	}
	cmd.data = RAM_PAGES * PAGE - 8;
	g_assert_cmpuint(command(test, cmd), ==, EFAULT);
	cmd.data = RUNS;
	cmd.count = ~0u;
	g_assert_cmpuint(command(test, cmd), ==, EFAULT);
	violations(test, 2, "not in RAM");
	cmd.offset = PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, long_runs), ==, EINVAL);
	violations(test, 1, "does not go on");
	/* None of that leaves anything behind. */
	leaks(test, "");

	g_assert_cmpuint(attach(test, 1, FREE, 2, 0), ==, 0);
	g_assert_cmpuint(attach(test, 1, FREE, 2, 0), ==, EEXIST);
	violations(test, 1, "ATTACH of BO 1: it is attached already");
	shows(test, "bos/1", "size: 8192\nkept: no\n0x8000 2 pages\n");
	g_assert_cmpuint(detach(test, 1), ==, 0);
}

static void test_attach_parts(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	static const unsigned int first[][2] = {{20, 2}, {0, 0}};
	static const unsigned int second[][2] = {{30, 1}, {0, 0}};
	static const unsigned int half_bad[][2] = {
		{30, 1}, {RAM_PAGES, 1}, {0, 0}};
	struct sb_helper_command cmd = {.bo = 1, .len = 3 * PAGE};

	g_assert_cmpuint(attach_runs(test, cmd, first), ==, 0);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 0, 8), ==,
			 ENXIO);
	g_assert_cmpuint(job(test, 1, 1), ==, ENXIO);
	violations(test, 2, "only 8192 of its 12288 bytes");
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, EEXIST);
	violations(test, 1, "attached already");
	cmd.offset = PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, EINVAL);
	cmd.offset = 2 * PAGE;
	cmd.flags = SB_HELPER_CMD_KEPT;
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, EINVAL);
	cmd.flags = 0;
	cmd.len = 4 * PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, EINVAL);
	violations(test, 3, "does not go on");
	cmd.len = 3 * PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, first), ==, EFAULT);
	violations(test, 1, "beyond the end");
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, 0);
	shows(test, "bos/1",
	      "size: 12288\nkept: no\n0x14000 2 pages\n0x1e000 1 pages\n");
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 0, 8), ==, 0);
	g_assert_cmpuint(attach_runs(test, cmd, second), ==, EEXIST);
	violations(test, 1, "attached already");
	g_assert_cmpuint(detach(test, 1), ==, 0);
	/* A BO that is attached in part can be detached as well. */
	cmd.offset = 0;
	cmd.len = 4 * PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, first), ==, 0);
	cmd.offset = 2 * PAGE;
	g_assert_cmpuint(attach_runs(test, cmd, half_bad), ==, EFAULT);
	violations(test, 1, "run 1");
	shows(test, "bos/1", "size: 16384\nkept: no\n0x14000 2 pages\n");
	g_assert_cmpuint(detach(test, 1), ==, 0);
	leaks(test, "");
}

static void test_access(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	static const unsigned int runs[][2] = {{20, 1}, {10, 1}, {0, 0}};

	attach_runs(test, (struct sb_helper_command){.bo = 1, .len = 2 * PAGE},
		    runs);
	memset(test->ram + DATA, 'x', 2 * PAGE);
	g_assert_cmpuint(
		access_bo(test, SB_HELPER_CMD_WRITE, 1, PAGE - 3, PAGE + 3), ==,
		0);
	g_assert_cmpint(test->ram[21 * PAGE - 4], ==, 0);
	g_assert_cmpint(test->ram[21 * PAGE - 3], ==, 'x');
	g_assert_cmpint(test->ram[21 * PAGE], ==, 0);
	g_assert_cmpint(test->ram[10 * PAGE - 1], ==, 0);
	g_assert_cmpint(test->ram[10 * PAGE], ==, 'x');
	g_assert_cmpint(test->ram[11 * PAGE - 1], ==, 'x');
	g_assert_cmpint(test->ram[11 * PAGE], ==, 0);
	test->ram[21 * PAGE - 1] = 'a';
	test->ram[10 * PAGE] = 'b';
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, PAGE - 1, 2),
			 ==, 0);
	g_assert_cmpmem(test->ram + DATA, 3, "abx", 3);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 2 * PAGE, 0),
			 ==, 0);

	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 2 * PAGE, 1),
			 ==, EINVAL);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_WRITE, 1, 1, 2 * PAGE),
			 ==, EINVAL);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, ~0ull, 2), ==,
			 EINVAL);
	violations(test, 3, "beyond its end");
	g_assert_cmpuint(command(test,
				 (struct sb_helper_command){
					 .op = SB_HELPER_CMD_READ,
					 .bo = 1,
					 .len = PAGE,
					 .data = RAM_PAGES * PAGE - 1,
				 }),
			 ==, EFAULT);
	violations(test, 1, "not in RAM");
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 2, 0, 1), ==,
			 ENXIO);
	violations(test, 1, "READ of BO 2: it is not attached");
	g_assert_cmpuint(detach(test, 1), ==, 0);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_WRITE, 1, 0, 1), ==,
			 ENXIO);
	violations(test, 1, "WRITE of BO 1: it is not attached");
	g_assert_cmpint(test->ram[20 * PAGE], ==, 0);
}

/* A page is freed and reused while the device has it. */
static void test_reused(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	static const char lost[] = "stamp: resource 3 page 1: expected BO 9 "
				   "page 1 generation 1, found no stamp but 0x";

	for (unsigned int i = 0; i < 4; i++)
		stamp(test, FREE + i, 9, i);
	attach(test, 3, FREE, 4, 0);
	expect(test, "expect helper.0 3 9 1\nexpect helper.1 3 1 1\n");
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 3, 0, 2 * PAGE),
			 ==, 0);
	g_assert_cmpuint(job(test, 3, 1), ==, 0);
	pass_time(test, JOB_NS);
	wr(test, SB_HELPER_REG_ENDED, 1);
	violations(test, 0, NULL);

	memset(test->ram + (FREE + 1) * PAGE, 0x6b, PAGE);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 3, 2 * PAGE, PAGE),
			 ==, 0);
	violations(test, 0, NULL);
	g_assert_cmpuint(
		access_bo(test, SB_HELPER_CMD_READ, 3, 2 * PAGE - 1, 1), ==, 0);
	violations(test, 1, lost);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_WRITE, 3, PAGE + 100, 1),
			 ==, 0);
	violations(test, 1, lost);
	g_assert_cmpuint(job(test, 3, 2), ==, 0);
	violations(test, 0, NULL);
	pass_time(test, JOB_NS);
	violations(test, 1, lost);
	/* The page of another BO. */
	stamp(test, FREE + 1, 8, 1);
	g_assert_cmpuint(detach(test, 3), ==, 0);
	violations(test, 1, "found BO 8 page 1 generation 1");
	assert_text(
		stamps_text(bus_stamps(test->bus)),
		"helper.0 resource 3 bo 9 generation 1 first-page 0 checked "
		"17 bad 4\n"
		"helper.1 resource 3 bo 1 generation 1 first-page 0 checked "
		"0 bad 0\n");
}

static void test_job(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	attach(test, 1, FREE, 1, 0);
	g_assert_cmpuint(job(test, 2, 1), ==, ENXIO);
	g_assert_cmpuint(job(test, 1, 0), ==, EINVAL);
	violations(test, 2, "no number for a job");
	g_assert_cmpuint(job(test, 1, 1), ==, 0);
	g_assert_cmpuint(job(test, 1, 1), ==, EEXIST);
	violations(test, 1, "there is a job 1 already");
	shows(test, "jobs", "1 bo 1 running\n");
	leaks(test, "helper.0 BO 1: 1 pages attached\n"
		    "helper.0 job 1 on BO 1: running\n");
	pass_time(test, JOB_NS / 2);
	g_assert_cmpuint(job(test, 1, 2), ==, 0);
	wr(test, SB_HELPER_REG_ENDED, 1);
	violations(test, 1, "acknowledged job 1");
	g_assert_false(interrupt(test));

	g_assert_cmpuint(detach(test, 1), ==, EBUSY);
	violations(test, 1, "DETACH of BO 1: job 1 is using it");
	pass_time(test, JOB_NS / 2);
	g_assert_true(interrupt(test));
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 1);
	shows(test, "jobs", "2 bo 1 running\n1 bo 1 ended, not acknowledged\n");
	pass_time(test, JOB_NS / 2);
	g_assert_true(interrupt(test));
	/* Reading does not acknowledge. */
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 1);
	wr(test, SB_HELPER_REG_ENDED, 2);
	violations(test, 1, "acknowledged job 2");
	wr(test, SB_HELPER_REG_ENDED, 1);
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 2);
	wr(test, SB_HELPER_REG_ENDED, 2);
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 0);
	shows(test, "jobs", "");
	g_assert_cmpuint(event_page(test)->deadline_ns, ==, 0);
	g_assert_cmpuint(detach(test, 1), ==, 0);
}

static void test_job_held(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	attach(test, 1, FREE, 1, 0);
	rule(test, "hold helper.0 JOB\nhold helper.1 *\n");
	g_assert_cmpuint(job(test, 1, 1), ==, 0);
	rule(test, "release helper.1 *\n");
	for (int i = 0; i < 5; i++) {
		pass_time(test, 1000 * JOB_NS);
		g_assert_false(interrupt(test));
		/* It polls again, but not at once. */
		g_assert_cmpuint(event_page(test)->deadline_ns, >,
				 event_page(test)->now_ns + JOB_NS);
		shows(test, "jobs", "1 bo 1 held\n");
		leaks(test, "helper.0 BO 1: 1 pages attached\n"
			    "helper.0 job 1 on BO 1: held\n");
	}
	g_assert_cmpuint(detach(test, 1), ==, EBUSY);
	violations(test, 1, "is using it");
	rule(test, "release helper.0 JOB\n");
	g_assert_true(interrupt(test));
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 1);
	wr(test, SB_HELPER_REG_ENDED, 1);

	rule(test, "delay helper.0 JOB 1000\n");
	g_assert_cmpuint(job(test, 1, 2), ==, 0);
	pass_time(test, JOB_NS + 999);
	g_assert_false(interrupt(test));
	pass_time(test, 1);
	g_assert_true(interrupt(test));
	wr(test, SB_HELPER_REG_ENDED, 2);

	rule(test, "clear\nfail helper.0 JOB 1\nfail helper.0 JOB 2 7\n"
		   "lose-irq helper.0 2\n");
	g_assert_cmpuint(job(test, 1, 3), ==, 0);
	g_assert_cmpuint(job(test, 1, 4), ==, 0);
	pass_time(test, JOB_NS);
	g_assert_true(interrupt(test));
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==,
			3 | (uint64_t)EIO << 32);
	wr(test, SB_HELPER_REG_ENDED, 3);
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 4 | 7ull << 32);
	wr(test, SB_HELPER_REG_ENDED, 4);
	rule(test, "lose-irq helper.0 1\n");
	g_assert_cmpuint(job(test, 1, 5), ==, 0);
	pass_time(test, JOB_NS);
	g_assert_false(interrupt(test));
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 5);
	g_assert_cmpuint(detach(test, 1), ==, 0);
}

/* Every job may use kept BOs; other BOs only if the job names them. */
static void test_kept(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	attach(test, 1, FREE, 1, SB_HELPER_CMD_KEPT);
	attach(test, 2, FREE + 1, 1, 0);
	attach(test, 3, FREE + 2, 1, 0);
	expect(test, "expect helper.0 1 1 1\nexpect helper.0 2 2 1\n");
	g_assert_cmpuint(job(test, 3, 1), ==, 0);
	pass_time(test, JOB_NS);
	violations(test, 1, "stamp: resource 1 page 0");
	/* A kept BO may be detached while a job runs; the job skips it. */
	g_assert_cmpuint(job(test, 3, 2), ==, 0);
	stamp(test, FREE, 1, 0);
	g_assert_cmpuint(detach(test, 1), ==, 0);
	pass_time(test, JOB_NS);
	violations(test, 0, NULL);
	expect(test, "clear");
	g_assert_cmpuint(detach(test, 2), ==, 0);
	g_assert_cmpuint(detach(test, 3), ==, 0);
}

static void test_stop(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	const struct sb_helper_command stop = {.op = SB_HELPER_CMD_STOP};
	const struct sb_helper_command bye = {.op = SB_HELPER_CMD_BYE};

	g_assert_cmpuint(command(test, bye), ==, 0);
	attach(test, 1, FREE, 1, 0);
	rule(test, "hold helper.0 JOB");
	job(test, 1, 1);
	g_assert_cmpuint(command(test, stop), ==, 0);
	rule(test, "clear");
	pass_time(test, 2 * JOB_NS);
	g_assert_false(interrupt(test));
	g_assert_cmphex(rd(test, SB_HELPER_REG_ENDED), ==, 0);
	g_assert_cmpuint(detach(test, 1), ==, 0);
	g_assert_cmpuint(command(test, bye), ==, 0);
	violations(test, 0, NULL);

	attach(test, 1, FREE, 1, 0);
	attach(test, 2, FREE, 1, 0);
	job(test, 1, 2);
	g_assert_cmpuint(command(test, bye), ==, 0);
	violations(test, 2, "BYE with 2 BOs attached");
	leaks(test, "");

	/* The guest is gone, and so is everything; that is no violation. */
	attach(test, 1, FREE, 1, 0);
	job(test, 1, 2);
	bus_close(test->bus, 0, test);
	leaks(test, "");
	shows(test, "status", "bos: 0\npages: 0\njobs: 0\n");
}

static void test_faults(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	rule(test, "fail helper.0 ATTACH 1\n");
	g_assert_cmpuint(attach(test, 1, FREE, 1, 0), ==, EIO);
	leaks(test, "");
	g_assert_cmpuint(attach(test, 1, FREE, 1, 0), ==, 0);
	rule(test, "fail helper.0 ACCESS 2 12\n");
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 0, 1), ==, 0);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_WRITE, 1, 0, 1), ==, 12);
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_WRITE, 1, 0, 1), ==, 0);
	rule(test, "fail helper.0 DETACH 1 16\n");
	g_assert_cmpuint(detach(test, 1), ==, EBUSY);
	leaks(test, "helper.0 BO 1: 1 pages attached\n");
	g_assert_cmpuint(detach(test, 1), ==, 0);
	/* A rule does not hide errors of a command. */
	rule(test, "fail helper.0 DETACH 1\nfail helper.0 ACCESS 1\n"
		   "fail helper.0 ATTACH 1\n");
	g_assert_cmpuint(detach(test, 1), ==, ENXIO);
	violations(test, 1, "it is not attached");
	g_assert_cmpuint(access_bo(test, SB_HELPER_CMD_READ, 1, 0, 1), ==,
			 ENXIO);
	violations(test, 1, "it is not attached");
	g_assert_cmpuint(attach(test, 0, FREE, 1, 0), ==, EINVAL);
	violations(test, 1, "no such BO can be");
	rule(test, "clear\n");
	/* Commands that take no time cannot be held. */
	rule(test, "hold helper.0 *\ndelay helper.0 * 5\n");
	g_assert_cmpuint(attach(test, 1, FREE, 1, 0), ==, 0);
	g_assert_cmpuint(detach(test, 1), ==, 0);
	shows(test, "status",
	      "bos: 0\npages: 0\njobs: 0\nATTACH: 2 done, 2 refused\n"
	      "DETACH: 2 done, 2 refused\nREAD: 1 done, 1 refused\n"
	      "WRITE: 1 done, 1 refused\n");
}

static void test_limits(Test *test, gconstpointer data G_GNUC_UNUSED)
{
	for (uint32_t i = 1; i <= 16384; i++)
		g_assert_cmpuint(attach(test, i, FREE, 1, 0), ==, 0);
	g_assert_cmpuint(attach(test, 16385, FREE, 1, 0), ==, ENOSPC);
	violations(test, 1, "too many BOs");
	rule(test, "hold helper.0 JOB");
	for (uint32_t i = 1; i <= 1024; i++)
		g_assert_cmpuint(job(test, 1, i), ==, 0);
	g_assert_cmpuint(job(test, 1, 1025), ==, EINVAL);
	violations(test, 1, "too many jobs");
}

#define ADD(name, function)                                                    \
	g_test_add("/helper/" name, Test, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("registers", test_registers);
	ADD("attach", test_attach);
	ADD("attach-refused", test_attach_refused);
	ADD("attach-parts", test_attach_parts);
	ADD("access", test_access);
	ADD("reused", test_reused);
	ADD("job", test_job);
	ADD("job-held", test_job_held);
	ADD("kept", test_kept);
	ADD("stop", test_stop);
	ADD("faults", test_faults);
	ADD("limits", test_limits);
	return g_test_run();
}
