/* SPDX-License-Identifier: GPL-2.0 */
/* What port_ops_list.h names: here the operations are as ours. objtool finds their stores. */
#ifndef _XEN_PORT_PV_OPS_H
#define _XEN_PORT_PV_OPS_H

#include "cpu/msr.h"

#endif /* _XEN_PORT_PV_OPS_H */
