/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sync objects (DRM_IOCTL_SYNCOBJ_*), of any driver. An error fails the test. */
#ifndef GUEST_SYNCOBJ_H
#define GUEST_SYNCOBJ_H

#include <stdbool.h>
#include <stdint.h>

uint32_t syncobj_new(int fd);
void syncobj_free(int fd, uint32_t syncobj);
/* Replace its fence by that of @sync_file. */
void syncobj_import(int fd, uint32_t syncobj, int sync_file);
/* Is it signalled within @ms? */
bool syncobj_wait(int fd, uint32_t syncobj, unsigned int ms);
/* As sync_file_status(): 0 pending, 1 signalled, or a negative errno. */
int syncobj_status(int fd, uint32_t syncobj);
/* @ms from now as CLOCK_MONOTONIC, in ns, as the timeouts of DRM's ioctls are. */
int64_t time_after(unsigned int ms);

#endif
