/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BOs of any driver, so that one test body serves all of them. Content is that
 * of content.h, generation 1, and goes into a BO through its device. Unless a
 * function says otherwise, an error fails the test.
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
 * struct bo_kind - a driver's BOs
 * @evicts: the driver's shrinker also takes idle BOs whose content is needed;
 *	otherwise it only takes those that are marked as not needed
 * @open: a DRM file, owned by the caller
 * @create: a BO of bo->size bytes that has pages: 0, or the errno of the
 *	refusal, after which there is no such BO
 * @close: closes the handle; a mapping goes first
 * @map: its mapping; made by the first call
 * @fill: give @bo the content of BO @number. @stage is a BO of the same kind,
 *	mapped, no smaller than @bo.
 * @verify: the device finds that content. @stage: mapped, at least a page
 * @madvise: say whether the content is needed: is it still there?
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

/* 0, or the errno of the refusal. */
int any_bo_try(const struct bo_kind *kind, int fd, size_t size,
	       struct any_bo *bo);
/* One that must be had, and is mapped. */
struct any_bo any_bo_mapped(const struct bo_kind *kind, int fd, size_t size);

#endif
