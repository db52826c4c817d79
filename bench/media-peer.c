// The other ends of the media benches, and the loop that ours is compared with. One file, two roles:
//   media-peer far CALLS PORT WARM_MS MEASURE_MS   answers each call with a packet every 20 ms and measures what comes,
//                                                  by the kernel's time stamps; prints one line of JSON. Far ends know
//                                                  nothing of each other: each sends at its own millisecond of the 20
//   media-peer loop CALLS PORT OWN_PORT            the plainest two-way engine: epoll, one timer, connected sockets,
//                                                  the energy of every frame that comes in; runs until it is killed
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 172, BUCKETS = 200000 };

struct call {
  int fd, known, begun;
  uint16_t sequence, last;
  uint32_t timestamp;
  int64_t at;
};

static struct call *calls;
static int count;
static uint32_t deviations[BUCKETS];
static uint64_t measured, lost, received;
static int16_t levels[256];
static volatile double energy;

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int bound(int port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || bind(fd, (void *)&at, sizeof at) < 0) { perror("bind"); exit(1); }
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return fd;
}

static void aim(int fd, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (void *)&to, sizeof to) < 0) { perror("connect"); exit(1); }
}

static void send_frame(struct call *call) {
  static uint8_t packet[PACKET];
  packet[0] = 0x80;
  packet[2] = call->sequence >> 8; packet[3] = call->sequence & 0xff;
  uint32_t timestamp = htonl(call->timestamp), ssrc = htonl(0x1000 + (uint32_t)(call - calls));
  memcpy(packet + 4, &timestamp, 4); memcpy(packet + 8, &ssrc, 4);
  for (int index = 0; index < 160; index++) packet[12 + index] = (uint8_t)(index * 5 + call->sequence);
  call->sequence++; call->timestamp += 160;
  if (send(call->fd, packet, PACKET, 0) < 0) return;
}

static void measure(struct call *call, uint16_t sequence, int64_t at, int counting) {
  if (counting && call->begun) {
    uint16_t step = sequence - call->last;
    received++;
    if (step == 1) {
      int64_t off = llabs(at - call->at - 20000000) / 1000;
      deviations[off < BUCKETS ? off : BUCKETS - 1]++; measured++;
    } else if (step < 1000) lost += step - 1;
  }
  call->begun = 1; call->last = sequence; call->at = at;
}

static void take(struct call *call, int far, int counting) {
  uint8_t packet[2048]; char control[128]; struct sockaddr_in from;
  for (;;) {
    struct iovec part = {packet, sizeof packet};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(call->fd, &message, 0);
    if (length < 12) return;
    if (!far) {
      double sum = 0;
      for (ssize_t index = 12; index < length; index++) sum += (double)levels[packet[index]] * levels[packet[index]];
      energy = sum;
      continue;
    }
    if ((packet[1] & 0x7f) >= 64 && (packet[1] & 0x7f) < 96) continue;
    if (!call->known) { aim(call->fd, ntohs(from.sin_port)); call->known = 1; }
    struct cmsghdr *stamp = CMSG_FIRSTHDR(&message);
    struct timespec time = {0};
    if (stamp && stamp->cmsg_type == SCM_TIMESTAMPNS) memcpy(&time, CMSG_DATA(stamp), sizeof time);
    measure(call, packet[2] << 8 | packet[3], time.tv_sec * 1000000000LL + time.tv_nsec, counting);
  }
}

static double percentile(double share) {
  uint64_t seen = 0;
  for (int index = 0; index < BUCKETS; index++) if ((seen += deviations[index]) >= share * measured) return index / 1000.0;
  return BUCKETS / 1000.0;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  int far = strcmp(argv[1], "far") == 0, port = atoi(argv[3]);
  count = atoi(argv[2]);
  calls = calloc(count, sizeof *calls);
  for (int code = 0; code < 256; code++) {
    int bits = ~code & 0xff, segment = bits >> 4 & 7, level = (((bits & 15) << 3) + 132 << segment) - 132;
    levels[code] = code & 0x80 ? level : -level;
  }
  int poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = -1};
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
  for (int index = 0; index < count; index++) {
    calls[index].fd = bound(far ? port + index * 2 : atoi(argv[4]) + index * 2);
    if (!far) { aim(calls[index].fd, port + index * 2); calls[index].known = 1; }
    event.data.fd = index;
    epoll_ctl(poll, EPOLL_CTL_ADD, calls[index].fd, &event);
  }
  long pace = far ? 1000000 : 20000000;
  int slots = far ? 20 : 1, slot = 0;
  struct itimerspec every = {{0, pace}, {0, pace}};
  timerfd_settime(timer, 0, &every, NULL);
  puts("bound"); fflush(stdout);
  int64_t start = 0, warm = far ? atoll(argv[4]) * 1000000 : 0, until = far ? warm + atoll(argv[5]) * 1000000 : 0;
  int counting = 0;
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(poll, events, 256, 1000);
    for (int index = 0; index < ready; index++) {
      if (events[index].data.fd >= 0) { take(&calls[events[index].data.fd], far, counting); continue; }
      uint64_t ticks = 0;
      if (read(timer, &ticks, sizeof ticks) < 0) continue;
      int known = 0;
      while (ticks-- > 0) {
        for (int call = slot; call < count; call += slots) if (calls[call].known) send_frame(&calls[call]);
        slot = (slot + 1) % slots;
      }
      for (int call = 0; call < count; call++) known += calls[call].known;
      if (!far) continue;
      int64_t now = now_ns(CLOCK_MONOTONIC);
      if (start == 0 && known == count) start = now;
      if (start != 0 && !counting && now - start >= warm) { counting = 1; puts("measuring"); fflush(stdout); }
      if (counting && now - start >= until) {
        printf("{\"received\":%llu,\"lost\":%llu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n", (unsigned long long)received, (unsigned long long)lost, percentile(.5), percentile(.99), percentile(1));
        return 0;
      }
    }
  }
}
