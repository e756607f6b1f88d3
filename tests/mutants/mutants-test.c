// SPDX-License-Identifier: GPL-2.0-or-later
/* Operators, the choice of mutants, their state, and the file "equivalent". */
#include <glib/gstdio.h>
#include <string.h>

#include "../host/io.h"
#include "equivalent.h"
#include "kernel.h"
#include "places.h"
#include "reach.h"
#include "state.h"

/* What the lines below need, on one line: the line under test is the third. */
#define BEFORE                                                                 \
	"#define EINVAL 22\n"                                                  \
	"#define EIO 5\n"                                                      \
	"struct l { int n; }; void lock(struct l *); int g(int); void "        \
	"mutex_unlock(int); "                                                  \
	"void pr_err(int); int v[4]; struct l *p;\n"                           \
	"static int f(int a, int b)\n{\n\tint err = 0;\n"
#define LINE 7
#define AFTER "\n\treturn 7;\nout:\n\treturn b;\n}\n"

static const struct {
	const char *name, *line, *operator;
	const char *
		edits; /* what becomes of the line, with "|" between; "": nothing */
} cases[] = {
	{"negate", "if (a && g(b)) g(1);", "negate-condition",
	 "if (!(a && g(b))) g(1);"},
	{"negate-while", "while (a < 3) a++;", "negate-condition",
	 "while (!(a < 3)) a++;"},
	{"negate-for", "for (a = 0; a < (b); a++) g(a);", "negate-condition",
	 "for (a = 0; !(a < (b)); a++) g(a);"},
	{"negate-choice", "b = a ? 1 : 2;", "negate-condition",
	 "b = !(a) ? 1 : 2;"},
	{"drop-condition", "if (a) g(1);", "drop-condition", "if (true) g(1);"},
	{"drop-acting", "if (g(a)) b = 1;", "drop-condition",
	 "if (((void)(g(a)), true)) b = 1;"},
	{"operand", "if (a || b > 1) g(1);", "drop-operand",
	 "if (b > 1) g(1);|if (a) g(1);"},
	{"skip-error", "if (a) goto out;", "skip-error",
	 "if (false) goto out;"},
	{"skip-error-block", "if (g(a)) { g(1); return 1; }", "skip-error",
	 "if (((void)(g(a)), false)) { g(1); return 1; }"},
	{"skip-error-stays", "if (a) g(1);", "skip-error", ""},
	{"skip-branch", "if (a) g(1);", "skip-branch", "if (false) g(1);"},
	{"skip-branch-leaves", "if (a) goto out;", "skip-branch", ""},
	{"call", "g(a + 1);", "drop-call", ";"},
	{"call-in-branch", "if (a) g(1); else g(2);", "drop-call",
	 "if (a) ; else g(2);|if (a) g(1); else ;"},
	{"call-in-call", "g(g(a));", "drop-call", ";"},
	{"call-assigned", "err = g(a);", "drop-call", ""},
	{"call-in-condition", "if (g(a)) err = 1;", "drop-call", ""},
	{"call-lines", "g(a +\n\t  b);", "drop-call", "\n;"},
	{"call-comment", "/* x; */ g(a);", "drop-call", "/* x; */ ;"},
	{"message", "pr_err(a);", "drop-call", ""},
	{"lock", "lock(p);", "drop-lock", ";"},
	{"unlock", "mutex_unlock(a);", "drop-lock", ";"},
	{"lock-is-no-call", "lock(p);", "drop-call", ""},
	{"assignment", "p->n = g(a);", "drop-assignment", ";"},
	{"assignment-add", "a += b;", "drop-assignment", ";"},
	{"assignment-increment", "p->n++;", "drop-assignment", ";"},
	{"assignment-for", "for (a = 0; a < 2; a++) b = a;", "drop-assignment",
	 "for (a = 0; a < 2; a++) ;"},
	{"assignment-declared", "int c = a; g(c);", "drop-assignment", ""},
	{"errno", "if (a) return -EINVAL;", "change-errno",
	 "if (a) return -EIO;"},
	{"errno-eio", "err = -EIO;", "change-errno", "err = -EINVAL;"},
	{"errno-no", "err = -a;", "change-errno", ""},
	{"lose", "if (a) return err;", "lose-error", "if (a) return 0;"},
	{"lose-no-error", "if (a) return b;", "lose-error", ""},
	{"less", "if (a < b) g(1);", "off-by-one",
	 "if (a <= b) g(1);|if (a < b) g((1 + 1));"},
	{"greater-equal", "if (a >= b) a = b;", "off-by-one",
	 "if (a > b) a = b;"},
	{"equal", "if (a == b) a = b;", "off-by-one", ""},
	{"shift", "a = b << a;", "off-by-one", ""},
	{"number", "v[a - 1] = b;", "off-by-one", "v[a - (1 + 1)] = b;"},
	{"number-returned", "if (a) return 1;", "off-by-one", ""},
};

