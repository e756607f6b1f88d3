// SPDX-License-Identifier: GPL-2.0-or-later
/* A table of files as a tree. */
#include "core/device.h"
#include "util.h"

static void show(Device *device G_GNUC_UNUSED, uint32_t n, GString *out)
{
	g_string_append_printf(out, "%u", n);
}

static void list(Device *device G_GNUC_UNUSED, GArray *numbers)
{
	static const uint32_t all[] = {0, 7, G_MAXUINT32};

	g_array_append_vals(numbers, all, G_N_ELEMENTS(all));
}

static const Node nodes[] = {
	{.path = "status", .show = show},
	{.path = "as/%u/map", .show = show, .count = 2},
	{.path = "as/%u/info", .show = show, .count = 2},
	{.path = "as-list", .show = show},
	{.path = "bos/%u", .show = show, .list = list},
	{.path = "%u", .show = show, .list = list},
	{.path = NULL},
};

static const DeviceModel model = {.nodes = nodes};

static void test_list(void)
{
	static const struct {
		const char *path;
		const char *names; /* NULL: no directory */
	} cases[] = {
		{"", "status as/ as-list bos/ 0 7 4294967295"},
		{"as", "0/ 1/"},
		{"as/1", "map info"},
		{"bos", "0 7 4294967295"},
		{"as/2", NULL},
		{"as/01", NULL},
		{"as/x", NULL},
		{"as/", NULL},
		{"as/1/", NULL},
		{"/as", NULL},
		{"a", NULL},
		{"as/1/map", NULL},
		{"as/1/map/x", NULL},
		{"status", NULL},
		{"7", NULL},
		{"nothing", NULL},
	};
	Device device = {.model = &model};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) found = node_list(&device, cases[i].path);
		g_autofree char *names = found ? g_strjoinv(" ", found) : NULL;

		g_test_message("\"%s\"", cases[i].path);
		g_assert_cmpstr(names, ==, cases[i].names);
	}
}

static void test_show(void)
{
	static const struct {
		const char *path;
		const char *text; /* NULL: no file */
	} cases[] = {
		{"status", "0"},
		{"as/1/map", "1"},
		{"as/1/info", "1"},
		{"bos/7", "7"},
		{"bos/4294967295", "4294967295"},
		{"7", "7"},
		{"", NULL},
		{"as", NULL},
		{"as/1", NULL},
		{"as/1/none", NULL},
		{"as/2/map", NULL},
		{"as/1/map/", NULL},
		{"bos/8", NULL},
		{"bos/07", NULL},
		{"bos/0x7", NULL},
		{"bos/-1", NULL},
		{"bos/4294967296", NULL},
		{"bos/4294967303", NULL},
		{"bos/", NULL},
		{"bos/%u", NULL},
		{"statu", NULL},
		{"status2", NULL},
	};
	Device device = {.model = &model};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		GBytes *bytes = node_show(&device, cases[i].path);

		g_test_message("\"%s\"", cases[i].path);
		if (cases[i].text) {
			g_assert_nonnull(bytes);
			assert_text(bytes, cases[i].text);
		} else {
			g_assert_null(bytes);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/node/list", test_list);
	g_test_add_func("/node/show", test_show);
	return g_test_run();
}
