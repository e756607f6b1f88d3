/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel of a campaign: its own copy, in build/mutants. */
#ifndef MUTANTS_KERNEL_H
#define MUTANTS_KERNEL_H

#include "mutant.h"

typedef struct {
	char *work; /* build/mutants */
	char *out; /* where it is built */
	char *tree; /* its source */
	char *gives; /* the capabilities that the series gives it */
	char **env; /* of what builds it */
} Kernel;

typedef enum {
	BUILT,
	UNCHANGED, /* the objects are the same as those of the plain kernel */
	BUILD_FAILS, /* the compiler or the linker refuses the source */
	BUILD_ENDED, /* by a signal, or by what is wrong with the machine */
} BuildEnd;

/*
 * kernel_build() - builds the kernel without any mutant, after it took back what an
 * earlier campaign left there. NULL with @error set.
 */
Kernel *kernel_build(const char *work, const char *variant, GError **error);

/*
 * kernel_plant() - builds it with @edited as the text of @file, after it took back what was
 * planted before. @log: what was said.
 */
BuildEnd kernel_plant(Kernel *kernel, const char *file, const char *original,
		      const char *edited, GString *log);

/*
 * kernel_take() - the kernel as it was built last becomes @dir/linux, which no later build
 * changes.
 */
gboolean kernel_take(const Kernel *kernel, const char *dir, GError **error);

/* kernel_refuses() - does @log, of a build that failed, say that the source is wrong? */
gboolean kernel_refuses(const char *log);

/* kernel_restore() - takes the edit back; the kernel is not built again for that. */
gboolean kernel_restore(const char *work, GError **error);

/*
 * kernel_source() - a source file that is compiled into this kernel and is @file, or
 * includes it; @args gets the compiler's arguments for it, as far as clang knows them.
 * NULL if there is none.
 */
char *kernel_source(const Kernel *kernel, const char *file, char ***args);

void kernel_free(Kernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Kernel, kernel_free)

#endif
