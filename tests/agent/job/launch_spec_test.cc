#include "agent/job/launch_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"

namespace proctor {
namespace {

const std::string kNul("a\0b", 3);

v1::LaunchSpec Minimal() {
  v1::LaunchSpec spec;
  spec.add_argv("/bin/true");
  return spec;
}

// "" when the spec is valid, otherwise the field that is not.
std::string Fault(const v1::LaunchSpec& spec) {
  const absl::Status status = ValidateLaunchSpec(spec, SpecLimits());
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return GetErrorField(status).value_or("no field");
}

std::string FaultOf(void (*change)(v1::LaunchSpec&)) {
  v1::LaunchSpec spec = Minimal();
  change(spec);
  return Fault(spec);
}

TEST(LaunchSpecTest, OneArgumentIsEnough) { EXPECT_EQ(Fault(Minimal()), ""); }

TEST(LaunchSpecTest, AnEmptyArgvIsRefused) { EXPECT_EQ(Fault(v1::LaunchSpec()), "spec.argv"); }

TEST(LaunchSpecTest, ArgvHasAtMost65536Entries) {
  v1::LaunchSpec spec = Minimal();
  while (spec.argv_size() < 65536) spec.add_argv("");
  EXPECT_EQ(Fault(spec), "");
  spec.add_argv("");
  EXPECT_EQ(Fault(spec), "spec.argv");
}

TEST(LaunchSpecTest, AProgramMustBeNamed) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& spec) { spec.set_argv(0, ""); }), "spec.argv[0]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& spec) {
              spec.set_argv(0, "");
              spec.set_executable("/bin/true");
            }),
            "");
}

TEST(LaunchSpecTest, NulBytesAreRefusedWhereverTextIs) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.add_argv(kNul); }), "spec.argv[1]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_executable(kNul); }), "spec.executable");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_working_directory("/" + kNul); }),
            "spec.working_directory");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_run_as(kNul); }), "spec.run_as");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_request_id(kNul); }), "spec.request_id");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_standard_output()->mutable_file()->set_path(kNul);
            }),
            "spec.standard_output.file.path");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_standard_error()->mutable_file()->set_path(kNul);
            }),
            "spec.standard_error.file.path");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { (*s.mutable_labels())["k"] = kNul; }),
            "spec.labels[\"k\"]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              (*s.mutable_environment()->mutable_variables())["N"] = kNul;
            }),
            "spec.environment.variables[\"N\"]");
}

TEST(LaunchSpecTest, ByteStringsAreNotGivenBesideThem) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_byte_strings()->add_argv("x"); }),
            "spec.byte_strings.argv");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.set_executable("/bin/true");
              s.mutable_byte_strings()->set_executable("/bin/true");
            }),
            "spec.byte_strings.executable");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.set_working_directory("/");
              s.mutable_byte_strings()->set_working_directory("/");
            }),
            "spec.byte_strings.working_directory");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_standard_error()->mutable_file()->set_path("/tmp/x");
              s.mutable_byte_strings()->set_standard_error_path("/tmp/x");
            }),
            "spec.byte_strings.standard_error_path");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_byte_strings()->set_standard_output_path("/tmp/x");
            }),
            "spec.byte_strings.standard_output_path");
}

