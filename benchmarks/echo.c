/* The limit: what the machine charges for an order and its answer when nobody thinks in between.

   echo serve ORDER_BYTES REPORT_BYTES [spin | FILE]
       epoll server on a free loopback port (printed, one line): for every ORDER_BYTES received it
       sends REPORT_BYTES, one send per recv; spin: it never sleeps; FILE: it writes JOURNAL_BYTES
       and syncs them before each send, as `sync` does
   echo kernel COUNT ORDER_BYTES REPORT_BYTES
       one thread, both ends: an empty system call, and an order with its answer (2 x send + recv)
       without any wake-up: one JSON line
   echo sync FILE COUNT BYTES
       COUNT x (write BYTES, fdatasync) into zeroed space of FILE: one JSON line

   It is as simple as a server can be, so that it is nobody's competitor but the kernel's own cost.
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { READ_MAX = 1 << 16, HANDLES_MAX = 4096, EVENTS_MAX = 64, JOURNAL_BYTES = 1024 };
#define FILE_BYTES (64L << 20)

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int listen_anywhere(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 64) < 0)
        fail("listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

static void watch(int epoll, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static void send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            return;             /* the client went; the next recv says so too */
        data += sent;
        size -= (size_t)sent;
    }
}

/* A file of space that was written before: a sync then has no file sizes or extents to record. */
static int open_zeroed(const char *path, size_t size) {
    char *zeros = calloc(1, size);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (zeros == NULL || fd < 0 || pwrite(fd, zeros, size, 0) != (ssize_t)size || fsync(fd) < 0)
        fail("prepare");
    free(zeros);
    return fd;
}

static void write_synced(int fd, const char *data, size_t size, off_t at) {
    if (pwrite(fd, data, size, at) != (ssize_t)size || fdatasync(fd) < 0)
        fail("write");
}

static void serve(size_t order_size, size_t report_size, int timeout, const char *path) {
    static char journal[JOURNAL_BYTES];
    int file = path != NULL ? open_zeroed(path, FILE_BYTES) : -1;
    off_t file_at = 0;
    static char input[READ_MAX];
    size_t answer_max = (READ_MAX / order_size + 2) * report_size;
    char *answer = malloc(answer_max);
    size_t pending[HANDLES_MAX] = {0};      /* bytes of a partial order, by handle */
    struct epoll_event events[EVENTS_MAX];
    int port, listener = listen_anywhere(&port), epoll = epoll_create1(EPOLL_CLOEXEC);
    if (answer == NULL || epoll < 0)
        fail("start");
    memset(answer, '8', answer_max);
    watch(epoll, listener);
    printf("%d\n", port);
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, timeout);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd, yes = 1;
            if (fd == listener) {
                fd = accept(listener, NULL, NULL);
                if (fd < 0 || fd >= HANDLES_MAX)
                    fail("accept");
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
                pending[fd] = 0;
                watch(epoll, fd);
                continue;
            }
            ssize_t got = recv(fd, input, sizeof(input), 0);
            if (got <= 0) {
                close(fd);
                continue;
            }
            size_t held = pending[fd] + (size_t)got;
            pending[fd] = held % order_size;
            if (held >= order_size && file >= 0) {
                write_synced(file, journal, sizeof(journal), file_at);
                file_at = (file_at + (off_t)sizeof(journal)) % FILE_BYTES;
            }
            if (held >= order_size)
                send_all(fd, answer, held / order_size * report_size);
        }
    }
}

static int64_t median(int64_t *taken, size_t count);

static void connect_pair(int *one, int *other) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int port, yes = 1, listener = listen_anywhere(&port);
    address.sin_port = htons((uint16_t)port);
    *one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*one < 0 || connect(*one, (struct sockaddr *)&address, sizeof(address)) < 0)
        fail("connect");
    *other = accept(listener, NULL, NULL);
    setsockopt(*one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(*other, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    close(listener);
}

static void pass(int from, int to, size_t size) {
    static char data[READ_MAX];
    if (send(from, data, size, 0) != (ssize_t)size
        || recv(to, data, size, MSG_WAITALL) != (ssize_t)size)
        fail("pass");
}

static void time_kernel(size_t count, size_t order_size, size_t report_size) {
    int64_t *calls = malloc(count * sizeof(*calls)), *answers = malloc(count * sizeof(*answers));
    int one, other;
    if (calls == NULL || answers == NULL || order_size > READ_MAX || report_size > READ_MAX)
        fail("start");
    connect_pair(&one, &other);
    for (size_t i = 0; i < count; i++) {
        int64_t start = now_ns();
        syscall(SYS_getppid);
        calls[i] = now_ns() - start;
        start = now_ns();
        pass(one, other, order_size);
        pass(other, one, report_size);
        answers[i] = now_ns() - start;
    }
    printf("{\"syscall_ns\": %lld, \"order_answer_ns\": %lld}\n", (long long)median(calls, count),
           (long long)median(answers, count));
}

static int by_size(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static int64_t median(int64_t *taken, size_t count) {
    qsort(taken, count, sizeof(*taken), by_size);
    return taken[count / 2];
}

static void time_sync(const char *path, size_t count, size_t size) {
    int64_t *taken = malloc(count * sizeof(*taken));
    char *data = malloc(size);
    int fd = open_zeroed(path, size * count);
    if (taken == NULL || data == NULL)
        fail("start");
    memset(data, 'j', size);
    for (size_t i = 0; i < count; i++) {
        int64_t start = now_ns();
        write_synced(fd, data, size, (off_t)(i * size));
        taken[i] = now_ns() - start;
    }
    qsort(taken, count, sizeof(*taken), by_size);
    printf("{\"count\": %zu, \"bytes\": %zu, \"p50_ns\": %lld, \"p99_ns\": %lld}\n", count, size,
           (long long)taken[count / 2], (long long)taken[count * 99 / 100]);
    close(fd);
    unlink(path);
}

int main(int count, char **words) {
    if ((count == 4 || count == 5) && strcmp(words[1], "serve") == 0) {
        int is_spinning = count == 5 && strcmp(words[4], "spin") == 0;
        serve(strtoul(words[2], NULL, 10), strtoul(words[3], NULL, 10), is_spinning ? 0 : -1,
              count == 5 && !is_spinning ? words[4] : NULL);
    } else if (count == 5 && strcmp(words[1], "kernel") == 0)
        time_kernel(strtoul(words[2], NULL, 10), strtoul(words[3], NULL, 10),
                    strtoul(words[4], NULL, 10));
    else if (count == 5 && strcmp(words[1], "sync") == 0)
        time_sync(words[2], strtoul(words[3], NULL, 10), strtoul(words[4], NULL, 10));
    else {
        fprintf(stderr, "echo serve ORDER_BYTES REPORT_BYTES [spin | FILE] | echo kernel COUNT "
                        "ORDER_BYTES REPORT_BYTES | echo sync FILE COUNT BYTES\n");
        return 2;
    }
    return 0;
}
