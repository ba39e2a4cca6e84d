#include "agent/job/job_record.h"

#include <utility>

#include "agent/token/launch_strings.h"

namespace proctor {
namespace {

// Below, one part is cheaper than two.
constexpr size_t kWorthTaking = 4096;

constexpr size_t kMaxProgram = 4096;

}  // namespace

std::string ProgramOf(const v1::LaunchSpec& spec) {
  const auto& arguments = ArgumentsOf(spec);
  return arguments.empty() ? std::string() : arguments[0].substr(0, kMaxProgram);
}

LargeStrings TakeLargeStrings(v1::LaunchSpec* spec) {
  if (spec->ByteSizeLong() < kWorthTaking) return nullptr;
  v1::Job taken;
  v1::LaunchSpec& strings = *taken.mutable_spec();
  strings.mutable_argv()->Swap(spec->mutable_argv());
  if (spec->has_environment()) strings.mutable_environment()->Swap(spec->mutable_environment());
  if (spec->has_byte_strings()) strings.mutable_byte_strings()->Swap(spec->mutable_byte_strings());
  spec->clear_environment();
  spec->clear_byte_strings();
  return std::make_shared<const std::string>(taken.SerializeAsString());
}

void PutLargeStrings(const LargeStrings& strings, v1::Job* job) {
  if (strings != nullptr) job->MergeFromString(*strings);
}

std::string PackJob(v1::Job job) {
  job.clear_owner();
  job.clear_user();
  return job.SerializeAsString();
}

v1::Job JobSnapshot::Small() const {
  if (job.has_value()) return *job;
  v1::Job unpacked;
  unpacked.ParseFromString(packed);
  *unpacked.mutable_owner() = security->owner()->proto();
  *unpacked.mutable_user() = security->user()->proto();
  return unpacked;
}

v1::Job JobSnapshot::Whole() const {
  v1::Job whole = Small();
  PutLargeStrings(strings, &whole);
  return whole;
}

}  // namespace proctor
