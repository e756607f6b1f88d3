/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the selftest. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <glib.h>
#include <sys/types.h>

/* One call of the runner. */
typedef struct {
	pid_t pid;
	int out_fd; /* its standard output, and error unless that is apart */
	GString *out;
	int status;
} Run;

/* The runner with all that it needs and these further arguments; owned. */
char **selftest_argv(const char *const *args);

/*
 * Start it. @in, @err: its standard input and error; -1: the test's input, and the
 * run's output.
 */
Run *run_start_with(const char *const *args, int in, int err);

/* Read until @text appears, or to the end (NULL). */
void run_read(Run *run, const char *text);

/* Wait for its end, which must leave nothing behind. */
void run_wait(Run *run);
void run_free(Run *run);

void check_exit(const Run *run, int status);
void check_nothing_left(void);

/* A file of this test, in a directory that is removed; owned. */
char *selftest_path(const char *name);

/*
 * The option --kernel for a program that pretends to be one: a shell script of these
 * @commands; owned.
 */
char *selftest_kernel(const char *name, const char *commands);

gboolean has_shim(void);

/* The process of the kernel of the guest that runs, or 0. */
pid_t guest_process(void);

/* Tests of --shell. */
void add_shell_tests(void);

#endif
