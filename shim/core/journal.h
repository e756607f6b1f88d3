/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the devices did, in order (the file `trace`), what the guest did that no kernel
 * may (the file `violations`), and what a device refused, but a kernel may pass on for a
 * process (`refused`). One line each, without a newline in the message; the journal adds
 * sequence number, guest time and device. A byte that is not printable ASCII is shown as
 * a question mark.
 */
#ifndef SHIM_JOURNAL_H
#define SHIM_JOURNAL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Journal Journal;

Journal *journal_new(void);
void journal_free(Journal *journal);

/* Guest time (ns) that the next lines carry. */
void journal_set_time(Journal *journal, uint64_t now_ns);

/* @device: Device.name, or "bus"; must live as long as the journal. */
void journal_trace(Journal *journal, const char *device, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);
/* The line also goes to the trace, marked. */
void journal_violation(Journal *journal, const char *device, const char *fmt,
		       ...) G_GNUC_PRINTF(3, 4);
void journal_refused(Journal *journal, const char *device, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);
/*
 * Trace one register access, without formatting or allocating memory. The bus calls
 * it for every access, models need not. @value was read or written, @len is its
 * size in bytes, @error 0 or a negative errno. An access identical to the one
 * before, as when a guest polls, is only counted.
 */
void journal_register(Journal *journal, const char *device, bool write,
		      uint64_t offset, uint64_t value, size_t len, int error);

/*
 * Trace that a page was checked for a stamp. Checks at one moment are one line, which
 * costs as little as a register access. @what is static: "resource", and @start its
 * number, or "address". @line belongs to the rule that the page is checked for; 0 at
 * first.
 */
void journal_checked(Journal *journal, const char *device, const char *what,
		     uint64_t start, uint64_t *line);

guint journal_violation_count(Journal *journal);
guint journal_refused_count(Journal *journal);
/* Whole text so far, owned by the caller. The trace keeps its last 64 Ki lines
 * and says how many older ones it dropped; the others keep the first 1000 and
 * say how many more there were.
 */
GBytes *journal_trace_text(Journal *journal);
GBytes *journal_violations_text(Journal *journal);
GBytes *journal_refused_text(Journal *journal);
/* Forget all (a write of "clear" to the file). */
void journal_clear_trace(Journal *journal);
void journal_clear_violations(Journal *journal);
void journal_clear_refused(Journal *journal);

#endif
