// SPDX-License-Identifier: GPL-2.0-or-later
/* The Mali model, driven through its registers as panfrost drives it. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "panfrost-guest.h"
#include "rig.h"

#define RAM_SIZE (32u << 20)
#define PAGE 4096ull
#define BLOCK (2ull << 20)
#define JOB_NS 200000ull
#define RW PANFROST_RW

#define JOBS_VA 0x10000000ull /* two pages of descriptors */
#define DATA_VA 0x20000000ull /* sixteen pages of data */
#define DATA_PAGES 16u
#define HOLE_VA 0x30000000ull /* nothing is mapped here */

typedef struct {
	Rig rig;
	PanfrostGuest driver;
	uint64_t root;
	uint64_t jobs_pa;
	uint64_t data_pa;
} Test;

/* Registers */

static uint32_t rd(Test *test, uint64_t offset)
{
	return rig_read(&test->rig, offset);
}

static uint64_t rd64(Test *test, uint64_t offset)
{
	return rd(test, offset) | (uint64_t)rd(test, offset + 4) << 32;
}

static void wr(Test *test, uint64_t offset, uint32_t value)
{
	rig_write(&test->rig, offset, value);
}

static uint32_t raised(Test *test)
{
	return rig_raised(&test->rig);
}

/* Macros, so that a failure names the line of the test. */
#define assert_reads(test, reg, value) g_assert_cmphex(rd(test, reg), ==, value)
#define assert_reads64(test, reg, value)                                       \
	g_assert_cmphex(rd64(test, reg), ==, value)
#define assert_raised(test, lines) g_assert_cmphex(raised(test), ==, lines)

#define GPU_LINE (1u << SB_IRQ_PANFROST_GPU)
#define JOB_LINE (1u << SB_IRQ_PANFROST_JOB)
#define MMU_LINE (1u << SB_IRQ_PANFROST_MMU)

static void pass_time(Test *test, uint64_t ns)
{
	rig_pass_time(&test->rig, ns);
}

static void rule(Test *test, const char *text)
{
	rig_rule(&test->rig, text);
}

static void violations(Test *test, guint count, const char *last)
{
	rig_violations(&test->rig, count, last);
}

static char *show(Test *test, const char *path)
{
	return rig_show(&test->rig, path);
}

static void shows(Test *test, const char *path, const char *part)
{
	rig_shows(&test->rig, path, part);
}

static void leaks(Test *test, const char *part)
{
	rig_leaks(&test->rig, part);
}

/* Page tables */

static void map(Test *test, uint64_t root, uint64_t va, uint64_t pa,
		uint64_t bits)
{
	panfrost_map(&test->driver, root, va, pa, bits);
}

static void unmap(Test *test, uint64_t root, uint64_t va)
{
	panfrost_set_entry(&test->driver, root, va, 3, 0);
}

static void as_command(Test *test, unsigned int as, uint32_t command)
{
	wr(test, panfrost_as(as, AS_COMMAND), command);
}

static void flush(Test *test, unsigned int as, uint64_t va, unsigned int log2,
		  uint32_t command)
{
	panfrost_flush(&test->driver, as, va, log2, command);
}

static void set_table(Test *test, unsigned int as, uint64_t root)
{
	flush(test, as, 0, 64, AS_COMMAND_FLUSH_MEM);
	panfrost_set_root(&test->driver, as, root);
}

static void power_on(Test *test)
{
	panfrost_power_on(&test->driver);
}

static void unmask(Test *test)
{
	wr(test, GPU_INT_MASK,
	   GPU_IRQ_FAULT | GPU_IRQ_PERFCNT_SAMPLE_COMPLETED |
		   GPU_IRQ_CLEAN_CACHES_COMPLETED);
	wr(test, MMU_INT_CLEAR, ~0u);
	wr(test, MMU_INT_MASK, ~0u);
	wr(test, JOB_INT_CLEAR, 0x70007);
	wr(test, JOB_INT_MASK, 0x70007);
}

static void soft_reset(Test *test)
{
	wr(test, GPU_INT_MASK, 0);
	wr(test, GPU_CMD, GPU_CMD_SOFT_RESET);
	assert_reads(test, GPU_INT_RAWSTAT, GPU_IRQ_RESET_COMPLETED);
	wr(test, GPU_INT_CLEAR, ~0u);
	power_on(test);
	unmask(test);
	raised(test);
}

/* Jobs */

static PanfrostJob *job(Test *test, unsigned int n)
{
	return (PanfrostJob *)(test->rig.ram + test->jobs_pa) + n;
}

static uint64_t job_va(unsigned int n)
{
	return JOBS_VA + n * sizeof(PanfrostJob);
}

static PanfrostJob *header(Test *test, unsigned int n, unsigned int type,
			   unsigned int index)
{
	*job(test, n) = panfrost_job(type, index);
	return job(test, n);
}

static PanfrostJob *write_job(Test *test, unsigned int n, uint64_t va,
			      uint32_t type, uint64_t value)
{
	*job(test, n) = panfrost_write_job(n + 1, va, type, value);
	return job(test, n);
}

static PanfrostJob *our_job(Test *test, unsigned int n, uint32_t op,
			    uint64_t src, uint64_t dst, uint64_t len)
{
	const struct sb_panfrost_job ours = {
		.op = op, .src = src, .dst = dst, .len = len};

	*job(test, n) = panfrost_our_job(n + 1, ours);
	return job(test, n);
}

static void submit_to(Test *test, unsigned int slot, uint64_t head,
		      uint32_t config)
{
	g_assert_cmphex(rd(test, panfrost_js(slot, JS_COMMAND_NEXT)), ==, 0);
	panfrost_submit(&test->driver, slot, head, config);
}

static void submit(Test *test)
{
	submit_to(test, 1, job_va(0), 0);
}

/* What panfrost does in its interrupt thread for one slot. */
static uint32_t ack(Test *test, unsigned int slot)
{
	uint32_t raw = rd(test, JOB_INT_RAWSTAT);

	g_assert_true(raw & JOB_INT_SLOT(slot));
	wr(test, JOB_INT_CLEAR, raw);
	return raw;
}

#define assert_acked(test, slot, bits)                                         \
	g_assert_cmphex(ack(test, slot), ==, bits)

/* When its time is over, the chain of @slot is done. */
#define assert_done(test, slot)                                                \
	do {                                                                   \
		pass_time(test, JOB_NS);                                       \
		assert_acked(test, slot, JOB_INT_DONE(slot));                  \
	} while (0)

/* When its time is over, the chain of @slot has failed. */
#define assert_fails(test, slot)                                               \
	do {                                                                   \
		pass_time(test, JOB_NS);                                       \
		assert_acked(test, slot, JOB_INT_ERR(slot));                   \
	} while (0)

static void run_ok(Test *test)
{
	submit(test);
	assert_done(test, 1);
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_DONE);
}

static void run_fails(Test *test, uint32_t status)
{
	submit(test);
	assert_fails(test, 1);
	assert_reads(test, panfrost_js(1, JS_STATUS), status);
}

static uint64_t *data(Test *test, uint64_t offset)
{
	return (uint64_t *)(test->rig.ram + test->data_pa + offset);
}

static void write_ram(void *user, uint64_t pa, const void *bytes, size_t len)
{
	Test *test = user;

	g_assert_true(ram_write(test->rig.guest, pa, bytes, len));
}

static void write_register(void *user, uint32_t offset, uint32_t value)
{
	wr(user, offset, value);
}

static void setup(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	rig_init(&test->rig, "panfrost", RAM_SIZE);
	test->driver = (PanfrostGuest){
		.write_ram = write_ram,
		.write_register = write_register,
		.user = test,
		.free_page = 16 * PAGE,
	};
	panfrost_guest_init(&test->driver);

	test->root = panfrost_page(&test->driver);
	test->jobs_pa = panfrost_page(&test->driver);
	panfrost_page(&test->driver);
	test->data_pa = panfrost_page(&test->driver);
	for (unsigned int i = 1; i < DATA_PAGES; i++)
		panfrost_page(&test->driver);
	for (unsigned int i = 0; i < 2; i++)
		map(test, test->root, JOBS_VA + i * PAGE,
		    test->jobs_pa + i * PAGE, RW);
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		map(test, test->root, DATA_VA + i * PAGE,
		    test->data_pa + i * PAGE, RW | PTE_XN);
	soft_reset(test);
	set_table(test, 0, test->root);
}

static void teardown(Test *test, gconstpointer unused G_GNUC_UNUSED)
{
	panfrost_guest_clear(&test->driver);
	rig_clear(&test->rig);
}

