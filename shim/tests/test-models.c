// SPDX-License-Identifier: GPL-2.0-or-later
/* All registered models are complete. */
#include <string.h>

#include "core/registry.h"

static void test_names(void)
{
	static const char *const names[] = {"helper.0", "helper.1",
					    "lima",	"panfrost",
					    "v3d",	"virtio-gpu"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpstr(models_find(names[i])->name, ==, names[i]);
	g_assert_cmpuint(models_find("helper.1")->index, ==, 1);
	g_assert_null(models_find("helper"));
	g_assert_null(models_find("helper.2"));
	g_assert_null(models_find(""));
	g_assert_null(models_find(NULL));
	for (guint i = 1; i < models_count(); i++)
		g_assert_cmpstr(models_device(i - 1)->name, <,
				models_device(i)->name);
}

static void check_windows(const DeviceModel *model)
{
	g_assert_cmpuint(model->windows[0].size, >, 0);
	for (const DeviceWindow *a = model->windows; a[1].size; a++)
		g_assert_cmpuint(a[0].base + a[0].size, <=, a[1].base);
}

static void check_names(const DeviceModel *model)
{
	for (const DeviceKind *a = model->kinds; a->name; a++) {
		g_assert_cmpstr(a->name, !=, "*");
		for (const DeviceKind *b = model->kinds; b < a; b++)
			g_assert_cmpstr(a->name, !=, b->name);
	}
	for (const DeviceFeature *f = model->features; f && f->name; f++)
		g_assert_cmphex(f->bits, !=, 0);
}

static void test_complete(void)
{
	for (guint i = 0; i < models_count(); i++) {
		const DeviceModel *model = models_device(i)->model;

		g_test_message("%s", model->name);
		g_assert_nonnull(model->reg_file);
		g_assert_cmpuint(model->irqs, <=, 32);
		g_assert_cmpuint(model->size, >=, sizeof(Device));
		g_assert_true(model->init && model->fini && model->read &&
			      model->write && model->tick && model->release &&
			      model->reset && model->leaks);
		check_windows(model);
		check_names(model);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/models/names", test_names);
	g_test_add_func("/models/complete", test_complete);
	return g_test_run();
}
