// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// libzmq's side of the benchmark: the verbs of `zmq perf` and `zmq proxy`, with the same arguments and the
// same printed lines, on libzmq's C API. Either end of a run can therefore be this program or ours.
// Every option of every socket stays at libzmq's default, high-water marks included; the exceptions are
// ZMQ_ROUTER_MANDATORY on the echo server, so that a reply is waited with and never dropped, ZMQ_XPUB_NODROP on
// publishers and ZMQ_SNDHWM on subscribers with many topics, for the same reason.

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { exit_failed = 1, exit_usage = 2, max_peers = 4096 };

struct settings {
    const char *verb;
    const char *endpoint;
    size_t size;
    long count;
    long parts;
    long peers;
    long in_flight;
    long topics;
    int holds;
    const char *frontend;
    const char *backend;
    const char *capture;
};

static const char usage_text[] =
    "usage: perf local_thr|local_lat|local_echo BIND-TO SIZE COUNT [--parts N]\n"
    "       perf remote_thr CONNECT-TO SIZE COUNT [--parts N] [--peers N] [--hold]\n"
    "       perf remote_lat|worker_echo CONNECT-TO SIZE COUNT [--parts N] [--peers N]\n"
    "       perf remote_echo CONNECT-TO SIZE COUNT [--parts N] [--peers N] [--in-flight N]\n"
    "       perf inproc_thr|inproc_lat SIZE COUNT [--parts N]\n"
    "       perf local_pub BIND-TO SIZE COUNT [--peers N] [--topics N] [--hold]\n"
    "       perf remote_sub CONNECT-TO SIZE COUNT [--peers N] [--topics N]\n"
    "       perf proxy_thr SIZE COUNT\n"
    "       perf idle CONNECT-TO CONNECTIONS\n"
    "       perf proxy --frontend TYPE:EP --backend TYPE:EP [--capture TYPE:EP]\n"
    "       perf version\n";

static void die(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    if (status == exit_usage) fputs(usage_text, stderr);
    exit(status);
}

static void check(int succeeded, const char *what) {
    if (!succeeded) die(exit_failed, "%s: %s", what, zmq_strerror(zmq_errno()));
}

// ---------------------------------------------------------------------------------------------------------
// Sockets and messages

static void *new_context(void) {
    void *context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    return context;
}

static void *new_socket(void *context, int type) {
    void *socket = zmq_socket(context, type);
    check(socket != NULL, "zmq_socket");
    return socket;
}

static void *bound(void *context, int type, const char *endpoint) {
    void *socket = new_socket(context, type);
    check(zmq_bind(socket, endpoint) == 0, endpoint);
    return socket;
}

static void *connected(void *context, int type, const char *endpoint) {
    void *socket = new_socket(context, type);
    check(zmq_connect(socket, endpoint) == 0, endpoint);
    return socket;
}

// Waits until everything sent has been handed over: libzmq's linger has no end by default.
static void finish(void *socket, void *context) {
    check(zmq_close(socket) == 0, "zmq_close");
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
}

// One message of `parts` parts; each is allocated anew and left unfilled, as in libzmq's own perf programs.
static void send_message(void *socket, size_t size, long parts) {
    for (long part = 1; part <= parts; part++) {
        zmq_msg_t message;
        check(zmq_msg_init_size(&message, size) == 0, "zmq_msg_init_size");
        check(zmq_msg_send(&message, socket, part < parts ? ZMQ_SNDMORE : 0) >= 0, "zmq_msg_send");
    }
}

// Receives one whole message into `message`, a part after the other, and checks its shape.
static void receive_message(void *socket, zmq_msg_t *message, size_t size, long parts) {
    for (long part = 1;; part++) {
        check(zmq_msg_recv(message, socket, 0) >= 0, "zmq_msg_recv");
        if (zmq_msg_size(message) != size) {
            die(exit_failed, "a part of %zu bytes came, %zu were expected", zmq_msg_size(message), size);
        }
        if (zmq_msg_more(message)) continue;
        if (part != parts) die(exit_failed, "a message of %ld parts came, %ld were expected", part, parts);
        return;
    }
}

