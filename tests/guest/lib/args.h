/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of ioctls, from a table: each row is a call and the errno that it must
 * fail with. A wrong answer does not hide those to other rows.
 */
#ifndef GUEST_ARGS_H
#define GUEST_ARGS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct args_row - a call
 * @what: for messages
 * @request: the ioctl
 * @arg: its argument, which is copied
 * @err: the errno, or 0: it succeeds
 */
struct args_row {
	const char *what;
	unsigned long request;
	const void *arg;
	int err;
};

/* ARGS(DRM_IOCTL_GEM_CLOSE, EINVAL, drm_gem_close, .handle = 1) */
#define ARGS(ioctl_number, error, type, ...)                                   \
	{                                                                      \
#ioctl_number " " #__VA_ARGS__, ioctl_number,                  \
			&(struct type){__VA_ARGS__ }, error                    \
	}

/*
 * For struct test.known: any user can make the kernel warn by a count for which it allocates 2
 * GiB or more (tests/KERNEL-BUGS.md).
 */
#define ARGS_KNOWN_HUGE                                                        \
	"__kvmalloc_node_noprof WARN_ON_ONCE(!(flags & __GFP_NOWARN))"

/* A bad address in each process. */
#define ARGS_BAD_POINTER 0xdead000ull

/*
 * Make each call in file @fd; fails the test at the end if any had another result.
 * Each is made with a few arguments that DRM's core looks at, too: at a bad address
 * (EFAULT), without any (any result), longer than the kernel's, and shorter, without zeros at
 * its end (the same result).
 */
void args_check(int fd, const struct args_row *rows, size_t count);
#define ARGS_CHECK(fd, rows)                                                   \
	args_check(fd, rows, sizeof(rows) / sizeof(*(rows)))

/*
 * Make each call of rows that succeed with its argument in a page that may only be
 * read: those that write to it fail with EFAULT. No call may leave a descriptor open.
 */
void args_read_only(int fd, const struct args_row *rows, size_t count);

#endif