/* GPU control */

static void test_features(Test *test)
{
	static const struct {
		uint32_t reg;
		uint32_t value;
	} features[] = {
		{GPU_ID, 0x08602000},
		{GPU_MMU_FEATURES, 0x2830},
		{GPU_AS_PRESENT, 0xff},
		{GPU_JS_PRESENT, 7},
		{GPU_PRESENT, 0xf},
		{GPU_PRESENT + 4, 0},
		{GPU_PRESENT + 0x10, 1},
		{GPU_PRESENT + 0x14, 0},
		{GPU_PRESENT + 0x20, 1},
		{GPU_PRESENT + 0x24, 0},
		{GPU_JS_FEATURES, 0x20e},
		/* what this GPU lacks */
		{GPU_JS_FEATURES + 12, 0},
		{GPU_COHERENCY_FEATURES + 0x10, 0},
		{GPU_STACK, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(features); i++)
		assert_reads(test, features[i].reg, features[i].value);
}

static void test_bad_registers(Test *test)
{
	static const uint64_t bad[] = {0x80,   0x400,  0x1018, 0x1980,
				       0x2010, 0x2600, 0x3000, 0xfffffc,
				       0x1828, 0x242c, 0x118,  0x130};
	uint64_t value = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_cmpint(test->rig.device->model->read(
					test->rig.device, bad[i], &value, 4),
				==, -EINVAL);
		g_assert_cmpint(test->rig.device->model->write(
					test->rig.device, bad[i], &value, 4),
				==, -EINVAL);
		violations(test, 2, "no such register");
	}
	/* widths and alignment */
	g_assert_cmpint(test->rig.device->model->read(test->rig.device, GPU_ID,
						      &value, 8),
			==, -EINVAL);
	g_assert_cmpint(test->rig.device->model->read(test->rig.device, GPU_ID,
						      &value, 1),
			==, -EINVAL);
	g_assert_cmpint(test->rig.device->model->write(test->rig.device,
						       GPU_CMD, &value, 2),
			==, -EINVAL);
	g_assert_cmpint(test->rig.device->model->read(test->rig.device,
						      GPU_ID + 2, &value, 4),
			==, -EINVAL);
	violations(test, 4, NULL);

	wr(test, GPU_ID, 1);
	wr(test, GPU_READY, 1);
	wr(test, GPU_INT_RAWSTAT, 1);
	wr(test, JOB_INT_JS_STATE, 1);
	wr(test, panfrost_js(0, JS_STATUS), 1);
	wr(test, panfrost_as(0, AS_FAULTSTATUS), 1);
	wr(test, panfrost_as(0, AS_STATUS), 1);
	violations(test, 7, "read-only");
	assert_reads(test, GPU_ID, 0x08602000);

	wr(test, GPU_CMD, 77);
	as_command(test, 0, 77);
	wr(test, panfrost_js(0, JS_COMMAND), JS_COMMAND_START);
	wr(test, panfrost_js(0, JS_COMMAND_NEXT), 77);
	violations(test, 4, "unknown");
}

static void test_power(Test *test)
{
	wr(test, GPU_PWROFF, 0xf);
	assert_reads(test, GPU_READY, 0);
	assert_reads(test, GPU_PWRTRANS, 0);
	assert_reads(test, GPU_READY + 0x20, 1);
	g_assert_true(rd(test, GPU_INT_RAWSTAT) & GPU_IRQ_POWER_CHANGED_ALL);
	wr(test, GPU_PWRON, 0xff); /* those not present are ignored */
	assert_reads(test, GPU_READY, 0xf);

	rule(test, "delay panfrost POWER 5000");
	wr(test, GPU_PWROFF, 0x3);
	assert_reads(test, GPU_READY, 0xf);
	assert_reads(test, GPU_PWRTRANS, 0x3);
	g_assert_cmpuint(test->rig.device->deadline_ns, ==,
			 test->rig.device->now_ns + 5000);
	pass_time(test, 5000);
	assert_reads(test, GPU_READY, 0xc);
	assert_reads(test, GPU_PWRTRANS, 0);

	rule(test, "clear\nhold panfrost POWER");
	wr(test, GPU_PWRON, 0x3);
	pass_time(test, 1000000000);
	assert_reads(test, GPU_PWRTRANS, 0x3);
	g_assert_cmpuint(test->rig.device->deadline_ns, ==,
			 test->rig.device->now_ns + 10000000);
	rule(test, "release panfrost POWER");
	assert_reads(test, GPU_READY, 0xf);
	g_assert_cmpuint(test->rig.device->deadline_ns, ==, 0);

	rule(test, "fail panfrost POWER 1");
	wr(test, GPU_PWROFF, 0xf);
	assert_reads(test, GPU_READY, 0xf);
	rule(test, "garbage panfrost POWER 1");
	wr(test, GPU_PWROFF, 0xf);
	g_assert_cmphex(rd(test, GPU_READY), !=, 0);
	g_assert_cmphex(rd(test, GPU_READY), !=, 0xf);
}

static void test_reset(Test *test)
{
	header(test, 0, JOB_TYPE_NULL, 1);
	wr(test, GPU_JM_CONFIG, 0x123);
	submit(test);
	wr(test, GPU_INT_MASK, GPU_IRQ_RESET_COMPLETED);
	wr(test, GPU_CMD, GPU_CMD_HARD_RESET);
	assert_reads(test, GPU_INT_RAWSTAT, GPU_IRQ_RESET_COMPLETED);
	assert_reads(test, GPU_INT_MASK, 0);
	assert_reads(test, GPU_READY, 0);
	assert_reads(test, GPU_JM_CONFIG, 0);
	assert_reads64(test, panfrost_as(0, AS_TRANSTAB), 0);
	assert_reads64(test, panfrost_js(1, JS_HEAD), 0);
	assert_reads(test, JOB_INT_MASK, 0);
	leaks(test, NULL);
	shows(test, "jobs", "killed by reset");
	pass_time(test, 10 * JOB_NS);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	g_assert_cmphex(job(test, 0)->status, ==, 0);

	rule(test, "hold panfrost RESET");
	wr(test, GPU_INT_CLEAR, ~0u);
	wr(test, GPU_CMD, GPU_CMD_SOFT_RESET);
	assert_reads(test, GPU_INT_RAWSTAT, 0);
	rule(test, "release panfrost RESET");
	assert_reads(test, GPU_INT_RAWSTAT, GPU_IRQ_RESET_COMPLETED);

	rule(test, "fail panfrost RESET 1");
	power_on(test);
	wr(test, GPU_INT_CLEAR, ~0u);
	wr(test, GPU_CMD, GPU_CMD_SOFT_RESET);
	assert_reads(test, GPU_INT_RAWSTAT, 0);
	assert_reads(test, GPU_READY, 0xf);
	rule(test, "garbage panfrost RESET 1");
	wr(test, GPU_CMD, GPU_CMD_SOFT_RESET);
	assert_reads(test, GPU_INT_RAWSTAT,
		     GPU_IRQ_RESET_COMPLETED | GPU_IRQ_FAULT);
	g_assert_cmphex(rd(test, GPU_FAULT_STATUS), !=, 0);
}

