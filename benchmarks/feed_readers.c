/* Readers of market data and drop copies, as lean as they can be: one thread, poll, nothing allocated per message.
 *
 *   feed_readers PORT READERS SYMBOLS DEPTH COPIES SLOW SECONDS FIRST_SYMBOL_PREFIX
 *
 * READERS sessions named R1.. ask for DEPTH levels of SYMBOLS instruments P0..; COPIES drop copies are named D1.. and
 * replay from 0. The first SLOW of the readers have small receive buffers and read a little once a second until SIGUSR1,
 * from then on as the others do; they and the reader after them keep their books. Every message's BodyLength is stepped
 * over, every X's FirstBookID must be the LastBookID before it plus one; a W may only go forward. Prints one JSON line at
 * SIGTERM or after SECONDS: messages, bytes, entries, gaps, snapshots, reports per drop copy (least and most), slow readers
 * that were shown books anew (slow_conflated), and of these that end with another book than the reader after them
 * (slow_differ); entries that contradict the book they change are gaps.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 20, LINES_MAX = 1024, SYMBOLS_MAX = 256, LEVELS_MAX = 256, SLOW_BUFFER = 32768, SLOW_READ = 16384 };

struct level { int64_t price, qty, orders; };
struct side { int count; struct level levels[LEVELS_MAX]; };

struct line {
    int fd, is_copy, is_slow;
    uint64_t number;            /* MsgSeqNum out */
    char name[16];
    char *data;
    size_t used;
    uint64_t last_id[SYMBOLS_MAX];
    uint64_t reports, books;
    struct side (*sides)[2];    /* by symbol, of those that keep their books */
};

static struct line lines[LINES_MAX];
static struct pollfd polls[LINES_MAX];
static uint64_t messages, bytes, entries, gaps, snapshots, cuts;
static volatile sig_atomic_t is_over, is_quick;

static void end(int number) { (void)number; is_over = 1; }
static void hurry(int number) { (void)number; is_quick = 1; }

static int64_t now_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void say(struct line *line, const char *type, const char *body) {
    char text[16384], head[64], time_text[32];
    struct timespec at;
    struct tm parts;
    unsigned sum = 0;
    int size, i, head_size;
    clock_gettime(CLOCK_REALTIME, &at);
    gmtime_r(&at.tv_sec, &parts);
    strftime(time_text, sizeof time_text, "%Y%m%d-%H:%M:%S", &parts);
    size = snprintf(text, sizeof text, "35=%s\00134=%llu\00149=%s\00152=%s\00156=NODE\001%s", type,
                    (unsigned long long)++line->number, line->name, time_text, body);
    head_size = snprintf(head, sizeof head, "8=FIX.4.4\0019=%d\001", size);
    for (i = 0; i < head_size; i++) sum += (unsigned char)head[i];
    for (i = 0; i < size; i++) sum += (unsigned char)text[i];
    size += snprintf(text + size, sizeof text - size, "10=%03u\001", sum % 256);
    if (write(line->fd, head, head_size) != head_size || write(line->fd, text, size) != size) {
        perror("write");
        exit(1);
    }
}

static uint64_t number_at(const char *at) { return strtoull(at, NULL, 10); }

static const char *field(const char *message, size_t size, const char *tag) {
    const char *found = memmem(message, size, tag, strlen(tag));
    return found ? found + strlen(tag) : NULL;
}

static void change(struct side *side, char action, struct level level) {
    int i = 0;
    while (i < side->count && side->levels[i].price != level.price) i++;
    if (action == '0' ? i < side->count || i == LEVELS_MAX : i == side->count) gaps++;
    else if (action == '2') side->levels[i] = side->levels[--side->count];
    else {
        side->levels[i] = level;
        if (i == side->count) side->count++;
    }
}

