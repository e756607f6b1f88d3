/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations of a system call that fail, one at a time, by the kernel's fault
 * injection (/proc/thread-self/fail-nth): the first of a call, then the second,
 * and so on, until it gets by without any that fails. An error fails the test.
 */
#ifndef GUEST_INJECT_H
#define GUEST_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For struct test: a kernel that can do it, and time on a busy machine. */
#define INJECT_NEEDS "fail-nth"
#define INJECT_SECONDS 180

/**
 * struct inject_call - a call whose allocations fail
 * @name: for messages
 * @setup: NULL, or bring about what the call is to find
 * @call: 0 or an errno
 * @refused: NULL, or what must hold when it was refused
 * @done: NULL, or what must hold when it has succeeded; takes it back
 * @also: an errno that it may have beside ENOMEM, or 0
 * @refusable: must it be refused for one allocation at least?
 *
 * What was refused is tried again with all the memory there is, and must
 * succeed. It must not have taken a file descriptor.
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

/* Once, before anything fails; only in a test that needs INJECT_NEEDS. */
void inject_begin(void);

/* @count calls at @calls, with @scene for their functions. */
void inject_each(const struct inject_call *calls, size_t count, void *scene);
#define INJECT_EACH(calls, scene)                                              \
	inject_each(calls, sizeof(calls) / sizeof(*(calls)), scene)

/*
 * An ioctl as a call of this kind: 0 or an errno. When it is refused, it must
 * have left its argument alone.
 */
int inject_ioctl(int fd, unsigned long request, void *arg);
/* The same for the export of @handle: in *@dmabuf what it gave, if it did. */
int inject_export(int fd, uint32_t handle, int *dmabuf);

/*
 * By hand: from now on, the @n-th allocation of this thread fails (0: none
 * does); how many are still to come until then (0: it has failed); and: none
 * fails any more, has that one?
 */
void inject_nth(unsigned int n);
unsigned int inject_left(void);
bool inject_hit(void);

/*
 * Until it is switched off again, every allocation from the slab cache @cache
 * fails that may, whoever it is for.
 */
void inject_cache(const char *cache, bool on);

/* From now on, all this is about the kernel thread whose name ends with @name. */
void inject_thread(const char *name);

#endif
