#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

/// Makes the process undumpable: no core file and no ptrace by the same user shows a secret. 0 when done.
static inline int keyledger_refuse_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

/// Overwrites memory with zeros by a call that no optimiser may drop, even just before the memory is freed.
static inline void keyledger_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }

/// 1 when the two buffers of `count` bytes agree. The time depends on `count` alone: the accumulator passes through
/// an empty assembly statement each round, so the compiler can't know it and can't leave the loop early.
static inline int keyledger_equal(const void *left, const void *right, size_t count) {
  const uint8_t *a = (const uint8_t *)left, *b = (const uint8_t *)right;
  uint32_t difference = 0;
  for (size_t i = 0; i < count; i++) {
    difference |= (uint32_t)(a[i] ^ b[i]);
    __asm__ volatile("" : "+r"(difference));
  }
  return (int)((difference - 1) >> 31);
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/// 1 when this processor has the SHA, SSSE3 and SSE4.1 instructions that `keyledger_sha256_blocks` needs.
static inline int keyledger_has_sha256(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

// FIPS 180-4 §4.2.2, in groups of four rounds.
static const uint32_t keyledger_sha256_constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/// What every function below is compiled for, and so may only run where `keyledger_has_sha256()` is 1.
#define KEYLEDGER_SHA __attribute__((target("sha,sse4.1,ssse3")))

/// The state of one message. The processor keeps the working variables as (A,B,E,F) and (C,D,G,H), so the eight words
/// are shuffled on the way in and out.
typedef struct {
  __m128i abef, cdgh;
} keyledger_sha256_lane;

KEYLEDGER_SHA static inline keyledger_sha256_lane keyledger_sha256_load(const uint32_t *state) {
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  return (keyledger_sha256_lane){_mm_alignr_epi8(cdab, hgfe, 8), _mm_blend_epi16(hgfe, cdab, 0xf0)};
}

KEYLEDGER_SHA static inline void keyledger_sha256_store(uint32_t *state, keyledger_sha256_lane lane) {
  const __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// The sixteen big-endian words of a block.
KEYLEDGER_SHA static inline void keyledger_sha256_words(__m128i *w, const uint8_t *block) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  for (int i = 0; i < 4; i++)
    w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), big_endian);
}

/// Four rounds: `sha256rnds2` does two, `sha256msg1` and `sha256msg2` the two halves of the message schedule.
KEYLEDGER_SHA static inline __attribute__((always_inline)) void keyledger_sha256_rounds(
    keyledger_sha256_lane *lane, __m128i *w, int group) {
  __m128i *now = &w[group & 3];
  if (group >= 4) {
    const __m128i before = w[(group + 3) & 3];
    const __m128i sigma0 = _mm_sha256msg1_epu32(*now, w[(group + 1) & 3]);
    const __m128i seventh = _mm_alignr_epi8(before, w[(group + 2) & 3], 4);
    *now = _mm_sha256msg2_epu32(_mm_add_epi32(sigma0, seventh), before);
  }
  const __m128i k = _mm_loadu_si128((const __m128i *)(keyledger_sha256_constants + 4 * group));
  const __m128i sum = _mm_add_epi32(*now, k);
  lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
  lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

KEYLEDGER_SHA static inline keyledger_sha256_lane keyledger_sha256_add(
    keyledger_sha256_lane a, keyledger_sha256_lane b) {
  return (keyledger_sha256_lane){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

/// Absorbs `count` blocks of 64 bytes into the eight words of `state`.
KEYLEDGER_SHA static inline void keyledger_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count) {
  keyledger_sha256_lane lane = keyledger_sha256_load(state);
  for (; count > 0; count--, blocks += 64) {
    const keyledger_sha256_lane before = lane;
    __m128i w[4];
    keyledger_sha256_words(w, blocks);
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) keyledger_sha256_rounds(&lane, w, group);
    lane = keyledger_sha256_add(lane, before);
  }
  keyledger_sha256_store(state, lane);
}

/// As `keyledger_sha256_blocks` for two messages, in little more than half the time: a round waits for the one before
/// it, and while one message waits the other's goes on.
KEYLEDGER_SHA static inline void keyledger_sha256_two(
    uint32_t *state_a, const uint8_t *a, uint32_t *state_b, const uint8_t *b, size_t count) {
  keyledger_sha256_lane lane_a = keyledger_sha256_load(state_a), lane_b = keyledger_sha256_load(state_b);
  for (; count > 0; count--, a += 64, b += 64) {
    const keyledger_sha256_lane before_a = lane_a, before_b = lane_b;
    __m128i w_a[4], w_b[4];
    keyledger_sha256_words(w_a, a);
    keyledger_sha256_words(w_b, b);
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) {
      keyledger_sha256_rounds(&lane_a, w_a, group);
      keyledger_sha256_rounds(&lane_b, w_b, group);
    }
    lane_a = keyledger_sha256_add(lane_a, before_a);
    lane_b = keyledger_sha256_add(lane_b, before_b);
  }
  keyledger_sha256_store(state_a, lane_a);
  keyledger_sha256_store(state_b, lane_b);
}

/// Hashes `messages` padded messages that lie one behind the other in `blocks`, message i taking `counts[i]` blocks, at
/// least one. `states` holds eight words for each: the initial value before, the digest after. A message that ends
/// makes room for the next one, so two are at work until the last.
static inline void keyledger_sha256_messages(
    const uint8_t *blocks, const uint32_t *counts, size_t messages, uint32_t *states) {
  struct {
    const uint8_t *blocks;
    uint32_t *state;
    size_t left;
  } lanes[2] = {{blocks, states, 0}, {blocks, states, 0}};
  for (size_t next = 0;;) {
    for (int i = 0; i < 2; i++) {
      if (lanes[i].left > 0 || next == messages) continue;
      lanes[i].blocks = blocks, lanes[i].state = states + 8 * next, lanes[i].left = counts[next];
      blocks += 64 * (size_t)counts[next++];
    }
    const size_t both = lanes[0].left < lanes[1].left ? lanes[0].left : lanes[1].left;
    if (both == 0) break;
    keyledger_sha256_two(lanes[0].state, lanes[0].blocks, lanes[1].state, lanes[1].blocks, both);
    for (int i = 0; i < 2; i++) lanes[i].blocks += 64 * both, lanes[i].left -= both;
  }
  for (int i = 0; i < 2; i++)
    if (lanes[i].left > 0) keyledger_sha256_blocks(lanes[i].state, lanes[i].blocks, lanes[i].left);
}

#include "sha256_sixteen.h"

#else

/// Other processors take the Swift implementation.
static inline int keyledger_has_sha256(void) { return 0; }
static inline int keyledger_has_avx512(void) { return 0; }
static inline void keyledger_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count) {
  (void)state, (void)blocks, (void)count;
  __builtin_trap();
}
static inline void keyledger_sha256_messages(
    const uint8_t *blocks, const uint32_t *counts, size_t messages, uint32_t *states) {
  (void)blocks, (void)counts, (void)messages, (void)states;
  __builtin_trap();
}
static inline void keyledger_sha256_messages_wide(
    const uint8_t *blocks, const uint32_t *counts, size_t messages, uint32_t *states) {
  keyledger_sha256_messages(blocks, counts, messages, states);
}

#endif
