#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# prepare.sh: the private copy of the kernel, trimmed to what ARCH=um needs,
# with the hook lines for drivers-stub/ and the series; prints its path.
#
# KERNEL, KERNEL_URL, ...	see source.sh
# SERIES=dir|mbox|none	instead of series/<version of the kernel>/
#
# .git/shrinkbench/gives in the copy: the capabilities that the series, by its
# index, gives to the kernel, and those that the source tells (capabilities.sh);
# .git/shrinkbench/slots: the numbers of its patches.
#
# The copy is a git repository: one commit with the files as they were, one
# with the hooks, one per patch. It follows only the parts of the tree that the
# series is about (git add of everything would cost more than the extraction).
# Commits are made in an index of their own and reach the files in one step
# that touches only those that differ: a build after a change of series or
# source compiles only what changed.
. "${0%/*}/lib.sh"
. "$CONFIG_DIR/series-index.sh"
. "$CONFIG_DIR/capabilities.sh"

TRACKED="arch/um/drivers drivers/dma-buf drivers/gpu/drm include/drm"
TRACKED="$TRACKED include/uapi/drm"
# Trimmed away with their directories, but needed: CONFIG_NET of the variant clients.
NEEDED="drivers/net/loopback.c"

lock "$BUILD/kernel.lock"
source=$("$CONFIG_DIR/source.sh")

# One copy per source: a name that a person recognises, and a hash. That of a
# download is the same wherever this clone is, so that ccache knows its files.
if [ -d "$source" ]; then
	source=$(cd "$source" && pwd -P)
	key=$(echo "$source" | hash)
else
	case $source in
	"$BUILD"/download/*) format='%s' ;;
	*) format='%n %s %Y' ;;
	esac
	key=$(stat -Lc "$format" "$source" | hash)
fi
name=$(basename "$source" | sed 's/\.tar.*//; s/[^A-Za-z0-9.-]/-/g')
key=$name-$key
tree=$BUILD/src/$key
new=$tree.new # a tree, or the changed files of one, on its way in
meta=$tree/.git/shrinkbench

mkdir -p "$BUILD/src"
rm -rf "$new"

#
# The files
#

trimmed()
{
	grep -v '^#' "$CONFIG_DIR/trim.list"
}

# The name of the directory in the tarball that holds the tree.
top_of()
{
	tar -tf "$1" 2>/dev/null | head -n 1 | sed 's,^\(\./\)*,,; s,/.*,,'
}

extract()
{
	say "extracting $(basename "$source")"
	mkdir "$new"
	top=$(top_of "$source")
	trimmed | while read -r dir; do
		for pattern in '*.[chS]' '*.dts*'; do
			echo "$top/$dir/$pattern"
		done
	done >"$new.exclude"
	for e in rst yaml txt svg json; do
		echo "$top/Documentation/*.$e"
	done >>"$new.exclude"
	if ! XZ_DEFAULTS=-T0 tar -xf "$source" -C "$new" \
		--strip-components=1 --anchored --wildcards \
		--exclude-from="$new.exclude" 2>"$new.errors" ||
		[ ! -f "$new/Kbuild" ]; then
		full=$(grep -c 'No space left\|quota' "$new.errors" || :)
		head -n 3 "$new.errors" | sed 's/^/  /' >&2
		rm -rf "$new" "$new.exclude" "$new.errors"
		[ "$full" = 0 ] || die "no space left in $BUILD to extract" \
			"the kernel; a build needs 3 GB"
		case $source in
		"$BUILD"/download/*)
			rm -f "$source"
			die "$source is corrupt and was removed;" \
				"run make again to download it again"
			;;
		esac
		die "$source is corrupt, or is not a tarball of a kernel;" \
			"the extracted files were removed"
	fi
	rm -f "$new.exclude" "$new.errors"
}

# Every file of the user's tree that belongs in the copy, with the attributes that
# show whether it changed. No file is opened. Directories are opened with O_NOATIME,
# unless the system forbids it.
manifest()
{
	prune=
	for dir in $(trimmed); do
		prune="$prune -o -path ./$dir"
	done
	fmt='%p\t%s %T@ %C@ %i\n'
	set -- -type f -o -type l
	(
		cd "$source"
		# shellcheck disable=SC2086
		find . \( -name .git $prune -o -path ./include/config \
			-o -path ./include/generated \
			-o -path './arch/*/include/generated' \) -prune -o \
			\( -type f -o -type l \) ! -name '*.[oa]' \
			! -name '*.ko' ! -name '.*.cmd' ! -name '*.mod' \
			! -name '*.mod.c' ! -name '*.order' ! -path ./.config \
			! -name '.tmp_*' ! -path ./vmlinux ! -path ./linux \
			-printf "$fmt"
		for dir in $(trimmed); do
			[ ! -d "$dir" ] || echo "./$dir"
		done | xargs -r sh -c 'find "$@" \( -name "Kconfig*" \
			-o -name "Makefile*" -o -name "Kbuild*" \) \
			-type f -printf "'"$fmt"'"' sh
		[ ! -f "$meta/extra" ] || while read -r file; do
			[ ! -f "$file" ] ||
				find "./$file" -printf "$fmt"
		done <"$meta/extra"
	) | sort -u
}

