// SPDX-License-Identifier: GPL-2.0
/* Per-domain accounts: whatever a peer can make us hold is charged here first. */
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "internal.h"

static LIST_HEAD(accounts);
static DEFINE_MUTEX(accounts_lock);

static const char *const charge_names[XEN_CHARGE_NR] = {
	[XEN_CHARGE_MAPS] = "maps", [XEN_CHARGE_KEPT] = "kept", [XEN_CHARGE_PAGES] = "pages",
	[XEN_CHARGE_RINGS] = "rings", [XEN_CHARGE_REQUESTS] = "requests",
	[XEN_CHARGE_BYTES] = "bytes",
};

static long limits[XEN_CHARGE_NR] = {
	[XEN_CHARGE_MAPS] = 65536, [XEN_CHARGE_KEPT] = 32768, [XEN_CHARGE_PAGES] = 131072,
	[XEN_CHARGE_RINGS] = 4096, [XEN_CHARGE_REQUESTS] = 131072,
	[XEN_CHARGE_BYTES] = 256 * 1024 * 1024,
};
module_param_array(limits, long, NULL, 0644);
MODULE_PARM_DESC(limits,
		 "Per domain: grants mapped, grants kept, pages, ring pages, requests, bytes");

/*
 * Charges without a lock: the sum may touch the limit for a moment while a refused charge is taken
 * back.
 */
bool xen_account_charge(struct xen_account *acct, enum xen_charge kind, long amount, long limit)
{
	long held = atomic_long_add_return(amount, &acct->held[kind]);

	if (unlikely(held > limit)) {
		atomic_long_sub(amount, &acct->held[kind]);
		atomic_long_inc(&acct->refused[kind]);
		return false;
	}
	if (held > atomic_long_read(&acct->peak[kind]))
		atomic_long_set(&acct->peak[kind], held);
	return true;
}
EXPORT_SYMBOL_GPL(xen_account_charge);

bool xen_charge(struct xen_backend *be, enum xen_charge kind, long amount)
{
	return xen_account_charge(be->account, kind, amount, READ_ONCE(limits[kind]));
}
EXPORT_SYMBOL_GPL(xen_charge);

void xen_uncharge(struct xen_backend *be, enum xen_charge kind, long amount)
{
	atomic_long_sub(amount, &be->account->held[kind]);
}
EXPORT_SYMBOL_GPL(xen_uncharge);

struct xen_account *xen_account_get(domid_t domid)
{
	struct xen_account *acct;

	mutex_lock(&accounts_lock);
	list_for_each_entry(acct, &accounts, node) {
		if (acct->domid == domid) {
			kref_get(&acct->ref);
			goto out;
		}
	}
	acct = kzalloc(sizeof(*acct), GFP_KERNEL);
	if (acct) {
		kref_init(&acct->ref);
		acct->domid = domid;
		list_add_tail(&acct->node, &accounts);
	}
out:
	mutex_unlock(&accounts_lock);
	return acct;
}

static void account_free(struct kref *ref)
{
	struct xen_account *acct = container_of(ref, struct xen_account, ref);

	list_del(&acct->node);
	mutex_unlock(&accounts_lock);
	kfree(acct);
}

void xen_account_put(struct xen_account *acct)
{
	if (acct)
		kref_put_mutex(&acct->ref, account_free, &accounts_lock);
}

void xen_account_show(struct seq_file *m)
{
	struct xen_account *acct;
	int k;

	mutex_lock(&accounts_lock);
	list_for_each_entry(acct, &accounts, node) {
		seq_printf(m, "domain %u:", acct->domid);
		for (k = 0; k < XEN_CHARGE_NR; k++)
			seq_printf(m, " %s %ld/%ld/%ld/%ld", charge_names[k],
				   atomic_long_read(&acct->held[k]),
				   atomic_long_read(&acct->peak[k]), READ_ONCE(limits[k]),
				   atomic_long_read(&acct->refused[k]));
		seq_putc(m, '\n');
	}
	mutex_unlock(&accounts_lock);
}
