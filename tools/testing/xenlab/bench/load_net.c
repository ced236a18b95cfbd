// SPDX-License-Identifier: GPL-2.0
/*
 * Network load: 64 KiB writes over TCP, or 64-byte UDP datagrams in bursts.
 *
 * The other end acknowledges: after all bytes of a TCP run one byte, after each UDP burst one
 * datagram.  With WINDOW bursts under way no queue overflows, so nothing is lost and nobody waits
 * for a clock; a lost datagram ends the run with an error, not with a wrong number.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench.h"

#define PORT		7001
#define CHUNK		65536
#define DATAGRAM	64
#define BURST		32
#define WINDOW		2

static char buffer[CHUNK];

static int new_socket(int type, struct sockaddr_in *to, const char *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons(PORT);
	if (inet_pton(AF_INET, address, &to->sin_addr) != 1) {
		fprintf(stderr, "xenbench: %s is no IPv4 address\n", address);
		exit(2);
	}
	return fd;
}

/* A connection's protocol: 8 bytes with the length that follows, the data, one byte back. */
static void serve_stream(int fd)
{
	uint64_t left;
	ssize_t got;

	while (recv(fd, &left, sizeof(left), MSG_WAITALL) == sizeof(left)) {
		while (left) {
			got = read(fd, buffer, left < CHUNK ? left : CHUNK);
			if (got <= 0)
				return;
			left -= got;
		}
		if (write(fd, "", 1) != 1)
			return;
	}
}

static void serve_tcp(void)
{
	struct sockaddr_in at;
	int fd = new_socket(SOCK_STREAM, &at, "0.0.0.0"), one = 1, client;

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4))
		die("listen");
	for (;;) {
		client = accept(fd, NULL, NULL);
		if (client < 0)
			continue;
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		serve_stream(client);
		close(client);
	}
}

/* Answers each datagram whose first byte asks for it. */
static void serve_udp(void)
{
	struct sockaddr_in at, from;
	int fd = new_socket(SOCK_DGRAM, &at, "0.0.0.0");
	socklen_t len = sizeof(from);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	for (;;) {
		len = sizeof(from);
		if (recvfrom(fd, buffer, CHUNK, 0, (struct sockaddr *)&from, &len) < 1)
			continue;
		if (buffer[0])
			sendto(fd, buffer, DATAGRAM, 0, (struct sockaddr *)&from, len);
	}
}

int serve_main(int argc, char **argv)
{
	pid_t pid = fork();

	(void)argc;
	(void)argv;
	if (pid < 0)
		die("fork");
	if (pid)
		serve_tcp();
	serve_udp();
	return 0;
}

static void run_tcp(int fd, long count)
{
	uint64_t bytes = (uint64_t)count * CHUNK;
	char ack;

	if (write(fd, &bytes, sizeof(bytes)) != sizeof(bytes))
		die("write");
	while (bytes) {
		ssize_t put = write(fd, buffer, bytes < CHUNK ? bytes : CHUNK);

		if (put < 0)
			die("write");
		bytes -= put;
	}
	if (read(fd, &ack, 1) != 1)
		die("read");
}

static void take_ack(int fd)
{
	char answer[DATAGRAM];

	if (recv(fd, answer, DATAGRAM, 0) < 1)
		die("datagrams were lost");
}

static void run_udp(int fd, long count)
{
	char data[DATAGRAM] = "";
	int under_way = 0;
	long i;

	for (i = 1; i <= count; i++) {
		data[0] = i % BURST == 0 || i == count;
		if (send(fd, data, DATAGRAM, 0) != DATAGRAM)
			die("send");
		if (!data[0])
			continue;
		if (++under_way == WINDOW) {
			take_ack(fd);
			under_way--;
		}
	}
	while (under_way--)
		take_ack(fd);
}

static int connect_to(int type, const char *address)
{
	struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_in to;
	int fd = new_socket(type, &to, address), one = 1;

	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die(address);
	return fd;
}

int net_main(int argc, char **argv)
{
	void (*run)(int fd, long count);
	struct series series = { };
	long count;
	int fd, i;

	if (argc != 5) {
		fprintf(stderr, "xenbench net KEY tcp|udp ADDRESS COUNT\n");
		return 2;
	}
	count = number(argv[4], 1, 1L << 40, "COUNT");
	run = strcmp(argv[2], "udp") ? run_tcp : run_udp;
	fd = connect_to(run == run_tcp ? SOCK_STREAM : SOCK_DGRAM, argv[3]);
	run(fd, count / 2 + 1);
	for (i = 0; i < repeat; i++) {
		series_begin(&series);
		run(fd, count);
		series_end(&series, count);
	}
	report(argv[1], &series);
	return 0;
}
