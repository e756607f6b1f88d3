// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

#include "core/registry.h"

void rig_init(Rig *rig, const char *name, size_t ram_size)
{
	memset(rig, 0, sizeof(*rig));
	rig->ram = g_aligned_alloc0(ram_size, 1, RAM_PAGE_SIZE);
	rig->guest = ram_new();
	ram_set(rig->guest, rig->ram, ram_size);
	rig->journal = journal_new();
	rig->faults = faults_new();
	rig->stamps = stamps_new(rig->journal);
	rig->device = device_new(models_find(name), rig->guest, rig->journal,
				 rig->faults, rig->stamps);
	rig->device->model->reset(rig->device);
	rig->device->now_ns = 1000000000;
}

void rig_clear(Rig *rig)
{
	rig_violations(rig, 0, NULL);
	device_free(rig->device);
	stamps_free(rig->stamps);
	faults_free(rig->faults);
	journal_free(rig->journal);
	ram_free(rig->guest);
	g_aligned_free(rig->ram);
}

uint32_t rig_read(Rig *rig, uint64_t offset)
{
	uint32_t value;

	g_assert_cmpint(rig->device->model->read(rig->device, offset, &value,
						 sizeof(value)),
			==, 0);
	return value;
}

void rig_write(Rig *rig, uint64_t offset, uint32_t value)
{
	g_assert_cmpint(rig->device->model->write(rig->device, offset, &value,
						  sizeof(value)),
			==, 0);
}

uint32_t rig_raised(Rig *rig)
{
	uint32_t lines = rig->device->irq_raise;

	rig->device->irq_raise = 0;
	return lines;
}

void rig_pass_time(Rig *rig, uint64_t ns)
{
	rig->device->now_ns += ns;
	journal_set_time(rig->journal, rig->device->now_ns);
	rig->device->model->tick(rig->device);
}

void rig_rule(Rig *rig, const char *text)
{
	bool released;

	g_assert_cmpint(
		faults_command(rig->faults, text, strlen(text), &released), ==,
		0);
	if (released)
		rig->device->model->release(rig->device);
}

void rig_stamps(Rig *rig, const char *text)
{
	g_assert_cmpint(stamps_command(rig->stamps, text, strlen(text)), ==, 0);
}

void rig_violations(Rig *rig, guint count, const char *last)
{
	g_autoptr(GBytes) bytes = journal_violations_text(rig->journal);
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	g_autofree char *text = g_strndup(data ? data : "", len);

	rig->expected += count;
	if (journal_violation_count(rig->journal) != rig->expected)
		g_test_message("violations:\n%s", text);
	g_assert_cmpuint(journal_violation_count(rig->journal), ==,
			 rig->expected);
	if (last && !strstr(text, last))
		g_test_message("violations:\n%s", text);
	g_assert_true(!last || strstr(text, last));
}

char *rig_show(Rig *rig, const char *path)
{
	GBytes *bytes = node_show(rig->device, path);
	gsize len;
	const char *data;
	char *text;

	g_assert_nonnull(bytes);
	data = g_bytes_get_data(bytes, &len);
	text = g_strndup(data ? data : "", len);
	g_bytes_unref(bytes);
	return text;
}

void rig_shows(Rig *rig, const char *path, const char *part)
{
	g_autofree char *text = rig_show(rig, path);

	if (!strstr(text, part))
		g_test_message("%s:\n%s", path, text);
	g_assert_nonnull(strstr(text, part));
}

void rig_leaks(Rig *rig, const char *part)
{
	g_autoptr(GString) out = g_string_new(NULL);

	rig->device->model->leaks(rig->device, out);
	if (!part)
		g_assert_cmpstr(out->str, ==, "");
	else
		g_assert_nonnull(strstr(out->str, part));
}
