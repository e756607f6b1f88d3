# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts of this room: paths, messages, locks.
#
# SB_BUILD moves all output elsewhere (the tests of this room do so).

set -eu

CONFIG_DIR=$(cd "$(dirname "$0")" && pwd -P)
ROOT=$(dirname "$CONFIG_DIR")
BUILD=${SB_BUILD:-$ROOT/build}

# What follows must not depend on the caller's language or git settings.
LC_ALL=C
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
export LC_ALL GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE CDPATH

say()
{
	echo "kernel: $*" >&2
}

# One line that says what is wrong and what to do.
die()
{
	echo "error: $*" >&2
	exit 1
}

# lock FILE: held until this process ends. Scripts that this one starts
# inherit it, and see that in SB_LOCKED.
lock()
{
	case ":${SB_LOCKED:-}:" in
	*":$1:"*) return ;;
	esac
	mkdir -p "$(dirname "$1")"
	exec 9>>"$1"
	if ! flock -n 9; then
		say "waiting for another make to finish with the kernel"
		flock 9
	fi
	SB_LOCKED=${SB_LOCKED:-}:$1
	export SB_LOCKED
}

# hash: what comes in, as 12 hexadecimal digits.
hash()
{
	sha256sum | cut -c1-12
}

# kconfigs TREE OUT: the Kconfig files that the configuration in OUT read.
kconfigs()
{
	sed -n "s,^\\t\\([^/ ][^ ]*\\) \\\\\$,$1/\\1,p
		s,^\\t\\(/[^ ]*\\) \\\\\$,\\1,p" \
		"$2/include/config/auto.conf.cmd" 2>/dev/null || :
}
