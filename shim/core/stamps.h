/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages must carry which stamp (struct sb_stamp), as declared through the file
 * `stamps`, one rule a line:
 *
 *   expect DEVICE RESOURCE BO GENERATION [FIRST-PAGE]
 *   forget DEVICE RESOURCE
 *   expect DEVICE AS|* VA PAGES BO GENERATION
 *   forget DEVICE VA
 *   clear
 *
 * The first two are for devices whose pages are identified by resource, the next two
 * for devices with GPU addresses (DeviceModel.stamps). RESOURCE: number of a resource;
 * the rule covers every page of its guest backing, and page numbers count from
 * FIRST-PAGE (0). VA: GPU address in hexadecimal, page-aligned. AS: number of an address
 * space, as it is now; "*" for all. Before a device reads or writes any byte of such a
 * page, or if nothing is mapped there, it calls the check.
 *
 * A rule for the same thing replaces the older one; one for "*" replaces those for
 * that VA in every address space.
 */
#ifndef SHIM_STAMPS_H
#define SHIM_STAMPS_H

#include <glib.h>
#include <stdint.h>

#include "core/journal.h"

typedef struct Stamps Stamps;

Stamps *stamps_new(Journal *journal);
void stamps_free(Stamps *stamps);

/* 0, or -EINVAL if any line is malformed, and then none takes effect. */
int stamps_command(Stamps *stamps, const char *text, size_t len);

/*
 * Check one page of 4096 bytes before it is accessed. A mismatch becomes a
 * violation that names BO, page and what was found. @page is the number of the page
 * within the resource's backing. @bytes is NULL if there is no page at the place of
 * the access, which is a mismatch too.
 */
void stamps_check_resource(Stamps *stamps, const char *device, guint32 resource,
			   guint64 page, const void *bytes);
/*
 * @root: physical address of the page-table root, which stands for the
 * address space; @va: of the page.
 */
void stamps_check_address(Stamps *stamps, const char *device, guint as,
			  guint64 root, guint64 va, const void *bytes);
/*
 * Set the current root of address space @as of @device (0: none). So a rule that
 * names @as keeps to the address space that the test meant, even if slots are
 * reassigned later.
 */
void stamps_set_root(Stamps *stamps, const char *device, guint as,
		     guint64 root);

/* The rules and how often each was checked. Owned. */
GBytes *stamps_text(Stamps *stamps);

#endif