// Sends one whole message back where it came from, address parts included. All of it is received first:
// REP demands that. Only one thread of a process echoes, so the parts may be kept from call to call.
static void echo_message(void *socket) {
    static zmq_msg_t *parts;
    static size_t room;
    size_t count = 0;
    int more = 1;
    while (more) {
        if (count == room) {
            room = room == 0 ? 8 : room * 2;
            parts = realloc(parts, room * sizeof *parts);
            check(parts != NULL, "realloc");
        }
        check(zmq_msg_init(&parts[count]) == 0, "zmq_msg_init");
        check(zmq_msg_recv(&parts[count], socket, 0) >= 0, "zmq_msg_recv");
        more = zmq_msg_more(&parts[count++]);
    }
    for (size_t i = 0; i < count; i++) {
        check(zmq_msg_send(&parts[i], socket, i + 1 < count ? ZMQ_SNDMORE : 0) >= 0, "zmq_msg_send");
    }
}

// ---------------------------------------------------------------------------------------------------------
// Time and figures

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t) time.tv_sec * 1000000000u + (uint64_t) time.tv_nsec;
}

static double seconds_since(uint64_t start) {
    uint64_t elapsed = now_ns() - start;
    return (double) (elapsed == 0 ? 1 : elapsed) / 1e9;
}

static void print_throughput(const struct settings *run, double seconds) {
    double rate = (double) run->count / seconds;
    double megabits = rate * (double) run->size * (double) run->parts * 8 / 1e6;
    printf("message size: %zu [B]\n", run->size);
    printf("message count: %ld\n", run->count);
    printf("mean throughput: %.0f [msg/s]\n", rate);
    printf("mean throughput: %.3f [Mb/s]\n", megabits);
}

static void print_latency(const struct settings *run, double seconds) {
    printf("message size: %zu [B]\n", run->size);
    printf("roundtrip count: %ld\n", run->count);
    printf("average latency: %.3f [us]\n", seconds * 1e6 / (double) run->count / 2);
}

// ---------------------------------------------------------------------------------------------------------
// What each end does, whatever the transport

// Takes `count` messages; the clock starts when the first has arrived.
static double drain(void *socket, const struct settings *run) {
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    receive_message(socket, &message, run->size, run->parts);
    uint64_t start = now_ns();
    for (long i = 1; i < run->count; i++) receive_message(socket, &message, run->size, run->parts);
    double seconds = seconds_since(start);
    zmq_msg_close(&message);
    return seconds;
}

static void answer(void *socket, const struct settings *run) {
    for (long i = 0; i < run->count; i++) echo_message(socket);
}

// Strict request and reply; several sockets take turns.
static double ask(void **sockets, const struct settings *run) {
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    uint64_t start = now_ns();
    for (long i = 0; i < run->count; i++) {
        void *socket = sockets[i % run->peers];
        send_message(socket, run->size, run->parts);
        receive_message(socket, &message, run->size, run->parts);
    }
    double seconds = seconds_since(start);
    zmq_msg_close(&message);
    return seconds;
}

// Keeps `in_flight` requests under way in all, each socket its share and one at least.
// The clock starts when the first reply has arrived.
static double keep_asking(void **sockets, const struct settings *run) {
    long share = run->in_flight / run->peers > 1 ? run->in_flight / run->peers : 1;
    long sent = 0, received = 0;
    uint64_t start = 0;
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    for (long i = 0; i < share * run->peers && sent < run->count; i++, sent++) {
        send_message(sockets[i % run->peers], run->size, run->parts);
    }
    zmq_pollitem_t *items = calloc((size_t) run->peers, sizeof *items);
    check(items != NULL, "calloc");
    for (long i = 0; i < run->peers; i++) {
        items[i].socket = sockets[i];
        items[i].events = ZMQ_POLLIN;
    }
    while (received < run->count) {
        if (run->peers > 1) check(zmq_poll(items, (int) run->peers, -1) > 0, "zmq_poll");
        for (long i = 0; i < run->peers && received < run->count; i++) {
            if (run->peers > 1 && !(items[i].revents & ZMQ_POLLIN)) continue;
            receive_message(sockets[i], &message, run->size, run->parts);
            if (received++ == 0) start = now_ns();
            if (sent < run->count) {
                send_message(sockets[i], run->size, run->parts);
                sent++;
            }
        }
    }
    double seconds = seconds_since(start);
    zmq_msg_close(&message);
    free(items);
    return seconds;
}

