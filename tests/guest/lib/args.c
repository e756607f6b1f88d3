// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/size.h"
#include "lib/test.h"

/* Larger than any argument, by at least TAIL. */
#define MOST 512
#define TAIL 64
/* Longest size that a request can have. */
#define SIZE_MASK ((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)

static int first_free_fd(void)
{
	int fd = CHECK_SYS(dup(STDIN_FILENO));

	CHECK_SYS(close(fd));
	return fd;
}

/* Close what the call has opened. Returns how many there were. */
static unsigned int close_new(int from)
{
	unsigned int count = 0;

	for (int fd = from; fd < from + 4; fd++)
		count += !close(fd);
	return count;
}

static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		errno = 0;
		ret = ioctl(fd, request, arg);
	} while (ret == -1 && (errno == EINTR || errno == EAGAIN));
	return ret == -1 ? errno : 0;
}

static unsigned int wrong(const struct args_row *row, const char *how, int err)
{
	test_note("%s%s: want %d, got %d (%s)", row->what, how, row->err, err,
		  strerror(err));
	return 1;
}

/* Bytes that are cut off; they must be zero, as the kernel then takes them to be. */
#define CUT 8

static bool ends_with_zeros(const unsigned char *arg, size_t size)
{
	static const unsigned char zeros[CUT];

	return size > CUT && !memcmp(arg + size - CUT, zeros, CUT);
}

static unsigned int check_row(int fd, const struct args_row *row)
{
	unsigned long size = _IOC_SIZE(row->request);
	unsigned char arg[MOST];
	unsigned int bad = 0;
	int free_fd = first_free_fd(), err;

	CHECK_CMP(size + TAIL, <=, MOST);
	memset(arg, 0xff, sizeof(arg));
	memcpy(arg, row->arg, size);
	err = call(fd, row->request, arg);
	if (err != row->err)
		bad += wrong(row, "", err);
	if (close_new(free_fd) && row->err)
		bad += wrong(row, ", leaves a descriptor", err);

	err = call(fd, row->request, (void *)ARGS_BAD_POINTER);
	if (err != EFAULT && (_IOC_DIR(row->request) & _IOC_WRITE))
		bad += wrong(row, ", at a bad address", err);
	close_new(free_fd);

	memcpy(arg, row->arg, size);
	if (row->err && ends_with_zeros(arg, size)) {
		err = call(fd,
			   row->request -
				   ((unsigned long)CUT << _IOC_SIZESHIFT),
			   arg);
		if (err != row->err)
			bad += wrong(row, ", without its last zeros", err);
		close_new(free_fd);
	}

	memset(arg, 0xff, sizeof(arg));
	memcpy(arg, row->arg, size);
	err = call(fd, row->request + ((unsigned long)TAIL << _IOC_SIZESHIFT),
		   arg);
	/* What succeeded once may be refused the second time. */
	if (row->err && err != row->err)
		bad += wrong(row, ", with more at its end", err);
	close_new(free_fd);

	/* Last, since it may succeed. A device does not like all zeros where drivers do not look. */
	if (row->err)
		call(fd, row->request & ~SIZE_MASK, arg);
	close_new(free_fd);
	return bad;
}

void args_check(int fd, const struct args_row *rows, size_t count)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += check_row(fd, &rows[i]);
	if (bad)
		FAIL("%u wrong answers", bad);
}

void args_read_only(int fd, const struct args_row *rows, size_t count)
{
	unsigned int bad = 0;
	unsigned char *page =
		CHECK_SYS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (size_t i = 0; i < count; i++) {
		bool writes = _IOC_DIR(rows[i].request) & _IOC_READ;
		int free_fd = first_free_fd(), err;

		CHECK_SYS(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		memcpy(page, rows[i].arg, _IOC_SIZE(rows[i].request));
		CHECK_SYS(mprotect(page, PAGE, PROT_READ));
		err = call(fd, rows[i].request, page);
		if (err != (writes ? EFAULT : 0))
			bad += wrong(&rows[i], ", read-only", err);
		if (close_new(free_fd))
			bad += wrong(&rows[i], ", leaves a descriptor", err);
	}
	CHECK_SYS(munmap(page, PAGE));
	if (bad)
		FAIL("%u wrong answers", bad);
}
