// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <string.h>

#include "../guest/said.h"

/*
 * Sources: kernel/panic.c (WARNING, panic), lib/bug.c and mm/slub.c (BUG),
 * arch/um/kernel/trap.c (Kernel mode fault, segfault), kernel/locking/lockdep.c
 * (INFO, WARNING, possible ...), lib/ubsan.c, kernel/dma/debug.c, mm/kmemleak.c,
 * lib/refcount.c, lib/list_debug.c, kernel/hung_task.c, kernel/watchdog.c,
 * kernel/rcu/tree_stall.h, mm/page_poison.c, kernel/irq/spurious.c,
 * drivers-stub/bus/port.c (device error).
 */
static const char REPORT[] =
	"\\bWARNING:"
	"|\\bBUG(:| [a-z])|kernel BUG at"
	"|\\bOops\\b"
	"|Kernel panic"
	"|Kernel mode (fault|signal)"
	"|Unable to handle kernel"
	"|general protection"
	"|\\b(segfault|trap [a-z ]*) (at|ip:)"
	"|\\bKASAN\\b|\\bKFENCE\\b|\\bKCSAN\\b|\\bKMSAN\\b"
	"|\\bUBSAN\\b"
	"|\\bINFO: (?!lockdep is turned off)"
	"|possible (circular|recursive|irq|unsafe|hardirq|softirq)"
	"|DEBUG_LOCKS_WARN_ON|turning off the locking correctness"
	"|suspicious RCU usage"
	"|new suspected memory leaks"
	"|kmemleak: (Cannot (insert|allocate a kmemleak_object)|.* disabled)"
	"|unreferenced object"
	"|DMA-API: .*(device driver|cacheline tracking|debugging out of memory)"
	"|\\brefcount_t:"
	"|\\blist_(add|del) corruption"
	"|[Bb]ad page (state|map)"
	"|[Mm]emory corruption"
	"|Bad rss-counter state"
	"|pagealloc: (single bit|memory)"
	"|blocked for more than"
	"|\\b(soft|hard) (lockup|LOCKUP)"
	"|detected stall|self-detected stall"
	"|scheduling while atomic"
	"|nobody cared"
	"|shrinkbench: .*device error"
	"|stack-protector:";

/*
 * Raw words of the stack, guessed frames, interrupt statistics, and the frames at
 * both ends of every report of UML.
 */
static const char NOISE[] =
	"^(Modules linked in:|Stack:$|-+\\[ cut here|[=-]+$"
	"|(\\s*[0-9a-f]{8,16})+\\s*$|\\s*$"
	"|irq event stamp|(hard|soft)irqs last +(en|dis)abled"
	"| \\[<[0-9a-f]+>\\] (\\? |(show_stack|dump_stack|dump_stack_lvl|__warn"
	"|warn_slowpath_(fmt|null)|handle_syscall|userspace|fork_handler"
	"|new_thread_handler)(\\.cold)?\\+))";

static GRegex *compile(const char *pattern)
{
	g_autoptr(GError) error = NULL;
	GRegex *regex =
		g_regex_new(pattern, G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, &error);

	if (!regex)
		g_error("%s", error->message);
	return regex;
}

static gboolean match(GRegex *regex, const char *line)
{
	return g_regex_match(regex, line, 0, NULL);
}

const char *report_strip_time(const char *line)
{
	const char *p = line;

	/* "[    1.234567] ", and with PRINTK_CALLER "[    T12] " */
	while (*p == '[') {
		p++;
		p += strspn(p, " ");
		p += strspn(p, "TC");
		if (!strspn(p, "0123456789."))
			return line;
		p += strspn(p, "0123456789.");
		if (p[0] != ']')
			return line;
		p++;
		if (*p == ' ')
			line = ++p;
		else if (*p != '[')
			return line;
	}
	return line;
}

gboolean report_begins(const char *line)
{
	static GRegex *regex;

	if (g_str_has_prefix(line, SAID))
		return FALSE;
	if (!regex)
		regex = compile(REPORT);
	return match(regex, line);
}

gboolean report_ends(const char *line)
{
	return g_str_has_prefix(line, "---[ end ");
}

gboolean report_is_message(const char *line)
{
	return g_str_has_prefix(line, "refcount_t: ");
}

gboolean report_is_noise(const char *line)
{
	static GRegex *regex;

	if (!regex)
		regex = compile(NOISE);
	return match(regex, line);
}
