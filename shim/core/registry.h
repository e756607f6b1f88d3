/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of the models in this program (DEVICE_MODEL() of device.h), sorted by
 * name. So misspelt names in rules and paths are noticed before any device exists.
 * How to add a model: "Adding a device" in shim/README.md.
 */
#ifndef SHIM_REGISTRY_H
#define SHIM_REGISTRY_H

#include "core/device.h"

guint models_count(void);
/* @index: below models_count() */
const DeviceId *models_device(guint index);
/* NULL when there is no device of this name. @name may be NULL. */
const DeviceId *models_find(const char *name);

#endif
