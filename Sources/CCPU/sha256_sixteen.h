#pragma once
// Sixteen messages of SHA-256 at once, a message in each lane of AVX-512: a third of the time that the instructions for
// SHA-256 take for one, which do no more than two at a time. Part of shim.h.

/// What the functions below are compiled for, and so may only run where `keyledger_has_avx512()` is 1.
#define KEYLEDGER_WIDE __attribute__((target("avx512f,avx512bw,sha,sse4.1,ssse3")))

/// 1 when this processor has AVX-512 F and BW, and the system keeps all of their registers for a thread (XCR0 bits 1, 2, 5, 6
/// and 7).
static inline int keyledger_has_avx512(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
  __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  if ((a & 0xe6) != 0xe6) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX512F) && (b & bit_AVX512BW);
}

/// Turns sixteen rows of sixteen words into their columns: first within squares of four by four, then the squares.
KEYLEDGER_WIDE static inline __attribute__((always_inline)) void keyledger_transpose(__m512i *r) {
  __m512i t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const __m512i even_a = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88), odd_a = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
    const __m512i even_b = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
    const __m512i odd_b = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
    t[i] = _mm512_shuffle_i32x4(even_a, even_b, 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(odd_a, odd_b, 0x88);
    t[8 + i] = _mm512_shuffle_i32x4(even_a, even_b, 0xdd);
    t[12 + i] = _mm512_shuffle_i32x4(odd_a, odd_b, 0xdd);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) r[i] = t[i];
}

/// Exclusive or of a word turned right by three counts, or shifted by the last of them: Σ and σ of FIPS 180-4 §4.1.2.
#define KEYLEDGER_XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define KEYLEDGER_TURN(x, a, b, c) \
  KEYLEDGER_XOR3(_mm512_ror_epi32(x, a), _mm512_ror_epi32(x, b), _mm512_ror_epi32(x, c))
#define KEYLEDGER_SHIFT(x, a, b, c) \
  KEYLEDGER_XOR3(_mm512_ror_epi32(x, a), _mm512_ror_epi32(x, b), _mm512_srli_epi32(x, c))

/// One block of each of sixteen messages, by the text of FIPS 180-4 §6.2.2 with a message in each lane. `states` holds the
/// first words of all, then the second words, and so on.
KEYLEDGER_WIDE static inline void keyledger_sha256_sixteen(__m512i *states, const uint8_t *const *blocks) {
  const __m512i big_endian =
      _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
  __m512i w[16], v[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks[i]), big_endian);
  keyledger_transpose(w);
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) v[i] = states[i];
#pragma clang loop unroll(full)
  for (int t = 0; t < 64; t++) {
    // The variables a to h stay where they are and change their names instead.
    __m512i *a = &v[(64 - t) & 7], *b = &v[(65 - t) & 7], *c = &v[(66 - t) & 7], *d = &v[(67 - t) & 7];
    __m512i *e = &v[(68 - t) & 7], *f = &v[(69 - t) & 7], *g = &v[(70 - t) & 7], *h = &v[(71 - t) & 7];
    __m512i *now = &w[t & 15];
    if (t >= 16) {
      const __m512i second = w[(t + 14) & 15], fifteenth = w[(t + 1) & 15];
      const __m512i sum = _mm512_add_epi32(*now, w[(t + 9) & 15]);
      *now = _mm512_add_epi32(
          _mm512_add_epi32(sum, KEYLEDGER_SHIFT(fifteenth, 7, 18, 3)), KEYLEDGER_SHIFT(second, 17, 19, 10));
    }
    const __m512i k = _mm512_add_epi32(*now, _mm512_set1_epi32((int)keyledger_sha256_constants[t]));
    const __m512i choice = _mm512_ternarylogic_epi32(*e, *f, *g, 0xca);
    const __m512i majority = _mm512_ternarylogic_epi32(*a, *b, *c, 0xe8);
    const __m512i t1 = _mm512_add_epi32(
        _mm512_add_epi32(*h, k), _mm512_add_epi32(choice, KEYLEDGER_TURN(*e, 6, 11, 25)));
    *d = _mm512_add_epi32(*d, t1);
    *h = _mm512_add_epi32(t1, _mm512_add_epi32(majority, KEYLEDGER_TURN(*a, 2, 13, 22)));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) states[i] = _mm512_add_epi32(states[i], v[i]);
}

/// A message that is being hashed: what is left of it, and where its digest goes.
typedef struct {
  const uint8_t *blocks;
  uint32_t *state;
  size_t left;
} keyledger_sha256_rest;

/// From so many messages on sixteen lanes are quicker than one after the other, however many of them stand idle.
#define KEYLEDGER_ENOUGH 6

/// As `keyledger_sha256_messages`, sixteen at a time: less than half the cost of two.
KEYLEDGER_WIDE static inline void keyledger_sha256_messages_wide(
    const uint8_t *blocks, const uint32_t *counts, size_t messages, uint32_t *states) {
  union {
    __m512i rows[8];
    uint32_t words[8][16];
  } all = {0};
  keyledger_sha256_rest lanes[16] = {0};
  const uint8_t *now[16];
  for (size_t next = 0;;) {
    size_t active = 0, least = SIZE_MAX;
    for (int i = 0; i < 16; i++) {
      // What an idle lane is given is read and means nothing.
      now[i] = (const uint8_t *)keyledger_sha256_constants;
      if (lanes[i].left == 0) {
        if (next == messages) continue;
        lanes[i] = (keyledger_sha256_rest){blocks, states + 8 * next, counts[next]};
        for (int word = 0; word < 8; word++) all.words[word][i] = lanes[i].state[word];
        blocks += 64 * (size_t)counts[next++];
      }
      active++, now[i] = lanes[i].blocks;
      if (lanes[i].left < least) least = lanes[i].left;
    }
    const int goes_on = active >= KEYLEDGER_ENOUGH;
    if (goes_on) {
      // An idle lane has no more than this one block.
      if (active < 16) least = 1;
      for (size_t block = 0; block < least; block++) {
        keyledger_sha256_sixteen(all.rows, now);
        for (int i = 0; i < 16; i++) now[i] += 64;
      }
    } else {
      least = 0;
    }
    for (int i = 0; i < 16; i++) {
      if (lanes[i].left == 0) continue;
      lanes[i].left -= least, lanes[i].blocks += 64 * least;
      if (lanes[i].left > 0 && goes_on) continue;
      for (int word = 0; word < 8; word++) lanes[i].state[word] = all.words[word][i];
    }
    if (!goes_on) break;
  }
  // The other instructions wait for registers whose upper parts are in use.
  _mm256_zeroupper();
  for (int i = 0; i < 16; i++)
    if (lanes[i].left > 0) keyledger_sha256_blocks(lanes[i].state, lanes[i].blocks, lanes[i].left);
}
