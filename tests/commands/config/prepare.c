// SPDX-License-Identifier: GPL-2.0-or-later
/* What prepare.sh makes of a source and a series. */
#include <string.h>

#include "tests.h"

#define PREPARE UML "prepare.sh"
/* From the user's tree. */
#define NO_SERIES "KERNEL=$TMP/user SERIES=none " PREPARE
#define SERIES "KERNEL=$TMP/user SERIES=$TMP/series " PREPARE
#define TARBALL "KERNEL=$TMP/k.tar.xz SERIES=$TMP/series " PREPARE

/*
 * All that a user can see of a tree, names, contents and times of files and directories,
 * those of last access included.
 */
#define STATE "find user -printf '%p %y %s %T@ %C@ %A@ %m %i\\n' | sort "

/* The private copy. It is $TMP/tree, too. */
static void note_tree(void)
{
	sh(f("ln -sfn %s tree", answer()));
}

/* A patch @path against the fake kernel: a line @old of @file becomes @new. */
static void put_patch(const char *path, const char *file, const char *old, const char *new,
		      const char *subject)
{
	sh(f("rm -rf a b; mkdir -p a/$(dirname %1$s) b/$(dirname %1$s) $(dirname %2$s)\n"
	     "cp user/%1$s a/%1$s\n"
	     "sed 's/^%3$s$/%4$s/' user/%1$s >b/%1$s\n"
	     "{\n"
	     "	echo 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001'\n"
	     "	echo 'From: Some Body <some@body.example>'\n"
	     "	echo 'Date: Fri, 6 Jun 2025 12:00:00 +0200'\n"
	     "	echo 'Subject: [PATCH 1/2] %5$s'\n"
	     "	printf '\\nWhy.\\n---\\n'\n"
	     "	diff -u a/%1$s b/%1$s || :\n"
	     "	printf -- '-- \\n2.39.0\\n\\n'\n"
	     "} >%2$s",
	     file, path, old, new, subject));
}

/* The user's tree of git, and a series for it. */
static void put_sources(void)
{
	fake_kernel("user");
	sh("cd user && git init -q && git add -f . && "
	   "git -c user.name=a -c user.email=a@b commit -qm a && touch Kbuild");
	put("user/lib/lib.o", "");
	put("user/lib/generated.h", "");
	put_patch("series/0001-a.patch", GEM, "20", "twenty", "gem: A");
	put_patch("series/0002-b.patch", "drivers/net/net.c", "int net;", "int more;", "net: B");
	/* Twice: to look into a directory may change when it was last looked into. */
	sh(STATE ">before; " STATE ">before");
}

static void test_tree(void)
{
	ok("a directory is prepared", NO_SERIES);
	note_tree();
	holds("the user's tree stays as it was", STATE "| diff before -");
	check("code that UML cannot use is left out", !there("tree/arch/arm/mm/fault.c"));
	check("makefiles and Kconfig files are kept", there("tree/drivers/net/Kconfig"));
	check("objects and generated files are left out",
	      !there("tree/lib/lib.o") && !there("tree/lib/generated.h"));
	holds("the stub devices are hooked in",
	      "grep -q shrinkbench tree/arch/um/drivers/Makefile");
	ok("nothing to do the second time", NO_SERIES);
	check("and it says nothing", !*command_errors());
}

static void test_series_applied(void)
{
	sh("touch -d 2001-01-01 tree/lib/lib.c tree/" GEM);
	ok("a series is applied", SERIES);
	holds("a patch reaches the files", "grep -qx twenty tree/" GEM);
	holds("also those that were trimmed away", "grep -q more tree/drivers/net/net.c");
	holds("files that it does not change keep their time",
	      "[ $(stat -c %Y tree/lib/lib.c) = $(date -d 2001-01-01 +%s) ]");
	check("one commit per patch", !strcmp(ask("git -C tree log --format=%s"),
					      "net: B\ngem: A\num: hook in the stub devices\n"
					      "user, the parts that the series is about"));
	check("with the patch's author",
	      !strcmp(ask("git -C tree log -1 --format='%an %ae'"), "Some Body some@body.example"));
	holds("the user's tree still stays as it was", STATE "| diff before -");
}

