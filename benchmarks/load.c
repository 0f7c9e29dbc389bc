/* A neutral FIX 4.4 load client: what a broker's program sees of any acceptor. It shares no code
   with the node.

   load HOST PORT MODE [--count N] [--warmup N] [--window W] [--sender ID] [--sender2 ID]
        [--target ID] [--symbol S] [--prefix P] [--order-bytes N] [--report-bytes N]
        [--pid PID] [--core N] [--spin 1]

   MODE  echo     against `echo serve`: messages of the given sizes, not FIX
         rest     buy orders at prices nobody sells at
         cancel   a new order, then its cancel; both are counted
         cross    a second session rests a sell order, ours takes it: time to our fill and theirs

   W orders are outstanding; as many new ones as answers were read leave in one send. Time runs
   from the send to the first report of the order. Every message received is checked: framing,
   BodyLength, CheckSum, MsgSeqNum. One JSON line. With --pid, the CPU time of that
   process per order, read around the measured part. With --spin the client asks for its answer
   again and again instead of sleeping.
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    INPUT_MAX = 1 << 20,
    OUTPUT_MAX = 1 << 20,
    MESSAGE_MAX = 512,          /* bytes of one message we send */
    LEVELS = 100,               /* price levels that resting orders are spread over */
    PATIENCE_S = 10             /* without an answer for so long the run has failed */
};

typedef struct {
    const char *mode, *sender, *sender2, *target, *symbol, *prefix;
    long count, warmup, window, order_bytes, report_bytes, pid, core, spin;
} Options;

typedef struct {                /* one message received, as far as we look at it */
    char type;                  /* MsgType(35), one letter */
    char exec_type;             /* 150 */
    long number;                /* the number at the end of ClOrdID(11), -1 = none of ours */
    const char *test_req_id;    /* 112 */
    size_t test_req_id_size;
} Report;

typedef struct {
    int fd;
    const char *sender;
    const Options *options;
    long next_out, next_in;
    size_t start, end, out_size;
    char *input, *output;
} Link;

static struct {
    long messages, bytes, orders, order_bytes, bad_frames, bad_checksums, gaps, rejects;
} seen;

