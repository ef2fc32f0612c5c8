// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// A part of perf.c, which includes it: what publishes and subscribes.

enum { topic_length = 16, topic_name_length = 6, proxy_mark = 10000, receive_burst = 1000 };

// topic-0000000042
static void write_topic(char *place, long number) {
    memcpy(place, "topic-", topic_name_length);
    for (int i = topic_length - 1; i >= topic_name_length; i--, number /= 10) place[i] = (char) ('0' + number % 10);
}

static void set(void *socket, int option, int value) {
    check(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "zmq_setsockopt");
}

// Waits until each subscriber has said what it wants.
static void await_subscriptions(void *socket, long count) {
    char wish[64];
    for (long i = 0; i < count; i++) check(zmq_recv(socket, wish, sizeof wish, 0) > 0, "zmq_recv");
}

static void run_local_pub(const struct settings *run) {
    void *context = new_context();
    void *socket = new_socket(context, ZMQ_XPUB);
    set(socket, ZMQ_XPUB_NODROP, 1);
    set(socket, ZMQ_XPUB_VERBOSE, 1);
    check(zmq_bind(socket, run->endpoint) == 0, run->endpoint);
    await_subscriptions(socket, run->peers * (run->topics > 0 ? run->topics : 1));
    if (run->holds) {
        puts("subscribed");
        fflush(stdout);
        hold();
    }
    for (long i = 0; i < run->count; i++) {
        zmq_msg_t message;
        check(zmq_msg_init_size(&message, run->size) == 0, "zmq_msg_init_size");
        if (run->topics > 0) write_topic(zmq_msg_data(&message), i * 7919 % run->topics);
        check(zmq_msg_send(&message, socket, 0) >= 0, "zmq_msg_send");
    }
    finish(socket, context);
}

// Every socket receives every message; the clock starts when the first has arrived anywhere.
static void run_remote_sub(const struct settings *run) {
    void *context = new_context();
    check(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, max_peers + 8) == 0, "ZMQ_MAX_SOCKETS");
    void **sockets = calloc((size_t) run->peers, sizeof *sockets);
    long *missing = calloc((size_t) run->peers, sizeof *missing);
    zmq_pollitem_t *items = calloc((size_t) run->peers, sizeof *items);
    check(sockets != NULL && missing != NULL && items != NULL, "calloc");
    for (long i = 0; i < run->peers; i++) {
        sockets[i] = new_socket(context, ZMQ_SUB);
        char topic[topic_length];
        // Subscriptions beyond the mark would be dropped.
        if (run->topics > 0) set(sockets[i], ZMQ_SNDHWM, 0);
        for (long number = 0; number < run->topics; number++) {
            write_topic(topic, number);
            check(zmq_setsockopt(sockets[i], ZMQ_SUBSCRIBE, topic, sizeof topic) == 0, "ZMQ_SUBSCRIBE");
        }
        if (run->topics == 0) check(zmq_setsockopt(sockets[i], ZMQ_SUBSCRIBE, "", 0) == 0, "ZMQ_SUBSCRIBE");
        check(zmq_connect(sockets[i], run->endpoint) == 0, run->endpoint);
        items[i].socket = sockets[i];
        items[i].events = ZMQ_POLLIN;
        missing[i] = run->count;
    }
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    uint64_t start = 0;
    long open = run->peers;
    while (open > 0) {
        if (run->peers > 1) check(zmq_poll(items, (int) run->peers, -1) > 0, "zmq_poll");
        for (long i = 0; i < run->peers; i++) {
            if (missing[i] == 0 || (run->peers > 1 && !(items[i].revents & ZMQ_POLLIN))) continue;
            for (long n = 0; n < receive_burst && missing[i] > 0; n++) {
                int flags = run->peers > 1 ? ZMQ_DONTWAIT : 0;
                if (zmq_msg_recv(&message, sockets[i], flags) < 0) {
                    check(zmq_errno() == EAGAIN, "zmq_msg_recv");
                    break;
                }
                if (zmq_msg_size(&message) != run->size) die(exit_failed, "a message of another size came");
                if (start == 0) start = now_ns();
                if (--missing[i] == 0) open--;
            }
        }
    }
    print_throughput(run, seconds_since(start));
    zmq_msg_close(&message);
    for (long i = 0; i < run->peers; i++) check(zmq_close(sockets[i]) == 0, "zmq_close");
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
}

// Two XPUB sockets, a proxy of XSUB and XPUB, and a SUB socket, each in a thread of its own.

static void *publish_in_thread(void *argument) {
    const struct inproc_peer *peer = argument;
    void *socket = new_socket(peer->context, ZMQ_XPUB);
    set(socket, ZMQ_SNDHWM, proxy_mark);
    set(socket, ZMQ_XPUB_NODROP, 1);
    set(socket, ZMQ_LINGER, 0);
    check(zmq_connect(socket, "inproc://perf_front") == 0, "zmq_connect");
    await_subscriptions(socket, 1);
    for (long i = 0; i < peer->run->count; i++) {
        zmq_msg_t message;
        check(zmq_msg_init_size(&message, peer->run->size) == 0, "zmq_msg_init_size");
        if (zmq_msg_send(&message, socket, 0) < 0) break;
    }
    zmq_close(socket);
    return NULL;
}

static void *proxy_in_thread(void *argument) {
    void **sides = argument;
    zmq_proxy(sides[0], sides[1], NULL);
    zmq_close(sides[0]);
    zmq_close(sides[1]);
    return NULL;
}

static void run_proxy_throughput(const struct settings *run) {
    void *context = new_context();
    void *sides[2] = {new_socket(context, ZMQ_XSUB), new_socket(context, ZMQ_XPUB)};
    for (int i = 0; i < 2; i++) {
        set(sides[i], ZMQ_SNDHWM, proxy_mark);
        set(sides[i], ZMQ_RCVHWM, proxy_mark);
        set(sides[i], ZMQ_LINGER, 0);
    }
    set(sides[1], ZMQ_XPUB_NODROP, 1);
    check(zmq_bind(sides[0], "inproc://perf_front") == 0, "zmq_bind");
    check(zmq_bind(sides[1], "inproc://perf_back") == 0, "zmq_bind");
    void *subscriber = new_socket(context, ZMQ_SUB);
    set(subscriber, ZMQ_RCVHWM, proxy_mark);
    check(zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "", 0) == 0, "ZMQ_SUBSCRIBE");
    check(zmq_connect(subscriber, "inproc://perf_back") == 0, "zmq_connect");
    struct inproc_peer peer = {context, run};
    pthread_t threads[3];
    int failed = pthread_create(&threads[0], NULL, proxy_in_thread, sides) != 0;
    for (int i = 1; i < 3; i++) failed |= pthread_create(&threads[i], NULL, publish_in_thread, &peer) != 0;
    if (failed) die(exit_failed, "no thread for the other ends");
    print_throughput(run, drain(subscriber, run));
    // Whoever still waits to send is not waited for.
    check(zmq_ctx_shutdown(context) == 0, "zmq_ctx_shutdown");
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    finish(subscriber, context);
}
