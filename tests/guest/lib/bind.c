// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/bind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/process.h"
#include "lib/test.h"

/* More allocations than any driver makes when it binds. */
#define MOST 3000

/* Where drivers appear when they are bound. */
static const char *const places[] = {
	"/dev/dri",
	"/sys/bus/virtio/drivers/virtio_gpu",
	"/sys/class/devfreq",
	"/sys/class/drm",
	"/sys/class/graphics",
	"/sys/kernel/debug/dri",
	"/sys/kernel/debug/shrinker",
	"/sys/kernel/slab",
};

/* The entries of @dir, "DIR/NAME" a line, to @out. Caches with ":" are shared. */
static void list_dir(FILE *out, const char *dir)
{
	struct dirent **entries;
	int count = scandir(dir, &entries, NULL, alphasort);

	/* Some places are there only while something is in them. */
	if (count < 0 && errno == ENOENT)
		return;
	CHECK_SYS(count);
	for (int i = 0; i < count; i++) {
		if (!strchr(".:", *entries[i]->d_name))
			fprintf(out, "%s/%s\n", dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The names of /proc/interrupts, "interrupt NAME" a line, to @out */
static void list_interrupts(FILE *out)
{
	char *text = file_read("/proc/interrupts"), *save;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *name = strrchr(line, ' ');

		if (name && strchr(line, ':'))
			fprintf(out, "interrupt%s\n", name);
	}
	free(text);
}

static bool list_thread(pid_t pid, const char *name, void *out)
{
	bool worker = !strncmp(name, "kworker/", 8);

	(void)pid;
	if (!worker || name[8] == 'R')
		fprintf(out, "thread %s\n", name);
	return false;
}

/*
 * The kernel's threads, "thread NAME" a line, to @out, but not the workers that all work queues
 * share: "kworker/CPU:N" and "kworker/uN:N". A queue has a thread of its own, "kworker/R-NAME", if
 * reclaim needs it.
 */
static void list_threads(FILE *out)
{
	process_find(list_thread, out);
}

/* What drivers show to users, a line each; owned */
static char *traces(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK(out);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		list_dir(out, places[i]);
	list_interrupts(out);
	list_threads(out);
	fclose(out);
	return text;
}

static unsigned int occurrences(const char *text, const char *line)
{
	unsigned int count = 0;

	for (; (text = strstr(text, line)); text++)
		count++;
	return count;
}

/* The first line of which @text has more than @other, NULL if there is none */
static const char *first_new(const char *text, const char *other)
{
	static char line[512];

	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s\n", (int)strcspn(at, "\n"),
			 at);
		if (occurrences(text, line) > occurrences(other, line))
			return line;
	}
	return NULL;
}

/* What drivers show is @before, at once or a little later. */
static void check_traces(const char *before)
{
	for (unsigned int ticks = test_ticks() / 8;; ticks--) {
		char *now = traces();
		const char *left = first_new(now, before);
		const char *missing = left ? NULL : first_new(before, now);

		free(now);
		if (!left && !missing)
			return;
		if (!ticks)
			FAIL("%s: %s", left ? "left" : "missing",
			     left ? left : missing);
		mem_millisecond();
	}
}

/* Is the device bound? */
static bool is_bound(const struct bind *bind)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", bind->driver, bind->device);
	return !access(path, F_OK);
}

static void unbind(const struct bind *bind)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/unbind", bind->driver);
	file_write(path, bind->device);
	CHECK(!is_bound(bind));
}

/* Bind the device; 0 or an errno. @fd: the driver's file "bind" */
static int try_bind(const struct bind *bind, int fd)
{
	size_t len = strlen(bind->device);

	return pwrite(fd, bind->device, len, 0) == (ssize_t)len ? 0 : errno;
}

/* For messages: the allocation that fails */
static const char *now_step;
static unsigned int now_n;

static void say_where(void)
{
	if (now_step)
		test_note("it was allocation %u in %s()", now_n, now_step);
}

/*
 * Let the allocations of @step fail. What is left is compared with @before. Returns how often the
 * driver refused.
 */
static unsigned int one_step(const struct bind *bind,
			     const struct bind_step *step, int fd,
			     const char *before)
{
	unsigned int refused = 0, other = 0;
	bool hit = true;

	if (!inject_within(step->function, step->but))
		FAIL("the kernel lacks %s() or %s()", step->function,
		     step->but ? step->but : "");
	now_step = step->function;
	for (now_n = 1; hit; now_n++) {
		int err;

		CHECK_CMP(now_n, <, MOST);
		inject_nth(now_n);
		err = try_bind(bind, fd);
		hit = inject_hit();
		if (err) {
			CHECK(hit);
			if (step->enomem)
				CHECK_EQ(err, ENOMEM);
			CHECK(!is_bound(bind));
			check_traces(before);
			CHECK_EQ(try_bind(bind, fd), 0);
			refused++;
			other += err != ENOMEM;
		}
		CHECK(is_bound(bind));
		/* Without memory, devtmpfs does not tell that it makes no node. */
		if (err || !hit)
			bind->works();
		unbind(bind);
		check_traces(before);
	}
	now_step = NULL;
	test_note("%s: %u allocations, refused for %u, not with ENOMEM: %u",
		  step->function, now_n - 2, refused, other);
	return refused;
}

void bind_each(const struct bind *bind)
{
	unsigned int refused = 0;
	char path[256], *before;
	int fd;

	inject_begin();
	atexit(say_where);
	snprintf(path, sizeof(path), "%s/bind", bind->driver);
	fd = CHECK_SYS(open(path, O_WRONLY | O_CLOEXEC));
	unbind(bind);
	before = traces();
	for (const struct bind_step *s = bind->steps; s->function; s++)
		refused += one_step(bind, s, fd, before);
	CHECK_CMP(refused, >, 0);
	inject_within(NULL, NULL);
	CHECK_EQ(try_bind(bind, fd), 0);
	bind->works();
	CHECK_SYS(close(fd));
	free(before);
}

void bind_again(const struct bind *bind)
{
	char path[256], *before;
	int fd;

	snprintf(path, sizeof(path), "%s/bind", bind->driver);
	fd = CHECK_SYS(open(path, O_WRONLY | O_CLOEXEC));
	unbind(bind);
	before = traces();
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(try_bind(bind, fd), 0);
		bind->works();
		unbind(bind);
		check_traces(before);
	}
	CHECK_EQ(try_bind(bind, fd), 0);
	bind->works();
	CHECK_SYS(close(fd));
	free(before);
}
