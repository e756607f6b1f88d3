/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shrinker for panfrost BOs, whichever one the kernel has: plain 6.12 has one
 * in the driver, with a series it may be that of the helpers. An error fails the
 * test.
 */
#ifndef PANFROST_SHRINK_H
#define PANFROST_SHRINK_H

#include <stdbool.h>

/*
 * Is it the helpers' shrinker? It counts every BO that is not pinned or busy, and
 * the driver refuses to evict needed ones during a scan. The driver's own shrinker
 * knows only BOs that are not needed. With the helpers' one, the driver also
 * refuses jobs that use a BO marked as not needed.
 */
bool shrink_is_generic(void);

/* The name that it has or would have: "drm-panfrost" or "drm-shmem:DEVICE". */
const char *shrink_name(void);

/* Like shrinker_count() and shrinker_scan(). */
unsigned long shrink_count(void);
void shrink_scan(unsigned long pages);

/*
 * The count to expect of a device that has BOs with @needed pages, and BOs with
 * @not_needed pages that can be purged, now or once they are idle.
 */
unsigned long shrink_pages(unsigned long needed, unsigned long not_needed);

/*
 * Scan until all BOs that are not needed are purged; BOs with @needed pages remain.
 * Several scans may be necessary, because completed chains release their BOs
 * asynchronously.
 */
void shrink_all(unsigned long needed);

/* Wait until all BOs are freed, including those of closed files. */
void shrink_settle(void);

#endif