TEST(LaunchSpecTest, ByteStringsAreJudgedLikeTheFieldsTheyReplace) {
  const auto fault = [](void (*change)(v1::ByteStrings&)) {
    v1::LaunchSpec spec;
    spec.mutable_byte_strings()->add_argv("/bin/true");
    change(*spec.mutable_byte_strings());
    return Fault(spec);
  };
  using Bytes = v1::ByteStrings;
  EXPECT_EQ(fault([](Bytes& b) { b.add_argv(kNul); }), "spec.byte_strings.argv[1]");
  EXPECT_EQ(fault([](Bytes& b) { b.set_argv(0, ""); }), "spec.byte_strings.argv[0]");
  EXPECT_EQ(fault([](Bytes& b) { b.set_executable(kNul); }), "spec.byte_strings.executable");
  EXPECT_EQ(fault([](Bytes& b) { b.set_working_directory("relative"); }),
            "spec.byte_strings.working_directory");
  EXPECT_EQ(fault([](Bytes& b) { b.add_environment("NAME"); }), "spec.byte_strings.environment[0]");
  EXPECT_EQ(fault([](Bytes& b) { b.add_environment("=x"); }), "spec.byte_strings.environment[0]");
  EXPECT_EQ(fault([](Bytes& b) { b.add_environment("N=" + kNul); }),
            "spec.byte_strings.environment[0]");
  EXPECT_EQ(fault([](Bytes& b) {
              for (int i = 0; i < 30; ++i) b.add_argv(std::string(100'000, 'x'));
            }),
            "spec.byte_strings.argv");
}

TEST(LaunchSpecTest, AnAgentThatHasNoByteStringsSaysSo) {
  v1::LaunchSpec spec;
  spec.mutable_byte_strings()->add_argv("x");
  spec.mutable_byte_strings()->set_working_directory("/\xff");
  SpecLimits limits;
  limits.takes_byte_strings = false;
  EXPECT_EQ(GetErrorField(ValidateLaunchSpec(spec, limits)), "spec.byte_strings");
}

TEST(LaunchSpecTest, StandardInputMayContainAnything) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_standard_input()->set_data(kNul); }), "");
}

TEST(LaunchSpecTest, OneArgumentIsAtMost128KiBWithItsTerminator) {
  v1::LaunchSpec spec = Minimal();
  spec.add_argv(std::string(128 * 1024 - 1, 'x'));
  EXPECT_EQ(Fault(spec), "");
  spec.mutable_argv(1)->push_back('x');
  EXPECT_EQ(Fault(spec), "spec.argv[1]");
}

TEST(LaunchSpecTest, OneEnvironmentEntryIsAtMost128KiBWithItsTerminator) {
  v1::LaunchSpec spec = Minimal();
  std::string& value = (*spec.mutable_environment()->mutable_variables())["NAME"];
  value.assign(128 * 1024 - 1 - 5, 'x');
  EXPECT_EQ(Fault(spec), "");
  value.push_back('x');
  EXPECT_EQ(Fault(spec), "spec.environment.variables[\"NAME\"]");
}

TEST(LaunchSpecTest, TwoMegabytesOfArgumentsAreRefusedBeforeTheKernelDoes) {
  v1::LaunchSpec spec = Minimal();
  for (int i = 0; i < 20; ++i) spec.add_argv(std::string(100'000, 'x'));
  EXPECT_EQ(Fault(spec), "");
  spec.add_argv(std::string(100'000, 'x'));
  EXPECT_EQ(Fault(spec), "spec.argv");
}

TEST(LaunchSpecTest, EmptyArgumentsCostTheirPointers) {
  v1::LaunchSpec spec = Minimal();
  while (spec.argv_size() < 65536) spec.add_argv(std::string(24, 'x'));
  EXPECT_EQ(Fault(spec), "spec.argv");
}

TEST(LaunchSpecTest, AHundredThousandVariablesAreJudgedBySize) {
  v1::LaunchSpec spec = Minimal();
  auto& variables = *spec.mutable_environment()->mutable_variables();
  for (int i = 0; i < 100'000; ++i) variables[absl::StrCat("V", i)] = "";
  EXPECT_EQ(Fault(spec), "");
  for (int i = 0; i < 100'000; ++i) variables[absl::StrCat("V", i)] = "some value";
  EXPECT_EQ(Fault(spec), "spec.environment.variables");
}

TEST(LaunchSpecTest, VariableNamesAreNotEmptyAndHaveNoEqualsSign) {
  const auto with_name = [](const std::string& name) {
    v1::LaunchSpec spec = Minimal();
    (*spec.mutable_environment()->mutable_variables())[name] = "x";
    return Fault(spec);
  };
  EXPECT_EQ(with_name(""), "spec.environment.variables[\"\"]");
  EXPECT_EQ(with_name("A=B"), "spec.environment.variables[\"A=B\"]");
  EXPECT_EQ(with_name(kNul), "spec.environment.variables[\"a\\x00\\x62\"]");
  EXPECT_EQ(with_name("a name with spaces"), "");
}

TEST(LaunchSpecTest, NamesToUnsetAreNames) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_environment()->add_unset("OK");
              s.mutable_environment()->add_unset("");
            }),
            "spec.environment.unset[1]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_environment()->add_unset("A=B"); }),
            "spec.environment.unset[0]");
}

TEST(LaunchSpecTest, AHugeNameIsCutInTheAnswer) {
  v1::LaunchSpec spec = Minimal();
  (*spec.mutable_environment()->mutable_variables())[std::string(100'000, '\n') + "="] = "";
  EXPECT_LT(Fault(spec).size(), 400u);
}

TEST(LaunchSpecTest, TheWorkingDirectoryIsAbsolute) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_working_directory("tmp"); }),
            "spec.working_directory");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.set_working_directory(std::filesystem::temp_directory_path().string());
            }),
            "");
}

