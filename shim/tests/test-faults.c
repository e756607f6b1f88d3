// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "core/faults.h"
#include "util.h"

#define GPU "virtio-gpu"
#define PANFROST "panfrost"

static int command(Faults *faults, const char *text)
{
	bool released;

	return faults_command(faults, text, strlen(text), &released);
}

static FaultKind next(Faults *faults, const char *device, const char *kind)
{
	return faults_next(faults, device, kind).kind;
}

static void test_malformed(void)
{
	static const char *const bad[] = {
		"",
		"\n",
		" ",
		"hold",
		"hold virtio-gpu",
		"hold virtio-gpu SUBMIT_3D extra",
		"hold virtio-gpu NO_SUCH_COMMAND",
		"hold virtio-gpu JOB",
		"hold panfrost SUBMIT_3D",
		"hold no-device JOB",
		"hold * *",
		"Hold panfrost JOB",
		"holdpanfrost JOB",
		"hang panfrost",
		"release",
		"release panfrost",
		"release panfrost JOB JOB",
		"delay panfrost JOB",
		"delay panfrost JOB 0",
		"delay panfrost JOB -5",
		"delay panfrost JOB soon",
		"delay panfrost JOB 1000000000001",
		"delay panfrost JOB 99999999999999999999",
		"delay panfrost JOB 5 5",
		"fail panfrost JOB",
		"fail panfrost JOB 0",
		"fail panfrost JOB 1000000001",
		"fail panfrost JOB 1 0",
		"fail panfrost JOB 1 0x100000000",
		"fail panfrost JOB 1 2 3",
		"garbage panfrost JOB",
		"garbage panfrost JOB 0",
		"garbage panfrost JOB 1 1",
		"lose-irq",
		"lose-irq panfrost",
		"lose-irq panfrost 0",
		"lose-irq panfrost JOB",
		"lose-irq panfrost 1 3",
		"lose-irq virtio-gpu 1 1",
		"lose-irq helper.1 1 1",
		"lose-irq panfrost 1 1 1",
		"lack",
		"lack virtio-gpu",
		"lack virtio-gpu *",
		"lack virtio-gpu SUBMIT_3D",
		"lack virtio-gpu VIRGL 1",
		"lack panfrost VIRGL",
		"lack helper.0 JOB",
		"hold virtio-gpu VIRGL",
		"hold helper JOB",
		"hold helper.2 JOB",
		"hold helper.0 RESET",
		"hold helper.0 ATTACH",
		"hang helper.1 DETACH",
		"delay helper.0 ACCESS 5",
		"garbage helper.0 ATTACH 1",
		"release helper.0 DETACH",
		"clear all",
		"hold panfrost JOB\nbogus",
		"hold panfrost JOB\x01",
		"1 2 3 4 5 6 7 8 9 10",
	};
	Faults *faults = faults_new();
	bool released = true;

	g_assert_cmpint(command(faults, "delay panfrost POWER 7"), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%s", bad[i]);
		g_assert_cmpint(command(faults, bad[i]), ==, -EINVAL);
	}
	/* NUL, and a release in a text that is refused as a whole. */
	g_assert_cmpint(faults_command(faults, "clear\0", 6, &released), ==,
			-EINVAL);
	g_assert_cmpint(faults_command(faults, "clear\nbogus", 11, &released),
			==, -EINVAL);
	g_assert_false(released);
	assert_text(faults_text(faults), "delay panfrost POWER 7\n");
	faults_free(faults);
}

static void test_text(void)
{
	static const char rules[] = "hold virtio-gpu SUBMIT_3D\n"
				    "hang panfrost JOB\n"
				    "delay panfrost * 200000\n"
				    "fail virtio-gpu RESOURCE_UNREF 3 0x1202\n"
				    "fail panfrost JOB 1\n"
				    "garbage virtio-gpu GET_EDID 2\n"
				    "lose-irq panfrost 2 1\n"
				    "lose-irq virtio-gpu 1\n"
				    "hold helper.1 *\n"
				    "delay helper.0 JOB 5\n"
				    "fail helper.0 DETACH 2 0x10\n"
				    "lose-irq helper.1 1\n"
				    "lack virtio-gpu VIRGL\n";
	Faults *faults = faults_new();
	Faults *again = faults_new();

	g_assert_cmpint(command(faults, rules), ==, 0);
	assert_text(faults_text(faults), rules);
	g_assert_cmpint(command(again, rules), ==, 0);
	assert_text(faults_text(again), rules);

	/* A rule of the same sort for the same thing replaces the older. */
	g_assert_cmpint(command(again, "clear\nhold panfrost JOB\n"
				       "hang panfrost JOB\n"
				       "delay panfrost JOB 1\n"
				       "delay panfrost JOB 2\n"),
			==, 0);
	assert_text(faults_text(again), "hang panfrost JOB\n"
					"delay panfrost JOB 2\n");
	faults_free(faults);
	faults_free(again);
}