static void test_irq_level(Test *test)
{
	const uint32_t clean = GPU_IRQ_CLEAN_CACHES_COMPLETED;
	const struct {
		const char *what;
		uint32_t reg;
		uint32_t value;
		uint32_t raised;
		uint32_t stat;
	} steps[] = {
		{"an interrupt", GPU_CMD, GPU_CMD_CLEAN_CACHES, GPU_LINE,
		 clean},
		{"the same again", GPU_CMD, GPU_CMD_CLEAN_INV_CACHES, 0, clean},
		{"MASK leaves it pending", GPU_INT_MASK, clean, GPU_LINE,
		 clean},
		{"CLEAR leaves it pending", GPU_INT_CLEAR, GPU_IRQ_FAULT,
		 GPU_LINE, clean},
		{"masked", GPU_INT_MASK, 0, 0, 0},
		{"unmasked", GPU_INT_MASK, clean, GPU_LINE, clean},
		{"cleared", GPU_INT_CLEAR, clean, 0, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_test_message("%s", steps[i].what);
		wr(test, steps[i].reg, steps[i].value);
		assert_raised(test, steps[i].raised);
		assert_reads(test, GPU_INT_STAT, steps[i].stat);
	}

	rule(test, "lose-irq panfrost 1 0");
	wr(test, GPU_CMD, GPU_CMD_CLEAN_CACHES);
	assert_raised(test, 0);
	assert_reads(test, GPU_INT_STAT, clean);
}

static void test_irq_second_bit(Test *test)
{
	header(test, 0, JOB_TYPE_NULL, 1);
	submit_to(test, 0, job_va(0), 0);
	pass_time(test, JOB_NS);
	assert_raised(test, JOB_LINE);
	submit_to(test, 2, job_va(0), 0);
	assert_raised(test, 0);
	pass_time(test, JOB_NS);
	assert_raised(test, JOB_LINE);
	assert_reads(test, JOB_INT_RAWSTAT, 5);
	wr(test, JOB_INT_CLEAR, 1);
	assert_raised(test, JOB_LINE);
	wr(test, JOB_INT_CLEAR, 4);
	assert_raised(test, 0);
}

static void test_cycles(Test *test)
{
	g_assert_cmpuint(rd64(test, GPU_TIMESTAMP), ==,
			 test->rig.device->now_ns);
	pass_time(test, 1000);
	g_assert_cmpuint(rd64(test, GPU_CYCLE_COUNT), ==, 0);
	wr(test, GPU_CMD, GPU_CMD_CYCLE_COUNT_START);
	pass_time(test, 1000);
	g_assert_cmpuint(rd64(test, GPU_CYCLE_COUNT), ==, 500);
	wr(test, GPU_CMD, GPU_CMD_CYCLE_COUNT_STOP);
	pass_time(test, 1000);
	g_assert_cmpuint(rd64(test, GPU_CYCLE_COUNT), ==, 500);
}

static void perfcnt_on(Test *test, uint64_t va, uint32_t config)
{
	for (unsigned int i = 0; i < 5; i++)
		wr(test, GPU_PRFCNT_JM_EN + 4 * i, ~0u);
	panfrost_write64(&test->driver, GPU_PERFCNT_BASE, va);
	wr(test, GPU_PERFCNT_CFG, config);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_CLEAR);
}

static void test_perfcnt(Test *test)
{
	const uint32_t *words = (const uint32_t *)data(test, PAGE);

	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	violations(test, 1, "while they are off");
	perfcnt_on(test, DATA_VA + PAGE, 1);
	header(test, 0, JOB_TYPE_NULL, 1)->next = job_va(1);
	header(test, 1, JOB_TYPE_NULL, 2);
	run_ok(test);
	raised(test);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	assert_raised(test, GPU_LINE);
	assert_reads(test, GPU_INT_STAT, GPU_IRQ_PERFCNT_SAMPLE_COMPLETED);
	g_assert_cmphex(words[2], ==, ~0u);
	g_assert_cmphex(words[3], ==, 1);
	g_assert_cmphex(words[4], ==, 2); /* jobs */
	g_assert_cmphex(words[6 * 64 + 63], ==, 6 << 16 | 63);
	g_assert_cmphex(words[7 * 64], ==, 0);
	leaks(test, "performance counters");

	wr(test, GPU_PRFCNT_TILER_EN, 2);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	g_assert_cmphex(words[3], ==, 2);
	g_assert_cmphex(words[64 + 7], ==, 1 << 16 | 7);
	g_assert_cmphex(words[64 + 8], ==, 0);
}

static void test_perfcnt_fault(Test *test)
{
	perfcnt_on(test, HOLE_VA, 1);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	assert_reads(test, MMU_INT_RAWSTAT, 1);
	assert_reads(test, panfrost_as(0, AS_FAULTSTATUS), 0x3c2 & 0x3ff);
	g_assert_cmphex(rd(test, GPU_INT_RAWSTAT) &
				GPU_IRQ_PERFCNT_SAMPLE_COMPLETED,
			==, 0);
	perfcnt_on(test, DATA_VA, 1 | 5 << 4);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	violations(test, 1, "no table");
	g_assert_cmphex(rd(test, GPU_INT_STAT) & GPU_IRQ_FAULT, ==,
			GPU_IRQ_FAULT);
	assert_reads64(test, GPU_FAULT_ADDRESS, DATA_VA);

	/* a sample waits for a locked region */
	wr(test, GPU_INT_CLEAR, ~0u);
	perfcnt_on(test, DATA_VA, 1);
	panfrost_write64(&test->driver, panfrost_as(0, AS_LOCKADDR),
			 DATA_VA | 14);
	as_command(test, 0, AS_COMMAND_LOCK);
	wr(test, GPU_CMD, GPU_CMD_PERFCNT_SAMPLE);
	assert_reads(test, GPU_INT_STAT, 0);
	as_command(test, 0, AS_COMMAND_UNLOCK);
	assert_reads(test, GPU_INT_STAT, GPU_IRQ_PERFCNT_SAMPLE_COMPLETED);
	g_assert_cmphex(((uint32_t *)data(test, 0))[3], ==, 1);
}

/* Jobs */

static void test_write_values(Test *test)
{
	static const struct {
		uint32_t type;
		uint64_t expect;
	} kinds[] = {
		{WRITE_VALUE_ZERO, 0},
		{WRITE_VALUE_IMMEDIATE_8, 0xffffffffffffffef},
		{WRITE_VALUE_IMMEDIATE_16, 0xffffffffffffbeef},
		{WRITE_VALUE_IMMEDIATE_32, 0xffffffffdeadbeef},
		{WRITE_VALUE_IMMEDIATE_64, 0x01234567deadbeef},
		{WRITE_VALUE_TIMESTAMP, 1000000000 + JOB_NS},
		{WRITE_VALUE_CYCLE_COUNTER, JOB_NS / 2},
	};
	unsigned int count = G_N_ELEMENTS(kinds);

	wr(test, GPU_CMD, GPU_CMD_CYCLE_COUNT_START);
	for (unsigned int i = 0; i < count; i++) {
		PanfrostJob *desc =
			write_job(test, i, DATA_VA + 8 * i, kinds[i].type,
				  0x01234567deadbeef);

		*data(test, 8 * i) = ~0ull;
		desc->next = i + 1 < count ? job_va(i + 1) : 0;
		desc->control |= 1u << 8; /* barrier */
	}
	submit(test);
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_ACTIVE);
	assert_reads64(test, panfrost_js(1, JS_HEAD), job_va(0));
	g_assert_cmpuint(test->rig.device->deadline_ns, ==,
			 test->rig.device->now_ns + JOB_NS);
	leaks(test, "slot 1");
	pass_time(test, JOB_NS - 1);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	g_assert_cmphex(*data(test, 0), ==, ~0ull);
	pass_time(test, 1);
	assert_raised(test, JOB_LINE);
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_DONE);
	assert_reads64(test, panfrost_js(1, JS_TAIL), job_va(count - 1));
	for (unsigned int i = 0; i < count; i++) {
		g_assert_cmphex(*data(test, 8 * i), ==, kinds[i].expect);
		g_assert_cmphex(job(test, i)->status, ==, PANFROST_DONE);
	}
	g_assert_cmpuint(test->rig.device->deadline_ns, ==, 0);
	shows(test, "jobs", "jobs 7 status 0x1 DONE");
}

static void test_types(Test *test)
{
	for (unsigned int type = 0; type < 128; type++) {
		header(test, 0, type, 1);
		if ((type >= 1 && type <= 8) || type == SB_PANFROST_JOB_TYPE)
			continue; /* below, or with their payload */
		run_fails(test, PANFROST_JOB_CONFIG_FAULT);
		g_assert_cmphex(job(test, 0)->status, ==,
				PANFROST_JOB_CONFIG_FAULT);
	}
	for (unsigned int type = 1; type <= 8; type++) {
		if (type == JOB_TYPE_WRITE_VALUE)
			continue;
		header(test, 0, type, 1);
		run_ok(test);
	}
	/* fragment jobs belong to slot 0, and only they */
	header(test, 0, JOB_TYPE_FRAGMENT, 1);
	submit_to(test, 0, job_va(0), 0);
	assert_done(test, 0);
	header(test, 0, JOB_TYPE_TILER, 1);
	submit_to(test, 0, job_va(0), 0);
	assert_fails(test, 0);
}