TEST(LaunchSpecTest, PathsEndBeforePathMax) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_executable(std::string(4095, 'x')); }), "");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_executable(std::string(4096, 'x')); }),
            "spec.executable");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_argv(0, std::string(4096, 'x')); }),
            "spec.argv[0]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_working_directory(std::string(4096, '/')); }),
            "spec.working_directory");
}

TEST(LaunchSpecTest, OnlyStandardErrorCanBeMerged) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_standard_error()->mutable_merge(); }), "");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_standard_output()->mutable_merge(); }),
            "spec.standard_output.merge");
}

TEST(LaunchSpecTest, AnOutputFileHasAPathAndAKnownMode) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.mutable_standard_output()->mutable_file(); }),
            "spec.standard_output.file.path");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_standard_error()->mutable_file()->set_path("log");
              s.mutable_standard_error()->mutable_file()->set_mode(
                  static_cast<v1::OutputTarget::File::Mode>(7));
            }),
            "spec.standard_error.file.mode");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_standard_error()->mutable_file()->set_path("log");
            }),
            "");
}

TEST(LaunchSpecTest, NoMoreIsKeptThanTheAgentAllows) {
  SpecLimits limits;
  limits.max_stream_bytes = 1000;
  v1::LaunchSpec spec = Minimal();
  spec.mutable_standard_error()->mutable_spool()->set_limit_bytes(1000);
  EXPECT_TRUE(ValidateLaunchSpec(spec, limits).ok());
  spec.mutable_standard_error()->mutable_spool()->set_limit_bytes(1001);
  EXPECT_EQ(GetErrorField(ValidateLaunchSpec(spec, limits)),
            "spec.standard_error.spool.limit_bytes");
}

TEST(LaunchSpecTest, RetentionIsBounded) {
  SpecLimits limits;
  limits.max_retention = absl::Seconds(60);
  v1::LaunchSpec spec = Minimal();
  spec.mutable_retention()->set_seconds(60);
  EXPECT_TRUE(ValidateLaunchSpec(spec, limits).ok());
  spec.mutable_retention()->set_nanos(1);
  EXPECT_EQ(GetErrorField(ValidateLaunchSpec(spec, limits)), "spec.retention");
}

struct DurationField {
  const char* field;
  google::protobuf::Duration* (*get)(v1::LaunchSpec&);
};

class LaunchSpecDurationTest : public ::testing::TestWithParam<DurationField> {
 protected:
  std::string FaultWith(int64_t seconds, int32_t nanos) {
    v1::LaunchSpec spec = Minimal();
    GetParam().get(spec)->set_seconds(seconds);
    GetParam().get(spec)->set_nanos(nanos);
    return Fault(spec);
  }
};

