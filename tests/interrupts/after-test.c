// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what must be so after an interruption, in a workspace of a few files. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/io.h"
#include "after.h"

typedef struct {
	char *work, *main, *user;
	char *state; /* of user, before */
} Workspace;

static void put(const char *dir, const char *name, const char *text)
{
	g_assert_true(write_file(dir, name, text, NULL));
}

static void set_up(Workspace *space, gconstpointer data)
{
	(void)data;
	space->work = g_dir_make_tmp("after-XXXXXX", NULL);
	space->main = g_build_filename(space->work, "main", NULL);
	space->user = g_build_filename(space->work, "user", NULL);
	put(space->main, "build/junit-debug.xml", "<testsuite>\n</testsuite>\n");
	put(space->main, "build/run/last/guest-1/log", "");
	put(space->main, "build/kernel.lock", "");
	put(space->main, "build/kernel/debug/linux", "a kernel sb_round 3. of text");
	put(space->user, "file", "text");
	space->state = after_state(space->user);
}

static void tear_down(Workspace *space, gconstpointer data)
{
	(void)data;
	remove_tree(space->work);
	g_free(space->work);
	g_free(space->main);
	g_free(space->user);
	g_free(space->state);
}

static After after_of(const Workspace *space)
{
	return (After){.work = space->work,
		       .main = space->main,
		       .user = space->user,
		       .user_state = space->state};
}

/* What is wrong is @wanted, in one line; "": nothing is. */
static void expect(const Workspace *space, const char *wanted)
{
	const After after = after_of(space);
	g_autoptr(GString) bad = g_string_new(NULL);

	after_check(&after, bad);
	if (*wanted) {
		g_assert_nonnull(strstr(bad->str, wanted));
		g_assert_true(strchr(bad->str, '\n') == bad->str + bad->len - 1);
	} else {
		g_assert_cmpstr(bad->str, ==, "");
	}
}

static void test_nothing(Workspace *space, gconstpointer data)
{
	(void)data;
	expect(space, "");
}

static void test_junit(Workspace *space, gconstpointer data)
{
	(void)data;
	put(space->main, "build/junit-debug.xml", "<testsuite>\n");
	expect(space, "build/junit-debug.xml is lost");
}

static void test_last(Workspace *space, gconstpointer data)
{
	g_autofree char *run = g_build_filename(space->main, "build/run", NULL);

	(void)data;
	remove_tree(run);
	expect(space, "the last run is lost");
}

static void test_locked(Workspace *space, gconstpointer data)
{
	g_autofree char *path = g_build_filename(space->main, "build/kernel.lock", NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)data;
	g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
	expect(space, "still locked: ");
	close(fd);
	expect(space, "");
}

static void test_user(Workspace *space, gconstpointer data)
{
	(void)data;
	put(space->user, "file", "other");
	expect(space, "user was changed");
}

static void test_running(Workspace *space, gconstpointer data)
{
	char *argv[] = {"sleep", "60", NULL};
	Child *child;

	(void)data;
	g_assert_true(after_ended(space->work, 0));
	child = child_start(&(ChildArgs){.argv = argv, .dir = space->main, .out = "/dev/null"},
			    NULL);
	g_assert_nonnull(child);
	while (after_ended(space->work, 0))
		g_assert_false(child_ended(child, 0));
	kill(child_pid(child), SIGKILL);
	g_assert_true(after_ended(space->work, 10));
	child_wait(child, NULL);
}

static void test_kernel(Workspace *space, gconstpointer data)
{
	static const char *const texts[] = {"sb_round 3.", "sb_round 4."};
	const After after = after_of(space);

	(void)data;
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) bad = g_string_new(NULL);

		after_kernel(&after, texts[i], bad);
		g_assert_cmpuint(bad->len > 0, ==, i);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(Workspace *, gconstpointer);
	} all[] = {
		{"/after/nothing", test_nothing}, {"/after/junit", test_junit},
		{"/after/last", test_last},	  {"/after/locked", test_locked},
		{"/after/user", test_user},	  {"/after/running", test_running},
		{"/after/kernel", test_kernel},
	};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_test_add(all[i].path, Workspace, NULL, set_up, all[i].func, tear_down);
	return g_test_run();
}
