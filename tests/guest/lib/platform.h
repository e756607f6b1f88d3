/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one device of a platform driver, as sysfs and the FUSE tree see it. @driver is
 * the name of the driver, and of the device's directory in the tree. An error fails
 * the test.
 */
#ifndef GUEST_PLATFORM_H
#define GUEST_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/* Directory of @driver, a string literal, in sysfs */
#define PLATFORM_DRIVER(driver) "/sys/bus/platform/drivers/" driver
/* Name of the device, static. The first call needs a bound driver. */
const char *platform_name(const char *driver);
/* Unbind the driver or bind it. */
void platform_bind(const char *driver, bool bind);
/* Forbid runtime suspend, or allow it again, which is the default. */
void platform_keep_awake(const char *driver, bool awake);
/* Is power/runtime_status "suspended"? */
bool platform_is_suspended(const char *driver);

/* Content of a file of the device in the tree, owned. */
char *platform_file(const char *driver, const char *name);
/* A counter in the device's file "counters". */
uint64_t platform_counter(const char *driver, const char *name);

#endif
