// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the list of clients, of verdicts on them, and of the packages they are in. */
#include <glib.h>
#include <string.h>

#include "../guest/lib/test.h"
#include "clients.h"
#include "judge.h"
#include "packages.h"

#define LIST                                                                   \
	"# comment\n\nclient igt/a\n run /a/b  c\n\tigt\n\tenv X=1\n"          \
	"\tenv Y=2 Z=3\n\tram 256\n\tseconds 9\n\tpass one two\n"              \
	"\tskip three: no: vblank\n\tfail four: broken\n"                      \
	"\tomit five: slow\n"                                                  \
	"client lib/b\n\tsh x | y >z\n\tswap 64\n\targs p.q=r s\n\talone\n"    \
	"\tquiet\n\tvirtual\n\tpressure 7\n\tneeds /x: not there\n"            \
	"\tfail: broken\n"                                                     \
	"programs igt/programs /a\nleft-out x_* y: not for us\n"

/* The text, owned. */
static char *parse(const char *text, struct clients *clients)
{
	char *copy = g_strdup(text);
	unsigned int line;

	g_assert_cmpstr(clients_parse(copy, clients, &line), ==, NULL);
	return copy;
}

static void test_list(void)
{
	struct clients clients;
	g_autofree char *text = parse(LIST, &clients);
	const struct client *a, *b;

	g_assert_cmpuint(clients.count, ==, 2);
	a = clients.clients;
	b = a + 1;
	g_assert_cmpstr(a->name, ==, "igt/a");
	g_assert_cmpstr(a->run[0], ==, "/a/b");
	g_assert_cmpstr(a->run[1], ==, "c");
	g_assert_null(a->run[2]);
	g_assert_cmpstr(a->env[0], ==, "X=1");
	g_assert_cmpstr(a->env[2], ==, "Z=3");
	g_assert_null(a->env[3]);
	g_assert_cmpuint(a->ram_mib, ==, 256);
	g_assert_cmpuint(a->seconds, ==, 9);
	g_assert_true(a->igt && !a->alone && !a->quiet && !a->virtual);
	g_assert_cmpuint(a->count, ==, 5);
	g_assert_cmpstr(a->expectations[2].why, ==, "no: vblank");
	g_assert_cmpstr(a->expectations[4].subtest, ==, "five");
	g_assert_cmpint(a->expectations[4].want, ==, OUTCOME_OMIT);
	g_assert_cmpint(a->expectations[3].want, ==, OUTCOME_FAIL);
	g_assert_cmpstr(b->run[2], ==, "x | y >z");
	g_assert_cmpuint(b->swap_mib, ==, 64);
	g_assert_cmpstr(b->args, ==, "p.q=r s");
	g_assert_true(b->alone && b->quiet && b->virtual && !b->igt);
	g_assert_cmpuint(b->pressure_mib, ==, 7);
	g_assert_cmpstr(b->needs, ==, "/x");
	g_assert_cmpstr(b->needs_why, ==, "not there");
	g_assert_cmpstr(b->expectations[0].subtest, ==, NULL);
	g_assert_cmpstr(clients.programs, ==, "igt/programs");
	g_assert_cmpuint(clients.left_out_count, ==, 2);
	g_assert_cmpstr(clients.left_out[1].pattern, ==, "y");
	g_assert_cmpstr(clients.left_out[1].why, ==, "not for us");
	clients_free(&clients);
}

static void test_find(void)
{
	static const struct {
		const char *name;
		int client; /* -1: none */
		const char *subtest;
		gboolean listed; /* something is expected of it */
	} cases[] = {
		{"igt/a/one", 0, "one", TRUE},
		{"igt/a/five", 0, "five", TRUE},
		{"igt/a/subtests", 0, NULL, FALSE},
		{"igt/a", -1, NULL, FALSE},
		{"igt/a/none", -1, NULL, FALSE},
		{"igt/ab", -1, NULL, FALSE},
		{"lib/b", 1, NULL, TRUE},
		{"lib/b/subtests", -1, NULL, FALSE},
	};
	struct clients clients;
	g_autofree char *text = parse(LIST, &clients);

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct expectation *e = NULL;
		const struct client *client =
			clients_find(&clients, cases[i].name, &e);

		if (cases[i].client < 0) {
			g_assert_null(client);
			continue;
		}
		g_assert_true(client == clients.clients + cases[i].client);
		g_assert_cmpint(e != NULL, ==, cases[i].listed);
		if (e)
			g_assert_cmpstr(e->subtest, ==, cases[i].subtest);
	}
	clients_free(&clients);
}

#define C "client a/b\n"

