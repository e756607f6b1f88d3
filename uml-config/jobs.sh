# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by scripts that run tests with one kernel after another, and build the
# next meanwhile. Whatever they start can be ended at any time:
#
#	testing		the process in the background, if there is one
#	results		file: a word "pass" or "fail" a line

# shown PATH: as short as can be.
shown()
{
	case $1 in
	"$PWD"/*) echo "${1#"$PWD"/}" ;;
	*) echo "$1" ;;
	esac
}

# run COMMAND...: to its end, in a process group of its own ($group), so that
# all of it can be ended.
run()
{
	setsid "$@" </dev/null 8>&- &
	group=$!
	status=0
	wait "$group" || status=$?
	group=
	return $status
}

stop_group()
{
	[ -z "$group" ] || kill -s TERM -- "-$group" 2>/dev/null || :
	[ -z "$group" ] || wait "$group" 2>/dev/null || :
}

# in_background COMMAND...
in_background()
{
	(
		trap 'stop_group; exit 143' TERM
		"$@"
	) &
	testing=$!
}

settle()
{
	[ -z "$testing" ] || wait "$testing" || :
	testing=
}

# shellcheck disable=SC2154
summary()
{
	echo "${1:-}$(grep -c pass "$results" || :) passed," \
		"$(grep -c fail "$results" || :) failed"
}

interrupted()
{
	trap '' INT TERM HUP
	[ -z "$testing" ] || kill -TERM "$testing" 2>/dev/null || :
	stop_group
	settle
	summary "interrupted; so far: " >&8
	exit "$1"
}

group=
testing=
# Where a trap finds the output again, whatever is redirected at that moment.
exec 8>&1
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
trap 'interrupted 129' HUP
