/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the guest of a test's last run left its files. */
#ifndef TIMELINE_FIND_H
#define TIMELINE_FIND_H

#include <glib.h>

/*
 * find_guest() - the directory of the guest that ran @test last, in any run below the
 * directories @runs; owned. NULL with @error set if there is none.
 */
char *find_guest(const char *const *runs, const char *test, GError **error);

#endif
