/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints of the block backend: a request when it was judged, and its response. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xenblk

#if !defined(_XENBLK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XENBLK_TRACE_H

#include <linux/tracepoint.h>
#include "blkback.h"

#define xenblk_show_op(op)						\
	__print_symbolic(op, { XENBLK_READ, "read" }, { XENBLK_WRITE, "write" },	\
			 { XENBLK_BARRIER, "barrier" }, { XENBLK_FLUSH, "flush" },	\
			 { XENBLK_DISCARD, "discard" })

TRACE_EVENT(xenblk_request,
	    TP_PROTO(const struct xenblk_io *io, int status),
	    TP_ARGS(io, status),
	    TP_STRUCT__entry(__string(name, io->xq->q->be->name)
			     __field(unsigned int, queue)
			     __field(u64, id)
			     __field(u64, sector)
			     __field(u64, nr_sectors)
			     __field(u16, nr_segs)
			     __field(u8, op)
			     __field(s16, status)),
	    TP_fast_assign(__assign_str(name);
			   __entry->queue = io->xq->q->index;
			   __entry->id = io->id;
			   __entry->sector = io->req.sector;
			   __entry->nr_sectors = io->req.nr_sectors;
			   __entry->nr_segs = io->req.nr_segs;
			   __entry->op = io->req.op;
			   __entry->status = status;),
	    TP_printk("%s queue %u id %llx %s sector %llu+%llu in %u segments: %d",
		      __get_str(name), __entry->queue, __entry->id,
		      xenblk_show_op(__entry->op), __entry->sector, __entry->nr_sectors,
		      __entry->nr_segs, __entry->status)
);

TRACE_EVENT(xenblk_response,
	    TP_PROTO(const struct xenblk_io *io),
	    TP_ARGS(io),
	    TP_STRUCT__entry(__string(name, io->xq->q->be->name)
			     __field(unsigned int, queue)
			     __field(u64, id)
			     __field(s16, status)),
	    TP_fast_assign(__assign_str(name);
			   __entry->queue = io->xq->q->index;
			   __entry->id = io->id;
			   __entry->status = io->status;),
	    TP_printk("%s queue %u id %llx: %d", __get_str(name), __entry->queue,
		      __entry->id, __entry->status)
);

#endif /* _XENBLK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
