// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/fail-nth.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm/drm.h>

#include "lib/caps.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/process.h"
#include "lib/test.h"

#define DEBUGFS "/sys/kernel/debug/"
#define FAIL_NTH "/proc/thread-self/fail-nth"

/* More allocations than any call makes. */
#define MOST 1000
/* The largest argument of any ioctl, in bytes. */
#define ARG_MAX_SIZE 256

/* FAIL_NTH, opened early: later, the open itself could fail. */
static int nth_fd = -1;

/* For messages: the call under way, and the allocation that fails. */
static const char *now_name;
static unsigned int now_n;

static void say_where(void)
{
	if (now_name)
		test_note("it was \"%s\", allocation %u", now_name, now_n);
}

void inject_begin(void)
{
	static const struct {
		const char *path, *value;
	} settings[] = {
		/* Also fail allocations that may sleep, and page allocations ... */
		{DEBUGFS "failslab/ignore-gfp-wait", "N"},
		{DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N"},
		{DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N"},
		{DEBUGFS "fail_page_alloc/min-order", "0"},
		/* ... and do not dump the stack each time. */
		{DEBUGFS "failslab/verbose", "0"},
		{DEBUGFS "fail_page_alloc/verbose", "0"},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		file_write(settings[i].path, settings[i].value);
	/* What an earlier test may have left; not every kernel has this. */
	if (caps_has("fail-within"))
		inject_within(NULL, NULL);
	nth_fd = CHECK_SYS(open(FAIL_NTH, O_RDWR | O_CLOEXEC));
	atexit(say_where);
}

void inject_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	CHECK_EQ(pwrite(nth_fd, text, len, 0), len);
}

unsigned int inject_left(void)
{
	char text[16] = "";

	CHECK_CMP(pread(nth_fd, text, sizeof(text) - 1, 0), >, 0);
	return strtoul(text, NULL, 10);
}

bool inject_hit(void)
{
	bool hit = !inject_left();

	inject_nth(0);
	return hit;
}

static int open_nth(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	return CHECK_SYS(open(path, O_RDWR | O_CLOEXEC));
}

/* @end: of the thread's name */
static bool take_thread(pid_t pid, const char *name, void *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	if (len < end_len || strcmp(name + len - end_len, end))
		return false;
	CHECK_SYS(close(nth_fd));
	nth_fd = open_nth(pid);
	return true;
}

void inject_thread(const char *name)
{
	if (!process_find(take_thread, (void *)name))
		FAIL("no thread is called %s", name);
}

int inject_ioctl(int fd, unsigned long request, void *arg)
{
	char before[ARG_MAX_SIZE];
	size_t size = _IOC_SIZE(request);
	int err;

	CHECK_CMP(size, <=, sizeof(before));
	memcpy(before, arg, size);
	if (!drm_ioctl(fd, request, arg))
		return 0;
	err = errno;
	if (memcmp(before, arg, size))
		FAIL("ioctl %#lx was refused, and has changed its argument",
		     request);
	return err;
}

int inject_export(int fd, uint32_t handle, int *dmabuf)
{
	struct drm_prime_handle prime = {
		.handle = handle,
		.flags = DRM_RDWR | DRM_CLOEXEC,
		.fd = -1,
	};
	int err = inject_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

	if (!err)
		*dmabuf = prime.fd;
	return err;
}

static int lowest_free_fd(void)
{
	int fd = CHECK_SYS(fcntl(nth_fd, F_DUPFD_CLOEXEC, 0));

	CHECK_SYS(close(fd));
	return fd;
}

/**
 * struct refusals - how often a call failed
 * @all: with any errno
 * @also: with inject_call.also
 */
struct refusals {
	unsigned int all;
	unsigned int also;
};

static void note_refusals(const struct inject_call *call, unsigned int count,
			  const struct refusals *refused)
{
	test_note("%s: %u allocations, refused for %u", call->name, count,
		  refused->all);
	if (refused->also)
		test_note("%s: %u of them with %s", call->name, refused->also,
			  strerrorname_np(call->also));
}

/*
 * Make the call with allocation number @n failing (0: none). Returns true if there
 * was such an allocation.
 */
static bool once(const struct inject_call *call, unsigned int n, void *scene,
		 struct refusals *refused)
{
	int free_fd, err;
	bool hit;

	if (call->setup)
		call->setup(scene);
	free_fd = lowest_free_fd();
	inject_nth(n);
	err = call->call(scene);
	hit = inject_hit() && n;
	if (err) {
		if (!hit || (err != ENOMEM && err != call->also)) {
			errno = err;
			FAIL("refused: %s", test_errno());
		}
		refused->all++;
		refused->also += err == call->also;
		CHECK_EQ(lowest_free_fd(), free_fd);
		if (call->refused)
			call->refused(scene);
		CHECK_EQ(call->call(scene), 0);
	}
	if (call->done)
		call->done(scene);
	return hit;
}

void inject_each(const struct inject_call *calls, size_t count, void *scene)
{
	for (size_t i = 0; i < count; i++) {
		struct refusals refused = {0};
		unsigned int n = 1;
		size_t shmem;

		now_name = calls[i].name;
		now_n = 0;
		once(&calls[i], 0, scene, &refused);
		shmem = mem_info("Shmem");
		for (now_n = n; once(&calls[i], n, scene, &refused);
		     now_n = ++n)
			CHECK_CMP(n, <, MOST);
		/* Only Shmem shows a page that was lost. */
		WAIT_UNTIL(mem_info("Shmem") <= shmem);
		note_refusals(&calls[i], n - 1, &refused);
		if (calls[i].refusable)
			CHECK_CMP(refused.all, >, 0);
	}
	now_name = NULL;
}

void inject_cache(const char *cache, bool on)
{
	char *path;

	if (asprintf(&path, "/sys/kernel/slab/%s/failslab", cache) < 0)
		FAIL("out of memory");
	file_write(DEBUGFS "failslab/ignore-gfp-wait", "N");
	file_write(DEBUGFS "failslab/verbose", "0");
	file_write(DEBUGFS "failslab/probability", "0");
	file_write(path, on ? "1" : "0");
	file_write(DEBUGFS "failslab/cache-filter", on ? "Y" : "N");
	file_write(DEBUGFS "failslab/times", on ? "-1" : "1");
	file_write(DEBUGFS "failslab/probability", on ? "100" : "0");
	free(path);
}

/* More workers than a guest ever has */
#define WORKERS_MAX 64

/* fail-nth of the workers; -1 after the last */
static int workers[WORKERS_MAX + 1] = {-1};

/**
 * struct crew - what inject_workers() has done
 * @text: for fail-nth of each
 * @count: of workers
 */
struct crew {
	char text[16];
	unsigned int count;
};

static bool take_worker(pid_t pid, const char *name, void *data)
{
	struct crew *crew = data;
	ssize_t len = strlen(crew->text);

	if (strncmp(name, "kworker/", 8))
		return false;
	CHECK_CMP(crew->count, <, WORKERS_MAX);
	workers[crew->count] = open_nth(pid);
	CHECK_EQ(pwrite(workers[crew->count++], crew->text, len, 0), len);
	workers[crew->count] = -1;
	return false;
}

void inject_workers(unsigned int n)
{
	struct crew crew = {.count = 0};

	CHECK_EQ(workers[0], -1);
	snprintf(crew.text, sizeof(crew.text), "%u", n);
	process_find(take_worker, &crew);
	CHECK_CMP(crew.count, >, 0);
}

bool inject_workers_hit(void)
{
	bool hit = false;

	for (unsigned int i = 0; workers[i] != -1; i++) {
		char text[16] = "";

		CHECK_CMP(pread(workers[i], text, sizeof(text) - 1, 0), >, 0);
		hit |= !strtoul(text, NULL, 10);
		CHECK_EQ(pwrite(workers[i], "0", 1, 0), 1);
		close(workers[i]);
	}
	workers[0] = -1;
	return hit;
}

/* Set attribute @name of both kinds of allocations. */
static void set_both(const char *name, unsigned long value)
{
	static const char *const kinds[] = {"failslab", "fail_page_alloc"};

	for (int i = 0; i < 2; i++) {
		char path[128], text[32];

		snprintf(path, sizeof(path), DEBUGFS "%s/%s", kinds[i], name);
		snprintf(text, sizeof(text), "%#lx", value);
		file_write(path, text);
	}
}

/* Where function @name of the kernel is, from *@start to before *@end */
static bool find_function(const char *name, unsigned long *start,
			  unsigned long *end)
{
	char *text = file_read("/proc/kallsyms"), *save;

	*start = 0;
	*end = ULONG_MAX;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned long at = strtoul(line, &line, 16);

		/* "ADDRESS TYPE NAME" */
		if (!*start && !strcmp(line + 3, name))
			*start = at;
		else if (*start && at > *start && at < *end)
			*end = at;
	}
	free(text);
	return *start;
}

bool inject_within(const char *function, const char *but)
{
	unsigned long start = 0, end = ULONG_MAX;

	if (function && !find_function(function, &start, &end))
		return false;
	set_both("require-start", start);
	set_both("require-end", end);
	start = 0;
	end = 0;
	if (but && !find_function(but, &start, &end))
		return false;
	set_both("reject-start", start);
	set_both("reject-end", end);
	return true;
}