TEST_P(LaunchSpecDurationTest, IsValidNotNegativeAndNotAbsurd) {
  const std::string field = GetParam().field;
  EXPECT_EQ(FaultWith(0, 0), "");
  EXPECT_EQ(FaultWith(3600, 999'999'999), "");
  EXPECT_EQ(FaultWith(-1, 0), field);
  EXPECT_EQ(FaultWith(0, -1), field);
  EXPECT_EQ(FaultWith(1, -1), field);
  EXPECT_EQ(FaultWith(-1, 1), field);
  EXPECT_EQ(FaultWith(0, 1'000'000'000), field);
  EXPECT_EQ(FaultWith(0, std::numeric_limits<int32_t>::min()), field);
  EXPECT_EQ(FaultWith(int64_t{20} * 365 * 86400, 0), field);
  EXPECT_EQ(FaultWith(std::numeric_limits<int64_t>::max(), 999'999'999), field);
  EXPECT_EQ(FaultWith(std::numeric_limits<int64_t>::min(), 0), field);
}

INSTANTIATE_TEST_SUITE_P(
    EveryDuration, LaunchSpecDurationTest,
    ::testing::Values(
        DurationField{"spec.timeout", [](v1::LaunchSpec& s) { return s.mutable_timeout(); }},
        DurationField{
            "spec.kill_policy.grace_period",
            [](v1::LaunchSpec& s) { return s.mutable_kill_policy()->mutable_grace_period(); }},
        DurationField{
            "spec.on_caller_gone.after",
            [](v1::LaunchSpec& s) { return s.mutable_on_caller_gone()->mutable_after(); }},
        DurationField{"spec.retention", [](v1::LaunchSpec& s) { return s.mutable_retention(); }}),
    [](const ::testing::TestParamInfo<DurationField>& param) {
      std::string name = param.param.field;
      for (char& c : name) c = c == '.' ? '_' : c;
      return name;
    });

TEST(LaunchSpecTest, TheKillSignalIsBetween0And64) {
  for (const int signal : {0, 1, 15, 64}) {
    v1::LaunchSpec spec = Minimal();
    spec.mutable_kill_policy()->set_signal(signal);
    EXPECT_EQ(Fault(spec), "") << signal;
  }
  for (const int signal :
       {-1, 65, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    v1::LaunchSpec spec = Minimal();
    spec.mutable_kill_policy()->set_signal(signal);
    EXPECT_EQ(Fault(spec), "spec.kill_policy.signal") << signal;
  }
}

TEST(LaunchSpecTest, EnumerationsAreKnownValues) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_environment()->set_base(static_cast<v1::Environment::Base>(9));
            }),
            "spec.environment.base");
  EXPECT_EQ(
      FaultOf([](v1::LaunchSpec& s) { s.set_tree_after_main(static_cast<v1::TreeAfterMain>(9)); }),
      "spec.tree_after_main");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.mutable_on_caller_gone()->set_action(static_cast<v1::OnCallerGone::Action>(-1));
            }),
            "spec.on_caller_gone.action");
}

TEST(LaunchSpecTest, LabelsAreBounded) {
  v1::LaunchSpec spec = Minimal();
  for (int i = 0; i < 63; ++i) (*spec.mutable_labels())[absl::StrCat("label", i)] = "";
  (*spec.mutable_labels())[std::string(63, 'k')] = std::string(255, 'v');
  EXPECT_EQ(Fault(spec), "");
  (*spec.mutable_labels())["one more"] = "";
  EXPECT_EQ(Fault(spec), "spec.labels");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { (*s.mutable_labels())[""] = "x"; }),
            "spec.labels[\"\"]");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { (*s.mutable_labels())[std::string(64, 'k')] = ""; }),
            absl::StrCat("spec.labels[\"", std::string(64, 'k'), "\"]"));
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { (*s.mutable_labels())["k"] = std::string(256, 'v'); }),
            "spec.labels[\"k\"]");
}

TEST(LaunchSpecTest, TheRequestIdIsAtMost128Bytes) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_request_id(std::string(128, 'r')); }), "");
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_request_id(std::string(129, 'r')); }),
            "spec.request_id");
}

