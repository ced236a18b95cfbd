/* SPDX-License-Identifier: MIT */
/* The store's messages and ring; numbers and layouts of the ABI. */
#ifndef UNIT_XS_WIRE_H
#define UNIT_XS_WIRE_H

#include <errno.h>
#include <linux/types.h>

enum xsd_sockmsg_type { XS_READ = 2, XS_WATCH_EVENT = 15, XS_ERROR = 16 };

#define XENSTORE_PAYLOAD_MAX	4096
#define XENSTORE_RING_SIZE	1024
#define MASK_XENSTORE_IDX(i)	((i) & (XENSTORE_RING_SIZE - 1))

typedef u32 XENSTORE_RING_IDX;

struct xsd_sockmsg {
	u32 type, req_id, tx_id, len;
};

struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE], rsp[XENSTORE_RING_SIZE];
	XENSTORE_RING_IDX req_cons, req_prod, rsp_cons, rsp_prod;
	u32 server_features, connection, error;
};

static const struct { int errnum; const char *errstring; } xsd_errors[] = {
	{ EINVAL, "EINVAL" }, { EACCES, "EACCES" }, { ENOENT, "ENOENT" }, { EAGAIN, "EAGAIN" },
	{ E2BIG, "E2BIG" },
};

#endif
