#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: runs make check and make coverage in fresh roots of Debian 12, 13 and sid,
# as an ordinary user, with a clone of HEAD. Ends with the sum of all tests.
#
# DISTROS='bookworm trixie sid'	which of them
# MIRROR=URL		their mirror; default: that of the machine's apt
# DISTRO_TIME=SECONDS	time limit for each step; default: two hours
#
# Each root has mount and PID namespaces of its own, and a user namespace unless root
# runs this. Nothing stays mounted or running, however they end.
. "${0%/*}/../../uml-config/lib.sh"
set +e
cd "$ROOT" || exit 2
PATH=$PATH:/usr/sbin:/sbin
die_status=2
DISTROS=${DISTROS:-bookworm trixie sid}
out=$BUILD/distros
# What the roots run is the default kernel with its default series.
unset KERNEL SERIES KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE
running=
dir=

# inside COMMAND...: becomes that, as root of new namespaces.
inside()
{
	if [ "$(id -u)" = 0 ]; then
		exec unshare --mount --pid --fork --kill-child "$@"
	else
		exec unshare --user --map-root-user --map-auto --mount --pid --fork \
			--kill-child "$@"
	fi
}

# The files of a root belong to IDs that only its user namespace may remove.
remove_root()
{
	# shellcheck disable=SC2016
	[ -z "$dir" ] || (inside sh -c 'flock 8 && rm -rf --one-file-system "$1/root" &&
		chown -R 0:0 "$1"' sh "$dir" 8>"$dir/lock")
}

# unshare(1) ignores other signals; its child dies with it.
stop()
{
	trap '' INT TERM HUP
	[ -z "$running" ] || kill -KILL "${!:-none}" 2>/dev/null
	wait
	remove_root
	exit "$1"
}

mkdir -p "$out" || exit 2
exec 9>"$out/lock"
flock -n 9 || die "another make check-distros is at work in $out"
(inside true) 2>"$out/error" || die "no namespaces for roots: $(tail -n 1 "$out/error");" \
	"run this as root, or as a user with lines in /etc/subuid and /etc/subgid"
# shellcheck disable=SC2016
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
	grep -m 1 '/debian/$')}
[ -n "$MIRROR" ] || die "apt on this machine uses no Debian mirror; name one: MIRROR=URL"
uml-config/source.sh >/dev/null || exit 2
# Proxies and the like.
apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Retries|Check-)' >"$out/apt.conf"
git bundle create -q "$out/tree.bundle" HEAD || exit 2
[ -z "$(git status --porcelain -uno)" ] ||
	echo "distros: changes that are not committed are not tested" >&2

trap 'stop 130' INT
trap 'stop 143' TERM HUP
passed=0
failed=0
skipped=0
for suite in $DISTROS; do
	dir=$out/$suite
	log=$out/$suite.log
	mkdir -p "$dir/ccache"
	remove_root || exit 2
	echo "== $suite (log: $log)"
	began=$(date +%s)
	running=1
	inside sh tests/distros/root.sh "$dir" "$suite" "$MIRROR" \
		"${DISTRO_TIME:-7200}" >"$log" 2>&1 </dev/null 9>&- &
	wait $!
	status=$?
	running=
	remove_root
	sum=$(tail -n 1 "$log" | grep -E '^[0-9]+ passed, [0-9]+ failed$')
	if [ "$status" = 77 ]; then
		echo "skipped: cannot get $suite: $(grep '^E: ' "$log" | head -n 1)"
		skipped=$((skipped + 1))
		continue
	fi
	p=${sum%% *}
	f=${sum#*, }
	f=${f%% *}
	[ "$status" = 0 ] || [ "${f:-0}" != 0 ] || f=1
	[ "${p:-0}" != 0 ] || [ "${f:-0}" != 0 ] || f=1
	if [ "${f:-0}" != 0 ]; then
		tail -n 30 "$log"
		[ -n "$sum" ] || echo "$suite ended early, with status $status"
	else
		sed '1,/^== all$/d;$d' "$log"
	fi
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-0}))
	echo "$suite: ${p:-0} passed, ${f:-0} failed, $(($(date +%s) - began)) s"
done
[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
