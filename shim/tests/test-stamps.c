// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "core/stamps.h"
#include "util.h"

typedef struct {
	Journal *journal;
	Stamps *stamps;
	guint8 page[4096];
} Case;

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	c->journal = journal_new();
	c->stamps = stamps_new(c->journal);
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	stamps_free(c->stamps);
	journal_free(c->journal);
}

static int command(Case *c, const char *text)
{
	return stamps_command(c->stamps, text, strlen(text));
}

static const void *stamp(Case *c, guint32 bo, guint32 page, guint32 generation)
{
	struct sb_stamp s = {SB_STAMP_MAGIC, bo, page, generation,
			     ~(bo ^ page ^ generation)};

	memcpy(c->page, &s, sizeof(s));
	return c->page;
}

static guint violations(Case *c)
{
	return journal_violation_count(c->journal);
}

static void test_malformed(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const bad[] = {
		"",
		"\n\n",
		"expect",
		"expect virtio-gpu",
		"expect virtio-gpu 1 2",
		"expect virtio-gpu 0 2 3",
		"expect virtio-gpu 1 2 3 4 5",
		"expect virtio-gpu 1 -2 3",
		"expect virtio-gpu 4294967296 2 3",
		"expect virtio-gpu 1 4294967296 3",
		"expect virtio-gpu 1 2 x",
		"expect panfrost",
		"expect panfrost * 1000 1 2",
		"expect panfrost * 1000 0 2 3",
		"expect panfrost * 1001 1 2 3",
		"expect panfrost * 1000000000000 1 2 3",
		"expect panfrost * fffffffff000 2 2 3",
		"expect panfrost * 1000 1 2 3 4",
		"expect panfrost 16 1000 1 2 3",
		"expect panfrost -1 1000 1 2 3",
		"expect panfrost 5 1000 1 2 3", /* has no root */
		"expect other 1 2 3",
		"expect helper.0 0 2 3",
		"expect helper.2 1 2 3",
		"expect helper.0 1 2 3 4 5",
		"forget",
		"forget virtio-gpu",
		"forget virtio-gpu x",
		"forget virtio-gpu 1 2",
		"forget panfrost",
		"forget panfrost 10",
		"forget helper.1",
		"forget helper. 1",
		"clear virtio-gpu",
		"nonsense",
		"clear\nnonsense",
	};

	g_assert_cmpint(command(c, "expect virtio-gpu 1 2 3"), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%s", bad[i]);
		g_assert_cmpint(command(c, bad[i]), ==, -EINVAL);
	}
	assert_text(stamps_text(c->stamps),
		    "virtio-gpu resource 1 bo 2 generation 3 first-page 0 "
		    "checked 0 bad 0\n");
}

static void test_resource(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_assert_cmpint(command(c, "expect virtio-gpu 5 7 2 10"), ==, 0);
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3,
			      stamp(c, 7, 13, 2));
	stamps_check_resource(c->stamps, "virtio-gpu", 6, 3, stamp(c, 1, 1, 1));
	g_assert_cmpuint(violations(c), ==, 0);

	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3,
			      stamp(c, 8, 13, 2));
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3,
			      stamp(c, 7, 12, 2));
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3,
			      stamp(c, 7, 13, 1));
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3, NULL);
	stamp(c, 7, 13, 2);
	c->page[20] ^= 1;
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3, c->page);
	memset(c->page, 0, sizeof(c->page));
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3, c->page);
	assert_text(
		journal_violations_text(c->journal),
		"1 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found BO 8 page 13 generation 2\n"
		"2 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found BO 7 page 12 generation 2\n"
		"3 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found BO 7 page 13 generation 1\n"
		"4 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found no page\n"
		"5 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found BO 7 page 13 generation 2 "
		"with a wrong check word\n"
		"6 0.000000000 virtio-gpu stamp: resource 5 page 3: expected "
		"BO 7 page 13 generation 2, found no stamp but "
		"0x0000000000000000\n");
	assert_text(stamps_text(c->stamps),
		    "virtio-gpu resource 5 bo 7 generation 2 first-page 10 "
		    "checked 7 bad 6\n");

	/* A new rule replaces the old one; a forgotten one is not checked. */
	g_assert_cmpint(command(c, "expect virtio-gpu 5 7 3"), ==, 0);
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3, stamp(c, 7, 3, 3));
	g_assert_cmpint(command(c, "forget virtio-gpu 5\n"
				   "forget virtio-gpu 6"),
			==, 0);
	stamps_check_resource(c->stamps, "virtio-gpu", 5, 3, stamp(c, 1, 1, 1));
	g_assert_cmpuint(violations(c), ==, 6);
	assert_text(stamps_text(c->stamps), "");
}

