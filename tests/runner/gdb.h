/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel of one test under a debugger. */
#ifndef RUNNER_GDB_H
#define RUNNER_GDB_H

#include "config.h"
#include "test-list.h"

/*
 * The kernel that runs @test, under gdb (or what GDB in the environment
 * says) and without time limit. The runner's exit status.
 */
int gdb_run(const Config *config, TestInfo *test);

#endif
