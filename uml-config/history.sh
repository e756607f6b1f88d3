#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# history.sh DIR: makes the git repository DIR/repo of the commits or patches in which
# the first bad one is looked for, with the references refs/ends/good and refs/ends/bad.
# at.sh builds the kernel at one of its commits. Prints the private copy of the source.
#
# GOOD, BAD	commits of KERNEL, a git tree; BAD is HEAD unless given. The
#		repository shares its objects; KERNEL's own files, index and
#		references stay as they are
# SERIES	or else patches; GOOD and BAD may then be numbers, 0 being the
#		kernel without any. In DIR:
#	series/NNNN/	the patches up to that one, as a series
#	slots		lines "COMMIT NNNN"
# VARIANT	of the kernel. DIR/kernels has lines "COMMIT NAME": what has the same
#		name is the same kernel
. "${0%/*}/lib.sh"
. "$CONFIG_DIR/series-index.sh"
. "$CONFIG_DIR/prefixes.sh"

workspace bisect
dir=$1
repo=$dir/repo
good=${GOOD:-}
bad=${BAD:-}

# share OBJECTS: makes $repo, which has the commits that this directory has.
share()
{
	git init -q "$repo"
	echo "$1" >"$repo/.git/objects/info/alternates"
}

# ends GOOD BAD: sets the references to these commits.
ends()
{
	git -C "$repo" update-ref refs/ends/good "$1"
	git -C "$repo" update-ref refs/ends/bad "$2"
	# git bisect wants to know where to go back to.
	git -C "$repo" update-ref --no-deref HEAD "$2"
}

# user_git ARGUMENT...: git in the user's tree.
user_git()
{
	git -C "$KERNEL" "$@"
}

# commit_of NAME REVISION: its ID.
commit_of()
{
	user_git rev-parse -q --verify "$2^{commit}" ||
		die "$1=$2 is not a commit of $KERNEL"
}

# The files are checked out beside all bisections of this tree: those that the
# next one needs as well are there, and compiled.
from_git()
{
	[ -n "$good" ] || die "say GOOD=, a commit of $KERNEL at which the test" \
		"passes, or SERIES=, if it is about patches on top of it"
	good=$(commit_of GOOD "$good")
	bad=$(commit_of BAD "${bad:-HEAD}")
	[ "$good" != "$bad" ] || die "GOOD and BAD are the same commit"
	! user_git merge-base --is-ancestor "$bad" "$good" ||
		die "GOOD comes after BAD; what is found is the first bad one, not" \
			"what fixed it"
	! user_git config --get-regexp '^remote\..*\.promisor$' >/dev/null ||
		die "$KERNEL is a partial clone: what it lacks cannot be fetched" \
			"here. A clone with all objects is needed"
	objects=$(user_git rev-parse --path-format=absolute --git-path objects)
	tree=$BUILD/linux-$(echo "$objects" | hash)
	mkdir -p "$tree"
	ln -sfn "$tree" "$repo"
	drop_git_locks "$repo"
	share "$objects"
	shallow=$(user_git rev-parse --path-format=absolute --git-path shallow)
	rm -f "$repo/.git/shallow"
	[ ! -f "$shallow" ] || cp "$shallow" "$repo/.git/shallow"
	ends "$good" "$bad"
	git -C "$repo" merge-base "$good" "$bad" >/dev/null ||
		die "GOOD and BAD have no common history in $KERNEL"
	[ -f "$repo/Kbuild" ] || say "checking out $KERNEL"
	git -C "$repo" checkout -q --force --detach "$bad"
	# By the name that at.sh finds: another would be another copy.
	KERNEL=$tree SERIES=none "$CONFIG_DIR/prepare.sh"
}

# slot_at NAME NUMBER: the last slot with a patch up to that number; 0000 if there
# is none.
slot_at()
{
	case $2 in
	*[!0-9]*) die "$1=$2 is not the number of a patch; for commits, KERNEL= is" \
		"a git tree, and there is no SERIES=" ;;
	esac
	awk -v number="$2" 'BEGIN { slot = "0000" }
		$2 + 0 <= number + 0 { slot = $2 }
		END { print slot }' "$dir/slots"
}

from_series()
{
	tree=$("$CONFIG_DIR/prepare.sh")
	series=$(series_path "$tree")
	plan=$dir/plan
	series_plan "$series" "$dir/mbox" >"$plan"
	[ -s "$plan" ] || die "there is no patch${series:+ in $series};" \
		"SERIES= names a directory or an mbox of them"
	make_prefixes "$series" "$plan" "$dir/series"
	rm -rf "$dir/mbox"
	share "$tree/.git/objects"
	head=$(git -C "$tree" rev-parse HEAD)
	sed -n 's/ patch .*//p' "$plan" >"$dir/with-patch"
	count=$(wc -l <"$dir/with-patch")
	# Base, hooks, and one commit per patch.
	{
		git -C "$repo" rev-parse "$head~$count"
		git -C "$repo" rev-list --reverse -n "$count" "$head"
	} >"$dir/commits"
	{
		echo 0000
		cat "$dir/with-patch"
	} | paste -d ' ' "$dir/commits" - >"$dir/slots"
	rm -f "$dir/with-patch" "$dir/commits"
	good=$(slot_at GOOD "${good:-0}")
	bad=$(slot_at BAD "${bad:-9999}")
	[ "$good" -lt "$bad" ] || die "no patch is between GOOD=$good and" \
		"BAD=$bad, which must come after it"
	ends "$(sed -n "s/ $good\$//p" "$dir/slots")" \
		"$(sed -n "s/ $bad\$//p" "$dir/slots")"
	echo "$tree"
}

# promised COMMIT: a hash of what the index promises of it.
promised()
{
	slot=
	[ ! -f "$dir/slots" ] || slot=$(sed -n "s/^$1 //p" "$dir/slots")
	grep -s " gives " "$dir/series/$slot/index" | hash
}

# name_kernels TREE: writes DIR/kernels.
name_kernels()
{
	key=$(kernel_key /nonexistent "$VARIANT $1")
	{
		git -C "$repo" log --format='%H %T' refs/ends/bad --not refs/ends/good
		git -C "$repo" merge-base refs/ends/good refs/ends/bad |
			xargs git -C "$repo" log --no-walk --format='%H %T'
	} | while read -r commit files; do
		echo "$commit $key-$(echo "$files" | cut -c1-12)-$(promised "$commit")"
	done >"$dir/kernels"
}

lock "$BUILD/kernel.lock"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
repo=$dir/repo
if [ "${SERIES:-none}" = none ] && [ -d "${KERNEL:-}" ] &&
	[ -z "$(user_git rev-parse -q --show-prefix 2>&1)" ]; then
	tree=$(from_git)
else
	tree=$(from_series)
fi
name_kernels "$tree"
echo "$tree"
