/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access to the files of the FUSE tree from a process in the guest. */
#ifndef LIB_DEVICE_FILE_H
#define LIB_DEVICE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Open file @path of the tree, relative to its root, for reading and writing:
 * a descriptor, owned by the caller, close-on-exec; or -1 and errno (ENOENT:
 * no such file, ENODEV: no stub devices). Tests mostly want device_read() and
 * device_write() of test.h.
 */
int device_file_open(const char *path);

/*
 * The same for a single access, by pread() and pwrite() at offset 0. The descriptor
 * may stay open for the next access to @path, since to open a file takes longer than
 * to read it. device_file_end() gives it back; no other use may follow.
 */
int device_file_begin(const char *path);
void device_file_end(int fd);

#endif