static const struct {
	const char *name, *text, *bad;
	guint line;
} bad_lists[] = {
	{"no-run", C "igt\npass x\n" C "run x\n",
	 "the client before has no line run", 4},
	{"no-run-at-end", C "pass\n", "the client before has no line run", 2},
	{"no-expectation", C "run x\n",
	 "of the client before, nothing is expected", 2},
	{"twice", C "run x\npass\n" C, "name is taken", 4},
	{"no-area", "client ab\n", "is to have a name, AREA/NAME", 1},
	{"no-reason", C "run x\nfail\n", "gives no reason: \": WHY\"", 3},
	{"no-left-reason", "left-out x\n", "gives no reason: \": WHY\"", 1},
	{"no-needs-reason", C "needs /x\n", "gives no reason: \": WHY\"", 2},
	{"no-igt", C "run x\npass one\n",
	 "names a subtest, but there is no line igt", 3},
	{"no-subtest", C "run x\nigt\npass\n", "names no subtest", 4},
	{"two-expectations", C "run x\nigt\npass a b\nfail b: x\n",
	 "a subtest has two expectations", 5},
	{"whole-twice", C "run x\npass\nfail: x\n",
	 "a subtest has two expectations", 4},
	{"number", C "ram 12M\n", "is no number", 2},
	{"word", C "rum x\n", "is no word of this list", 2},
	{"before", "run x\n", "is before any client", 1},
	{"many", C "run 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
	 "too many words", 2},
};

static void test_bad_list(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data), line;
	g_autofree char *text = g_strdup(bad_lists[i].text);
	struct clients clients;

	g_assert_cmpstr(clients_parse(text, &clients, &line), ==,
			bad_lists[i].bad);
	g_assert_cmpuint(line, ==, bad_lists[i].line);
	clients_free(&clients);
}

#define EXIT(n) ((n) << 8)
#define KILLED(n) (n)
#define ASSERTION "(a:1) CRITICAL: Failed assertion: x == 0"
#define REQUIREMENT "Test requirement: has_crc"

static const struct {
	const char *name;
	enum outcome want;
	int status;
	const char *line; /* that it printed */
	int result;
	const char *text;
} verdicts[] = {
	{"pass", OUTCOME_PASS, EXIT(0), "", TEST_PASS, ""},
	{"pass-skipped", OUTCOME_PASS, EXIT(77), REQUIREMENT, TEST_FAIL,
	 "expected to pass, but it was skipped: has_crc"},
	{"pass-failed", OUTCOME_PASS, EXIT(98), ASSERTION, TEST_FAIL,
	 "expected to pass, but exit status 98: x == 0"},
	{"pass-99", OUTCOME_PASS, EXIT(99), "", TEST_FAIL,
	 "expected to pass, but exit status 99"},
	{"pass-killed", OUTCOME_PASS, KILLED(9), "", TEST_FAIL,
	 "killed by signal 9 (Killed)"},
	{"skip", OUTCOME_SKIP, EXIT(77), REQUIREMENT, TEST_SKIP, "because"},
	{"skip-passed", OUTCOME_SKIP, EXIT(0), "", TEST_FAIL,
	 "expected to be skipped, but it passed; the list says: because"},
	{"skip-failed", OUTCOME_SKIP, EXIT(98), ASSERTION, TEST_FAIL,
	 "expected to be skipped, but exit status 98: x == 0; the list says: "
	 "because"},
	{"fail", OUTCOME_FAIL, EXIT(98), ASSERTION, TEST_SKIP,
	 "fails as expected: because"},
	{"fail-passed", OUTCOME_FAIL, EXIT(0), "", TEST_FAIL,
	 "expected to fail, but it passed; the list says: because"},
	{"fail-skipped", OUTCOME_FAIL, EXIT(77), "", TEST_FAIL,
	 "expected to fail, but it was skipped; the list says: because"},
	{"fail-killed", OUTCOME_FAIL, KILLED(11), "", TEST_FAIL,
	 "killed by signal 11 (Segmentation fault)"},
	{"no-subtest", OUTCOME_SKIP, EXIT(79), "", TEST_FAIL,
	 "there is no such subtest"},
	{"unknown-subtest", OUTCOME_PASS, EXIT(0), "Unknown subtest: x",
	 TEST_FAIL, "there is no such subtest"},
};

static void test_verdict(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	const struct expectation e = {.want = verdicts[i].want,
				      .why = verdicts[i].want == OUTCOME_PASS
						     ? NULL
						     : (char *)"because"};
	struct said said = {0};
	char text[300];

	judge_line(&said, verdicts[i].line);
	g_assert_cmpint(
		judge_status(&e, &said, verdicts[i].status, text, sizeof(text)),
		==, verdicts[i].result);
	g_assert_cmpstr(text, ==, verdicts[i].text);
}

