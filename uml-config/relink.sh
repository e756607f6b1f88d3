#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# relink.sh TREE OUT JOBS: brings OUT up to date without kbuild, which takes
# seconds to find out that nothing is to be done. Status: 0 done, 2 this is
# for kbuild, else the compiler failed.
#
# It does what kbuild would, from kbuild's own notes (.*.cmd: the command that
# made a file, and the files it read), for the one case that people wait for:
# C files or headers changed, and nothing else. A file counts as changed when
# its inode did since the moment noted before the last build began: kbuild
# compares the times of files only, so it never sees more. Whatever is not
# plainly such a case is left to kbuild: makefiles, Kconfig, scripts, a file
# that is gone, what generated headers or host programs depend on.
#
# relink.sh --stamp OUT		before a build: notes the moment
# relink.sh --record TREE OUT	after it: notes what to watch
. "${0%/*}/lib.sh"

# The moment, of which every later change of a file is told apart: the clock
# of file systems goes in steps, so wait for the next one.
stamp()
{
	touch "$1"
	while :; do
		touch "$1.tick"
		[ -z "$(find "$1.tick" -newer "$1")" ] || break
	done
	rm -f "$1.tick"
}

# The files that .cmd files name, as they name them. Those of OUT (no path that
# begins with a slash or goes up) are not among them: kbuild alone makes them.
read_files()
{
	sed -n -e 's#^  \(\(\.\.\)\{0,1\}/[^ ]*\) \\$#\1#p' \
		-e 's#^source_[^ ]* := \(\(\.\.\)\{0,1\}/.*\)$#\1#p'
}

record()
{
	cd "$2"
	{
		find . -name '.*.cmd' -exec cat {} + | read_files
		kconfigs "$1" "$2"
		find "$1" -name .git -prune -o -type f \( -name 'Makefile*' \
			-o -name 'Kbuild*' -o -path "$1/scripts/*" \) -print
		find -L "$ROOT/drivers-stub" -type f \( -name Makefile \
			-o -name Kconfig \)
		command -v "$SB_CC" ld as ar
	} | sort -u | xargs ls -d 2>/dev/null | sort -u >relink/watch || :
	# (What is gone was noted by an object that is no longer made.)
	# An object whose source is not watched would go stale: rather none.
	find . -name '.*.o.cmd' -exec sed -n 's,^source_[^ ]* := ,,p' {} + |
		grep '^[./]' | xargs ls -d 2>/dev/null | sort -u \
		>relink/sources || :
	if [ ! -s relink/sources ] ||
		[ -n "$(comm -23 relink/sources relink/watch)" ]; then
		rm -f relink/watch
	fi
}

# compile OBJECT: by the command in its notes, which it renews.
compile()
{
	notes=${1%/*}/.${1##*/}.cmd
	saved=$(sed -n '1s/^savedcmd_[^ ]* := //p' "$notes")
	dep=$(printf '%s\n' "$saved" | sed -n 's/.*-Wp,-MM*D,\([^ ]*\).*/\1/p')
	# shellcheck disable=SC2016
	command=$(printf '%s\n' "$saved" | sed 's/\$(pound)/#/g; s/\$\$/$/g')
	echo "  CC $1" >&2
	rm -f "$1"
	if ! sh -c "$command" || ! scripts/basic/fixdep "$dep" "$1" "$saved" \
		>"$notes.new"; then
		rm -f "$1" "$notes.new"
		exit 1
	fi
	mv "$notes.new" "$notes"
	rm -f "$dep"
}

# again TARGET: its command once more. Kbuild's ends with "true" in some cases, where
# its shell stops at what fails before.
again()
{
	notes=${1%/*}/.${1##*/}.cmd
	[ "${1%/*}" != "$1" ] || notes=.$1.cmd
	# shellcheck disable=SC2016
	sh -c "$(sed -n '1s/^savedcmd_[^ ]* := //p' "$notes" |
		sed 's/\$(pound)/#/g; s/\$\$/$/g; s/; *true *$//')"
}

# link: vmlinux. What fails leaves none, rather than that of before.
link()
{
	# shellcheck source=/dev/null
	. ./relink/env
	unset SB_LINK_ENV
	MAKEFLAGS='rRs --no-print-directory'
	export MAKEFLAGS
	rm -f vmlinux
	again vmlinux >relink/link.log && rm -f .vmlinux.d && [ -f vmlinux ]
}

