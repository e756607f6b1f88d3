/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One device with 32-bit registers on a test bench: RAM, the services that the bus
 * gives it, and what a test does to it. A check that fails ends the test.
 */
#ifndef SHIM_TESTS_RIG_H
#define SHIM_TESTS_RIG_H

#include "core/device.h"

/* @expected: violations that the test has already accounted for */
typedef struct {
	uint8_t *ram;
	Ram *guest;
	Journal *journal;
	Faults *faults;
	Stamps *stamps;
	Device *device;
	guint expected;
} Rig;

/* The device @name after a reset, with @ram_size bytes of zeroed RAM. */
void rig_init(Rig *rig, const char *name, size_t ram_size);
/* Also checks that there were no other violations than those expected. */
void rig_clear(Rig *rig);

uint32_t rig_read(Rig *rig, uint64_t offset);
void rig_write(Rig *rig, uint64_t offset, uint32_t value);
/* Take the interrupt lines that have been raised since the last call. */
uint32_t rig_raised(Rig *rig);
void rig_pass_time(Rig *rig, uint64_t ns);
/* Write to the file `faults`, and to `stamps`. */
void rig_rule(Rig *rig, const char *text);
void rig_stamps(Rig *rig, const char *text);

/*
 * There are @count violations more than those expected before. The text of all of
 * them has @last, or @last is NULL.
 */
void rig_violations(Rig *rig, guint count, const char *last);
/* Content of a file of the device, owned */
char *rig_show(Rig *rig, const char *path);
/* It has @part. */
void rig_shows(Rig *rig, const char *path, const char *part);
/* The leaks have @part; NULL: there are none. */
void rig_leaks(Rig *rig, const char *part);

/*
 * For a file with a fixture Test, setup() and teardown(): RigTest, a row of the table of its
 * tests, and rig_add_tests(), which adds them to GLib's; the rows must stay.
 */
#define RIG_DEFINE_TESTS()                                                     \
	typedef struct {                                                       \
		const char *name;                                              \
		void (*run)(Test * test);                                      \
	} RigTest;                                                             \
                                                                               \
	static void rig_run_test(Test *test, gconstpointer data)               \
	{                                                                      \
		((const RigTest *)data)->run(test);                            \
	}                                                                      \
                                                                               \
	static void rig_add_tests(const RigTest *tests, size_t count)          \
	{                                                                      \
		for (size_t i = 0; i < count; i++)                             \
			g_test_add(tests[i].name, Test, &tests[i], setup,      \
				   rig_run_test, teardown);                    \
	}

#endif
