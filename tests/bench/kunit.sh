#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kunit.sh: the helpers' unit tests by the kernel's own tool. It works in build/linux, with the
# whole source: the private copy lacks what kunit.py's options need.
set -eu
if [ ! -d build/linux ]; then
	mkdir -p build/linux
	tar -xf "$(uml-config/source.sh)" -C build/linux --strip-components=1
fi
cd build/linux
exec tools/testing/kunit/kunit.py run --arch=um --build_dir=../kunit \
	--kunitconfig=drivers/gpu/drm/tests 'drm_gem_shmem*'