static void test_gpu(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	stamps_set_root(c->stamps, "panfrost", 2, 0x8000);
	stamps_set_root(c->stamps, "panfrost", 99, 0x8000);
	g_assert_cmpint(command(c, "expect panfrost 2 0x100000 4 7 1"), ==, 0);

	stamps_check_address(c->stamps, "panfrost", 2, 0x8000, 0x100000,
			     stamp(c, 7, 0, 1));
	stamps_check_address(c->stamps, "panfrost", 2, 0x8000, 0x103000,
			     stamp(c, 7, 3, 1));
	/* Outside, and in another address space. */
	stamps_check_address(c->stamps, "panfrost", 2, 0x8000, 0xff000, NULL);
	stamps_check_address(c->stamps, "panfrost", 2, 0x8000, 0x104000, NULL);
	stamps_check_address(c->stamps, "panfrost", 2, 0x9000, 0x100000, NULL);
	g_assert_cmpuint(violations(c), ==, 0);

	/* The slot is reassigned: the rule stays with the root. */
	stamps_set_root(c->stamps, "panfrost", 2, 0x9000);
	stamps_check_address(c->stamps, "panfrost", 2, 0x9000, 0x100000, NULL);
	g_assert_cmpuint(violations(c), ==, 0);
	stamps_check_address(c->stamps, "panfrost", 3, 0x8000, 0x101000, NULL);
	assert_text(journal_violations_text(c->journal),
		    "1 0.000000000 panfrost stamp: AS 3 address 0x101000: "
		    "expected BO 7 page 1 generation 1, found no page\n");

	/* The same address in another space is another rule. */
	g_assert_cmpint(command(c, "expect panfrost 2 100000 1 8 1"), ==, 0);
	assert_text(stamps_text(c->stamps),
		    "panfrost root 0x8000 va 0x100000 pages 4 bo 7 generation "
		    "1 checked 3 bad 1\n"
		    "panfrost root 0x9000 va 0x100000 pages 1 bo 8 generation "
		    "1 checked 0 bad 0\n");
	/* A rule for all spaces replaces those for single ones. */
	g_assert_cmpint(command(c, "expect panfrost * 100000 1 9 1"), ==, 0);
	assert_text(stamps_text(c->stamps),
		    "panfrost root * va 0x100000 pages 1 bo 9 generation "
		    "1 checked 0 bad 0\n");
	g_assert_cmpint(command(c, "forget panfrost 100000"), ==, 0);
	assert_text(stamps_text(c->stamps), "");
}

static void test_any(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_assert_cmpint(command(c, "expect panfrost * fffffffff000 1 7 1"), ==,
			0);
	stamps_check_address(c->stamps, "panfrost", 1, 0x5000, 0xfffffffff000,
			     stamp(c, 7, 0, 1));
	g_assert_cmpuint(violations(c), ==, 0);
	stamps_check_address(c->stamps, "panfrost", 4, 0x6000, 0xfffffffff000,
			     stamp(c, 7, 1, 1));
	g_assert_cmpuint(violations(c), ==, 1);
	g_assert_cmpint(command(c, "expect panfrost * fffffffff000 1 7 2"), ==,
			0);
	stamps_check_address(c->stamps, "panfrost", 4, 0x6000, 0xfffffffff000,
			     stamp(c, 7, 0, 2));
	g_assert_cmpuint(violations(c), ==, 1);
	g_assert_cmpint(command(c, "clear"), ==, 0);
	assert_text(stamps_text(c->stamps), "");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                        \
	g_test_add("/stamps/" name, Case, NULL, set_up, func, tear_down)
	ADD("malformed", test_malformed);
	ADD("resource", test_resource);
	ADD("gpu", test_gpu);
	ADD("any", test_any);
	return g_test_run();
}
