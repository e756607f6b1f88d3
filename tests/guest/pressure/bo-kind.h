/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BOs of any driver, so that one test body serves all drivers. The content is that
 * of content.h, generation 1, and is written through the device. Unless a function
 * says otherwise, an error fails the test.
 */
#ifndef PRESSURE_BO_KIND_H
#define PRESSURE_BO_KIND_H

#include "lib/helper.h"
#include "lib/panfrost.h"
#include "lib/virtio-gpu.h"

/**
 * struct any_bo - a BO of one of the kinds
 * @kind: which
 * @fd: its DRM file, not owned
 * @size: bytes
 */
struct any_bo {
	const struct bo_kind *kind;
	int fd;
	size_t size;
	union {
		struct bo virtio;
		struct pan_bo panfrost;
		struct helper_bo helper;
	};
};

/**
 * struct bo_kind - the BOs of a driver
 * @evicts: the driver's shrinker also takes idle BOs whose content is needed;
 *	otherwise it only takes those that are marked as not needed
 * @open: opens a DRM file, owned by the caller
 * @create: creates a BO of bo->size bytes that has pages: 0, or an errno, and
 *	then there is no BO
 * @close: unmaps the BO if it is mapped, and closes the handle
 * @map: its mapping; made by the first call
 * @fill: writes the content of BO @number to @bo. @stage is a BO of the same kind,
 *	mapped, no smaller than @bo.
 * @verify: checks that the device finds that content. @stage: mapped, at least a
 *	page
 * @madvise: says whether the content is needed; is it retained?
 * @resident: does the device have the pages?
 */
struct bo_kind {
	bool evicts;
	int (*open)(void);
	int (*create)(int fd, struct any_bo *bo);
	void (*close)(struct any_bo *bo);
	void *(*map)(struct any_bo *bo);
	void (*fill)(const struct any_bo *stage, const struct any_bo *bo,
		     uint32_t number);
	void (*verify)(const struct any_bo *stage, const struct any_bo *bo,
		       uint32_t number);
	bool (*madvise)(const struct any_bo *bo, bool needed);
	bool (*resident)(const struct any_bo *bo);
};

extern const struct bo_kind kind_virtio, kind_panfrost, kind_helper;

/* 0, or the errno with which the driver refused. */
int any_bo_try(const struct bo_kind *kind, int fd, size_t size,
	       struct any_bo *bo);
/* A mapped BO; an error fails the test. */
struct any_bo any_bo_mapped(const struct bo_kind *kind, int fd, size_t size);

#endif
