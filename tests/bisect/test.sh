#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh: bisect.sh with a kernel of two files, and programs to match. What the
# kernel's text says of line 1, 2, ... decides what a run of it prints.
here=$(cd "$(dirname "$0")" && pwd -P)
. "$(dirname "$0")/../../uml-config/tests/lib.sh"
git_quietly="git -c user.name=a -c user.email=a@b -c core.hooksPath=/nonexistent"
gem=drivers/gpu/drm/drm_gem.c
export MAKE=true

fake_build "$TMP/empty"
(
	cd "$TMP/empty" || exit 1
	# What kbuild notes: the files that an object was made from.
	cat >>Makefile <<-'END'
		linux: notes
		notes: $(addprefix $(O)/,$(objects))
		>@for f in $(basename $(objects)); do printf \
		>	'source_%s := %s\n\ndeps_ := \\\n  %s \\\n' $$f.o $(CURDIR)/$$f.c \
		>	$(CURDIR)/include/drm/drm_gem.h >$(O)/$${f%/*}/.$${f##*/}.o.cmd; done
	END
	i=0
	while [ $i -lt 90 ]; do
		i=$((i + 1))
		echo "/* $i */"
	done >$gem
	echo 'int lib;' >lib/lib.c
	git init -q
	git add -f .
	$git_quietly commit -qm base
)

# history [NUMBER TEXT]...: eight patches, each of which writes a line of its own,
# "int vN;" unless TEXT is given, and runs $TMP/edit-N; as a git tree $TMP/user and a
# series $TMP/series. Number 5 fixes what does not build or boot since number 4.
history()
{
	rm -rf "$TMP/user" "$TMP/series"
	cp -R "$TMP/empty" "$TMP/user"
	(
		cd "$TMP/user" || exit 1
		n=0
		while [ $n -lt 8 ]; do
			n=$((n + 1))
			text="int v$n;"
			[ "${1:-}" != $n ] || {
				text=$2
				shift 2
			}
			sed -i "$((n * 10))s,.*,$text," $gem
			[ $n != 5 ] ||
				sed -i 's/^oops.*/int v4;/; s/nothing/v4/' $gem
			[ ! -e "$TMP/edit-$n" ] || sh "$TMP/edit-$n"
			$git_quietly commit -qam "gem: Patch $n"
		done
		git format-patch -q -o "$TMP/series" HEAD~8
	)
}

# The programs: what runs a test, and the list of tests.
mkdir -p "$SB_BUILD/bisect/tests" "$SB_BUILD/bisect/shim"
stub "$SB_BUILD/bisect/tests/guest-tests" <<'END'
list()
{
	printf '%s\tx\t128\t0\t30\t-\t-\t-\t-\t%s\n' "$1" "$(cat "$TMP/tags$2" 2>/dev/null || echo -)"
}
list t/one 1
list t/two 2
END
cp "$ROOT/build/tests/bisect" "$SB_BUILD/bisect/tests/bisect"
: >"$SB_BUILD/bisect/tests/init"
: >"$SB_BUILD/bisect/shim/shim"
stub "$SB_BUILD/bisect/tests/runner" <<'END'
case $1 in
--tests=*)
	[ "$3" != t/unknown ] || {
		echo "error: no test is called like t/unknown" >&2
		exit 2
	}
	exit 0
	;;
esac
kernel=$1
plan=1
[ ! -e "$TMP/also" ] || {
	plan=2
	printf 'not ok 2 - t/always\n# never passes\n'
}
[ ! -e "$TMP/two" ] || {
	plan=2
	if ! grep -q v6 "$kernel"; then
		echo "ok 2 - t/two # SKIP needs six"
	elif grep -q wrong "$kernel"; then
		printf 'not ok 2 - t/two\n# it is wrong\n'
	else
		echo "ok 2 - t/two"
	fi
}
echo run >>"$TMP/ran"
no()
{
	echo "not ok $1 - $2"
	echo "# $3"
	echo "1..$plan"
	exit 1
}
! grep -q broken "$kernel" || { echo "error: no shim" >&2; exit 2; }
if grep -q nothing "$kernel"; then
	[ ! -e "$TMP/nowhere" ] || { echo "Bail out! panic $$"; exit 2; }
	no 1 t/one "not run: its guest did not boot"