/* A file for libclang. */
typedef struct {
	char *dir, *path, *text;
	GStringChunk *names;
	GPtrArray *mutants;
} Fixture;

static void find(Fixture *fixture, const char *line, guint number)
{
	char *args[] = {"-w", NULL};
	g_autoptr(GHashTable) lines = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) places = NULL;
	g_autoptr(GError) error = NULL;

	fixture->dir = g_dir_make_tmp("mutants-XXXXXX", &error);
	g_assert_no_error(error);
	fixture->path = g_build_filename(fixture->dir, "a.c", NULL);
	fixture->text = g_strconcat(BEFORE, line, AFTER, NULL);
	g_file_set_contents(fixture->path, fixture->text, -1, &error);
	g_assert_no_error(error);
	g_hash_table_add(lines, GUINT_TO_POINTER(number));
	fixture->names = g_string_chunk_new(64);
	places = places_find(fixture->path, fixture->text, fixture->path, args,
			     fixture->names, &error);
	g_assert_no_error(error);
	fixture->mutants = mutants_of("d/a.c", fixture->text, places, lines);
}

static void fixture_clear(Fixture *fixture)
{
	g_ptr_array_unref(fixture->mutants);
	g_string_chunk_free(fixture->names);
	remove_tree(fixture->dir);
	g_free(fixture->text);
	g_free(fixture->path);
	g_free(fixture->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

/* The text between BEFORE and AFTER, as a mutant has it. */
static char *edited_line(const Fixture *fixture, const Mutant *mutant)
{
	g_autofree char *text = mutant_apply(mutant, fixture->text);

	g_assert_true(g_str_has_prefix(text, BEFORE));
	g_assert_true(g_str_has_suffix(text, AFTER));
	return g_strndup(text + strlen(BEFORE),
			 strlen(text) - strlen(BEFORE) - strlen(AFTER));
}

static void test_operator(gconstpointer data)
{
	guint at = GPOINTER_TO_UINT(data);
	g_auto(Fixture) fixture = {0};
	g_autoptr(GString) edits = g_string_new(NULL);

	find(&fixture, cases[at].line, LINE);
	for (guint i = 0; i < fixture.mutants->len; i++) {
		const Mutant *mutant = fixture.mutants->pdata[i];
		g_autofree char *line = edited_line(&fixture, mutant);

		g_assert_cmpstr(mutant->function, ==, "f");
		if (strcmp(mutant->operator, cases[at].operator))
			continue;
		g_string_append_printf(edits, "%s%s", edits->len ? "|" : "",
				       line);
	}
	g_assert_cmpstr(edits->str, ==, cases[at].edits);
}

static void test_other_lines(void)
{
	g_auto(Fixture) fixture = {0};

	find(&fixture, "g(1);", LINE - 1);
	/* "int err = 0;" */
	g_assert_cmpuint(fixture.mutants->len, ==, 1);
}

static void test_header(void)
{
	static const char header[] = "static inline int h(int a)\n{\n\tif (a)\n"
				     "\t\treturn 1;\n\treturn 2;\n}\n";
	g_autofree char *dir = g_dir_make_tmp("mutants-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "a.h", NULL);
	g_autofree char *source = g_build_filename(dir, "a.c", NULL);
	char *args[] = {"-w", NULL};
	GStringChunk *names = g_string_chunk_new(64);
	g_autoptr(GArray) places = NULL;
	g_autoptr(GError) error = NULL;

	g_file_set_contents(path, header, -1, NULL);
	g_file_set_contents(source, "#include \"a.h\"\nint x;\n", -1, NULL);
	places = places_find(path, header, source, args, names, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(places->len, >, 0);
	g_assert_cmpstr(g_array_index(places, Place, 0).function, ==, "h");
	g_string_chunk_free(names);
	g_unlink(path);
	g_unlink(source);
	g_rmdir(dir);
}

static void test_diff(void)
{
	g_auto(Fixture) fixture = {0};
	g_autofree char *diff = NULL;

	find(&fixture, "g(a +\n\t  b);", LINE);
	g_assert_cmpuint(fixture.mutants->len, ==, 1);
	diff = mutant_diff(fixture.mutants->pdata[0], fixture.text);
	g_assert_cmpstr(
		diff, ==,
		"diff --git a/d/a.c b/d/a.c\n--- a/d/a.c\n+++ b/d/a.c\n"
		"@@ -4,8 +4,8 @@ f\n static int f(int a, int b)\n {\n"
		" \tint err = 0;\n-g(a +\n-\t  b);\n+\n+;\n \treturn 7;\n"
		" out:\n \treturn b;\n");
}

/* An ID stays when lines move, and no two are the same. */
static void test_id(void)
{
	g_auto(Fixture) one = {0};
	g_auto(Fixture) two = {0};
	const Mutant *first, *second;

	find(&one, "a++; a++;", LINE);
	find(&two, "\n\n  a++; a++;", LINE + 2);
	g_assert_cmpuint(one.mutants->len, ==, 2);
	g_assert_cmpuint(two.mutants->len, ==, 2);
	first = one.mutants->pdata[0];
	second = one.mutants->pdata[1];
	g_assert_cmpstr(first->id, !=, second->id);
	g_assert_cmpstr(first->id, ==, ((Mutant *)two.mutants->pdata[0])->id);
	g_assert_cmpstr(second->id, ==, ((Mutant *)two.mutants->pdata[1])->id);
}

static void test_choose(void)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_autoptr(GPtrArray) shards = g_ptr_array_new();
	g_autoptr(GPtrArray) whole = NULL, other = NULL;

	for (guint i = 1; i <= 100; i++)
		g_ptr_array_add(all, GUINT_TO_POINTER(i));
	whole = mutants_choose(all, 31, 5, 1, 1);
	other = mutants_choose(all, 31, 6, 1, 1);
	g_assert_cmpuint(whole->len, ==, 31);
	g_assert_cmpint(
		memcmp(whole->pdata, other->pdata, 31 * sizeof(gpointer)), !=,
		0);
	for (guint i = 1; i < whole->len; i++)
		g_assert_true(whole->pdata[i - 1] < whole->pdata[i]);
	for (guint shard = 1; shard <= 4; shard++) {
		GPtrArray *part = mutants_choose(all, 31, 5, shard, 4);

		g_ptr_array_extend(shards, part, NULL, NULL);
		g_ptr_array_unref(part);
	}
	g_assert_cmpuint(shards->len, ==, 31);
	g_assert_cmpmem(shards->pdata, 31 * sizeof(gpointer), whole->pdata,
			31 * sizeof(gpointer));
	g_ptr_array_unref(other);
	other = mutants_choose(all, 500, 5, 1, 1);
	g_assert_cmpuint(other->len, ==, 100);
}

static State *open_state(const char *path, const char *tests)
{
	g_autoptr(GError) error = NULL;
	State *state = state_open(path, tests, &error);

	g_assert_no_error(error);
	return state;
}

static void test_resume(void)
{
	g_autofree char *dir = g_dir_make_tmp("mutants-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "state", NULL);
	g_autofree char *text = NULL;
	State *state = open_state(path, "tests-1");
	const Result *result;

	g_assert_null(state_find(state, "one"));
	g_assert_true(
		state_add(state, "one", KILLED, "a/b: x\ty\n", 1.5, NULL));
	g_assert_true(state_add(state, "two", SURVIVED, "", 2, NULL));
	g_assert_true(state_add(state, "three", EQUIVALENT, "", 2, NULL));
	state_free(state);

	/* Cut short in the middle of a line. */
	g_file_get_contents(path, &text, NULL, NULL);
	strcpy(strstr(text, "three"), "three\tequiv");
	g_file_set_contents(path, text, -1, NULL);
	state = open_state(path, "tests-1");
	result = state_find(state, "one");
	g_assert_nonnull(result);
	g_assert_cmpint(result->fate, ==, KILLED);
	g_assert_cmpstr(result->how, ==, "a/b: x y ");
	g_assert_cmpfloat(result->seconds, ==, 1.5);
	g_assert_nonnull(state_find(state, "two"));
	g_assert_null(state_find(state, "three"));
	g_assert_true(state_add(state, "three", NOT_BUILT, "", 2, NULL));
	state_free(state);

	/* Survivors of other tests are tried again. */
	state = open_state(path, "tests-2");
	g_assert_nonnull(state_find(state, "one"));
	g_assert_null(state_find(state, "two"));
	g_assert_cmpint(state_find(state, "three")->fate, ==, NOT_BUILT);
	state_free(state);
	g_unlink(path);
	g_rmdir(dir);
}

static void test_equivalent(void)
{
	g_auto(Fixture) fixture = {0};
	g_autoptr(GHashTable) entries = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *entry = NULL, *text = NULL;
	const Mutant *mutant, *second;

	find(&fixture, "if (a) g(b);", LINE);
	mutant = fixture.mutants->pdata[0];
	second = fixture.mutants->pdata[1];
	entry = equivalent_entry(mutant, fixture.text);
	text = g_strconcat("# comment\n\n", entry, " because it\n is so\n\n",
			   NULL);
	entries = equivalent_parse(text, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(equivalent_reason(entries, mutant, fixture.text), ==,
			"because it is so");
	g_assert_null(equivalent_reason(entries, second, fixture.text));

	g_hash_table_unref(entries);
	entries = equivalent_parse(entry, &error);
	g_assert_null(entries);
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, "d/a.c f negate-condition"));
}

static void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *where = g_path_get_dirname(path);

	g_mkdir_with_parents(where, 0777);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The tests that reach the first mutant of @operator, with blanks between. */
static char *reach_of(const Fixture *fixture, const Data *data,
		      const GPtrArray *tests, const char *operator,
		      ReachWhat what)
{
	for (guint i = 0; i < fixture->mutants->len; i++) {
		const Mutant *mutant = fixture->mutants->pdata[i];
		g_autoptr(GPtrArray) reach = NULL;

		if (strcmp(mutant->operator, operator))
			continue;
		reach = reach_tests(data, mutant, tests, what);
		g_ptr_array_add(reach, NULL);
		return g_strjoinv(" ", (char **)reach->pdata);
	}
	g_assert_not_reached();
}

static void test_reach(void)
{
	static const char *const names[] = {"t/both", "t/line", "t/other",
					    "t/new"};
	g_auto(Fixture) fixture = {0};
	g_autoptr(GPtrArray) tests = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *all = NULL, *skipped = NULL, *callers = NULL;
	Data *data;

	find(&fixture, "if (a)\n\tg(b);", LINE);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		g_ptr_array_add(tests, (char *)names[i]);
	put(fixture.dir, "source/d/a.c", fixture.text);
	put(fixture.dir, "files", "d/a.c\n");
	put(fixture.dir, "all.lines",
	    "d/a.c\t7\t2\tf\nd/a.c\t8\t1\tf\nd/a.c\t9\t2\tf\n");
	put(fixture.dir, "tests.lines",
	    "t/both\td/a.c\t7:1 8:1 9:1\nt/line\td/a.c\t7:1 9:1\n"
	    "t/other\td/a.c\t9:1\n");
	put(fixture.dir, "patches", "");
	put(fixture.dir, "blame", "");
	put(fixture.dir, "lost.txt", "");
	put(fixture.dir, "unsure", "t/line\n");
	data = data_open(fixture.dir, &error);
	g_assert_no_error(error);

	all = reach_of(&fixture, data, tests, "negate-condition", REACH_LINE);
	g_assert_cmpstr(all, ==, "t/line t/both");
	/* Who did not run the branch does not miss it. */
	skipped = reach_of(&fixture, data, tests, "skip-branch", REACH_LINE);
	g_assert_cmpstr(skipped, ==, "t/both");
	callers =
		reach_of(&fixture, data, tests, "skip-branch", REACH_FUNCTION);
	g_assert_cmpstr(callers, ==, "t/other t/line t/both");
	g_assert_true(reach_is_known(data, "t/both"));
	g_assert_false(reach_is_known(data, "t/line"));
	g_assert_false(reach_is_known(data, "t/new"));
	data_free(data);
}

static void test_refused(void)
{
	g_assert_true(kernel_refuses(
		"  CC a.o\nsrc/a.c:15:7: error: unused variable 'x'\n"));
	g_assert_true(
		kernel_refuses("ld: a.o: in function `f':\na.c:(.text+0x1): "
			       "undefined reference to `g'\n"));
	g_assert_false(kernel_refuses(
		"src/a.c:99:1: fatal error: error writing to /tmp/x.s: "
		"No space left on device\n"));
	g_assert_false(kernel_refuses(
		"gcc: fatal error: Killed signal terminated program cc1\n"));
	g_assert_false(kernel_refuses("make: *** [a.o] Error 1\n"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strdup_printf("/mutants/operator/%s", cases[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_operator);
	}
	g_test_add_func("/mutants/other-lines", test_other_lines);
	g_test_add_func("/mutants/header", test_header);
	g_test_add_func("/mutants/diff", test_diff);
	g_test_add_func("/mutants/id", test_id);
	g_test_add_func("/mutants/choose", test_choose);
	g_test_add_func("/mutants/resume", test_resume);
	g_test_add_func("/mutants/equivalent", test_equivalent);
	g_test_add_func("/mutants/reach", test_reach);
	g_test_add_func("/mutants/refused", test_refused);
	return g_test_run();
}
