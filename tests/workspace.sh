#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# workspace.sh DIR: a copy of these sources in DIR, as they are, with a build/ of its
# own, which stays if it is there. The download is shared. For commands that edit a
# kernel tree, measure a build, or are killed: build/ here stays as it is.
. "${0%/*}/../uml-config/lib.sh"

cd "$ROOT"
mkdir -p "$1/build" build/download
find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$1"
ln -sfn "$PWD/build/download" "$1/build/download"
