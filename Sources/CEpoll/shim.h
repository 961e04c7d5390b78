#pragma once
// What Linux has and Swift's Glibc module does not show.
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/// A descriptor that is ready, by the token it was registered with.
struct cepoll_ready {
  uint64_t token;
  uint32_t events;
};

static inline int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// EPOLL_CTL_ADD, _MOD or _DEL. Level-triggered.
static inline int cepoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll, operation, descriptor, &event);
}

enum { CEPOLL_MOST = 256 };

/// Waits for at most `milliseconds` (-1: for ever) and fills `ready`, which has room for CEPOLL_MOST. The kernel's own
/// structure is packed, which Swift does not import.
static inline int cepoll_wait(int epoll, struct cepoll_ready *ready, int milliseconds) {
  struct epoll_event events[CEPOLL_MOST];
  int count = epoll_wait(epoll, events, CEPOLL_MOST, milliseconds);
  for (int i = 0; i < count; i++) {
    ready[i].token = events[i].data.u64;
    ready[i].events = events[i].events;
  }
  return count;
}

static inline int cepoll_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// glibc declares accept4 only under _GNU_SOURCE, and under it declares other things unlike Swift's Glibc module does.
int cepoll_accept4(int listener, struct sockaddr *peer, socklen_t *length, int flags) __asm__("accept4");

/// Neither inherited nor blocking.
static inline int cepoll_accept(int listener, struct sockaddr_storage *peer) {
  socklen_t length = sizeof *peer;
  return cepoll_accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static inline int cepoll_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline int cepoll_bind(int descriptor, const struct sockaddr_storage *address) {
  socklen_t length = address->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  return bind(descriptor, (const struct sockaddr *)address, length);
}

static inline int cepoll_name(int descriptor, struct sockaddr_storage *address) {
  socklen_t length = sizeof *address;
  return getsockname(descriptor, (struct sockaddr *)address, &length);
}

static inline int cepoll_set(int descriptor, int level, int option, int value) {
  return setsockopt(descriptor, level, option, &value, sizeof value);
}

/// Bytes that the peer has not acknowledged, sent or not (SIOCOUTQ, tcp(7)); 0 where that can't be told.
static inline int cepoll_unacknowledged(int descriptor) {
  int count = 0;
  return ioctl(descriptor, TIOCOUTQ, &count) == 0 ? count : 0;
}

/// Lets close() throw away what was not sent, and tell the peer by a reset.
static inline int cepoll_reset_on_close(int descriptor) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/// An IPv4 address of 4 bytes or an IPv6 address of 16.
static inline struct sockaddr_storage cepoll_address(int family, const uint8_t *bytes, uint16_t port) {
  struct sockaddr_storage storage = {.ss_family = (sa_family_t)family};
  if (family == AF_INET) {
    struct sockaddr_in *address = (struct sockaddr_in *)&storage;
    address->sin_port = htons(port);
    __builtin_memcpy(&address->sin_addr, bytes, 4);
  } else {
    struct sockaddr_in6 *address = (struct sockaddr_in6 *)&storage;
    address->sin6_port = htons(port);
    __builtin_memcpy(&address->sin6_addr, bytes, 16);
  }
  return storage;
}

/// Copies the 4 or 16 bytes of the address, and returns the port.
static inline uint16_t cepoll_parts(const struct sockaddr_storage *storage, uint8_t *bytes) {
  if (storage->ss_family == AF_INET) {
    const struct sockaddr_in *address = (const struct sockaddr_in *)storage;
    __builtin_memcpy(bytes, &address->sin_addr, 4);
    return ntohs(address->sin_port);
  }
  const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)storage;
  __builtin_memcpy(bytes, &address->sin6_addr, 16);
  return ntohs(address->sin6_port);
}

/// Gives large pieces of memory back to the system when they are let go, and lets threads share what is kept of small ones
/// (mallopt(3)). Left alone, the C library ends the former with the first large piece, and keeps apart what each of many
/// threads once used.
static inline void cepoll_keep_memory_small(void) {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  mallopt(M_ARENA_MAX, 2);
}