fi
grep -q "v2" "$kernel" || [ ! -e "$TMP/late" ] || {
	echo "ok 1 - t/one # SKIP needs two"
	echo "1..$plan"
	exit 1
}
if grep -q flaky "$kernel" && [ $(($(wc -l <"$TMP/ran") % 2)) = 0 ]; then
	exec sed 's/^-//' <<-END2
		-ok 1 - t/one
		-1..1
	END2
fi
[ ! -e "$TMP/wait" ] || { touch "$TMP/waits"; exec sleep 1000; }
! grep -q 'wrong\|flaky' "$kernel" ||
	no 1 t/one "WARNING: CPU: $$ at a.c:$(wc -l <"$TMP/ran") f+0x$$/0x100"
! grep -q other "$kernel" || no 1 t/one "WARNING: at b.c:7 g+0x1/0x2"
echo "ok 1 - t/one"
echo "1..$plan"
END

bisect()
{
	: >"$TMP/ran"
	run env "$@" "$here/bisect.sh" @DIR@/bin/tests/runner @KERNEL@
}

series()
{
	bisect KERNEL="$TMP/empty" SERIES="$TMP/series" T=t/one "$@"
}

tree()
{
	bisect KERNEL="$TMP/user" T=t/one GOOD=HEAD~8 "$@"
}

# found NAME NUMBER COMMAND...: COMMAND says that this patch is the first bad one.
found()
{
	name=$1 number=$2
	shift 2
	good "$name" "=first bad: [0-9a-f]* gem: Patch $number" "$@"
}

runs()
{
	test "$(wc -l <"$TMP/ran")" "$1" "$2"
}

for patch in 1 5 8; do
	history $patch "int v$patch; /* wrong */"
	found "patch $patch of a series" $patch series
	found "commit $patch of a git tree" $patch tree
done
rm -rf "$SB_BUILD/bisect/kernels"
good "the next kernel is built while the tests run" "ahead " series AHEAD=0
ok "and changes nothing else" last_line "first bad: [0-9a-f]* gem: Patch 8"
ok "a line for each step" said "of about"
ok "the end says where the logs are" said "build/bisect/"
ok "and how to see for oneself" said "make check T=t/one"
# shellcheck disable=SC2016
ok "and git bisect's log is kept" \
	sh -c 'grep -q "first bad commit" "$1"/bisect/*/bisect.log' sh "$SB_BUILD"
# shellcheck disable=SC2016
ok "the user's tree has no trace of it" sh -c 'cd "$1" &&
	test -z "$(git status --porcelain)" && ! git for-each-ref | grep bisect' \
	sh "$TMP/user"
found "numbers of patches are ends, too" 8 series GOOD=2 BAD=8
ok "GOOD that is bad is noticed" fails series GOOD=8 BAD=8
ok "GOOD that comes after BAD, too" fails series GOOD=8 BAD=2
bad "in a git tree as well" "GOOD comes after BAD" tree GOOD=HEAD BAD=HEAD~2
history 3 "int v3; // wrong"
bad "so is one that has the fault" "not found: GOOD fails already" series GOOD=4
bad "BAD that is good is noticed" "not found: BAD passes, too" series BAD=2

history 4 "oops(" 6 "int v6; // wrong"
found "a patch that does not build is stepped over" 6 series
history 4 "int nothing;" 6 "int v6; // wrong"
found "so is one that does not boot" 6 series
touch "$TMP/nowhere"
ok "and one with which no guest comes up" series
rm "$TMP/nowhere"
ok "in spite of which the fault is found" \
	last_line "first bad: [0-9a-f]* gem: Patch 6"

history 3 "int v3; /* other */" 6 "int v6; /* wrong */"
bad "another failure is no answer" "another failure" series
found "but for who wants any" 3 series ANY=1