// Polls several workers' sockets, or blocks on the one there is.
static void answer_on_all(void **sockets, const struct settings *run) {
    if (run->peers == 1) {
        answer(sockets[0], run);
        return;
    }
    zmq_pollitem_t *items = calloc((size_t) run->peers, sizeof *items);
    check(items != NULL, "calloc");
    for (long i = 0; i < run->peers; i++) {
        items[i].socket = sockets[i];
        items[i].events = ZMQ_POLLIN;
    }
    for (long done = 0; done < run->count;) {
        check(zmq_poll(items, (int) run->peers, -1) > 0, "zmq_poll");
        for (long i = 0; i < run->peers && done < run->count; i++) {
            if (!(items[i].revents & ZMQ_POLLIN)) continue;
            echo_message(sockets[i]);
            done++;
        }
    }
    free(items);
}

// ---------------------------------------------------------------------------------------------------------
// Verbs

static void run_local(const struct settings *run) {
    void *context = new_context();
    if (strcmp(run->verb, "local_thr") == 0) {
        void *socket = bound(context, ZMQ_PULL, run->endpoint);
        print_throughput(run, drain(socket, run));
        finish(socket, context);
        return;
    }
    int is_echo = strcmp(run->verb, "local_echo") == 0;
    void *socket = new_socket(context, is_echo ? ZMQ_ROUTER : ZMQ_REP);
    int mandatory = 1;
    if (is_echo) {
        check(zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory) == 0, "ZMQ_ROUTER_MANDATORY");
    }
    check(zmq_bind(socket, run->endpoint) == 0, run->endpoint);
    answer(socket, run);
    finish(socket, context);
}

// Keeps the connections open until standard input ends. libzmq's receiving end drops what it has not yet read from
// a UNIX socket when the sender closes while the receiver's queue is full; it then waits for ever for the rest.
static void hold(void) {
    while (getchar() != EOF) continue;
}

static void run_remote(const struct settings *run) {
    int type = ZMQ_DEALER;
    if (strcmp(run->verb, "remote_thr") == 0) type = ZMQ_PUSH;
    if (strcmp(run->verb, "remote_lat") == 0) type = ZMQ_REQ;

    void *context = new_context();
    check(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, max_peers + 8) == 0, "ZMQ_MAX_SOCKETS");
    void **sockets = calloc((size_t) run->peers, sizeof *sockets);
    check(sockets != NULL, "calloc");
    for (long i = 0; i < run->peers; i++) sockets[i] = connected(context, type, run->endpoint);

    if (type == ZMQ_PUSH) {
        for (long i = 0; i < run->count; i++) send_message(sockets[i % run->peers], run->size, run->parts);
        if (run->holds) hold();
    } else if (type == ZMQ_REQ) {
        print_latency(run, ask(sockets, run));
    } else if (strcmp(run->verb, "remote_echo") == 0) {
        print_throughput(run, keep_asking(sockets, run));
    } else {
        answer_on_all(sockets, run);
    }
    for (long i = 0; i < run->peers; i++) check(zmq_close(sockets[i]) == 0, "zmq_close");
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    free(sockets);
}

// One PUSH socket with many connections and nothing to send, until standard input ends: `zmq push --connect EP
// --connect EP ...` without input.
static void run_idle(const struct settings *run) {
    void *context = new_context();
    void *socket = new_socket(context, ZMQ_PUSH);
    for (long i = 0; i < run->count; i++) check(zmq_connect(socket, run->endpoint) == 0, run->endpoint);
    hold();
    finish(socket, context);
}

struct inproc_peer {
    void *context;
    const struct settings *run;
};

static const char inproc_name[] = "inproc://perf";