#define SUM(c) c c c c c c c c
#define SUM_A SUM("aaaaaaaa")
#define SUM_B SUM("bbbbbbbb")
#define URI(file, sum) "'http://x/" file "' " file " 1 SHA256:" sum "\n"
#define NOTES "Reading package lists...\n"
#define WANT "suite s\nwant a\nfile pool/x.tar " SUM_B "\n"

static const struct {
	const char *name, *pins, *uris, *line, *error;
} moves[] = {
	{"same", "pin a 1:1-1 " SUM_A "\n",
	 NOTES URI("a_1%3a1-1_amd64.deb", SUM_A), NULL, NULL},
	{"moved", "pin a 1 " SUM_A "\npin b 1 " SUM_A "\n",
	 URI("b_2_all.deb", SUM_B) URI("a_1_amd64.deb", SUM_A),
	 "1 of 2 packages have moved on from those with which this was tested, "
	 "and are used as they are now: b 1 -> 2",
	 NULL},
	{"came-and-gone", "pin a 1 " SUM_A "\n", URI("b_2_all.deb", SUM_B),
	 "2 of 1 packages have moved on from those with which this was tested, "
	 "and are used as they are now: b none -> 2, a 1 -> none",
	 NULL},
	{"many", "",
	 URI("a_1_all.deb", SUM_A) URI("b_1_all.deb", SUM_A)
		 URI("c_1_all.deb", SUM_A) URI("d_1_all.deb", SUM_A)
			 URI("e_1_all.deb", SUM_A) URI("f_1_all.deb", SUM_A),
	 "6 of 6 packages have moved on from those with which this was tested, "
	 "and are used as they are now: a none -> 1, b none -> 1, c none -> 1, "
	 "d none -> 1, ...",
	 NULL},
	{"other-sum", "pin a 1 " SUM_A "\n", URI("a_1_amd64.deb", SUM_B), NULL,
	 "a 1 has the SHA-256 " SUM_B ", not " SUM_A ", which is pinned"},
	{"nothing", "", NOTES, NULL, "apt-get names no package to download"},
	{"no-sum", "", "'http://x/a_1_all.deb' a_1_all.deb 1 MD5Sum:0\n", NULL,
	 "apt-get says \"'http://x/a_1_all.deb' a_1_all.deb 1 MD5Sum:0\""},
};

static void test_moved(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	g_autofree char *text = g_strconcat(WANT, moves[i].pins, NULL);
	g_autofree char *line = NULL, *again = NULL;
	g_autoptr(GPtrArray) resolved = NULL;
	g_autoptr(Packages) packages = NULL, renewed = NULL;
	const Package *file;
	g_autoptr(GError) error = NULL;

	packages = packages_parse(text, &error);
	g_assert_no_error(error);
	resolved = packages_resolved(moves[i].uris, &error);
	if (resolved)
		packages_moved(packages, resolved, &line, &error);
	g_assert_cmpstr(error ? error->message : NULL, ==, moves[i].error);
	g_assert_cmpstr(line, ==, moves[i].line);
	if (error)
		return;
	/* With the new pins, nothing has moved. */
	again = packages_text(packages, resolved);
	renewed = packages_parse(again, &error);
	g_assert_no_error(error);
	g_free(line);
	g_assert_true(packages_moved(renewed, resolved, &line, &error));
	g_assert_null(line);
	g_assert_cmpuint(renewed->files->len, ==, 1);
	file = renewed->files->pdata[0];
	g_assert_cmpstr(file->file, ==, "pool/x.tar");
	g_assert_cmpstr(file->sha256, ==, SUM_B);
}

static void test_bad_packages(void)
{
	static const char *const bad[] = {
		"",
		"suite s\n",
		"want a\n",
		"suite s\nwant a\nsuite t\n",
		WANT "pin a 1\n",
		WANT "pin a 1 abc\n",
		WANT "file a\n",
		WANT "file a abc\n",
		WANT "wanted b\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(packages_parse(bad[i], &error));
		g_assert_nonnull(error);
	}
}

#define ADD(path, table, func)                                                 \
	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {                      \
		g_autofree char *name =                                        \
			g_strconcat(path, table[i].name, NULL);                \
		g_test_add_data_func(name, GUINT_TO_POINTER(i), func);         \
	}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clients/list", test_list);
	g_test_add_func("/clients/find", test_find);
	ADD("/clients/bad-list/", bad_lists, test_bad_list);
	ADD("/clients/verdict/", verdicts, test_verdict);
	ADD("/clients/moved/", moves, test_moved);
	g_test_add_func("/clients/bad-packages", test_bad_packages);
	return g_test_run();
}
