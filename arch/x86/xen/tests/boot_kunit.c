// SPDX-License-Identifier: GPL-2.0
/* Start-up: tables of steps, the way into the hypervisor, and dom0's screen. */
#include <kunit/test.h>
#include <linux/screen_info.h>
#include <linux/stddef.h>

#include <asm/setup.h>

#include <xen/interface/xen.h>

#include "../boot/steps.h"
#include "../hv/vendor.h"
#include "../xen_arch.h"

static unsigned int ran;
static char said[160];

static __printf(1, 2) void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(said, sizeof(said), fmt, args);
	va_end(args);
}

static int first(struct boot_params *bp)
{
	ran = ran * 10 + 1;
	return 0;
}

static int second(struct boot_params *bp)
{
	ran = ran * 10 + 2;
	return bp ? -ENOMEM : 0;
}

static int third(struct boot_params *bp)
{
	ran = ran * 10 + 3;
	return 0;
}

static const struct xen_boot_step steps[] = {
	{ "one", first },
	{ "two", second },
	{ "three", third },
};

static void steps_run_in_order(struct kunit *test)
{
	ran = 0;
	said[0] = 0;
	KUNIT_EXPECT_EQ(test, 0, xen_boot_run("test", steps, ARRAY_SIZE(steps), NULL, say));
	KUNIT_EXPECT_EQ(test, 123, ran);
	KUNIT_EXPECT_STREQ(test, "", said);
}

static void step_that_fails_is_named(struct kunit *test)
{
	struct boot_params *bp = kunit_kzalloc(test, sizeof(*bp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bp);
	ran = 0;
	KUNIT_EXPECT_EQ(test, -ENOMEM, xen_boot_run("test", steps, ARRAY_SIZE(steps), bp, say));
	KUNIT_EXPECT_EQ(test, 12, ran);
	KUNIT_EXPECT_STREQ(test, "xen: test start failed in step 2 of 3, two: -12\n", said);
}

static bool vmmcall(const char *name)
{
	u32 word[3];

	memcpy(word, name, sizeof(word));
	return xen_vendor_has_vmmcall(word[0], word[1], word[2]);
}

static void vendors_have_their_instruction(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, vmmcall("AuthenticAMD"));
	KUNIT_EXPECT_TRUE(test, vmmcall("HygonGenuine"));
	KUNIT_EXPECT_FALSE(test, vmmcall("GenuineIntel"));
	KUNIT_EXPECT_FALSE(test, vmmcall("  Shanghai  "));
	KUNIT_EXPECT_FALSE(test, vmmcall("AuthenticAMd"));
}

#ifdef CONFIG_XEN_DOM0
#define UP_TO(field)	offsetofend(struct dom0_vga_console_info, field)

static void __init text_screen(struct kunit *test)
{
	struct dom0_vga_console_info info = {
		.video_type = XEN_VGATYPE_TEXT_MODE_3,
		.u.text_mode_3 = { .rows = 50, .columns = 132, .cursor_y = 7, .font_height = 8 },
	};
	struct screen_info si = { };

	xen_init_vga(&info, UP_TO(u.text_mode_3), &si);
	KUNIT_EXPECT_EQ(test, 50, si.orig_video_lines);
	KUNIT_EXPECT_EQ(test, 132, si.orig_video_cols);
	KUNIT_EXPECT_EQ(test, 7, si.orig_y);

	/* One byte short: the default. */
	memset(&si, 0, sizeof(si));
	xen_init_vga(&info, UP_TO(u.text_mode_3) - 1, &si);
	KUNIT_EXPECT_EQ(test, 25, si.orig_video_lines);
	KUNIT_EXPECT_EQ(test, 80, si.orig_video_cols);
	KUNIT_EXPECT_EQ(test, 24, si.orig_y);
	KUNIT_EXPECT_EQ(test, 1, si.orig_video_isVGA);
}

static void __init linear_screen(struct kunit *test)
{
	struct dom0_vga_console_info info = {
		.video_type = XEN_VGATYPE_VESA_LFB,
		.u.vesa_lfb = {
			.width = 1024, .height = 768, .lfb_base = 0xe0000000,
			.mode_attrs = 0x9b, .ext_lfb_base = 3,
		},
	};
	struct screen_info si = { };

	xen_init_vga(&info, offsetof(struct dom0_vga_console_info, u.vesa_lfb.gbl_caps), &si);
	KUNIT_EXPECT_EQ(test, VIDEO_TYPE_VLFB, si.orig_video_isVGA);
	KUNIT_EXPECT_EQ(test, 1024, si.lfb_width);
	KUNIT_EXPECT_EQ(test, 0, si.vesa_attributes);
	KUNIT_EXPECT_EQ(test, 0, si.ext_lfb_base);

	xen_init_vga(&info, UP_TO(u.vesa_lfb.mode_attrs), &si);
	KUNIT_EXPECT_EQ(test, 0x9b, si.vesa_attributes);
	KUNIT_EXPECT_EQ(test, 0, si.ext_lfb_base);

	info.video_type = XEN_VGATYPE_EFI_LFB;
	memset(&si, 0, sizeof(si));
	xen_init_vga(&info, sizeof(info), &si);
	KUNIT_EXPECT_EQ(test, VIDEO_TYPE_EFI, si.orig_video_isVGA);
	KUNIT_EXPECT_EQ(test, 0, si.vesa_attributes);
	KUNIT_EXPECT_EQ(test, 3, si.ext_lfb_base);
	KUNIT_EXPECT_TRUE(test, si.capabilities & VIDEO_CAPABILITY_64BIT_BASE);
}

static void __init unknown_screen(struct kunit *test)
{
	struct dom0_vga_console_info info = { .video_type = 0x11 };
	struct screen_info si = { };

	xen_init_vga(&info, sizeof(info), &si);
	KUNIT_EXPECT_EQ(test, 25, si.orig_video_lines);
	KUNIT_EXPECT_EQ(test, 1, si.orig_video_isVGA);
}
#endif

static struct kunit_case __refdata boot_cases[] = {
	KUNIT_CASE(steps_run_in_order),
	KUNIT_CASE(step_that_fails_is_named),
	KUNIT_CASE(vendors_have_their_instruction),
#ifdef CONFIG_XEN_DOM0
	KUNIT_CASE(text_screen),
	KUNIT_CASE(linear_screen),
	KUNIT_CASE(unknown_screen),
#endif
	{ }
};

static struct kunit_suite boot_suite = {
	.name = "xen_boot",
	.test_cases = boot_cases,
};

/* It calls what start-up discards. */
kunit_test_init_section_suite(boot_suite);
