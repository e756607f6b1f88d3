// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make bisect with copies of the real series, each with a fault in one patch. After each check
 * come the steps, and "NNNN: N.N s, N.N s of CPU" for the bisection alone, whose ends were built
 * before it. bisect-test.c tests the rest.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "command.h"

#define WORK "SB_BUILD=$ROOT/build VARIANT=debug SERIES=$TMP/series "
#define BISECT "$ROOT/build/bisect"
/* In the shrinker patch, where its author may well have put it: a used BO keeps its place. */
#define MOVE "drm_gem_lru_move_tail(&mm->lru_evictable, obj);"
#define MOVE_IF_UNUSED "obj->lru == \\&mm->lru_evictable ? (void)0 : "

static const struct {
	const char *slot, *tests;
	gboolean both; /* the tests apply to the base: GOOD is built before, too */
	gboolean moves; /* the fault is this; else fault.patch, where no other patch touches */
} faults[] = {
	{"0001", "helper/free-vmapped", TRUE, FALSE},
	{"0008", "kunit/drm-gem-shmem", FALSE, FALSE},
	{"0013", "helper/free-pinned", FALSE, FALSE},
	{"0018", "virtio/scan-order-exec helper/evict-order", FALSE, TRUE},
	{"0021", "virtio/attach-unused", FALSE, FALSE},
	{"0022", "virtio/scan-order-exec", FALSE, FALSE},
	{"0023", "virtio/scan-order-exec", FALSE, FALSE},
};

/*
 * The series with the fault in @slot; without what its index says of capabilities, as the index of
 * most series: the source must tell. Returns the name of the patch.
 */
static const char *make_series(const char *slot, gboolean moves)
{
	const char *patch;

	sh("cp -RL $ROOT/uml-config/series/6.12 series; sed -i '/ gives /d' series/index");
	patch = ask(f("echo series/%s-*", slot));
	if (moves)
		sh(f("grep -cxF -e '+		" MOVE "' %s | grep -x 1;"
		     "sed -i '/^+		" MOVE "$/s/drm_gem_lru/" MOVE_IF_UNUSED "&/' %s",
		     patch, patch));
	else
		sh(f("cat fault.patch >>%s", patch));
	return patch;
}

/* Build the kernel at this end of the history. */
static void build_end(const char *id)
{
	const char *dir =
		ask(f("echo " BISECT "/kernels/$(sed -n 's/^%s //p' history/kernels)", id));

	if (!there(f("%s/reads", dir)))
		sh(f(WORK "$ROOT/uml-config/at.sh $TMP/history %s debug %s;" BISECT
			  "/tests/bisect --reads %s",
		     id, dir, dir));
}

/* Build BAD, and if @both is set GOOD as well; all else is to be built again. */
static void build_ends(gboolean both)
{
	const char *good_id, *bad_id;

	sh("make -s -C $ROOT/tests BUILD=" BISECT " " BISECT "/tests/bisect;" WORK
	   "$ROOT/uml-config/history.sh $TMP/history");
	good_id = ask("git -C history/repo rev-parse refs/ends/good");
	bad_id = ask("git -C history/repo rev-parse refs/ends/bad");
	if (both)
		build_end(good_id);
	build_end(bad_id);
	sh(f("cd " BISECT "/kernels; for kernel in *; do "
	     "grep -q \"^\\(%s\\|%s\\) $kernel$\" $TMP/history/kernels || rm -rf \"$kernel\"; done",
	     good_id, bad_id));
}

/* What all processes that have ended have used. */
static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void print_steps(void)
{
	g_auto(GStrv) lines = g_strsplit(command_out(), "\n", -1);

	for (char **line = lines; *line; line++)
		if (strstr(*line, " (build ") || strstr(*line, " applies "))
			printf("    %s\n", *line);
}

/* The fault of the slot that this group is named after is found. */
static void finds(void)
{
	const char *slot = strrchr(g_test_get_path(), '/') + 1, *patch, *subject;
	g_autofree char *escaped = NULL;
	gint64 began;
	double cpu;
	guint i = 0;

	while (strcmp(faults[i].slot, slot))
		i++;
	unpack("bisect-series.txt", ".");
	patch = make_series(slot, faults[i].moves);
	subject = ask(f("git mailinfo /dev/null /dev/null <%s | sed -n 's/^Subject: //p'", patch));
	escaped = g_regex_escape_string(subject, -1);
	build_ends(faults[i].both);
	began = g_get_monotonic_time();
	cpu = cpu_seconds();
	good(f("a fault in patch %s by %s", slot, faults[i].tests),
	     f("=first bad: [0-9a-f]* %s( \\(the test applies .*\\))?", escaped),
	     f("env -u SB_BUILD make --no-print-directory -C $ROOT bisect T='%s' "
	       "SERIES=$TMP/series",
	       faults[i].tests));
	print_steps();
	printf("    %s: %.1f s, %.1f s of CPU\n", slot, (g_get_monotonic_time() - began) * 1e-6,
	       cpu_seconds() - cpu);
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	command_seconds = 3600;
	for (guint i = 0; i < G_N_ELEMENTS(faults); i++)
		commands_add(f("/bisect-series/%s", faults[i].slot), finds);
	return commands_run();
}