static void *push_in_thread(void *argument) {
    const struct inproc_peer *peer = argument;
    void *socket = connected(peer->context, ZMQ_PUSH, inproc_name);
    for (long i = 0; i < peer->run->count; i++) send_message(socket, peer->run->size, peer->run->parts);
    check(zmq_close(socket) == 0, "zmq_close");
    return NULL;
}

static void *reply_in_thread(void *argument) {
    const struct inproc_peer *peer = argument;
    void *socket = connected(peer->context, ZMQ_REP, inproc_name);
    answer(socket, peer->run);
    check(zmq_close(socket) == 0, "zmq_close");
    return NULL;
}

static void run_inproc(const struct settings *run) {
    int is_latency = strcmp(run->verb, "inproc_lat") == 0;
    void *context = new_context();
    void *socket = bound(context, is_latency ? ZMQ_REQ : ZMQ_PULL, inproc_name);
    struct inproc_peer peer = {context, run};
    pthread_t thread;
    if (pthread_create(&thread, NULL, is_latency ? reply_in_thread : push_in_thread, &peer) != 0) {
        die(exit_failed, "no thread for the other end");
    }
    if (is_latency) {
        print_latency(run, ask(&socket, run));
    } else {
        print_throughput(run, drain(socket, run));
    }
    pthread_join(thread, NULL);
    finish(socket, context);
}

#include "publish.h"

// ---------------------------------------------------------------------------------------------------------
// The proxy: both sides bind, and `bound EP` tells each side's real endpoint

static int socket_type(const char *name, size_t length) {
    static const struct {
        const char *name;
        int type;
    } types[] = {
        {"pair", ZMQ_PAIR}, {"pub", ZMQ_PUB},   {"sub", ZMQ_SUB},   {"dealer", ZMQ_DEALER}, {"router", ZMQ_ROUTER},
        {"pull", ZMQ_PULL}, {"push", ZMQ_PUSH}, {"xpub", ZMQ_XPUB}, {"xsub", ZMQ_XSUB},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strlen(types[i].name) == length && strncmp(types[i].name, name, length) == 0) return types[i].type;
    }
    return -1;
}

static void *proxy_side(void *context, const char *side) {
    if (side == NULL) return NULL;
    const char *colon = strchr(side, ':');
    int type = colon == NULL ? -1 : socket_type(side, (size_t) (colon - side));
    if (type < 0) die(exit_usage, "%s: expected TYPE:ENDPOINT, such as router:tcp://127.0.0.1:5555", side);
    void *socket = bound(context, type, colon + 1);
    char endpoint[1024];
    size_t length = sizeof endpoint;
    check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0, "ZMQ_LAST_ENDPOINT");
    printf("bound %s\n", endpoint);
    fflush(stdout);
    return socket;
}

static void run_proxy(const struct settings *run) {
    if (run->frontend == NULL || run->backend == NULL) die(exit_usage, "proxy needs --frontend and --backend");
    void *context = new_context();
    void *frontend = proxy_side(context, run->frontend);
    void *backend = proxy_side(context, run->backend);
    void *capture = proxy_side(context, run->capture);
    zmq_proxy(frontend, backend, capture);
    check(0, "zmq_proxy");
}

// ---------------------------------------------------------------------------------------------------------
// Arguments

static long number(const char *text, const char *what, long least, long most) {
    char *end = NULL;
    long value = text == NULL ? 0 : strtol(text, &end, 10);
    if (text == NULL || *text == '\0' || *end != '\0' || value < least || value > most) {
        die(exit_usage, "%s: %s, expected a whole number from %ld to %ld", what, text ? text : "nothing", least, most);
    }
    return value;
}

static int is_one_of(const char *word, const char *first, const char *second, const char *third, const char *fourth) {
    const char *words[] = {first, second, third, fourth};
    for (int i = 0; i < 4; i++) {
        if (words[i] != NULL && strcmp(word, words[i]) == 0) return 1;
    }
    return 0;
}

