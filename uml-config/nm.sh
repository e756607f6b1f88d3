#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Stands in for nm in a kernel build: notes down the environment in which
# kbuild links vmlinux, for relink.sh, and is nm. (Kconfig asks for nm's version, too,
# in an environment that lacks what is not configured yet.)
case ${SB_LINK_ENV:+$*} in
*.tmp_vmlinux*) export -p >"$SB_LINK_ENV" ;;
esac
exec nm "$@"
