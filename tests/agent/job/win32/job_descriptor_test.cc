#include "agent/job/win32/job_descriptor.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <sddl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "agent/job/job_access.h"
#include "agent/token/win32/win32_token.h"
#include "common/win32/token_information.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr v1::JobRight kRights[] = {v1::QUERY,     v1::READ_OUTPUT,   v1::SIGNAL,
                                    v1::TERMINATE, v1::DELETE_RECORD, v1::SET_ATTRIBUTES};
// Nobody's that any token has.
constexpr char kOwner[] = "S-1-5-21-1-2-3-1001";
constexpr char kUser[] = "S-1-5-21-1-2-3-1002";

v1::AccessList Grants(const std::string& text) {
  v1::AccessList list;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &list)) << text;
  return list;
}

// An impersonation token of this process's user.
UniqueHandle OwnToken(DWORD access = TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY) {
  UniqueHandle token;
  EXPECT_TRUE(::OpenProcessToken(::GetCurrentProcess(), access, token.receive()));
  return token;
}

UniqueHandle Impersonation(HANDLE token) {
  UniqueHandle duplicate;
  EXPECT_TRUE(::DuplicateToken(token, SecurityIdentification, duplicate.receive()));
  return duplicate;
}

// A token like this process's in which the groups can only deny.
UniqueHandle DenyOnly(HANDLE token, const std::vector<std::string>& groups) {
  std::vector<SID_AND_ATTRIBUTES> sids;
  for (const std::string& group : groups) {
    PSID sid = nullptr;
    EXPECT_TRUE(::ConvertStringSidToSidW(ToUtf16(group)->c_str(), &sid));
    sids.push_back({sid, 0});
  }
  UniqueHandle restricted;
  EXPECT_TRUE(::CreateRestrictedToken(token, 0, static_cast<DWORD>(sids.size()), sids.data(), 0,
                                      nullptr, 0, nullptr, restricted.receive()));
  for (const SID_AND_ATTRIBUTES& sid : sids) ::LocalFree(sid.Sid);
  return restricted;
}

class JobDescriptorTest : public ::testing::Test {
 protected:
  bool Allows(const std::vector<unsigned char>& descriptor, HANDLE token, v1::JobRight right) {
    return CheckJobAccess(descriptor, token, JobAccessMask(right)).ok();
  }

  const UniqueHandle primary_ = OwnToken();
  const UniqueHandle token_ = Impersonation(primary_.get());
  const std::string sid_ = *TokenUserSid(primary_.get());
  const std::vector<std::string> groups_ = *TokenEnabledGroupSids(primary_.get());
};

TEST_F(JobDescriptorTest, OwnerAndUserHaveEveryRight) {
  const auto owned = *MakeJobDescriptor(sid_, sid_, {});
  const auto run_as = *MakeJobDescriptor(kOwner, sid_, {});
  for (const v1::JobRight right : kRights) {
    EXPECT_TRUE(Allows(owned, token_.get(), right)) << right;
    EXPECT_TRUE(Allows(run_as, token_.get(), right)) << right;
  }
}

TEST_F(JobDescriptorTest, WhoIsNotInItHasNone) {
  const auto descriptor = *MakeJobDescriptor(
      kOwner, kUser, Grants("grants { user: 'S-1-5-21-1-2-3-9' rights: QUERY }"));
  for (const v1::JobRight right : kRights) {
    const absl::Status status = CheckJobAccess(descriptor, token_.get(), JobAccessMask(right));
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  }
}

TEST_F(JobDescriptorTest, EachRightIsGrantedAloneWithTheSightOfTheJob) {
  for (const v1::JobRight granted : kRights) {
    const auto descriptor = *MakeJobDescriptor(
        kOwner, kUser,
        Grants("grants { user: '" + sid_ + "' rights: " + v1::JobRight_Name(granted) + " }"));
    for (const v1::JobRight asked : kRights) {
      EXPECT_EQ(Allows(descriptor, token_.get(), asked), asked == granted || asked == v1::QUERY)
          << asked << " of " << granted;
    }
  }
}

TEST_F(JobDescriptorTest, AGroupGrantsByTheTokensEnabledGroupsOnly) {
  ASSERT_FALSE(groups_.empty());
  const std::string& group = groups_.front();
  const auto descriptor = *MakeJobDescriptor(
      kOwner, kUser, Grants("grants { group: '" + group + "' rights: TERMINATE }"));
  EXPECT_TRUE(Allows(descriptor, token_.get(), v1::TERMINATE));
  const UniqueHandle restricted = DenyOnly(primary_.get(), {group});
  const std::vector<std::string> denying = *TokenDenyOnlySids(restricted.get());
  if (std::find(denying.begin(), denying.end(), group) == denying.end()) {
    GTEST_SKIP() << "needs CreateRestrictedToken to make groups deny-only";
  }
  EXPECT_FALSE(Allows(descriptor, Impersonation(restricted.get()).get(), v1::TERMINATE))
      << "a group that can only deny grants nothing";
}

TEST_F(JobDescriptorTest, APrimaryTokenIsJudgedLikeItsImpersonationToken) {
  const auto descriptor = *MakeJobDescriptor(sid_, sid_, {});
  EXPECT_TRUE(Allows(descriptor, primary_.get(), v1::QUERY));
  EXPECT_FALSE(Allows(*MakeJobDescriptor(kOwner, kUser, {}), primary_.get(), v1::QUERY));
}

TEST_F(JobDescriptorTest, WhatIsNoTokenOrNoDescriptorGrantsNothing) {
  const auto descriptor = *MakeJobDescriptor(sid_, sid_, {});
  EXPECT_FALSE(CheckJobAccess(descriptor, nullptr, JobAccessMask(v1::QUERY)).ok());
  EXPECT_FALSE(MakeJobDescriptor("alice", kUser, {}).ok());
  EXPECT_FALSE(
      MakeJobDescriptor(kOwner, kUser, Grants("grants { user: 'WD)' rights: QUERY }")).ok());
}

TEST_F(JobDescriptorTest, JobAccessAsksTheCallersToken) {
  const std::shared_ptr<const Win32Token> token = *Win32Token::Read(Impersonation(primary_.get()));
  v1::Principal proto;
  proto.mutable_windows()->set_sid(sid_);
  const Principal caller(proto);
  v1::Principal owner_proto;
  owner_proto.mutable_windows()->set_sid(kOwner);
  const auto owner = std::make_shared<const Principal>(owner_proto);
  const std::unique_ptr<const JobAccess> access = JobAccess::Create(nullptr);
  const auto job =
      *access->Protect(owner, owner, Grants("grants { user: '" + sid_ + "' rights: READ_OUTPUT }"));
  const JobCaller with_token(caller, token);
  EXPECT_TRUE(access->Allows(with_token, *job, v1::READ_OUTPUT));
  EXPECT_FALSE(access->Allows(with_token, *job, v1::TERMINATE));
  EXPECT_FALSE(access->Allows(caller, *job, v1::READ_OUTPUT)) << "without a token";
  EXPECT_TRUE(access->Allows(*owner, *job, v1::TERMINATE)) << "the owner needs no question";
}

}  // namespace
}  // namespace proctor
