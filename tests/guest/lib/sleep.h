/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System sleep, without the part of the processor: see drivers-stub/sleep/. All
 * processes but the caller are frozen meanwhile.
 */
#ifndef GUEST_SLEEP_H
#define GUEST_SLEEP_H

/* "suspend" or "hibernate" all devices, and wake them. 0 or an errno. */
int sleep_system(const char *how);

#endif
