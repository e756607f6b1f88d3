#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of the files for CI systems. Their commands are run here, each job in
# a directory of its own, by a make that asks the real one for what it would do
# and leaves what a run of tests would. And tests of SHARD= where those of check,
# check-each and check-regressions do not reach.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)
gitlab=$ROOT/.gitlab-ci.yml
github=$ROOT/.github/workflows/check.yml

#
# A machine without shrinkbench
#

REAL_MAKE=$(command -v make)
REAL_ROOT=$ROOT
export REAL_MAKE REAL_ROOT
stub "$TMP/bin/apt-get" true
stub "$TMP/bin/sudo" "exec \"\$@\""
stub "$TMP/bin/make" <<'END'
# What a recipe would do is printed only; nothing that it calls is run.
plan=$("$REAL_MAKE" -s -n -C "$REAL_ROOT" SHELL=/bin/true "$@") || exit
for word; do
	case $word in
	*=*) grep -q "^#:.*\<${word%%=*}=" "$REAL_ROOT/Makefile" || {
		echo "make: the help does not name ${word%%=*}="
		exit 1
	} ;;
	esac
	case $word in
	SHARD=*) shard=${word#SHARD=} ;;
	COVERAGE_FROM=*) from=${word#COVERAGE_FROM=} ;;
	esac
done
echo "$1 ${shard:-}" >>"$TMP/calls"
case $1 in
check)
	junit=$(echo "$plan" | sed -n 's/.*--junit=\([^ ]*\).*/\1/p')
	[ -n "$junit" ] && echo "$plan" | grep -q -e "--shard=$shard " || {
		echo "make: the runner is not called with $shard and --junit"
		exit 1
	}
	mkdir -p "$(dirname "$junit")"
	: >"$junit"
	;;
coverage)
	mkdir -p build/coverage/data
	for dir in ${from:-}; do
		cat "$dir/data/run" >>build/coverage/data/merged || exit
	done
	if [ -n "${from:-}" ]; then
		cp build/coverage/data/merged "$TMP/merged"
	else
		echo "shard $shard" >build/coverage/data/run
		: >"$(sed -n 's/^junit=//p' "$REAL_ROOT/coverage/run.sh")"
	fi
	;;
esac
END

# of JOB WHAT: the rest of the lines about it.
of()
{
	sed -n "s/^$1	$2	//p" "$TMP/plan"
}

# job JOB INDEX COUNT: its commands, in a directory that has what it fetches; what it
# keeps goes to $TMP/kept.
job()
{
	dir=$TMP/jobs/$1-$2
	mkdir -p "$dir"
	of "$1" fetch | while read -r pattern path; do
		mkdir -p "$dir/$path"
		find "$TMP/kept" -mindepth 1 -maxdepth 1 -name "$pattern" \
			-exec cp -R {} "$dir/$path" \;
	done
	# (GitLab puts artifacts of earlier jobs where they were.)
	[ ! -d "$TMP/kept/-" ] || cp -R "$TMP/kept/-/." "$dir"
	{
		of default run
		of "$1" run
	} | sed "s/\${{ matrix.shard }}/$2/g" >"$dir/commands"
	[ -s "$dir/commands" ] || {
		echo "job $1 has no command"
		return 1
	}
	(cd "$dir" && env PATH="$TMP/bin:$PATH" CI_NODE_INDEX="$2" \
		CI_NODE_TOTAL="$3" sh -eu ./commands) || return
	of "$1" keep | sed "s/\${{ matrix.shard }}/$2/g" | while read -r name path; do
		[ -e "$dir/$path" ] || {
			echo "job $1 leaves no $path"
			exit 1
		}
		# Two of one name would be one.
		[ "$name" = - ] || mkdir "$TMP/kept/$name" || exit
		to=$TMP/kept/$name
		case $name,$path in
		-,*) mkdir -p "$to" && cd "$dir" && cp -R --parents "$path" "$to" ;;
		*,*/) cp -R "$dir/$path." "$to" ;;
		*) cp "$dir/$path" "$to" ;;
		esac || exit
	done
}

# pipeline FILE: runs all jobs, the last after the others.
pipeline()
{
	rm -rf "$TMP/jobs" "$TMP/kept" "$TMP/calls" "$TMP/merged"
	mkdir "$TMP/jobs" "$TMP/kept"
	: >"$TMP/calls"
	awk -f "$here/commands.awk" "$1" >"$TMP/plan" && [ -s "$TMP/plan" ] || return
	names=$(cut -f 1 "$TMP/plan" | awk '$1 != "default" && !seen[$1]++')
	for name in $names; do
		count=$(of "$name" parallel)
		i=0
		while [ $((i += 1)) -le "${count:-1}" ]; do
			job "$name" $i "${count:-1}" || return
		done
	done
}

# called TARGET SHARD...: with these, each once.
called()
{
	target=$1
	shift
	printf "$target %s\n" "$@" >"$TMP/want"
	grep "^$target " "$TMP/calls" | diff "$TMP/want" -
}

merged()
{
	printf 'shard %s\n' 1/2 2/2 | diff - "$TMP/merged"
}

# broken FILE SED WHY: with that edit it fails.
broken()
{
	mkdir -p "$TMP/github"
	copy=$TMP/$(basename "$(dirname "$1")" | sed s/workflows/github/)
	[ -d "$copy" ] || copy=$TMP
	copy=$copy/broken.yml
	sed "$2" "$1" >"$copy"
	! cmp -s "$1" "$copy" && ! run pipeline "$copy" && said "$3"
}

