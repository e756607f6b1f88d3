#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# parts.sh 'COMMAND'...: runs each, whatever becomes of the others, and ends with the tests
# that failed, a line for each command, and their sum. What a command has to say of its
# tests are its lines "N passed, N failed", or else TAP; if it fails and counted no
# failure, or ran no test, that is a failure itself.
set -u
cd "${0%/*}/.." || exit 1
log=$(mktemp) || exit 1
table=$(mktemp) || exit 1
failed=$(mktemp) || exit 1
trap 'rm -f "$log" "$log.status" "$table" "$failed"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

for part; do
	echo "== $part"
	began=$(date +%s)
	{
		sh -c "$part" 2>&1 </dev/null
		echo $? >"$log.status"
	} | tee "$log"
	awk -v part="$part" -v status="$(cat "$log.status")" \
		-v failed="$failed" \
		-v seconds=$(($(date +%s) - began)) '
		/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
			sums++; p += $1; f += $3; s += $5
		}
		/^(FAIL|not ok) / { names[++count] = $0 }
		/^ok [0-9]/ { if (/# SKIP/) tap_s++; else tap_p++ }
		/^not ok [0-9]/ { tap_f++ }
		END {
			if (!sums) {
				p = tap_p; f = tap_f; s = tap_s
			}
			if (!f && (status != 0 || !p)) {
				f = 1
				why = status != 0 ? "status " status : "no test"
			}
			for (i = 1; f && i <= count; i++)
				print part ": " names[i] >>failed
			print p + 0, f + 0, s + 0, seconds, part \
				(why ? " (" why ")" : "")
		}' "$log" >>"$table"
done

echo "== all"
cat "$failed"
awk '
	{
		p += $1; f += $2; s += $3
		rest = $0
		for (i = 0; i < 4; i++)
			sub(/^[0-9]+ /, "", rest)
		printf "%-4s  %5d passed %3d failed %3d skipped %5d s  %s\n", \
			$2 ? "FAIL" : "ok", $1, $2, $3, $4, rest
	}
	END {
		if (s)
			print s " skipped"
		print p + 0 " passed, " f + 0 " failed"
		exit f || !p
	}' "$table"
