/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access to the files of the FUSE tree from a process in the guest. */
#ifndef LIB_DEVICE_FILE_H
#define LIB_DEVICE_FILE_H

/*
 * Open file @path of the tree, relative to its root, for reading and writing:
 * a descriptor, owned by the caller, close-on-exec; or -1 and errno (ENOENT:
 * no such file, ENODEV: no stub devices). Tests mostly want device_read() and
 * device_write() of test.h.
 */
int device_file_open(const char *path);

#endif
