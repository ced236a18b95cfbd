// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/privcmd: hypercalls of user space. The file and its requests.
 *
 * The design is in privcmd.h, and for users in Documentation/virt/xen/user.rst.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#ifdef CONFIG_XEN_ACPI
#include <xen/acpi.h>
#endif
#include <asm/xen/hypercall.h>
#include "../privcmd.h"
#include "area.h"
#include "privcmd.h"

/* Six words: what copy_from_user() adds to them would be as much again. */
static int read_call(struct privcmd_hypercall *call, const struct privcmd_hypercall __user *from)
{
	if (can_do_masked_user_access())
		from = masked_user_access_begin(from);
	else if (!user_read_access_begin(from, sizeof(*from)))
		return -EFAULT;
	unsafe_get_user(call->op, &from->op, fault);
	unsafe_get_user(call->arg[0], &from->arg[0], fault);
	unsafe_get_user(call->arg[1], &from->arg[1], fault);
	unsafe_get_user(call->arg[2], &from->arg[2], fault);
	unsafe_get_user(call->arg[3], &from->arg[3], fault);
	unsafe_get_user(call->arg[4], &from->arg[4], fault);
	user_read_access_end();
	return 0;
fault:
	user_read_access_end();
	return -EFAULT;
}

/* May be preempted by the hypervisor's interrupts, also where the kernel cannot be otherwise. */
static long ioctl_hypercall(struct privcmd_file *file,
			    const struct privcmd_hypercall __user *arg)
{
	struct privcmd_hypercall call;
	long ret;

	if (privcmd_restricted(file))
		return -EPERM;
	if (read_call(&call, arg))
		return -EFAULT;
	xen_preemptible_hcall_begin();
	ret = privcmd_call(call.op, call.arg[0], call.arg[1], call.arg[2], call.arg[3],
			   call.arg[4]);
	xen_preemptible_hcall_end();
	return ret;
}

/* Once, and for ever. */
static long ioctl_restrict(struct privcmd_file *file, const domid_t __user *arg)
{
	domid_t dom, only;

	if (copy_from_user(&dom, arg, sizeof(dom)))
		return -EFAULT;
	only = cmpxchg(&file->only, DOMID_INVALID, dom);
	return only == DOMID_INVALID || only == dom ? 0 : -EINVAL;
}

static long ioctl_gsi(struct privcmd_pcidev_get_gsi __user *arg)
{
#ifdef CONFIG_XEN_ACPI
	struct privcmd_pcidev_get_gsi op;
	int gsi;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	gsi = xen_acpi_get_gsi_from_sbdf(op.sbdf);
	if (gsi < 0)
		return gsi;
	op.gsi = gsi;
	return copy_to_user(arg, &op, sizeof(op)) ? -EFAULT : 0;
#else
	return -EINVAL;
#endif
}

static long privcmd_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct privcmd_file *file = filp->private_data;
	void __user *user = (void __user *)arg;

	if (likely(cmd == IOCTL_PRIVCMD_HYPERCALL))
		return ioctl_hypercall(file, user);
	switch (cmd) {
	case IOCTL_PRIVCMD_MMAP:
		return privcmd_ioctl_mmap(file, user);
	case IOCTL_PRIVCMD_MMAPBATCH:
		return privcmd_ioctl_batch(file, user, false);
	case IOCTL_PRIVCMD_MMAPBATCH_V2:
		return privcmd_ioctl_batch(file, user, true);
	case IOCTL_PRIVCMD_DM_OP:
		return privcmd_ioctl_dm_op(file, user);
	case IOCTL_PRIVCMD_RESTRICT:
		return ioctl_restrict(file, user);
	case IOCTL_PRIVCMD_MMAP_RESOURCE:
		return privcmd_ioctl_resource(file, user);
	case IOCTL_PRIVCMD_IRQFD:
		return privcmd_ioctl_irqfd(file, user);
	case IOCTL_PRIVCMD_IOEVENTFD:
		return privcmd_ioctl_ioeventfd(file, user);
	case IOCTL_PRIVCMD_PCIDEV_GET_GSI:
		return ioctl_gsi(user);
	}
	return -ENOTTY;
}

static int privcmd_open(struct inode *inode, struct file *filp)
{
	struct privcmd_file *file;
	domid_t only;
	int err = privcmd_target_wait(&only);

	if (err)
		return err;
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	file->only = only;
	filp->private_data = file;
	return 0;
}

static int privcmd_release(struct inode *inode, struct file *filp)
{
	kfree(filp->private_data);
	return 0;
}

/* Declared in ../privcmd.h, for xenfs. */
const struct file_operations xen_privcmd_fops = {
	.owner = THIS_MODULE,
	.open = privcmd_open,
	.mmap = privcmd_mmap,
	.get_unmapped_area = xen_area_place,
	.release = privcmd_release,
	.unlocked_ioctl = privcmd_ioctl,
};
EXPORT_SYMBOL_GPL(xen_privcmd_fops);

static struct miscdevice privcmd_device = {
	.name = "xen/privcmd",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &xen_privcmd_fops,
};

static int __init privcmd_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = privcmd_irqfd_init();
	if (err)
		return err;
	privcmd_target_init();
	err = misc_register(&privcmd_device);
	if (err)
		goto no_device;
	err = privcmd_buf_init();
	if (!err)
		return 0;
	misc_deregister(&privcmd_device);
no_device:
	pr_err("no device: %d\n", err);
	privcmd_target_exit();
	privcmd_irqfd_exit();
	return err;
}
module_init(privcmd_init);

static void __exit privcmd_exit(void)
{
	privcmd_buf_exit();
	misc_deregister(&privcmd_device);
	privcmd_target_exit();
	privcmd_ioeventfd_exit();
	privcmd_irqfd_exit();
}
module_exit(privcmd_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hypercalls for user space");
