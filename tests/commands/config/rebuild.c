// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs are built again when what they are built with changes, and with the drm/ headers
 * of the kernel under test.
 */
#include <string.h>

#include "tests.h"

#define GUEST "build/tests/obj/guest/area/file.o"
#define SHIM "build/shim/opt/file.o"

/* The headers of a kernel whose MADVISE is @number. */
static void put_uapi(const char *dir, const char *number)
{
	put(f("%s/drm/drm.h", dir), f("#define MADVISE \"madvise %s\"\n", number));
}

/* Compiles the @object of @folder, with these variables. */
static gboolean compile(const char *folder, const char *object, const char *variables)
{
	return !run(f("make -C %s BUILD=$TMP/build %s $TMP/%s", folder, variables, object));
}

static gboolean guest(const char *variables)
{
	return compile("tests", GUEST, variables);
}

static const char *state(const char *object)
{
	return ask(f("stat -c '%%i %%z' %s", object));
}

static void has(const char *name, const char *number)
{
	holds(name, f("grep -q 'madvise %s' " GUEST, number));
}

/* Checks that nothing is to be done. */
static void kept(const char *name, const char *variables)
{
	const char *before = state(GUEST);

	check(name, guest(variables) && !strcmp(state(GUEST), before));
}

/* Checks that with @change, the @object is made again, once. */
static void made_again(const char *name, const char *folder, const char *object,
		       const char *variables, const char *change)
{
	const char *more = f("%s %s", variables, change), *first, *second;
	gboolean good = compile(folder, object, variables);

	first = state(object);
	good = compile(folder, object, more) && good;
	second = state(object);
	check(name, good && strcmp(first, second));
	check("once", compile(folder, object, more) && !strcmp(second, state(object)));
}

void test_rebuild(void)
{
	static const char *const changes[] = {"CC='gcc -std=gnu11'", "CFLAGS=-O1",
					      "CFLAGS=\"-DTEXT='\\\"a b\\\"'\""};

	put_uapi("old", "0x0c");
	put_uapi("new", "0x0d");
	put_uapi("host", "0x0e");
	put("tests/guest/area/file.c", "#include <drm/drm.h>\n"
				       "#include <linux/virtio_gpu.h>\n"
				       "extern const char text[];\n"
				       "const char text[] = MADVISE;\n");
	put("shim/file.c", "int shim;\n");
	sh("cp $ROOT/build.mk .; for i in tests shim; do cp $ROOT/$i/Makefile $i/; done");

	guest("UAPI=$TMP/old");
	has("the guest's programs have the kernel's drm headers", "0x0c");
	kept("they are kept", "UAPI=$TMP/old");
	guest("UAPI=$TMP/new");
	has("another kernel's make others", "0x0d");
	kept("which are kept as well", "");
	put_uapi("new", "0x0f");
	guest("");
	has("a changed header is seen", "0x0f");
	sh("rm -rf build");
	run("C_INCLUDE_PATH=$TMP/host make -C tests BUILD=$TMP/build UAPI=$TMP/old $TMP/" GUEST);
	has("the host's drm headers do not win", "0x0c");
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		made_again(f("guest: %s builds again", changes[i]), "tests", GUEST, "UAPI=$TMP/old",
			   changes[i]);
		made_again(f("shim: %s builds again", changes[i]), "shim", SHIM, "CC=gcc",
			   changes[i]);
	}
}
