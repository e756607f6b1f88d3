#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lint-test.sh: each check of lint.sh finds what it is for, in a clone of a few files.
. "$(dirname "$0")/../uml-config/tests/lib.sh"
clone=$TMP/clone

# clone FILE TEXT: without faults, but for that file, one of its own.
clone()
{
	rm -rf "$clone"
	mkdir -p "$clone/uml-config" "$clone/tests" "$clone/a"
	cp -R "$ROOT/.clang-format" "$ROOT/.codespellrc" "$ROOT/.shellcheckrc" "$ROOT/.reuse" \
		"$ROOT/LICENSES" "$clone/"
	cp "$ROOT/uml-config/lib.sh" "$clone/uml-config/"
	cp "$ROOT/tests/lint.sh" "$clone/tests/"
	echo "// ${id%or-later}only" >"$clone/a/other.c"
	git -C "$clone" init -q
	printf '%b\n' "$2" >"$clone/a/$1"
}

# finds CHECK FILE TEXT: with that fault only this check fails.
finds()
{
	clone "$2" "$3"
	fails "$clone/tests/lint.sh" shellcheck clang_format codespell reuse spdx width &&
		said "5 passed, 1 failed" && said "FAIL  $1"
}

# (Neither these nor the wrong word are for the checks of this very file.)
id=SPDX-License
id="$id-Identifier: GPL-2.0-or-later"
c="// $id\\n"
sh="#!/bin/sh\\n# $id\\n"
clone good.c "${c}int good;"
ok "nothing is wrong" run "$clone/tests/lint.sh" shellcheck clang_format codespell reuse \
	spdx width
ok "as it says" said "6 passed, 0 failed"
ok "a word that is split" finds shellcheck a.sh "${sh}rm \$1"
ok "another format" finds clang_format a.c "${c}int  a;"
ok "a word that is not spelt so" finds codespell a.sh "${sh}echo t\\0145h end"
ok "a license that has no text" finds reuse a.sh "${sh%-or-later*}-2.0\ntrue"
ok "a file that names no license" finds spdx a.c 'int a;'
ok "a line that is too long" finds width a.sh "${sh}echo $(printf '%0100d' 0)"
ok "a line of a document that is too long" finds width a.md "$(printf '%0101d' 0)"
stub "$TMP/bin/clang-format" 'echo version 19.1.0'
cp "$TMP/bin/clang-format" "$TMP/bin/clang-format-14"
clone good.c "${c}int good;"
ok "another clang-format" fails env PATH="$TMP/bin:$PATH" "$clone/tests/lint.sh" clang_format
ok "is not asked" said "clang-format 14 is needed"
end
