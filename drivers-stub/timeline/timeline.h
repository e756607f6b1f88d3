/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sampler of "make timeline": sampler.c is its thread and its output, memory.c
 * what the kernel and its shrinkers count, bos.c the states of BOs, ids.c the names
 * by which the devices know them.
 */
#ifndef SHRINKBENCH_TIMELINE_H
#define SHRINKBENCH_TIMELINE_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>

struct drm_gem_object;

/* The sampler's thread; NULL unless the kernel command line asks for samples. */
extern struct task_struct *sb_sampler;

/* mm/shrinker.c; as mm/shrinker_debug.c declares it. */
extern struct list_head shrinker_list;

/**
 * sb_sampler_kick - take a sample soon
 *
 * For use after what may change the state of a BO. Any context; costs a branch when
 * there is no sampler.
 */
static inline void sb_sampler_kick(void)
{
	if (IS_ENABLED(CONFIG_DRM_GEM_SHMEM_HELPER) && unlikely(sb_sampler))
		wake_up_process(sb_sampler);
}

__printf(1, 2) void sb_sample_line(const char *fmt, ...);
int sb_sample_memory_init(void);
void sb_sample_memory(void);
int sb_sample_bos_init(void);
void sb_sample_bos(void);
u64 sb_bo_id(struct drm_gem_object *obj);

#endif