no_host()
{
	! grep -n '://\|[a-z]\.\(com\|org\|io\)\>' "$1"
}

caches()
{
	grep -q 'build/download' "$1" && grep -q '^ *path: \.ccache$\|^ *- \.ccache/$' \
		"$1" && grep -q '^ *CCACHE_DIR: .*/\.ccache$' "$1"
}

lint()
{
	command -v yamllint >/dev/null || {
		echo "yamllint is not installed; make deps-ci"
		return 1
	}
	yamllint --strict -c "$ROOT/.yamllint" "$1"
}

for file in "$gitlab" "$github"; do
	yaml=${file#"$ROOT/"}
	ok "$yaml: yamllint" lint "$file"
	ok "$yaml: its commands run here, and leave what it keeps" run pipeline "$file"
	ok "$yaml: all of make check" called check 1/2 2/2
	ok "$yaml: all of make coverage, and the report" called coverage 1/2 2/2 ''
	ok "$yaml: the report is of all shards" merged
	ok "$yaml: caches" caches "$file"
	ok "$yaml: it names no host" no_host "$file"
	ok "$yaml: a target that is none is found" broken "$file" \
		's/make check /make no-check /' "No rule to make target 'no-check'"
	ok "$yaml: a variable that is none" broken "$file" \
		's/ SHARD=/ SHRAD=/' 'the help does not name SHRAD='
	ok "$yaml: a shard that is none" broken "$file" \
		's/COVERAGE_FROM="\([^"]*\)2"/COVERAGE_FROM="\13"/' 'data/run'
	ok "$yaml: an artifact that is none" broken "$file" \
		's,build/junit-debug.xml,build/junit.xml,' 'leaves no build/junit.xml'
done
ok "artifacts of the same name are found" broken "$github" \
	's/name: junit-debug-.*/name: junit/' 'File exists'

# The number that GitLab shows is that of the last line.
percent()
{
	pattern=$(sed -n "s,^  coverage: '/\(.*\)/'\$,\1,p" "$gitlab" |
		sed 's/\\d/[0-9]/g')
	[ "$(echo 'series: 4 of 6 added lines run (66.6%)' |
		sed -E -n "s/^$pattern\$/\1/p")" = 66.6 ] &&
		grep -q '"series: %u of %u added lines run (%s)' \
			"$ROOT/coverage/src/summary.c"
}
ok "GitLab finds the percentage" percent

#
# SHARD=
#

# part N COUNT: shard_words and shard_range agree, and all parts are the whole.
parts()
{
	words=$(seq "$1")
	# shellcheck disable=SC2086
	printf '%s\n' $words >"$TMP/words"
	i=0
	all=
	while [ $((i += 1)) -le "$2" ]; do
		# shellcheck disable=SC2086
		part=$(SHARD=$i/$2 sh -euc '. "$0"; shard_words "$@"' \
			"$CONFIG_DIR/shard.sh" $words)
		count=$(echo "$part" | wc -w)
		if [ "$count" -lt $(($1 / $2)) ] || [ "$count" -gt $((($1 + $2 - 1) / $2)) ]; then
			echo "$i/$2 of $1: $count"
			return 1
		fi
		all="$all $part"
	done
	# shellcheck disable=SC2086
	printf '%s\n' $all | diff - "$TMP/words"
}
all_parts()
{
	for many in 0 1 2 5 22; do
		for n in 1 2 3 7 22 30; do
			parts $many $n || return
		done
	done
}
ok "the parts are the whole, and as many in each" all_parts

# No command that SHARD= is for gets as far as a build.
wrong_shard()
{
	for target in check check-all check-each check-regressions coverage fuzz; do
		! run "$REAL_MAKE" -s -C "$ROOT" $target SHARD="$1" \
			BUILD="$TMP/no-build" && [ ! -s "$TMP/stdout" ] &&
			[ "$(grep -c '^error: ' "$TMP/stderr")" = 1 ] &&
			said "error: SHARD=$1 is no shard; say 1/3, 2/3 or 3/3" &&
			[ "$(grep -vc '^make' "$TMP/stderr")" = 1 ] || return
	done
}
first_of_all()
{
	for target in check check-all check-each check-regressions coverage fuzz; do
		"$REAL_MAKE" -s -n -C "$ROOT" -W uml-config/supervise.c SHELL=/bin/true \
			$target | head -n 1 | grep -x ". uml-config/shard.sh" || return
	done
}
ok "SHARD is looked at before anything else" first_of_all
for shard in 0/3 4/3 a/b 1/0 1 1/ /2 01/2 1/2/3 '1 /2' -1/2; do
	ok "SHARD=$shard is one error" wrong_shard "$shard"
done

# coverage_error TEXT VAR=VALUE...
coverage_error()
{
	text=$1
	shift
	! run env "$@" "$ROOT/coverage/run.sh" && said "$text" &&
		[ "$(wc -l <"$TMP/output")" = 1 ]
}
ok "COV_MIN of a shard is an error" coverage_error \
	'say it where the shards are merged' SHARD=1/2 COV_MIN=90
ok "so are tests of what runs none" coverage_error \
	'COVERAGE_FROM= runs no tests' COVERAGE_FROM=x 'T=virtio/*'
end