# copy LIST DIR: copies these files of the user's tree to DIR, with the current time,
# so that make sees that they are new.
copy()
{
	mkdir -p "$2"
	tar -C "$source" --atime-preserve=system --no-recursion \
		--verbatim-files-from -T "$1" -cf - | tar -xmf - -C "$2"
}

# place DIR: moves its files into the tree; a file is replaced atomically.
place()
{
	(cd "$1" && find . -type f -o -type l) | while read -r file; do
		mkdir -p "$tree/${file%/*}"
		mv -f "$1/$file" "$tree/$file"
	done
	rm -rf "$1"
}

# Removes leftovers of builds in the user's tree, according to its .gitignore.
drop_ignored()
{
	sed '/^# Debian packaging/,$d' "$new/.gitignore" >"$new.ignore"
	mv "$new.ignore" "$new/.gitignore"
	git -C "$new" init -q
	git -C "$new" ls-files -o -i --exclude-standard -z |
		(cd "$new" && grep -zv '\(^\|/\)\.[^/]*$' | xargs -0r rm -f)
	rm -rf "$new/.git"
}

# Finds what changed in the source since the last run: changed files are put into
# $new, the names of removed ones into $new.gone. Nothing is put there if nothing
# changed.
sync_tree()
{
	manifest >"$BUILD/src/$key.manifest.new"
	if [ ! -d "$tree" ]; then
		say "copying $source"
		cut -f1 "$BUILD/src/$key.manifest.new" >"$new.list"
		copy "$new.list" "$new"
		drop_ignored
		return
	fi
	cmp -s "$BUILD/src/$key.manifest.new" "$meta/manifest" && return
	comm -13 "$meta/manifest" "$BUILD/src/$key.manifest.new" | cut -f1 \
		>"$new.list"
	cut -f1 "$meta/manifest" >"$new.old"
	cut -f1 "$BUILD/src/$key.manifest.new" |
		comm -23 "$new.old" - >"$new.gone"
	rm -f "$new.old"
	# Leave out what a build of the user has left there since.
	git -C "$tree" check-ignore --no-index --stdin <"$new.list" |
		sort >"$new.ignored" || :
	comm -23 "$new.list" "$new.ignored" >"$new.fresh"
	mv "$new.fresh" "$new.list"
	rm -f "$new.ignored"
	copy "$new.list" "$new"
}

#
# The commits
#

git_tree()
{
	git -C "$tree" -c core.compression=0 -c gc.auto=0 \
		-c core.safecrlf=false -c core.autocrlf=false "$@"
}

# commit MESSAGE-FILE PARENT...: commits $GIT_INDEX_FILE; prints the ID.
commit()
{
	message=$1
	shift
	git_tree commit-tree "$(git_tree write-tree)" "$@" <"$message"
}

by_us()
{
	GIT_AUTHOR_NAME=shrinkbench GIT_AUTHOR_EMAIL=shrinkbench@localhost
	GIT_AUTHOR_DATE='2000-01-01T00:00:00Z'
	GIT_COMMITTER_NAME=shrinkbench
	GIT_COMMITTER_EMAIL=shrinkbench@localhost
	GIT_COMMITTER_DATE='2000-01-01T00:00:00Z'
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
	export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
}

# Prints the paths that the patches change.
touched()
{
	tr '\n' '\0' | xargs -0r sed -n 's,^--- a/,,p; s,^+++ b/,,p; s,^rename from ,,p' |
		cut -f1 | sort -u
}

