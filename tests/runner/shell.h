/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shell in a guest. */
#ifndef RUNNER_SHELL_H
#define RUNNER_SHELL_H

#include "config.h"

/*
 * Run @command or, if that is NULL, a shell: on the terminal if standard input and
 * output are one, else with standard input as its script. Returns the exit status
 * of the shell, or the runner's.
 */
int shell_run(const Config *config, const char *command);

#endif
