// SPDX-License-Identifier: GPL-2.0
/*
 * Block load: a fixed number of requests at a fixed depth with Linux AIO and O_DIRECT.
 * Offsets come from a fixed generator, so that every run asks for the same sectors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define DEPTH_MAX	128

static struct {
	int fd;
	uint16_t opcode;
	int random;
	size_t size;
	int depth;
	uint64_t blocks;
	uint64_t seed, next;
	aio_context_t ctx;
	struct iocb iocb[DEPTH_MAX];
} load;

static uint64_t next_block(void)
{
	if (!load.random)
		return load.next++ % load.blocks;
	load.seed = load.seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (load.seed >> 20) % load.blocks;
}

/* Submits the requests @list[0..count), each at a new place. */
static void submit(struct iocb **list, int count)
{
	int i;

	for (i = 0; i < count; i++)
		list[i]->aio_offset = next_block() * load.size;
	if (syscall(SYS_io_submit, load.ctx, count, list) != count)
		die("io_submit");
}

static void run(long count)
{
	struct io_event events[DEPTH_MAX];
	struct iocb *list[DEPTH_MAX];
	long sent, done = 0;
	int i, got;

	sent = count < load.depth ? count : load.depth;
	for (i = 0; i < sent; i++)
		list[i] = &load.iocb[i];
	submit(list, (int)sent);
	while (done < count) {
		int again = 0;

		got = syscall(SYS_io_getevents, load.ctx, 1, load.depth, events, NULL);
		if (got < 1)
			die("io_getevents");
		for (i = 0; i < got; i++) {
			if (events[i].res != (int64_t)load.size) {
				errno = events[i].res < 0 ? (int)-events[i].res : EIO;
				die("request");
			}
			if (sent + again < count)
				list[again++] = (struct iocb *)(uintptr_t)events[i].obj;
		}
		done += got;
		sent += again;
		if (again)
			submit(list, again);
	}
}

static void prepare(const char *path)
{
	uint64_t bytes;
	char *data;
	int i;

	load.fd = open(path, O_RDWR | O_DIRECT);
	if (load.fd < 0 || ioctl(load.fd, BLKGETSIZE64, &bytes))
		die(path);
	load.blocks = bytes / load.size;
	if (!load.blocks) {
		errno = ENOSPC;
		die(path);
	}
	load.seed = 1;
	if (syscall(SYS_io_setup, DEPTH_MAX, &load.ctx))
		die("io_setup");
	if (posix_memalign((void **)&data, 4096, load.size * load.depth))
		die("memory");
	memset(data, 0x5a, load.size * load.depth);
	for (i = 0; i < load.depth; i++) {
		load.iocb[i].aio_lio_opcode = load.opcode;
		load.iocb[i].aio_fildes = load.fd;
		load.iocb[i].aio_buf = (uintptr_t)(data + load.size * i);
		load.iocb[i].aio_nbytes = load.size;
	}
}

int blk_main(int argc, char **argv)
{
	struct series series = { };
	long count;
	int i;

	if (argc != 8) {
		fprintf(stderr, "xenbench blk KEY DEV read|write rand|seq SIZE DEPTH COUNT\n");
		return 2;
	}
	load.opcode = strcmp(argv[3], "write") ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
	load.random = !strcmp(argv[4], "rand");
	load.size = number(argv[5], 512, 1 << 24, "SIZE");
	load.depth = (int)number(argv[6], 1, DEPTH_MAX, "DEPTH");
	count = number(argv[7], 1, 1L << 40, "COUNT");
	prepare(argv[2]);
	run(count / 4 + load.depth);
	for (i = 0; i < repeat; i++) {
		series_begin(&series);
		run(count);
		series_end(&series, count);
	}
	report(argv[1], &series);
	return 0;
}