# Gets files that the series changes, but that were trimmed away.
fetch_trimmed()
{
	[ -s "$1" ] || return 0
	if [ -d "$source" ]; then
		(cd "$source" && while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done) <"$1" >"$new.list"
		cat "$1" >>"$meta/extra"
		copy "$new.list" "$work/more"
	else
		top=$(top_of "$source")
		mkdir "$work/more"
		# Most of them are new files, which tar reports as missing.
		sed "s,^,$top/," "$1" | XZ_DEFAULTS=-T0 tar -xmf "$source" \
			-C "$work/more" --strip-components=1 -T - \
			2>"$work/errors" ||
			! grep 'No space left\|quota' "$work/errors" >&2 ||
			die "no space left in $BUILD to extract the kernel"
	fi
	place "$work/more"
}

# explain PATCH ERRORS NAME: prints the error of git apply, and the hunk.
explain()
{
	echo "error: $3 does not apply to $name:" >&2
	sed 's/^error: /  /' "$2" >&2
	sed -n 's/^error: patch failed: \(.*\):\([0-9]*\)$/\1 \2/p' "$2" |
		while read -r file line; do
			awk -v file="$file" -v line="$line" '
				/^--- / { on = 0 }
				/^\+\+\+ / { f = $2; sub(/^b\//, "", f) }
				/^@@ / { split($2, at, /[-,]/)
					on = f == file && at[2] == line }
				/^diff --git / { on = 0 }
				on { print "  | " $0 }' "$1" >&2
		done
}

# apply PATCH: commits the patch on top of $head.
apply()
{
	patch=$1
	git mailinfo "$work/body" "$work/diff" <"$patch" >"$work/info" \
		2>/dev/null || :
	subject=$(sed -n 's/^Subject: //p' "$work/info")
	title=${subject:-$(basename "$patch")}
	if [ -n "$subject" ] && [ ! -d "$series" ]; then
		shown="patch '$subject' of $series"
	else
		shown="patch $(basename "$patch")"
	fi
	[ -s "$work/diff" ] || cp "$patch" "$work/diff"
	if ! git_tree apply --cached --whitespace=nowarn "$work/diff" \
		2>"$work/errors"; then
		explain "$work/diff" "$work/errors" "$shown"
		exit 1
	fi
	GIT_AUTHOR_NAME=$(sed -n 's/^Author: //p' "$work/info")
	GIT_AUTHOR_EMAIL=$(sed -n 's/^Email: //p' "$work/info")
	GIT_AUTHOR_DATE=$(sed -n 's/^Date: //p' "$work/info")
	if [ -z "$GIT_AUTHOR_EMAIL" ] || [ -z "$GIT_AUTHOR_DATE" ]; then
		by_us
	fi
	[ -n "$GIT_AUTHOR_NAME" ] || GIT_AUTHOR_NAME=$GIT_AUTHOR_EMAIL
	{
		echo "$title"
		echo
		cat "$work/body"
	} >"$work/message"
	head=$(commit "$work/message" -p "$head")
}

# Adds the lines that include drivers-stub/, each at the end of its file, and applies
# the fixups of arch/um: for bugs of UML that spoil verdicts or keep it from running, and
# for speed. A fixup that does not apply is skipped: this kernel does not need it, or is
# only slower.
hook()
{
	for line in 'Kconfig source "arch/um/drivers/shrinkbench/Kconfig"' \
		'Makefile obj-y += shrinkbench/'; do
		file=arch/um/drivers/${line%% *}
		{
			git_tree cat-file blob ":$file"
			echo "${line#* }"
		} >"$work/hooked"
		blob=$(git_tree hash-object -w "$work/hooked")
		git_tree update-index --cacheinfo "100644,$blob,$file"
	done
	for fixup in "$CONFIG_DIR"/fixups/*.patch; do
		git_tree apply --cached "$fixup" 2>/dev/null || :
	done
}

# edited_by_hand: prints the files that differ from $old and from every version that
# git has from other sources or series. Those versions were left by an interrupted
# command, and need not be kept.
edited_by_hand()
{
	git_tree diff-index --name-only "$old" -- | while read -r file; do
		[ ! -e "$tree/$file" ] || git_tree cat-file -e "$(git_tree \
			hash-object --no-filters "$tree/$file")" 2>/dev/null ||
			echo "$file"
	done
}

make_commits()
{
	by_us
	drop_git_locks "$tree"
	GIT_INDEX_FILE=$tree/.git/series.index
	export GIT_INDEX_FILE
	rm -f "$GIT_INDEX_FILE"
	old=$(git_tree rev-parse -q --verify HEAD || :)
	if base=$(git_tree rev-parse -q --verify refs/shrinkbench/base); then
		git_tree read-tree "$base"
	else
		# shellcheck disable=SC2086
		(cd "$tree" && ls -d $TRACKED 2>/dev/null) |
			xargs git -C "$tree" -c core.compression=0 add -f --
	fi

	[ ! -d "$new" ] || import

	# The base must have all files that the series changes, except for those
	# that the last series has created.
	{
		git_tree ls-files
		GIT_INDEX_FILE=$tree/.git/index git_tree ls-files
		echo /dev/null
	} | sort -u >"$work/have"
	comm -13 "$work/have" "$work/touched" >"$work/lack"
	while read -r file; do
		[ -e "$tree/$file" ] || echo "$file"
	done <"$work/lack" >"$work/trimmed"
	fetch_trimmed "$work/trimmed"
	follow "$work/lack"

	echo "$name, the parts that the series is about" >"$work/message"
	base=$(commit "$work/message")
	git_tree update-ref refs/shrinkbench/base "$base"
	hook
	echo "um: hook in the stub devices" >"$work/message"
	head=$(commit "$work/message" -p "$base")
	while read -r patch; do
		apply "$patch"
	done <"$work/patches"
	by_us
	unset GIT_INDEX_FILE

	# Update the files in one step. If it is interrupted, the next run repeats it
	# from what git has.
	if [ -z "$old" ]; then
		git_tree read-tree "$base"
		old=$base
	fi
	set -- -m -u "$old"
	[ ! -e "$meta/unfinished" ] || set -- --reset -u
	: >"$meta/unfinished"
	git_tree update-index -q --refresh >/dev/null || :
	if ! git_tree read-tree "$@" "$head" 2>"$work/errors"; then
		edited_by_hand >"$work/by-hand"
		if [ -s "$work/by-hand" ]; then
			rm -f "$meta/unfinished"
			sed 's/^/  /' "$work/by-hand" >&2
			die "these files were edited in $tree and would be" \
				"overwritten; save your edits elsewhere and run:" \
				"git -C $tree reset --hard"
		fi
		git_tree read-tree --reset -u "$head" 2>"$work/errors" ||
			die "cannot write to $tree: $(head -n 1 "$work/errors")"
	fi
	git_tree update-ref HEAD "$head"
	rm -f "$meta/unfinished"
}

# follow LIST: makes git follow these files from now on: in the base that is being
# made, in the index of the files, and in $old as if they had always been there.
follow()
{
	(cd "$tree" && while read -r file; do
		[ ! -e "$file" ] || echo "$file"
	done) <"$1" >"$work/found"
	[ -s "$work/found" ] || return 0
	git_tree update-index --add --stdin <"$work/found"
	[ -n "$old" ] || return 0
	GIT_INDEX_FILE=$tree/.git/index \
		git_tree update-index --add --stdin <"$work/found"
	GIT_INDEX_FILE=$tree/.git/old.index git_tree read-tree "$old"
	GIT_INDEX_FILE=$tree/.git/old.index \
		git_tree update-index --add --stdin <"$work/found"
	old=$(GIT_INDEX_FILE=$tree/.git/old.index git_tree write-tree)
}

# Moves the changed files from $new to the base if git follows them, else directly
# to the tree; likewise removes files that are gone.
import()
{
	: >>"$new.gone"
	sed 's,^\./,,' "$new.gone" >"$work/gone"
	(cd "$new" && find . -type f -o -type l) | sed 's,^\./,,' |
		sort >"$work/came"
	{
		git_tree ls-files
		# shellcheck disable=SC2086
		for dir in $TRACKED; do
			grep "^$dir/" "$work/came" || :
		done
	} | sort -u >"$work/followed"
	comm -12 "$work/followed" "$work/came" |
		git_tree --work-tree="$new" update-index --add --stdin
	comm -12 "$work/followed" "$work/gone" |
		git_tree update-index --force-remove --stdin
	comm -13 "$work/followed" "$work/came" >"$work/others"
	tar -C "$new" --verbatim-files-from -T "$work/others" -cf - |
		tar -C "$tree" -xmf -
	comm -13 "$work/followed" "$work/gone" |
		(cd "$tree" && tr '\n' '\0' | xargs -0r rm -f)
}

#
# Do what is necessary since the last run
#

# The first run was interrupted before its first commit: start again.
head=
if [ -d "$tree" ] && ! head=$(git_tree rev-parse -q --verify HEAD); then
	rm -rf "$tree"
fi

if [ -d "$source" ]; then
	sync_tree
elif [ ! -d "$tree" ]; then
	extract
fi

if [ ! -d "$tree" ]; then
	[ ! -f "$new/.gitignore" ] ||
		sed -i '/^# Debian packaging/,$d' "$new/.gitignore"
	git -C "$new" init -q
	mkdir -p "$new/.git/shrinkbench"
	git -C "$new" config status.showUntrackedFiles no
	ln -sfn "$ROOT/drivers-stub" "$new/arch/um/drivers/shrinkbench"
	mv "$new" "$tree"
fi

helper=include/drm/drm_gem_shmem_helper.h
[ ! -f "$tree/$helper" ] || grep -q drm_gem_shmem_pin_locked "$tree/$helper" ||
	die "$name is too old: there is no drm_gem_shmem_pin_locked() in its $helper;" \
		"6.12 is the oldest kernel that works"

series=$(series_path "$tree")

# read_files [TEST...]: what this script reads, a line each with the attributes that show
# whether it changed. TEST is of find. No file is opened.
read_files()
{
	find -L "$CONFIG_DIR" ${series:+"$series"} -maxdepth 2 -type f "$@" \
		-printf '%p %s %i %C@\n'
}

source_changed()
{
	[ -d "$new" ] || [ -f "$new.gone" ]
}

finish()
{
	[ ! -f "$BUILD/src/$key.manifest.new" ] ||
		mv "$BUILD/src/$key.manifest.new" "$meta/manifest"
	echo "$tree"
}

# If nothing has changed since the last run, that one did all that is needed.
asked=$(read_files | sort | hash)
if ! source_changed && [ "$asked $head" = "$(cat "$meta/asked" 2>/dev/null)" ]; then
	finish
	exit
fi
rm -f "$meta/asked"
# What has just changed may change again within one step of the clock, which nobody could tell.
recent=$(read_files -newerct '2 seconds ago')

work=$BUILD/src/$key.work
rm -rf "$work"
mkdir "$work"
series_plan "$series" "$work/series" >"$work/plan"
series_fixes "$series" "$work/fixes" >"$work/fixes.plan"
cat "$work/fixes.plan" "$work/plan" | series_patches >"$work/patches"
case ${SERIES:-none} in
none) ;;
*) [ -s "$work/patches" ] || die "there is no patch in SERIES=$SERIES:" \
	"it must be a directory of *.patch files or an mbox" ;;
esac
{
	touched <"$work/patches"
	echo "$NEEDED"
	find "$CONFIG_DIR/fixups" -name '*.patch' | touched | while read -r file; do
		[ ! -e "$tree/$file" ] || echo "$file"
	done
} | sort -u >"$work/touched"
state=$({
	cat "$0" "$CONFIG_DIR/series-index.sh" "$CONFIG_DIR"/fixups/*.patch
	echo "$ROOT"
	tr '\n' '\0' <"$work/patches" | xargs -0r cat
} | hash)
if source_changed || [ "$state $head" != "$(cat "$meta/state" 2>/dev/null)" ]; then
	say "preparing $name with $(wc -l <"$work/patches") patches" \
		"${series:+of $series}"
	ln -sfn "$ROOT/drivers-stub" "$tree/arch/um/drivers/shrinkbench"
	make_commits
	echo "$state $head" >"$meta/state"
fi
{
	cat "$work/fixes.plan" "$work/plan" | series_gives
	source_capabilities "$tree"
} | tr ' ' '\n' | sed '/^$/d' | sort -u | paste -s -d ' ' - >"$meta/gives"
sed -n 's/ patch .*//p' "$work/plan" >"$meta/slots"
rm -rf "$work" "$new" "$new.gone" "$new.list"
[ -n "$recent" ] || echo "$asked $head" >"$meta/asked"
finish