static void test_dependencies(Test *test)
{
	header(test, 0, JOB_TYPE_NULL, 7)->next = job_va(1);
	header(test, 1, JOB_TYPE_NULL, 0xffff)->next = job_va(2);
	header(test, 2, JOB_TYPE_NULL, 3);
	job(test, 1)->depends[0] = 7;
	job(test, 2)->depends[0] = 0xffff;
	job(test, 2)->depends[1] = 7;
	run_ok(test);

	job(test, 1)->depends[1] = 3; /* comes later */
	run_fails(test, PANFROST_JOB_CONFIG_FAULT);
	g_assert_cmphex(job(test, 0)->status, ==, PANFROST_DONE);
	g_assert_cmphex(job(test, 1)->status, ==, PANFROST_JOB_CONFIG_FAULT);
	assert_reads64(test, panfrost_js(1, JS_TAIL), job_va(1));
	job(test, 1)->depends[1] = 99; /* no such */
	run_fails(test, PANFROST_JOB_CONFIG_FAULT);
}

#define HEADER(type) (1 | (type) << 1 | 1 << 16)
#define OURS(...)                                                              \
	{                                                                      \
		.control = HEADER(SB_PANFROST_JOB_TYPE), .ours = {             \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define WRITE_VALUE(...)                                                       \
	{                                                                      \
		.control = HEADER(JOB_TYPE_WRITE_VALUE), .write = {            \
			__VA_ARGS__                                            \
		}                                                              \
	}

static void test_malformed(Test *test)
{
	static const struct {
		const char *what;
		PanfrostJob job;
		unsigned int head; /* offset from where the job is */
	} bad[] = {
		{"misaligned next",
		 {.control = HEADER(JOB_TYPE_NULL), .next = JOBS_VA + 128 + 32},
		 0},
		{"misaligned head", {.control = HEADER(JOB_TYPE_NULL)}, 4},
		{"type 0 to write", WRITE_VALUE(DATA_VA, 0, 0, 0), 0},
		{"type 8 to write", WRITE_VALUE(DATA_VA, 8, 0, 0), 0},
		{"operation 0", OURS(.src = DATA_VA, .dst = DATA_VA, .len = 8),
		 0},
		{"misaligned stamps",
		 OURS(.op = SB_PANFROST_CHECK_STAMPS, .src = DATA_VA + 8,
		      .dst = DATA_VA, .len = 8),
		 0},
		{"a copy of all memory",
		 OURS(.op = SB_PANFROST_COPY, .src = DATA_VA, .dst = DATA_VA,
		      .len = ~0ull),
		 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%s", bad[i].what);
		*job(test, 0) = bad[i].job;
		submit_to(test, 1, job_va(0) + bad[i].head, 0);
		assert_fails(test, 1);
		assert_reads(test, panfrost_js(1, JS_STATUS),
			     PANFROST_JOB_CONFIG_FAULT);
	}
	/* 32-bit header: the upper half of next is no pointer */
	header(test, 0, JOB_TYPE_NULL, 1)->control &= ~1u;
	job(test, 0)->next = 0xdeadull << 32;
	run_ok(test);
}

static void test_no_write_back(Test *test)
{
	header(test, 0, JOB_TYPE_NULL, 1);
	submit_to(test, 1, job_va(0), JS_CONFIG_DISABLE_WRITE_BACK);
	assert_done(test, 1);
	g_assert_cmphex(job(test, 0)->status, ==, 0);
}

static uint64_t fnv(const uint8_t *bytes, size_t len)
{
	uint64_t hash = SB_FNV_OFFSET;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * SB_FNV_PRIME;
	return hash;
}

static void test_our_jobs(Test *test)
{
	uint8_t *bytes = (uint8_t *)data(test, 0);
	const uint64_t len = 3 * PAGE + 77;

	for (unsigned int i = 0; i < 4 * PAGE; i++)
		bytes[i] = i * 7 + i / 256;
	/* source and destination are not aligned, and differ in their offset */
	our_job(test, 0, SB_PANFROST_COPY, DATA_VA + 5,
		DATA_VA + 4 * PAGE + 1000, len)
		->next = job_va(1);
	our_job(test, 1, SB_PANFROST_CHECKSUM, DATA_VA + 5, DATA_VA + 12 * PAGE,
		len)
		->next = job_va(2);
	our_job(test, 2, SB_PANFROST_CHECKSUM, 0, DATA_VA + 12 * PAGE + 8, 0);
	bytes[4 * PAGE + 1000 + len] = 0xa5;
	run_ok(test);
	g_assert_cmpmem(bytes + 5, len, bytes + 4 * PAGE + 1000, len);
	g_assert_cmphex(bytes[4 * PAGE + 1000 + len], ==, 0xa5);
	g_assert_cmphex(bytes[4 * PAGE + 999], ==, 0);
	g_assert_cmphex(*data(test, 12 * PAGE), ==, fnv(bytes + 5, len));
	g_assert_cmphex(*data(test, 12 * PAGE + 8), ==, SB_FNV_OFFSET);
}

static void stamp(Test *test, unsigned int page, uint32_t bo, uint32_t number,
		  uint32_t generation)
{
	struct sb_stamp stamp = {SB_STAMP_MAGIC, bo, number, generation,
				 ~(bo ^ number ^ generation)};

	memcpy(data(test, page * PAGE), &stamp, sizeof(stamp));
}

static void expect_stamps(Test *test, const char *text)
{
	g_assert_cmpint(stamps_command(test->rig.stamps, text, strlen(text)),
			==, 0);
}

static void test_stamps(Test *test)
{
	PanfrostJob *desc = our_job(test, 0, SB_PANFROST_CHECK_STAMPS, DATA_VA,
				    DATA_VA + 8 * PAGE, 4 * PAGE);

	desc->ours.bo = 3;
	desc->ours.first_page = 10;
	desc->ours.generation = 2;
	for (unsigned int i = 0; i < 4; i++)
		stamp(test, i, 3, 10 + i, 2);
	run_ok(test);
	g_assert_cmpuint(*data(test, 8 * PAGE), ==, 4);
	stamp(test, 2, 3, 12, 1); /* an old generation */
	run_ok(test);
	g_assert_cmpuint(*data(test, 8 * PAGE), ==, 3);

	/* the declared ones are checked at every access */
	for (unsigned int i = 0; i < 4; i++)
		stamp(test, i, 9, i, 1);
	expect_stamps(test, "expect panfrost 0 0x20000000 4 9 1");
	our_job(test, 0, SB_PANFROST_COPY, DATA_VA + 100, DATA_VA + 8 * PAGE,
		3 * PAGE);
	run_ok(test);
	violations(test, 0, NULL);
	stamp(test, 1, 9, 2, 1);
	run_ok(test);
	violations(test, 1, "found BO 9 page 2");
	/* a write is checked as well, in any address space */
	expect_stamps(test, "clear\nexpect panfrost * 0x20000000 4 9 1");
	write_job(test, 0, DATA_VA + PAGE + 512, WRITE_VALUE_ZERO, 0);
	run_ok(test);
	violations(test, 1, NULL);
	/* a page that is not there */
	unmap(test, test->root, DATA_VA + PAGE);
	flush(test, 0, DATA_VA, 16, AS_COMMAND_FLUSH_PT);
	submit(test);
	pass_time(test, JOB_NS);
	violations(test, 1, "found no page");
}

/* Job slots */

static void test_queue(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	write_job(test, 1, DATA_VA + 8, WRITE_VALUE_IMMEDIATE_64, 2);
	submit(test);
	submit_to(test, 1, job_va(1), JS_CONFIG_CHAIN_FLAG);
	assert_reads(test, panfrost_js(1, JS_COMMAND_NEXT), 1);
	assert_reads64(test, panfrost_js(1, JS_HEAD), job_va(0));
	leaks(test, "waits to run");
	wr(test, panfrost_js(1, JS_CONFIG_NEXT), 0);
	violations(test, 1, "changed while it waits");
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_START);
	violations(test, 1, "still waiting");

	pass_time(test, JOB_NS);
	g_assert_cmphex(*data(test, 0), ==, 1);
	g_assert_cmphex(*data(test, 8), ==, 0);
	assert_acked(test, 1, JOB_INT_DONE(1));
	assert_reads(test, JOB_INT_JS_STATE, 2);
	assert_reads64(test, panfrost_js(1, JS_HEAD), job_va(1));
	pass_time(test, JOB_NS);
	g_assert_cmphex(*data(test, 8), ==, 2);
	/* JS_STATE is a sample, taken by CLEAR of that slot */
	assert_reads(test, JOB_INT_JS_STATE, 2);
	wr(test, JOB_INT_CLEAR, JOB_INT_SLOT(0));
	assert_reads(test, JOB_INT_JS_STATE, 2);
	ack(test, 1);
	assert_reads(test, JOB_INT_JS_STATE, 0);
	leaks(test, "AS 0: 18 pages mapped\n");
}

static void test_next_after_failure(Test *test)
{
	header(test, 0, 0x33, 1);
	write_job(test, 1, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 2);
	submit(test);
	submit_to(test, 1, job_va(1), 0);
	pass_time(test, JOB_NS);
	/* the next chain waits: the driver may cancel it and start it again */
	assert_reads(test, panfrost_js(1, JS_COMMAND_NEXT), 1);
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_NOP);
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_START);
	pass_time(test, 2 * JOB_NS);
	g_assert_cmphex(*data(test, 0), ==, 0);
	assert_reads(test, panfrost_js(1, JS_STATUS),
		     PANFROST_JOB_CONFIG_FAULT);
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_NOP);
	ack(test, 1);
	pass_time(test, 2 * JOB_NS);
	g_assert_cmphex(*data(test, 0), ==, 0);
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_START);
	pass_time(test, JOB_NS);
	g_assert_cmphex(*data(test, 0), ==, 2);
	assert_acked(test, 1, JOB_INT_DONE(1));

	submit(test);
	submit_to(test, 1, job_va(1), 0);
	pass_time(test, JOB_NS);
	ack(test, 1);
	/* not cancelled: the acknowledgement starts it */
	assert_reads(test, JOB_INT_JS_STATE, 2);
	assert_done(test, 1);
}

