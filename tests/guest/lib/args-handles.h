/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles of several kinds, right and wrong, for tables of arguments (args.h). */
#ifndef GUEST_ARGS_HANDLES_H
#define GUEST_ARGS_HANDLES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/args.h"

/* A handle that no file of a test has. */
#define ARGS_NO_HANDLE 7777

/**
 * struct args_handles - of BOs in one file
 * @fd: the file
 * @other: another file of the device
 * @vgem: a file of vgem
 * @bo: a BO of 4 pages
 * @imported: a BO of vgem, of 4 pages
 * @closed: one whose handle was closed
 * @foreign: one that only @other has
 */
struct args_handles {
	int fd, other, vgem;
	uint32_t bo, imported, closed, foreign;
};

/*
 * With these two files of one device, which args_handles_close() closes. The next BO of @fd
 * may get the number of the closed one: make what you need before. @create makes a
 * BO of @size bytes and returns its handle.
 */
struct args_handles args_handles_open(int fd, int other,
				      uint32_t (*create)(int fd, size_t size));
void args_handles_close(const struct args_handles *h);

/* Rows with @error for each handle that the file of @h does not have. */
#define ARGS_NO_HANDLES(h, request, error, type, ...)                          \
	ARGS(request, error, type, .handle = 0, ##__VA_ARGS__),                \
		ARGS(request, error, type, .handle = ARGS_NO_HANDLE,           \
		     ##__VA_ARGS__),                                           \
		ARGS(request, error, type, .handle = UINT32_MAX,               \
		     ##__VA_ARGS__),                                           \
		ARGS(request, error, type, .handle = (h).closed,               \
		     ##__VA_ARGS__),                                           \
		ARGS(request, error, type, .handle = (h).foreign,              \
		     ##__VA_ARGS__)

#endif
