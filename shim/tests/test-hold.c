// SPDX-License-Identifier: GPL-2.0-or-later
/* Work that takes time, and rules that hold or delay it. */
#include <string.h>

#include "core/hold.h"
#include "core/registry.h"

#define KIND "JOB"
#define NS 100

typedef struct {
	Device device;
	Hold hold;
} Case;

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	c->device.name = "panfrost";
	c->device.faults = faults_new();
	c->device.now_ns = 1000;
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	faults_free(c->device.faults);
}

static void rule(Case *c, const char *text)
{
	bool released;

	g_assert_cmpint(
		faults_command(c->device.faults, text, strlen(text), &released),
		==, 0);
}

static uint64_t deadline(Case *c)
{
	c->device.deadline_ns = 0;
	hold_want_tick(&c->device, &c->hold);
	return c->device.deadline_ns;
}

static void test_time(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_assert_false(hold_due(&c->device, &c->hold));
	g_assert_cmpuint(deadline(c), ==, 0);
	g_assert_cmpint(hold_begin(&c->device, &c->hold, KIND, NS).kind, ==,
			FAULT_NONE);
	g_assert_true(c->hold.active);
	g_assert_false(hold_due(&c->device, &c->hold));
	g_assert_cmpuint(deadline(c), ==, 1100);
	c->device.now_ns = 1100;
	g_assert_true(hold_due(&c->device, &c->hold));
	c->hold.active = false;
	g_assert_false(hold_due(&c->device, &c->hold));
	g_assert_cmpuint(deadline(c), ==, 0);

	/* The earliest deadline counts, and 0 would mean none. */
	c->device.now_ns = 0;
	hold_begin(&c->device, &c->hold, KIND, 0);
	c->device.deadline_ns = 50;
	hold_want_tick(&c->device, &c->hold);
	g_assert_cmpuint(c->device.deadline_ns, ==, 1);
	c->hold.due_ns = 70;
	hold_want_tick(&c->device, &c->hold);
	g_assert_cmpuint(c->device.deadline_ns, ==, 1);
	c->hold.due_ns = HOLD_NEVER;
	g_assert_cmpuint(deadline(c), ==, 0);
}

static void test_delay(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	rule(c, "delay panfrost JOB 11");
	g_assert_cmpint(hold_begin(&c->device, &c->hold, KIND, NS).kind, ==,
			FAULT_DELAY);
	g_assert_cmpuint(deadline(c), ==, 1111);
}

static void test_hold(Case *c, gconstpointer data)
{
	rule(c, data);
	hold_begin(&c->device, &c->hold, KIND, NS);
	g_assert_true(hold_held(&c->device, &c->hold));
	c->device.now_ns = 2000;
	g_assert_false(hold_due(&c->device, &c->hold));
	g_assert_cmpuint(deadline(c), ==, 2000 + HOLD_POLL_NS);
	rule(c, "release panfrost *");
	g_assert_false(hold_held(&c->device, &c->hold));
	g_assert_true(hold_due(&c->device, &c->hold));

	/* Work that began without a rule is not held by a later rule. */
	hold_begin(&c->device, &c->hold, KIND, NS);
	rule(c, data);
	g_assert_false(hold_held(&c->device, &c->hold));
	/* The model itself must fail. */
	rule(c, "fail panfrost JOB 1 5");
	g_assert_cmpuint(hold_begin(&c->device, &c->hold, KIND, NS).arg, ==, 5);
	g_assert_false(hold_held(&c->device, &c->hold));
}

#define ADD(name, data, fn)                                                    \
	g_test_add("/hold/" name, Case, data, set_up, fn, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("time", NULL, test_time);
	ADD("delay", NULL, test_delay);
	ADD("hold", "hold panfrost JOB", test_hold);
	ADD("hang", "hang panfrost *", test_hold);
	return g_test_run();
}
