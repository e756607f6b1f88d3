#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stands in for nm in a kernel build: notes down the environment in which
# kbuild links vmlinux, for relink.sh, and is nm.
if [ -n "${SB_LINK_ENV:-}" ] && [ -n "${KBUILD_LDS:-}" ]; then
	export -p >"$SB_LINK_ENV"
fi
exec nm "$@"
