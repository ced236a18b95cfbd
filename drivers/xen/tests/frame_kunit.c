// SPDX-License-Identifier: GPL-2.0
/* Frame numbers: kinds of p2m entries, arithmetic, and conversions that undo each other. */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/frame_page.h>

static void frame_arithmetic(struct kunit *test)
{
	xgfn_t a = xgfn(100);

	KUNIT_EXPECT_TRUE(test, xgfn_eq(xgfn_add(a, -100), xgfn(0)));
	KUNIT_EXPECT_EQ(test, -3L, xgfn_diff(a, xgfn_add(a, 3)));
	KUNIT_EXPECT_TRUE(test, xgfn_lt(a, xgfn_add(a, 1)));
	KUNIT_EXPECT_FALSE(test, xgfn_lt(a, a));
	KUNIT_EXPECT_FALSE(test, xgfn_valid(xgfn_none()));
	KUNIT_EXPECT_TRUE(test, xgfn_valid(xgfn(0)));
	KUNIT_EXPECT_EQ(test, sizeof(long), sizeof(xpfn_t));
}

static void frame_p2m_kinds(struct kunit *test)
{
#ifdef CONFIG_64BIT
	KUNIT_EXPECT_EQ(test, (int)XP2M_RAM, (int)xp2m_kind(xp2m_ram(xmfn(7))));
	KUNIT_EXPECT_EQ(test, (int)XP2M_FOREIGN, (int)xp2m_kind(xp2m_foreign(xmfn(7))));
	KUNIT_EXPECT_EQ(test, (int)XP2M_IDENTITY, (int)xp2m_kind(xp2m_identity(xpfn(7))));
	/* All ones has both kind bits set and is neither. */
	KUNIT_EXPECT_EQ(test, (int)XP2M_MISSING, (int)xp2m_kind(xp2m_missing()));
	KUNIT_EXPECT_EQ(test, 7UL, xmfn_n(xp2m_mfn(xp2m_foreign(xmfn(7)))));
	KUNIT_EXPECT_EQ(test, 7UL, xmfn_n(xp2m_mfn(xp2m_identity(xpfn(7)))));
	KUNIT_EXPECT_FALSE(test, xmfn_valid(xp2m_mfn(xp2m_missing())));
#else
	kunit_skip(test, "p2m entries are of 64-bit kernels");
#endif
}

static void frame_there_and_back(struct kunit *test)
{
	unsigned long va = __get_free_page(GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NE(test, 0UL, va);
	page = virt_to_page((void *)va);
	KUNIT_EXPECT_PTR_EQ(test, page, xpfn_page(xpfn_of_page(page)));
	KUNIT_EXPECT_TRUE(test, xgfn_eq(xgfn_of_page(page), xgfn_of_virt((void *)va)));
	KUNIT_EXPECT_TRUE(test, xpfn_eq(xpfn_of_page(page), xpfn_of_gfn(xgfn_of_page(page))));
	free_page(va);
}

static struct kunit_case frame_cases[] = {
	KUNIT_CASE(frame_arithmetic),
	KUNIT_CASE(frame_p2m_kinds),
	KUNIT_CASE(frame_there_and_back),
	{ }
};

static struct kunit_suite frame_suite = {
	.name = "xen-frame",
	.test_cases = frame_cases,
};

kunit_test_suite(frame_suite);