case $1 in
--stamp)
	stamp "$2/relink/stamp"
	exit
	;;
--record)
	record "$2" "$3"
	exit
	;;
--compile)
	compile "$2"
	exit
	;;
esac

out=$2 jobs=$3
cd "$out"
ccache_env
kbuild()
{
	exit 2
}

# in_archive ARCHIVE OBJECT: by the notes of the archive?
in_archive()
{
	grep -qs "[ /]$2\( \|\$\)" "${1%/*}/.${1##*/}.cmd"
}

if [ ! -s relink/watch ] || [ ! -s relink/env ] || [ ! -f linux ] ||
	[ ! -f relink/stamp ] || [ ! -f .vmlinux.cmd ]; then
	kbuild
fi
stamp relink/stamp.next
# (All of them with one find, where the system takes so many names.)
# shellcheck disable=SC2016
xargs -s 1000000 sh -c 'find -L "$@" -maxdepth 0 -cnewer relink/stamp' sh \
	<relink/watch >relink/changed 2>/dev/null || kbuild
if [ ! -s relink/changed ]; then
	exit 0
fi

# Each changed file must be a source, and each file made from it an object in
# an archive of its own directory.
while read -r file; do
	case $file in
	*/scripts/* | */tools/*) kbuild ;;
	*.c | *.h) ;;
	*) kbuild ;;
	esac
	echo "  $file \\"
done <relink/changed >relink/patterns
sed -n 's,^  \(.*\.c\) \\$,\1,p' relink/patterns >relink/sources
{
	find . -name '.*.cmd' -exec grep -lxF -f relink/patterns {} + || :
	sed 's,$,$,; s,^, := ,; s,[.],[.],g' relink/sources >relink/ends
	[ ! -s relink/ends ] ||
		find . -name '.*.cmd' -exec grep -l -f relink/ends {} + || :
} | sed 's,^\./,,' | sort -u >relink/notes
: >relink/archives
while read -r notes; do
	dir=${notes%/*}
	object=${notes##*/.}
	object=${object%.cmd}
	case $notes in
	scripts/* | tools/* | usr/* | arch/*/vdso/*) kbuild ;;
	*/.*.o.cmd) ;;
	*) kbuild ;;
	esac
	# Notes and target must have the same name, and an archive nearby must
	# have the object: its directory's, or that above it, if a makefile
	# there names it with its directory.
	grep -qF "savedcmd_$dir/$object := " "$notes" || kbuild
	if in_archive "$dir/built-in.a" "$object"; then
		echo "$dir/built-in.a"
	elif in_archive "$dir/lib.a" "$object"; then
		echo "$dir/lib.a"
	elif in_archive "${dir%/*}/built-in.a" "${dir##*/}/$object"; then
		echo "${dir%/*}/built-in.a"
	else
		kbuild
	fi >>relink/archives
	echo "$dir/$object"
done <relink/notes >relink/objects

# From the compiled objects up: every archive on the way to vmlinux, then
# vmlinux. (vmlinux.o is only what modpost looks at; kbuild makes it when it
# runs next.)
if [ -s relink/objects ]; then
	if ! xargs -n 1 -P "$jobs" "$CONFIG_DIR/$(basename "$0")" --compile \
		<relink/objects; then
		die "the kernel does not build"
	fi
	while read -r archive; do
		echo "$archive"
		dir=${archive%/*}
		while [ "$dir" != "${dir%/*}" ]; do
			dir=${dir%/*}
			[ ! -f "$dir/.built-in.a.cmd" ] ||
				echo "$dir/built-in.a"
		done
	done <relink/archives |
		awk -F/ '{ print NF, $0 }' | sort -rnu | cut -d' ' -f2- \
			>relink/order
	while read -r archive; do
		again "$archive"
	done <relink/order
	again built-in.a
	again vmlinux.a
	echo "  LINK vmlinux" >&2
	(link) || die "the kernel does not link"
	ln -f vmlinux linux

	# What the changed files include now.
	while read -r notes; do
		read_files <"$notes"
	done <relink/notes | sort -u - relink/watch >relink/watch.next
	mv relink/watch.next relink/watch
fi
mv relink/stamp.next relink/stamp