/* A chain without end runs in slices until it is stopped. */
static void test_endless(Test *test)
{
	const uint64_t slice_ns = 1000000;

	header(test, 0, JOB_TYPE_NULL, 1)->next = job_va(0);
	submit(test);
	pass_time(test, JOB_NS);
	shows(test, "counters", "\njobs 1024\n");
	for (unsigned int i = 2; i < 200; i++) {
		g_assert_cmpuint(test->rig.device->deadline_ns, ==,
				 test->rig.device->now_ns + slice_ns);
		pass_time(test, slice_ns);
	}
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_ACTIVE);
	shows(test, "counters", "\njobs 203776\n"); /* 199 slices */

	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_SOFT_STOP);
	assert_acked(test, 1, JOB_INT_ERR(1));
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_STOPPED);
	assert_reads64(test, panfrost_js(1, JS_TAIL), job_va(0));

	/* the driver continues it after a soft stop, until a hard stop */
	submit(test);
	pass_time(test, JOB_NS + slice_ns);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_HARD_STOP);
	assert_acked(test, 1, JOB_INT_ERR(1));
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_TERMINATED);

	submit(test);
	pass_time(test, JOB_NS + slice_ns);
	soft_reset(test);
	shows(test, "jobs", "killed by reset");
	leaks(test, NULL);
}

static void test_soft_stop(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1)->next =
		job_va(1);
	write_job(test, 1, HOLE_VA, WRITE_VALUE_IMMEDIATE_64, 2)->depends[0] =
		1;
	wr(test, panfrost_js(1, JS_COMMAND),
	   JS_COMMAND_SOFT_STOP); /* idle: nothing */
	submit(test);
	pass_time(test, JOB_NS);
	wr(test, panfrost_js(1, JS_COMMAND),
	   JS_COMMAND_SOFT_STOP_1); /* not this one */
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_SOFT_STOP_0);
	assert_acked(test, 1, JOB_INT_ERR(1));
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_STOPPED);
	assert_reads64(test, panfrost_js(1, JS_TAIL), job_va(1));
	g_assert_cmphex(job(test, 1)->status, ==, 0);

	/* after a reset it goes on where it was; job 0 counts as completed */
	soft_reset(test);
	set_table(test, 0, test->root);
	map(test, test->root, HOLE_VA, test->data_pa + PAGE, RW);
	submit_to(test, 1, job_va(1), 0);
	assert_done(test, 1);
	g_assert_cmphex(*data(test, PAGE), ==, 2);
	/* but only once */
	submit_to(test, 1, job_va(1), 0);
	assert_fails(test, 1);
}

static void test_stop_commands(Test *test)
{
	static const struct {
		uint32_t command;
		uint32_t flag; /* of the chain */
		uint32_t status;
		uint32_t in_header;
	} stops[] = {
		{JS_COMMAND_SOFT_STOP, 0, PANFROST_STOPPED, 0},
		{JS_COMMAND_SOFT_STOP, 1, PANFROST_STOPPED, 0},
		{JS_COMMAND_SOFT_STOP_0, 0, PANFROST_STOPPED, 0},
		{JS_COMMAND_SOFT_STOP_0, 1, PANFROST_ACTIVE, 0},
		{JS_COMMAND_SOFT_STOP_1, 0, PANFROST_ACTIVE, 0},
		{JS_COMMAND_SOFT_STOP_1, 1, PANFROST_STOPPED, 0},
		{JS_COMMAND_HARD_STOP, 0, PANFROST_TERMINATED,
		 PANFROST_TERMINATED},
		{JS_COMMAND_HARD_STOP, 1, PANFROST_TERMINATED,
		 PANFROST_TERMINATED},
		{JS_COMMAND_HARD_STOP_0, 0, PANFROST_TERMINATED,
		 PANFROST_TERMINATED},
		{JS_COMMAND_HARD_STOP_0, 1, PANFROST_ACTIVE, 0},
		{JS_COMMAND_HARD_STOP_1, 0, PANFROST_ACTIVE, 0},
		{JS_COMMAND_HARD_STOP_1, 1, PANFROST_TERMINATED,
		 PANFROST_TERMINATED},
		{JS_COMMAND_NOP, 0, PANFROST_ACTIVE, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(stops); i++) {
		bool runs = stops[i].status == PANFROST_ACTIVE;

		g_test_message("command %u, flag %u", stops[i].command,
			       stops[i].flag);
		*data(test, 0) = 0;
		write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
		submit_to(test, 1, job_va(0),
			  stops[i].flag ? JS_CONFIG_CHAIN_FLAG : 0);
		wr(test, panfrost_js(1, JS_COMMAND), stops[i].command);
		assert_reads(test, JOB_INT_RAWSTAT, runs ? 0 : JOB_INT_ERR(1));
		assert_reads(test, panfrost_js(1, JS_STATUS), stops[i].status);
		g_assert_cmphex(job(test, 0)->status, ==, stops[i].in_header);
		pass_time(test, 2 * JOB_NS);
		g_assert_cmphex(*data(test, 0), ==, runs);
		ack(test, 1);
	}
}

static void test_hold(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	rule(test, "hold panfrost JOB");
	submit(test);
	pass_time(test, 1000 * JOB_NS);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	g_assert_cmpuint(test->rig.device->deadline_ns, ==,
			 test->rig.device->now_ns + 10000000);
	shows(test, "slots/1", "state: held");
	rule(test, "release panfrost JOB");
	assert_raised(test, JOB_LINE);
	assert_acked(test, 1, JOB_INT_DONE(1));
	g_assert_cmphex(*data(test, 0), ==, 1);

	/* a held job can be stopped */
	rule(test, "hold panfrost JOB");
	submit(test);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_SOFT_STOP);
	assert_acked(test, 1, JOB_INT_ERR(1));
}

static void test_hang(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	rule(test, "hang panfrost JOB");
	submit(test);
	pass_time(test, 1000 * JOB_NS);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_SOFT_STOP);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_HARD_STOP);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	shows(test, "slots/1", "state: hung");
	soft_reset(test);
	shows(test, "slots/1", "state: idle");
	rule(test, "clear");
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	g_assert_cmphex(*data(test, 0), ==, 0);
}

static void test_job_faults(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	rule(test, "delay panfrost JOB 1000000");
	submit(test);
	pass_time(test, JOB_NS + 999999);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	pass_time(test, 1);
	assert_acked(test, 1, JOB_INT_DONE(1));

	*data(test, 0) = 0;
	rule(test, "clear\nfail panfrost JOB 1 0x48");
	run_fails(test, PANFROST_JOB_BUS_FAULT);
	g_assert_cmphex(job(test, 0)->status, ==, PANFROST_JOB_BUS_FAULT);
	rule(test, "fail panfrost JOB 1");
	run_fails(test, PANFROST_DATA_INVALID_FAULT);
	g_assert_cmphex(*data(test, 0), ==, 0);
	rule(test, "garbage panfrost JOB 1");
	submit(test);
	pass_time(test, JOB_NS);
	ack(test, 1);
	g_assert_cmphex(rd(test, panfrost_js(1, JS_STATUS)), >, 0xff);
	run_ok(test);
}

