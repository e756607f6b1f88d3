// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* A power of two. */
#define TRACE_LINES (64u * 1024)
#define KEPT_MAX 1000
/* A message of this size needs no memory of its own. */
#define INLINE_SIZE 88

typedef enum {
	ENTRY_MESSAGE,
	ENTRY_VIOLATION,
	ENTRY_REFUSED,
	ENTRY_READ,
	ENTRY_WRITE,
	ENTRY_CHECK,
} EntryKind;

/*
 * One line of the trace. Register accesses are kept as numbers, which is cheap, and
 * formatted only when the trace is read.
 */
typedef struct {
	guint64 seq;
	guint64 now_ns;
	const char *device;
	char *long_text; /* the message, when text[] is too small for it */
	guint32 repeats; /* register accesses that followed, or further checks */
	guint8 kind;
	union {
		struct {
			guint64 offset;
			guint64 value;
			gint32 error;
			guint8 len;
		} reg;
		struct {
			guint64 start;
			const char *what;
		} check;
		char text[INLINE_SIZE];
	};
} Entry;

/* Messages that have a file of their own: the first KEPT_MAX, and how many. */
typedef struct {
	GString *text;
	guint count;
} Kept;

struct Journal {
	guint64 now_ns;
	guint64 seq;
	Entry *ring;
	guint64 count; /* entries ever added since the last clear */
	Kept violations, refused;
};

