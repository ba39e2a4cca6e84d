#include "common/linux/heap_trimmer.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace proctor {
namespace {

constexpr uint64_t kMebibyte = 1 << 20;

TEST(HeapLookTest, ALittleIsNotWorthTheTime) {
  HeapLook look;
  EXPECT_FALSE(look.WorthTrimming({15 * kMebibyte, 10 * kMebibyte}));
  EXPECT_TRUE(look.WorthTrimming({468 * kMebibyte, 32 * kMebibyte}));
}

TEST(HeapLookTest, WhatCouldNotBeGivenBackIsNotTriedAgainSoon) {
  HeapLook look;
  const HeapLook::Usage stuck = {200 * kMebibyte, 40 * kMebibyte};
  EXPECT_TRUE(look.WorthTrimming(stuck));
  look.Trimmed(stuck);
  EXPECT_FALSE(look.WorthTrimming(stuck));
  EXPECT_TRUE(look.WorthTrimming({400 * kMebibyte, 40 * kMebibyte}));
}

TEST(HeapLookTest, WhatCouldNotBeGivenBackUnderLoadIsTriedAgainAfterIt) {
  HeapLook look;
  look.Trimmed({1900 * kMebibyte, 300 * kMebibyte});
  int looks = 1;
  while (!look.WorthTrimming({600 * kMebibyte, 20 * kMebibyte}) && looks < 1000) ++looks;
  EXPECT_GT(looks, 1);
  EXPECT_LT(looks, 60);
}

TEST(HeapTrimmerTest, GivesBackWhatWasFreedInTheMiddleOfAnArena) {
  std::vector<std::unique_ptr<char[]>> survivors;
  const auto fill = [&survivors] {
    constexpr size_t kObjects = 400'000;
    std::vector<std::unique_ptr<char[]>> objects;
    objects.reserve(kObjects);
    for (size_t i = 0; i < kObjects; ++i) {
      objects.push_back(std::make_unique<char[]>(500));
      objects.back()[0] = 'x';
      if (i % 1000 == 0) survivors.push_back(std::make_unique<char[]>(500));
    }
  };
  if (HeapLook::Measure().in_use == 0) GTEST_SKIP() << "needs glibc's allocator";
  std::thread(fill).join();
  if (!HeapLook().WorthTrimming(HeapLook::Measure())) {
    GTEST_SKIP() << "needs an allocator that keeps what was freed";
  }
  HeapTrimmer trimmer(absl::Milliseconds(10));
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (HeapLook().WorthTrimming(HeapLook::Measure()) && absl::Now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(HeapLook().WorthTrimming(HeapLook::Measure()));
}

}  // namespace
}  // namespace proctor
