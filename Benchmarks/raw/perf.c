// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// What a benchmark needs beside the two libraries, on plain TCP:
//   local_thr, remote_thr   the verbs of `zmq perf` without a protocol, a queue or a second thread: what the system
//                           alone can carry, for large messages the limit that a library can only come near to
//   crowd                   many connections that introduce themselves as DEALER sockets (ZMTP 3.0, NULL) and then
//                           are silent: a load that is the same for every library at the other end

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char usage_text[] =
    "usage: perf local_thr BIND-TO SIZE COUNT\n"
    "       perf remote_thr CONNECT-TO SIZE COUNT\n"
    "       perf crowd CONNECT-TO CONNECTIONS      stays connected until its standard input ends\n"
    "endpoints are tcp://ADDRESS:PORT, ADDRESS being an IPv4 address\n";

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void check(int succeeded, const char *what) {
    if (!succeeded) die("%s: %s", what, strerror(errno));
}

// ---------------------------------------------------------------------------------------------------------
// Sockets

static struct sockaddr_in address_of(const char *endpoint) {
    char host[64];
    unsigned port;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (sscanf(endpoint, "tcp://%63[0-9.]:%u", host, &port) != 2 || port > 65535) die("%s: no such form", endpoint);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die("%s: no IPv4 address", host);
    address.sin_port = htons((uint16_t) port);
    return address;
}

static int accepted(const char *endpoint) {
    struct sockaddr_in address = address_of(endpoint);
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    check(listener >= 0, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    check(bind(listener, (struct sockaddr *) &address, sizeof address) == 0, endpoint);
    check(listen(listener, 1) == 0, "listen");
    int connection = accept(listener, NULL, NULL);
    check(connection >= 0, "accept");
    close(listener);
    return connection;
}

static int connected(const char *endpoint) {
    struct sockaddr_in address = address_of(endpoint);
    int yes = 1;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    check(connection >= 0, "socket");
    check(connect(connection, (struct sockaddr *) &address, sizeof address) == 0, endpoint);
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
}

static void send_all(int connection, const void *bytes, size_t count) {
    for (const char *next = bytes; count > 0;) {
        ssize_t sent = send(connection, next, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        check(sent >= 0, "send");
        next += sent;
        count -= (size_t) sent;
    }
}

static void receive_all(int connection, void *bytes, size_t count) {
    for (char *next = bytes; count > 0;) {
        ssize_t received = recv(connection, next, count, MSG_WAITALL);
        if (received < 0 && errno == EINTR) continue;
        check(received >= 0, "recv");
        if (received == 0) die("the connection ended %zu bytes early", count);
        next += received;
        count -= (size_t) received;
    }
}

// ---------------------------------------------------------------------------------------------------------
// Throughput

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t) time.tv_sec * 1000000000u + (uint64_t) time.tv_nsec;
}

// The clock starts when the first message has arrived, as in the libraries' programs.
static void run_local(const char *endpoint, void *buffer, size_t size, long count) {
    int connection = accepted(endpoint);
    receive_all(connection, buffer, size);
    uint64_t start = now_ns();
    for (long i = 1; i < count; i++) receive_all(connection, buffer, size);
    uint64_t elapsed = now_ns() - start;
    double rate = (double) count / ((double) (elapsed == 0 ? 1 : elapsed) / 1e9);
    printf("message size: %zu [B]\nmessage count: %ld\n", size, count);
    printf("mean throughput: %.0f [msg/s]\nmean throughput: %.3f [Mb/s]\n", rate, rate * (double) size * 8 / 1e6);
    close(connection);
}

static void run_remote(const char *endpoint, const void *buffer, size_t size, long count) {
    int connection = connected(endpoint);
    for (long i = 0; i < count; i++) send_all(connection, buffer, size);
    close(connection);
}

// ---------------------------------------------------------------------------------------------------------
// The crowd

enum { greeting_size = 64 };

// The greeting of ZMTP 3.0 with the mechanism NULL; a peer that knows 3.1 then speaks 3.0 as well.
static void make_greeting(uint8_t greeting[greeting_size]) {
    memset(greeting, 0, greeting_size);
    greeting[0] = 0xFF;
    greeting[9] = 0x7F;
    greeting[10] = 3;
    memcpy(greeting + 12, "NULL", 4);
}

// READY as a short command: its name, then the properties Socket-Type and Identity.
static const char ready[] =
    "\x04\x29\x05READY"
    "\x0BSocket-Type\x00\x00\x00\x06"
    "DEALER"
    "\x08Identity\x00\x00\x00\x00";

static int introduced(const char *endpoint) {
    uint8_t greeting[greeting_size], head[2], body[256];
    int connection = connected(endpoint);
    make_greeting(greeting);
    send_all(connection, greeting, sizeof greeting);
    receive_all(connection, body, greeting_size);
    if (body[0] != 0xFF || body[10] < 3) die("%s: not a peer of ZMTP 3", endpoint);
    send_all(connection, ready, sizeof ready - 1);
    receive_all(connection, head, sizeof head);
    if (head[0] != 0x04) die("%s: a short command was expected, flags %#x came", endpoint, head[0]);
    receive_all(connection, body, head[1]);
    if (head[1] < 6 || memcmp(body, "\x05READY", 6) != 0) die("%s: READY was expected", endpoint);
    return connection;
}

// One connection after the other, so that no queue of the listener overflows.
static void run_crowd(const char *endpoint, long count) {
    struct pollfd *all = calloc((size_t) count, sizeof *all);
    check(all != NULL, "calloc");
    for (long i = 0; i < count; i++) {
        all[i].fd = introduced(endpoint);
        all[i].events = POLLIN;
    }
    printf("connected %ld\n", count);
    fflush(stdout);
    while (getchar() != EOF) continue;
    // A silent peer has sent nothing and closed nothing.
    int disturbed = poll(all, (nfds_t) count, 0);
    check(disturbed >= 0, "poll");
    if (disturbed > 0) die("%d of %ld connections were closed or written to", disturbed, count);
}

int main(int argc, char **argv) {
    int is_crowd = argc == 4 && strcmp(argv[1], "crowd") == 0;
    int is_local = argc == 5 && strcmp(argv[1], "local_thr") == 0;
    int is_remote = argc == 5 && strcmp(argv[1], "remote_thr") == 0;
    if (!is_crowd && !is_local && !is_remote) {
        fputs(usage_text, stderr);
        return 2;
    }
    long first = strtol(argv[3], NULL, 10);
    if (first < 1) die("%s: a whole number from 1 was expected", argv[3]);
    if (is_crowd) {
        run_crowd(argv[2], first);
        return 0;
    }
    long count = strtol(argv[4], NULL, 10);
    if (count < 1) die("%s: a whole number from 1 was expected", argv[4]);
    void *buffer = calloc(1, (size_t) first);
    check(buffer != NULL, "calloc");
    if (is_local) {
        run_local(argv[2], buffer, (size_t) first, count);
    } else {
        run_remote(argv[2], buffer, (size_t) first, count);
    }
    free(buffer);
    return 0;
}
