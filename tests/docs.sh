#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# docs.sh RUNNER LIST-TESTS: tests what can be tested of the documents, in TAP: names of
# tests exist, each T= selects something, files that are named exist, and the man page has
# each option of the runner.
set -eu
here=$(cd "${0%/*}" && pwd)
cd "$here/.."
runner=$1 list=$2
status=0
count=0
bad=$(mktemp)
names=$(mktemp)
trap 'rm -f "$bad" "$names"' EXIT

# result TEXT: "ok" if nothing is in $bad.
result()
{
	count=$((count + 1))
	if [ -s "$bad" ]; then
		status=1
		sed 's/^/# /' "$bad"
		printf 'not '
	fi
	echo "ok $count - $1"
}

docs=$(git ls-files -co --exclude-standard -- '*.md')
"$list" | cut -f 1 >"$names"
# (shim/README.md names files of the FUSE tree, which look the same.)
tested=$(echo "$docs" | grep -v "^shim/")
areas=$(sed 's,/.*,,' "$names" | sort -u | tr '\n' '|' | sed 's/|$//')

# Patterns in "*" are for the shell; what stands after a "." or "/" is a path.
# shellcheck disable=SC2086
grep -hoE "(^|[^a-zA-Z0-9_./-])($areas)/[a-z0-9*?-]+[a-z0-9*]([^a-z0-9./_-]|$)" $tested |
	grep -oE "[a-z0-9]+/[a-z0-9*?-]+[a-z0-9*]" | sort -u >"$bad.all"
while read -r pattern; do
	# A hidden test only by its name.
	grep -qxF -e "$pattern" "$names" || "$runner" --list --tests="$list" "$pattern" \
		>/dev/null 2>&1 ||
		echo "no test \"$pattern\"; it is in: $(grep -lF -e "$pattern" -- *.md */*.md | tr '\n' ' ')"
done <"$bad.all" >"$bad"
rm -f "$bad.all"
result "tests that the documents name exist"

# shellcheck disable=SC2086
cat $docs Makefile | grep -v check-clients | grep -oE "\bT=('[^']*'|[^ '\`]+)" | tr -d "'" |
	grep -vE '^T=(TEST|NAME|[$])' | cut -c 3- | sort -u | while read -r patterns; do
	case $patterns in *...*) continue ;; esac
	set -f
	"$runner" --list --tests="$list" $patterns >/dev/null 2>"$names.err" ||
		echo "T=$patterns: $(cat "$names.err")"
	set +f
done >"$bad"
rm -f "$names.err"
result "each T= of the documents selects tests"

tr '`' '\n' <CONTRIBUTING.md | grep -xE '[a-z][a-z0-9_-]*/[a-z0-9/_.-]*' | sort -u |
	while read -r file; do
		[ -e "$file" ] || echo "CONTRIBUTING.md names $file, which does not exist"
	done >"$bad"
result "files that CONTRIBUTING.md names exist"

"$runner" --help | grep -oE -e '--[a-z-]+' | sort -u | while read -r option; do
	grep -qE "^\.It Fl (. , )?-${option#--}( |$)" tests/runner/runner.1 ||
		echo "runner.1 lacks $option"
done >"$bad"
sed -n 's/^\.It Fl \(. , \)\{0,1\}-\([a-z-]*\).*/--\2/p' tests/runner/runner.1 |
	while read -r option; do
		"$runner" --help | grep -qE -e "$option\b" ||
			echo "the runner has no option $option"
	done >>"$bad"
result "runner.1 has the options of runner --help"
echo "1..$count"
exit $status
