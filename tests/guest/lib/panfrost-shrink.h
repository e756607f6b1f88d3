/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shrinker that gives the GPU's pages back, whoever brings it: plain 6.12's
 * driver has one of its own, a series may use the helpers'. An error fails the
 * test.
 */
#ifndef PANFROST_SHRINK_H
#define PANFROST_SHRINK_H

#include <stdbool.h>

/*
 * Is it the helpers'? That one counts each BO that nothing holds in place, and
 * the driver refuses, when it is scanned, those that are needed. The driver's
 * own knows only those that are not needed. And with it the driver refuses a
 * job that names a BO that is not needed.
 */
bool shrink_is_generic(void);

/* Name that it has, or would have: "drm-panfrost" or "drm-shmem:DEVICE". */
const char *shrink_name(void);

/* As shrinker_count() and shrinker_scan(). */
unsigned long shrink_count(void);
void shrink_scan(unsigned long pages);

/*
 * The count of a device that has BOs with @needed pages, and BOs with
 * @not_needed pages which could be purged, now or once they are idle.
 */
unsigned long shrink_pages(unsigned long needed, unsigned long not_needed);

/*
 * Scan until no BO is left that is not needed; BOs with @needed pages remain. A
 * chain that is done lets go of its BOs in its own time, so it may take some.
 */
void shrink_all(unsigned long needed);

/* Wait until the BOs of files that have been closed are gone, and all others. */
void shrink_settle(void);

#endif
