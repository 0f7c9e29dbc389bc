/* A rate of messages over many connections, open loop, against `echo serve`: the limit of `sessions`.

   crowd PORT CONNECTIONS RATE COUNT ORDER_BYTES REPORT_BYTES CORE

   Message n goes out at start + n / RATE on connection n % CONNECTIONS, and its answer's latency
   counts from then. As `internaliser bench` does, it sleeps whole milliseconds and spins the rest.
   One JSON line, microseconds.
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 8, READ_MAX = 1 << 16, EVENTS_MAX = 64, QUIET_MS = 10000 };
#define NS_PER_S INT64_C(1000000000)

struct link {
    int fd;
    uint64_t answered;          /* orders */
    size_t pending;             /* bytes of a partial answer */
};
static struct link *links;
static uint64_t link_count, rate, count, sent, answered;
static size_t order_size, report_size;
static int64_t start_ns, *taken_ns;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t due_ns(uint64_t number) {
    return start_ns + (int64_t)(number / rate * NS_PER_S + number % rate * NS_PER_S / rate);
}

static void open_links(int port, int epoll) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    for (uint64_t i = 0; i < link_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
            fail("connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
            fail("epoll_ctl");
        links[i].fd = fd;
    }
}

/* What is due by now; orders that fall on one connection at once go in one send. */
static void send_due(const char *orders) {
    int64_t now = now_ns();
    while (sent < count && due_ns(sent) <= now) {
        size_t size = order_size;
        struct link *link = &links[sent % link_count];
        sent++;
        while (link_count == 1 && sent < count && due_ns(sent) <= now && size + order_size <= READ_MAX) {
            size += order_size;
            sent++;
        }
        if (send(link->fd, orders, size, MSG_NOSIGNAL) != (ssize_t)size)
            fail("send");
    }
}

static void receive(struct link *link) {
    static char input[READ_MAX];
    ssize_t got = recv(link->fd, input, sizeof(input), MSG_DONTWAIT);
    int64_t now = now_ns();
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        fail("recv");
    for (link->pending += got > 0 ? (size_t)got : 0; link->pending >= report_size; link->pending -= report_size) {
        uint64_t number = link->answered++ * link_count + (uint64_t)(link - links);
        taken_ns[answered++] = now - due_ns(number);
    }
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int words_count, char **words) {
    struct epoll_event events[EVENTS_MAX];
    char *orders = malloc(READ_MAX);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (words_count != ARGUMENTS) {
        fprintf(stderr, "crowd PORT CONNECTIONS RATE COUNT ORDER_BYTES REPORT_BYTES CORE\n");
        return 2;
    }
    link_count = strtoul(words[2], NULL, 10);
    rate = strtoul(words[3], NULL, 10);
    count = strtoul(words[4], NULL, 10);
    order_size = strtoul(words[5], NULL, 10);
    report_size = strtoul(words[6], NULL, 10);
    links = calloc(link_count, sizeof(*links));
    taken_ns = calloc(count, sizeof(*taken_ns));
    if (orders == NULL || epoll < 0 || links == NULL || taken_ns == NULL)
        fail("start");
    memset(orders, '7', READ_MAX);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(atoi(words[7]), &cores);
    sched_setaffinity(0, sizeof(cores), &cores);
    open_links(atoi(words[1]), epoll);
    start_ns = now_ns();
    while (answered < count) {
        send_due(orders);
        int64_t left = sent < count ? due_ns(sent) - now_ns() : QUIET_MS * (NS_PER_S / 1000);
        int ready = epoll_wait(epoll, events, EVENTS_MAX, left > 0 ? (int)(left * 1000 / NS_PER_S) : 0);
        if (ready == 0 && sent == count)
            fail("no answer for 10 s");
        for (int i = 0; i < ready; i++)
            receive(&links[events[i].data.u64]);
    }
    qsort(taken_ns, answered, sizeof(*taken_ns), by_size);
    printf("{\"connections\": %lu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
           (unsigned long)link_count, (double)taken_ns[count / 2] / 1000,
           (double)taken_ns[count * 99 / 100] / 1000, (double)taken_ns[count - 1] / 1000);
    return 0;
}
