#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot.sh: prints how many seconds a guest took until its first test.
set -eu
said=$(make check T=virtio/dumb-create VERBOSE=1)
echo "$said" | sed -n 's/.*-- first test \([0-9.]*\) s after .*/\1/p'
