// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/registry.h"

#include <string.h>

/* Start and end of the section, defined by the linker. */
extern const DeviceModel *const __start_shim_models[];
extern const DeviceModel *const __stop_shim_models[];

static GArray *ids; /* of DeviceId; made once, kept */

static void add(const DeviceModel *model, unsigned int index)
{
	DeviceId id = {.model = model, .index = index};

	id.name = model->instances
			  ? g_strdup_printf("%s.%u", model->name, index)
			  : g_strdup(model->name);
	g_array_append_val(ids, id);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(((const DeviceId *)a)->name, ((const DeviceId *)b)->name);
}

static const GArray *devices(void)
{
	const DeviceModel *const *model = __start_shim_models;

	if (ids)
		return ids;
	ids = g_array_new(FALSE, FALSE, sizeof(DeviceId));
	for (; model < __stop_shim_models; model++)
		for (unsigned int i = 0; i < MAX((*model)->instances, 1u); i++)
			add(*model, i);
	g_array_sort(ids, by_name);
	return ids;
}

guint models_count(void)
{
	return devices()->len;
}

const DeviceId *models_device(guint index)
{
	return &g_array_index(devices(), DeviceId, index);
}

const DeviceId *models_find(const char *name)
{
	for (guint i = 0; i < models_count(); i++)
		if (!g_strcmp0(models_device(i)->name, name))
			return models_device(i);
	return NULL;
}