static void parse_option(struct settings *run, const char *name, const char *value) {
    int is_remote = is_one_of(run->verb, "remote_thr", "remote_lat", "remote_echo", "worker_echo");
    int is_proxy = strcmp(run->verb, "proxy") == 0;
    if (strcmp(name, "--parts") == 0 && !is_proxy) {
        run->parts = number(value, name, 1, 100000);
    } else if (strcmp(name, "--topics") == 0 && is_one_of(run->verb, "local_pub", "remote_sub", NULL, NULL)) {
        run->topics = number(value, name, 1, 100000000);
    } else if (strcmp(name, "--peers") == 0
               && (is_remote || is_one_of(run->verb, "local_pub", "remote_sub", NULL, NULL))) {
        run->peers = number(value, name, 1, max_peers);
    } else if (strcmp(name, "--in-flight") == 0 && strcmp(run->verb, "remote_echo") == 0) {
        run->in_flight = number(value, name, 1, 1000000);
    } else if (is_one_of(name, "--frontend", "--backend", "--capture", NULL) && is_proxy && value != NULL) {
        const char **side = name[2] == 'f' ? &run->frontend : name[2] == 'b' ? &run->backend : &run->capture;
        *side = value;
    } else {
        die(exit_usage, "%s: no such option of %s, or no value given", name, run->verb);
    }
}

int main(int argc, char **argv) {
    // `perf` as first word is skipped: the benchmark calls both programs with one list of arguments.
    int next = argc > 1 && strcmp(argv[1], "perf") == 0 ? 2 : 1;
    if (next >= argc) die(exit_usage, "a verb was expected");
    struct settings run = {.verb = argv[next++], .parts = 1, .peers = 1, .in_flight = 100};

    const char *words[4] = {NULL};
    int given = 0;
    for (; next < argc; next++) {
        if (strcmp(argv[next], "--hold") == 0 && is_one_of(run.verb, "remote_thr", "local_pub", NULL, NULL)) {
            run.holds = 1;
        } else if (strncmp(argv[next], "--", 2) == 0) {
            parse_option(&run, argv[next], next + 1 < argc ? argv[next + 1] : NULL);
            next++;
        } else if (given < 4) {
            words[given++] = argv[next];
        }
    }
    int is_publishing = is_one_of(run.verb, "local_pub", "remote_sub", NULL, NULL);
    int is_inproc = is_one_of(run.verb, "inproc_thr", "inproc_lat", "proxy_thr", NULL);
    int is_local = is_one_of(run.verb, "local_thr", "local_lat", "local_echo", NULL);
    int is_remote = is_one_of(run.verb, "remote_thr", "remote_lat", "remote_echo", "worker_echo");
    if (is_inproc || is_local || is_remote || is_publishing) {
        int first = is_inproc ? 0 : 1;
        if (given != first + 2) die(exit_usage, "%s takes %d arguments, %d were given", run.verb, first + 2, given);
        run.endpoint = words[0];
        run.size = (size_t) number(words[first], "message size", 0, 1L << 30);
        run.count = number(words[first + 1], "count", 1, 2000000000L);
    }
    int is_idle = strcmp(run.verb, "idle") == 0;
    if (is_idle) {
        if (given != 2) die(exit_usage, "idle takes 2 arguments, %d were given", given);
        run.endpoint = words[0];
        run.count = number(words[1], "connections", 1, 1000000);
    }
    if (run.topics > 0 && run.size < topic_length) die(exit_usage, "--topics: messages of 16 bytes at least");
    if (strcmp(run.verb, "proxy_thr") == 0) {
        run_proxy_throughput(&run);
    } else if (strcmp(run.verb, "local_pub") == 0) {
        run_local_pub(&run);
    } else if (is_publishing) {
        run_remote_sub(&run);
    } else if (is_inproc) {
        run_inproc(&run);
    } else if (is_local) {
        run_local(&run);
    } else if (is_remote) {
        run_remote(&run);
    } else if (is_idle) {
        run_idle(&run);
    } else if (strcmp(run.verb, "proxy") == 0) {
        run_proxy(&run);
    } else if (strcmp(run.verb, "version") == 0) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        printf("libzmq %d.%d.%d\n", major, minor, patch);
    } else {
        die(exit_usage, "%s: no such verb", run.verb);
    }
    return 0;
}
