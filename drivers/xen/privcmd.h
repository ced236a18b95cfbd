/* SPDX-License-Identifier: GPL-2.0 */
/* What xenfs shows of /dev/xen/privcmd, which is in user/. */
#ifndef _XEN_PRIVCMD_FILE_H
#define _XEN_PRIVCMD_FILE_H

#include <linux/fs.h>

/* Of /dev/xen/privcmd, and of the file of that name in xenfs. */
extern const struct file_operations xen_privcmd_fops;

#endif /* _XEN_PRIVCMD_FILE_H */
