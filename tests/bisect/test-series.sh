#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-series.sh [NUMBER]: make bisect with copies of the real series, in which a
# patch, or that one only, breaks a function that no other touches; minutes. test.sh
# knows the rest.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

test=virtio/dumb-create

# append NUMBER OLD NEW: that patch also changes a line of drm_mode_create_dumb().
append()
{
	for patch in "$TMP/series/$1"-*.patch; do
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

# bisected SUBJECT: that of the first bad patch.
bisected()
{
	run env -u SB_BUILD make --no-print-directory -C "$ROOT" bisect T=$test \
		SERIES="$TMP/series" && last_line "first bad: [0-9a-f]* $1"
}

# finds NUMBER WHAT: the fault is in that patch of $TMP/series.
finds()
{
	subject=$(git mailinfo /dev/null /dev/null \
		<"$(echo "$TMP/series/$1"-*.patch)" | sed -n 's/^Subject: //p')
	ok "$2" bisected "$subject"
	grep ' (build ' "$TMP/stdout" | sed 's/^/    /'
}

# fresh: the series as it is.
fresh()
{
	rm -rf "$TMP/series"
	cp -R "$CONFIG_DIR/series/6.12" "$TMP/series"
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
end
