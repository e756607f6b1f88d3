/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the host has not run processes that could run. A time limit does not count
 * that, so a test does not fail because the machine is busy.
 */
#ifndef RUNNER_STARVED_H
#define RUNNER_STARVED_H

#include <glib.h>
#include <sys/types.h>

/*
 * Time in microseconds for which the threads of the process group @group, as far as they
 * exist, have waited for a CPU so far (proc(5), schedstat). 0 where the host does not say.
 */
gint64 starved_us(pid_t group);

#endif
