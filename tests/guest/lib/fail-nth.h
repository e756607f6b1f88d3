/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the allocations of a system call fail one at a time, with the kernel's fault
 * injection (/proc/thread-self/fail-nth): the first of a call, then the second, and
 * so on, until the call ends before the failure. An error fails the test. For faults
 * of devices, see shim/README.md.
 */
#ifndef GUEST_FAIL_NTH_H
#define GUEST_FAIL_NTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For struct test: the capability, and enough time on a busy machine. */
#define INJECT_NEEDS "fail-nth"
#define INJECT_SECONDS 180

/**
 * struct inject_call - a call whose allocations fail
 * @name: for messages
 * @setup: NULL, or prepares the state before the call
 * @call: makes the call; returns 0 or an errno
 * @refused: NULL, or checks the state after the call failed
 * @done: NULL, or checks the state after the call succeeded, and undoes the call
 * @also: an errno that is allowed besides ENOMEM, or 0
 * @refusable: must the call fail for at least one allocation?
 *
 * After a failure the call is repeated without fault injection, and must succeed.
 * A call that failed must not leave a file descriptor open.
 */
struct inject_call {
	const char *name;
	void (*setup)(void *scene);
	int (*call)(void *scene);
	void (*refused)(void *scene);
	void (*done)(void *scene);
	int also;
	bool refusable;
};

/* Call it once before any other function here, in a test that needs INJECT_NEEDS. */
void inject_begin(void);

/* Tests each of the @count calls at @calls; their functions get @scene. */
void inject_each(const struct inject_call *calls, size_t count, void *scene);
#define INJECT_EACH(calls, scene)                                              \
	inject_each(calls, sizeof(calls) / sizeof(*(calls)), scene)

/*
 * Makes an ioctl; returns 0 or an errno. An ioctl that fails must not change its
 * argument.
 */
int inject_ioctl(int fd, unsigned long request, void *arg);
/* The same for the export of @handle; *@dmabuf is set if it succeeds. */
int inject_export(int fd, uint32_t handle, int *dmabuf);

/*
 * Control by hand. inject_nth() makes the @n-th allocation of this thread from now on
 * fail (0: none). inject_left() returns how many are left until then (0: it has
 * failed). inject_hit() switches this off, and returns whether the allocation failed.
 */
void inject_nth(unsigned int n);
unsigned int inject_left(void);
bool inject_hit(void);

/*
 * While @on, every allocation from the slab cache @cache that may fail does fail, in
 * any thread.
 */
void inject_cache(const char *cache, bool on);

/*
 * Makes the @n-th allocation of each worker of the kernel (kworker) from now on fail (0:
 * none). inject_workers_hit() switches this off, and returns whether one has failed.
 */
void inject_workers(unsigned int n);
bool inject_workers_hit(void);

/*
 * From now on, only allocations that function @function of the kernel makes, or what it
 * calls, count and may fail, but not those of @but below it; NULL: all, or none. False: the
 * kernel has no such function. What the compiler has made inline, or moved to FUNCTION.cold,
 * is not found.
 */
bool inject_within(const char *function, const char *but);

/* From now on, these functions act on the kernel thread whose name ends with @name. */
void inject_thread(const char *name);

#endif
