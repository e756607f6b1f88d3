#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# config.sh TREE OUT FRAGMENT...: configures TREE in OUT as allnoconfig plus
# the fragments, by the kernel's own merge_config.sh. An option that was asked
# for and did not stick is an error.
#
# A line of a fragment may say what other kernels have instead:
#	CONFIG_A=y | CONFIG_B=y		B where A does not exist or cannot be set
#	CONFIG_A=y | gone		nothing where A does not exist
. "${0%/*}/lib.sh"

tree=$1 out=$2
shift 2
log=$out/config.log

# choose FRAGMENT: prints it with one alternative a line: the first that exists and
# has not been refused so far, else the first.
choose()
{
	awk '
		FILENAME ~ /exist$/ { exists[$1]; next }
		FILENAME ~ /refused$/ { refused[$1]; next }
		!/^CONFIG_.* \| / { print; next }
		{
			n = split($0, alternatives, / \| /)
			chosen = alternatives[1]
			known = 0
			for (i = n; i > 0; i--) {
				option = alternatives[i]
				sub(/=.*/, "", option)
				if (option in exists) {
					known = 1
					if (!(option in refused))
						chosen = alternatives[i]
				}
			}
			if (!known && alternatives[n] == "gone")
				chosen = "# " $0
			print chosen
		}' "$out/config.exist" "$out/config.refused" "$1"
}

# The options of ARCH=um; those that did not stick.
(cd "$tree" && find . -path './arch/*' ! -path './arch/um*' ! -path './arch/x86*' \
	-prune -o -name 'Kconfig*' -type f -print0 |
	xargs -0r sed -n 's/^[ 	]*\(menu\)*config[ 	][ 	]*\([A-Za-z0-9_]*\).*/CONFIG_\2/p') \
	>"$out/config.exist"
: >"$out/config.refused"
: >"$out/config.asked"
while :; do
	rm -rf "$out/fragments"
	mkdir "$out/fragments"
	i=0
	for fragment; do
		i=$((i + 1))
		choose "$fragment" >"$out/fragments/$i-${fragment##*/}"
	done
	! cat "$out/fragments"/* | cmp -s - "$out/config.asked" || break
	cat "$out/fragments"/* >"$out/config.asked"
	if ! (cd "$tree" && ARCH=um scripts/kconfig/merge_config.sh -n -O "$out" \
		"$out/fragments"/*) >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "the kernel could not be configured; the log is $log"
	fi
	# It says what did not stick, and goes on. An option that is not to be set may
	# as well not exist.
	awk '
		/^Requested value: / { asked = $0; sub(/^[^:]*: */, "", asked) }
		/^Actual value: / {
			got = $0
			sub(/^[^:]*: */, "", got)
			if (got != "" || asked !~ / is not set$/)
				print asked "\t" got
		}' "$log" >"$out/config.missing"
	[ -s "$out/config.missing" ] || exit 0
	sed 's/^# //; s/[= ].*//' "$out/config.missing" >>"$out/config.refused"
done

tab=$(printf '\t')
while IFS=$tab read -r asked got; do
	option=$(echo "$asked" | sed 's/^# //; s/[= ].*//')
	if [ -n "$got" ]; then
		got="is $got"
	elif grep -qx "$option" "$out/config.exist"; then
		got="what it depends on is not there"
	else
		got="unknown here"
	fi
	echo "  $asked: $got ($(grep -nw "$option" "$@" /dev/null | head -n 1 |
		sed "s,^$ROOT/,,; s/\(:[0-9]*\):.*/\1/"))" >&2
done <"$out/config.missing"
for fragment; do
	names="${names:+$names + }$(basename "$fragment")"
done
die "options of $names did not stick; a line there can name what this kernel has" \
	"instead, see config.sh"