static void test_bad_start(Test *test)
{
	static const struct {
		uint32_t off; /* shader cores that are switched off before */
		uint32_t config;
		const char *violation;
		uint32_t status;
	} starts[] = {
		{0, 3, "AS 3, which has no table", PANFROST_JOB_READ_FAULT},
		{0, 9, "AS 9: no such", PANFROST_JOB_CONFIG_FAULT},
		{0x1, 0, "not ready", PANFROST_JOB_POWER_FAULT},
	};

	header(test, 0, JOB_TYPE_NULL, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
		wr(test, GPU_PWROFF, starts[i].off);
		submit_to(test, 1, job_va(0), starts[i].config);
		violations(test, 1, starts[i].violation);
		assert_fails(test, 1);
		assert_reads(test, panfrost_js(1, JS_STATUS), starts[i].status);
		power_on(test);
	}
	submit(test);
	wr(test, GPU_PWROFF + 0x20, 1);
	violations(test, 1, "powered off while slot 1");
	assert_fails(test, 1);
}

/* Address spaces */

static void test_heap_fault(Test *test)
{
	write_job(test, 0, HOLE_VA + 0x1238, WRITE_VALUE_IMMEDIATE_64, 5);
	submit(test);
	pass_time(test, JOB_NS);
	assert_raised(test, MMU_LINE);
	assert_reads(test, MMU_INT_STAT, 1);
	assert_reads(test, panfrost_as(0, AS_FAULTSTATUS), 0x3c2);
	assert_reads64(test, panfrost_as(0, AS_FAULTADDRESS), HOLE_VA + 0x1238);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	shows(test, "slots/1", "waiting for a page fault");
	g_assert_cmpuint(test->rig.device->deadline_ns, ==, 0);

	/* as panfrost_mmu_irq_handler() goes about it */
	wr(test, MMU_INT_MASK, 0);
	wr(test, MMU_INT_CLEAR, 0x10001);
	map(test, test->root, HOLE_VA + PAGE, test->data_pa, RW | PTE_XN);
	flush(test, 0, HOLE_VA, 21, AS_COMMAND_FLUSH_PT);
	wr(test, MMU_INT_MASK, ~0u);
	assert_acked(test, 1, JOB_INT_DONE(1));
	g_assert_cmphex(*data(test, 0x238), ==, 5);

	/* a flush that does not help: the fault comes again */
	write_job(test, 0, HOLE_VA + 2 * PAGE, WRITE_VALUE_IMMEDIATE_64, 5);
	submit(test);
	pass_time(test, JOB_NS);
	assert_reads(test, panfrost_as(0, AS_FAULTSTATUS), 0x3c3);
	wr(test, MMU_INT_CLEAR, 1);
	flush(test, 0, DATA_VA, 21, AS_COMMAND_FLUSH_PT);
	assert_reads(test, MMU_INT_STAT, 1);
	wr(test, panfrost_js(1, JS_COMMAND), JS_COMMAND_HARD_STOP);
	ack(test, 1);
}

static void test_terminal_fault(Test *test)
{
	our_job(test, 0, SB_PANFROST_CHECKSUM, HOLE_VA, DATA_VA, 8);
	header(test, 1, JOB_TYPE_NULL, 1);
	submit(test);
	submit_to(test, 1, job_va(1), 0);
	pass_time(test, JOB_NS);
	assert_reads(test, panfrost_as(0, AS_FAULTSTATUS), 0x2c2);
	wr(test, MMU_INT_CLEAR, 0x10001);
	set_table(test, 0, 0);
	assert_reads(test, JOB_INT_RAWSTAT, JOB_INT_ERR(1));
	assert_reads(test, panfrost_js(1, JS_STATUS), PANFROST_JOB_READ_FAULT);
	g_assert_cmphex(job(test, 0)->status, ==, PANFROST_JOB_READ_FAULT);
	g_assert_cmphex(job(test, 0)->fault_pointer, ==, HOLE_VA);
	shows(test, "as/0/info", "taken away after a fault");
	/* the next chain, started on the space without a table, fails */
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_NOP);
	ack(test, 1);
	wr(test, panfrost_js(1, JS_COMMAND_NEXT), JS_COMMAND_START);
	assert_fails(test, 1);
	violations(test, 0, NULL);

	set_table(test, 0, test->root);
	header(test, 0, JOB_TYPE_NULL, 1);
	run_ok(test);
	/* starting a job is a violation if the table went without a fault */
	set_table(test, 0, 0);
	submit(test);
	violations(test, 1, "no table");
	pass_time(test, JOB_NS);
	ack(test, 1);
}

/**
 * Walk - an access that faults
 *
 * @level, @entry: put this entry there first; 0: none
 * @status: AS_FAULTSTATUS: the code, its level, and 0x200 (read) or 0x300
 * @bit: of MMU_INT_RAWSTAT
 * @violation: NULL: none
 */
typedef struct {
	const char *name;
	uint64_t va;
	bool write;
	unsigned int level;
	uint64_t entry;
	uint32_t status;
	uint32_t bit;
	const char *violation;
} Walk;

#define FAR (1ull << 36) /* outside RAM */

static const Walk walks[] = {
	{"level-0", 1ull << 40, true, 0, 0, 0x3c0, 1, NULL},
	{"level-1", 5ull << 30, true, 0, 0, 0x3c1, 1, NULL},
	{"level-2", DATA_VA + BLOCK, true, 0, 0, 0x3c2, 1, NULL},
	{"level-3", DATA_VA + DATA_PAGES *PAGE, true, 0, 0, 0x3c3, 1, NULL},
	{"read", HOLE_VA, false, 0, 0, 0x2c2, 1, NULL},
	{"address-size", 1ull << 50, true, 0, 0, 0x3e0, 1, NULL},
	{"no-write", HOLE_VA, true, 3, FAR | PTE_READ | PTE_TYPE_LEAF, 0x3cb, 1,
	 NULL},
	{"no-read", HOLE_VA, false, 3, FAR | PTE_WRITE | PTE_TYPE_LEAF, 0x2cb,
	 1, NULL},
	{"table-outside-ram", HOLE_VA, true, 2, FAR | PTE_TYPE_TABLE, 0x3d3,
	 0x10000, "table of level 3 is outside RAM"},
	{"table-at-level-3", HOLE_VA, true, 3, PAGE | RW | PTE_TYPE_TABLE,
	 0x3c3, 1, "malformed entry at level 3"},
	{"misaligned-block", HOLE_VA, true, 2, PAGE | RW | PTE_TYPE_LEAF, 0x3c2,
	 1, "malformed entry at level 2"},
};

static void test_walk(Test *test, gconstpointer data)
{
	const Walk *walk = data;

	if (walk->entry)
		panfrost_set_entry(&test->driver, test->root, walk->va,
				   walk->level, walk->entry);
	if (walk->write)
		write_job(test, 0, walk->va + 8, WRITE_VALUE_ZERO, 0);
	else
		our_job(test, 0, SB_PANFROST_CHECKSUM, walk->va + 8, DATA_VA,
			8);
	submit(test);
	pass_time(test, JOB_NS);
	if (walk->violation)
		violations(test, 1, walk->violation);
	assert_reads(test, panfrost_as(0, AS_FAULTSTATUS), walk->status);
	assert_reads64(test, panfrost_as(0, AS_FAULTADDRESS), walk->va + 8);
	assert_reads(test, MMU_INT_STAT, walk->bit);
	assert_reads(test, JOB_INT_RAWSTAT, 0);

	/* panfrost gives up */
	wr(test, MMU_INT_CLEAR, ~0u);
	set_table(test, 0, 0);
	assert_reads(test, panfrost_js(1, JS_STATUS),
		     walk->write ? PANFROST_JOB_WRITE_FAULT
				 : PANFROST_JOB_READ_FAULT);
	g_assert_cmphex(job(test, 0)->fault_pointer, ==, walk->va + 8);
	assert_acked(test, 1, JOB_INT_ERR(1));
}

static void test_block(Test *test)
{
	panfrost_set_entry(&test->driver, test->root, HOLE_VA, 2,
			   (4ull << 20) | RW | PTE_TYPE_LEAF);
	write_job(test, 0, HOLE_VA + 0x123450, WRITE_VALUE_IMMEDIATE_64, 77);
	run_ok(test);
	g_assert_cmphex(*(uint64_t *)(test->rig.ram + (4 << 20) + 0x123450), ==,
			77);
	shows(test, "as/0/map",
	      "0x000030000000 512 pages pa 0x000000400000 rwx\n");
	shows(test, "as/0/info", "mapped: 530 pages");
}

