# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this room.

set -eu
LC_ALL=C
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
# Nothing is written to a tree that is only asked.
GIT_OPTIONAL_LOCKS=0
export LC_ALL GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_OPTIONAL_LOCKS
# Whoever the tree belongs to: it was named, and git is only asked.
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE CDPATH

die()
{
	echo "error: coverage: $*" >&2
	exit 1
}

# series_git ARGUMENT...: in the repository that has the commits.
series_git()
{
	git -C "$repo" --no-replace-objects "$@"
}

# series_range TREE: sets repo, base and head. The series is base..head there:
# the patches in the private copy TREE, or with BASE, commits of KERNEL.
series_range()
{
	if [ -n "${BASE:-}" ]; then
		[ -n "${KERNEL:-}" ] || die "BASE=$BASE is a commit of a git" \
			"tree; say which: KERNEL=directory"
		case ${SERIES:-none} in
		none) ;;
		*) die "say BASE= or SERIES=, not both" ;;
		esac
		repo=$KERNEL
		[ -d "$KERNEL" ] && [ -z "$(git -C "$KERNEL" rev-parse \
			-q --show-prefix 2>&1)" ] ||
			die "KERNEL=$KERNEL is not the top of a git tree, so" \
				"that BASE=$BASE means nothing there"
		head=$(series_git rev-parse -q --verify 'HEAD^{commit}') ||
			die "$KERNEL has no commit"
		base=$(series_git rev-parse -q --verify "$BASE^{commit}") ||
			die "BASE=$BASE is no commit of $KERNEL"
		base=$(series_git merge-base "$base" "$head") ||
			die "BASE=$BASE and HEAD have no common history in" \
				"$KERNEL"
	else
		repo=$1
		head=$(series_git rev-parse -q --verify HEAD) ||
			die "$1 is not the private copy of a kernel"
		base=$(series_git rev-parse "HEAD~$(series_slots "$1" | wc -l)")
	fi
}

# series_slots TREE: the numbers of its patches.
series_slots()
{
	cat "$1/.git/shrinkbench/slots" 2>/dev/null || :
}

# lcov_options: sets branches and lenient, for lcov and genhtml. Messages can be
# parsed; and LCOV would write its lists in the order of its hashes, another each time.
lcov_options()
{
	PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
	export PERL_HASH_SEED PERL_PERTURB_KEYS
	command -v genhtml >/dev/null || die "lcov is missing; install it"
	# The option's name changed in LCOV 2, which also stops at things that it
	# only warned of before, such as a filter that matches nothing.
	case $(lcov --version) in
	*' 1.'*)
		branches=lcov_branch_coverage=1
		lenient=
		;;
	*)
		branches=branch_coverage=1
		lenient='--ignore-errors inconsistent,unused,empty,mismatch'
		;;
	esac
}

# lcov_quietly ARGUMENT...: what it says goes to $work/log, and is shown if it fails.
lcov_quietly()
{
	# shellcheck disable=SC2086
	lcov --quiet --rc "$branches" $lenient "$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		die "lcov failed, see above"
	}
}

# What is in OUT stays until there is a new report: recover OUT puts right what was
# cut short, publish NEW OUT puts NEW in its place.
recover()
{
	[ -e "$1" ] || [ ! -e "$1.old" ] || mv "$1.old" "$1"
}

publish()
{
	rm -rf "$2.old"
	[ ! -e "$2" ] || mv "$2" "$2.old"
	mv "$1" "$2"
	rm -rf "$2.old"
}
