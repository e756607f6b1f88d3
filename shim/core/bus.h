/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bus between guests and device models: everything that protocol.h says about
 * device files, without FUSE. There is one Bus per daemon. An opener of a device
 * file is identified by any pointer that lives as long as the file is open.
 */
#ifndef SHIM_BUS_H
#define SHIM_BUS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/device.h"

typedef struct Bus Bus;

/* A bus without devices, but with RAM, journal, faults and stamps. */
Bus *bus_new(void);
/* Frees the devices too. */
void bus_free(Bus *bus);

Ram *bus_ram(Bus *bus);
Journal *bus_journal(Bus *bus);
Faults *bus_faults(Bus *bus);
Stamps *bus_stamps(Bus *bus);

/* Adds device @id, which becomes the last one; the bus owns it. */
Device *bus_add(Bus *bus, const DeviceId *id);
guint bus_count(const Bus *bus);
Device *bus_device(const Bus *bus, guint index);

/*
 * Set the file system that this daemon serves. A guest whose RAM is there is
 * refused: to open it, the daemon would have to answer its own request.
 */
void bus_set_own_fs(Bus *bus, dev_t dev);

/**
 * bus_read - read from the file of device @index at @offset
 *
 * Anybody may look at registers. Return: 0, -EINVAL (no such register, or a
 * width that is not 1, 2, 4 or 8 or an offset not aligned to it).
 */
int bus_read(Bus *bus, guint index, uint64_t offset, void *buf, size_t len);

/**
 * bus_write - write to the file of device @index at @offset
 *
 * Only the opener that said hello may write registers. Return: 0; -EPERM when
 * @opener is not that one; -EINVAL as for bus_read(); for a hello -EPROTO,
 * -EBUSY or -EFAULT as protocol.h says.
 */
int bus_write(Bus *bus, guint index, const void *opener, uint64_t offset,
	      const void *buf, size_t len);

/* @opener closes the file of device @index: if it is its guest, reset. */
void bus_close(Bus *bus, guint index, const void *opener);

/**
 * bus_attach - make @opener the guest of device @index
 * @event_page: guest-physical address, see struct sb_event_page
 *
 * The part of a hello after the RAM is mapped. Called directly only by tests and
 * fuzzing, with ram_set(). Return: 0, -EBUSY, or -EFAULT for a bad @event_page.
 */
int bus_attach(Bus *bus, guint index, const void *opener, uint64_t event_page);

/* Text written to `faults` and `stamps`. 0 or -EINVAL. */
int bus_faults_command(Bus *bus, const char *text, size_t len);
int bus_stamps_command(Bus *bus, const char *text, size_t len);

/*
 * The output of the devices' leaks(), one line each, with the device's name. Owned.
 */
GBytes *bus_leaks_text(Bus *bus);

#endif
