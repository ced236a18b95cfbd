// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of exceptions: how gates are translated for the hypervisor; and, in a PV domain, that an
 * upcall which is owed comes when events are enabled.
 */
#include <kunit/test.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include <asm/desc.h>
#include <asm/idtentry.h>
#include <asm/traps.h>

#include <xen/interface/xen.h>
#include <xen/xen.h>

#include "../irq/traps.h"

#define MASKS_EVENTS	4
#define ROUNDS		1000

static const struct {
	unsigned int vector;
	void (*handler)(void);
	void (*stub)(void);
	bool ist;
} all[] = {
#define XEN_TRAP(number, name, ours, own_stack)	\
	{ .vector = number, .handler = asm_##name, .stub = xen_asm_##ours, .ist = own_stack },
#include "../irq/trap_list.h"
#undef XEN_TRAP
};

static gate_desc gate_to(const void *to, unsigned int type, unsigned int dpl, unsigned int ist)
{
	gate_desc gate;

	pack_gate(&gate, type, (unsigned long)to, dpl, ist, __KERNEL_CS);
	return gate;
}

static void gates_lead_to_stubs(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		gate_desc gate = gate_to(all[i].handler, GATE_INTERRUPT, 0, 0);
		struct trap_info trap = { };

		KUNIT_ASSERT_EQ(test, 1, xen_trap_of_gate(all[i].vector, &gate, &trap));
		KUNIT_EXPECT_EQ(test, all[i].vector, trap.vector);
		KUNIT_EXPECT_EQ(test, (unsigned long)all[i].stub, trap.address);
		KUNIT_EXPECT_EQ(test, __KERNEL_CS, trap.cs);
		KUNIT_EXPECT_EQ(test, MASKS_EVENTS, trap.flags);
	}
}

static void gates_keep_their_kind(struct kunit *test)
{
	gate_desc gate = gate_to(asm_exc_int3, GATE_TRAP, 3, 0);
	struct trap_info trap = { };

	KUNIT_ASSERT_EQ(test, 1, xen_trap_of_gate(X86_TRAP_BP, &gate, &trap));
	KUNIT_EXPECT_EQ(test, 3, trap.flags);
}

static void gates_with_a_stack(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		gate_desc gate = gate_to(all[i].handler, GATE_INTERRUPT, 0, 1);
		struct trap_info trap = { };

		KUNIT_EXPECT_EQ(test, all[i].ist ? 1 : -EINVAL,
				xen_trap_of_gate(all[i].vector, &gate, &trap));
	}
}

/* An empty gate; a handler at another's place; a vector of a device; the last one. */
static void gates_of_no_use(struct kunit *test)
{
	unsigned long nobody = (unsigned long)xen_asm_exc_xen_unknown_trap;
	gate_desc gate = { };
	struct trap_info trap = { };

	KUNIT_EXPECT_EQ(test, 0, xen_trap_of_gate(X86_TRAP_PF, &gate, &trap));
	KUNIT_EXPECT_EQ(test, 0, trap.address);

	gate = gate_to(asm_exc_page_fault, GATE_INTERRUPT, 0, 0);
	KUNIT_ASSERT_EQ(test, 1, xen_trap_of_gate(X86_TRAP_GP, &gate, &trap));
	KUNIT_EXPECT_EQ(test, nobody, trap.address);
	KUNIT_ASSERT_EQ(test, 1, xen_trap_of_gate(0x21, &gate, &trap));
	KUNIT_EXPECT_EQ(test, nobody, trap.address);
	KUNIT_ASSERT_EQ(test, 1, xen_trap_of_gate(255, &gate, &trap));
	KUNIT_EXPECT_EQ(test, nobody, trap.address);
	KUNIT_EXPECT_EQ(test, 255, trap.vector);
}

struct owed {
	struct irq_work work;
	unsigned int came;
};

static void note(struct irq_work *work)
{
	container_of(work, struct owed, work)->came++;
}

static void upcall_comes_when_enabled(struct kunit *test)
{
	struct owed owed = { };
	unsigned int early = 0, late = 0, i;

	if (!xen_pv_domain())
		kunit_skip(test, "not a PV domain");
	init_irq_work(&owed.work, note);
	for (i = 0; i < ROUNDS; i++) {
		unsigned int before;

		preempt_disable();
		local_irq_disable();
		before = owed.came;
		irq_work_queue(&owed.work);
		early += owed.came != before;
		local_irq_enable();
		late += owed.came == before;
		preempt_enable();
	}
	KUNIT_EXPECT_EQ(test, 0, early);
	KUNIT_EXPECT_EQ(test, 0, late);
	KUNIT_EXPECT_EQ(test, ROUNDS, owed.came);
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

static void flag_is_saved(struct kunit *test)
{
	unsigned long outer, inner;

	KUNIT_EXPECT_FALSE(test, irqs_disabled());
	local_irq_save(outer);
	local_irq_save(inner);
	KUNIT_EXPECT_TRUE(test, irqs_disabled_flags(inner));
	local_irq_restore(inner);
	KUNIT_EXPECT_TRUE(test, irqs_disabled());
	local_irq_restore(outer);
	KUNIT_EXPECT_FALSE(test, irqs_disabled_flags(outer));
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

static struct kunit_case traps_cases[] = {
	KUNIT_CASE(gates_lead_to_stubs),
	KUNIT_CASE(gates_keep_their_kind),
	KUNIT_CASE(gates_with_a_stack),
	KUNIT_CASE(gates_of_no_use),
	KUNIT_CASE(upcall_comes_when_enabled),
	KUNIT_CASE(flag_is_saved),
	{ }
};

static struct kunit_suite traps_suite = {
	.name = "xen_traps",
	.test_cases = traps_cases,
};

kunit_test_suite(traps_suite);
