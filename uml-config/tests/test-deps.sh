#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What deps.sh says and does where something is missing: with a PATH of our own,
# so that nothing of the machine's can be found or installed.
#
# The commands of stubs are expanded when they run:
# shellcheck disable=SC2016

. "$(dirname "$0")/lib.sh"

# machine TOOL...: all that is wanted, and these.
machine()
{
	rm -rf "${TMP:?}/bin"
	mkdir "$TMP/bin"
	for tool in sort tr tail mktemp rm cat; do
		ln -s "$(command -v $tool)" "$TMP/bin/$tool"
	done
	for tool in make ld flex bison bc xz tar git perl awk find cmp flock \
		fusermount3 lcov genhtml ccache; do
		stub "$TMP/bin/$tool" 'exit 0'
	done
	stub "$TMP/bin/gcc" 'case $1 in -print-file-name=*) echo /lib/${1#*=} ;; esac'
	stub "$TMP/bin/pkg-config" 'exit 0'
	stub "$TMP/bin/id" "echo $uid"
	for tool; do
		stub "$TMP/bin/$tool" "echo $tool \"\$@\" >>$TMP/log; $does"
	done
	rm -f "$TMP/log"
}

deps()
{
	run env PATH="$TMP/bin" "$real_sh" \
		"$CONFIG_DIR/deps.sh" "$@"
}

does='exit 0'
uid=1000

machine apt-get
ok "nothing is missing" deps
ok "and nothing is said" test ! -s "$TMP/output"
rm "$TMP/bin/flex" "$TMP/bin/ccache"
bad "a program is missing" "apt-get install -y --no-install-recommends flex ccache" deps
ok "with sudo" said "sudo sh -c"
ok "an ordinary user's apt-get is not called" test ! -e "$TMP/log"

for pair in dnf:libfuse:fuse3-devel pacman::fuse3 zypper::fuse3-devel; do
	manager=${pair%%:*}
	machine "$manager"
	stub "$TMP/bin/pkg-config" 'case $2 in fuse3) exit 1 ;; esac'
	ok "a library is missing, on a system with $manager" fails deps
	ok "$manager: one line to paste" sh -c \
		"grep -q '^sudo $manager .*${pair##*:}\$' $TMP/output"
done

machine
stub "$TMP/bin/gcc" 'case $1 in -print-file-name=*) echo /x ;; -E) exit 1 ;; esac'
ok "a header is missing, on an unknown system" fails deps
ok "the package is named all the same" said libc6-dev

uid=0
does="[ \"\$1\" != install ] || printf '#!$real_sh\n' >$TMP/bin/flex; chmod +x $TMP/bin/flex"
machine apt-get
ln -s "$(command -v chmod)" "$TMP/bin/chmod"
rm "$TMP/bin/flex"
good "root's apt-get installs" "installing missing packages: flex" deps
ok "without an update that is not needed" sh -c "! grep update $TMP/log"

does="case \$1 in
update) : >$TMP/updated ;;
install) [ -e $TMP/updated ] || exit 100; : >$TMP/bin/flex; chmod +x $TMP/bin/flex ;;
esac"
machine apt-get
ln -s "$(command -v chmod)" "$TMP/bin/chmod"
rm "$TMP/bin/flex"
ok "with an update where it is needed" deps
ok "which it was" grep -q update "$TMP/log"

does='echo "E: no network" >&2; exit 100'
machine apt-get
rm "$TMP/bin/flex"
bad "an installation that fails is an error" "E: no network" deps
ok "and what was tried" said "apt-get install"

uid=1000
machine
ok "gdb is wanted for gdb only" deps
ok "then it is" fails deps gdb
bad "yamllint for CI only" yamllint deps ci
bad "the tools of make lint, too" "clang-format codespell reuse shellcheck" deps lint
bad "libclang for mutants only" "libclang-dev" deps mutants
uid=0
does='exit 0'
machine apt-get
rm "$TMP/bin/flex"
bad "--missing names a package" "apt-get install -y --no-install-recommends flex" deps --missing
ok "but root's apt-get is not called" test ! -e "$TMP/log"
end
