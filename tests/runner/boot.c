// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot.h"

#include <string.h>

#include "output.h"

typedef struct {
	char *cause; /* to compare by */
	Verdict *verdict;
	char *log;
} Failure;

struct BootFailures {
	GPtrArray *list; /* of Failure, owned */
};

/* Text of a console or a reason, and the remedy. The first match is used. */
static const struct {
	const char *said;
	const char *remedy;
} REMEDIES[] = {
	{"ptrace set fp regs failed",
	 "the host's XSAVE area is larger than this kernel allows for (AMX?), "
	 "and uml-config/fixups/fp-host-xstate.patch does not apply to it; use "
	 "Linux 6.13 or later, or the default kernel"},
	{"PTRACE_TRACEME",
	 "ptrace is forbidden here: see kernel.yama.ptrace_scope; containers "
	 "need --cap-add SYS_PTRACE"},
	{"check_ptrace",
	 "ptrace is forbidden here: see kernel.yama.ptrace_scope; containers "
	 "need --cap-add SYS_PTRACE"},
	{"fusermount3",
	 "a FUSE mount is forbidden here; containers need --device /dev/fuse "
	 "--cap-add SYS_ADMIN"},
	{"/dev/fuse", "/dev/fuse must be there and be accessible to you"},
	{"No space left on device", "free space where the guests' RAM is"},
	{"no stub devices",
	 "this kernel was built without drivers-stub/ (CONFIG_SHRINKBENCH)"},
};

static void failure_free(gpointer data)
{
	Failure *failure = data;

	g_free(failure->cause);
	if (failure->verdict)
		verdict_free(failure->verdict);
	g_free(failure->log);
	g_free(failure);
}

BootFailures *boot_failures_new(void)
{
	BootFailures *failures = g_new0(BootFailures, 1);

	failures->list = g_ptr_array_new_with_free_func(failure_free);
	return failures;
}

void boot_failures_free(BootFailures *failures)
{
	g_ptr_array_unref(failures->list);
	g_free(failures);
}

/* The reasons without numbers and addresses, which differ between guests. */
static char *cause_of(const Verdict *verdict)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < verdict->reasons->len; i++) {
		const char *p = verdict->reasons->pdata[i];

		for (; *p; p++)
			if (!g_ascii_isxdigit(*p))
				g_string_append_c(text, *p);
		g_string_append_c(text, '\n');
	}
	return g_string_free(text, FALSE);
}

void boot_failures_add(BootFailures *failures, Verdict *verdict,
		       const char *log)
{
	g_autofree char *cause = cause_of(verdict);
	Failure *failure;

	for (guint i = 0; i < failures->list->len; i++) {
		failure = failures->list->pdata[i];
		if (strcmp(failure->cause, cause))
			continue;
		failure->verdict->cost += verdict->cost;
		verdict_free(verdict);
		return;
	}
	failure = g_new0(Failure, 1);
	failure->cause = g_steal_pointer(&cause);
	failure->verdict = verdict;
	failure->log = g_strdup(log);
	g_ptr_array_add(failures->list, failure);
}

static const char *remedy(const Verdict *verdict)
{
	for (guint i = 0; i < G_N_ELEMENTS(REMEDIES); i++) {
		const char *said = REMEDIES[i].said;

		if (verdict->excerpt && strstr(verdict->excerpt, said))
			return REMEDIES[i].remedy;
		for (guint j = 0; j < verdict->reasons->len; j++)
			if (strstr(verdict->reasons->pdata[j], said))
				return REMEDIES[i].remedy;
	}
	return NULL;
}

void boot_failures_each(BootFailures *failures,
			void (*func)(Verdict *verdict, const char *log,
				     gpointer data),
			gpointer data)
{
	for (guint i = 0; i < failures->list->len; i++) {
		Failure *failure = failures->list->pdata[i];
		Verdict *verdict = g_steal_pointer(&failure->verdict);

		g_ptr_array_add(verdict->reasons,
				g_strdup_printf("%u test%s not run because of "
						"it",
						verdict->cost,
						verdict->cost == 1 ? " was"
								   : "s were"));
		func(verdict, failure->log, data);
	}
	g_ptr_array_set_size(failures->list, 0);
}

static void add_failure(GString *text, const Failure *failure)
{
	const Verdict *verdict = failure->verdict;
	g_autofree char *log = output_path(failure->log);
	const char *what = remedy(verdict);

	for (guint i = 0; i < verdict->reasons->len; i++)
		g_string_append_printf(text, "  %s\n",
				       (char *)verdict->reasons->pdata[i]);
	if (verdict->excerpt) {
		g_auto(GStrv) lines = g_strsplit(verdict->excerpt, "\n", 0);

		for (char **line = lines; *line; line++)
			if (**line)
				g_string_append_printf(text, "  | %s\n", *line);
	}
	g_string_append_printf(text, "  log: %s\n", log);
	g_string_append_printf(text, "  what to do: %s\n",
			       what
				       ?: "make doctor looks at what a run "
					  "needs of this machine");
}

char *boot_failures_block(const BootFailures *failures, const char **why)
{
	GString *text = g_string_new("error: no guest comes up; no test was "
				     "run\n");
	const Failure *first = failures->list->pdata[0];

	for (guint i = 0; i < failures->list->len; i++)
		add_failure(text, failures->list->pdata[i]);
	*why = first->verdict->reasons->pdata[0];
	return g_string_free(text, FALSE);
}