/* Apply the entries of a W or X: each begins with 269 or 279. */
static void keep(struct side sides[2], const char *at, const char *end, int is_whole) {
    struct level level = {0, 0, 0};
    int side = 0, is_open = 0, tag;
    char action = '0';
    if (is_whole) sides[0].count = sides[1].count = 0;
    while (at < end) {
        const char *value = memchr(at, '=', end - at), *stop = value ? memchr(value, 1, end - value) : NULL;
        if (!stop) break;
        tag = atoi(at);
        value++;
        if (tag == (is_whole ? 269 : 279)) {
            if (is_open) change(&sides[side], action, level);
            is_open = 1;
            if (!is_whole) action = *value;
        }
        if (tag == 269) side = *value == '1';
        else if (tag == 270) level.price = (int64_t)(1e4 * strtod(value, NULL) + 0.5);
        else if (tag == 271) level.qty = (int64_t)(1e4 * strtod(value, NULL) + 0.5);
        else if (tag == 346) level.orders = atoll(value);
        at = stop + 1;
    }
    if (is_open) change(&sides[side], action, level);
}

static int is_in(const struct level *level, const struct side *side) {
    int i;
    for (i = 0; i < side->count; i++) if (!memcmp(level, &side->levels[i], sizeof *level)) return 1;
    return 0;
}

static int differ(const struct line *one, const struct line *other, int symbols) {
    int n, side, i;
    for (n = 0; n < symbols; n++) for (side = 0; side < 2; side++) {
        const struct side *a = &one->sides[n][side], *b = &other->sides[n][side];
        if (a->count != b->count) return 1;
        for (i = 0; i < a->count; i++) if (!is_in(&a->levels[i], b)) return 1;
    }
    return 0;
}

/* One whole message; `prefix` is what stands before an instrument's number in its symbol. */
static void take(struct line *line, const char *message, size_t size, const char *prefix) {
    const char *type = field(message, 64 < size ? 64 : size, "\00135=");
    const char *first, *last, *symbol;
    size_t near = size < 400 ? size : 400;
    unsigned at;
    messages++;
    if (!type) { gaps++; return; }
    if (*type == '8') { line->reports++; return; }
    if (*type == '1') { say(line, "0", "112=x\001"); return; }
    if (*type != 'W' && *type != 'X') return;
    symbol = field(message, near, "\00155=");
    last = field(message, near, "\0015084=");
    if (!symbol || !last) { gaps++; return; }
    at = (unsigned)number_at(symbol + strlen(prefix)) % SYMBOLS_MAX;
    if (*type == 'W') {
        line->books++;
        snapshots++;
        if (number_at(last) < line->last_id[at]) gaps++;
    } else {
        first = field(message, near, "\0015083=");
        if (!first || number_at(first) != line->last_id[at] + 1) gaps++;
        entries += number_at(field(message, near, "\001268="));
    }
    line->last_id[at] = number_at(last);
    if (line->sides && (last = memmem(message, size, "\001268=", 5)))
        keep(line->sides[at], last + 1, message + size, *type == 'W');
}

static void take_all(struct line *line, const char *prefix) {
    size_t at = 0;
    for (;;) {
        const char *start = line->data + at, *length;
        size_t left = line->used - at, body, head;
        if (left < 32) break;
        length = memchr(start, 1, left);
        if (!length || (size_t)(length - start) + 16 > left) break;
        body = number_at(length + 3);
        length = memchr(length + 3, 1, left - (length + 3 - start));
        if (!length) break;
        head = length + 1 - start;
        if (left < head + body + 7) break;
        take(line, start, head + body, prefix);
        at += head + body + 7;
    }
    memmove(line->data, line->data + at, line->used - at);
    line->used -= at;
}

