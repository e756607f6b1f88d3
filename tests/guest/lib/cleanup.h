/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test has made goes by itself at the end of the block that declares it,
 * the last first; GPU(), BO(), PAN() and HELPER() are made of this. A check
 * that does not hold ends the process, which then cleans up nothing.
 */
#ifndef LIB_CLEANUP_H
#define LIB_CLEANUP_H

/* @function gets a pointer to the variable. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* FD(dmabuf, drm_export(fd, handle)): a file descriptor that is closed. */
#define FD(name, ...) CLEANUP(fd_cleanup) int name = (__VA_ARGS__)
void fd_cleanup(const int *fd);

#endif
