// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake.h"

void fake_kernel(const char *dir)
{
	unpack("kernel.txt", dir);
	sh(f("cd %s; mkdir -p lib; seq 1 40 >lib/lib.c; seq 1 40 >" GEM, dir));
}

void fake_build(const char *dir)
{
	fake_kernel(dir);
	unpack("build.txt", dir);
}

void fake_series(const char *dir, const char *out)
{
	static const char *const edits[][2] = {{"one", GEM}, {"two", GEM}, {"three", "lib/lib.c"}};

	sh(f("rm -rf work; cp -R %s work; cd work; git init -q; git add -f .; " GIT
	     " commit -qm base",
	     dir));
	for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
		const char *word = edits[i][0];

		sh(f("cd work; sed -i 's,^/. %s ./,int %s;,' %s", word, word, edits[i][1]));
		if (i == 1)
			sh("sed -i s,b,new, work/include/uapi/drm/drm.h");
		sh(f("cd work; " GIT " commit -qam 'gem: Step %u'", i + 1));
	}
	sh(f("cd work; git format-patch -q -o $TMP/%s HEAD~3", out));
}