static void fail(const char *what) {
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- the link ---- */

static Link *open_link(const Options *options, const char *host, int port, const char *sender) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int yes = 1;
    Link *link = calloc(1, sizeof(*link));
    link->input = malloc(INPUT_MAX);
    link->output = malloc(OUTPUT_MAX);
    link->fd = socket(AF_INET, SOCK_STREAM, 0);
    link->sender = sender;
    link->options = options;
    link->next_out = link->next_in = 1;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        fail("HOST must be an IPv4 address");
    if (connect(link->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        fail("connect");
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return link;
}

static void flush(Link *link) {
    size_t done = 0;
    while (done < link->out_size) {
        ssize_t sent = send(link->fd, link->output + done, link->out_size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            fail("send");
        done += (size_t)sent;
    }
    link->out_size = 0;
}

static size_t receive(Link *link, char *place, size_t size) {
    ssize_t got;
    int flags = link->options->spin ? MSG_DONTWAIT : 0;
    int64_t until = flags ? now_ns() + PATIENCE_S * INT64_C(1000000000) : 0;
    do
        got = recv(link->fd, place, size, flags);
    while (got < 0 && (errno == EINTR || (flags && errno == EAGAIN && now_ns() < until)));      /* a stop and continue of this process is no fault */
    if (got == 0)
        errno = 0;
    if (got <= 0)
        fail(got == 0 ? "the connection was closed" : "recv");
    return (size_t)got;
}

static void read_more(Link *link) {
    if (link->start > 0) {
        memmove(link->input, link->input + link->start, link->end - link->start);
        link->end -= link->start;
        link->start = 0;
    }
    if (link->end == INPUT_MAX)
        fail("a message larger than the input buffer");
    link->end += receive(link, link->input + link->end, INPUT_MAX - link->end);
}

/* The sum of the bytes, eight at a time in four sums of 16 bits: a client that counts slowly would
   be what is measured. */
static uint32_t byte_sum(const char *bytes, size_t size) {
    const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sums = 0, word;
    uint32_t sum = 0;
    size_t at = 0;
    for (; at + 8 <= size && at < 8 * 128; at += 8) {       /* 128 x 2 x 255 fits 16 bits */
        memcpy(&word, bytes + at, 8);
        sums += (word & low) + (word >> 8 & low);
    }
    for (int part = 0; part < 64; part += 16)
        sum += sums >> part & 0xffff;
    for (; at < size; at++)
        sum += (unsigned char)bytes[at];
    return sum;
}

/* ---- sending FIX ---- */

static char *put(char *at, const char *text) {
    size_t size = strlen(text);
    memcpy(at, text, size);
    return at + size;
}

static char *put_number(char *at, long number) {
    char digits[24];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static const char *timestamp(void) {        /* UTCTimestamp(ms), made once per millisecond */
    static char text[32];
    static int64_t last_ms = -1;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
    if (ms != last_ms) {
        struct tm utc;
        gmtime_r(&now.tv_sec, &utc);
        strftime(text, sizeof(text), "%Y%m%d-%H:%M:%S", &utc);
        snprintf(text + 17, sizeof(text) - 17, ".%03d", (int)(ms % 1000));
        last_ms = ms;
    }
    return text;
}

/* Header up to SendingTime(52), then `body`, then the trailer. */
static void queue(Link *link, char type, const char *body, size_t body_size) {
    char head[MESSAGE_MAX], *at = head;
    at = put(at, "35=");
    *at++ = type;
    at = put(at, "\00149=");
    at = put(at, link->sender);
    at = put(at, "\00156=");
    at = put(at, link->options->target);
    at = put(at, "\00134=");
    at = put_number(at, link->next_out++);
    at = put(at, "\00152=");
    at = put(at, timestamp());
    *at++ = '\001';
    size_t head_size = (size_t)(at - head);
    if (link->out_size + head_size + body_size + 40 > OUTPUT_MAX)
        fail("the window does not fit the output buffer");
    char *start = link->output + link->out_size;
    at = put(start, "8=FIX.4.4\0019=");
    at = put_number(at, (long)(head_size + body_size));
    *at++ = '\001';
    memcpy(at, head, head_size);
    memcpy(at + head_size, body, body_size);
    at += head_size + body_size;
    uint32_t sum = byte_sum(start, (size_t)(at - start));
    at = put(at, "10=");
    *at++ = (char)('0' + sum % 256 / 100);
    *at++ = (char)('0' + sum % 256 / 10 % 10);
    *at++ = (char)('0' + sum % 256 % 10);
    *at++ = '\001';
    if (type == 'D' || type == 'F') {
        seen.orders++;
        seen.order_bytes += at - start;
    }
    link->out_size += (size_t)(at - start);
}

static char *put_id(char *at, const Link *link, const char *tag, long number) {
    at = put(at, tag);
    at = put(at, link->options->prefix);
    *at++ = '-';
    at = put_number(at, number);
    *at++ = '\001';
    return at;
}

static void queue_new(Link *link, long number, char side, long cents, long qty) {
    char body[MESSAGE_MAX], *at = put_id(body, link, "11=", number);
    at = put(at, "21=1\00155=");
    at = put(at, link->options->symbol);
    at = put(at, "\00154=");
    *at++ = side;
    at = put(at, "\00160=");
    at = put(at, timestamp());
    at = put(at, "\00138=");
    at = put_number(at, qty);
    at = put(at, "\00140=2\00144=");
    at = put_number(at, cents / 100);
    *at++ = '.';
    *at++ = (char)('0' + cents / 10 % 10);
    *at++ = (char)('0' + cents % 10);
    at = put(at, "\00159=0\001");
    queue(link, 'D', body, (size_t)(at - body));
}

static void queue_cancel(Link *link, long number, long of, char side, long qty) {
    char body[MESSAGE_MAX], *at = put_id(body, link, "11=", number);
    at = put_id(at, link, "41=", of);
    at = put(at, "55=");
    at = put(at, link->options->symbol);
    at = put(at, "\00154=");
    *at++ = side;
    at = put(at, "\00160=");
    at = put(at, timestamp());
    at = put(at, "\00138=");
    at = put_number(at, qty);
    *at++ = '\001';
    queue(link, 'F', body, (size_t)(at - body));
}

/* ---- reading FIX ---- */

static long read_number(const char *at) {
    long number = 0;
    while (*at >= '0' && *at <= '9')
        number = number * 10 + (*at++ - '0');
    return number;
}

static long read_own_number(const Link *link, const char *at) {
    size_t size = strlen(link->options->prefix);
    return strncmp(at, link->options->prefix, size) == 0 && at[size] == '-'
               ? read_number(at + size + 1) : -1;
}

/* Bytes of the first whole message from `at`, 0 = not all there yet. */
static size_t frame(const char *at, size_t size) {
    if (size < 20)
        return 0;
    if (memcmp(at, "8=FIX.4.4\0019=", 12) != 0) {
        seen.bad_frames++;
        errno = 0;
        fail("bytes that are no FIX 4.4 message");
    }
    const char *body = memchr(at + 12, '\001', size - 12);
    if (body == NULL)
        return 0;
    size_t whole = (size_t)(body + 1 - at) + (size_t)read_number(at + 12) + 7;
    if (size < whole)
        return 0;
    if (memcmp(at + whole - 7, "10=", 3) != 0 || at[whole - 1] != '\001')
        seen.bad_frames++;
    if (byte_sum(at, whole - 7) % 256 != (uint32_t)read_number(at + whole - 4))
        seen.bad_checksums++;
    return whole;
}

static void look(Link *link, const char *at, size_t size, Report *report) {
    const char *end = at + size - 7;
    long msg_seq_num = -1;
    *report = (Report){.number = -1};
    while (at < end) {
        long tag = 0;
        while (*at >= '0' && *at <= '9')
            tag = tag * 10 + (*at++ - '0');
        const char *value = at + 1;
        if (tag == 35)
            report->type = value[1] == '\001' ? value[0] : '?';
        else if (tag == 34)
            msg_seq_num = read_number(value);
        else if (tag == 11)
            report->number = read_own_number(link, value);
        else if (tag == 150)
            report->exec_type = *value;
        at = memchr(value, '\001', (size_t)(end - value) + 1);
        if (tag == 112) {
            report->test_req_id = value;
            report->test_req_id_size = (size_t)(at - value);
        }
        at++;
    }
    if (msg_seq_num != link->next_in)
        seen.gaps++;
    link->next_in = msg_seq_num + 1;
    seen.messages++;
    seen.bytes += (long)size;
}

/* The next application message or Logon; session messages are answered here. 0 = read more. */
static int next_report(Link *link, Report *report) {
    size_t size;
    while ((size = frame(link->input + link->start, link->end - link->start)) > 0) {
        look(link, link->input + link->start, size, report);
        link->start += size;
        if (report->type == '1') {          /* TestRequest -> Heartbeat */
            char body[MESSAGE_MAX], *at = put(body, "112=");
            size_t id_size = report->test_req_id_size < 64 ? report->test_req_id_size : 64;
            memcpy(at, report->test_req_id, id_size);
            at[id_size] = '\001';
            queue(link, '0', body, 5 + id_size);
            flush(link);
        } else if (report->type == '3' || report->type == 'j' || report->type == '9') {
            seen.rejects++;
            return 1;
        } else if (report->type == '5') {
            errno = 0;
            fail("the other end logged us out");
        } else if (report->type == 'A' || report->type == '8')
            return 1;
    }
    return 0;
}

static Report wait_report(Link *link) {
    Report report;
    while (!next_report(link, &report))
        read_more(link);
    return report;
}

static Link *log_on(const Options *options, const char *host, int port, const char *sender) {
    static const char body[] = "98=0\001108=30\001141=Y\001";
    Link *link = open_link(options, host, port, sender);
    queue(link, 'A', body, sizeof(body) - 1);
    flush(link);
    if (wait_report(link).type != 'A') {
        errno = 0;
        fail("no Logon in answer");
    }
    return link;
}

static void log_out(Link *link) {
    queue(link, '5', "", 0);
    flush(link);
    shutdown(link->fd, SHUT_WR);
    while (recv(link->fd, link->input, INPUT_MAX, 0) > 0)
        ;
    close(link->fd);
}

/* ---- figures ---- */

static int64_t cpu_of(long pid) {           /* ns on a CPU, all threads */
    char path[64];
    int64_t total = 0;
    struct dirent *entry;
    if (pid == 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/%ld/task", pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        fail("--pid");
    while ((entry = readdir(folder)) != NULL) {
        char name[400];
        long long ns = 0;
        snprintf(name, sizeof(name), "%s/%s/schedstat", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (file != NULL) {
            if (fscanf(file, "%lld", &ns) == 1)
                total += ns;
            fclose(file);
        }
    }
    closedir(folder);
    return total;
}

static int64_t own_cpu_ns(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000000)
           + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * INT64_C(1000);
}

static int by_size(const void *one, const void *other) {
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static void print_percentiles(const char *name, int64_t *taken, long count) {
    static const struct { const char *name; long per_mille; } wanted[] = {
        {"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};
    if (count == 0)
        return;
    qsort(taken, (size_t)count, sizeof(*taken), by_size);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
        printf("\"%s%s_ns\": %lld, ", name, wanted[i].name,
               (long long)taken[count * wanted[i].per_mille / 1000]);
    printf("\"%smax_ns\": %lld, ", name, (long long)taken[count - 1]);
}

typedef struct {
    int64_t *sent, *taken, *passive;        /* by order number; `passive` only in cross */
    int64_t start_ns, end_ns, cpu_ns, own_ns;
    long total;                             /* warm-up included */
} Run;

static void begin_measuring(Run *run, const Options *options) {
    run->cpu_ns = cpu_of(options->pid);
    run->own_ns = own_cpu_ns();
    run->start_ns = now_ns();
}

static void end_measuring(Run *run, const Options *options) {
    run->end_ns = now_ns();
    run->cpu_ns = cpu_of(options->pid) - run->cpu_ns;
    run->own_ns = own_cpu_ns() - run->own_ns;
}

/* ---- the modes ---- */

static void run_echo(Link *link, const Options *options, Run *run) {
    long sent = 0, answered = 0;
    size_t held = 0, order = (size_t)options->order_bytes, report = (size_t)options->report_bytes;
    memset(link->output, 'D', OUTPUT_MAX);
    if (order * (size_t)options->window > OUTPUT_MAX)
        fail("the window does not fit the output buffer");
    while (answered < run->total) {
        long more = options->window - (sent - answered);
        if (more > run->total - sent)
            more = run->total - sent;
        if (more > 0) {
            int64_t now = now_ns();
            for (long i = 0; i < more; i++)
                run->sent[sent + i] = now;
            link->out_size = order * (size_t)more;
            flush(link);
            sent += more;
        }
        held += receive(link, link->input, INPUT_MAX);
        int64_t now = now_ns();
        for (; held >= report; held -= report) {
            run->taken[answered] = now - run->sent[answered];
            if (++answered == options->warmup)
                begin_measuring(run, options);
        }
    }
}

static void queue_one(Link *link, const Options *options, long number) {
    long cents = 5000 + number / 2 % LEVELS;
    if (strcmp(options->mode, "rest") == 0)
        queue_new(link, number, '1', cents, 100);
    else if (number % 2 == 0)
        queue_new(link, number, '1', cents, 100);
    else
        queue_cancel(link, number, number - 1, '1', 100);
}

/* Orders and cancels, `window` of them outstanding; each has exactly one first report. */
static void run_window(Link *link, const Options *options, Run *run) {
    long sent = 0, answered = 0;
    Report report;
    while (answered < run->total) {
        long more = options->window - (sent - answered);
        if (more > run->total - sent)
            more = run->total - sent;
        if (more > 0) {
            int64_t now = now_ns();
            for (long i = 0; i < more; i++) {
                run->sent[sent] = now;
                queue_one(link, options, sent++);
            }
            flush(link);
        }
        read_more(link);
        int64_t now = now_ns();
        while (next_report(link, &report)) {
            if (report.number < 0 || report.number >= sent || run->taken[report.number] != 0)
                continue;
            run->taken[report.number] = now - run->sent[report.number];
            if (++answered == options->warmup)
                begin_measuring(run, options);
        }
    }
}

/* Their sell rests; our buy takes it. Numbers: even = resting, odd = aggressor. */
static void run_cross(Link *link, Link *other, const Options *options, Run *run) {
    for (long i = 0; i < run->total; i++) {
        int64_t start, filled = 0, passive = 0;
        if (i == options->warmup)
            begin_measuring(run, options);
        queue_new(other, 2 * i, '2', 10000, 100);
        flush(other);
        while (wait_report(other).number != 2 * i)
            ;
        start = now_ns();
        queue_new(link, 2 * i + 1, '1', 10000, 100);
        flush(link);
        while (filled == 0) {
            Report report = wait_report(link);
            if (report.type == '8' && report.number == 2 * i + 1 && report.exec_type == 'F')
                filled = now_ns();
        }
        while (passive == 0) {
            Report report = wait_report(other);
            if (report.type == '8' && report.number == 2 * i && report.exec_type == 'F')
                passive = now_ns();
        }
        run->taken[i] = filled - start;
        run->passive[i] = passive - start;
    }
}

static Options read_options(int count, char **words) {
    static char prefix[32];
    Options options = {.sender = "CLIENT1", .sender2 = "CLIENT2", .target = "NODE",
                       .symbol = "TEST1", .prefix = prefix, .count = 20000, .warmup = 2000,
                       .window = 1, .order_bytes = 160, .report_bytes = 175, .core = -1};
    snprintf(prefix, sizeof(prefix), "L%lx", (long)time(NULL) << 12 | (getpid() & 4095));
    options.mode = words[3];
    for (int i = 4; i + 1 < count; i += 2) {
        struct { const char *name; long *number; const char **text; } known[] = {
            {"--count", &options.count, 0}, {"--warmup", &options.warmup, 0},
            {"--window", &options.window, 0}, {"--order-bytes", &options.order_bytes, 0},
            {"--report-bytes", &options.report_bytes, 0}, {"--pid", &options.pid, 0},
            {"--core", &options.core, 0}, {"--spin", &options.spin, 0}, {"--sender", 0, &options.sender},
            {"--sender2", 0, &options.sender2}, {"--target", 0, &options.target},
            {"--symbol", 0, &options.symbol}, {"--prefix", 0, &options.prefix}};
        size_t k, known_count = sizeof(known) / sizeof(*known);
        for (k = 0; k < known_count && strcmp(words[i], known[k].name) != 0; k++)
            ;
        if (k == known_count) {
            fprintf(stderr, "load: unknown option %s\n", words[i]);
            exit(2);
        }
        if (known[k].number)
            *known[k].number = strtol(words[i + 1], NULL, 10);
        else
            *known[k].text = words[i + 1];
    }
    return options;
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "load HOST PORT echo|rest|cancel|cross [--count N] ... (see load.c)\n");
        return 2;
    }
    Options options = read_options(count, words);
    Run run = {.total = options.warmup + options.count};
    int port = atoi(words[2]), is_cross = strcmp(options.mode, "cross") == 0;
    run.sent = calloc((size_t)run.total, sizeof(*run.sent));
    run.taken = calloc((size_t)run.total, sizeof(*run.taken));
    run.passive = calloc((size_t)run.total, sizeof(*run.passive));
    if (run.sent == NULL || run.taken == NULL || run.passive == NULL)
        fail("no memory");
    if (options.core >= 0) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET((size_t)options.core, &cores);
        if (sched_setaffinity(0, sizeof(cores), &cores) < 0)
            fail("--core");
    }
    if (options.warmup < 1 || options.count < 1 || options.window < 1)
        fail("--count, --warmup and --window start at 1");
    if (strcmp(options.mode, "echo") == 0) {
        Link *link = open_link(&options, words[1], port, options.sender);
        run_echo(link, &options, &run);
        end_measuring(&run, &options);
    } else if (is_cross || strcmp(options.mode, "rest") == 0
               || strcmp(options.mode, "cancel") == 0) {
        Link *link = log_on(&options, words[1], port, options.sender), *other = NULL;
        if (is_cross) {
            other = log_on(&options, words[1], port, options.sender2);
            run_cross(link, other, &options, &run);
        } else
            run_window(link, &options, &run);
        end_measuring(&run, &options);
        log_out(link);
        if (other != NULL)
            log_out(other);
    } else
        fail("MODE is echo, rest, cancel or cross");
    double seconds = (double)(run.end_ns - run.start_ns) / 1e9;
    printf("{\"mode\": \"%s\", \"window\": %ld, \"count\": %ld, \"seconds\": %.6f, "
           "\"rate\": %.1f, ",
           options.mode, options.window, options.count, seconds, (double)options.count / seconds);
    print_percentiles("", run.taken + options.warmup, options.count);
    if (is_cross)
        print_percentiles("passive_", run.passive + options.warmup, options.count);
    printf("\"order_bytes\": %ld, \"report_bytes\": %ld, \"reports\": %ld, \"bad_frames\": %ld, "
           "\"bad_checksums\": %ld, \"gaps\": %ld, \"rejects\": %ld, "
           "\"server_cpu_ns\": %lld, \"client_cpu_ns\": %lld}\n",
           seen.orders ? seen.order_bytes / seen.orders : options.order_bytes,
           seen.messages ? seen.bytes / seen.messages : options.report_bytes, seen.messages,
           seen.bad_frames, seen.bad_checksums, seen.gaps, seen.rejects,
           (long long)(run.cpu_ns / options.count), (long long)(run.own_ns / options.count));
    return 0;
}
