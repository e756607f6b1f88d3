#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# interrupts.sh: interrupts each long command at a random moment, by SIGINT, SIGTERM
# or SIGKILL, to make or to its whole group, and checks that it has left nothing behind:
# the next make check must pass, with the patches as they are; nothing may be mounted
# or running; the user's tree, the kernel's tree and earlier results must be as they
# were. The last line is "N passed, N failed".
#
# SEED=N	of the random numbers; default: the time. It is printed
# N=N		rounds (14): each takes the next command
# COMMANDS='check bench ...'
#		only these
# KERNEL=dir	a tree of Linux 6.12, which is watched; default: Debian's, as elsewhere
#
# All of it happens in a workspace of its own, build/interrupts, of some 5 GB. It is
# used again if all passed.
. "$(dirname "$0")/../uml-config/lib.sh"
cd "$ROOT"
work=$PWD/build/interrupts
main=$work/main
user=${KERNEL:-}
seed=${SEED:-$(date +%s)}
rounds=${N:-14}
commands=${COMMANDS:-check bench bisect check-each check-regressions coverage fuzz}
quick=virtio/dumb-create
series=SERIES=$work/series
# Within so many seconds, all that a command has started must have ended.
limit=60
passed=0
failed=0
group=

number SEED "$seed"
number N "$rounds"

# Nothing of the make that started us gets into those that are started here.
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
	case $name in
	PATH | HOME | KERNEL | TERM | TMPDIR | LANG | CCACHE_*) ;;
	*) unset "$name" 2>/dev/null || : ;;
	esac
done
case $user in
'' | /*) ;;
*) user=$PWD/$user KERNEL=$user ;;
esac
LC_ALL=C GIT_OPTIONAL_LOCKS=0
export LC_ALL GIT_OPTIONAL_LOCKS

mkdir -p "$work"
exec 8>>"$work.lock"
flock -n 8 || die "another check-interrupts is running"
trap '[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

#
# What is interrupted
#

# make_args COMMAND: sets what make is told, and how many seconds that takes.
make_args()
{
	case $1 in
	check) args="check T=virtio/* $series" seconds=25 ;;
	bench) args="bench COLD=no ROUNDS=1" seconds=240 ;;
	bisect) args="bisect T=$quick SERIES=$work/series.bad" seconds=100 ;;
	check-each) args="check-each N=20 T=$quick $series" seconds=40 ;;
	check-regressions) args="check-regressions R=R10a $series" seconds=90 ;;
	coverage) args="coverage T=virtio/dumb-* $series" seconds=45 ;;
	fuzz) args="fuzz TIME=20 SEED=1 $series" seconds=25 ;;
	*) die "COMMANDS: $1 is none of check bench bisect check-each" \
		"check-regressions coverage fuzz" ;;
	esac
}

# draw COMMAND...: for each round "COMMAND SIGNAL TARGET FRACTION".
draw()
{
	awk -v seed="$seed" -v rounds="$rounds" -v list="$*" '
	function shuffle(a, n,    i, j, t)
	{
		for (i = n; i > 1; i--) {
			j = int(rand() * i) + 1
			t = a[i]; a[i] = a[j]; a[j] = t
		}
	}
	BEGIN {
		srand(seed)
		n = split(list, command, " ")
		m = split("INT make,INT group,TERM make,TERM group," \
			"KILL make,KILL group", how, ",")
		shuffle(command, n)
		shuffle(how, m)
		for (i = 0; i < rounds; i++)
			print command[i % n + 1], \
				how[(i + int(i / m)) % m + 1], rand()
	}'
}

# Is coverage one of the commands? Only then there is a report that can be lost.
has_coverage()
{
	case " $commands " in
	*" coverage "*) ;;
	*) false ;;
	esac
}

# start LOG ARGUMENT...: make, as the leader of a group of its own. (What a shell
# starts in the background ignores SIGINT.)
start()
{
	log=$1
	shift
	(cd "$main" && set -f && exec setsid env --default-signal make \
		--no-print-directory "$@") \
		>"$log" 2>&1 </dev/null 8>&- &
	group=$!
}

# signal NAME TARGET. Make passes SIGTERM on to its child, but not SIGINT: alone
# with that, it waits. So SIGINT to "make" is for its child.
signal()
{
	pid=$group
	case $1:$2 in
	*:group) pid=-$group ;;
	INT:make) pid=$(cut -d' ' -f1 \
		"/proc/$group/task/$group/children" 2>/dev/null) || : ;;
	esac
	[ -z "$pid" ] || kill -s "$1" -- "$pid" 2>/dev/null || :
}

# running: the processes that run a program of the workspace, or in it.
running()
{
	find /proc/[0-9]*/cwd /proc/[0-9]*/exe -maxdepth 0 \
		-lname "$work/*" 2>/dev/null | cut -d/ -f3 | sort -nu
}

# until_ended SECONDS: false if something is still running then.
until_ended()
{
	until=$(($(date +%s) + $1))
	while [ -n "$(running)" ]; do
		[ "$(date +%s)" -lt $until ] || return 1
		sleep 0.2
	done
}

#
# What must be so afterwards
#

bad()
{
	echo "      $*"
	word=FAIL
}

# state DIR: all files, with their times; not what git keeps.
state()
{
	(cd "$1" && find . -name .git -prune -o -printf '%p %y %s %T@ %C@\n' |
		sort && git status --porcelain -uno)
}

# whole FILE END: there is such a file, and it ends as it should.
whole()
{
	tail -n 1 "$main/build/$1" 2>/dev/null | grep -q "$2" ||
		bad "build/$1 is lost"
}