/* Set by prepare.sh each time it reads the series. */
#define GIVES "tree/.git/shrinkbench/gives"

static void test_unchanged(void)
{
	/* It trusts the times of no file that is newer than that. */
	sh("until [ -z \"$(find series -newerct '2 seconds ago')\" ]; do sleep 0.1; done");
	ok("a series is read", SERIES);
	put(GIVES, "mark\n");
	ok("and asked for again", SERIES);
	holds("it is not read", "grep -qx mark " GIVES);
	sh("touch -r series/0001-a.patch time && sed -i s/twenty/TWENTY/ series/0001-a.patch && "
	   "touch -r time series/0001-a.patch");
	ok("a patch is changed, but neither its size nor its time", SERIES);
	holds("that is seen", "grep -qx TWENTY tree/" GEM " && ! grep mark " GIVES);
	put(GIVES, "mark\n");
	ok("one that is so new is read again", SERIES);
	holds("in any case", "! grep mark " GIVES);
	sh("sed -i s/TWENTY/twenty/ series/0001-a.patch");
	ok("the series as it was applies", SERIES);
}

static void test_index(void)
{
	put("series/index", "0002 gives net\n");
	ok("an index gives capabilities", SERIES);
	holds("which are noted", "grep -qx net " GIVES);
	put("series/index", "0003 last\n");
	bad("an index that is wrong is an error", "slot 0003", SERIES);
	sh("rm series/index");
	ok("without an index there are none", SERIES);
	holds("any more", "! grep . " GIVES);
}

#define CAPABILITIES ". " UML "capabilities.sh; source_capabilities caps | sort"
#define V3D "caps/drivers/gpu/drm/v3d/v3d_sched.c"
#define VIRTIO "caps/drivers/gpu/drm/virtio/virtgpu_vq.c"

/* What a kernel's own source tells, without an index. */
static void test_source_gives(void)
{
	sh("mkdir -p caps/drivers/gpu/drm/v3d caps/drivers/gpu/drm/virtio");
	put(V3D, "static void\n"
		 "v3d_timestamp_query_info_free(int a)\n{\n\tkvfree(a->queries);\n}\n"
		 "static void other(void)\n{\n\tb->queries = NULL;\n}\n");
	put(VIRTIO, "void virtio_gpu_notify(struct device *d)\n{\n\tspin_lock(&d->lock);\n}\n");
	check("functions without what is looked for", !*ask(CAPABILITIES));
	sh("sed -i 's/.*kvfree.*/&\\n\ta->queries = NULL;/' " V3D);
	sh("sed -i 's/.*spin_lock.*/\tdrm_dev_enter(d);\\n&/' " VIRTIO);
	check("and with it", !strcmp(ask(CAPABILITIES), "v3d-cpu-errors\nvirtio-late-notify"));
}

static void test_mbox(void)
{
	const char *head = ask("git -C tree rev-parse HEAD");

	sh("cat series/*.patch >series.mbox");
	ok("an mbox does as well", "KERNEL=$TMP/user SERIES=$TMP/series.mbox " PREPARE);
	check("and gives the same commits", !strcmp(ask("git -C tree rev-parse HEAD"), head));
	ok("SERIES=none takes it back", NO_SERIES);
	holds("in the files, too", "grep -qx 20 tree/" GEM);
}

