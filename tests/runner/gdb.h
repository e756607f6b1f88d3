/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the kernel of one test under a debugger. */
#ifndef RUNNER_GDB_H
#define RUNNER_GDB_H

#include "config.h"
#include "test-list.h"

/*
 * Run the kernel of @test under gdb (or $GDB), without a time limit. Returns the
 * runner's exit status.
 */
int gdb_run(const Config *config, TestInfo *test);

#endif