static void test_two_faults(Test *test)
{
	write_job(test, 0, HOLE_VA, WRITE_VALUE_ZERO, 0);
	write_job(test, 1, HOLE_VA + BLOCK, WRITE_VALUE_ZERO, 0);
	submit_to(test, 1, job_va(0), 0);
	submit_to(test, 2, job_va(1), 0);
	pass_time(test, JOB_NS);
	/* the registers have the first fault, and the second one after a retry */
	assert_reads64(test, panfrost_as(0, AS_FAULTADDRESS), HOLE_VA);
	wr(test, MMU_INT_CLEAR, 1);
	map(test, test->root, HOLE_VA, test->data_pa, RW);
	flush(test, 0, HOLE_VA, 21, AS_COMMAND_FLUSH_PT);
	assert_acked(test, 1, JOB_INT_DONE(1));
	assert_reads(test, MMU_INT_STAT, 1);
	assert_reads64(test, panfrost_as(0, AS_FAULTADDRESS), HOLE_VA + BLOCK);
	wr(test, MMU_INT_CLEAR, 1);
	map(test, test->root, HOLE_VA + BLOCK, test->data_pa, RW);
	flush(test, 0, HOLE_VA + BLOCK, 21, AS_COMMAND_FLUSH_PT);
	assert_acked(test, 2, JOB_INT_DONE(2));
}

static void test_reset_empties_tlb(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	run_ok(test);
	soft_reset(test);
	map(test, test->root, DATA_VA, test->data_pa + 5 * PAGE, RW);
	panfrost_write64(&test->driver, panfrost_as(0, AS_TRANSTAB),
			 test->root | 7);
	as_command(test, 0, AS_COMMAND_UPDATE);
	run_ok(test);
	g_assert_cmphex(*data(test, 5 * PAGE), ==, 1);
}

static void test_outside_ram(Test *test)
{
	map(test, test->root, HOLE_VA, 1ull << 36, RW);
	write_job(test, 0, HOLE_VA, WRITE_VALUE_ZERO, 0);
	run_fails(test, PANFROST_JOB_BUS_FAULT);
	violations(test, 1, "outside RAM");
	g_assert_cmphex(job(test, 0)->status, ==, PANFROST_JOB_BUS_FAULT);

	set_table(test, 1, 1ull << 36);
	violations(test, 1, "table 0x1000000000 is outside RAM");
	panfrost_write64(&test->driver, panfrost_as(1, AS_TRANSTAB), 2);
	as_command(test, 1, AS_COMMAND_UPDATE);
	violations(test, 1, "not a table");
}

/* TRANSCFG decides whether TRANSTAB counts. */
static void test_transcfg(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	panfrost_write64(&test->driver, panfrost_as(0, AS_TRANSCFG),
			 AS_TRANSCFG_LEGACY);
	set_table(test, 0, test->root);
	run_ok(test);

	panfrost_write64(&test->driver, panfrost_as(0, AS_TRANSCFG),
			 AS_TRANSCFG_UNMAPPED);
	set_table(test, 0, test->root);
	violations(test, 1, ", but unmapped");
	submit(test);
	violations(test, 1, "no table");
	pass_time(test, JOB_NS);
	ack(test, 1);
	set_table(test, 0, 0);

	panfrost_write64(&test->driver, panfrost_as(1, AS_TRANSCFG), 6);
	set_table(test, 1, test->root);
	violations(test, 1, "TRANSCFG 0x6, which is neither");
	soft_reset(test);
	assert_reads64(test, panfrost_as(1, AS_TRANSCFG), 0);
}

static void test_loop(Test *test)
{
	uint64_t *top = (uint64_t *)(test->rig.ram + test->root);

	/* a table that is its own: finite */
	for (unsigned int i = 0; i < 512; i++)
		top[i] = test->root | PTE_TYPE_TABLE;
	shows(test, "as/0/map", "(cut short)");
	for (unsigned int i = 0; i < 512; i += 2)
		top[i] = test->root | RW | PTE_TYPE_LEAF;
	shows(test, "as/0/map", "(cut short)");
	leaks(test, "pages mapped");
}

static void test_stale_tlb(Test *test)
{
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	run_ok(test);
	/* remapped without a flush: the old page is used: a violation */
	map(test, test->root, DATA_VA, test->data_pa + 5 * PAGE, RW);
	our_job(test, 0, SB_PANFROST_COPY, DATA_VA, DATA_VA + 3 * PAGE, 8);
	run_ok(test);
	violations(test, 1, "stale TLB entry used: AS 0 address 0x20000000");
	g_assert_cmphex(*data(test, 3 * PAGE), ==, 1);
	/* a write is dropped, and not counted twice */
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 2);
	run_ok(test);
	violations(test, 0, NULL);
	g_assert_cmphex(*data(test, 0), ==, 1);
	g_assert_cmphex(*data(test, 5 * PAGE), ==, 0);
	/* the flush of another range does not help */
	flush(test, 0, DATA_VA + BLOCK, 21, AS_COMMAND_FLUSH_PT);
	run_ok(test);
	g_assert_cmphex(*data(test, 5 * PAGE), ==, 0);
	flush(test, 0, DATA_VA, 15, AS_COMMAND_FLUSH_PT);
	run_ok(test);
	g_assert_cmphex(*data(test, 5 * PAGE), ==, 2);

	/* only the permissions changed */
	map(test, test->root, DATA_VA, test->data_pa + 5 * PAGE, PTE_READ);
	run_ok(test);
	violations(test, 1, NULL);
	map(test, test->root, DATA_VA, test->data_pa + 5 * PAGE, RW);
	flush(test, 0, DATA_VA, 15, AS_COMMAND_FLUSH_PT);
	run_ok(test);

	/* unmapped without a flush */
	unmap(test, test->root, DATA_VA);
	run_ok(test);
	violations(test, 1, "maps nothing");
	/* unmapped with one */
	flush(test, 0, DATA_VA, 15, AS_COMMAND_FLUSH_MEM);
	submit(test);
	pass_time(test, JOB_NS);
	assert_reads(test, MMU_INT_RAWSTAT, 1);
	violations(test, 0, NULL);
}

static void test_stale_while_running(Test *test)
{
	/* taken away after the start, not flushed: caught at the end */
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	submit(test);
	unmap(test, test->root, DATA_VA);
	pass_time(test, JOB_NS);
	violations(test, 1, "stale TLB");
	assert_acked(test, 1, JOB_INT_DONE(1));
	g_assert_cmphex(*data(test, 0), ==, 0);
	/* flushed: a fault */
	flush(test, 0, DATA_VA, 15, AS_COMMAND_FLUSH_PT);
	write_job(test, 0, DATA_VA + PAGE, WRITE_VALUE_IMMEDIATE_64, 1);
	submit(test);
	unmap(test, test->root, DATA_VA + PAGE);
	flush(test, 0, DATA_VA, 15, AS_COMMAND_FLUSH_PT);
	pass_time(test, JOB_NS);
	assert_reads(test, MMU_INT_RAWSTAT, 1);
}

static void test_table_switch(Test *test)
{
	uint64_t other = panfrost_page(&test->driver);

	map(test, other, JOBS_VA, test->jobs_pa, RW);
	map(test, other, DATA_VA, test->data_pa + 7 * PAGE, RW);
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	run_ok(test);
	/* flushed, as panfrost_mmu_enable() does */
	set_table(test, 0, other);
	run_ok(test);
	g_assert_cmphex(*data(test, 7 * PAGE), ==, 1);
	/* UPDATE alone leaves the translations of the old one */
	panfrost_write64(&test->driver, panfrost_as(0, AS_TRANSTAB),
			 test->root | 7);
	as_command(test, 0, AS_COMMAND_UPDATE);
	run_ok(test);
	violations(test, 1, "stale TLB");
	/* under a running job */
	submit(test);
	set_table(test, 0, other);
	violations(test, 1, "table taken away while slot 1");
	pass_time(test, JOB_NS);
	ack(test, 1);
}

static void test_lock(Test *test)
{
	/* a job that touches the locked region waits, without a fault */
	write_job(test, 0, DATA_VA, WRITE_VALUE_IMMEDIATE_64, 1);
	submit(test);
	panfrost_write64(&test->driver, panfrost_as(0, AS_LOCKADDR),
			 DATA_VA | 14);
	as_command(test, 0, AS_COMMAND_LOCK);
	pass_time(test, JOB_NS);
	assert_reads(test, JOB_INT_RAWSTAT, 0);
	assert_reads(test, MMU_INT_RAWSTAT, 0);
	shows(test, "slots/1", "to be unlocked");
	shows(test, "as/0/info", "locked: 0x000020000000-0x000020007fff");
	as_command(test, 0, AS_COMMAND_FLUSH_PT);
	assert_acked(test, 1, JOB_INT_DONE(1));

	as_command(test, 0, AS_COMMAND_FLUSH_PT);
	violations(test, 1, "without a locked region");
	panfrost_write64(&test->driver, panfrost_as(0, AS_LOCKADDR),
			 DATA_VA | 13);
	as_command(test, 0, AS_COMMAND_LOCK);
	violations(test, 1, "smaller than can be locked");
}