history 5 "int v5; /* flaky */"
bad "what fails now and then is not taken" "RUNS=7" series RUNS=
found "then it is" 5 series RUNS=9
ok "and called so" said "flaky: "
ok "with the chance of a wrong answer" said "so the answer is wrong with a chance of"
history 5 "int v5; // wrong"
ok "each kernel is tried three times" series RUNS=3
ok "the chance to miss a fault is said" \
	said "3 runs each: a fault that shows in half of the runs is missed with a chance of 12 %"

history 7 "int v7; // wrong"
: >"$TMP/late"
ok "where the test does not apply, the base is good all the same" series
ok "and the first bad found" last_line "first bad: [0-9a-f]* gem: Patch 7"
history 2 "int v2; // wrong"
ok "if it fails wherever it applies, the first of these is bad" series
ok "and it is said why" last_line \
	"first bad: [0-9a-f]* gem: Patch 2 (the test applies from this patch on)"
rm -f "$TMP/late"

# So that nobody needs to run it to know.
echo needs:virtio-madvise >"$TMP/tags1"
echo needs:virtio-shrinker >"$TMP/tags2"
printf '0003 gives virtio-madvise\n0006 gives virtio-shrinker\n' >"$TMP/index"
given()
{
	cp "$TMP/index" "$TMP/series/index"
	series "$@"
}
history 6 "int v6; // wrong"
found "a test applies from some patch on, by the index" 6 given
ok "the border is said" said "begins to apply at 0003"
# shellcheck disable=SC2016
ok "where the test does not apply, nothing is built" \
	sh -c '! grep -q "^[a-z]* .* 000[012] .*(build" "$1"' sh "$TMP/stdout"
history 3 "int v3; // wrong"
: >"$TMP/two"
ok "a fault in the first patch to which one test applies" given T='t/one t/two'
ok "is found" last_line \
	"first bad: [0-9a-f]* gem: Patch 3 (the test applies from this patch on)"
ok "with that patch and BAD only" runs -eq 3
history 5 "int v5; // wrong"
found "a fault between the borders of two tests" 5 \
	given T='t/one t/two'
rm -f "$TMP/two"
uapi=include/uapi/drm/virtgpu_drm.h
echo "echo DRM_VIRTGPU_MADVISE >$uapi; git add -f $uapi" >"$TMP/edit-3"
history 7 "int v7; // wrong"
found "a test applies from some patch on, by the source" 7 series
ok "the border is said" said "begins to apply at 0003"
found "the same in a git tree" 7 tree
echo "git rm -q $uapi" >"$TMP/edit-5"
cp "$TMP/edit-3" "$TMP/edit-7"
history 8 "int v8; // wrong"
found "a test begins to apply twice; a fault after that" 8 series
history 4 "int v4; // wrong"
found "one before it stops" 4 series
history 6 "int v6; // wrong"
bad "but not where it does not apply" "not found: 3 patches are left" series
ok "and why" said "gem: Patch 6  -- the test does not apply"
rm -f "$TMP"/edit-? "$TMP"/tags?