TEST(LaunchSpecTest, TheFirstFaultIsTheOneReported) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) {
              s.set_request_id(kNul);
              s.set_working_directory("relative");
              s.mutable_timeout()->set_seconds(-1);
            }),
            "spec.working_directory");
}

TEST(LaunchSpecTest, ACommandLineOfItsOwnIsForWindows) {
  EXPECT_EQ(FaultOf([](v1::LaunchSpec& s) { s.set_raw_command_line("true"); }),
            "spec.raw_command_line");
  SpecLimits windows;
  windows.has_drives = true;
  windows.max_argument_bytes = 100;
  v1::LaunchSpec spec = Minimal();
  const auto fault = [&] { return GetErrorField(ValidateLaunchSpec(spec, windows)).value_or(""); };
  spec.set_raw_command_line(std::string(100, 'x'));
  EXPECT_EQ(fault(), "");
  spec.set_raw_command_line(std::string(101, 'x'));
  EXPECT_EQ(fault(), "spec.raw_command_line");
  spec.set_raw_command_line(kNul);
  EXPECT_EQ(fault(), "spec.raw_command_line");
  spec.set_raw_command_line("x y");
  spec.add_argv("y");
  EXPECT_EQ(fault(), "spec.argv");
}

TEST(LaunchSpecTest, WherePathsHaveDrivesNoneIsRelativeToOne) {
  SpecLimits limits;
  limits.has_drives = true;
  const auto fault = [&limits](void (*change)(v1::LaunchSpec&)) {
    v1::LaunchSpec spec;
    spec.add_argv("tool");
    change(spec);
    return GetErrorField(ValidateLaunchSpec(spec, limits)).value_or("no field");
  };
  EXPECT_EQ(fault([](v1::LaunchSpec& s) { s.set_argv(0, "C:tool.exe"); }), "spec.argv[0]");
  EXPECT_EQ(fault([](v1::LaunchSpec& s) { s.set_executable("C:..\\tool.exe"); }),
            "spec.executable");
  EXPECT_EQ(fault([](v1::LaunchSpec& s) {
              s.mutable_standard_error()->mutable_file()->set_path("C:out.txt");
            }),
            "spec.standard_error.file.path");
  for (const char* path : {"tool", "tools\\tool.exe", "\\tools\\tool.exe", "C:\\tool.exe",
                           "\\\\server\\share\\tool.exe", "\\\\?\\C:\\tool.exe"}) {
    v1::LaunchSpec spec;
    spec.add_argv(path);
    EXPECT_TRUE(ValidateLaunchSpec(spec, limits).ok()) << path;
    spec.set_argv(0, "C:a file of Linux");
    EXPECT_TRUE(ValidateLaunchSpec(spec, SpecLimits()).ok());
  }
}

TEST(LaunchSpecTest, ARecordFitsIntoWhatClientsTake) {
  v1::LaunchSpec spec = Minimal();
  for (int i = 0; i < 50'000; ++i) {
    spec.mutable_environment()->add_unset(absl::StrCat("SOME_VARIABLE_OF_USUAL_LENGTH_", i));
  }
  EXPECT_EQ(Fault(spec), "");
  for (int i = 0; i < 50'000; ++i) {
    spec.mutable_environment()->add_unset(absl::StrCat("SOME_VARIABLE_OF_USUAL_LENGTH_", i));
  }
  EXPECT_EQ(Fault(spec), "spec");
  v1::LaunchSpec unknown = Minimal();
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddLengthDelimited(1000)->assign(6 << 20,
                                                                                            'x');
  EXPECT_EQ(Fault(unknown), "spec") << "fields of a later release are kept in the record";
  v1::LaunchSpec input = Minimal();
  input.mutable_standard_input()->mutable_data()->assign(6 << 20, 'x');
  EXPECT_EQ(Fault(input), "") << "the standard input is not";
}

}  // namespace
}  // namespace proctor
