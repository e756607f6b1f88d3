// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model of README.md, "Adding a device": it works, and no other file names it.
 */
#include <errno.h>
#include <string.h>

#include "core/bus.h"
#include "core/registry.h"
#include "core/node.h"
#include "protocol.h"
#include "util.h"

#define EVENT_PAGE 0x1000u
#define DATA 0x2000u

typedef struct {
	Bus *bus;
	Device *device;
	uint8_t *ram;
	struct sb_event_page *page;
} Case;

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	c->ram = g_aligned_alloc0(4, 4096, 4096);
	c->bus = bus_new();
	ram_set(bus_ram(c->bus), c->ram, 4 * 4096);
	c->device = bus_add(c->bus, models_find("toy"));
	c->page = (struct sb_event_page *)(c->ram + EVENT_PAGE);
	g_assert_cmpint(bus_attach(c->bus, 0, c, EVENT_PAGE), ==, 0);
	memset(c->ram + DATA, 1, 4096);
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	bus_free(c->bus);
	g_aligned_free(c->ram);
}

static void start(Case *c)
{
	uint64_t address = DATA;

	g_assert_cmpint(bus_write(c->bus, 0, c, 0x0, &address, 8), ==, 0);
}

static uint64_t sum_after(Case *c, uint64_t ns)
{
	uint64_t sum;
	uint32_t any = 0;

	c->page->now_ns += ns;
	g_assert_cmpint(bus_write(c->bus, 0, c, SB_CTL_TICK, &any, 4), ==, 0);
	g_assert_cmpint(bus_read(c->bus, 0, 0x8, &sum, 8), ==, 0);
	return sum;
}

static void test_runs(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	start(c);
	g_assert_cmpuint(c->page->deadline_ns, ==, 1000);
	assert_text(bus_leaks_text(c->bus), "toy a sum is under way\n");
	g_assert_cmpuint(sum_after(c, 999), ==, 0);
	g_assert_cmpuint(sum_after(c, 1), ==, 4096);
	g_assert_cmphex(c->page->irq_raise, ==, 1);
	assert_text(node_show(c->device, "pages/0"), "page 0 at 0x2000\n");
	assert_text(bus_leaks_text(c->bus), "");
	g_assert_cmpint(bus_read(c->bus, 0, 0x10, &(uint64_t){0}, 8), ==,
			-EINVAL);
	g_assert_cmpuint(journal_violation_count(bus_journal(c->bus)), ==, 1);
}

static void test_rules(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_assert_cmpint(bus_faults_command(c->bus, "hold toy SUM", 12), ==, 0);
	start(c);
	g_assert_cmpuint(sum_after(c, 5000), ==, 0);
	g_assert_cmpint(bus_faults_command(c->bus, "release toy *", 13), ==, 0);
	g_assert_cmpuint(sum_after(c, 0), ==, 4096);

	g_assert_cmpint(bus_faults_command(c->bus, "fail toy SUM 1", 14), ==,
			0);
	start(c);
	g_assert_cmpuint(sum_after(c, 1000), ==, ~0ull);

	g_assert_cmpint(bus_stamps_command(c->bus, "expect toy 1 2 3", 16), ==,
			0);
	start(c);
	sum_after(c, 1000);
	g_assert_true(
		contains_text(journal_violations_text(bus_journal(c->bus)),
			      "stamp: resource 1 page 0"));
}

/* make runs the tests in shim/. */
static void test_files(void)
{
	static const char *const dirs[] = {"core", "virtio"};

	for (guint d = 0; d < G_N_ELEMENTS(dirs); d++) {
		g_autoptr(GDir) dir = g_dir_open(dirs[d], 0, NULL);
		const char *name;
		guint files = 0;

		g_assert_nonnull(dir);
		while ((name = g_dir_read_name(dir))) {
			g_autofree char *text = read_file(dirs[d], name);

			files++;
			g_test_message("%s/%s", dirs[d], name);
			g_assert_null(strstr(text, "toy"));
		}
		g_assert_cmpuint(files, >, 0);
	}
	g_assert_true(g_file_test("tests/toy/toy.c", G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/toy/runs", Case, NULL, set_up, test_runs, tear_down);
	g_test_add("/toy/rules", Case, NULL, set_up, test_rules, tear_down);
	g_test_add_func("/toy/files", test_files);
	return g_test_run();
}
