// SPDX-License-Identifier: GPL-2.0-or-later
#include "scratch.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/io.h"
#include "command.h"

/* What users set for commands of this project, and make for its own. */
static const char unset[] =
	"KERNEL SERIES KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE SB_LOCKED BASE VARIANT T J V FROM "
	"TO N KEEP_GOING SHARD R RUNS PATCHES GOOD BAD ANY SEED SEEDS TIME LENGTH VIRTUAL KEEP "
	"COVERAGE_FROM CC CFLAGS CPPFLAGS UAPI BUILD MAKEFLAGS MFLAGS MAKELEVEL AFFECTED COV_FILES "
	"COV_MIN A B COST FILES CONFIG_DIR DISTROS MIRROR DISTRO_TIME PATCH FULL TAP JUNIT VERBOSE "
	"POINTS SCHEDULE FILE LINE CMD";

static char *top, *tmp, *errors;
static GPtrArray *kept;

void scratch_die(const char *format, ...)
{
	va_list args;

	if (!child_interrupted()) {
		fflush(stdout);
		fputs("error: ", stderr);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fputs("\n", stderr);
	}
	scratch_remove();
	_exit(child_interrupted() ? 128 + child_interrupted() : 1);
}

/* The clone that we were started in. */
static char *find_root(void)
{
	g_autofree char *dir = g_get_current_dir();

	while (!exists(dir, "uml-config/lib.sh")) {
		char *parent = g_path_get_dirname(dir);

		if (!g_strcmp0(parent, dir))
			scratch_die("start this in a clone of the project");
		g_free(dir);
		dir = parent;
	}
	return g_steal_pointer(&dir);
}

/* This program is $BIN/commands/NAME. */
static char *find_programs(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

	return g_canonicalize_filename("../..", self ? self : "/");
}

void scratch_make(void)
{
	g_autofree char *programs = find_programs();
	g_autofree char *root = find_root(), *build = NULL, *path = NULL;
	g_auto(GStrv) names = g_strsplit(unset, " ", -1);

	top = g_dir_make_tmp("commands-XXXXXX", NULL);
	if (!top)
		scratch_die("no scratch directory: %s", g_strerror(errno));
	child_catch_signals();
	tmp = g_build_filename(top, "tmp", NULL);
	errors = g_build_filename(top, "errors", NULL);
	build = g_build_filename(tmp, "build", NULL);
	path = g_strdup_printf("%s/bin:%s", tmp, setting("PATH"));
	kept = g_ptr_array_new_with_free_func(g_free);
	for (char **name = names; *name; name++)
		g_unsetenv(*name);
	g_setenv("ROOT", root, TRUE);
	g_setenv("BIN", programs, TRUE);
	g_setenv("TMP", tmp, TRUE);
	g_setenv("SB_BUILD", build, TRUE);
	g_setenv("PATH", path, TRUE);
	g_setenv("LC_ALL", "C", TRUE);
	umask(022);
}

void scratch_reset(void)
{
	g_ptr_array_set_size(kept, 0);
	remove_tree(tmp);
	if (g_mkdir(tmp, 0777) || chdir(tmp))
		scratch_die("%s: %s", tmp, g_strerror(errno));
}

void scratch_remove(void)
{
	if (!top)
		return;
	if (chdir("/"))
		fputs("error: cannot change to /\n", stderr);
	remove_tree(top);
	g_clear_pointer(&top, g_free);
	g_clear_pointer(&tmp, g_free);
	g_clear_pointer(&errors, g_free);
	g_clear_pointer(&kept, g_ptr_array_unref);
}

const char *scratch_errors(void)
{
	return errors;
}

const char *scratch_keep(char *text)
{
	g_ptr_array_add(kept, text);
	return text;
}

const char *f(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return scratch_keep(text);
}

const char *scratch_path(const char *name)
{
	return f("%s/%s", tmp, name);
}

void put(const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (!write_file(".", path, text, &error))
		scratch_die("%s", error->message);
}

/* A program may be running: the new one replaces it. */
static void put_program(const char *path, const char *text)
{
	put(path, text);
	if (g_chmod(path, 0777 & ~022))
		scratch_die("%s: %s", path, g_strerror(errno));
}

void stub(const char *path, const char *commands)
{
	/* (Where PATH has no sh, it runs as well.) */
	put_program(path, f("#!/bin/sh\n%s\n", commands));
}

void unpack(const char *name, const char *dir)
{
	g_autofree char *archive = g_build_filename("tests/commands", name, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = read_text(setting("ROOT"), archive, &error);
	g_auto(GStrv) files =
		text ? g_regex_split_simple("^-- (.+) --\n", text, G_REGEX_MULTILINE, 0) : NULL;

	if (!files)
		scratch_die("%s", error->message);
	/* Text before the first file is a comment. */
	for (char **file = files + 1; *file && file[1]; file += 2) {
		const char *path = f("%s/%s", dir, *file);

		(g_str_has_prefix(file[1], "#!") ? put_program : put)(path, file[1]);
	}
}

gboolean there(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

gboolean same_file(const char *a, const char *b)
{
	return there(a) && same_tree(a, b, "");
}
