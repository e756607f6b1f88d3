#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-series.sh [NUMBER]: make bisect with copies of the real series, in which a
# patch, or that one only, breaks a function that no other touches; minutes. test.sh
# knows the rest.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd -P)
series=$root/uml-config/series/6.12
test=virtio/dumb-create
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
passed=0
failed=0

# append NUMBER OLD NEW: that patch also changes a line of drm_mode_create_dumb().
append()
{
	for patch in "$work/series/$1"-*.patch; do
		cat >>"$patch" <<-END
			diff --git a/drivers/gpu/drm/drm_dumb_buffers.c b/drivers/gpu/drm/drm_dumb_buffers.c
			--- a/drivers/gpu/drm/drm_dumb_buffers.c
			+++ b/drivers/gpu/drm/drm_dumb_buffers.c
			@@ -79,5 +79,5 @@ int drm_mode_create_dumb(struct drm_device *dev,
			 
			 	/* test for wrap-around */
			-$2
			+$3
			 	if (PAGE_ALIGN(size) == 0)
			 		return -EINVAL;
		END
	done
}

right='	size = args->height * stride;'
wrong='	size = 0;'
broken='	size = args->height * nonsense;'

# finds NUMBER WHAT: the fault is in that patch of $work/series.
finds()
{
	subject=$(git mailinfo /dev/null /dev/null \
		<"$(echo "$work/series/$1"-*.patch)" | sed -n 's/^Subject: //p')
	if ! make --no-print-directory -C "$root" bisect T=$test \
		SERIES="$work/series" KERNEL= GOOD= BAD= RUNS= ANY= \
		>"$work/log" 2>&1 || ! tail -n 1 "$work/log" |
		grep -q "^first bad: [0-9a-f]* $subject\$"; then
		echo "not ok - $2"
		sed 's/^/    /' "$work/log"
		failed=$((failed + 1))
		return
	fi
	echo "ok - $2"
	grep ' (build ' "$work/log" | sed 's/^/    /'
	passed=$((passed + 1))
}

# fresh: the series as it is.
fresh()
{
	rm -rf "$work/series"
	cp -R "$series" "$work/series"
}

# fault NUMBER WHAT
fault()
{
	fresh
	append "$1" "$right" "$wrong"
	finds "$1" "$2"
}

if [ $# = 1 ]; then
	fault "$1" "a fault in patch $1"
else
	fault 0003 "a fault in an early patch"
	fault 0012 "one in the middle"
	fault 0023 "one in the last patch"
	fresh
	append 0011 "$right" "$broken"
	append 0012 "$broken" "$right"
	append 0018 "$right" "$wrong"
	finds 0018 "one behind a patch that does not build"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
