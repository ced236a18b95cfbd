// SPDX-License-Identifier: GPL-2.0
/* The dialects of blkif. Pure. Layouts are those of the public io/blkif.h under each ABI. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include "parse.h"

static_assert(sizeof(struct xenblk_seg) == 8);

#define ABI(name)	xenblk_x86_32_##name
#define ABI_PAD		0
#define ABI_SLOT	108
#define ABI_NAME	"x86_32-abi"
#include "abi_template.h"

#define ABI(name)	xenblk_x86_64_##name
#define ABI_PAD		1
#define ABI_SLOT	112
#define ABI_NAME	"x86_64-abi"
#include "abi_template.h"

#define ABI(name)	xenblk_native_##name
#ifdef CONFIG_X86_32
#define ABI_PAD		0
#define ABI_SLOT	108
#define ABI_NAME	"x86_32-abi"
#else
#define ABI_PAD		1
#define ABI_SLOT	112
#ifdef CONFIG_X86
#define ABI_NAME	"x86_64-abi"
#else
#define ABI_NAME	"arm-abi"
#endif
#endif
#include "abi_template.h"
