/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest test is a function that returns if all is well. The first check that
 * fails prints where and why to standard error (the kernel log) and ends the test's
 * process. Each test runs in its own process. Afterwards, init checks whether the
 * test left anything behind in the devices.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * struct test - one test
 * @name: "area/what-it-shows", unique; lower case, digits and '-'
 * @about: what must hold, in one line
 * @run: the test
 * @ram_mib: RAM of the guest that runs it, MiB; 0 for the usual (ram.h)
 * @swap_mib: swap space that must be on while it runs, MiB; 0 for none
 * @seconds: time limit; 0 for the usual 30
 * @alone: run it in a guest of its own
 * @last: run no other test in its guest after it: it leaves the kernel in a
 *	state that is no good for any
 * @virtual_time: run it under time-travel=inf-cpu
 * @hidden: neither listed nor run unless named exactly (the runner's own
 *	tests, which are meant to fail)
 * @expect: NULL, or text of a kernel report that the test provokes: a report
 *	whose first line has this text is required, and does not fail the test.
 *	"A|B" is A or B. Name the function: "WARNING:" would accept any
 * @known: NULL, or warnings that the test may provoke since the kernel has them
 *	without any patches (tests/README.md), "FUNCTION CONDITION", several
 *	with "; " between: a report from this function does not fail the test
 *	if CONDITION stands in the line of source that it names
 * @kernel_args: NULL, or parameters for the guest's kernel; tests with the same
 *	ones share a guest
 * @needs: NULL, or the capabilities of the kernel without which the test does
 *	not apply (caps.c), names with blanks between
 * @boot_needs: likewise, but without which a guest must not even be booted with
 *	@kernel_args; since nothing can be probed then, the test is hidden
 *	unless the kernel must have them
 * @fixed_with: NULL, or the capability of kernels without the bug that the test
 *	shows: on others it is hidden and, if named, fails
 *
 * What these fields say can be used to choose tests, T=@TAG (list.c).
 */
struct test {
	const char *name;
	const char *about;
	void (*run)(void);
	unsigned int ram_mib;
	unsigned int swap_mib;
	unsigned int seconds;
	bool alone;
	bool last;
	bool virtual_time;
	bool hidden;
	const char *expect;
	const char *known;
	const char *kernel_args;
	const char *needs;
	const char *boot_needs;
	const char *fixed_with;
};

/*
 * TEST(dumb_create, .name = "virtio/dumb-create", .about = "...") { ... }
 *
 * The linker gathers the pointers in section sb_tests.
 */
#ifdef TEST_LIST
/* "make list" takes what stands between the two from the preprocessor. */
#define TEST(ident, ...)                                                       \
	TEST_BEGIN{__VA_ARGS__} TEST_END static void ident(void)
#else
#define TEST(ident, ...)                                                       \
	static void ident(void);                                               \
	static const struct test ident##_test = {.run = ident, __VA_ARGS__};   \
	static const struct test *const ident##_entry                          \
		__attribute__((used, section("sb_tests"))) = &ident##_test;    \
	static void ident(void)
#endif

#define TEST_PASS 0
#define TEST_FAIL 1
#define TEST_SKIP 77

/* Print "file:line: message" and end the test as failed. */
void test_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
/* End the test as skipped: the kernel lacks what it needs. Say what. */
void test_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/*
 * Number of clock ticks of the guest (100 Hz) that a test can wait and still have
 * time to report what did not happen: three quarters of its time limit.
 */
unsigned int test_ticks(void);
/* Print a line to the log. */
void test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			FAIL("%s does not hold", #cond);                       \
	} while (0)

/* Compare integers of any type; a failure prints both. */
#define CHECK_CMP(a, op, b)                                                    \
	do {                                                                   \
		long long check_a = (long long)(a);                            \
		long long check_b = (long long)(b);                            \
		if (!(check_a op check_b))                                     \
			FAIL("%s %s %s does not hold: %lld (%#llx) against "   \
			     "%lld (%#llx)",                                   \
			     #a, #op, #b, check_a, check_a, check_b, check_b); \
	} while (0)
#define CHECK_EQ(a, b) CHECK_CMP(a, ==, b)

/*
 * A system call must succeed. Returns its value. Any value but -1 counts as
 * success; for ioctls, use drm_ioctl(), which is stricter.
 */
#define CHECK_SYS(call)                                                        \
	({                                                                     \
		__auto_type check_ret = (call);                                \
		if (check_ret == (__typeof__(check_ret))-1)                    \
			FAIL("%s: %s", #call, test_errno());                   \
		check_ret;                                                     \
	})

/* A system call must fail with @err. */
#define CHECK_ERRNO(call, err)                                                 \
	do {                                                                   \
		errno = 0;                                                     \
		long long check_ret = (long long)(call);                       \
		if (check_ret != -1 || errno != (err))                         \
			FAIL("%s: want %s, got %lld, %s", #call, #err,         \
			     check_ret, test_errno());                         \
	} while (0)

/* Name and text of errno, static. */
const char *test_errno(void);

/*
 * Files of the FUSE tree; the path is relative to its root. read: whole content,
 * NUL-terminated, owned by the caller, NULL if there is no such file. write: fails
 * the test if the device refuses.
 */
char *device_read(const char *path);
void device_write(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* As device_write(), but returns 0 or the errno with which it was refused. */
int device_try_write(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Files of the guest (sysfs, debugfs, proc); both fail the test on error. */
char *file_read(const char *path);

/*
 * The same of an open file, which stays open. @path is for messages. NULL if the file was
 * removed after it was opened.
 */
char *file_read_fd(int fd, const char *path);
void file_write(const char *path, const char *text);

#endif