static void open_line(struct line *line, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int yes = 1, small = SLOW_BUFFER;
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    line->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (line->is_slow) setsockopt(line->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (line->fd < 0 || connect(line->fd, (struct sockaddr *)&to, sizeof to)) { perror("connect"); exit(1); }
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    line->data = malloc(ROOM);
    say(line, "A", line->is_copy ? "98=0\001108=30\001141=Y\0015091=0\001" : "98=0\001108=30\001141=Y\001");
}

int main(int count, char **words) {
    int port, readers, symbols, depth, copies, slow, total, i, left = 0, odd = 0;
    int64_t until, slow_due = 0, beat_due;
    uint64_t least = UINT64_MAX, most = 0;
    const char *prefix;
    if (count != 9) { fprintf(stderr, "usage: see the head of feed_readers.c\n"); return 2; }
    port = atoi(words[1]); readers = atoi(words[2]); symbols = atoi(words[3]); depth = atoi(words[4]);
    copies = atoi(words[5]); slow = atoi(words[6]); prefix = words[8];
    total = readers + copies;
    if (total > LINES_MAX || symbols > SYMBOLS_MAX || slow >= readers) return 2;
    signal(SIGTERM, end);
    signal(SIGUSR1, hurry);
    signal(SIGPIPE, SIG_IGN);
    for (i = 0; i < total; i++) {
        struct line *line = &lines[i];
        char ask[16384];
        int at, n;
        line->is_copy = i >= readers;
        line->is_slow = i < slow;
        if (i <= slow) line->sides = calloc(symbols, sizeof *line->sides);
        snprintf(line->name, sizeof line->name, line->is_copy ? "D%d" : "R%d", line->is_copy ? i - readers + 1 : i + 1);
        open_line(line, port);
        if (!line->is_copy) {
            at = snprintf(ask, sizeof ask, "262=r\0015082=Y\001263=1\001264=%d\001265=1\001267=2\001269=0\001269=1\001146=%d\001", depth, symbols);
            for (n = 0; n < symbols; n++) at += snprintf(ask + at, sizeof ask - at, "55=%s%d\001", prefix, n);
            say(line, "V", ask);
        }
        fcntl(line->fd, F_SETFL, O_NONBLOCK);
        polls[i].fd = line->fd;
        polls[i].events = POLLIN;
    }
    printf("READY\n");
    fflush(stdout);
    until = now_ms() + (int64_t)(atof(words[7]) * 1000);
    beat_due = now_ms() + 10000;
    while (!is_over && now_ms() < until) {
        int64_t now = now_ms();
        int wakes_slow = is_quick || now >= slow_due;
        if (wakes_slow) slow_due = now + 1000;
        for (i = 0; i < slow; i++) polls[i].events = wakes_slow ? POLLIN : 0;
        if (now >= beat_due) {
            beat_due = now + 10000;
            for (i = 0; i < total; i++) if (lines[i].fd >= 0) say(&lines[i], "0", "");
        }
        if (poll(polls, total, 100) < 0 && errno != EINTR) break;
        for (i = 0; i < total; i++) {
            struct line *line = &lines[i];
            ssize_t got;
            if (!(polls[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
            if (line->is_slow && !wakes_slow) continue;
            got = read(line->fd, line->data + line->used,
                       line->is_slow && !is_quick ? SLOW_READ : ROOM - line->used);
            if (got <= 0 && errno != EAGAIN) { cuts++; close(line->fd); line->fd = polls[i].fd = -1; continue; }
            if (got <= 0) continue;
            bytes += got;
            line->used += got;
            take_all(line, prefix);
        }
    }
    for (i = readers; i < total; i++) {
        if (lines[i].reports < least) least = lines[i].reports;
        if (lines[i].reports > most) most = lines[i].reports;
    }
    for (i = 0; i < slow; i++) {
        if (lines[i].books > (uint64_t)symbols) {
            left++;
            odd += lines[i].fd < 0 || differ(&lines[i], &lines[slow], symbols);
        }
    }
    printf("{\"messages\":%llu,\"bytes\":%llu,\"entries\":%llu,\"gaps\":%llu,\"snapshots\":%llu,\"cuts\":%llu,"
           "\"copies_least\":%llu,\"copies_most\":%llu,\"slow_conflated\":%d,"
           "\"slow_differ\":%d}\n",
           (unsigned long long)messages, (unsigned long long)bytes, (unsigned long long)entries,
           (unsigned long long)gaps, (unsigned long long)snapshots, (unsigned long long)cuts,
           (unsigned long long)(copies ? least : 0), (unsigned long long)most, left, odd);
    return 0;
}
