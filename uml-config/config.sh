#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# config.sh TREE OUT FRAGMENT...: configures TREE in OUT as allnoconfig plus
# the fragments, by the kernel's own merge_config.sh. An option that was asked
# for and did not stick is an error.
. "$(dirname "$0")/lib.sh"

tree=$1 out=$2
shift 2
log=$out/config.log

if ! (cd "$tree" && ARCH=um scripts/kconfig/merge_config.sh -n -O "$out" \
	"$@") >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	die "the kernel could not be configured; the log is $log"
fi

# merge_config.sh says what did not stick and goes on. An option that is not to
# be set may as well not exist.
awk '
	/^Value requested for / { option = $4 }
	/^Requested value: / { asked = $0; sub(/^[^:]*: */, "", asked) }
	/^Actual value: / {
		got = $0
		sub(/^[^:]*: */, "", got)
		if (got != "" || asked !~ / is not set$/)
			print "  " asked ": is " (got == "" ? "unknown here" \
				: got) 
	}' "$log" >"$out/config.missing"
if [ -s "$out/config.missing" ]; then
	cat "$out/config.missing" >&2
	for fragment; do
		names="${names:+$names + }$(basename "$fragment")"
	done
	die "options of $names did not stick; is what they depend on there?"
fi
