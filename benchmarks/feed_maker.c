/* Book changes at a steady rate: one FIX session enters orders that rest and cancels them again.
 *
 *   feed_maker PORT SYMBOLS RATE_PER_S SECONDS SYMBOL_PREFIX
 *
 * Session MAKER. Every second request cancels the oldest order, so the books stay as deep as they are after
 * BOOK_ORDERS orders. Reports are read and thrown away. Prints one JSON line: requests sent, milliseconds they took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BOOK_ORDERS = 4000, PRICES = 40 };

static int line;
static uint64_t number;
static char out[1 << 20];
static size_t used;

static int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static void say(const char *type, const char *body) {
    static char time_text[32];
    static time_t second;
    char text[512], *start = out + used;
    unsigned sum = 0;
    time_t now = time(NULL);
    int size;
    if (now != second) {
        struct tm parts;
        gmtime_r(&now, &parts);
        strftime(time_text, sizeof time_text, "%Y%m%d-%H:%M:%S", &parts);
        second = now;
    }
    size = snprintf(text, sizeof text, "35=%s\00134=%llu\00149=MAKER\00152=%s\00156=NODE\001%s60=%s\001", type,
                    (unsigned long long)++number, time_text, body, time_text);
    if (*type == 'A' || *type == '5') {
        size -= (int)strlen(time_text) + 4;
        text[size] = 0;
    }
    used += sprintf(out + used, "8=FIX.4.4\0019=%d\001%s", size, text);
    for (; start < out + used; start++) sum += (unsigned char)*start;
    used += sprintf(out + used, "10=%03u\001", sum % 256);
}

static void flush(void) {
    static char in[1 << 20];
    size_t at = 0;
    while (at < used) {
        ssize_t sent = send(line, out + at, used - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) at += (size_t)sent;
        else if (errno != EAGAIN) { perror("send"); exit(1); }
        while (recv(line, in, sizeof in, MSG_DONTWAIT) > 0) { }
    }
    used = 0;
    while (recv(line, in, sizeof in, MSG_DONTWAIT) > 0) { }
}

static unsigned where(uint64_t order) { return (unsigned)(order * 2654435761u >> 7); }

static void act(uint64_t request, int symbols, const char *prefix) {
    char body[256];
    uint64_t order = request < BOOK_ORDERS ? request : (request - BOOK_ORDERS) / 2;
    int cancels = request >= BOOK_ORDERS && (request - BOOK_ORDERS) % 2 == 0;
    if (!cancels && request >= BOOK_ORDERS) order += BOOK_ORDERS;
    int is_buy = where(order) % 2;
    int price = (int)(where(order) / 2 % PRICES) + 1;
    int symbol = (int)(order % (uint64_t)symbols);
    if (cancels)
        snprintf(body, sizeof body, "11=c%llu\00141=m%llu\00155=%s%d\00154=%d\001", (unsigned long long)order,
                 (unsigned long long)order, prefix, symbol, is_buy ? 1 : 2);
    else
        snprintf(body, sizeof body, "11=m%llu\00155=%s%d\00154=%d\00138=%u\00140=2\00144=%d\00159=1\001",
                 (unsigned long long)order, prefix, symbol, is_buy ? 1 : 2, where(order) % 9 + 1,
                 is_buy ? 100 - price : 100 + price);
    say(cancels ? "F" : "D", body);
}

int main(int count, char **words) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    int64_t start, rate, due;
    uint64_t request = 0, most;
    int symbols, yes = 1;
    if (count != 6) { fprintf(stderr, "usage: see the head of feed_maker.c\n"); return 2; }
    to.sin_port = htons((uint16_t)atoi(words[1]));
    symbols = atoi(words[2]);
    rate = atoll(words[3]);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    line = socket(AF_INET, SOCK_STREAM, 0);
    if (line < 0 || connect(line, (struct sockaddr *)&to, sizeof to)) { perror("connect"); return 1; }
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    say("A", "98=0\001108=30\001141=Y\001");
    flush();
    usleep(200000);
    most = BOOK_ORDERS + (uint64_t)(rate * atof(words[4]));
    for (; request < BOOK_ORDERS && request < most; request++) {
        act(request, symbols, words[5]);
        if (request % 100 == 99) { flush(); usleep(2000); }
    }
    flush();
    printf("READY\n");
    fflush(stdout);
    start = now_ns();
    while (request < most) {
        due = start + (int64_t)(request - BOOK_ORDERS) * 1000000000 / rate;
        if (now_ns() < due) {
            flush();
            usleep(500);
        }
        act(request++, symbols, words[5]);
        if (used > sizeof out / 2) flush();
    }
    flush();
    printf("{\"requests\":%llu,\"ms\":%lld}\n", (unsigned long long)request, (long long)((now_ns() - start) / 1000000));
    say("5", "");
    flush();
    usleep(200000);
    return 0;
}
