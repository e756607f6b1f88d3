# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by scripts that run tests with one kernel after another, and build the
# next meanwhile. Whatever they start can be ended at any time. They begin with
# begin_jobs.

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

# summary RESULTS [TEXT]: the last line. Status 1 if a test failed.
summary()
{
	echo "${2:-}$(grep -c pass "$1" || :) passed, $(grep -c fail "$1" || :) failed"
	! grep -q fail "$1"
}

interrupted()
{
	trap '' INT TERM HUP
	[ -z "$testing" ] || kill -TERM "$testing" 2>/dev/null || :
	stop_group
	settle
	[ -z "$job_results" ] || summary "$job_results" "interrupted; so far: " >&8 || :
	exit "$1"
}

# begin_jobs RESULTS: a file with a word "pass" or "fail" a line, for what is said when
# the script is interrupted; or "", if it says something itself.
begin_jobs()
{
	job_results=$1
	group=
	testing=
	# Where a trap finds the output again, whatever is redirected at that moment.
	exec 8>&1
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	trap 'interrupted 129' HUP
}
