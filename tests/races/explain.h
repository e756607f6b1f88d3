/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a schedule did, in words, from the log of its guest. */
#ifndef RACES_EXPLAIN_H
#define RACES_EXPLAIN_H

#include <glib.h>

/* The words for a code address: "FUNCTION at FILE:LINE"; owned. */
typedef char *(*PlaceFunc)(guint64 address, gpointer data);

/*
 * explain() - a line for each preemption, what ran then, and who went on; each with two
 * blanks before it. Owned.
 */
char *explain(const char *log, PlaceFunc place, gpointer data);

/* explain_steps() - the number of steps that the log ends with; 0 if it does not. */
guint64 explain_steps(const char *log);

/**
 * struct Kernel - for kernel_place()
 * @path: the kernel, with debug information of the code under test
 */
typedef struct {
	const char *path;
} Kernel;

/* A PlaceFunc that asks addr2line; @data is a Kernel. */
char *kernel_place(guint64 address, gpointer data);

#endif