/* What mail programs do to patches. */
static void test_mails(void)
{
	const char *head;

	ok("patches that are plain apply", SERIES);
	head = ask("git -C tree rev-parse HEAD");
	sh("for patch in series/*.patch; do sed '/^$/,$d' $patch;"
	   "echo 'Content-Type: text/plain; charset=UTF-8';"
	   "printf 'Content-Transfer-Encoding: base64\\n\\n';"
	   "sed '1,/^$/d' $patch | base64; echo; done >base64.mbox");
	ok("patches in base64 apply", "KERNEL=$TMP/user SERIES=$TMP/base64.mbox " PREPARE);
	check("and are the same", !strcmp(ask("git -C tree rev-parse HEAD"), head));
	sh("mkdir crlf mails; for patch in series/*.patch; do "
	   "sed 's/$/\r/' $patch >crlf/${patch##*/}; done; git mailsplit -omails base64.mbox "
	   ">split;"
	   "cp mails/0001 crlf/0001-a.patch");
	ok("so do patches with carriage returns, or encoded, in a directory",
	   "KERNEL=$TMP/user SERIES=$TMP/crlf " PREPARE);
	check("which are the same, too", !strcmp(ask("git -C tree rev-parse HEAD"), head));
	sh("sed s/UTF-8/no-such-charset/ mails/0002 >crlf/0002-b.patch");
	bad("one that cannot be decoded is an error", "cannot decode",
	    "KERNEL=$TMP/user SERIES=$TMP/crlf " PREPARE);
	ok("SERIES=none takes them back", NO_SERIES);
}

/* One copy of a kernel, whatever it is called. */
static void test_links(void)
{
	sh("ln -s user link; ls build/src >names");
	ok("a link to the kernel", "KERNEL=$TMP/link SERIES=none " PREPARE);
	ok("and its relative path", "cd user && KERNEL=. SERIES=none " PREPARE);
	holds("are the same kernel", "ls build/src | diff names -");
}

static void test_user_edits(void)
{
	sh("echo 'int x;' >>user/lib/lib.c; sed -i 's/^40$/forty/' user/" GEM
	   "; rm user/include/drm/drm_gem.h");
	put("user/drivers/gpu/drm/tests/drm_gem_shmem_test.c", "dev->dma_parms = 1;\n");
	put("user/include/drm/drm_gem_shmem_helper.h",
	    "void drm_gem_shmem_purge_locked(void);\nvoid drm_gem_shmem_pin_locked(void);\n");
	ok("the user's edits are followed", SERIES);
	holds("in a file outside the series", "grep -q 'int x' tree/lib/lib.c");
	holds("in a file of the series",
	      "grep -qx forty tree/" GEM " && grep -qx twenty tree/" GEM);
	holds("what the source tells of its capabilities is noted",
	      "grep -qx kunit-shmem-locked " GIVES);
	check("a file that is gone is gone", !there("tree/include/drm/drm_gem.h"));

	sh("sed -i 's/^20$/20 of another kernel/' user/" GEM);
	fails("a patch that does not apply is an error", SERIES);
	says("that names the patch", "0001-a.patch");
	says("and the file", GEM ":17");
	says("and shows the hunk", "| -20");
	bad("in an mbox by its subject", "gem: A",
	    "KERNEL=$TMP/user SERIES=$TMP/series.mbox " PREPARE);
	ok("afterwards the tree can be used", NO_SERIES);
}

static void test_own_edits(void)
{
	sh("echo edited >>tree/" GEM "; sed -i 's/^20 of.*/20/' user/" GEM);
	fails("edits in the private copy are not overwritten", SERIES);
	says("and are named", GEM);
	sh("git -C tree reset -q --hard");
	sh(SERIES);
	sh("cp tree/" GEM " with-series.c");
	sh(NO_SERIES);
	sh("cp with-series.c tree/" GEM
	   "; : >tree/.git/index.lock; : >tree/.git/refs/heads/master.lock");
	ok("what a command left there that was cut short is replaced", SERIES);
	check("and gone", same_file("tree/" GEM, "with-series.c"));
	sh("cp user/" GEM " tree/" GEM "; sed -i '1s/.*/one/' user/" GEM);
	ok("the same after an edit in the source", SERIES);
	holds("which is followed", "grep -qx one tree/" GEM);
	sh("echo 'config MORE' >>user/drivers/net/Kconfig; rm -rf build/src; " NO_SERIES);
	sh("sed -i '2s/.*/two/' user/" GEM);
	ok("an edit at the moment when a series wants more of the source", SERIES);
	holds("is followed", "grep -qx two tree/" GEM);
	ok("a checkout of an older commit is noticed",
	   SERIES " && git -C tree checkout -q HEAD~1 && " SERIES
		  " && grep -q more tree/drivers/net/net.c");
}