static void test_hold(void)
{
	Faults *faults = faults_new();
	bool released;

	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_NONE);
	g_assert_cmpint(faults_command(faults, "hold virtio-gpu SUBMIT_3D\n",
				       26, &released),
			==, 0);
	g_assert_false(released);
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_HOLD);
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_HOLD);
	g_assert_cmpint(next(faults, GPU, "CTX_CREATE"), ==, FAULT_NONE);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_NONE);
	g_assert_true(faults_held(faults, GPU, "SUBMIT_3D"));
	g_assert_false(faults_held(faults, GPU, "CTX_CREATE"));

	/* What was not held may be released, too. */
	g_assert_cmpint(command(faults, "release panfrost JOB"), ==, 0);
	g_assert_true(faults_held(faults, GPU, "SUBMIT_3D"));
	g_assert_cmpint(command(faults, "release virtio-gpu CTX_CREATE"), ==,
			0);
	g_assert_true(faults_held(faults, GPU, "SUBMIT_3D"));
	g_assert_cmpint(faults_command(faults, "release virtio-gpu SUBMIT_3D",
				       28, &released),
			==, 0);
	g_assert_true(released);
	g_assert_false(faults_held(faults, GPU, "SUBMIT_3D"));
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_NONE);

	g_assert_cmpint(command(faults, "hang panfrost *\nhold panfrost JOB"),
			==, 0);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_HANG);
	g_assert_cmpint(next(faults, PANFROST, "RESET"), ==, FAULT_HANG);
	/* "*" stays when one kind is released, and releases every kind. */
	g_assert_cmpint(command(faults, "release panfrost JOB"), ==, 0);
	g_assert_true(faults_held(faults, PANFROST, "JOB"));
	g_assert_cmpint(command(faults, "release panfrost *"), ==, 0);
	g_assert_false(faults_held(faults, PANFROST, "JOB"));

	g_assert_cmpint(command(faults, "hold panfrost JOB"), ==, 0);
	g_assert_cmpint(faults_command(faults, "clear", 5, &released), ==, 0);
	g_assert_true(released);
	assert_text(faults_text(faults), "");
	faults_free(faults);
}

static void test_count(void)
{
	Faults *faults = faults_new();
	Fault fault;

	g_assert_cmpint(command(faults, "fail virtio-gpu SUBMIT_3D 3 0x1203"),
			==, 0);
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_NONE);
	g_assert_cmpint(next(faults, GPU, "CTX_CREATE"), ==, FAULT_NONE);
	g_assert_false(faults_held(faults, GPU, "SUBMIT_3D"));
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_NONE);
	assert_text(faults_text(faults),
		    "fail virtio-gpu SUBMIT_3D 1 0x1203\n");
	fault = faults_next(faults, GPU, "SUBMIT_3D");
	g_assert_cmpint(fault.kind, ==, FAULT_FAIL);
	g_assert_cmpuint(fault.arg, ==, 0x1203);
	g_assert_cmpint(next(faults, GPU, "SUBMIT_3D"), ==, FAULT_NONE);
	assert_text(faults_text(faults), "");

	g_assert_cmpint(command(faults, "fail panfrost * 2"), ==, 0);
	g_assert_cmpint(next(faults, PANFROST, "POWER"), ==, FAULT_NONE);
	fault = faults_next(faults, PANFROST, "JOB");
	g_assert_cmpint(fault.kind, ==, FAULT_FAIL);
	g_assert_cmpuint(fault.arg, ==, 0);

	g_assert_cmpint(command(faults, "garbage panfrost JOB 1\n"
					"garbage panfrost JOB 2"),
			==, 0);
	fault = faults_next(faults, PANFROST, "JOB");
	g_assert_cmpint(fault.kind, ==, FAULT_GARBAGE);
	g_assert_cmpuint(faults_next(faults, PANFROST, "JOB").arg, !=,
			 fault.arg);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_NONE);
	faults_free(faults);
}