static void test_as_faults(Test *test)
{
	uint64_t status = panfrost_as(0, AS_STATUS);

	rule(test, "hold panfrost AS_COMMAND");
	as_command(test, 0, AS_COMMAND_LOCK);
	assert_reads(test, status, 1);
	as_command(test, 0, AS_COMMAND_FLUSH_PT);
	violations(test, 1, "while another is active");
	rule(test, "release panfrost AS_COMMAND");
	assert_reads(test, status, 0);

	rule(test, "delay panfrost AS_COMMAND 1000");
	as_command(test, 0, AS_COMMAND_FLUSH_PT);
	pass_time(test, 999);
	assert_reads(test, status, 1);
	pass_time(test, 1);
	assert_reads(test, status, 0);

	rule(test, "clear\ngarbage panfrost AS_COMMAND 1");
	as_command(test, 0, AS_COMMAND_LOCK);
	g_assert_cmphex(rd(test, status), >, 1);
	assert_reads(test, status, 0);

	rule(test, "fail panfrost AS_COMMAND 1");
	as_command(test, 0, AS_COMMAND_FLUSH_PT);
	pass_time(test, 1000000000000);
	assert_reads(test, status, 1);
	g_assert_cmpuint(test->rig.device->deadline_ns, ==, 0);
	soft_reset(test);
	assert_reads(test, status, 0);
}

static void test_power_loses_tables(Test *test)
{
	leaks(test, "AS 0: 18 pages mapped");
	wr(test, GPU_PWROFF, 0xf);
	wr(test, GPU_PWROFF + 0x10, 1);
	wr(test, GPU_PWROFF + 0x20, 1);
	leaks(test, NULL);
	power_on(test);
	header(test, 0, JOB_TYPE_NULL, 1);
	submit(test);
	violations(test, 1, "no table");
	pass_time(test, JOB_NS);
	ack(test, 1);
}

/* The tree */

static void test_tree(Test *test)
{
	static const char *const dirs[] = {"", "as", "as/7", "slots"};
	static const char *const none[] = {"as/8",	"as/",	   "as/0/x",
					   "as/00/map", "slots/3", "status/",
					   "x",		"as/0",	   "slots/"};

	for (size_t d = 0; d < G_N_ELEMENTS(dirs); d++) {
		g_auto(GStrv) names = node_list(test->rig.device, dirs[d]);

		g_assert_nonnull(names);
		for (size_t i = 0; names[i]; i++) {
			g_autofree char *path = g_strconcat(
				dirs[d], *dirs[d] ? "/" : "", names[i], NULL);
			size_t len = strlen(path);
			g_auto(GStrv) sub = NULL;

			if (path[len - 1] != '/') {
				g_free(show(test, path));
				continue;
			}
			path[len - 1] = '\0';
			sub = node_list(test->rig.device, path);
			g_assert_nonnull(sub);
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
		g_assert_null(node_show(test->rig.device, none[i]));
	g_assert_null(node_list(test->rig.device, "as/8"));
	g_assert_null(node_list(test->rig.device, "status"));
	shows(test, "status", "power L2: present 0x1 ready 0x1");
	shows(test, "as/0/map",
	      "0x000010000000 2 pages pa 0x000000011000 rwx\n"
	      "0x000020000000 16 pages pa 0x000000013000 rw-\n");
	shows(test, "counters", "chains 0\n");
}

static void test_history(Test *test)
{
	g_autofree char *text = NULL;

	header(test, 0, JOB_TYPE_NULL, 1);
	for (unsigned int i = 0; i < 300; i++)
		run_ok(test);
	text = show(test, "jobs");
	g_assert_true(g_str_has_prefix(text, "45 slot 1 as 0"));
	g_assert_nonnull(strstr(text, "\n300 slot 1"));
	test->rig.device->model->reset(test->rig.device);
	shows(test, "counters", "chains 0\n");
	leaks(test, NULL);
}

/* Whatever is written where, nothing breaks; ASan and UBSan watch. */
static void test_random(Test *test)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	for (unsigned int i = 0; i < 200000; i++) {
		uint32_t offset = g_rand_int_range(rand, 0, 0x2800) & ~3u;
		uint32_t value = g_rand_int(rand);

		if (g_rand_boolean(rand))
			value &= 0xf;
		if (g_rand_boolean(rand))
			offset = panfrost_js(1, 0x40 + (offset & 0x3c));
		if (!(i % 97))
			set_table(test, value & 7, test->root);
		if (!(i % 89))
			power_on(test);
		memcpy(test->rig.ram + test->jobs_pa + (offset & 0xffc), &value,
		       4);
		if (g_rand_boolean(rand))
			test->rig.device->model->read(test->rig.device, offset,
						      &value, 4);
		else
			test->rig.device->model->write(test->rig.device, offset,
						       &value, 4);
		if (!(i % 16))
			pass_time(test, g_rand_int_range(rand, 0, JOB_NS));
	}
	test->rig.expected = journal_violation_count(test->rig.journal);
}

RIG_DEFINE_TESTS()

int main(int argc, char **argv)
{
	static const RigTest tests[] = {
		{"/panfrost/as/block", test_block},
		{"/panfrost/as/faults", test_as_faults},
		{"/panfrost/as/heap-fault", test_heap_fault},
		{"/panfrost/as/lock", test_lock},
		{"/panfrost/as/loop", test_loop},
		{"/panfrost/as/outside-ram", test_outside_ram},
		{"/panfrost/as/transcfg", test_transcfg},
		{"/panfrost/as/power-loses-tables", test_power_loses_tables},
		{"/panfrost/as/reset-empties-tlb", test_reset_empties_tlb},
		{"/panfrost/as/stale-tlb", test_stale_tlb},
		{"/panfrost/as/stale-while-running", test_stale_while_running},
		{"/panfrost/as/table-switch", test_table_switch},
		{"/panfrost/as/terminal-fault", test_terminal_fault},
		{"/panfrost/as/two-faults", test_two_faults},
		{"/panfrost/gpu/bad-registers", test_bad_registers},
		{"/panfrost/gpu/cycles", test_cycles},
		{"/panfrost/gpu/features", test_features},
		{"/panfrost/gpu/irq-level", test_irq_level},
		{"/panfrost/gpu/irq-second-bit", test_irq_second_bit},
		{"/panfrost/gpu/perfcnt", test_perfcnt},
		{"/panfrost/gpu/perfcnt-fault", test_perfcnt_fault},
		{"/panfrost/gpu/power", test_power},
		{"/panfrost/gpu/random", test_random},
		{"/panfrost/gpu/reset", test_reset},
		{"/panfrost/jobs/bad-start", test_bad_start},
		{"/panfrost/jobs/dependencies", test_dependencies},
		{"/panfrost/jobs/endless", test_endless},
		{"/panfrost/jobs/faults", test_job_faults},
		{"/panfrost/jobs/hang", test_hang},
		{"/panfrost/jobs/stop-commands", test_stop_commands},
		{"/panfrost/jobs/hold", test_hold},
		{"/panfrost/jobs/malformed", test_malformed},
		{"/panfrost/jobs/next-after-failure", test_next_after_failure},
		{"/panfrost/jobs/no-write-back", test_no_write_back},
		{"/panfrost/jobs/our-jobs", test_our_jobs},
		{"/panfrost/jobs/queue", test_queue},
		{"/panfrost/jobs/soft-stop", test_soft_stop},
		{"/panfrost/jobs/stamps", test_stamps},
		{"/panfrost/jobs/types", test_types},
		{"/panfrost/jobs/write-values", test_write_values},
		{"/panfrost/tree/history", test_history},
		{"/panfrost/tree/nodes", test_tree},
	};

	g_test_init(&argc, &argv, NULL);
	rig_add_tests(tests, G_N_ELEMENTS(tests));
	for (size_t i = 0; i < G_N_ELEMENTS(walks); i++) {
		g_autofree char *path =
			g_strconcat("/panfrost/as/fault/", walks[i].name, NULL);

		g_test_add(path, Test, &walks[i], setup, test_walk, teardown);
	}
	return g_test_run();
}