check_processes()
{
	if ! until_ended $limit; then
		bad "still running after $limit s:"
		for pid in $(running); do
			echo "      | $(ps -o pid=,stat=,args= -p "$pid" |
				cut -c 1-120)"
			kill -s KILL "$pid" 2>/dev/null || :
		done
		until_ended 10 || :
	fi
	wait "$group" 2>/dev/null || :
	group=
}

check_files()
{
	! grep " $work/" /proc/mounts >"$work/out" ||
		bad "still mounted: $(cut -d' ' -f2 <"$work/out")"
	find "$main/build" -name '*.lock' -o -name lock | while read -r lock; do
		case $lock in
		*/.git/*) continue ;;
		esac
		flock -n "$lock" true || echo "$lock"
	done >"$work/out"
	[ ! -s "$work/out" ] || bad "still locked: $(cat "$work/out")"
	[ ! -d "$user" ] || state "$user" | cmp -s - "$work/user" ||
		bad "$user was changed"
	whole junit-debug.xml '</testsuite>'
	! has_coverage || {
		whole junit-gcov.xml '</testsuite>'
		whole coverage/index.html '</html>'
		whole coverage/data/tests.lines "^virtio/dumb-"
	}
	[ -d "$main/build/run/last/" ] || bad "the last run is lost"
}

check_next()
{
	start "$work/next.log" check T=$quick "$series"
	status=0
	wait "$group" || status=$?
	group=
	if [ $status != 0 ] || [ "$(tail -n 1 "$work/next.log")" != \
		"1 passed, 0 failed" ]; then
		bad "the next make check fails:"
		tail -n 15 "$work/next.log" | sed 's/^/      | /'
		return
	fi
	grep -qF "sb_round $round." "$main"/build/kernel/debug*/linux ||
		bad "the next make check runs a kernel without the last edit"
	for tree in "$main"/build/src/*/; do
		[ -z "$(git -C "$tree" status --porcelain)" ] ||
			bad "the kernel tree ${tree#"$main/"} has edits"
	done
}

#
# The workspace
#

# patch FILE LINE...: FILE is a patch that puts these lines (with + or -) into
# drm_mode_create_dumb(), which no other patch changes.
patch()
{
	file=$1
	shift
	cat >>"$file" <<-END
		diff --git a/drivers/gpu/drm/drm_dumb_buffers.c b/drivers/gpu/drm/drm_dumb_buffers.c
		--- a/drivers/gpu/drm/drm_dumb_buffers.c
		+++ b/drivers/gpu/drm/drm_dumb_buffers.c
		@@ -79,5 +79,$1 @@ int drm_mode_create_dumb(struct drm_device *dev,
		 
		 	/* test for wrap-around */
		$2
		$3
		 	if (PAGE_ALIGN(size) == 0)
		 		return -EINVAL;
	END
}

# edit NUMBER: the last patch of the series is another one.
edit()
{
	rm -f "$work/series/0024-round.patch"
	patch "$work/series/0024-round.patch" 6 \
		" 	size = args->height * stride;" \
		"+	{ static const char __used r[] = \"sb_round $1.\"; }"
	[ ! -d "$user" ] || state "$user" >"$work/user"
}

# must LOG ARGUMENT...: make, which must succeed.
must()
{
	start "$@"
	wait "$group" || {
		tail -n 20 "$1" >&2
		die "this must pass before anything is interrupted: make $*"
	}
	group=
}

prepare()
{
	until_ended $limit || die "still running in $work: process" \
		"$(running | tr '\n' ' ')"
	[ -e "$work/passed" ] || rm -rf "$main"
	rm -f "$work/passed"
	tests/workspace.sh "$main"
	rm -rf "$work/series"
	cp -R uml-config/series/6.12 "$work/series"
	sed -i '/ last$/d' "$work/series/index"
	rm -rf "$work/series.bad"
	cp -R "$work/series" "$work/series.bad"
	for file in "$work/series.bad"/0018-*.patch; do
		patch "$file" 5 "-	size = args->height * stride;" "+	size = 0;"
	done
	edit 0
	must "$work/first.log" check T=$quick "$series"
	! has_coverage || must "$work/first.log" coverage T=$quick "$series"
}

echo "SEED=$seed, $rounds rounds"
for command in $commands; do
	make_args "$command"
done
began=$(date +%s)
prepare
echo "the workspace is ready ($(($(date +%s) - began)) s)"

draw "$commands" >"$work/rounds"
round=0
while read -r command signal target fraction <&3; do
	round=$((round + 1))
	make_args "$command"
	moment=$(awk -v f="$fraction" -v s="$seconds" \
		'BEGIN { printf "%.2f", f * s }')
	word=ok
	edit $round
	set -f
	# shellcheck disable=SC2086
	set -- $args
	set +f
	began=$(date +%s)
	start "$work/round.log" "$@"
	# Until then, or to the end if that comes first.
	timeout "$moment" tail -s 0.1 --pid="$group" -f /dev/null && how=ended ||
		how=
	signal "$signal" "$target"
	check_processes >"$work/said"
	check_files >>"$work/said"
	check_next >>"$work/said"
	printf '%-4s  %2d  SIG%-4s to %-5s after %6.2f s of %s%s (%d s)\n' $word \
		$round "$signal" "$target" "$moment" "$command" \
		"${how:+, which had ended}" $(($(date +%s) - began))
	if [ $word = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		cat "$work/said"
		echo "      what it said (build/interrupts/round-$round.log):"
		cp "$work/round.log" "$work/round-$round.log"
		tail -n 5 "$work/round.log" | sed 's/^/      | /'
		echo "      again: make check-interrupts SEED=$seed N=$round"
	fi
done 3<"$work/rounds"
[ $failed != 0 ] || : >"$work/passed"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
