// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that contains all guest tests.
 *
 *   guest-tests --list     lists the tests (list.h)
 *   guest-tests run NAME   runs one test in this process
 *
 * The runner gets the list by running the first one on the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/device-file.h"
#include "lib/list.h"
#include "lib/test.h"

/* The kernel takes at most 1024 bytes in one record of its log. */
#define LOG_LINE_MAX 900

extern const struct test *const __start_sb_tests[];
extern const struct test *const __stop_sb_tests[];

/* Write each line to the log with one write(), so that it becomes one record. */
static ssize_t log_write(void *cookie, const char *text, size_t len)
{
	int fd = *(const int *)cookie;
	char line[LOG_LINE_MAX + 1];
	const char *end = text + len;

	while (text < end) {
		size_t left = end - text;
		const char *newline = memchr(text, '\n', left);
		size_t n = newline ? (size_t)(newline - text) : left;
		size_t skip = newline ? 1 : 0;

		if (n > LOG_LINE_MAX) {
			n = LOG_LINE_MAX;
			skip = 0;
		}
		memcpy(line, text, n);
		line[n] = '\n';
		if (n && write(fd, line, n + 1) < 0)
			return 0;
		text += n + skip;
	}
	return len;
}

static FILE *log_open(const int *fd)
{
	static const cookie_io_functions_t functions = {.write = log_write};
	FILE *stream = fopencookie((void *)fd, "w", functions);

	if (!stream)
		abort();
	setvbuf(stream, NULL, _IOLBF, LOG_LINE_MAX);
	return stream;
}

static void log_setup(void)
{
	static const int out = STDOUT_FILENO;
	static const int err = STDERR_FILENO;

	stdout = log_open(&out);
	stderr = log_open(&err);
}

const char *test_errno(void)
{
	static char text[128];
	int err = errno;

	snprintf(text, sizeof(text), "%s (%s)", strerrorname_np(err) ?: "?",
		 strerror(err));
	errno = err;
	return text;
}

/* Print the line with one write(): a forked child may print at the same time. */
static void say(const char *prefix, const char *fmt, va_list args)
{
	char text[LOG_LINE_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	fprintf(stderr, "%s%s\n", prefix, text);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	char prefix[256];
	va_list args;

	snprintf(prefix, sizeof(prefix), "FAIL %s:%d: ", file, line);
	va_start(args, fmt);
	say(prefix, fmt, args);
	va_end(args);
	exit(TEST_FAIL);
}

void test_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("SKIP ", fmt, args);
	va_end(args);
	exit(TEST_SKIP);
}

void test_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("# ", fmt, args);
	va_end(args);
}

/* pread() of a file that has offsets, else read(). */
static ssize_t read_at(int fd, void *to, size_t size, off_t at)
{
	ssize_t n = pread(fd, to, size, at);

	return n < 0 && errno == ESPIPE ? read(fd, to, size) : n;
}

char *file_read_fd(int fd, const char *path)
{
	size_t size = 4096, len = 0;
	char *text = malloc(size);

	for (;;) {
		ssize_t n;

		if (!text)
			FAIL("no memory to read %s", path);
		n = read_at(fd, text + len, size - len - 1, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOENT) {
			free(text);
			return NULL;
		}
		if (n < 0)
			FAIL("read %s: %s", path, test_errno());
		if (n == 0)
			break;
		len += n;
		if (size - len < 2048)
			text = realloc(text, size *= 2);
	}
	text[len] = '\0';
	return text;
}

char *device_read(const char *path)
{
	int fd = device_file_begin(path);
	char *text;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		FAIL("open %s of the device: %s", path, test_errno());
	text = file_read_fd(fd, path);
	device_file_end(fd);
	return text;
}

/* The formatted text, owned by the caller. */
static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		FAIL("no memory for a text");
	return text;
}

/* 0, or the errno with which the device refused. */
static int device_write_text(const char *path, const char *text)
{
	ssize_t n, len = strlen(text);
	int fd, err = 0;

	fd = device_file_begin(path);
	if (fd < 0) {
		err = errno;
	} else {
		n = pwrite(fd, text, len, 0);
		if (n != len)
			err = n < 0 ? errno : EIO;
		device_file_end(fd);
	}
	return err;
}

int device_try_write(const char *path, const char *fmt, ...)
{
	va_list args;
	char *text;
	int err;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	err = device_write_text(path, text);
	free(text);
	return err;
}

void device_write(const char *path, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	errno = device_write_text(path, text);
	if (errno)
		FAIL("write \"%.*s\" to %s of the device: %s",
		     (int)strcspn(text, "\n"), text, path, test_errno());
	free(text);
}

char *file_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		FAIL("open %s: %s", path, test_errno());
	text = file_read_fd(fd, path);
	close(fd);
	return text;
}

void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(text);

	if (fd < 0)
		FAIL("open %s: %s", path, test_errno());
	if (write(fd, text, len) != len)
		FAIL("write \"%s\" to %s: %s", text, path, test_errno());
	close(fd);
}

static const struct test *running;

unsigned int test_ticks(void)
{
	return (running->seconds ?: DEFAULT_SECONDS) * 75;
}

static int run(const char *name)
{
	const char *base = strrchr(name, '/');
	const struct test *const *test;

	for (test = __start_sb_tests; test < __stop_sb_tests; test++) {
		if (strcmp((*test)->name, name))
			continue;
		/* The process name that kernel reports show. */
		prctl(PR_SET_NAME, base ? base + 1 : name);
		log_setup();
		running = *test;
		caps_require((*test)->boot_needs);
		caps_require((*test)->needs);
		(*test)->run();
		fflush(NULL);
		return TEST_PASS;
	}
	fprintf(stderr, "guest-tests: no test \"%s\"\n", name);
	return 2;
}

/*
 * The check of capability names is here, because only this program has the probes.
 */
static int list(void)
{
	const struct test *const *test;

	for (test = __start_sb_tests; test < __stop_sb_tests; test++) {
		const char *name = caps_unknown((*test)->needs)
					   ?: caps_unknown((*test)->boot_needs)
					   ?: caps_unknown((*test)->fixed_with);

		if (!name)
			continue;
		fprintf(stderr,
			"guest-tests: test \"%s\": caps.c has no "
			"capability \"%s\"\n",
			(*test)->name, name);
		return 1;
	}
	return list_tests(__start_sb_tests, __stop_sb_tests - __start_sb_tests);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	if (argc == 3 && !strcmp(argv[1], "run"))
		return run(argv[2]);
	fprintf(stderr, "usage: %s --list | run NAME\n", argv[0]);
	return 2;
}