static void test_wrong_names(void)
{
	bad("a SERIES that does not exist is an error", f("SERIES=%s", scratch_path("nowhere")),
	    "KERNEL=$TMP/user SERIES=$TMP/nowhere " PREPARE);
	bad("so is a KERNEL that does not exist", f("KERNEL=%s", scratch_path("nowhere")),
	    "KERNEL=$TMP/nowhere " PREPARE);
	fails("and one that is no kernel", "KERNEL=$TMP/series " PREPARE);
}

static void test_tarball(void)
{
	sh("rm -rf user/.git; tar -cJf k.tar.xz user");
	ok("a tarball is prepared", TARBALL);
	note_tree();
	holds("with the series", "grep -q more tree/drivers/net/net.c");
	check("trimmed", !there("tree/arch/arm/mm/fault.c"));
	sh("head -c 600 k.tar.xz >cut.tar.xz");
	fails("a corrupt tarball is an error", "KERNEL=$TMP/cut.tar.xz SERIES=none " PREPARE);
	says("and named", "cut.tar.xz");
	check("the user's file is kept", there("cut.tar.xz"));
	holds("nothing half extracted is left",
	      "[ -z \"$(find build/src -maxdepth 1 -name 'cut*.new*')\" ]");
	sh("rm -rf build/src; for delay in 0.02 0.05 0.1 0.15 0.2 0.25 0.3; do "
	   "	KERNEL=$TMP/k.tar.xz SERIES=$TMP/series timeout -s KILL $delay " PREPARE
	   " || :; done");
	ok("a run that was killed is made up for",
	   "tree=$(" TARBALL ") && grep -q more $tree/drivers/net/net.c && "
	   "[ -z \"$(git -C $tree status --porcelain)\" ]");
}

/* Fixes of the base come with a series, and before it. */
static void test_fixes(void)
{
	sh("mkdir with; cp series/*.patch with");
	put_patch("with/fixes/0001-fix.patch", GEM, "30", "thirty", "gem: Fix");
	ok("a series with fixes is prepared", "KERNEL=$TMP/user SERIES=$TMP/with " PREPARE);
	note_tree();
	check("the fixes come first",
	      !strcmp(ask("git -C tree log --format=%s | head -n 4"),
		      "net: B\ngem: A\ngem: Fix\num: hook in the stub devices"));
	check("and are no slots of it",
	      !strcmp(ask("cat tree/.git/shrinkbench/slots"), "0001\n0002"));
	ok("another series has none", SERIES);
	holds("of them", "grep -qx 30 tree/" GEM);
	sh("mkdir only; cp -R with/fixes only");
	ok("fixes may be all there is", "KERNEL=$TMP/user SERIES=$TMP/only " PREPARE);
	holds("and are applied", "grep -qx thirty tree/" GEM);
	sh("rm -r only/fixes; ln -s ../nowhere only/fixes");
	bad("fixes that are not there are an error", "only/fixes is a dangling link",
	    "KERNEL=$TMP/user SERIES=$TMP/only " PREPARE);
}

static void test_too_old(void)
{
	sh("cp -R user old");
	put("old/include/drm/drm_gem_shmem_helper.h", "int drm_gem_shmem_pin(void);\n");
	fails("a kernel that is too old is refused", "KERNEL=$TMP/old SERIES=none " PREPARE);
	says("in a line", "error: old is too old: there is no drm_gem_shmem_pin_locked()");
}

void test_prepare(void)
{
	put_sources();
	test_tree();
	test_series_applied();
	test_unchanged();
	test_index();
	test_source_gives();
	test_mbox();
	test_mails();
	test_links();
	test_user_edits();
	test_own_edits();
	test_wrong_names();
	test_tarball();
	test_fixes();
	test_too_old();
	ok("several at once wait for each other",
	   "rm -rf build/src; pids=\n"
	   "for series in none $TMP/series none $TMP/series; do\n"
	   "	KERNEL=$TMP/k.tar.xz SERIES=$series " PREPARE " & pids=\"$pids $!\"\n"
	   "done\n"
	   "status=0; for pid in $pids; do wait $pid || status=1; done; exit $status");
}