/* Counted rules count every event, and win over rules that hold it. */
static void test_precedence(void)
{
	Faults *faults = faults_new();
	Fault fault;

	g_assert_cmpint(command(faults, "fail panfrost JOB 2 5\n"
					"delay panfrost JOB 10\n"
					"delay panfrost * 30\n"
					"hold panfrost JOB"),
			==, 0);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_HOLD);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_FAIL);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_HOLD);
	g_assert_cmpint(command(faults, "release panfrost JOB"), ==, 0);
	fault = faults_next(faults, PANFROST, "JOB");
	g_assert_cmpint(fault.kind, ==, FAULT_DELAY);
	g_assert_cmpuint(fault.arg, ==, 30);
	g_assert_cmpint(command(faults, "hang panfrost *"), ==, 0);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_HANG);
	/* In whatever order they were written. */
	g_assert_cmpint(command(faults, "fail panfrost JOB 1 6"), ==, 0);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_FAIL);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_HANG);
	faults_free(faults);
}

static void test_lose_irq(void)
{
	Faults *faults = faults_new();

	g_assert_cmpint(command(faults, "lose-irq panfrost 2 1\n"
					"lose-irq virtio-gpu 1"),
			==, 0);
	g_assert_false(faults_lose_irq(faults, PANFROST, 1));
	g_assert_false(faults_lose_irq(faults, PANFROST, 0));
	g_assert_true(faults_lose_irq(faults, PANFROST, 1));
	g_assert_false(faults_lose_irq(faults, PANFROST, 1));
	g_assert_true(faults_lose_irq(faults, GPU, 0));
	g_assert_false(faults_lose_irq(faults, GPU, 0));
	/* An interrupt is not an event of any kind. */
	g_assert_cmpint(command(faults, "lose-irq panfrost 1"), ==, 0);
	g_assert_cmpint(next(faults, PANFROST, "JOB"), ==, FAULT_NONE);
	g_assert_true(faults_lose_irq(faults, PANFROST, 2));
	faults_free(faults);
}

static void test_change(void)
{
	Faults *faults = faults_new();

	/* Only devices with a configuration. */
	g_assert_cmpint(command(faults, "change panfrost JOB 1"), ==, -EINVAL);
	g_assert_cmpint(command(faults, "change virtio-gpu GET_EDID"), ==,
			-EINVAL);
	g_assert_cmpint(command(faults, "change virtio-gpu GET_EDID 2"), ==, 0);
	g_assert_false(faults_change(faults, GPU, "SUBMIT_3D"));
	g_assert_false(faults_change(faults, GPU, "GET_EDID"));
	/* It changes nothing else about the event. */
	g_assert_cmpint(next(faults, GPU, "GET_EDID"), ==, FAULT_NONE);
	g_assert_true(faults_change(faults, GPU, "GET_EDID"));
	g_assert_false(faults_change(faults, GPU, "GET_EDID"));
	faults_free(faults);
}

static void test_limit(void)
{
	Faults *faults = faults_new();

	for (guint i = 0; i < 1024; i++)
		g_assert_cmpint(command(faults, "fail panfrost JOB 9"), ==, 0);
	g_assert_cmpint(command(faults, "fail panfrost JOB 9"), ==, -EINVAL);
	g_assert_cmpint(command(faults, "clear\nfail panfrost JOB 9"), ==, 0);
	faults_free(faults);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/faults/malformed", test_malformed);
	g_test_add_func("/faults/text", test_text);
	g_test_add_func("/faults/hold", test_hold);
	g_test_add_func("/faults/count", test_count);
	g_test_add_func("/faults/precedence", test_precedence);
	g_test_add_func("/faults/lose-irq", test_lose_irq);
	g_test_add_func("/faults/change", test_change);
	g_test_add_func("/faults/limit", test_limit);
	return g_test_run();
}