Journal *journal_new(void)
{
	Journal *journal = g_new0(Journal, 1);

	/* Zero pages cost nothing until they are used. */
	journal->ring =
		mmap(NULL, TRACE_LINES * sizeof(Entry), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (journal->ring == MAP_FAILED)
		g_error("no memory for the trace");
	journal->violations.text = g_string_new(NULL);
	journal->refused.text = g_string_new(NULL);
	return journal;
}

void journal_free(Journal *journal)
{
	if (!journal)
		return;
	journal_clear_trace(journal);
	munmap(journal->ring, TRACE_LINES * sizeof(Entry));
	g_string_free(journal->violations.text, TRUE);
	g_string_free(journal->refused.text, TRUE);
	g_free(journal);
}

void journal_set_time(Journal *journal, uint64_t now_ns)
{
	journal->now_ns = now_ns;
}

static Entry *add_entry(Journal *journal, EntryKind kind, const char *device)
{
	Entry *entry = &journal->ring[journal->count++ % TRACE_LINES];

	g_clear_pointer(&entry->long_text, g_free);
	entry->seq = journal->seq++;
	entry->now_ns = journal->now_ns;
	entry->device = device;
	entry->repeats = 0;
	entry->kind = kind;
	return entry;
}

static void G_GNUC_PRINTF(4, 0)
	add_message(Journal *journal, EntryKind kind, const char *device,
		    const char *fmt, va_list args)
{
	Entry *entry = add_entry(journal, kind, device);
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(entry->text, sizeof(entry->text), fmt, args);
	if (len >= (int)sizeof(entry->text))
		entry->long_text = g_strdup_vprintf(fmt, again);
	va_end(again);
}

void journal_trace(Journal *journal, const char *device, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_message(journal, ENTRY_MESSAGE, device, fmt, args);
	va_end(args);
}

void journal_register(Journal *journal, const char *device, bool write,
		      uint64_t offset, uint64_t value, size_t len, int error)
{
	EntryKind kind = write ? ENTRY_WRITE : ENTRY_READ;
	Entry *entry;

	if (journal->count) {
		entry = &journal->ring[(journal->count - 1) % TRACE_LINES];
		if (entry->kind == kind && entry->device == device &&
		    entry->reg.offset == offset && entry->reg.value == value &&
		    entry->reg.len == len && entry->reg.error == error) {
			entry->repeats++;
			return;
		}
	}
	entry = add_entry(journal, kind, device);
	entry->reg.offset = offset;
	entry->reg.value = value;
	entry->reg.len = (guint8)len;
	entry->reg.error = error;
}

/* The line with sequence number @seq if it is still there, or NULL. */
static Entry *find_entry(Journal *journal, guint64 seq)
{
	guint64 back = journal->seq - seq;

	if (back > MIN(journal->count, (guint64)TRACE_LINES))
		return NULL;
	return &journal->ring[(journal->count - back) % TRACE_LINES];
}

void journal_checked(Journal *journal, const char *device, const char *what,
		     uint64_t start, uint64_t *line)
{
	Entry *entry = *line ? find_entry(journal, *line - 1) : NULL;

	if (entry && entry->now_ns == journal->now_ns) {
		entry->repeats++;
		return;
	}
	*line = journal->seq + 1;
	entry = add_entry(journal, ENTRY_CHECK, device);
	entry->check.start = start;
	entry->check.what = what;
}

/* Names that a guest chooses must not forge lines or terminal sequences. */
static void append_clean(GString *out, const char *text)
{
	for (; *text; text++)
		g_string_append_c(out, g_ascii_isprint(*text) ? *text : '?');
}

static void append_head(GString *out, guint64 seq, guint64 now_ns,
			const char *device)
{
	g_string_append_printf(out,
			       "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
			       ".%09" G_GUINT64_FORMAT " %s ",
			       seq, now_ns / 1000000000, now_ns % 1000000000,
			       device);
}

static void G_GNUC_PRINTF(5, 0)
	keep_message(Journal *journal, Kept *kept, EntryKind kind,
		     const char *device, const char *fmt, va_list args)
{
	const Entry *entry;

	add_message(journal, kind, device, fmt, args);
	if (kept->count++ >= KEPT_MAX)
		return;
	entry = &journal->ring[(journal->count - 1) % TRACE_LINES];
	append_head(kept->text, entry->seq, entry->now_ns, device);
	append_clean(kept->text, entry->long_text ?: entry->text);
	g_string_append_c(kept->text, '\n');
}

void journal_violation(Journal *journal, const char *device, const char *fmt,
		       ...)
{
	va_list args;

	va_start(args, fmt);
	keep_message(journal, &journal->violations, ENTRY_VIOLATION, device,
		     fmt, args);
	va_end(args);
}

void journal_refused(Journal *journal, const char *device, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	keep_message(journal, &journal->refused, ENTRY_REFUSED, device, fmt,
		     args);
	va_end(args);
}

guint journal_violation_count(Journal *journal)
{
	return journal->violations.count;
}

guint journal_refused_count(Journal *journal)
{
	return journal->refused.count;
}

static void append_entry(GString *out, const Entry *entry)
{
	append_head(out, entry->seq, entry->now_ns, entry->device);
	switch ((EntryKind)entry->kind) {
	case ENTRY_VIOLATION:
	case ENTRY_REFUSED:
		g_string_append(out, entry->kind == ENTRY_REFUSED
					     ? "REFUSED: "
					     : "VIOLATION: ");
		G_GNUC_FALLTHROUGH;
	case ENTRY_MESSAGE:
		append_clean(out, entry->long_text ?: entry->text);
		break;
	case ENTRY_CHECK:
		g_string_append_printf(
			out, "stamps: %s 0x%" G_GINT64_MODIFIER "x: %u checked",
			entry->check.what, entry->check.start,
			entry->repeats + 1);
		break;
	case ENTRY_READ:
	case ENTRY_WRITE:
		g_string_append_printf(out, "%s%u 0x%" G_GINT64_MODIFIER "x",
				       entry->kind == ENTRY_READ ? "read"
								 : "write",
				       entry->reg.len * 8u, entry->reg.offset);
		if (entry->reg.error && entry->kind == ENTRY_READ)
			g_string_append(out, " failed");
		else
			g_string_append_printf(
				out, " = 0x%" G_GINT64_MODIFIER "x%s",
				entry->reg.value,
				entry->reg.error ? " failed" : "");
		if (entry->repeats)
			g_string_append_printf(out, " (and %u more)",
					       entry->repeats);
		break;
	}
	g_string_append_c(out, '\n');
}

GBytes *journal_trace_text(Journal *journal)
{
	GString *out = g_string_new(NULL);
	guint64 first = 0;

	if (journal->count > TRACE_LINES) {
		first = journal->count - TRACE_LINES;
		g_string_append_printf(
			out, "(%" G_GUINT64_FORMAT " older lines dropped)\n",
			first);
	}
	for (guint64 i = first; i < journal->count; i++)
		append_entry(out, &journal->ring[i % TRACE_LINES]);
	return g_string_free_to_bytes(out);
}

static GBytes *kept_text(const Kept *kept)
{
	GString *out =
		g_string_new_len(kept->text->str, (gssize)kept->text->len);

	if (kept->count > KEPT_MAX)
		g_string_append_printf(out, "(and %u more, not kept)\n",
				       kept->count - KEPT_MAX);
	return g_string_free_to_bytes(out);
}

GBytes *journal_violations_text(Journal *journal)
{
	return kept_text(&journal->violations);
}

GBytes *journal_refused_text(Journal *journal)
{
	return kept_text(&journal->refused);
}

void journal_clear_trace(Journal *journal)
{
	guint64 used = MIN(journal->count, (guint64)TRACE_LINES);

	for (guint64 i = 0; i < used; i++)
		g_clear_pointer(&journal->ring[i].long_text, g_free);
	journal->count = 0;
}

static void forget_kept(Kept *kept)
{
	g_string_truncate(kept->text, 0);
	kept->count = 0;
}

void journal_clear_violations(Journal *journal)
{
	forget_kept(&journal->violations);
}

void journal_clear_refused(Journal *journal)
{
	forget_kept(&journal->refused);
}
