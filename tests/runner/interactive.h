/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest for a person: --shell and --gdb. */
#ifndef RUNNER_INTERACTIVE_H
#define RUNNER_INTERACTIVE_H

#include "config.h"
#include "test-list.h"

/* A shell in a guest, on this terminal. The runner's exit status. */
int interactive_shell(const Config *config);

/*
 * The kernel that runs @test, under gdb (or what GDB in the environment
 * says) and without time limit. The runner's exit status.
 */
int interactive_gdb(const Config *config, TestInfo *test);

#endif
