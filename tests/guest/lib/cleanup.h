/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cleanup at the end of the block that declares a variable, the last one first: the
 * base of GPU(), BO(), PAN() and HELPER(). A check that fails ends the process
 * without any cleanup.
 */
#ifndef LIB_CLEANUP_H
#define LIB_CLEANUP_H

/* @function gets a pointer to the variable. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* FD(dmabuf, drm_export(fd, handle)): a file descriptor that is closed. */
#define FD(name, ...) CLEANUP(fd_cleanup) int name = (__VA_ARGS__)
void fd_cleanup(const int *fd);

#endif