history 7 "int v7; // wrong"
(
	cd "$TMP/user" || exit 1
	for n in $(seq 60); do
		for file in Documentation/gpu/index.rst drivers/net/net.c lib/new.c; do
			echo "text $n" >>$file
			git add -f $file
			$git_quietly commit -qm "$file: Part $n"
		done
	done
	sed -i 's/int v8;/int v9;/' "$gem"
	$git_quietly commit -qam "gem: Patch 9"
)
found "commits that do not change the kernel" 7 tree GOOD=HEAD~189
ok "they are counted" said "189 commits, 9 of which change"
# shellcheck disable=SC2016
ok "and not built" sh -c '! grep -q ": Part .*(build" "$1"' sh "$TMP/stdout"
(
	cd "$TMP/user" || exit 1
	sed -i 's/int v9; /& /; s/wrong/right/' "$gem"
	$git_quietly commit -qam "gem: Repair it"
	echo text >>Documentation/gpu/index.rst
	$git_quietly commit -qam "Documentation: More"
	sed -i 's/int lib/& \/* wrong *\//' lib/lib.c
	$git_quietly commit -qam "lib: Break it"
	echo text >>Documentation/gpu/index.rst
	$git_quietly commit -qam "Documentation: Still more"
)
good "one that does is among such" "=first bad: [0-9a-f]* lib: Break it" tree GOOD=HEAD~3
ok "without building GOOD, since another is good" fails said "good end"
# shellcheck disable=SC2016
ok "git bisect replay says the same" sh -c 'cd "$1" &&
	log=$(ls -t "$2"/bisect/*/bisect.log | head -n 1) && git bisect replay "$log" |
	grep -q "is the first bad commit" && git bisect reset >/dev/null 2>&1' sh "$TMP/user" "$SB_BUILD"
history 8 "int v8; // wrong"

: >"$TMP/also"
good "what fails at both ends is left out, if something else does not" "  t/one" tree
ok "and found" last_line "first bad: [0-9a-f]* gem: Patch 8"
rm -f "$TMP/also"
(
	cd "$TMP/user" || exit 1
	$git_quietly commit -q --amend --allow-empty -m 'Revert "[a] b" [v2] again'
	sed -i 's/wrong/right/' $gem
	$git_quietly commit -qam 'gem: [x] Break it [again] a bit'
	sed -i 's/right/wrong/' $gem
	$git_quietly commit -qam 'gem: [x] Break it [again] a bit'
)
good "a subject with brackets" '=first bad: [0-9a-f]* gem: \[x\] Break it \[again\] a bit' \
	tree GOOD=HEAD~1
for lock in index.lock HEAD.lock refs/ends/bad.lock; do
	touch "$(echo "$SB_BUILD"/bisect/linux-*)/.git/$lock"
done
good "locks that a power cut has left" '=first bad: .*' tree GOOD=HEAD~1
history 7 "int v7; // wrong"
cd "$TMP" || exit 1
found "a kernel at a relative path" 7 series KERNEL=empty
cd "$OLDPWD" || exit 1
mv "$TMP/series/0003-gem-Patch-3.patch" "$TMP/series/0003 gem patch 3.patch"
found "blanks in the name of a patch" 7 series
git -C "$TMP/user" config remote.origin.promisor true
bad "a partial clone is an error" "partial clone" tree

# shellcheck disable=SC2016
stub "$TMP/bin/date" 'case $1 in +%s) echo 1 ;; *) echo now ;; esac'
same_second()
{
	series PATH="$TMP/bin:$PATH" &&
		fails series PATH="$TMP/bin:$PATH" BAD=6
}
good "two of the same second" "not found: BAD passes, too" same_second
bad "a test that there is none of is an error" "no test is called" series T=t/unknown
ok "no test at all is, too" fails bisect KERNEL="$TMP/user" GOOD=HEAD~8 T=
bad "a git tree wants a good commit" "GOOD=" bisect KERNEL="$TMP/user" T=t/one
bad "one that there is not is an error" "GOOD=nonsense" tree GOOD=nonsense
history 6 "int v6; // broken"
bad "a fault of the bench is not a verdict" "error: the tests could not be run: error: no shim" \
	series

history 6 "int v6; // wrong"
: >"$TMP/wait"
rm -f "$TMP/waits"
env KERNEL="$TMP/empty" SERIES="$TMP/series" T=t/one setsid "$here/bisect.sh" \
	@DIR@/bin/tests/runner @KERNEL@ >"$TMP/stdout" 2>"$TMP/stderr" &
until [ -e "$TMP/waits" ]; do
	kill -0 $! || break
done
kill -TERM $!
wait $!
rm -f "$TMP/wait"
# shellcheck disable=SC2016
ok "one that is ended leaves nothing running" \
	sh -c '! pgrep -f "$1/bisect/.*/bin/tests/runner"' sh "$SB_BUILD"
good "the same command goes on" "going on with" series
ok "and finds it" last_line "first bad: [0-9a-f]* gem: Patch 6"
end
