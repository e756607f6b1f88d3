/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the scripts of uml-config/: a group of checks each, see main.c. */
#ifndef COMMANDS_CONFIG_TESTS_H
#define COMMANDS_CONFIG_TESTS_H

#include "../fake.h"

#define UML "$ROOT/uml-config/"

void test_clean(void);
void test_compiler(void);
void test_config(void);
void test_deps(void);
void test_fixups(void);
void test_make(void);
void test_paths(void);
void test_prepare(void);
void test_progress(void);
void test_rebuild(void);
void test_series(void);
void test_source(void);
void test_with_kernel(void);

#endif
